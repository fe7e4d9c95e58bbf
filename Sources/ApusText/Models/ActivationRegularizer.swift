// The regularizers of AWD-LSTM: outputs shall be small, and change little from token to token.
import ApusCore
import Torch

/// Adds two penalties to what is differentiated: the mean square of the outputs behind dropout, and that of the difference of
/// the outputs for neighboring tokens (Merity, McCann and Socher 2017, https://arxiv.org/abs/1708.01009).
///
/// The learners of language models and texts have it; `learner.remove(_:)` trains without. As in fastai the losses that are
/// shown, of training and of validation, are without the penalties.
///
/// ```swift
/// learner.add(ActivationRegularizer(activation: 1, change: 0.5))
/// ```
public final class ActivationRegularizer: Callback {
    /// How much the square of the outputs counts: fastai's `alpha`.
    public let activation: Double
    /// How much the square of their change counts: fastai's `beta`.
    public let change: Double
    private var plain: Tensor?

    /// - Parameters:
    ///   - activation: How much the square of the outputs counts; 2 by default.
    ///   - change: How much the square of their change counts; 1 by default.
    public init(activation: Double = 2, change: Double = 1) { (self.activation, self.change) = (activation, change) }

    public override var order: Int { 1 }
    public override var runsInValidation: Bool { false }
    public override var isSingle: Bool { true }
    public override var needsStandardStep: Bool { true }
    public override var description: String { "ActivationRegularizer (activation \(activation), change \(change))" }

    public override func beforeFit(_ trainer: Trainer) throws {
        plain = nil
        for (name, weight) in [("activation", activation), ("change", change)] where !(weight.isFinite && weight >= 0) {
            throw TrainingError("A weight of \(weight) for \(name) is not possible; give 0 or more.")
        }
    }

    public override func afterLoss(_ trainer: Trainer) throws {
        guard trainer.isTraining, trainer.batchLoss.isDefined else { return }
        let hidden = trainer.otherOutputs
        guard hidden.count >= 2 else {
            throw TrainingError(
                "The model gives only \(hidden.isEmpty ? "its answer" : "one hidden output"); the regularizer needs the answer and the hidden outputs without "
                    + "and with dropout. Remove it, or give a LanguageModel or a TextModel.")
        }
        plain = trainer.batchLoss
        if activation != 0 {
            trainer.batchLoss = trainer.batchLoss + hidden[1].float().square().mean() * activation
        }
        let length = hidden[0].size(1)
        if change != 0, length > 1 {
            let later = hidden[0].narrow(dim: 1, start: 1, length: length - 1)
            let earlier = hidden[0].narrow(dim: 1, start: 0, length: length - 1)
            trainer.batchLoss = trainer.batchLoss + (later - earlier).float().square().mean() * change
        }
    }

    // Behind the gradients, and before the recorder reads the loss.
    public override func afterBatch(_ trainer: Trainer) {
        if let plain, trainer.isTraining { trainer.batchLoss = plain }
        plain = nil
    }
}
