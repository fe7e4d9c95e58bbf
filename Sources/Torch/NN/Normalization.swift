// Normalization within an item: layer, group, instance and root-mean-square norms; BatchNorm.swift has the batch's.

/// A layer that normalizes. Its parameters learn while the rest of their group is frozen, and do not decay where norms and
/// biases don't: a layer of your own that conforms is treated as ``BatchNorm``, ``InstanceNorm`` and ``LayerNorm`` are.
/// (``GroupNorm`` and ``RMSNorm`` are not, as in fastai.)
public protocol NormalizationLayer: Module {}

/// `LayerNorm(features)`: normalizes over the last dimensions (Ba et al., 2016); the shape stays.
///
/// The weight starts at one, the bias at zero; both have the normalized shape.
///
/// ```swift
/// LayerNorm(512)(Tensor.randn(8, 20, 512))           // over the last dimension
/// LayerNorm([16, 10, 10])(Tensor.randn(8, 16, 10, 10))       // over the last three
/// ```
public final class LayerNorm: Module, NormalizationLayer {
    @Parameter public var weight: Tensor?
    @Parameter public var bias: Tensor?
    public let normalizedShape: [Int]
    public let eps: Double

    /// - Parameters:
    ///   - normalizedShape: The sizes of the last dimensions.
    ///   - eps: Added to the variance.
    ///   - affine: Whether there are a weight and a bias.
    ///   - bias: Whether there is a bias.
    public init(_ normalizedShape: [Int], eps: Double = 1e-5, affine: Bool = true, bias: Bool = true) {
        self.normalizedShape = normalizedShape
        self.eps = eps
        weight = affine ? Tensor.ones(normalizedShape) : nil
        self.bias = affine && bias ? Tensor.zeros(normalizedShape) : nil
        super.init()
    }

    public convenience init(_ features: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true) {
        self.init([features], eps: eps, affine: affine, bias: bias)
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.layerNorm(normalizedShape, weight, bias, eps: eps)
    }

    public override var settings: String { "\(normalizedShape)" }
}

/// `RMSNorm(features)`: divides by the root of the mean square of the last dimensions (Zhang and Sennrich, 2019); the
/// shape stays. The weight starts at one.
public final class RMSNorm: Module {
    @Parameter public var weight: Tensor?
    public let normalizedShape: [Int]
    public let eps: Double?

    /// - Parameters:
    ///   - normalizedShape: The sizes of the last dimensions.
    ///   - eps: Added to the mean square; nil for the dtype's precision.
    ///   - affine: Whether there is a weight.
    public init(_ normalizedShape: [Int], eps: Double? = nil, affine: Bool = true) {
        self.normalizedShape = normalizedShape
        self.eps = eps
        weight = affine ? Tensor.ones(normalizedShape) : nil
        super.init()
    }

    public convenience init(_ features: Int, eps: Double? = nil, affine: Bool = true) {
        self.init([features], eps: eps, affine: affine)
    }

    public override func forward(_ input: Tensor) -> Tensor { input.rmsNorm(normalizedShape, weight, eps: eps) }

    public override var settings: String { "\(normalizedShape)" }
}

/// `GroupNorm(groups, channels)`: normalizes `[batch, channels, ...]` over groups of channels (Wu and He, 2018); the
/// shape stays. The weight starts at one, the bias at zero.
///
/// ```swift
/// GroupNorm(4, 32)(Tensor.randn(8, 32, 14, 14))
/// ```
public final class GroupNorm: Module {
    @Parameter public var weight: Tensor?
    @Parameter public var bias: Tensor?
    public let groups: Int
    public let eps: Double

    public init(_ groups: Int, _ channels: Int, eps: Double = 1e-5, affine: Bool = true) {
        let reader = SizeReader(layer: "GroupNorm", rank: 1)
        reader.check(groups, "groups")
        reader.check(channels, "channels")
        if groups > 0, channels % groups != 0 {
            reader.fail("\(channels) channels do not divide into \(groups) groups")
        }
        self.groups = groups
        self.eps = eps
        weight = affine ? Tensor.ones(channels) : nil
        bias = affine ? Tensor.zeros(channels) : nil
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.groupNorm(groups, weight, bias, eps: eps) }

    public override var settings: String { "\(groups)\(weight.map { ", \($0.count)" } ?? ", affine: false")" }
}

/// What instance normalization of sequences, pictures and volumes shares (Ulyanov et al., 2016); make an
/// ``InstanceNorm1d``, ``InstanceNorm2d`` or ``InstanceNorm3d``.
///
/// Each channel of each item is normalized by its own mean and variance, in evaluation too unless running statistics
/// are tracked.
public class InstanceNorm: Module, NormalizationLayer {
    @Parameter public var weight: Tensor?
    @Parameter public var bias: Tensor?
    @Buffer public var runningMean: Tensor?
    @Buffer public var runningVar: Tensor?
    @Buffer public var numBatchesTracked: Tensor?
    public let features: Int
    public let eps: Double
    public let momentum: Double
    private let layer: String
    private let rank: Int

    fileprivate init(
        layer: String, rank: Int, _ features: Int, eps: Double, momentum: Double, affine: Bool, trackRunningStats: Bool
    ) {
        SizeReader(layer: layer, rank: 1).check(features, "features")
        self.layer = layer
        self.rank = rank
        self.features = features
        self.eps = eps
        self.momentum = momentum
        weight = affine ? Tensor.ones(features) : nil
        bias = affine ? Tensor.zeros(features) : nil
        runningMean = trackRunningStats ? Tensor.zeros(features) : nil
        runningVar = trackRunningStats ? Tensor.ones(features) : nil
        numBatchesTracked = trackRunningStats ? Tensor(0, dtype: .int64) : nil
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        guard !input.isDefined || input.dim == rank else {
            TorchFailure.report(
                TorchError(
                    operation: layer, inputs: "\(input.shape)",
                    reason: "an input of \(rank) dimensions is expected, found \(input.dim)"))
            return .undefined
        }
        return input.instanceNorm(
            weight, bias, runningMean, runningVar, useInputStats: isTraining || runningMean == nil,
            momentum: momentum, eps: eps, cudnnEnabled: true)
    }

    public override var settings: String { "\(features)\(weight == nil ? "" : ", affine: true")" }
}

/// `InstanceNorm1d(channels)`: instance normalization of sequences `[batch, channels, length]`; the shape stays.
public final class InstanceNorm1d: InstanceNorm {
    public init(
        _ features: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false
    ) {
        super.init(
            layer: "InstanceNorm1d", rank: 3, features, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats)
    }
}

/// `InstanceNorm2d(channels)`: instance normalization of pictures `[batch, channels, height, width]`; the shape stays.
public final class InstanceNorm2d: InstanceNorm {
    public init(
        _ features: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false
    ) {
        super.init(
            layer: "InstanceNorm2d", rank: 4, features, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats)
    }
}

/// `InstanceNorm3d(channels)`: instance normalization of volumes `[batch, channels, depth, height, width]`; the shape
/// stays.
public final class InstanceNorm3d: InstanceNorm {
    public init(
        _ features: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false
    ) {
        super.init(
            layer: "InstanceNorm3d", rank: 5, features, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats)
    }
}
