// The metrics of the batches that are trained on.
import Torch

/// Measures the loss's parts and the metrics on the training batches too, as columns `train_NAME`: fastai's
/// `Recorder(train_metrics=True)`.
///
/// The model is in training mode, with dropout, and learns from batch to batch, so that the numbers are not those of the model
/// at the end of the epoch. Where a callback mixes or cuts items, they are measured as the model saw them. An epoch that a killed
/// run resumes in its middle has the numbers of its rest.
public final class TrainingMetrics: Callback {
    private var collector: ValidationCollector?

    public override init() {}

    public override var order: Int { 40 }
    public override var settings: String? { nil }
    public override var isSingle: Bool { true }
    public override var runsInValidation: Bool { false }
    public override var runsInLearningRateFinder: Bool { false }

    public override func columns(of trainer: Trainer) -> [EpochColumn] {
        trainer.loss.partNames.map { EpochColumn("train_\($0)", improvement: .lower) }
            + trainer.metrics.map { EpochColumn("train_\($0.name)", improvement: $0.improvement) }
    }

    public override func beforeTrain(_ trainer: Trainer) {
        collector = ValidationCollector(loss: trainer.loss, metrics: trainer.metrics, context: trainer.metricContext)
    }

    public override func afterBatch(_ trainer: Trainer) {
        guard trainer.isTraining, trainer.batchLoss.isDefined, let output = trainer.outputs.first else { return }
        withoutGradients {
            collector?.update(
                loss: trainer.batchLoss, parts: trainer.lossParts, output: output.detached(), targets: trainer.targets,
                items: output.size(0))
        }
    }

    public override func afterTrain(_ trainer: Trainer) throws {
        guard let measured = collector?.result.metrics else { return }
        collector = nil
        for (column, value) in zip(columns(of: trainer), measured) { try trainer.report(value.value, as: column.name) }
    }
}
