// Residual blocks in fastai's form.

/// `ResBlock(expansion, in, out)`: convolutions around which the input is added (He et al., 2016), with fastai's tweaks.
///
/// `[batch, expansion * in, height, width]` gives `[batch, expansion * out, height / stride, width / stride]`. An
/// expansion of 1 means two 3x3 convolutions, a larger one a 3x3 convolution between two of 1x1. The last normalization
/// starts at zero, so that the block starts as its shortcut. The shortcut averages where the stride is above 1 and has a
/// 1x1 convolution where the channels differ.
///
/// ```swift
/// ResBlock(1, 64, 128, stride: 2)
/// ResBlock(4, 64, 64, reduction: 16)       // with squeeze and excitation
/// ```
public final class ResBlock: Module {
    let convpath: Sequential
    let idpath: Sequential
    let act: Module

    /// - Parameters:
    ///   - expansion: The input's and output's channels over `inChannels` and `outChannels`.
    ///   - groups: The groups of the 3x3 convolution.
    ///   - reduction: Into how many times fewer channels ``SqueezeExcitation`` squeezes; nil for none.
    ///   - inner: The channels of the 3x3 convolution; `outChannels` by default.
    ///   - firstInner: The channels of the first 1x1 convolution; as `inner` by default.
    ///   - isDepthwise: Whether the 3x3 convolution has a group for each channel.
    ///   - lastGroups: The groups of the last convolution.
    ///   - selfAttention: Whether a ``SimpleSelfAttention`` ends the branch.
    ///   - norm: How convolutions are normalized.
    ///   - poolFirst: Whether the shortcut averages before its convolution.
    public init(
        _ expansion: Int, _ inChannels: Int, _ outChannels: Int, kernelSize: Int = 3, stride: Int = 1, groups: Int = 1,
        reduction: Int? = nil, inner: Int? = nil, firstInner: Int? = nil, isDepthwise: Bool = false,
        lastGroups: Int = 1, selfAttention: Bool = false, norm: NormType? = .batch,
        activation: @escaping ActivationMaker = { ReLU() }, poolFirst: Bool = true
    ) {
        let lastNorm: NormType? =
            switch norm {
            case .batch: .batchZero
            case .instance: .instanceZero
            default: norm
            }
        let middle = inner ?? outChannels
        let first = firstInner ?? middle
        let (input, output) = (inChannels &* expansion, outChannels &* expansion)
        func conv(_ from: Int, _ to: Int, _ size: Int, stride: Int = 1, groups: Int = 1) -> Module {
            ConvLayer(
                from, to, kernelSize: size, stride: stride, norm: norm, activation: activation, groups: groups)
        }
        func last(_ size: Int) -> Module {
            ConvLayer(middle, output, kernelSize: size, norm: lastNorm, activation: nil, groups: lastGroups)
        }
        convpath =
            expansion == 1
            ? Sequential([
                conv(input, middle, kernelSize, stride: stride, groups: isDepthwise ? input : groups),
                last(kernelSize),
            ])
            : Sequential([
                conv(input, first, 1),
                conv(first, middle, kernelSize, stride: stride, groups: isDepthwise ? first : groups), last(1),
            ])
        if let reduction { convpath.append(SqueezeExcitation(output, reduction: reduction, activation: activation)) }
        if selfAttention { convpath.append(SimpleSelfAttention(output)) }
        // The shortcut's convolution is normalized by the batch whatever the branch has, as in fastai.
        var shortcut = input == output ? [] : [ConvLayer(input, output, kernelSize: 1, activation: nil) as Module]
        if stride != 1 { shortcut.insert(AvgPool2d(stride, ceilMode: true), at: poolFirst ? 0 : shortcut.count) }
        idpath = Sequential(shortcut)
        let activation = activation()
        // The sum is nobody else's.
        act = activation is ReLU ? ReLU(inplace: true) : activation
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { act(convpath(input) + idpath(input)) }
}

/// `SqueezeExcitation(channels, reduction:)`: weighs channels by what the whole picture shows (Hu et al., 2018); the
/// shape stays.
public final class SqueezeExcitation: SequentialEx {
    /// - Parameter reduction: How many times fewer channels there are between; rounded up to a multiple of 8.
    public init(_ channels: Int, reduction: Int, activation: @escaping ActivationMaker = { ReLU() }) {
        SizeReader(layer: "SqueezeExcitation", rank: 2).check(reduction, "reduction")
        let squeezed = (channels / max(reduction, 1) &+ 7) / 8 * 8
        super.init([
            AdaptiveAvgPool2d(1), ConvLayer(channels, squeezed, kernelSize: 1, norm: nil, activation: activation),
            ConvLayer(squeezed, channels, kernelSize: 1, norm: nil, activation: { Sigmoid() }), ProductLayer(),
        ])
    }
}
