// Weights that are computed from other parameters: weight normalization and spectral normalization.

/// Splits a layer's weight into its directions and their lengths (Salimans and Kingma, 2016), and returns the layer.
///
/// The parameters `weight_g`, the length for each entry of the weight's first dimension, and `weight_v` take the place
/// of `weight`, which is `weight_g * weight_v / |weight_v|`. Convolutions, transposed convolutions and ``Linear`` can be
/// normalized; another layer is an error.
///
/// ```swift
/// let conv = weightNorm(Conv2d(3, 16, kernelSize: 3))
/// ```
@discardableResult
public func weightNorm<Layer: Module>(_ layer: Layer) -> Layer {
    normalize(layer, "weightNorm") { weight, _ in WeightNorm(weight) }
}

/// Divides a layer's weight by its largest singular value (Miyato et al., 2018), and returns the layer.
///
/// The parameter `weight_orig` and the buffers `weight_u` and `weight_v` take the place of `weight`. The singular value
/// is found by power iteration, one step with each call in training. Convolutions, transposed convolutions and
/// ``Linear`` can be normalized; another layer is an error.
///
/// - Parameters:
///   - iterations: The steps with each call in training; 1 by default.
///   - eps: The least length of a vector that is divided by its length.
@discardableResult
public func spectralNorm<Layer: Module>(_ layer: Layer, iterations: Int = 1, eps: Double = 1e-12) -> Layer {
    if iterations < 1 {
        TorchFailure.report(
            TorchError(operation: "spectralNorm", reason: "iterations is \(iterations), expected at least 1"))
        return layer
    }
    return normalize(layer, "spectralNorm") { weight, rows in
        SpectralNorm(weight, rows: rows, iterations: iterations, eps: eps)
    }
}

private func normalize<Layer: Module>(
    _ layer: Layer, _ name: String, _ source: (_ weight: Tensor, _ rows: Int) -> any WeightSource
) -> Layer {
    guard let weighted = layer as? any WeightedLayer, layer.weightSource == nil else {
        TorchFailure.report(
            TorchError(
                operation: name,
                reason: layer.weightSource == nil
                    ? "a \(layer.typeName) has no weight to normalize; give a convolution or a Linear"
                    : "the weight of this \(layer.typeName) is normalized already"))
        return layer
    }
    layer.weightSource = source(weighted.ownWeight.detached(), weighted.outputDimension)
    weighted.ownWeight = .undefined
    return layer
}

/// What computes a layer's weight.
protocol WeightSource: AnyObject {
    var parameters: [(name: String, tensor: Tensor)] { get }
    var buffers: [(name: String, tensor: Tensor)] { get }
    /// The weight, for a call in training or one in evaluation.
    func weight(isTraining: Bool) -> Tensor
}

/// A layer whose weight may come from a ``WeightSource``.
protocol WeightedLayer: Module {
    /// The weight as a parameter of its own; undefined where there is a source.
    var ownWeight: Tensor { get set }
    var bias: Tensor? { get }
    /// The dimension of the weight that belongs to the outputs.
    var outputDimension: Int { get }
}

extension WeightedLayer {
    var outputDimension: Int { 0 }

    /// The weight for a call.
    var weightForCall: Tensor { weightSource?.weight(isTraining: isTraining) ?? ownWeight }
}

private final class WeightNorm: WeightSource {
    private let lengths: Tensor
    private let directions: Tensor

    init(_ weight: Tensor) {
        directions = weight.requiringGradient()
        lengths = Self.lengths(of: weight.detached()).requiringGradient()
    }

    var parameters: [(name: String, tensor: Tensor)] { [("weight_g", lengths), ("weight_v", directions)] }
    var buffers: [(name: String, tensor: Tensor)] { [] }

    func weight(isTraining: Bool) -> Tensor { directions * (lengths / Self.lengths(of: directions)) }

    private static func lengths(of weight: Tensor) -> Tensor {
        weight.norm(dims: Array(1..<max(weight.dim, 1)), keepDim: true)
    }
}

private final class SpectralNorm: WeightSource {
    private let original: Tensor
    private let left: Tensor
    private let right: Tensor
    private let rows: Int
    private let iterations: Int
    private let eps: Double

    init(_ weight: Tensor, rows: Int, iterations: Int, eps: Double) {
        original = weight.requiringGradient()
        (self.rows, self.iterations, self.eps) = (rows, iterations, eps)
        let height = weight.size(rows)
        left = Tensor.randn(height).normalized(dim: 0, eps: eps)
        right = Tensor.randn(weight.count / max(height, 1)).normalized(dim: 0, eps: eps)
    }

    var parameters: [(name: String, tensor: Tensor)] { [("weight_orig", original)] }
    var buffers: [(name: String, tensor: Tensor)] { [("weight_u", left), ("weight_v", right)] }

    func weight(isTraining: Bool) -> Tensor {
        // An output's numbers in the order of memory: another one would cost a copy of the whole weight in each call.
        let hasChannelsLast =
            rows == 0 && original.dim == 4 && !original.isContiguous() && original.isContiguous(.channelsLast)
        let turned =
            hasChannelsLast ? original.permute(0, 2, 3, 1) : rows == 0 ? original : original.transpose(0, rows)
        let matrix = turned.reshape(original.size(rows), -1)
        let (u, v) = (left, hasChannelsLast ? inner(right, [1, 2, 0], of: [1, 2, 3]) : right)
        guard isTraining else { return original / u.dot(matrix.mv(v)) }
        // New vectors: the next call moves them on, and the gradient of this one still needs them.
        var (ahead, behind, image) = (u, v, Tensor.undefined)
        for _ in 0..<iterations {
            withoutGradients { behind = matrix.T.mv(ahead).normalized(dim: 0, eps: eps) }
            image = matrix.mv(behind)
            withoutGradients { ahead = image.normalized(dim: 0, eps: eps) }
        }
        withoutGradients {
            left.copy_(ahead)
            right.copy_(hasChannelsLast ? inner(behind, [2, 0, 1], of: [2, 3, 1]) : behind)
        }
        // Not divided, whose gradient passes over the weight several times more.
        return original * ahead.dot(image).reciprocal()
    }

    /// A vector over some dimensions of the weight with these in another order.
    private func inner(_ vector: Tensor, _ order: [Int], of dimensions: [Int]) -> Tensor {
        vector.reshape(dimensions.map { original.size($0) }).permute(order).flatten()
    }
}
