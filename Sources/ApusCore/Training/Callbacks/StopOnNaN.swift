// Stopping a fit whose loss is no number, and saying which batch did it.
import Torch

/// Ends the fit at the first loss that is NaN or infinite and says in which batch, with which items, it came.
///
/// Unlike in fastai the batch's step is not taken any more: the model keeps the weights from before it.
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
            return "The loss is \(loss) in epoch \(epoch), \(isTraining ? "training" : "validation") batch \(batch) "
                + "(items \(shown)); the fit ends. Look at these items, or lower the learning rate."
        }
    }

    /// The batch that ended the last fit; nil when none did.
    public private(set) var finding: Finding?

    public override var order: Int { -9 }
    public override var runsInLearningRateFinder: Bool { false }

    public override func beforeFit(_ trainer: Trainer) { finding = nil }

    public override func afterLoss(_ trainer: Trainer) throws {
        guard trainer.isFitting, trainer.batchLoss.isDefined else { return }
        let loss = trainer.batchLoss.item()
        guard !loss.isFinite else { return }
        let found = Finding(
            loss: loss, epoch: trainer.epoch, batch: trainer.batchIndex, isTraining: trainer.isTraining,
            items: trainer.indices)
        finding = found
        trainer.tell("\(found)")
        throw Cancel.fit
    }
}
