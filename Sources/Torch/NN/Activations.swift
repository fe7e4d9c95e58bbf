// Activations as layers; each keeps its input's shape.

/// `ReLU()`: negative elements set to zero.
///
/// `inplace: true` overwrites its input, which saves memory; use it where nothing else reads that input, as behind a
/// batch normalization. Gradients stay right, and where LibTorch needed the overwritten values, `backward()` says so.
public final class ReLU: Module {
    public let inplace: Bool

    public init(inplace: Bool = false) {
        self.inplace = inplace
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { inplace ? input.relu_() : input.relu() }

    public override var settings: String { inplace ? "inplace: true" : "" }
}

/// `ReLU6()`: elements held between 0 and 6.
public final class ReLU6: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.relu6() }
}

/// `LeakyReLU(slope)`: negative elements multiplied by a small slope, 0.01 by default.
public final class LeakyReLU: Module {
    public let negativeSlope: Double

    public init(_ negativeSlope: Double = 0.01) {
        self.negativeSlope = negativeSlope
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.leakyReLU(negativeSlope: .double(negativeSlope)) }

    public override var settings: String { "\(negativeSlope)" }
}

/// `PReLU(count)`: negative elements multiplied by a learned slope, one for all channels or one for each.
///
/// The slopes start at `initial`, 0.25 by default.
public final class PReLU: Module {
    @Parameter public var weight: Tensor

    public init(_ count: Int = 1, initial: Double = 0.25) {
        weight = Tensor.full([count], initial)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.prelu(weight) }
}

/// `ELU()`: `alpha * (exp(x) - 1)` where negative.
public final class ELU: Module {
    public let alpha: Double

    public init(alpha: Double = 1) {
        self.alpha = alpha
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.elu(alpha: .double(alpha)) }

    public override var settings: String { "alpha: \(alpha)" }
}

/// `CELU()`: the continuously differentiable exponential linear unit.
public final class CELU: Module {
    public let alpha: Double

    public init(alpha: Double = 1) {
        self.alpha = alpha
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.celu(alpha: .double(alpha)) }

    public override var settings: String { "alpha: \(alpha)" }
}

/// `SELU()`: the scaled exponential linear unit of self-normalizing nets.
public final class SELU: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.selu() }
}

/// `GELU()`: the Gaussian error linear unit.
public final class GELU: Module {
    /// How it is computed.
    public enum Approximation: String, Sendable {
        case none
        case tanh
    }
    public let approximate: Approximation

    public init(approximate: Approximation = .none) {
        self.approximate = approximate
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.gelu(approximate: approximate.rawValue) }

    public override var settings: String { approximate == .none ? "" : "approximate: .tanh" }
}

/// `SiLU()`: `x * sigmoid(x)`, also called swish.
public final class SiLU: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.silu() }
}

/// `Mish()`: `x * tanh(softplus(x))`.
public final class Mish: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.mish() }
}

/// `Sigmoid()`: the logistic function.
public final class Sigmoid: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.sigmoid() }
}

/// `SigmoidRange(low, high)`: the logistic function stretched to a range, for targets such as ratings
/// (fastai's `sigmoid_range`). Inputs of 16 bits give float32.
public final class SigmoidRange: Module {
    public let low: Double
    public let high: Double

    public init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
        super.init()
        if !(low < high && (high - low).isFinite) {
            TorchFailure.report(
                TorchError(
                    operation: "SigmoidRange",
                    reason: "the range from \(low) to \(high) has no room; give two numbers, "
                        + "the lower one first"))
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        // Rounded to a smaller dtype, the range's own ends would lie outside of it.
        let isShort = input.dtype == .bfloat16 || input.dtype == .float16
        return (isShort ? input.to(.float32) : input).sigmoid() * (high - low) + low
    }

    public override var settings: String { "\(low), \(high)" }
}

/// `LogSigmoid()`: the logarithm of the logistic function.
public final class LogSigmoid: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.logSigmoid() }
}

/// `Tanh()`: the hyperbolic tangent.
public final class Tanh: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.tanh() }
}

/// `Softplus()`: `log(1 + exp(beta * x)) / beta`, straight above `threshold`.
public final class Softplus: Module {
    public let beta: Double
    public let threshold: Double

    public init(beta: Double = 1, threshold: Double = 20) {
        self.beta = beta
        self.threshold = threshold
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.softplus(beta: .double(beta), threshold: .double(threshold))
    }
}

/// `Softsign()`: `x / (1 + |x|)`.
public final class Softsign: Module {
    public override func forward(_ input: Tensor) -> Tensor { input / (input.abs() + 1) }
}

/// `Hardtanh()`: elements held between two numbers, -1 and 1 by default.
public final class Hardtanh: Module {
    public let low: Double
    public let high: Double

    public init(_ low: Double = -1, _ high: Double = 1) {
        self.low = low
        self.high = high
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.hardtanh(minVal: .double(low), maxVal: .double(high))
    }

    public override var settings: String { "\(low), \(high)" }
}

/// `Hardsigmoid()`: the logistic function in three straight pieces.
public final class Hardsigmoid: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.hardsigmoid() }
}

/// `Hardswish()`: `x * hardsigmoid(x)`.
public final class Hardswish: Module {
    public override func forward(_ input: Tensor) -> Tensor { input.hardswish() }
}

/// `Softmax(dim:)`: exponentials divided by their sum along a dimension.
public final class Softmax: Module {
    public let dim: Int

    public init(dim: Int) {
        self.dim = dim
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.softmax(dim: dim) }

    public override var settings: String { "dim: \(dim)" }
}

/// `LogSoftmax(dim:)`: the logarithm of the softmax along a dimension.
public final class LogSoftmax: Module {
    public let dim: Int

    public init(dim: Int) {
        self.dim = dim
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.logSoftmax(dim: dim) }

    public override var settings: String { "dim: \(dim)" }
}

/// `GLU(dim:)`: the first half of a dimension multiplied by the sigmoid of the second half.
public final class GLU: Module {
    public let dim: Int

    public init(dim: Int = -1) {
        self.dim = dim
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.glu(dim: dim) }

    public override var settings: String { "dim: \(dim)" }
}
