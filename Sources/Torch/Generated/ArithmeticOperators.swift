// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: arithmetic.
import CTorch

extension Tensor {
    /// The sum with another tensor, `self + alpha * other`, broadcast.
    public func add(_ other: Tensor, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_add_Tensor(handle.pointer, other.handle.pointer, alpha.c)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The difference, `self - alpha * other`, broadcast.
    public func sub(_ other: Tensor, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_sub_Tensor(handle.pointer, other.handle.pointer, alpha.c)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The product, element by element, broadcast.
    public func mul(_ other: Tensor) -> Tensor {
        let result = ct_op_mul_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The true quotient, element by element, broadcast; integers give a floating-point result.
    public func div(_ other: Tensor) -> Tensor {
        let result = ct_op_div_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The quotient rounded as `roundingMode` says: "trunc" towards zero, "floor" downwards.
    public func div(_ other: Tensor, roundingMode: String?) -> Tensor {
        let result = ct_op_div_Tensor_mode(handle.pointer, other.handle.pointer, roundingMode)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The sum with a number.
    public func add(_ other: Scalar, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_add_Tensor_number(handle.pointer, other.c, alpha.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The difference with a number.
    public func sub(_ other: Scalar, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_sub_Tensor_number(handle.pointer, other.c, alpha.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The product with a number.
    public func mul(_ other: Scalar) -> Tensor {
        let result = ct_op_mul_Tensor_number(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The true quotient by a number.
    public func div(_ other: Scalar) -> Tensor {
        let result = ct_op_div_Tensor_number(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A number less this tensor.
    package func rsub(_ other: Scalar, alpha: Scalar = 1) -> Tensor {
        let result = ct_op_rsub_Scalar(handle.pointer, other.c, alpha.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The remainder with the sign of the divisor.
    public func remainder(_ other: Tensor) -> Tensor {
        let result = ct_op_remainder_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The remainder of division by a number, with the sign of the divisor.
    public func remainder(_ other: Scalar) -> Tensor {
        let result = ct_op_remainder_Tensor_number(handle.pointer, other.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The remainder of a number, with the sign of the divisor.
    package static func remainderScalar(_ selfValue: Scalar, _ other: Tensor) -> Tensor {
        let result = ct_op_remainder_Scalar_Tensor(selfValue.c, other.handle.pointer)
        extendLifetime(other)
        return Tensor(owning: result)
    }

    /// The remainder with the sign of the dividend.
    public func fmod(_ other: Tensor) -> Tensor {
        let result = ct_op_fmod_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The quotient rounded downwards.
    public func floorDivide(_ other: Tensor) -> Tensor {
        let result = ct_op_floor_divide(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// Each element raised to the power of the other tensor's.
    public func pow(_ exponent: Tensor) -> Tensor {
        let result = ct_op_pow_Tensor_Tensor(handle.pointer, exponent.handle.pointer)
        extendLifetime((self, exponent))
        return Tensor(owning: result)
    }

    /// Each element raised to a power.
    public func pow(_ exponent: Scalar) -> Tensor {
        let result = ct_op_pow_Tensor_Scalar(handle.pointer, exponent.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A number raised to each element.
    package static func powScalar(_ selfValue: Scalar, _ exponent: Tensor) -> Tensor {
        let result = ct_op_pow_Scalar(selfValue.c, exponent.handle.pointer)
        extendLifetime(exponent)
        return Tensor(owning: result)
    }

    /// `self + value * tensor1 * tensor2`.
    public func addcmul(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
        let result = ct_op_addcmul(handle.pointer, tensor1.handle.pointer, tensor2.handle.pointer, value.c)
        extendLifetime((self, tensor1, tensor2))
        return Tensor(owning: result)
    }

    /// `self + value * tensor1 / tensor2`.
    public func addcdiv(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
        let result = ct_op_addcdiv(handle.pointer, tensor1.handle.pointer, tensor2.handle.pointer, value.c)
        extendLifetime((self, tensor1, tensor2))
        return Tensor(owning: result)
    }

    /// Linear interpolation, `self + weight * (end - self)`.
    public func lerp(_ end: Tensor, weight: Scalar) -> Tensor {
        let result = ct_op_lerp_Scalar(handle.pointer, end.handle.pointer, weight.c)
        extendLifetime((self, end))
        return Tensor(owning: result)
    }

    /// Linear interpolation with a weight for each element.
    public func lerp(_ end: Tensor, weight: Tensor) -> Tensor {
        let result = ct_op_lerp_Tensor(handle.pointer, end.handle.pointer, weight.handle.pointer)
        extendLifetime((self, end, weight))
        return Tensor(owning: result)
    }

    /// Each element with its sign turned.
    public func neg() -> Tensor {
        let result = ct_op_neg(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The absolute value of each element.
    public func abs() -> Tensor {
        let result = ct_op_abs(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// -1, 0 or 1 by the sign of each element.
    public func sign() -> Tensor {
        let result = ct_op_sign(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The square of each element.
    public func square() -> Tensor {
        let result = ct_op_square(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The square root of each element; NaN for negative ones.
    public func sqrt() -> Tensor {
        let result = ct_op_sqrt(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// One over the square root.
    public func rsqrt() -> Tensor {
        let result = ct_op_rsqrt(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// One over each element.
    public func reciprocal() -> Tensor {
        let result = ct_op_reciprocal(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// e raised to each element.
    public func exp() -> Tensor {
        let result = ct_op_exp(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `exp(x) - 1`, exact near zero.
    public func expm1() -> Tensor {
        let result = ct_op_expm1(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Two raised to each element.
    public func exp2() -> Tensor {
        let result = ct_op_exp2(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The natural logarithm.
    public func log() -> Tensor {
        let result = ct_op_log(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm to base 2.
    public func log2() -> Tensor {
        let result = ct_op_log2(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm to base 10.
    public func log10() -> Tensor {
        let result = ct_op_log10(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `log(1 + x)`, exact near zero.
    public func log1p() -> Tensor {
        let result = ct_op_log1p(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `log(exp(self) + exp(other))` without overflow.
    public func logaddexp(_ other: Tensor) -> Tensor {
        let result = ct_op_logaddexp(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// `self * log(other)`, zero where `self` is zero.
    public func xlogy(_ other: Tensor) -> Tensor {
        let result = ct_op_xlogy_Tensor(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The sine, in radians.
    public func sin() -> Tensor {
        let result = ct_op_sin(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The cosine, in radians.
    public func cos() -> Tensor {
        let result = ct_op_cos(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The tangent, in radians.
    public func tan() -> Tensor {
        let result = ct_op_tan(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The arc sine, in radians.
    public func asin() -> Tensor {
        let result = ct_op_asin(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The arc cosine, in radians.
    public func acos() -> Tensor {
        let result = ct_op_acos(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The arc tangent, in radians.
    public func atan() -> Tensor {
        let result = ct_op_atan(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The angle of the point (`other`, `self`), in radians.
    public func atan2(_ other: Tensor) -> Tensor {
        let result = ct_op_atan2(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The hyperbolic sine.
    public func sinh() -> Tensor {
        let result = ct_op_sinh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The hyperbolic cosine.
    public func cosh() -> Tensor {
        let result = ct_op_cosh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The hyperbolic tangent.
    public func tanh() -> Tensor {
        let result = ct_op_tanh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse hyperbolic tangent.
    public func atanh() -> Tensor {
        let result = ct_op_atanh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse hyperbolic sine.
    public func asinh() -> Tensor {
        let result = ct_op_asinh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse hyperbolic cosine.
    public func acosh() -> Tensor {
        let result = ct_op_acosh(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The error function.
    public func erf() -> Tensor {
        let result = ct_op_erf(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// One less the error function.
    public func erfc() -> Tensor {
        let result = ct_op_erfc(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse error function.
    public func erfinv() -> Tensor {
        let result = ct_op_erfinv(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm of the absolute gamma function.
    public func lgamma() -> Tensor {
        let result = ct_op_lgamma(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithmic derivative of the gamma function.
    public func digamma() -> Tensor {
        let result = ct_op_digamma(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logistic function, `1 / (1 + exp(-x))`.
    public func sigmoid() -> Tensor {
        let result = ct_op_sigmoid(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse of the logistic function; `eps` clamps the input away from 0 and 1.
    public func logit(eps: Double? = nil) -> Tensor {
        let result = ct_op_logit(handle.pointer, eps.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The largest whole number not above each element.
    public func floor() -> Tensor {
        let result = ct_op_floor(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The smallest whole number not below each element.
    public func ceil() -> Tensor {
        let result = ct_op_ceil(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The nearest whole number; halves go to the even one.
    public func round() -> Tensor {
        let result = ct_op_round(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Rounded to a number of decimal places.
    public func round(decimals: Int) -> Tensor {
        let result = ct_op_round_decimals(handle.pointer, decimals)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The whole part.
    public func trunc() -> Tensor {
        let result = ct_op_trunc(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The fraction behind the point.
    public func frac() -> Tensor {
        let result = ct_op_frac(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Each element held between two numbers.
    package func clampRaw(min: Scalar? = nil, max: Scalar? = nil) -> Tensor {
        let result = ct_op_clamp(handle.pointer, min.c, max.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Each element held between two tensors.
    public func clamp(min: Tensor? = nil, max: Tensor? = nil) -> Tensor {
        let result = ct_op_clamp_Tensor(handle.pointer, min?.handle.pointer, max?.handle.pointer)
        extendLifetime((self, min, max))
        return Tensor(owning: result)
    }

    /// The larger of two elements; NaN if one is NaN.
    public func maximum(_ other: Tensor) -> Tensor {
        let result = ct_op_maximum(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The smaller of two elements; NaN if one is NaN.
    public func minimum(_ other: Tensor) -> Tensor {
        let result = ct_op_minimum(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// Replaces NaN and infinities by numbers.
    public func nanToNum(nan: Double? = nil, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
        let result = ct_op_nan_to_num(handle.pointer, nan.c, posinf.c, neginf.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The complex conjugate, a view.
    public func conj() -> Tensor {
        let result = ct_op_conj(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The real part, a view.
    public func real() -> Tensor {
        let result = ct_op_real(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The imaginary part, a view.
    public func imag() -> Tensor {
        let result = ct_op_imag(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A complex tensor as pairs of real numbers, a view.
    public func viewAsReal() -> Tensor {
        let result = ct_op_view_as_real(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Pairs of real numbers as a complex tensor, a view.
    public func viewAsComplex() -> Tensor {
        let result = ct_op_view_as_complex(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The argument of complex numbers, in radians.
    public func angle() -> Tensor {
        let result = ct_op_angle(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
