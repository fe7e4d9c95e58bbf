// Gradients that hold some rows only, and Adam's step on those rows.
import CTorch

extension Tensor {
    /// Whether the tensor holds some of its rows only, as the gradient of an `Embedding(count, dim, sparse: true)` does.
    public var isSparse: Bool { ct_is_sparse(handle.pointer) }

    /// The tensor with all of its rows, zeros where a sparse one holds none.
    public func toDense() -> Tensor { isSparse ? Tensor(owning: ct_to_dense(handle.pointer)) : self }

    /// A sparse tensor in which no row occurs twice.
    package func coalesced() -> Tensor { Tensor(owning: ct_coalesce(handle.pointer)) }

    /// The rows that a sparse tensor holds, `[rows, ...]`, in its own memory.
    package var sparseValues: Tensor { Tensor(owning: ct_sparse_values(handle.pointer)) }

    /// The numbers of the rows that a sparse tensor holds, `[rows]`.
    package var sparseIndices: Tensor { Tensor(owning: ct_sparse_indices(handle.pointer)) }

    /// One step of Adam on the rows that a sparse gradient holds, in one pass over them.
    ///
    /// - Parameters:
    ///   - step: The number of steps of the whole parameter, this one included.
    ///   - decoupled: Whether weight decay shrinks the rows beside the step.
    package func adamRows_(
        _ gradient: Tensor, mean: Tensor, square: Tensor, learningRate: Double, momentum: Double,
        squaredMomentum: Double, weightDecay: Double, epsilon: Double, step: Int, decoupled: Bool
    ) {
        let isDone = ct_adam_rows(
            handle.pointer, gradient.handle.pointer, mean.handle.pointer, square.handle.pointer, learningRate, momentum,
            squaredMomentum, weightDecay, epsilon, Int64(step), decoupled)
        extendLifetime((self, gradient, mean, square))
        if !isDone { TorchFailure.report() }
    }
}
