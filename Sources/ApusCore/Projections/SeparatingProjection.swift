// The projection that separates labels: linear discriminant analysis.
import Torch

/// The directions in which chosen labels lie apart (linear discriminant analysis, Fisher 1936), for any rows.
///
/// ```swift
/// let projection = try SeparatingProjection(vectors, labels: labels)      // nil for rows without a label
/// let places = try projection.places(of: vectors)                        // [rows, 2]
/// ```
/// The covariance within the labels is shrunk towards a multiple of the identity, so that it works for fewer rows than
/// numbers. Two labels lie apart in one direction only; the second is then the one in which all rows differ most besides.
public struct SeparatingProjection: Sendable {
    /// The directions, `[numbers, 2]`: the one that separates most first.
    public let directions: Tensor
    /// The mean of the labeled rows, `[numbers]`.
    public let mean: Tensor

    /// - Parameters:
    ///   - rows: The rows, `[rows, numbers]`.
    ///   - labels: The label of each row; nil for one without.
    ///   - shrinkage: Which part of the covariance within the labels is replaced by the identity times its mean variance,
    ///     from 0 to 1.
    /// - Throws: ``DataError`` for fewer than two labels, or settings that are not possible.
    public init(_ rows: Tensor, labels: [String?], shrinkage: Double = 0.1) throws {
        let names = Set(labels.compactMap(\.self)).sorted()
        guard names.count >= 2 else {
            throw DataError("A projection separates at least two labels; \(names.count) were given. Label more rows.")
        }
        guard (0...1).contains(shrinkage) else {
            throw DataError("The shrinkage \(shrinkage) is not possible; give a number from 0 to 1.")
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        let labeled = labels.indices.filter { labels[$0] != nil }
        (directions, mean) = try withTorchErrors {
            guard rows.dim == 2, rows.size(0) == labels.count, rows.size(1) >= 2 else {
                throw DataError(
                    "\(labels.count) labels do not belong to rows of the shape \(rows.shape); give one for each row of at "
                        + "least two numbers.")
            }
            return try withoutGradients {
                let all = rows.to(.float64)
                let known = all.indexSelect(dim: 0, Tensor(labeled).to(rows.device))
                let classes = Tensor(labeled.compactMap { labels[$0].flatMap { numbers[$0] } }).to(rows.device)
                return try Self.directions(known, classes, names.count, shrinkage, all: all)
            }
        }
    }

    /// The places of any rows of as many numbers, `[rows, 2]`.
    ///
    /// - Throws: ``TorchError`` for rows of another width.
    public func places(of rows: Tensor) throws -> Tensor {
        try withTorchErrors {
            withoutGradients { (rows.to(.float64) - mean).matmul(directions).to(.float32) }
        }
    }

    private static func directions(
        _ rows: Tensor, _ classes: Tensor, _ count: Int, _ shrinkage: Double, all: Tensor
    ) throws -> (Tensor, Tensor) {
        let (total, width) = (Double(rows.size(0)), rows.size(1))
        let membership = classes.oneHot(numClasses: count).to(.float64)
        let counts = membership.sum(dim: 0).unsqueeze(1)
        let means = membership.transpose(0, 1).matmul(rows) / counts
        let mean = rows.mean(dim: 0)
        let inner = rows - means.indexSelect(dim: 0, classes)
        let covariance = inner.transpose(0, 1).matmul(inner) / total
        let variance = covariance.diagonal().mean()
        // Rows that are equal within each label leave nothing to divide by.
        let floor = (variance * shrinkage).clamp(min: 1e-10)
        let within = covariance * (1 - shrinkage) + Tensor.eye(width, dtype: .float64).to(rows.device) * floor
        let factor = within.cholesky()
        let between = ((means - mean) * (counts / total).sqrt()).transpose(0, 1)
        let whitened = factor.solveTriangular(between, upper: false)
        let found = Swift.min(2, count - 1)
        let axes = whitened.svd(fullMatrices: false).u.narrow(dim: 1, start: 0, length: found)
        var directions = factor.transpose(0, 1).solveTriangular(axes, upper: true)
        if found == 1 {
            let axis = directions.normalized(dim: 0)
            let centered = all - mean
            let rest = centered - centered.matmul(axis).matmul(axis.transpose(0, 1))
            let (_, vectors) = rest.transpose(0, 1).matmul(rest).eigh()
            let second = vectors.narrow(dim: 1, start: width - 1, length: 1)
            // As far apart as the first, so that the picture is no line.
            let (first, other) = (
                (centered.matmul(directions)).std(correction: 0), centered.matmul(second).std(correction: 0)
            )
            directions = .cat([directions, second * (first / other.clamp(min: 1e-12))], dim: 1)
        }
        // The sign of a direction is free: its largest weight is positive.
        let largest = directions.gather(dim: 0, directions.abs().argmax(dim: 0, keepDim: true))
        return (directions * largest.sign(), mean)
    }
}
