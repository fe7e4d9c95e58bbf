// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: sorting and searching.
import CTorch

extension Tensor {
    /// The elements in order along a dimension, and where they came from.
    public func sort(dim: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_sort(handle.pointer, dim, descending)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The elements in order along a dimension, equal ones in their old order.
    public func sort(stable: Bool?, dim: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_sort_stable(handle.pointer, stable.c, dim, descending)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The indices that put a dimension in order, equal elements in their old order.
    public func argsort(stable: Bool, dim: Int = -1, descending: Bool = false) -> Tensor {
        let result = ct_op_argsort_stable(handle.pointer, stable, dim, descending)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The elements in order along the first dimension.
    public func msort() -> Tensor {
        let result = ct_op_msort(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The indices that put a dimension in order.
    public func argsort(dim: Int = -1, descending: Bool = false) -> Tensor {
        let result = ct_op_argsort(handle.pointer, dim, descending)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The `k` largest (or smallest) elements along a dimension, and where they are.
    public func topk(_ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_topk(handle.pointer, k, dim, largest, sorted)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The k-th smallest elements along a dimension, and where they are.
    public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_kthvalue(handle.pointer, k, dim, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The distinct elements.
    package func unique2Raw(sorted: Bool = true, returnInverse: Bool = false, returnCounts: Bool = false) -> (Tensor, Tensor, Tensor) {
        let result = ct_op__unique2(handle.pointer, sorted, returnInverse, returnCounts)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2))
    }

    /// The distinct slices along a dimension.
    package func uniqueDimRaw(dim: Int, sorted: Bool = true, returnInverse: Bool = false, returnCounts: Bool = false) -> (Tensor, Tensor, Tensor) {
        let result = ct_op_unique_dim(handle.pointer, dim, sorted, returnInverse, returnCounts)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2))
    }

    /// Elements without repetitions of the one before.
    package func uniqueConsecutiveRaw(returnInverse: Bool = false, returnCounts: Bool = false, dim: Int? = nil) -> (Tensor, Tensor, Tensor) {
        let result = ct_op_unique_consecutive(handle.pointer, returnInverse, returnCounts, dim.c)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2))
    }

    /// The indices of the non-zero elements, `[count, dimensions]`.
    public func nonzero() -> Tensor {
        let result = ct_op_nonzero(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Where each value would go in the sorted sequence `self`: before equal elements, or behind them (`right: true`).
    public func searchsorted(_ selfValue: Tensor, outInt32: Bool = false, right: Bool = false) -> Tensor {
        let result = ct_op_searchsorted_Tensor(handle.pointer, selfValue.handle.pointer, outInt32, right)
        extendLifetime((self, selfValue))
        return Tensor(owning: result)
    }

    /// The bucket of each element among sorted boundaries.
    public func bucketize(_ boundaries: Tensor, outInt32: Bool = false, right: Bool = false) -> Tensor {
        let result = ct_op_bucketize_Tensor(handle.pointer, boundaries.handle.pointer, outInt32, right)
        extendLifetime((self, boundaries))
        return Tensor(owning: result)
    }
}
