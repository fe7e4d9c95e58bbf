// Batch normalization (Ioffe and Szegedy, 2015).

/// What batch normalization of vectors, pictures and volumes shares; make a ``BatchNorm1d``, ``BatchNorm2d`` or
/// ``BatchNorm3d``.
///
/// In training a channel is normalized by the mean and variance of the batch, and the running statistics move towards
/// them by `momentum`; in evaluation the running statistics are used. The weight starts at one, the bias at zero.
public class BatchNorm: Module, NormalizationLayer {
    @Parameter public var weight: Tensor?
    @Parameter public var bias: Tensor?
    @Buffer public var runningMean: Tensor?
    @Buffer public var runningVar: Tensor?
    @Buffer public var numBatchesTracked: Tensor?
    public let features: Int
    public let eps: Double
    /// How far the running statistics move towards a batch's; nil gives the plain average of all batches.
    public var momentum: Double?
    private let layer: String
    private let ranks: ClosedRange<Int>
    /// Whether the layer before does the normalization's work for now; set by an ``InferencePlan`` while it runs.
    var isFolded = false

    fileprivate init(
        layer: String, ranks: ClosedRange<Int>, _ features: Int, eps: Double, momentum: Double?, affine: Bool,
        trackRunningStats: Bool
    ) {
        SizeReader(layer: layer, rank: 1).check(features, "features", atLeast: 0)
        self.layer = layer
        self.ranks = ranks
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
        if isFolded { return input }
        guard inputFits(input) else { return .undefined }
        var factor = momentum ?? 0
        if isTraining, let numBatchesTracked {
            withoutGradients { _ = numBatchesTracked.add_(1) }
            if momentum == nil { factor = 1 / numBatchesTracked.item() }
        }
        let usesBatch = isTraining || runningMean == nil
        return input.batchNorm(
            weight, bias, runningMean, runningVar, training: usesBatch, momentum: factor, eps: eps,
            cudnnEnabled: true)
    }

    /// A weight and bias before the normalization, with the normalization by the running statistics multiplied in;
    /// nil when there are none.
    func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor)? {
        guard let mean = runningMean, let variance = runningVar else { return nil }
        let gain = (self.weight ?? Tensor.ones(like: mean)) / (variance + eps).sqrt()
        let shape = [gain.count] + Array(repeating: 1, count: weight.dim - 1)
        let centered = (bias ?? Tensor.zeros(like: mean)) - mean
        return (weight * gain.reshape(shape), centered * gain + (self.bias ?? Tensor.zeros(like: mean)))
    }

    private func inputFits(_ input: Tensor) -> Bool {
        guard input.isDefined else { return true }
        let shape = input.shape
        if !ranks.contains(shape.count) {
            let expected = ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) or \(ranks.upperBound)"
            TorchFailure.report(
                TorchError(
                    operation: layer, inputs: "\(shape)",
                    reason: "an input of \(expected) dimensions is expected, found \(shape.count)"))
            return false
        }
        if isTraining, shape.elementCount == shape[1] {
            TorchFailure.report(
                TorchError(
                    operation: layer, inputs: "\(shape)",
                    reason: "a channel with one value has no variance; train on more than one item in a batch "
                        + "(drop the last, smaller one), or call eval() first"))
            return false
        }
        return true
    }

    public override var settings: String {
        var parts = ["\(features)"]
        if eps != 1e-5 { parts.append("eps: \(eps)") }
        if momentum != 0.1 { parts.append("momentum: \(momentum.map { "\($0)" } ?? "nil")") }
        if weight == nil { parts.append("affine: false") }
        if runningMean == nil { parts.append("trackRunningStats: false") }
        return parts.joined(separator: ", ")
    }
}

/// `BatchNorm1d(features)`: batch normalization of vectors `[batch, features]` or sequences
/// `[batch, features, length]`; the shape stays.
///
/// ```swift
/// let norm = BatchNorm1d(100)
/// norm(Tensor.randn(20, 100)).shape       // [20, 100]
/// ```
public final class BatchNorm1d: BatchNorm {
    /// - Parameters:
    ///   - eps: Added to the variance.
    ///   - momentum: How far the running statistics move towards a batch's; nil for their plain average.
    ///   - affine: Whether there are a weight and a bias.
    ///   - trackRunningStats: Whether there are running statistics; without them evaluation uses the batch's too.
    public init(
        _ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
        trackRunningStats: Bool = true
    ) {
        super.init(
            layer: "BatchNorm1d", ranks: 2...3, features, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats)
    }
}

/// `BatchNorm2d(channels)`: batch normalization of pictures `[batch, channels, height, width]`; the shape stays.
///
/// ```swift
/// let norm = BatchNorm2d(64)
/// norm(Tensor.randn(8, 64, 56, 56)).shape       // [8, 64, 56, 56]
/// ```
public final class BatchNorm2d: BatchNorm {
    /// - Parameters:
    ///   - eps: Added to the variance.
    ///   - momentum: How far the running statistics move towards a batch's; nil for their plain average.
    ///   - affine: Whether there are a weight and a bias.
    ///   - trackRunningStats: Whether there are running statistics; without them evaluation uses the batch's too.
    public init(
        _ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
        trackRunningStats: Bool = true
    ) {
        super.init(
            layer: "BatchNorm2d", ranks: 4...4, features, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats)
    }
}

/// `BatchNorm3d(channels)`: batch normalization of volumes `[batch, channels, depth, height, width]`; the shape stays.
///
/// ```swift
/// let norm = BatchNorm3d(8)
/// norm(Tensor.randn(2, 8, 4, 16, 16)).shape       // [2, 8, 4, 16, 16]
/// ```
public final class BatchNorm3d: BatchNorm {
    /// - Parameters:
    ///   - eps: Added to the variance.
    ///   - momentum: How far the running statistics move towards a batch's; nil for their plain average.
    ///   - affine: Whether there are a weight and a bias.
    ///   - trackRunningStats: Whether there are running statistics; without them evaluation uses the batch's too.
    public init(
        _ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
        trackRunningStats: Bool = true
    ) {
        super.init(
            layer: "BatchNorm3d", ranks: 5...5, features, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats)
    }
}
