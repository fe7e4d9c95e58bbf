// A convolution with what usually goes with it: normalization and activation.

/// How a block normalizes.
public enum NormType: String, Sendable, Codable, CaseIterable {
    /// Batch normalization.
    case batch
    /// Batch normalization whose weight starts at zero, so that a residual branch starts without effect.
    case batchZero
    /// Weight normalization of the convolution; see ``weightNorm(_:)``.
    case weight
    /// Spectral normalization of the convolution; see ``spectralNorm(_:iterations:eps:)``.
    case spectral
    /// Instance normalization with a weight and a bias.
    case instance
    /// Instance normalization whose weight starts at zero.
    case instanceZero

    var isBatch: Bool { self == .batch || self == .batchZero }
    var isInstance: Bool { self == .instance || self == .instanceZero }

    /// The layer for outputs of `features` channels and `rank` dimensions; nil where the convolution itself is
    /// normalized. Biases start at 0.001, weights at 1 or 0.
    public func layer(_ features: Int, rank: Int = 2) -> Module? {
        var norm: (module: Module, weight: Tensor?, bias: Tensor?)?
        if isBatch {
            let layer: BatchNorm =
                switch rank {
                case 1: BatchNorm1d(features)
                case 2: BatchNorm2d(features)
                default: BatchNorm3d(features)
                }
            norm = (layer, layer.weight, layer.bias)
        } else if isInstance {
            let layer: InstanceNorm =
                switch rank {
                case 1: InstanceNorm1d(features, affine: true)
                case 2: InstanceNorm2d(features, affine: true)
                default: InstanceNorm3d(features, affine: true)
                }
            norm = (layer, layer.weight, layer.bias)
        }
        guard let norm else { return nil }
        if let bias = norm.bias { Init.constant_(bias, 1e-3) }
        if let weight = norm.weight { Init.constant_(weight, self == .batchZero || self == .instanceZero ? 0 : 1) }
        return norm.module
    }
}

/// Makes the activation that follows a convolution: `{ ReLU() }`, `{ Mish() }`.
public typealias ActivationMaker = @Sendable () -> Module

/// `ConvLayer(in, out)`: a convolution, its normalization and activation, as fastai's `ConvLayer`.
///
/// `[batch, inChannels, height, width]` gives `[batch, outChannels, newHeight, newWidth]`; a stride of 1 keeps the size.
/// The convolution has a bias unless a batch or instance normalization follows, whose own bias starts at 0.001. Weights
/// start as the activation wants them: He's uniform numbers for ReLU and its relatives, Glorot's for sigmoid and tanh,
/// PyTorch's default without activation; biases start as normal numbers of deviation `biasStd`.
///
/// ```swift
/// ConvLayer(3, 32, stride: 2)                                // Conv2d, BatchNorm2d, ReLU
/// ConvLayer(32, 64, norm: .spectral, activation: { LeakyReLU(0.2) })
/// ConvLayer(64, 10, kernelSize: 1, norm: nil, activation: nil)
/// ```
public final class ConvLayer: Sequential {
    /// - Parameters:
    ///   - kernelSize: The side of the window; 3 by default.
    ///   - stride: The step of the window; 1 by default.
    ///   - padding: What is added on each side; `(kernelSize &- 1) / 2` by default, 0 for a transposed convolution.
    ///   - bias: Whether a number is added to each output channel.
    ///   - rank: 1 for sequences, 2 for pictures (the default), 3 for volumes.
    ///   - norm: How outputs are normalized; by the batch by default, nil for not at all.
    ///   - normFirst: Whether the normalization comes before the activation, as is usual.
    ///   - activation: Makes the activation; ReLU by default, nil for none.
    ///   - transposed: Whether the convolution is a transposed one.
    ///   - groups: Into how many separate groups the channels fall.
    ///   - extra: A layer at the end, such as ``SelfAttention``.
    ///   - biasStd: The deviation of the initial biases; nil for PyTorch's default.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int = 3, stride: Int = 1, padding: Int? = nil,
        bias: Bool? = nil, rank: Int = 2, norm: NormType? = .batch, normFirst: Bool = true,
        activation: ActivationMaker? = { ReLU() }, transposed: Bool = false, groups: Int = 1, dilation: Int = 1,
        extra: Module? = nil, biasStd: Double? = 0.01
    ) {
        if !(1...3).contains(rank) {
            SizeReader(layer: "ConvLayer", rank: 2).fail("rank \(rank) is not possible; give 1, 2 or 3")
        }
        let bias = bias ?? !(norm.map { $0.isBatch || $0.isInstance } ?? false)
        let padding = padding ?? (transposed ? 0 : (kernelSize &- 1) / 2)
        let conv: any WeightedLayer
        if transposed {
            let make: (Int, Int, Int, Int, Int, Int, Int, Bool, Int) -> TransposedConvolution =
                switch rank {
                case 1: ConvTranspose1d.init
                case 2: ConvTranspose2d.init
                default: ConvTranspose3d.init
                }
            conv = make(inChannels, outChannels, kernelSize, stride, padding, 0, groups, bias, dilation)
        } else {
            let make: (Int, Int, Int, Int, Int, Int, Int, Bool, PaddingMode) -> Convolution =
                switch rank {
                case 1: Conv1d.init
                case 2: Conv2d.init
                default: Conv3d.init
                }
            conv = make(inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, .zeros)
        }
        let activation = activation?()
        if let bias = conv.bias, let biasStd { _ = biasStd == 0 ? Init.zeros_(bias) : Init.normal_(bias, std: biasStd) }
        Self.initialize(conv.ownWeight, for: activation)
        if norm == .weight { weightNorm(conv) }
        if norm == .spectral { spectralNorm(conv) }
        let tail = [norm?.layer(outChannels, rank: rank), activation]
        super.init(([conv] + (normFirst ? tail : tail.reversed()) + [extra]).compactMap(\.self))
    }

    /// The convolution.
    public var convolution: Module { self[0] }

    private static func initialize(_ weight: Tensor, for activation: Module?) {
        switch activation {
        case is ReLU, is ReLU6, is LeakyReLU, is SiLU, is Mish: Init.kaimingUniform_(weight)
        case is Sigmoid, is Tanh: Init.xavierUniform_(weight)
        default: break
        }
    }
}
