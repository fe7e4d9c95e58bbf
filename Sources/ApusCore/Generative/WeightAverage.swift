// The mean over a generator's past weights, which changes places with the present ones outside of training.
import Torch

/// The exponential moving mean over a model's past weights; saved with the run as a module's state.
///
/// Only one of the two, mean and present weights, is in the model: the present ones while it trains, the mean else. The other
/// one is here. ``isInModel`` says so, as a tensor, so that every saved state tells which is which.
final class WeightAverage: Module {
    // Not the model itself, which would be a part of this module.
    private let present: () -> [Tensor]
    private let tensors: [AveragedTensor]
    @Buffer private var isApplied: Tensor
    @Buffer private var count: Tensor
    private let decay: Double

    init(of model: Module, decay: Double) {
        present = { model.namedParameters().map(\.tensor) + model.namedBuffers().map(\.tensor) }
        self.decay = decay
        tensors = present().map(AveragedTensor.init)
        isApplied = Tensor.zeros([1], dtype: .int64)
        count = Tensor.zeros([1], dtype: .int64)
        super.init()
    }

    /// Whether the mean is in the model, and the present weights are here.
    var isInModel: Bool { isApplied.item(as: Int.self) == 1 }

    /// Takes the present weights in, after a step. Early on the mean forgets faster, so that it is not made of the weights that
    /// training began with. Buffers, such as running statistics, are taken as they are.
    func update() {
        let steps = count.item(as: Int.self)
        let decay = min(decay, Double(1 + steps) / Double(10 + steps))
        withoutGradients {
            for (mean, value) in zip(tensors, present()) {
                if value.requiresGradient, value.dtype.isFloatingPoint {
                    mean.value.lerp_(value.detached(), weight: .double(1 - decay))
                } else {
                    mean.value.copy_(value)
                }
            }
            count.add_(.int(1))
        }
    }

    /// Puts the mean into the model, or the present weights back, if they are not there.
    func setInModel(_ wanted: Bool) {
        guard isInModel != wanted else { return }
        withoutGradients {
            for (held, value) in zip(tensors, present()) {
                let own = value.detached().clone()
                value.copy_(held.value)
                held.value.copy_(own)
            }
            isApplied.fill_(.int(wanted ? 1 : 0))
        }
    }
}

/// One tensor of the mean.
private final class AveragedTensor: Module {
    @Buffer var value: Tensor

    init(_ tensor: Tensor) {
        value = tensor.detached().clone()
        super.init()
    }
}
