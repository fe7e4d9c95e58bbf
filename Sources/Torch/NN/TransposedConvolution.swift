// Transposed convolutions, which make sequences, pictures and volumes larger.

/// What transposed convolutions of one, two and three dimensions share; make a ``ConvTranspose1d``,
/// ``ConvTranspose2d`` or ``ConvTranspose3d``.
public class TransposedConvolution: Module, WeightedLayer {
    @Parameter("weight") var ownWeight: Tensor
    @Parameter public var bias: Tensor?
    public let inChannels: Int
    public let outChannels: Int
    public let kernelSize: [Int]
    public let stride: [Int]
    public let padding: [Int]
    public let outputPadding: [Int]
    public let dilation: [Int]
    public let groups: Int

    /// The weight; computed where ``weightNorm(_:)`` or ``spectralNorm(_:iterations:eps:)`` normalize it. Setting it ends
    /// such a normalization.
    public var weight: Tensor {
        get { weightSource?.weight(isTraining: false) ?? ownWeight }
        set {
            weightSource = nil
            ownWeight = newValue
        }
    }

    var outputDimension: Int { 1 }

    fileprivate init(
        layer: String, rank: Int, _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize,
        stride: any SpatialSize, padding: any SpatialSize, outputPadding: any SpatialSize, dilation: any SpatialSize,
        groups: Int, bias: Bool
    ) {
        let reader = SizeReader(layer: layer, rank: rank)
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.kernelSize = reader.read(kernelSize, "kernelSize")
        self.stride = reader.read(stride, "stride")
        self.padding = reader.read(padding, "padding", atLeast: 0)
        self.outputPadding = reader.read(outputPadding, "outputPadding", atLeast: 0)
        self.dilation = reader.read(dilation, "dilation")
        self.groups = reader.readGroups(groups, inChannels, outChannels)
        let weight = Tensor.empty([inChannels, outChannels / self.groups] + self.kernelSize)
        let biasTensor = bias ? Tensor.empty([outChannels]) : nil
        Init.layerDefault_(weight: weight, bias: biasTensor)
        self.bias = biasTensor
        super.init()
        ownWeight = weight
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let weight = weightForCall
        return switch kernelSize.count {
        case 1:
            input.convTranspose1d(
                weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
                dilation: dilation)
        case 2:
            input.convTranspose2d(
                weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
                dilation: dilation)
        default:
            input.convTranspose3d(
                weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
                dilation: dilation)
        }
    }

    public override var settings: String {
        "\(inChannels), \(outChannels), kernelSize: \(kernelSize), stride: \(stride)\(bias == nil ? ", bias: false" : "")"
    }
}

/// `ConvTranspose1d(in, out, kernelSize:)`: a transposed convolution over sequences.
///
/// `[batch, inChannels, length]` gives `[batch, outChannels, newLength]`. The weight is
/// `[inChannels, outChannels / groups, kernelSize]`; weight and bias start uniform within one over the root of
/// `outChannels / groups * kernelSize`, as in PyTorch.
///
/// ```swift
/// ConvTranspose1d(8, 4, kernelSize: 2, stride: 2)(Tensor.randn(2, 8, 50)).shape       // [2, 4, 100]
/// ```
public final class ConvTranspose1d: TransposedConvolution {
    /// - Parameters:
    ///   - stride: How far apart the outputs of neighboring inputs lie.
    ///   - padding: What is cut off each side.
    ///   - outputPadding: What is added at the end, since several output sizes belong to one input size.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSize, stride: some SpatialSize = 1,
        padding: some SpatialSize = 0, outputPadding: some SpatialSize = 0, groups: Int = 1, bias: Bool = true,
        dilation: some SpatialSize = 1
    ) {
        super.init(
            layer: "ConvTranspose1d", rank: 1, inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups, bias: bias)
    }
}

/// `ConvTranspose2d(in, out, kernelSize:)`: a transposed convolution over pictures.
///
/// `[batch, inChannels, height, width]` gives `[batch, outChannels, newHeight, newWidth]`. The weight is
/// `[inChannels, outChannels / groups, kernelHeight, kernelWidth]`, with initial values as for ``ConvTranspose1d``.
///
/// ```swift
/// ConvTranspose2d(64, 32, kernelSize: 2, stride: 2)(Tensor.randn(2, 64, 14, 14)).shape       // [2, 32, 28, 28]
/// ```
public final class ConvTranspose2d: TransposedConvolution {
    /// - Parameters:
    ///   - stride: How far apart the outputs of neighboring inputs lie.
    ///   - padding: What is cut off each side.
    ///   - outputPadding: What is added at the end, since several output sizes belong to one input size.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSize, stride: some SpatialSize = 1,
        padding: some SpatialSize = 0, outputPadding: some SpatialSize = 0, groups: Int = 1, bias: Bool = true,
        dilation: some SpatialSize = 1
    ) {
        super.init(
            layer: "ConvTranspose2d", rank: 2, inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups, bias: bias)
    }
}

/// `ConvTranspose3d(in, out, kernelSize:)`: a transposed convolution over volumes.
///
/// `[batch, inChannels, depth, height, width]` gives `[batch, outChannels, newDepth, newHeight, newWidth]`. The weight
/// is `[inChannels, outChannels / groups, kernelDepth, kernelHeight, kernelWidth]`, with initial values as for
/// ``ConvTranspose1d``.
public final class ConvTranspose3d: TransposedConvolution {
    /// - Parameters:
    ///   - stride: How far apart the outputs of neighboring inputs lie.
    ///   - padding: What is cut off each side.
    ///   - outputPadding: What is added at the end, since several output sizes belong to one input size.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSize, stride: some SpatialSize = 1,
        padding: some SpatialSize = 0, outputPadding: some SpatialSize = 0, groups: Int = 1, bias: Bool = true,
        dilation: some SpatialSize = 1
    ) {
        super.init(
            layer: "ConvTranspose3d", rank: 3, inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups, bias: bias)
    }
}
