// Metrics: numbers for people, measured on the validation set.
import Torch

/// A number for people, measured over the validation set.
///
/// A metric is a recipe; each validation makes an accumulator from it, so that a metric can be shared.
public protocol Metric: Sendable {
    /// The column's title.
    var name: String { get }
    /// A fresh accumulator.
    func makeAccumulator() -> any MetricAccumulator
}

/// Collects a metric over the batches of a validation.
public protocol MetricAccumulator: AnyObject {
    /// Takes in a batch: the model's raw output and the targets.
    func update(output: Tensor, targets: [Tensor])
    /// The value over everything taken in; NaN when that is nothing.
    func compute() -> Double
}

/// A metric that is the mean over items of a function of a batch, weighted by the batches' sizes.
public struct BatchMetric: Metric {
    public let name: String
    private let function: @Sendable (Tensor, [Tensor]) -> Tensor

    /// - Parameters:
    ///   - name: The column's title.
    ///   - function: The mean over a batch, from the model's raw output and the targets.
    public init(_ name: String, function: @escaping @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor) {
        self.name = name
        self.function = function
    }

    public func makeAccumulator() -> any MetricAccumulator { Accumulator(function: function) }

    private final class Accumulator: MetricAccumulator {
        let function: @Sendable (Tensor, [Tensor]) -> Tensor
        var sum = 0.0
        var count = 0

        init(function: @escaping @Sendable (Tensor, [Tensor]) -> Tensor) { self.function = function }

        func update(output: Tensor, targets: [Tensor]) {
            let items = targets.first?.size(0) ?? output.size(0)
            sum += function(output, targets).item() * Double(items)
            count += items
        }

        func compute() -> Double { count == 0 ? .nan : sum / Double(count) }
    }
}
