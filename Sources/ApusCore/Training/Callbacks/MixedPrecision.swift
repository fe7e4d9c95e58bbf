// The precision of training: which number format the heavy operators compute in.
import Torch

/// The precision of the heavy operators in training and prediction.
public enum Precision: String, Sendable, CaseIterable {
    /// bfloat16 where the device multiplies it in hardware, float32 elsewhere.
    case automatic = "auto"
    /// float32 throughout: fastai's numerics.
    case float32
    /// Mixed precision with bfloat16.
    case bfloat16

    /// What the choice comes to on a device.
    public func resolved(on device: Device) -> Precision {
        guard self == .automatic else { return self }
        if case .cuda = device { return .bfloat16 }
        return device == .cpu && Machine.hasBFloat16 ? .bfloat16 : .float32
    }
}

/// Mixed precision: convolutions and matrix products of model and loss compute in bfloat16, parameters, gradients and
/// sums stay in float32.
///
/// It is among the callbacks by itself where the device multiplies bfloat16 in hardware (``Precision/automatic``);
/// removing it trains in float32, adding it anywhere else trains in bfloat16. Predictions follow it too. bfloat16 has
/// the range of float32, so that losses need no scaling.
///
/// ```swift
/// if let mixed = learner.callback(MixedPrecision.self) { learner.remove(mixed) }
/// ```
public final class MixedPrecision: Callback {
    public override var order: Int { 10 }
    public override var isSingle: Bool { true }
    public override var description: String { "MixedPrecision (bfloat16)" }
}
