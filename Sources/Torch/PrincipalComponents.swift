// The principal components of rows of numbers: the few directions in which they differ most.

extension Tensor {
    /// The rows as seen along the directions in which they differ most (principal component analysis).
    ///
    /// Rows `[rows, numbers]` give `[rows, count]`, in the dtype of the rows: the first column is the direction of the
    /// greatest variance. The sign of a direction is free; it is chosen so that its largest weight is positive, as in
    /// scikit-learn. Of many more rows than numbers their covariance is taken apart, as scikit-learn does.
    ///
    /// ```swift
    /// let places = weights.principalComponents(2).unbind(dim: 1).map { $0.array(of: Double.self) }
    /// let figure = Figure(Axes(title: "Films").scatter(x: places[0], y: places[1], names: titles))
    /// ```
    /// - Parameter count: How many directions; at most as many as there are rows or numbers.
    public func principalComponents(_ count: Int = 2) -> Tensor {
        guard isDefined else { return .undefined }
        guard dim == 2, count >= 1, count <= Swift.min(size(0), size(1)) else {
            TorchFailure.report(
                TorchError(
                    operation: "principalComponents(\(count))", inputs: "\(shape)",
                    reason: "rows [rows, numbers] are expected, and from 1 to as many components as there are rows or "
                        + "numbers"))
            return .undefined
        }
        return withoutGradients {
            let rows = to(.float64)
            let centered = rows - rows.mean(dim: 0, keepDim: true)
            let directions =
                size(0) > 2 * size(1)
                // The eigenvectors stand in columns, that of the largest eigenvalue last.
                ? centered.transpose(0, 1).matmul(centered).eigh().eigenvectors.flip([1]).transpose(0, 1)
                    .narrow(dim: 0, start: 0, length: count)
                : centered.svd(fullMatrices: false).vh.narrow(dim: 0, start: 0, length: count)
            let largest = directions.gather(dim: 1, directions.abs().argmax(dim: 1, keepDim: true))
            let projected = centered.matmul((directions * largest.sign()).transpose(0, 1))
            return projected.to(dtype.isFloatingPoint ? dtype : .float32)
        }
    }
}
