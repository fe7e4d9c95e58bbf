// The step of language models: decoder and loss in pieces, so that the logits of a batch never exist all at once.
import ApusCore
import Torch

/// A language model whose logits are those of a linear layer, so that they can be computed in pieces.
public protocol DecodedLanguageModel: Module {
    /// The outputs behind which the decoder comes, each `[batch, length, width]`: the last is what the decoder reads.
    ///
    /// - Parameter tokens: int64 `[batch, length]`.
    func hiddenOutputs(_ tokens: Tensor) -> [Tensor]

    /// The decoder's weight `[vocabulary, width]` and bias `[vocabulary]`.
    var decoderWeights: (weight: Tensor, bias: Tensor?) { get }
}

/// The usual step for a ``DecodedLanguageModel`` with plain cross-entropy, in a fraction of the memory: some tokens are
/// decoded, compared and differentiated at a time. ``languageModelLearner(_:_:weights:dropMultiplier:loss:metrics:_:)`` has
/// it.
///
/// All callbacks go on working. One that reads the trainer's output in training, such as ``TrainingMetrics``, has the logits
/// computed for it. With another model or another loss the step is a ``StandardStep``.
public final class LanguageModelStep: StandardStep {
    public override init() { super.init() }

    public override func deferredOutputs(of trainer: Trainer) -> (main: () -> Tensor, others: [Tensor])? {
        guard trainer.isFitting, trainer.isTraining || trainer.metrics.isEmpty, let model = model(of: trainer),
            trainer.inputs.count == 1
        else { return nil }
        let hidden = model.hiddenOutputs(trainer.inputs[0])
        return ({ Self.logits(of: hidden, model) }, hidden)
    }

    public override func loss(of outputs: [Tensor], _ trainer: Trainer) -> (loss: Tensor, parts: [Tensor]) {
        guard let model = model(of: trainer), trainer.targets.count == 1, let output = outputs.first else {
            return super.loss(of: outputs, trainer)
        }
        if output.isDefined {
            return gradientsAreEnabled
                ? super.loss(of: outputs, trainer) : (Self.loss(of: output, trainer.targets[0], trainer.loss), [])
        }
        guard outputs.count > 1, let hidden = outputs.last else { return super.loss(of: outputs, trainer) }
        let (weight, bias) = model.decoderWeights
        return (hidden.linearCrossEntropy(weight: weight, bias: bias, targets: trainer.targets[0]), [])
    }

    private static func logits(of hidden: [Tensor], _ model: any DecodedLanguageModel) -> Tensor {
        let (weight, bias) = model.decoderWeights
        return hidden.last?.linear(weight, bias) ?? .undefined
    }

    // It compares as the trainer's loss does.
    public override func conflict(with callback: Callback) -> String? { nil }

    private func model(of trainer: Trainer) -> (any DecodedLanguageModel)? {
        let plain = Loss.crossEntropy(dim: -1)
        guard trainer.loss.name == plain.name, trainer.loss.settings == plain.settings else { return nil }
        return trainer.model as? any DecodedLanguageModel
    }

    /// The loss of logits `[batch, length, vocabulary]` text by text, without a copy of all of them.
    private static func loss(of output: Tensor, _ targets: Tensor, _ loss: Loss) -> Tensor {
        guard output.dim == 3, targets.dim == 2, output.size(0) == targets.size(0), output.size(0) > 0 else {
            return loss.function(output, [targets])
        }
        let losses = (0..<output.size(0)).map { row in
            loss.function(
                output.narrow(dim: 0, start: row, length: 1), [targets.narrow(dim: 0, start: row, length: 1)])
        }
        return Tensor.stack(losses).mean()
    }
}
