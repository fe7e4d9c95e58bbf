// The step of language models: decoder and loss in pieces, so that the logits of a batch never exist all at once.
import ApusCore
import Torch

/// The usual step for a ``LanguageModel`` with plain cross-entropy, in a fraction of the memory: some tokens are decoded,
/// compared and differentiated at a time.
///
/// All callbacks go on working. One that reads the trainer's output in training, such as ``TrainingMetrics``, has the logits
/// computed for it. With another model or another loss the step is a ``StandardStep``.
public final class LanguageModelStep: StandardStep {
    public override init() { super.init() }

    public override func deferredOutputs(of trainer: Trainer) -> (main: () -> Tensor, others: [Tensor])? {
        guard trainer.isFitting, trainer.isTraining || trainer.metrics.isEmpty, let model = model(of: trainer),
            trainer.inputs.count == 1
        else { return nil }
        let (raw, dropped) = model.hidden(trainer.inputs[0])
        return ({ model.decoder.decoder(dropped) }, [raw, dropped])
    }

    public override func loss(of outputs: [Tensor], _ trainer: Trainer) -> (loss: Tensor, parts: [Tensor]) {
        guard let model = model(of: trainer), trainer.targets.count == 1, let output = outputs.first else {
            return super.loss(of: outputs, trainer)
        }
        if output.isDefined {
            return gradientsAreEnabled
                ? super.loss(of: outputs, trainer) : (Self.loss(of: output, trainer.targets[0], trainer.loss), [])
        }
        let layer = model.decoder.decoder
        guard outputs.count > 2 else { return super.loss(of: outputs, trainer) }
        return (
            outputs[2].linearCrossEntropy(weight: layer.weight, bias: layer.bias, targets: trainer.targets[0]), []
        )
    }

    // It compares as the trainer's loss does.
    public override func conflict(with callback: Callback) -> String? { nil }

    private func model(of trainer: Trainer) -> LanguageModel? {
        let plain = Loss.crossEntropy(dim: -1)
        guard trainer.loss.name == plain.name, trainer.loss.settings == plain.settings else { return nil }
        return trainer.model as? LanguageModel
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
