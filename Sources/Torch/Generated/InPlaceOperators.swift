// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: in place.
import CTorch

extension Tensor {
    /// Adds `alpha * other` in place.
    @discardableResult
    public func add_(_ other: Tensor, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_add__Tensor(handle.pointer, other.handle.pointer, alpha.c)
        extendLifetime((self, other))
        if !result { TorchFailure.report() }
        return self
    }

    /// Subtracts `alpha * other` in place.
    @discardableResult
    public func sub_(_ other: Tensor, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_sub__Tensor(handle.pointer, other.handle.pointer, alpha.c)
        extendLifetime((self, other))
        if !result { TorchFailure.report() }
        return self
    }

    /// Multiplies in place.
    @discardableResult
    public func mul_(_ other: Tensor) -> Tensor {
        let result = ct_op_mul__Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        if !result { TorchFailure.report() }
        return self
    }

    /// Divides in place.
    @discardableResult
    public func div_(_ other: Tensor) -> Tensor {
        let result = ct_op_div__Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        if !result { TorchFailure.report() }
        return self
    }

    /// Adds a number in place.
    @discardableResult
    public func add_(_ other: Scalar, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_add__Tensor_number(handle.pointer, other.c, alpha.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Subtracts a number in place.
    @discardableResult
    public func sub_(_ other: Scalar, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_sub__Tensor_number(handle.pointer, other.c, alpha.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Multiplies by a number in place.
    @discardableResult
    public func mul_(_ other: Scalar) -> Tensor {
        let result = ct_op_mul__Tensor_number(handle.pointer, other.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Divides by a number in place.
    @discardableResult
    public func div_(_ other: Scalar) -> Tensor {
        let result = ct_op_div__Tensor_number(handle.pointer, other.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Raises to a power in place.
    @discardableResult
    public func pow_(_ exponent: Scalar) -> Tensor {
        let result = ct_op_pow__Scalar(handle.pointer, exponent.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Adds `value * tensor1 * tensor2` in place.
    @discardableResult
    public func addcmul_(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
        let result = ct_op_addcmul_(handle.pointer, tensor1.handle.pointer, tensor2.handle.pointer, value.c)
        extendLifetime((self, tensor1, tensor2))
        if !result { TorchFailure.report() }
        return self
    }

    /// Adds `value * tensor1 / tensor2` in place.
    @discardableResult
    public func addcdiv_(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
        let result = ct_op_addcdiv_(handle.pointer, tensor1.handle.pointer, tensor2.handle.pointer, value.c)
        extendLifetime((self, tensor1, tensor2))
        if !result { TorchFailure.report() }
        return self
    }

    /// Moves in place towards `end` by the part `weight`.
    @discardableResult
    public func lerp_(_ end: Tensor, weight: Scalar) -> Tensor {
        let result = ct_op_lerp__Scalar(handle.pointer, end.handle.pointer, weight.c)
        extendLifetime((self, end))
        if !result { TorchFailure.report() }
        return self
    }

    /// Turns the sign in place.
    @discardableResult
    public func neg_() -> Tensor {
        let result = ct_op_neg_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Takes the absolute value in place.
    @discardableResult
    public func abs_() -> Tensor {
        let result = ct_op_abs_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Raises e to each element in place.
    @discardableResult
    public func exp_() -> Tensor {
        let result = ct_op_exp_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Takes the natural logarithm in place.
    @discardableResult
    public func log_() -> Tensor {
        let result = ct_op_log_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Takes the square root in place.
    @discardableResult
    public func sqrt_() -> Tensor {
        let result = ct_op_sqrt_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Applies the logistic function in place.
    @discardableResult
    public func sigmoid_() -> Tensor {
        let result = ct_op_sigmoid_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Applies the hyperbolic tangent in place.
    @discardableResult
    public func tanh_() -> Tensor {
        let result = ct_op_tanh_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets negative elements to zero in place.
    @discardableResult
    public func relu_() -> Tensor {
        let result = ct_op_relu_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Holds each element between two numbers in place.
    @discardableResult
    package func clampRaw_(min: Scalar? = nil, max: Scalar? = nil) -> Tensor {
        let result = ct_op_clamp_(handle.pointer, min.c, max.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets every element to zero in place.
    @discardableResult
    public func zero_() -> Tensor {
        let result = ct_op_zero_(handle.pointer)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets every element to a number in place.
    @discardableResult
    public func fill_(_ value: Scalar) -> Tensor {
        let result = ct_op_fill__Scalar(handle.pointer, value.c)
        extendLifetime(self)
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets every element to the value of a tensor without dimensions, in place.
    @discardableResult
    public func fill_(_ value: Tensor) -> Tensor {
        let result = ct_op_fill__Tensor(handle.pointer, value.handle.pointer)
        extendLifetime((self, value))
        if !result { TorchFailure.report() }
        return self
    }

    /// Copies another tensor's elements into this one, converting dtype and device.
    @discardableResult
    public func copy_(_ src: Tensor, nonBlocking: Bool = false) -> Tensor {
        let result = ct_op_copy_(handle.pointer, src.handle.pointer, nonBlocking)
        extendLifetime((self, src))
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets the elements where `mask` is true to a number, in place.
    @discardableResult
    public func maskedFill_(_ mask: Tensor, _ value: Scalar) -> Tensor {
        let result = ct_op_masked_fill__Scalar(handle.pointer, mask.handle.pointer, value.c)
        extendLifetime((self, mask))
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets the elements where `mask` is true to a value, in place.
    @discardableResult
    public func maskedFill_(_ mask: Tensor, _ value: Tensor) -> Tensor {
        let result = ct_op_masked_fill__Tensor(handle.pointer, mask.handle.pointer, value.handle.pointer)
        extendLifetime((self, mask, value))
        if !result { TorchFailure.report() }
        return self
    }

    /// Sets the slices that `index` names along `dim` to a number, in place.
    @discardableResult
    public func indexFill_(dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
        let result = ct_op_index_fill__int_Scalar(handle.pointer, dim, index.handle.pointer, value.c)
        extendLifetime((self, index))
        if !result { TorchFailure.report() }
        return self
    }

    /// Adds the slices of `source` to those that `index` names along `dim`, in place.
    @discardableResult
    public func indexAdd_(dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_index_add_(handle.pointer, dim, index.handle.pointer, source.handle.pointer, alpha.c)
        extendLifetime((self, index, source))
        if !result { TorchFailure.report() }
        return self
    }

    /// Copies the slices of `source` to those that `index` names along `dim`, in place.
    @discardableResult
    public func indexCopy_(dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        let result = ct_op_index_copy_(handle.pointer, dim, index.handle.pointer, source.handle.pointer)
        extendLifetime((self, index, source))
        if !result { TorchFailure.report() }
        return self
    }

    /// Writes `src` to the places that `index` names along `dim`, in place.
    @discardableResult
    public func scatter_(dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
        let result = ct_op_scatter__src(handle.pointer, dim, index.handle.pointer, src.handle.pointer)
        extendLifetime((self, index, src))
        if !result { TorchFailure.report() }
        return self
    }

    /// Writes a number to the places that `index` names along `dim`, in place.
    @discardableResult
    public func scatter_(dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
        let result = ct_op_scatter__value(handle.pointer, dim, index.handle.pointer, value.c)
        extendLifetime((self, index))
        if !result { TorchFailure.report() }
        return self
    }

    /// Adds `src` at the places that `index` names along `dim`, in place.
    @discardableResult
    public func scatterAdd_(dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
        let result = ct_op_scatter_add_(handle.pointer, dim, index.handle.pointer, src.handle.pointer)
        extendLifetime((self, index, src))
        if !result { TorchFailure.report() }
        return self
    }

    /// Fills with normal numbers, in place.
    @discardableResult
    public func normal_(mean: Double = 0, std: Double = 1, generator: Generator? = nil) -> Tensor {
        let result = ct_op_normal_(handle.pointer, mean, std, generator?.pointer)
        extendLifetime((self, generator))
        if !result { TorchFailure.report() }
        return self
    }

    /// Fills with uniform numbers of `[from, to)`, in place.
    @discardableResult
    public func uniform_(from: Double = 0, to: Double = 1, generator: Generator? = nil) -> Tensor {
        let result = ct_op_uniform_(handle.pointer, from, to, generator?.pointer)
        extendLifetime((self, generator))
        if !result { TorchFailure.report() }
        return self
    }

    /// Fills with ones of probability `p` and zeros, in place.
    @discardableResult
    public func bernoulli_(p: Double = 0.5, generator: Generator? = nil) -> Tensor {
        let result = ct_op_bernoulli__float(handle.pointer, p, generator?.pointer)
        extendLifetime((self, generator))
        if !result { TorchFailure.report() }
        return self
    }

    /// Fills with numbers of the exponential distribution of rate `lambd`, in place.
    @discardableResult
    public func exponential_(lambd: Double = 1, generator: Generator? = nil) -> Tensor {
        let result = ct_op_exponential_(handle.pointer, lambd, generator?.pointer)
        extendLifetime((self, generator))
        if !result { TorchFailure.report() }
        return self
    }

    /// Fills with whole numbers of `[from, to)`, in place.
    @discardableResult
    package func randomRaw_(from: Int, to: Int?, generator: Generator? = nil) -> Tensor {
        let result = ct_op_random__from(handle.pointer, from, to.c, generator?.pointer)
        extendLifetime((self, generator))
        if !result { TorchFailure.report() }
        return self
    }

    /// Writes `values` at the places that index tensors name, in place.
    @discardableResult
    package func indexPutRaw_(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
        let result = ct_op_index_put_(handle.pointer, indices.map { $0?.handle.pointer }, indices.count, values.handle.pointer, accumulate)
        extendLifetime((self, indices, values))
        if !result { TorchFailure.report() }
        return self
    }
}
