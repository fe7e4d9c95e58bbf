// The initial values of transformers' layers.
import Torch

/// The initial values of most transformers' layers: normal numbers of deviation 0.02, within two, and no bias.
func initialize(_ weight: Tensor, _ bias: Tensor?) {
    Init.truncatedNormal_(weight, std: 0.02)
    if let bias { Init.zeros_(bias) }
}
