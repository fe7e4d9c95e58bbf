// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: indexing.
import CTorch

extension Tensor {
    /// The elements that index tensors name.
    package func indexRaw(_ indices: [Tensor?]) -> Tensor {
        let result = ct_op_index_Tensor(handle.pointer, indices.map { $0?.handle.pointer }, indices.count)
        extendLifetime((self, indices))
        return Tensor(owning: result)
    }

    /// The slices that `index` names along a dimension.
    public func indexSelect(dim: Int, _ index: Tensor) -> Tensor {
        let result = ct_op_index_select(handle.pointer, dim, index.handle.pointer)
        extendLifetime((self, index))
        return Tensor(owning: result)
    }

    /// The elements that `index` names along a dimension.
    public func gather(dim: Int, _ index: Tensor) -> Tensor {
        let result = ct_op_gather(handle.pointer, dim, index.handle.pointer)
        extendLifetime((self, index))
        return Tensor(owning: result)
    }

    /// A copy with `src` written to the places that `index` names.
    public func scatter(dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
        let result = ct_op_scatter_src(handle.pointer, dim, index.handle.pointer, src.handle.pointer)
        extendLifetime((self, index, src))
        return Tensor(owning: result)
    }

    /// A copy with a number written to the places that `index` names.
    public func scatter(dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
        let result = ct_op_scatter_value(handle.pointer, dim, index.handle.pointer, value.c)
        extendLifetime((self, index))
        return Tensor(owning: result)
    }

    /// A copy with `src` added at the places that `index` names.
    public func scatterAdd(dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
        let result = ct_op_scatter_add(handle.pointer, dim, index.handle.pointer, src.handle.pointer)
        extendLifetime((self, index, src))
        return Tensor(owning: result)
    }

    /// A copy with `src` reduced into the places that `index` names: "sum", "prod", "mean", "amax" or "amin".
    public func scatterReduce(dim: Int, _ index: Tensor, _ src: Tensor, reduce: String, includeSelf: Bool = true) -> Tensor {
        let result = ct_op_scatter_reduce_two(handle.pointer, dim, index.handle.pointer, src.handle.pointer, reduce, includeSelf)
        extendLifetime((self, index, src))
        return Tensor(owning: result)
    }

    /// A copy with the slices of `source` added to those that `index` names.
    public func indexAdd(dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_index_add(handle.pointer, dim, index.handle.pointer, source.handle.pointer, alpha.c)
        extendLifetime((self, index, source))
        return Tensor(owning: result)
    }

    /// A copy with the slices of `source` written to those that `index` names.
    public func indexCopy(dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        let result = ct_op_index_copy(handle.pointer, dim, index.handle.pointer, source.handle.pointer)
        extendLifetime((self, index, source))
        return Tensor(owning: result)
    }

    /// A copy with the slices that `index` names set to a number.
    public func indexFill(dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
        let result = ct_op_index_fill_int_Scalar(handle.pointer, dim, index.handle.pointer, value.c)
        extendLifetime((self, index))
        return Tensor(owning: result)
    }

    /// A copy with `values` written at the places that index tensors name.
    package func indexPutRaw(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
        let result = ct_op_index_put(handle.pointer, indices.map { $0?.handle.pointer }, indices.count, values.handle.pointer, accumulate)
        extendLifetime((self, indices, values))
        return Tensor(owning: result)
    }

    /// A copy with the elements where `mask` is true set to a number.
    public func maskedFill(_ mask: Tensor, _ value: Scalar) -> Tensor {
        let result = ct_op_masked_fill_Scalar(handle.pointer, mask.handle.pointer, value.c)
        extendLifetime((self, mask))
        return Tensor(owning: result)
    }

    /// A copy with the elements where `mask` is true set to a value.
    public func maskedFill(_ mask: Tensor, _ value: Tensor) -> Tensor {
        let result = ct_op_masked_fill_Tensor(handle.pointer, mask.handle.pointer, value.handle.pointer)
        extendLifetime((self, mask, value))
        return Tensor(owning: result)
    }

    /// The elements where `mask` is true, in one dimension.
    public func maskedSelect(_ mask: Tensor) -> Tensor {
        let result = ct_op_masked_select(handle.pointer, mask.handle.pointer)
        extendLifetime((self, mask))
        return Tensor(owning: result)
    }

    /// A copy with the elements of `source` written where `mask` is true, in order.
    public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
        let result = ct_op_masked_scatter(handle.pointer, mask.handle.pointer, source.handle.pointer)
        extendLifetime((self, mask, source))
        return Tensor(owning: result)
    }

    /// Writes `source` to the places that `index` names in the flattened tensor.
    @discardableResult
    public func put_(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
        let result = ct_op_put_(handle.pointer, index.handle.pointer, source.handle.pointer, accumulate)
        extendLifetime((self, index, source))
        if !result { TorchFailure.report() }
        return self
    }

    /// Writes the elements of `source` where `mask` is true, in order, in place.
    @discardableResult
    public func maskedScatter_(_ mask: Tensor, _ source: Tensor) -> Tensor {
        let result = ct_op_masked_scatter_(handle.pointer, mask.handle.pointer, source.handle.pointer)
        extendLifetime((self, mask, source))
        if !result { TorchFailure.report() }
        return self
    }

    /// Elements by their index in the flattened tensor.
    public func take(_ index: Tensor) -> Tensor {
        let result = ct_op_take(handle.pointer, index.handle.pointer)
        extendLifetime((self, index))
        return Tensor(owning: result)
    }

    /// Elements by indices along a dimension, broadcast.
    public func takeAlong(_ indices: Tensor, dim: Int? = nil) -> Tensor {
        let result = ct_op_take_along_dim(handle.pointer, indices.handle.pointer, dim.c)
        extendLifetime((self, indices))
        return Tensor(owning: result)
    }

    /// Class indices as rows of zeros with a single one.
    public func oneHot(numClasses: Int = -1) -> Tensor {
        let result = ct_op_one_hot(handle.pointer, numClasses)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
