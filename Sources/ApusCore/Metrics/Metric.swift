// Metrics: numbers for people, measured on the validation set.
import Torch

/// A number for people, measured over the validation set.
///
/// The metrics of the field are static members, so that a list of them reads like one of names:
///
/// ```swift
/// learner.metrics = [.accuracy, .f1(average: .macro), .rocAUC()]
/// ```
/// A custom metric is made from a function of a batch (``mean(_:improvement:function:)``), of sums and counts
/// (``sums(_:improvement:finish:function:)``), of the whole set at once (``pooled(_:improvement:activation:function:)``) or,
/// with a memory of its own, from a ``MetricAccumulator``. As a static member it is written like the others:
///
/// ```swift
/// extension Metric {
///     static let distance = Metric.mean("distance", improvement: .lower) { ($0 - $1[0]).abs().mean() }
/// }
/// ```
/// A metric is a recipe; each validation makes an accumulator from it, so that a metric can be shared.
public struct Metric: Sendable {
    /// The column's title; two metrics of one trainer have different ones.
    public let name: String
    /// Which of two values is the better one; nil where the metric does not say. What compares values, such as
    /// ``EarlyStopping``, then asks for it.
    public let improvement: Improvement?
    private let accumulator: @Sendable (MetricContext?) -> any MetricAccumulator

    /// A metric with a memory of its own.
    ///
    /// - Parameters:
    ///   - name: The column's title.
    ///   - improvement: Which value is better; what watches the metric asks for it where it is not given here.
    ///   - accumulator: Makes the memory of one validation, from what the learner knows of its data; nil outside of a
    ///     learner.
    public init(
        _ name: String, improvement: Improvement? = nil,
        accumulator: @escaping @Sendable (MetricContext?) -> any MetricAccumulator
    ) {
        self.name = name
        self.improvement = improvement
        self.accumulator = accumulator
    }

    /// A fresh accumulator.
    ///
    /// - Parameter context: What is known of the data; nil outside of a learner.
    public func makeAccumulator(in context: MetricContext? = nil) -> any MetricAccumulator { accumulator(context) }

    /// The metric under another title, next to a second one of the same name for example.
    ///
    /// ```swift
    /// let metrics: [Metric] = [.accuracyMulti(), .accuracyMulti(threshold: 0.2).named("accuracy_multi_0.2")]
    /// ```
    public func named(_ name: String) -> Metric {
        Metric(name, improvement: improvement, accumulator: accumulator)
    }

    /// The metric of one of several targets, on its columns of the model's output.
    ///
    /// - Parameters:
    ///   - place: The target's place, from 0.
    ///   - outputs: The target's columns of the output `[batch, columns, ...]`; all by default.
    ///   - name: The column's title.
    public func forTarget(_ place: Int, outputs: Range<Int>? = nil, name: String) -> Metric {
        Metric(name, improvement: improvement) { [accumulator] context in
            TargetAccumulator(accumulator(context), name: name, place: place, outputs: outputs)
        }
    }
}

/// What a metric is told about the data that it is measured on.
public struct MetricContext: Sendable {
    /// Undoes what the batch transforms did to the values of a batch of pictures, such as their normalization.
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

/// Measures one of several targets on its columns of the output.
private final class TargetAccumulator: MetricAccumulator {
    private let inner: any MetricAccumulator
    private let name: String
    private let place: Int
    private let outputs: Range<Int>?

    init(_ inner: any MetricAccumulator, name: String, place: Int, outputs: Range<Int>?) {
        self.inner = inner
        self.name = name
        self.place = place
        self.outputs = outputs
    }

    func update(output: Tensor, targets: [Tensor]) {
        guard targets.indices.contains(place) else {
            TorchError(
                operation: name, reason: "there is no target \(place) among \(targets.count); they count from 0"
            ).report()
            return
        }
        let columns = outputs.map { output.narrow(dim: 1, start: $0.lowerBound, length: $0.count) }
        inner.update(output: columns ?? output, targets: [targets[place]])
    }

    func compute() -> Double { inner.compute() }
}
