// Metrics that follow from how often each class was right, predicted and actual.
import Torch

extension Metric {
    /// A metric of the counts of classes over all batches, better when higher: its memory is that of the classes,
    /// whatever the number of items.
    ///
    /// - Parameters:
    ///   - dim: The dimension of the classes; by default the one that the targets lack.
    ///   - ignoring: A class whose items do not count.
    ///   - refusal: What is wrong with a number of classes; nil where nothing is.
    static func counts(
        _ name: String, dim: Int? = nil, ignoring: Int? = nil,
        refusal: @escaping @Sendable (_ classes: Int) -> String? = { _ in nil },
        value: @escaping @Sendable (ClassCounts) -> Double
    ) -> Metric {
        Metric(name, improvement: .higher) { _ in
            CountAccumulator(name: name, dim: dim, ignoring: ignoring, refusal: refusal, value: value)
        }
    }
}

private final class CountAccumulator: MetricAccumulator {
    private let name: String
    private let dim: Int?
    private let ignoring: Int?
    private let refusal: (Int) -> String?
    private let value: (ClassCounts) -> Double
    private var counts: ClassCounts?
    private var hasNaN = false

    init(
        name: String, dim: Int?, ignoring: Int?, refusal: @escaping (Int) -> String?,
        value: @escaping (ClassCounts) -> Double
    ) {
        self.name = name
        self.dim = dim
        self.ignoring = ignoring
        self.refusal = refusal
        self.value = value
    }

    func update(output: Tensor, targets: [Tensor]) {
        let decided = withoutGradients { ClassDecisions(output, targets, dim: dim, ignoring: ignoring, for: name) }
        guard let decided else { return }
        if let reason = refusal(decided.classes) {
            TorchError(operation: name, inputs: "\(output.shape) \(output.dtype)", reason: reason).report()
            return
        }
        hasNaN = hasNaN || decided.hasNaN
        func count(_ indices: Tensor) -> [Double] { indices.bincount(minlength: decided.classes).array() }
        counts = counts ?? ClassCounts(classes: decided.classes)
        counts?.add(
            right: count(decided.actual.maskedSelect(decided.actual.eq(decided.predicted))),
            predicted: count(decided.predicted), actual: count(decided.actual))
    }

    func compute() -> Double {
        guard let counts, counts.total > 0, !hasNaN else { return .nan }
        return value(counts)
    }
}
