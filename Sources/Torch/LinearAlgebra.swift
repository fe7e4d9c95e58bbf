// Linear algebra whose shape the operator list cannot give: Einstein sums and norms.
import CTorch

extension Tensor {
    /// Sums of products in Einstein's notation: indices that the result leaves out are summed over.
    ///
    /// ```swift
    /// Tensor.einsum("bij,bjk->bik", a, b)       // the products of two batches of matrices
    /// Tensor.einsum("ii->i", matrix)            // a diagonal
    /// ```
    public static func einsum(_ equation: String, _ tensors: Tensor...) -> Tensor { einsumRaw(equation, tensors) }
    /// Sums of products in Einstein's notation.
    public static func einsum(_ equation: String, _ tensors: [Tensor]) -> Tensor { einsumRaw(equation, tensors) }

    /// The `p`-norm over dimensions (all by default): the `p`-th root of the sum of the absolute values to the power
    /// of `p`; the largest for `.infinity`, the smallest for `-.infinity`, the count of non-zero elements for 0.
    public func norm(p: Double = 2, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        linalgVectorNormRaw(.double(p), dims: dims, keepDim: keepDim, dtype: dtype)
    }
    /// The `p`-norm over a dimension.
    public func norm(p: Double = 2, dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        linalgVectorNormRaw(.double(p), dims: [dim], keepDim: keepDim, dtype: dtype)
    }

    /// The vectors along a dimension divided by their `p`-norm, or by `eps` where that is larger.
    public func normalized(p: Double = 2, dim: Int = 1, eps: Double = 1e-12) -> Tensor {
        self / norm(p: p, dim: dim, keepDim: true).clamp(min: eps)
    }

    /// A norm of matrices.
    public func matrixNorm(_ norm: MatrixNorm = .frobenius, dims: [Int] = [-2, -1], keepDim: Bool = false) -> Tensor {
        linalgMatrixNormRaw(norm.rawValue, dim: dims, keepDim: keepDim)
    }
}

/// The norms of a matrix.
public enum MatrixNorm: String, Sendable {
    /// The root of the sum of the squares.
    case frobenius = "fro"
    /// The sum of the singular values.
    case nuclear = "nuc"
}
