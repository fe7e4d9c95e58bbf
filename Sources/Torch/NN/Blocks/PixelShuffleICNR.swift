// Making pictures larger by pixel shuffle, without checkerboards.

/// `PixelShuffleICNR(in, out)`: makes pictures twice as large, `[batch, in, height, width]` to
/// `[batch, out, 2 * height, 2 * width]`.
///
/// A 1x1 convolution makes four times the channels, which ``PixelShuffle`` moves into space (Shi et al., 2016). The
/// weights start so that the four pixels from one are equal, which avoids checkerboards (Aitken et al., 2017).
public final class PixelShuffleICNR: Sequential {
    /// - Parameters:
    ///   - outChannels: As `inChannels` by default.
    ///   - factor: How many times larger each side becomes; 2 by default.
    ///   - blur: Whether a ``BlurPool`` follows, which smooths what is left of the pattern.
    ///   - norm: Weight normalization by default.
    public init(
        _ inChannels: Int, _ outChannels: Int? = nil, factor: Int = 2, blur: Bool = false, norm: NormType? = .weight,
        activation: ActivationMaker? = { ReLU() }
    ) {
        let layer = ConvLayer(
            inChannels, (outChannels ?? inChannels) &* factor &* factor, kernelSize: 1, norm: norm,
            activation: activation, biasStd: 0)
        if let conv = layer.convolution as? Conv2d {
            // Weight normalization is set up anew from the weights, so that its lengths fit them.
            let isNormalized = norm == .weight
            if isNormalized { conv.weight = Tensor.empty(conv.weight.shape) }
            let weight = norm == .spectral ? conv.weightSource?.parameters.first?.tensor : conv.ownWeight
            if let weight { Init.icnr_(weight, factor: factor) }
            if isNormalized { weightNorm(conv) }
        }
        super.init([layer, PixelShuffle(factor)] + (blur ? [BlurPool()] : []))
    }
}

/// `BlurPool()`: the mean of each pixel with its neighbors above and to the left; the shape stays (Sugawara et al.,
/// 2018).
///
/// It smooths the checkerboards that ``PixelShuffle`` may leave.
public final class BlurPool: Module {
    public override func forward(_ input: Tensor) -> Tensor {
        input.pad([1, 0, 1, 0], mode: "replicate").avgPool2d([2, 2], stride: [1, 1])
    }
}

extension Init {
    /// Initial weights `[out, in, height, width]` for a pixel shuffle: those that come to lie in one block of
    /// `factor * factor` pixels are equal, and He's normal numbers (Aitken et al., 2017).
    // swift-format-ignore: AlwaysUseLowerCamelCase
    @discardableResult
    public static func icnr_(_ weight: Tensor, factor: Int = 2) -> Tensor {
        guard weight.dim == 4, factor > 0, factor < 1 << 16, weight.size(0) % (factor * factor) == 0 else {
            TorchFailure.report(
                TorchError(
                    operation: "Init.icnr_", inputs: "\(weight.shape)",
                    reason: "a weight [out, in, height, width] whose out divides by \(factor &* factor) is needed"))
            return weight
        }
        let sizes = weight.shape.sizes
        let base = kaimingNormal_(Tensor.empty([sizes[0] / (factor * factor)] + sizes.dropFirst()))
        return withoutGradients { weight.copy_(base.repeatInterleave(factor * factor, dim: 0)) }
    }
}
