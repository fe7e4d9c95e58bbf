// Layer normalization of pictures over their channels.
import ApusCore
import Torch

/// `LayerNorm2d(channels)`: normalizes each pixel of `[batch, channels, height, width]` over the channels; the shape
/// stays.
final class LayerNorm2d: Module, NormalizationLayer {
    @Parameter var weight: Tensor
    @Parameter var bias: Tensor
    private let eps: Double

    init(_ channels: Int, eps: Double = 1e-6) {
        weight = Tensor.ones(channels)
        bias = Tensor.zeros(channels)
        self.eps = eps
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        input.permute(0, 2, 3, 1).layerNorm([weight.count], weight, bias, eps: eps).permute(0, 3, 1, 2)
    }
}
