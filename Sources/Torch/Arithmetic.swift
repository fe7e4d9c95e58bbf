// The arithmetic, comparison and logic operators of Swift on tensors and numbers, with broadcasting.
import CTorch

extension Tensor {
    public static func + (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.add(rhs) }
    public static func + (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.add(rhs.scalar) }
    public static func + (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.add(lhs.scalar) }

    public static func - (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.sub(rhs) }
    public static func - (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.sub(rhs.scalar) }
    public static func - (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.rsub(lhs.scalar) }

    public static func * (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.mul(rhs) }
    public static func * (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.mul(rhs.scalar) }
    public static func * (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.mul(lhs.scalar) }

    /// The true quotient; whole numbers give a floating-point result.
    public static func / (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.div(rhs) }
    public static func / (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.div(rhs.scalar) }
    public static func / (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.reciprocal().mul(lhs.scalar) }

    /// The remainder with the sign of the divisor.
    public static func % (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.remainder(rhs) }
    public static func % (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.remainder(rhs.scalar) }
    public static func % (lhs: some TensorScalar, rhs: Tensor) -> Tensor { .remainderScalar(lhs.scalar, rhs) }

    public static prefix func - (value: Tensor) -> Tensor { value.neg() }

    /// Adds in place: every copy and view of the tensor sees it.
    public static func += (lhs: inout Tensor, rhs: Tensor) { lhs.add_(rhs) }
    public static func += (lhs: inout Tensor, rhs: some TensorScalar) { lhs.add_(rhs.scalar) }
    /// Subtracts in place: every copy and view of the tensor sees it.
    public static func -= (lhs: inout Tensor, rhs: Tensor) { lhs.sub_(rhs) }
    public static func -= (lhs: inout Tensor, rhs: some TensorScalar) { lhs.sub_(rhs.scalar) }
    /// Multiplies in place: every copy and view of the tensor sees it.
    public static func *= (lhs: inout Tensor, rhs: Tensor) { lhs.mul_(rhs) }
    public static func *= (lhs: inout Tensor, rhs: some TensorScalar) { lhs.mul_(rhs.scalar) }
    /// Divides in place: every copy and view of the tensor sees it.
    public static func /= (lhs: inout Tensor, rhs: Tensor) { lhs.div_(rhs) }
    public static func /= (lhs: inout Tensor, rhs: some TensorScalar) { lhs.div_(rhs.scalar) }

    // Comparison element by element, with a dot as for Swift's SIMD types; `equal` compares whole tensors.
    public static func .== (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.eq(rhs) }
    public static func .== (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.eq(rhs.scalar) }
    public static func .== (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.eq(lhs.scalar) }
    public static func .!= (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.ne(rhs) }
    public static func .!= (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.ne(rhs.scalar) }
    public static func .!= (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.ne(lhs.scalar) }
    public static func .< (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.lt(rhs) }
    public static func .< (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.lt(rhs.scalar) }
    public static func .< (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.gt(lhs.scalar) }
    public static func .<= (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.le(rhs) }
    public static func .<= (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.le(rhs.scalar) }
    public static func .<= (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.ge(lhs.scalar) }
    public static func .> (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.gt(rhs) }
    public static func .> (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.gt(rhs.scalar) }
    public static func .> (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.lt(lhs.scalar) }
    public static func .>= (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.ge(rhs) }
    public static func .>= (lhs: Tensor, rhs: some TensorScalar) -> Tensor { lhs.ge(rhs.scalar) }
    public static func .>= (lhs: some TensorScalar, rhs: Tensor) -> Tensor { rhs.le(lhs.scalar) }

    public static func .& (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.bitwiseAnd(rhs) }
    public static func .| (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.bitwiseOr(rhs) }
    public static func .^ (lhs: Tensor, rhs: Tensor) -> Tensor { lhs.bitwiseXor(rhs) }
    public static prefix func .! (value: Tensor) -> Tensor { value.logicalNot() }

    /// Each element raised to a power.
    public func pow(_ exponent: some TensorScalar) -> Tensor { pow(exponent.scalar) }
    /// A number raised to each element: `pow(2, x)`.
    public static func pow(_ base: some TensorScalar, _ exponent: Tensor) -> Tensor {
        powScalar(base.scalar, exponent)
    }

    /// Each element held between two numbers; nil leaves a side open.
    public func clamp(min: Double? = nil, max: Double? = nil) -> Tensor {
        clampRaw(min: min.map(Scalar.double), max: max.map(Scalar.double))
    }
    /// Each element held between two numbers, in place.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    @discardableResult
    public func clamp_(min: Double? = nil, max: Double? = nil) -> Tensor {
        clampRaw_(min: min.map(Scalar.double), max: max.map(Scalar.double))
    }

    /// Sets every element to a number in place.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    @discardableResult
    public func fill_(_ value: some TensorScalar) -> Tensor { fill_(value.scalar) }

    /// A copy with the elements where `mask` is true set to a number.
    public func maskedFill(_ mask: Tensor, _ value: some TensorScalar) -> Tensor { maskedFill(mask, value.scalar) }
    /// Sets the elements where `mask` is true to a number, in place.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    @discardableResult
    public func maskedFill_(_ mask: Tensor, _ value: some TensorScalar) -> Tensor { maskedFill_(mask, value.scalar) }

    /// Elements of `self` where `condition` is true, of `other` elsewhere.
    public func `where`(_ condition: Tensor, else other: Tensor) -> Tensor { .whereRaw(condition, self, other) }
    /// Elements of `self` where `condition` is true, a number elsewhere.
    public func `where`(_ condition: Tensor, else other: some TensorScalar) -> Tensor {
        .whereRaw(condition, self, Tensor(other, dtype: dtype, device: device))
    }
}

prefix operator .!
