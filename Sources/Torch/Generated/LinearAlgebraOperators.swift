// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: linear algebra.
import CTorch

extension Tensor {
    /// The matrix product, with vectors and batches as in NumPy.
    public func matmul(_ other: Tensor) -> Tensor {
        let result = ct_op_matmul(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The product of two matrices.
    public func mm(_ mat2: Tensor) -> Tensor {
        let result = ct_op_mm(handle.pointer, mat2.handle.pointer)
        extendLifetime((self, mat2))
        return Tensor(owning: result)
    }

    /// The products of two batches of matrices, `[batch, n, m]` by `[batch, m, p]`.
    public func bmm(_ mat2: Tensor) -> Tensor {
        let result = ct_op_bmm(handle.pointer, mat2.handle.pointer)
        extendLifetime((self, mat2))
        return Tensor(owning: result)
    }

    /// The product of a matrix and a vector.
    public func mv(_ vec: Tensor) -> Tensor {
        let result = ct_op_mv(handle.pointer, vec.handle.pointer)
        extendLifetime((self, vec))
        return Tensor(owning: result)
    }

    /// The inner product of two vectors.
    public func dot(_ tensor: Tensor) -> Tensor {
        let result = ct_op_dot(handle.pointer, tensor.handle.pointer)
        extendLifetime((self, tensor))
        return Tensor(owning: result)
    }

    /// The outer product of two vectors.
    public func outer(_ vec2: Tensor) -> Tensor {
        let result = ct_op_outer(handle.pointer, vec2.handle.pointer)
        extendLifetime((self, vec2))
        return Tensor(owning: result)
    }

    /// `beta * self + alpha * mat1 @ mat2`.
    public func addmm(_ mat1: Tensor, _ mat2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_addmm(handle.pointer, mat1.handle.pointer, mat2.handle.pointer, beta.c, alpha.c)
        extendLifetime((self, mat1, mat2))
        return Tensor(owning: result)
    }

    /// `beta * self + alpha * batch1 @ batch2`.
    public func baddbmm(_ batch1: Tensor, _ batch2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_baddbmm(handle.pointer, batch1.handle.pointer, batch2.handle.pointer, beta.c, alpha.c)
        extendLifetime((self, batch1, batch2))
        return Tensor(owning: result)
    }

    /// Sums of products in Einstein's notation.
    package static func einsumRaw(_ equation: String, _ tensors: [Tensor]) -> Tensor {
        let result = ct_op_einsum(equation, tensors.map { $0.handle.pointer }, tensors.count)
        extendLifetime(tensors)
        return Tensor(owning: result)
    }

    /// The contraction over given dimensions of both tensors.
    public func tensordot(_ other: Tensor, _ dimsSelf: [Int], _ dimsOther: [Int]) -> Tensor {
        let result = ct_op_tensordot(handle.pointer, other.handle.pointer, dimsSelf, dimsSelf.count, dimsOther, dimsOther.count)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The Kronecker product.
    public func kron(_ other: Tensor) -> Tensor {
        let result = ct_op_kron(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The vector norm.
    package func linalgVectorNormRaw(_ ord: Scalar = 2, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_linalg_vector_norm(handle.pointer, ord.c, dims, dims?.count ?? 0, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The vector norm.
    package func linalgVectorNormRaw(_ ord: Scalar = 2, dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        linalgVectorNormRaw(ord, dims: [dim], keepDim: keepDim, dtype: dtype)
    }

    /// The matrix norm.
    package func linalgMatrixNormRaw(_ ord: String = "fro", dim: [Int] = [-2,-1], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_linalg_matrix_norm_str_ord(handle.pointer, ord, dim, dim.count, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The singular value decomposition `u @ diag(s) @ vh`, the singular values largest first; `fullMatrices: false` leaves out the vectors that no singular value has.
    public func svd(fullMatrices: Bool = true) -> (u: Tensor, s: Tensor, vh: Tensor) {
        let result = ct_op_linalg_svd(handle.pointer, fullMatrices)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2))
    }

    /// The singular values, largest first.
    public func svdvals() -> Tensor {
        let result = ct_op_linalg_svdvals(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The decomposition into an orthogonal and an upper triangular matrix; `mode` "reduced", "complete" or "r" (the triangle alone).
    public func qr(mode: String = "reduced") -> (q: Tensor, r: Tensor) {
        let result = ct_op_linalg_qr(handle.pointer, mode)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The eigenvalues, smallest first, and the eigenvectors, in columns, of symmetric matrices, of which the lower triangle is read.
    public func eigh() -> (eigenvalues: Tensor, eigenvectors: Tensor) {
        let result = ct_op_linalg_eigh(handle.pointer)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The eigenvalues, smallest first, of symmetric matrices, of which the lower triangle is read.
    public func eigvalsh() -> Tensor {
        let result = ct_op_linalg_eigvalsh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The Cholesky factor of positive definite matrices.
    public func cholesky(upper: Bool = false) -> Tensor {
        let result = ct_op_linalg_cholesky(handle.pointer, upper)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse of square matrices.
    public func inverse() -> Tensor {
        let result = ct_op_linalg_inv(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The pseudo-inverse; singular values not above the tolerances count as zero.
    public func pinv(atol: Double? = nil, rtol: Double? = nil, hermitian: Bool = false) -> Tensor {
        let result = ct_op_linalg_pinv_atol_rtol_float(handle.pointer, atol.c, rtol.c, hermitian)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The determinant of square matrices.
    public func det() -> Tensor {
        let result = ct_op_linalg_det(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The sign and the logarithm of the absolute determinant.
    public func slogdet() -> (sign: Tensor, logAbsDet: Tensor) {
        let result = ct_op_linalg_slogdet(handle.pointer)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The solution of `self @ x = b`.
    public func solve(_ B: Tensor, left: Bool = true) -> Tensor {
        let result = ct_op_linalg_solve(handle.pointer, B.handle.pointer, left)
        extendLifetime((self, B))
        return Tensor(owning: result)
    }

    /// The `x` that makes the squares of `self @ x - b` least; residuals, rank and singular values are empty where the driver ("gelsy" by default; "gels", "gelsd", "gelss") does not give them.
    public func lstsq(_ b: Tensor, rcond: Double? = nil, driver: String? = nil) -> (solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor) {
        let result = ct_op_linalg_lstsq(handle.pointer, b.handle.pointer, rcond.c, driver)
        extendLifetime((self, b))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2), Tensor(owning: result.t3))
    }

    /// The number of singular values above the tolerances.
    public func matrixRank(atol: Double? = nil, rtol: Double? = nil, hermitian: Bool = false) -> Tensor {
        let result = ct_op_linalg_matrix_rank_atol_rtol_float(handle.pointer, atol.c, rtol.c, hermitian)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The condition number: the largest singular value over the smallest, or that of the norm `p`.
    public func cond(p: Scalar? = nil) -> Tensor {
        let result = ct_op_linalg_cond(handle.pointer, p.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The exponential of square matrices.
    public func matrixExp() -> Tensor {
        let result = ct_op_linalg_matrix_exp(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Square matrices multiplied by themselves.
    public func matrixPower(_ n: Int) -> Tensor {
        let result = ct_op_linalg_matrix_power(handle.pointer, n)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The solution of `self @ x = b` for a triangular matrix.
    public func solveTriangular(_ B: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false) -> Tensor {
        let result = ct_op_linalg_solve_triangular(handle.pointer, B.handle.pointer, upper, left, unitriangular)
        extendLifetime((self, B))
        return Tensor(owning: result)
    }

    /// The cross product of three-vectors.
    public func cross(_ other: Tensor, dim: Int = -1) -> Tensor {
        let result = ct_op_linalg_cross(handle.pointer, other.handle.pointer, dim)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// Distances between the rows of two matrices.
    public func cdist(_ x2: Tensor, p: Double = 2) -> Tensor {
        let result = ct_op_cdist(handle.pointer, x2.handle.pointer, p)
        extendLifetime((self, x2))
        return Tensor(owning: result)
    }

    /// The cosine of the angle between vectors.
    public func cosineSimilarity(_ x2: Tensor, dim: Int = 1, eps: Double = 1e-08) -> Tensor {
        let result = ct_op_cosine_similarity(handle.pointer, x2.handle.pointer, dim, eps)
        extendLifetime((self, x2))
        return Tensor(owning: result)
    }

    /// The distance of vectors pair by pair.
    public func pairwiseDistance(_ x2: Tensor, p: Double = 2, eps: Double = 1e-06, keepDim: Bool = false) -> Tensor {
        let result = ct_op_pairwise_distance(handle.pointer, x2.handle.pointer, p, eps, keepDim)
        extendLifetime((self, x2))
        return Tensor(owning: result)
    }

    /// The covariance matrix of variables in rows.
    public func cov(correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor {
        let result = ct_op_cov(handle.pointer, correction, fweights?.handle.pointer, aweights?.handle.pointer)
        extendLifetime((self, fweights, aweights))
        return Tensor(owning: result)
    }

    /// The correlation matrix of variables in rows.
    public func corrcoef() -> Tensor {
        let result = ct_op_corrcoef(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
