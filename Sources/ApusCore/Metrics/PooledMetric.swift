// Metrics of a whole validation set: they need all outputs at once.
import Torch

/// A metric of all outputs and targets together, for what is no mean over batches, such as a rank correlation.
///
/// ```swift
/// let spread = PooledMetric("spread") { outputs, targets in outputs.std() / targets[0].std() }
/// ```
/// Outputs and targets are kept on the CPU until the end of the validation.
public struct PooledMetric: Metric {
    public let name: String
    public let improvement: Improvement?
    private let collect: @Sendable (Tensor, [Tensor]) -> [Tensor]
    private let value: @Sendable ([Tensor]) -> Double

    /// - Parameters:
    ///   - name: The column's title.
    ///   - improvement: Which value is better; what watches the metric asks for it where it is not given here.
    ///   - activation: Applied to the raw output of each batch.
    ///   - function: The value, a tensor without dimensions, from the outputs and the targets of all items.
    public init(
        _ name: String, improvement: Improvement? = nil,
        activation: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        function: @escaping @Sendable (_ outputs: Tensor, _ targets: [Tensor]) -> Tensor
    ) {
        self.init(name, improvement) { output, targets in
            [activation(output)] + targets
        } value: { pooled in
            function(pooled[0], Array(pooled.dropFirst())).item()
        }
    }

    /// A metric with the name of the function or property that makes it, in snake case; see ``BatchMetric``.
    public init(
        maker: String = #function, improvement: Improvement? = nil,
        activation: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        function: @escaping @Sendable (_ outputs: Tensor, _ targets: [Tensor]) -> Tensor
    ) {
        self.init(metricName(maker), improvement: improvement, activation: activation, function: function)
    }

    /// - Parameters:
    ///   - collect: What is kept of a batch.
    ///   - value: The metric of what was kept, each tensor joined over the batches.
    init(
        _ name: String, _ improvement: Improvement?, collect: @escaping @Sendable (Tensor, [Tensor]) -> [Tensor],
        value: @escaping @Sendable ([Tensor]) -> Double
    ) {
        self.name = name
        self.improvement = improvement
        self.collect = collect
        self.value = value
    }

    public func makeAccumulator() -> any MetricAccumulator { Accumulator(self) }

    private final class Accumulator: MetricAccumulator {
        let recipe: PooledMetric
        var batches: [[Tensor]] = []

        init(_ recipe: PooledMetric) { self.recipe = recipe }

        func update(output: Tensor, targets: [Tensor]) {
            batches.append(withoutGradients { recipe.collect(output, targets).map { $0.detached().to(.cpu) } })
        }

        func compute() -> Double {
            guard let first = batches.first, !torchHasFailed else { return .nan }
            return withoutGradients {
                let pooled = first.indices.map { place in Tensor.cat(batches.map { $0[place] }) }
                return torchHasFailed || pooled[0].size(0) == 0 ? .nan : recipe.value(pooled)
            }
        }
    }
}
