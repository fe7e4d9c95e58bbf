// What metrics are made from: means over batches, sums and counts, functions of the whole set.
import Torch

extension Metric {
    /// The mean over items of a function of a batch, weighted by the batches' sizes.
    ///
    /// ```swift
    /// let bias = Metric.mean("bias") { output, targets in (output - targets[0]).mean() }
    /// let distance = Metric.mean("distance", improvement: .lower) { ($0 - $1[0]).abs().mean() }   // can be watched
    /// ```
    /// - Parameters:
    ///   - name: The column's title.
    ///   - improvement: Which value is better; what watches the metric asks for it where it is not given here.
    ///   - function: The mean over a batch, a tensor without dimensions, from the model's raw output and the targets.
    public static func mean(
        _ name: String, improvement: Improvement? = nil,
        function: @escaping @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    ) -> Metric {
        sums(name, improvement: improvement) { output, targets in
            let items = Double(targets.first?.size(0) ?? output.size(0))
            return (function(output, targets).item() * items, items)
        }
    }

    /// A mean over items with the name of the function or property that makes it, in snake case.
    ///
    /// A Swift closure has no name, but the function or property that makes a metric has one, which becomes the column's
    /// title: `withoutVoid` below has the column `without_void`.
    ///
    /// ```swift
    /// extension Metric {
    ///     static var withoutVoid: Metric {
    ///         mean { output, targets in
    ///             let counts = targets[0] .!= 0
    ///             return output.argmax(dim: 1).eq(targets[0])[counts].float().mean()
    ///         }
    ///     }
    /// }
    /// ```
    public static func mean(
        maker: String = #function, improvement: Improvement? = nil,
        function: @escaping @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    ) -> Metric {
        mean(metricName(maker), improvement: improvement, function: function)
    }

    /// A sum over all batches divided by a count over all batches.
    ///
    /// ```swift
    /// let rightPixels = Metric.sums("right_pixels", improvement: .higher) { output, targets in
    ///     let counts = targets[0] .!= 255
    ///     let right = output.argmax(dim: 1).eq(targets[0]).logicalAnd(counts)
    ///     return (right.sum().item(), counts.sum().item())
    /// }
    /// ```
    /// - Parameters:
    ///   - name: The column's title.
    ///   - improvement: Which value is better.
    ///   - finish: What is done with the mean, such as a root.
    ///   - function: Sum and count of a batch; nil for a batch that does not count, as after an operator that failed.
    public static func sums(
        _ name: String, improvement: Improvement? = nil, finish: @escaping @Sendable (Double) -> Double = { $0 },
        function: @escaping @Sendable (_ output: Tensor, _ targets: [Tensor]) -> (sum: Double, count: Double)?
    ) -> Metric {
        Metric(name, improvement: improvement) { _ in SumAccumulator(function, finish) }
    }

    /// A function of all outputs and targets together, for what is not a mean over batches, such as a rank correlation.
    ///
    /// ```swift
    /// let spread = Metric.pooled("spread") { outputs, targets in outputs.std() / targets[0].std() }
    /// ```
    /// Outputs and targets are kept on the CPU until the end of the validation.
    ///
    /// - Parameters:
    ///   - name: The column's title.
    ///   - improvement: Which value is better; what watches the metric asks for it where it is not given here.
    ///   - activation: Applied to the raw output of each batch.
    ///   - function: The value, a tensor without dimensions, from the outputs and the targets of all items.
    public static func pooled(
        _ name: String, improvement: Improvement? = nil,
        activation: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        function: @escaping @Sendable (_ outputs: Tensor, _ targets: [Tensor]) -> Tensor
    ) -> Metric {
        pooled(name, improvement) { output, targets in
            [activation(output)] + targets
        } value: { pooled in
            function(pooled[0], Array(pooled.dropFirst())).item()
        }
    }

    /// A function of all outputs and targets with the name of the function or property that makes it, in snake case; see
    /// ``mean(maker:improvement:function:)``.
    public static func pooled(
        maker: String = #function, improvement: Improvement? = nil,
        activation: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        function: @escaping @Sendable (_ outputs: Tensor, _ targets: [Tensor]) -> Tensor
    ) -> Metric {
        pooled(metricName(maker), improvement: improvement, activation: activation, function: function)
    }

    /// - Parameters:
    ///   - collect: What is kept of a batch.
    ///   - value: The metric of what was kept, each tensor joined over the batches.
    static func pooled(
        _ name: String, _ improvement: Improvement?, collect: @escaping @Sendable (Tensor, [Tensor]) -> [Tensor],
        value: @escaping @Sendable ([Tensor]) -> Double
    ) -> Metric {
        Metric(name, improvement: improvement) { _ in PoolingAccumulator(collect, value) }
    }
}

/// The title of a metric that the function or property `maker` makes: "topLoss(_:)" is "top_loss".
private func metricName(_ maker: String) -> String { String(maker.prefix { $0 != "(" }).snakeCased }

private final class SumAccumulator: MetricAccumulator {
    private let function: (Tensor, [Tensor]) -> (sum: Double, count: Double)?
    private let finish: (Double) -> Double
    private var (sum, count) = (0.0, 0.0)

    init(
        _ function: @escaping (Tensor, [Tensor]) -> (sum: Double, count: Double)?,
        _ finish: @escaping (Double) -> Double
    ) {
        self.function = function
        self.finish = finish
    }

    func update(output: Tensor, targets: [Tensor]) {
        guard let (sum, count) = withoutGradients({ function(output, targets) }) else { return }
        self.sum += sum
        self.count += count
    }

    func compute() -> Double { count == 0 ? .nan : finish(sum / count) }
}

private final class PoolingAccumulator: MetricAccumulator {
    private let collect: (Tensor, [Tensor]) -> [Tensor]
    private let value: ([Tensor]) -> Double
    private var batches: [[Tensor]] = []

    init(_ collect: @escaping (Tensor, [Tensor]) -> [Tensor], _ value: @escaping ([Tensor]) -> Double) {
        self.collect = collect
        self.value = value
    }

    func update(output: Tensor, targets: [Tensor]) {
        batches.append(withoutGradients { collect(output, targets).map { $0.detached().to(.cpu) } })
    }

    func compute() -> Double {
        guard let first = batches.first, !torchHasFailed else { return .nan }
        return withoutGradients {
            let pooled = first.indices.map { place in Tensor.cat(batches.map { $0[place] }) }
            return torchHasFailed || pooled[0].size(0) == 0 ? .nan : value(pooled)
        }
    }
}
