// Evaluation: loss, metrics and outputs outside a fit.
import Torch

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
