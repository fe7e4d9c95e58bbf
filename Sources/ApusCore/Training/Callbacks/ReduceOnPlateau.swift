// A smaller learning rate where the loss no longer falls.
import Foundation

/// Divides the learning rates when a loss or metric has not improved for a number of epochs. The defaults are fastai's.
///
/// The rates that the fit's schedule gives are divided, so that it works with one cycle as well as with the constant
/// rate of `fit`; each fit starts with the full rates.
public final class ReduceOnPlateau: PatientTracker {
    /// What the rates are divided by each time.
    public let factor: Double
    /// The rate below which none is brought.
    public let minLearningRate: Double
    private var divisor = 1.0

    /// - Parameters:
    ///   - monitor: `train_loss`, `valid_loss`, a part of the loss (`valid_NAME`) or a metric's name.
    ///   - patience: How many epochs without improvement are waited for.
    ///   - factor: What the rates are divided by each time, above 1.
    ///   - minLearningRate: The rate below which none is brought.
    public init(
        monitor: String = "valid_loss", improvement: Improvement? = nil, minDelta: Double = 0, patience: Int = 1,
        factor: Double = 10, minLearningRate: Double = 0, resetsOnFit: Bool = true
    ) {
        self.factor = factor
        self.minLearningRate = minLearningRate
        super.init(
            monitor: monitor, improvement: improvement, minDelta: minDelta, patience: patience,
            resetsOnFit: resetsOnFit)
    }

    public override var order: Int { 62 }
    public override var settings: String? {
        "\(super.settings ?? ""), factor \(factor), minLearningRate \(minLearningRate)"
    }
    public override var description: String { "ReduceOnPlateau (\(monitor), patience \(patience))" }
    public override func mustRun(after other: Callback) -> Bool {
        super.mustRun(after: other) || other is ScheduleCallback
    }

    public override func beforeFit(_ trainer: Trainer) throws {
        guard factor > 1, minLearningRate >= 0 else {
            throw TrainingError(
                "Learning rates cannot be divided by \(factor) down to \(minLearningRate); give a factor above 1 and a rate of "
                    + "0 or more.")
        }
        try super.beforeFit(trainer)
        divisor = 1
    }

    public override func beforeBatch(_ trainer: Trainer) {
        guard divisor > 1 else { return }
        for index in trainer.optimizer.groups.indices {
            trainer.optimizer.update(group: index) { group in
                group.learningRate = max(group.learningRate / divisor, min(minLearningRate, group.learningRate))
            }
        }
    }

    public override func lostPatience(_ trainer: Trainer) throws {
        divisor *= factor
        startWaiting()
        trainer.tell("Epoch \(trainer.epoch): the learning rates are divided by \(divisor) from here on.")
    }

    public override func state() throws -> Data? {
        try JSONEncoder.withNonFinite.encode([best, Double(waited), divisor])
    }
    public override func restore(state: Data) throws {
        try super.restore(state: state)
        divisor = try JSONDecoder.withNonFinite.decode([Double?].self, from: state)[2] ?? 1
    }
}
