// Stopping a fit whose loss is no number, with the last good weights kept, and saying which batch did it.
import Torch

/// Ends the fit at the first loss that is NaN or infinite, gives the model its last good weights back, and has the fit
/// throw a ``NonFiniteError`` that says in which batch, with which items, it came.
///
/// The good weights are those from the beginning of the epoch, or of the place where a killed run resumed; a copy of the
/// weights is held for them. An epoch after whose last step a weight is not finite counts as the batch's would. The
/// optimizer forgets its averages. Unlike fastai's `TerminateOnNaNCallback`, which ends training alone, nothing of the
/// spoilt numbers stays.
///
/// With ``Precision/float16`` a training loss that is no number costs its step, as any overflow does; the fit ends when
/// no scale helps (see ``MixedPrecision``).
public final class StopOnNaN: Callback {
    /// A batch with a loss that is no number.
    public struct Finding: Sendable, CustomStringConvertible {
        /// The loss: NaN or infinite.
        public let loss: Double
        public let epoch: Int
        /// The batch of the epoch, from 0.
        public let batch: Int
        /// Whether it was a batch to train on.
        public let isTraining: Bool
        /// The places of its items in the data set.
        public let items: [Int]

        public var description: String {
            let shown = items.prefix(20).map(String.init).joined(separator: ", ") + (items.count > 20 ? ", ..." : "")
            return
                "The loss is \(loss.isNaN ? "nan" : "\(loss)") in epoch \(epoch), \(isTraining ? "training" : "validation") batch \(batch) "
                + "(items \(shown)); the fit ends. Lower the learning rate, or look at these items."
        }
    }

    /// The batch that ended the last fit; nil when none did.
    public private(set) var finding: Finding?
    /// Parameters and buffers with what they were; nil where the next batch has to note it.
    private var good: [(own: Tensor, copy: Tensor)]?

    public override var order: Int { -9 }
    public override var runsInLearningRateFinder: Bool { false }
    public override var settings: String? { nil }

    public override func beforeFit(_ trainer: Trainer) {
        finding = nil
        good = nil
    }

    public override func beforeBatch(_ trainer: Trainer) {
        // With the first batch, when a checkpoint has been restored.
        guard good == nil, trainer.isFitting else { return }
        let tensors = trainer.trainedParameters.map(\.tensor) + trainer.trainedBuffers
        good = tensors.map { ($0, $0.device == .cpu ? $0.detached().clone() : $0.detached().to(.cpu)) }
    }

    public override func afterLoss(_ trainer: Trainer) throws {
        guard trainer.isFitting, trainer.batchLoss.isDefined else { return }
        if trainer.isTraining, trainer.precision == .float16 { return }
        let loss = trainer.batchLoss.item()
        guard !loss.isFinite else { return }
        let found = Finding(
            loss: loss, epoch: trainer.epoch, batch: trainer.batchIndex, isTraining: trainer.isTraining,
            items: trainer.indices)
        finding = found
        trainer.failure = NonFiniteError("\(found)")
        throw Cancel.fit
    }

    public override func afterEpoch(_ trainer: Trainer) throws {
        if let name = trainer.model.firstNonFinite() {
            trainer.failure = NonFiniteError(
                "\(name) of the model is not finite after epoch \(trainer.epoch); the fit ends. Lower the learning rate."
            )
            throw Cancel.fit
        }
        good = nil
    }

    // Also where another callback, or mixed precision, has found what ends the fit.
    public override func afterFit(_ trainer: Trainer) {
        if trainer.failure != nil, let good {
            withoutGradients { for (own, copy) in good { own.copy_(copy) } }
            trainer.optimizer.clearState()
            trainer.optimizer.zeroGradients()
        }
        good = nil
    }
}
