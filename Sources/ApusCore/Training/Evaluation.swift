// Evaluation: what a validation measures, batch by batch, and loss, metrics and outputs outside a fit.
import Torch

/// What a validation measured.
public struct ValidationResult: Sendable {
    /// The mean loss over the items.
    public let loss: Double
    /// The loss's parts as `valid_NAME`, then the metrics by name, in order.
    public let metrics: [Recorder.Value]

    /// The value of a metric.
    public func metric(_ name: String) -> Double? { metrics.first { $0.name == name }?.value }
}

/// Collects loss and metrics over unequal batches.
final class ValidationCollector {
    private let accumulators: [(name: String, accumulator: any MetricAccumulator)]
    private let partTitles: [String]
    /// Sum and number of items of each part, which a step may give for some batches alone.
    private var partSums: [(sum: Double, count: Int)]
    private var lossSum = 0.0
    private var count = 0

    init(loss: Loss, metrics: [Metric], context: MetricContext?) {
        accumulators = metrics.map { ($0.name, $0.makeAccumulator(in: context)) }
        partTitles = loss.partTitles
        partSums = partTitles.map { _ in (0, 0) }
    }

    /// - Parameter output: Read for metrics alone.
    func update(loss: Tensor, parts: [Tensor], output: @autoclosure () -> Tensor, targets: [Tensor], items: Int) {
        lossSum += loss.item() * Double(items)
        for (index, part) in zip(partSums.indices, parts) {
            partSums[index].sum += part.item() * Double(items)
            partSums[index].count += items
        }
        count += items
        guard !accumulators.isEmpty else { return }
        let output = output()
        for (_, accumulator) in accumulators { accumulator.update(output: output, targets: targets) }
    }

    var result: ValidationResult {
        func mean(_ sum: Double, _ count: Int) -> Double { count == 0 ? .nan : sum / Double(count) }
        return ValidationResult(
            loss: mean(lossSum, count),
            metrics: zip(partTitles, partSums).map { Recorder.Value(name: $0, value: mean($1.sum, $1.count)) }
                + accumulators.map { Recorder.Value(name: $0.name, value: $0.accumulator.compute()) })
    }
}

extension Trainer {
    /// The loss and the metrics on the validation set or another loader, with the callbacks that run in validation.
    ///
    /// A callback may call it at any moment of a fit, which goes on as if nothing had been:
    ///
    /// ```swift
    /// override func afterBatch(_ trainer: Trainer) throws {
    ///     if trainer.isTraining, trainer.batchIndex % 500 == 499 { print(try trainer.validate().loss) }
    /// }
    /// ```
    /// - Throws: ``TrainingError`` when there is nothing to validate on, or what ``fit(_:learningRate:momentum:weightDecay:)``
    ///   throws.
    public func validate(_ source: (any BatchSource)? = nil) throws -> ValidationResult {
        guard let source = source ?? valid else {
            throw TrainingError("There is no validation set; give a loader, or a splitter that leaves one.")
        }
        let prepared = try prepared(source)
        try checkColumns()
        let collector = ValidationCollector(loss: loss, metrics: metrics, context: metricContext)
        let result = try inPass(Pass(collector: collector)) {
            try withTorchErrors {
                try validateEpoch(prepared) {
                    if !batchLoss.isDefined { throw TrainingError("The loader has no targets to validate against.") }
                }
            }
            let reported = pass.reported
            let others = reportedColumns.compactMap { column in
                reported[column.name].map { Recorder.Value(name: column.name, value: $0.mean) }
            }
            return pass.result.map { ValidationResult(loss: $0.loss, metrics: $0.metrics + others) }
        }
        guard let result else { throw TrainingError("A callback left the validation; there is no result.") }
        return result
    }

    /// Runs the model over a loader in evaluation mode, without gradients, with the callbacks of a validation; `body`
    /// sees each batch as the model did.
    ///
    /// - Parameter isPrediction: Whether only the outputs matter, so that the model may run by an ``InferencePlan``, whose
    ///   outputs differ by roundings. A validation gives the same numbers as that of a fit.
    public func evaluate(
        _ source: any BatchSource, isPrediction: Bool = false, _ body: (Batch, Tensor) throws -> Void
    ) throws {
        let source = try prepared(source)
        try inPass(Pass(isPredicting: isPrediction)) {
            try withTorchErrors {
                try validateEpoch(source) {
                    try body(Batch(inputs: inputs, targets: targets, indices: indices), output)
                }
            }
        }
    }
}
