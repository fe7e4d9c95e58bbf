// Metrics: numbers for people, measured on the validation set.
import Torch

/// A number for people, measured over the validation set.
///
/// A metric is a recipe; each validation makes an accumulator from it, so that a metric can be shared. Any function is
/// one through ``BatchMetric`` (the mean over batches) or ``PooledMetric`` (of the whole set at once).
public protocol Metric: Sendable {
    /// The column's title; two metrics of one trainer have different ones.
    var name: String { get }
    /// Which of two values is the better one; nil, the default, where the metric does not say. What compares values, such
    /// as ``EarlyStopping``, then asks for it.
    var improvement: Improvement? { get }
    /// A fresh accumulator.
    func makeAccumulator() -> any MetricAccumulator
    /// A fresh accumulator that is told about the data; the plain one by default.
    func makeAccumulator(in context: MetricContext) -> any MetricAccumulator
}

/// What a metric is told about the data that it is measured on.
public struct MetricContext: Sendable {
    /// Undoes what the batch transforms did to the values of a batch of pictures, such as their normalisation.
    public let undoBatchTransforms: @Sendable (Tensor) throws -> Tensor

    public init(undoBatchTransforms: @escaping @Sendable (Tensor) throws -> Tensor) {
        self.undoBatchTransforms = undoBatchTransforms
    }
}

/// Which of two values of a loss or metric is the better one.
public enum Improvement: String, Sendable {
    /// The smaller one, as of a loss or an error.
    case lower
    /// The larger one, as of an accuracy.
    case higher
}

/// Collects a metric over the batches of a validation.
public protocol MetricAccumulator: AnyObject {
    /// Takes in a batch: the model's raw output and the targets.
    func update(output: Tensor, targets: [Tensor])
    /// The value over everything taken in; NaN when that is nothing.
    func compute() -> Double
}

extension Metric {
    public var improvement: Improvement? { nil }

    /// The metric under another title, beside a second one of the same name for example.
    ///
    /// ```swift
    /// let metrics = [accuracyMulti(), accuracyMulti(threshold: 0.2).named("accuracy_multi_0.2")]
    /// ```
    public func named(_ name: String) -> any Metric { NamedMetric(name: name, metric: self) }

    public func makeAccumulator(in context: MetricContext) -> any MetricAccumulator { makeAccumulator() }

    func accumulator(in context: MetricContext?) -> any MetricAccumulator {
        context.map(makeAccumulator(in:)) ?? makeAccumulator()
    }

    /// The metric of one of several targets, on its columns of the model's output.
    ///
    /// - Parameters:
    ///   - place: The target's place, from 0.
    ///   - outputs: The target's columns of the output `[batch, columns, ...]`; all by default.
    ///   - name: The column's title.
    public func forTarget(_ place: Int, outputs: Range<Int>? = nil, name: String) -> any Metric {
        TargetMetric(name: name, metric: self, place: place, outputs: outputs)
    }
}

private struct NamedMetric: Metric {
    let name: String
    let metric: any Metric
    var improvement: Improvement? { metric.improvement }
    func makeAccumulator() -> any MetricAccumulator { metric.makeAccumulator() }
    func makeAccumulator(in context: MetricContext) -> any MetricAccumulator { metric.makeAccumulator(in: context) }
}

private struct TargetMetric: Metric {
    let name: String
    let metric: any Metric
    var improvement: Improvement? { metric.improvement }
    let place: Int
    let outputs: Range<Int>?

    func makeAccumulator() -> any MetricAccumulator { Accumulator(self, metric.makeAccumulator()) }

    func makeAccumulator(in context: MetricContext) -> any MetricAccumulator {
        Accumulator(self, metric.makeAccumulator(in: context))
    }

    private final class Accumulator: MetricAccumulator {
        let recipe: TargetMetric
        let inner: any MetricAccumulator

        init(_ recipe: TargetMetric, _ inner: any MetricAccumulator) {
            self.recipe = recipe
            self.inner = inner
        }

        func update(output: Tensor, targets: [Tensor]) {
            guard targets.indices.contains(recipe.place) else {
                TorchError(
                    operation: recipe.name,
                    reason: "there is no target \(recipe.place) among \(targets.count); they count from 0"
                ).report()
                return
            }
            let columns = recipe.outputs.map { output.narrow(dim: 1, start: $0.lowerBound, length: $0.count) }
            inner.update(output: columns ?? output, targets: [targets[recipe.place]])
        }

        func compute() -> Double { inner.compute() }
    }
}
