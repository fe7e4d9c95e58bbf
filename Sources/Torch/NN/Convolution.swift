// Convolutions over sequences, pictures and volumes.

/// With what a convolution fills the border.
public enum PaddingMode: String, Sendable {
    case zeros
    /// The picture mirrored at its edge, without the edge itself.
    case reflect
    /// The edge repeated.
    case replicate
    /// The opposite side.
    case circular
}

/// What convolutions of one, two and three dimensions share; make a ``Conv1d``, ``Conv2d`` or ``Conv3d``.
public class Convolution: Module, WeightedLayer {
    @Parameter("weight") var ownWeight: Tensor
    @Parameter public var bias: Tensor?
    public let inChannels: Int
    public let outChannels: Int
    public let kernelSize: [Int]
    public let stride: [Int]
    public let dilation: [Int]
    public let groups: Int
    public let paddingMode: PaddingMode
    /// What is added before and after each dimension.
    public let padding: (before: [Int], after: [Int])
    var prepared: PreparedWeights?

    /// The weight; computed where ``weightNorm(_:)`` or ``spectralNorm(_:iterations:eps:)`` normalize it. Setting it ends
    /// such a normalization.
    public var weight: Tensor {
        get { weightSource?.weight(isTraining: false) ?? ownWeight }
        set {
            weightSource = nil
            ownWeight = newValue
        }
    }

    fileprivate init(
        layer: String, rank: Int, _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize,
        stride: any SpatialSize, padding: any ConvolutionPadding, dilation: any SpatialSize, groups: Int, bias: Bool,
        paddingMode: PaddingMode
    ) {
        let reader = SizeReader(layer: layer, rank: rank)
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.kernelSize = reader.read(kernelSize, "kernelSize")
        self.stride = reader.read(stride, "stride")
        self.dilation = reader.read(dilation, "dilation")
        self.groups = reader.readGroups(groups, inChannels, outChannels)
        self.paddingMode = paddingMode
        if let amounts = padding.amounts(kernelSize: self.kernelSize, dilation: self.dilation) {
            self.padding = amounts
        } else {
            reader.fail("padding \(padding) does not fit \(rank) dimensions; give one number, \(rank), or .same")
            self.padding = (self.kernelSize.map { _ in 0 }, self.kernelSize.map { _ in 0 })
        }
        if self.padding.before.contains(where: { $0 < 0 }) { reader.fail("padding \(padding) is negative") }
        if padding.needsUnitStride, self.stride.contains(where: { $0 != 1 }) {
            reader.fail("padding .same needs stride 1, found \(self.stride)")
        }
        let weight = Tensor.empty([outChannels, inChannels / self.groups] + self.kernelSize)
        let biasTensor = bias ? Tensor.empty([outChannels]) : nil
        Init.layerDefault_(weight: weight, bias: biasTensor)
        self.bias = biasTensor
        super.init()
        ownWeight = weight
    }

    public override func forward(_ input: Tensor) -> Tensor {
        if paddingMode == .zeros, padding.before == padding.after { return convolve(input, padding: padding.before) }
        // LibTorch's kernels pad both sides alike with zeros; any other border is made first, last dimension first.
        let sizes = zip(padding.before, padding.after).reversed().flatMap { [$0, $1] }
        let padded =
            paddingMode == .zeros ? input.pad(sizes, value: 0) : input.pad(sizes, mode: paddingMode.rawValue)
        return convolve(padded, padding: kernelSize.map { _ in 0 })
    }

    private func convolve(_ input: Tensor, padding: [Int]) -> Tensor {
        if let prepared, prepared.isPacked, let output = convolve(input, packed: prepared) { return output }
        let loose = prepared.flatMap { $0.isPacked ? nil : $0 }
        let (weight, bias) = loose.map { ($0.weight, $0.bias) } ?? (weightForCall, bias)
        return switch kernelSize.count {
        case 1:
            input.conv1d(weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
        case 2:
            input.conv2d(weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
        default:
            input.conv3d(weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
        }
    }

    /// Whether the weights can lie as the processor's kernels read them: of convolutions of pictures as nets usually have them.
    var isPackable: Bool {
        kernelSize.count == 2 && groups == 1 && paddingMode == .zeros && padding.before == padding.after
            && weight.device == .cpu
    }

    /// A weight of this layer as the processor's kernels read it.
    func packed(_ weight: Tensor, for shape: [Int]) -> Tensor {
        weight.packedForConvolution(
            of: shape, stride: stride, padding: padding.before, dilation: dilation, groups: groups)
    }

    /// Nil where there is nothing to compute or the pictures do not fit, of which the usual operator tells.
    private func convolve(_ input: Tensor, packed prepared: PreparedWeights) -> Tensor? {
        guard input.isDefined, input.dim == 4, input.size(0) > 0, input.size(1) == inChannels, input.device == .cpu,
            [.float32, .bfloat16, .float16].contains(input.dtype),
            (0..<2).allSatisfy({
                input.size(2 + $0) + 2 * padding.before[$0] > dilation[$0] * (kernelSize[$0] - 1)
            })
        else { return nil }
        return input.to(prepared.weight.dtype).conv2d(
            packed: prepared.weight, prepared.bias, stride: stride, padding: padding.before, dilation: dilation,
            groups: groups)
    }

    public override var settings: String {
        var parts = ["\(inChannels), \(outChannels)", "kernelSize: \(kernelSize)", "stride: \(stride)"]
        if padding.before.contains(where: { $0 != 0 }) || padding.after.contains(where: { $0 != 0 }) {
            parts.append("padding: \(padding.before)")
        }
        if dilation.contains(where: { $0 != 1 }) { parts.append("dilation: \(dilation)") }
        if groups != 1 { parts.append("groups: \(groups)") }
        if bias == nil { parts.append("bias: false") }
        if paddingMode != .zeros { parts.append("paddingMode: .\(paddingMode)") }
        return parts.joined(separator: ", ")
    }
}

extension SizeReader {
    /// The number of groups, which has to divide the channels on both sides.
    func readGroups(_ groups: Int, _ inChannels: Int, _ outChannels: Int) -> Int {
        check(inChannels, "inChannels")
        check(outChannels, "outChannels")
        check(groups, "groups")
        guard groups >= 1 else { return 1 }
        if inChannels % groups != 0 { fail("\(inChannels) input channels do not divide into \(groups) groups") }
        if outChannels % groups != 0 { fail("\(outChannels) output channels do not divide into \(groups) groups") }
        return groups
    }
}

/// `Conv1d(in, out, kernelSize:)`: a convolution over sequences.
///
/// `[batch, inChannels, length]` gives `[batch, outChannels, newLength]`. The weight is
/// `[outChannels, inChannels / groups, kernelSize]`; weight and bias start uniform within one over the root of the
/// number of inputs of a unit.
///
/// ```swift
/// let conv = Conv1d(4, 8, kernelSize: 3, padding: 1)
/// conv(Tensor.randn(2, 4, 100)).shape       // [2, 8, 100]
/// ```
public final class Conv1d: Convolution {
    /// - Parameters:
    ///   - stride: The step of the window.
    ///   - padding: What is added on each side, or `.same`.
    ///   - dilation: The distance of the window's elements.
    ///   - groups: Into how many separate groups the channels fall.
    ///   - bias: Whether a number is added to each output channel.
    ///   - paddingMode: With what the border is filled.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSize, stride: some SpatialSize = 1,
        padding: some ConvolutionPadding = 0, dilation: some SpatialSize = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: PaddingMode = .zeros
    ) {
        super.init(
            layer: "Conv1d", rank: 1, inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding, dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode)
    }
}

/// `Conv2d(in, out, kernelSize:)`: a convolution over pictures.
///
/// `[batch, inChannels, height, width]` gives `[batch, outChannels, newHeight, newWidth]`. The weight is
/// `[outChannels, inChannels / groups, kernelHeight, kernelWidth]`; weight and bias start uniform within one over the
/// root of the number of inputs of a unit.
///
/// ```swift
/// let conv = Conv2d(3, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
/// conv(Tensor.randn(8, 3, 224, 224)).shape       // [8, 64, 112, 112]
/// ```
public final class Conv2d: Convolution {
    /// - Parameters:
    ///   - kernelSize: The size of the window: a number, or `[height, width]`, as for the other sizes.
    ///   - stride: The step of the window.
    ///   - padding: What is added on each side, or `.same`.
    ///   - dilation: The distance of the window's elements.
    ///   - groups: Into how many separate groups the channels fall; `inChannels` for a depthwise convolution.
    ///   - bias: Whether a number is added to each output channel.
    ///   - paddingMode: With what the border is filled.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSize, stride: some SpatialSize = 1,
        padding: some ConvolutionPadding = 0, dilation: some SpatialSize = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: PaddingMode = .zeros
    ) {
        super.init(
            layer: "Conv2d", rank: 2, inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding, dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode)
    }
}

/// `Conv3d(in, out, kernelSize:)`: a convolution over volumes or films.
///
/// `[batch, inChannels, depth, height, width]` gives `[batch, outChannels, newDepth, newHeight, newWidth]`. The weight
/// is `[outChannels, inChannels / groups, kernelDepth, kernelHeight, kernelWidth]`, with initial values as for
/// ``Conv2d``.
///
/// ```swift
/// let conv = Conv3d(1, 4, kernelSize: 3, padding: .same)
/// conv(Tensor.randn(2, 1, 8, 16, 16)).shape       // [2, 4, 8, 16, 16]
/// ```
public final class Conv3d: Convolution {
    /// - Parameters:
    ///   - stride: The step of the window.
    ///   - padding: What is added on each side, or `.same`.
    ///   - dilation: The distance of the window's elements.
    ///   - groups: Into how many separate groups the channels fall.
    ///   - bias: Whether a number is added to each output channel.
    ///   - paddingMode: With what the border is filled.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSize, stride: some SpatialSize = 1,
        padding: some ConvolutionPadding = 0, dilation: some SpatialSize = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: PaddingMode = .zeros
    ) {
        super.init(
            layer: "Conv3d", rank: 3, inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding, dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode)
    }
}
