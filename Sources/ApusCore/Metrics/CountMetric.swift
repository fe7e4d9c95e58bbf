// Metrics that follow from how often each class was right, predicted and actual.
import Torch

/// A metric of the counts of classes over all batches, better when higher: its memory is that of the classes, whatever the number of items.
struct CountMetric: Metric {
    let name: String
    var improvement: Improvement? { .higher }
    var dim: Int?
    var ignoring: Int?
    /// What is wrong with a number of classes; nil where nothing is.
    var refusal: @Sendable (_ classes: Int) -> String? = { _ in nil }
    let value: @Sendable (ClassCounts) -> Double

    func makeAccumulator() -> any MetricAccumulator { Accumulator(self) }

    private final class Accumulator: MetricAccumulator {
        let recipe: CountMetric
        var counts: ClassCounts?
        var hasNaN = false

        init(_ recipe: CountMetric) { self.recipe = recipe }

        func update(output: Tensor, targets: [Tensor]) {
            let decided = withoutGradients {
                ClassDecisions(
                    output, targets, dim: recipe.dim, ignoring: recipe.ignoring, for: recipe.name)
            }
            guard let decided else { return }
            if let reason = recipe.refusal(decided.classes) {
                TorchError(operation: recipe.name, inputs: "\(output.shape) \(output.dtype)", reason: reason).report()
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
            return recipe.value(counts)
        }
    }
}
