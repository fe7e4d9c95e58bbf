// Short epochs: a part of the data, to see whether a run works at all.

/// Ends each epoch after a part of its batches; the metrics are those of the part. The defaults are fastai's.
///
/// ```swift
/// try learner.with([ShortEpochs(batches: 2)]) { try learner.fineTune(1) }
/// ```
public final class ShortEpochs: Callback {
    private enum Length {
        case fraction(Double)
        case batches(Int)
    }
    private let length: Length
    /// Whether validation is shortened too.
    public let shortensValidation: Bool

    /// - Parameter fraction: The part of the batches, of (0, 1]. As in fastai the batch that passes it is the last one:
    ///   of 100 batches, 0.01 leaves two.
    public init(fraction: Double = 0.01, shortensValidation: Bool = true) {
        length = .fraction(fraction)
        self.shortensValidation = shortensValidation
    }

    /// - Parameter batches: The number of batches, at least 1.
    public init(batches: Int, shortensValidation: Bool = true) {
        length = .batches(batches)
        self.shortensValidation = shortensValidation
    }

    // After those that count batches.
    public override var order: Int { 90 }
    public override var settings: String? { "\(length), validation \(shortensValidation)" }
    public override var runsInLearningRateFinder: Bool { false }
    public override var isSingle: Bool { true }

    public override func beforeFit(_ trainer: Trainer) throws {
        switch length {
        case .fraction(let part) where !(part > 0 && part <= 1):
            throw TrainingError("An epoch cannot be shortened to \(part) of itself; give a fraction of (0, 1].")
        case .batches(let count) where count < 1:
            throw TrainingError("An epoch of \(count) batches is not possible; give at least 1.")
        default: return
        }
    }

    public override func afterBatch(_ trainer: Trainer) {
        guard trainer.isFitting, trainer.isTraining || shortensValidation else { return }
        switch length {
        case .fraction(let part):
            trainer.pass.leavesPart = Double(trainer.batchIndex) / Double(trainer.batchCount) >= part
        case .batches(let count): trainer.pass.leavesPart = trainer.batchIndex + 1 >= count
        }
    }
}
