// Dropout (Srivastava et al., 2014).

/// `Dropout(p)`: in training, sets each element to zero with probability `p` and scales the others by `1 / (1 - p)`;
/// in evaluation passes its input on. The shape stays.
///
/// ```swift
/// Dropout(0.5)(Tensor.ones(2, 4))       // zeros and twos
/// ```
public final class Dropout: Module {
    /// The probability of zero.
    public var p: Double

    public init(_ p: Double = 0.5) {
        self.p = probability(p, "Dropout")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        isTraining && p > 0 ? input.dropout(p, training: true) : input
    }

    public override var settings: String { "\(p)" }
}

/// `Dropout1d(p)`: in training, sets whole channels of `[batch, channels, length]` to zero with probability `p`.
///
/// ```swift
/// Dropout1d(0.2)(Tensor.ones(2, 8, 10))       // each [length] is all zeros or all 1.25
/// ```
public final class Dropout1d: Module {
    /// The probability of zero.
    public var p: Double

    public init(_ p: Double = 0.5) {
        self.p = probability(p, "Dropout1d")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        isTraining && p > 0 ? input.featureDropout(p, training: true) : input
    }

    public override var settings: String { "\(p)" }
}

/// `Dropout2d(p)`: in training, sets whole channels of `[batch, channels, height, width]` to zero with probability `p`.
///
/// ```swift
/// Dropout2d(0.2)(Tensor.ones(2, 8, 4, 4))       // each [height, width] is all zeros or all 1.25
/// ```
public final class Dropout2d: Module {
    /// The probability of zero.
    public var p: Double

    public init(_ p: Double = 0.5) {
        self.p = probability(p, "Dropout2d")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        isTraining && p > 0 ? input.featureDropout(p, training: true) : input
    }

    public override var settings: String { "\(p)" }
}

private func probability(_ p: Double, _ layer: String) -> Double {
    if !(0...1).contains(p) {
        TorchFailure.report(TorchError(operation: layer, reason: "p is \(p), expected a probability from 0 to 1"))
        return 0
    }
    return p
}
