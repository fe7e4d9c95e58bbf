// Attention between the places of a picture.

/// `SelfAttention(channels)`: each place of a picture looks at all others (Zhang et al., 2019); the shape stays.
///
/// The result is added to the input by a learned factor that starts at zero. Memory grows with the square of the number
/// of places.
public final class SelfAttention: Module {
    let query: ConvLayer
    let key: ConvLayer
    let value: ConvLayer
    @Parameter var gamma: Tensor

    /// - Parameter channels: At least 8.
    public init(_ channels: Int) {
        SizeReader(layer: "SelfAttention", rank: 2).check(channels, "channels", atLeast: 8)
        func projection(_ outputs: Int) -> ConvLayer {
            ConvLayer(channels, outputs, kernelSize: 1, bias: false, rank: 1, norm: .spectral, activation: nil)
        }
        query = projection(channels / 8)
        key = projection(channels / 8)
        value = projection(channels)
        gamma = Tensor.zeros(1)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let places = input.flatten(startDim: 2)
        let weights = query(places).transpose(1, 2).bmm(key(places)).softmax(dim: 1)
        return (gamma * value(places).bmm(weights) + places).picture(like: input)
    }
}

/// `SimpleSelfAttention(channels)`: attention between places by one product of the features with themselves, which costs
/// less than ``SelfAttention``; the shape stays. The result is added by a learned factor that starts at zero.
public final class SimpleSelfAttention: Module {
    let conv: Conv1d
    @Parameter var gamma: Tensor

    /// - Parameter kernelSize: The window of the convolution over the places, an odd number.
    public init(_ channels: Int, kernelSize: Int = 1) {
        conv = Conv1d(channels, channels, kernelSize: kernelSize, padding: kernelSize / 2, bias: false)
        Init.kaimingNormal_(conv.weight)
        spectralNorm(conv)
        gamma = Tensor.zeros(1)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let places = input.flatten(startDim: 2)
        let attended = places.bmm(places.transpose(1, 2)).bmm(conv(places))
        return (gamma * attended + places).picture(like: input)
    }
}

extension Tensor {
    /// Places `[batch, channels, count]` in the shape and the memory layout of the picture that they are from: layers behind
    /// would go on in another layout, in which convolutions are slower.
    fileprivate func picture(like input: Tensor) -> Tensor {
        let picture = reshape(input.shape)
        return input.isContiguous(.channelsLast) ? picture.channelsLast() : picture
    }
}
