// Metrics that are means: of any function over batches, of sums and counts.
import Torch

/// A metric that is the mean over items of a function of a batch, weighted by the batches' sizes.
///
/// A Swift closure has no name, but the function or property that makes a metric has one, which becomes the column's
/// title: `withoutVoid` below has the column `without_void`.
///
/// ```swift
/// var withoutVoid: any Metric {
///     BatchMetric { output, targets in
///         let counts = targets[0] .!= 0
///         return output.argmax(dim: 1).eq(targets[0])[counts].float().mean()
///     }
/// }
/// let bias = BatchMetric("bias") { output, targets in (output - targets[0]).mean() }      // or a title in words
/// let distance = BatchMetric("distance", improvement: .lower) { ($0 - $1[0]).abs().mean() }   // may be watched
/// ```
public struct BatchMetric: Metric {
    public let name: String
    public let improvement: Improvement?
    private let function: @Sendable (Tensor, [Tensor]) -> Tensor

    /// - Parameters:
    ///   - name: The column's title.
    ///   - improvement: Which value is better; what watches the metric asks for it where it is not given here.
    ///   - function: The mean over a batch, from the model's raw output and the targets.
    public init(
        _ name: String, improvement: Improvement? = nil,
        function: @escaping @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    ) {
        self.name = name
        self.improvement = improvement
        self.function = function
    }

    /// A metric with the name of the function or property that makes it, in snake case.
    public init(
        maker: String = #function, improvement: Improvement? = nil,
        function: @escaping @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    ) {
        self.init(metricName(maker), improvement: improvement, function: function)
    }

    public func makeAccumulator() -> any MetricAccumulator {
        MeanMetric(name) { [function] output, targets in
            let items = Double(targets.first?.size(0) ?? output.size(0))
            return (function(output, targets).item() * items, items)
        }.makeAccumulator()
    }
}

/// The title of a metric that the function or property `maker` makes: "topLoss(_:)" is "top_loss".
func metricName(_ maker: String) -> String { String(maker.prefix { $0 != "(" }).snakeCased }

/// A metric that is a sum over all batches divided by a count over all batches.
struct MeanMetric: Metric {
    typealias Sums = @Sendable (_ output: Tensor, _ targets: [Tensor]) -> (sum: Double, count: Double)?

    let name: String
    let improvement: Improvement?
    let finish: @Sendable (Double) -> Double
    let sums: Sums

    /// - Parameters:
    ///   - finish: What is done with the mean, such as a root.
    ///   - sums: Sum and count of a batch; nil when an operator has failed.
    init(
        _ name: String, _ improvement: Improvement? = nil, finish: @escaping @Sendable (Double) -> Double = { $0 },
        sums: @escaping Sums
    ) {
        self.name = name
        self.improvement = improvement
        self.finish = finish
        self.sums = sums
    }

    func makeAccumulator() -> any MetricAccumulator { Accumulator(self) }

    private final class Accumulator: MetricAccumulator {
        let recipe: MeanMetric
        var (sum, count) = (0.0, 0.0)

        init(_ recipe: MeanMetric) { self.recipe = recipe }

        func update(output: Tensor, targets: [Tensor]) {
            guard let (sum, count) = withoutGradients({ recipe.sums(output, targets) }) else { return }
            self.sum += sum
            self.count += count
        }

        func compute() -> Double { count == 0 ? .nan : recipe.finish(sum / count) }
    }
}
