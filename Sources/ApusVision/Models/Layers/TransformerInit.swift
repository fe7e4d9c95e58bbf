// The initial values of transformers' layers.
import Torch

/// The initial values of most transformers' layers: normal numbers of deviation 0.02, within two, and no bias.
func initialize(_ weight: Tensor, _ bias: Tensor?) {
    Init.truncatedNormal_(weight, std: 0.02)
    if let bias { Init.zeros_(bias) }
}

/// Gives all linear layers of a model the initial values of ``initialize(_:_:)``.
func initializeLinears(of model: Module) {
    model.apply { module in
        if let linear = module as? Linear { initialize(linear.weight, linear.bias) }
    }
}
