// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: comparison and logic.
import CTorch

extension Tensor {
    /// True where the elements are equal.
    public func eq(_ other: Tensor) -> Tensor {
        let result = ct_op_eq_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where an element equals a number.
    public func eq(_ other: Scalar) -> Tensor {
        let result = ct_op_eq_Scalar(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where the elements differ.
    public func ne(_ other: Tensor) -> Tensor {
        let result = ct_op_ne_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where an element differs from a number.
    public func ne(_ other: Scalar) -> Tensor {
        let result = ct_op_ne_Scalar(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where the element is less than the other's.
    public func lt(_ other: Tensor) -> Tensor {
        let result = ct_op_lt_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where an element is less than a number.
    public func lt(_ other: Scalar) -> Tensor {
        let result = ct_op_lt_Scalar(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where the element is at most the other's.
    public func le(_ other: Tensor) -> Tensor {
        let result = ct_op_le_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where an element is at most a number.
    public func le(_ other: Scalar) -> Tensor {
        let result = ct_op_le_Scalar(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where the element is greater than the other's.
    public func gt(_ other: Tensor) -> Tensor {
        let result = ct_op_gt_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where an element is greater than a number.
    public func gt(_ other: Scalar) -> Tensor {
        let result = ct_op_gt_Scalar(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where the element is at least the other's.
    public func ge(_ other: Tensor) -> Tensor {
        let result = ct_op_ge_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where an element is at least a number.
    public func ge(_ other: Scalar) -> Tensor {
        let result = ct_op_ge_Scalar(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where both are non-zero.
    public func logicalAnd(_ other: Tensor) -> Tensor {
        let result = ct_op_logical_and(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where one is non-zero.
    public func logicalOr(_ other: Tensor) -> Tensor {
        let result = ct_op_logical_or(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where exactly one is non-zero.
    public func logicalXor(_ other: Tensor) -> Tensor {
        let result = ct_op_logical_xor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// True where the element is zero.
    public func logicalNot() -> Tensor {
        let result = ct_op_logical_not(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The bitwise and of whole numbers or booleans.
    public func bitwiseAnd(_ other: Tensor) -> Tensor {
        let result = ct_op_bitwise_and_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The bitwise or of whole numbers or booleans.
    public func bitwiseOr(_ other: Tensor) -> Tensor {
        let result = ct_op_bitwise_or_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The bitwise exclusive or of whole numbers or booleans.
    public func bitwiseXor(_ other: Tensor) -> Tensor {
        let result = ct_op_bitwise_xor_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// Each bit turned; for booleans the negation.
    public func bitwiseNot() -> Tensor {
        let result = ct_op_bitwise_not(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where an element is not a number.
    public func isNaN() -> Tensor {
        let result = ct_op_isnan(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where an element is infinite.
    public func isInf() -> Tensor {
        let result = ct_op_isinf(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where an element is neither infinite nor NaN.
    public func isFinite() -> Tensor {
        let result = ct_op_isfinite(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where an element has no imaginary part.
    public func isReal() -> Tensor {
        let result = ct_op_isreal(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// True where `|self - other| <= atol + rtol * |other|`.
    public func isClose(_ other: Tensor, rtol: Double = 1e-05, atol: Double = 1e-08, equalNan: Bool = false) -> Tensor {
        let result = ct_op_isclose(handle.pointer, other.handle.pointer, rtol, atol, equalNan)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// Whether all elements satisfy `|self - other| <= atol + rtol * |other|`.
    public func allClose(_ other: Tensor, rtol: Double = 1e-05, atol: Double = 1e-08, equalNan: Bool = false) -> Bool {
        let result = ct_op_allclose(handle.pointer, other.handle.pointer, rtol, atol, equalNan)
        extendLifetime((self, other))
        if result < 0 { TorchFailure.report() }
        return result == 1
    }

    /// Whether two tensors have the same shape and the same elements.
    public func equal(_ other: Tensor) -> Bool {
        let result = ct_op_equal(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        if result < 0 { TorchFailure.report() }
        return result == 1
    }

    /// True for each of `elements` that is among `testElements`.
    public static func isIn(_ elements: Tensor, _ testElements: Tensor, assumeUnique: Bool = false, invert: Bool = false) -> Tensor {
        let result = ct_op_isin_Tensor_Tensor(elements.handle.pointer, testElements.handle.pointer, assumeUnique, invert)
        extendLifetime((elements, testElements))
        return Tensor(owning: result)
    }

    /// Elements of `self` where `condition` is true, of `other` elsewhere.
    package static func whereRaw(_ condition: Tensor, _ selfValue: Tensor, _ other: Tensor) -> Tensor {
        let result = ct_op_where_self(condition.handle.pointer, selfValue.handle.pointer, other.handle.pointer)
        extendLifetime((condition, selfValue, other))
        return Tensor(owning: result)
    }
}
