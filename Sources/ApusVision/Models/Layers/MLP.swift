// The two-layer perceptron of transformer blocks, and ConvNeXt V2's normalization within it.
import Torch

/// Two linear layers around an activation, over the last dimension; or over the channels of
/// `[batch, channels, height, width]`, with 1x1 convolutions.
final class MLP: Module {
    let fc1: Module
    let act: Module
    let grn: GlobalResponseNorm?
    let fc2: Module

    init(
        _ features: Int, hidden: Int, activation: Module = GELU(), usesConvolutions: Bool = false,
        normalizesResponse: Bool = false
    ) {
        func layer(_ inputs: Int, _ outputs: Int) -> Module {
            usesConvolutions ? Conv2d(inputs, outputs, kernelSize: 1) : Linear(inputs, outputs)
        }
        fc1 = layer(features, hidden)
        act = activation
        grn = normalizesResponse ? GlobalResponseNorm(hidden, channelsDim: usesConvolutions ? 1 : 3) : nil
        fc2 = layer(hidden, features)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let hidden = act(fc1(input))
        return fc2(grn?(hidden) ?? hidden)
    }
}

/// Global response normalization (Woo et al., 2023): each channel of a picture is scaled by its norm over the pixels,
/// divided by the mean norm of all channels. The shape stays; weight and bias start at zero.
final class GlobalResponseNorm: Module {
    @Parameter var weight: Tensor
    @Parameter var bias: Tensor
    private let channelsDim: Int

    /// - Parameter channelsDim: 1 for `[batch, channels, height, width]`, 3 for `[batch, height, width, channels]`.
    init(_ channels: Int, channelsDim: Int) {
        weight = Tensor.zeros(channels)
        bias = Tensor.zeros(channels)
        self.channelsDim = channelsDim
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let norms = input.norm(dims: channelsDim == 1 ? [2, 3] : [1, 2], keepDim: true)
        let relative = norms / (norms.mean(dim: channelsDim, keepDim: true) + 1e-6)
        let shape = channelsDim == 1 ? [1, -1, 1, 1] : [1, 1, 1, -1]
        return input + (bias.view(shape) + weight.view(shape) * (input * relative))
    }
}
