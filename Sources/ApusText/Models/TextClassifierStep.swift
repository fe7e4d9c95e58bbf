// The step of models of whole texts: what the gradient of a long text needs does not exist all at once.
import ApusCore
import Torch

/// The usual step for a ``TextModel``, in a fraction of the memory: of the pieces in which long texts are read, only the last
/// ones keep what the gradient needs; the others are computed a second time when the gradient comes to them.
/// ``textClassifierLearner(_:_:weights:dropMultiplier:loss:metrics:head:_:)`` has it.
///
/// Losses and gradients are those of a ``ApusCore/StandardStep``, dropout included. With another model, or in a lower
/// precision than float32, the step is one.
public final class TextClassifierStep: StandardStep {
    /// Of how many places of a batch, texts times tokens, intermediate results are kept.
    public let keptPlaces: Int

    /// - Parameter keptPlaces: Of how many places of a batch, texts times tokens, intermediate results are kept: the more, the
    ///   faster, and the more memory. 16,384 by default.
    public init(keptPlaces: Int = 16_384) {
        self.keptPlaces = keptPlaces
        super.init()
    }

    public override func outputs(of trainer: Trainer) -> [Tensor] {
        // The second run is outside of what switches to a lower precision.
        guard trainer.isFitting, trainer.isTraining, trainer.precision == .float32, trainer.inputs.count == 1,
            let model = trainer.model as? TextModel
        else { return super.outputs(of: trainer) }
        return model.outputs(trainer.inputs, keptPlaces: keptPlaces)
    }

    // It compares as the trainer's loss does.
    public override func conflict(with callback: Callback) -> String? { nil }
}

/// Runs a piece of a computation without a record of it, and again with one when its gradient is known (Chen et al. 2016,
/// https://arxiv.org/abs/1604.06174). The result stands for the first run's; parameters get their gradients while the caller's
/// `backward()` goes on, so that gradients by chosen inputs alone do not see them.
///
/// - Parameters:
///   - device: Whose random numbers the second run draws again.
///   - run: The computation; `isAgain` tells the second run.
func recomputed(on device: Device, _ run: @escaping (_ isAgain: Bool) -> Tensor) -> Tensor {
    let random = Generator.globalState(device: device).clone()
    let result = withoutGradients { run(false) }
    guard result.isDefined else { return result }
    let leaf = result.detached().requiringGradient()
    leaf.registerHook { gradient in
        let later = Generator.globalState(device: device).clone()
        Generator.setGlobalState(random, device: device)
        let again = withGradients(true) { run(true) }
        Generator.setGlobalState(later, device: device)
        if again.isDefined { again.backward(gradient: gradient) }
        return nil
    }
    return leaf
}
