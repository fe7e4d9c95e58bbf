// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: activations.
import CTorch

extension Tensor {
    /// Negative elements set to zero.
    public func relu() -> Tensor {
        let result = ct_op_relu(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Held between 0 and 6.
    public func relu6() -> Tensor {
        let result = ct_op_relu6(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Negative elements multiplied by a small slope.
    public func leakyReLU(negativeSlope: Scalar = 0.01) -> Tensor {
        let result = ct_op_leaky_relu(handle.pointer, negativeSlope.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `alpha * (exp(x) - 1)` where negative.
    public func elu(alpha: Scalar = 1) -> Tensor {
        let result = ct_op_elu(handle.pointer, alpha.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The scaled exponential linear unit.
    public func selu() -> Tensor {
        let result = ct_op_selu(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The continuously differentiable exponential linear unit.
    public func celu(alpha: Scalar = 1.0) -> Tensor {
        let result = ct_op_celu(handle.pointer, alpha.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The Gaussian error linear unit; `approximate` "none" or "tanh".
    public func gelu(approximate: String = "none") -> Tensor {
        let result = ct_op_gelu(handle.pointer, approximate)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `x * sigmoid(x)`.
    public func silu() -> Tensor {
        let result = ct_op_silu(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `x * tanh(softplus(x))`.
    public func mish() -> Tensor {
        let result = ct_op_mish(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `log(1 + exp(beta * x)) / beta`.
    public func softplus(beta: Scalar = 1, threshold: Scalar = 20) -> Tensor {
        let result = ct_op_softplus(handle.pointer, beta.c, threshold.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Held between two numbers.
    public func hardtanh(minVal: Scalar = -1, maxVal: Scalar = 1) -> Tensor {
        let result = ct_op_hardtanh(handle.pointer, minVal.c, maxVal.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logistic function in three straight pieces.
    public func hardsigmoid() -> Tensor {
        let result = ct_op_hardsigmoid(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `x * hardsigmoid(x)`.
    public func hardswish() -> Tensor {
        let result = ct_op_hardswish(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm of the logistic function.
    public func logSigmoid() -> Tensor {
        let result = ct_op_log_sigmoid(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Negative elements multiplied by a learned slope.
    public func prelu(_ weight: Tensor) -> Tensor {
        let result = ct_op_prelu(handle.pointer, weight.handle.pointer)
        extendLifetime((self, weight))
        return Tensor(owning: result)
    }

    /// Negative elements multiplied by a random slope in training.
    public func rrelu(lower: Scalar = 0.125, upper: Scalar = 0.3333333333333333, training: Bool = false) -> Tensor {
        let result = ct_op_rrelu(handle.pointer, lower.c, upper.c, training)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// One half of a dimension gated by the other half.
    public func glu(dim: Int = -1) -> Tensor {
        let result = ct_op_glu(handle.pointer, dim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Elements not above `threshold` replaced by `value`.
    public func threshold(_ threshold: Scalar, _ value: Scalar) -> Tensor {
        let result = ct_op_threshold(handle.pointer, threshold.c, value.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Exponentials divided by their sum along a dimension.
    public func softmax(dim: Int, dtype: DType? = nil) -> Tensor {
        let result = ct_op_softmax_int(handle.pointer, dim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm of the softmax along a dimension.
    public func logSoftmax(dim: Int, dtype: DType? = nil) -> Tensor {
        let result = ct_op_log_softmax_int(handle.pointer, dim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Elements set to zero with probability `p` in training, the others scaled by `1 / (1 - p)`.
    public func dropout(_ p: Double, training train: Bool) -> Tensor {
        let result = ct_op_dropout(handle.pointer, p, train)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Whole channels set to zero with probability `p` in training.
    public func featureDropout(_ p: Double, training train: Bool) -> Tensor {
        let result = ct_op_feature_dropout(handle.pointer, p, train)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Dropout that keeps mean and variance of self-normalizing nets.
    public func alphaDropout(_ p: Double, training train: Bool) -> Tensor {
        let result = ct_op_alpha_dropout(handle.pointer, p, train)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
