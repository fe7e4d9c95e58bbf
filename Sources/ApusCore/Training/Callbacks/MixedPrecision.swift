// The precision of training: which number format the heavy operators compute in.
import Foundation
import Torch

/// The precision of the heavy operators in training and prediction.
public enum Precision: String, Sendable, CaseIterable {
    /// What suits the device: bfloat16 where it multiplies that in hardware, float16 on CUDA devices before it (V100, T4),
    /// float32 elsewhere.
    case automatic = "auto"
    /// float32 throughout: fastai's numerics.
    case float32
    /// Mixed precision with bfloat16.
    case bfloat16
    /// Mixed precision with float16, whose small range needs the loss scaled; see ``GradScaler``.
    case float16

    /// What the choice comes to on a device.
    public func resolved(on device: Device) -> Precision {
        guard self == .automatic else { return self }
        return Self.suiting(device, hasBFloat16: Machine.hasBFloat16(on: device))
    }

    /// The precision for a device that has bfloat16 in hardware, or lacks it.
    static func suiting(_ device: Device, hasBFloat16: Bool) -> Precision {
        if hasBFloat16 { return .bfloat16 }
        if case .cuda = device { return .float16 }
        return .float32
    }

    /// The number format of mixed precision; nil for float32 throughout.
    var dtype: DType? {
        switch self {
        case .bfloat16: .bfloat16
        case .float16: .float16
        case .float32, .automatic: nil
        }
    }
}

/// Mixed precision: convolutions and matrix products of model and loss compute in a short number format, parameters,
/// gradients and sums stay in float32.
///
/// It is among the callbacks by itself where that suits the device (``Precision/automatic``); removing it trains in
/// float32, adding it anywhere else trains in mixed precision. Predictions follow it too.
///
/// bfloat16 has the range of float32. float16 has not: the loss is multiplied by a scale before it is differentiated, so
/// that small gradients don't vanish, and the gradients are divided by it before the step, and before they are clipped.
/// A step whose gradients are not finite is left out, and the scale becomes smaller (see ``GradScaler``). Each fit starts
/// with the scale that was given. Between `afterBackward` and the callback's place in `beforeStep` other callbacks see
/// gradients that are scaled.
///
/// ```swift
/// if let mixed = learner.callback(MixedPrecision.self) { learner.remove(mixed) }
/// learner.add(MixedPrecision(.float16))
/// ```
public final class MixedPrecision: Callback {
    /// The scale of a float16 fit.
    public private(set) var scaler: GradScaler
    private let precision: Precision
    private let start: GradScaler

    /// The scale below which gradients are too large in any scale.
    private static let leastScale: Float = 1.0 / 16384

    /// - Parameters:
    ///   - precision: `.bfloat16` or `.float16`; by default bfloat16, and float16 on CUDA devices that have no bfloat16.
    ///   - scaler: The scale that a float16 fit starts with, and how it changes.
    public init(_ precision: Precision = .automatic, scaler: GradScaler = GradScaler()) {
        self.precision = precision
        (self.scaler, start) = (scaler, scaler)
    }

    public override var order: Int { 10 }
    public override var runsInValidation: Bool { false }
    public override var isSingle: Bool { true }
    public override var description: String { "MixedPrecision (\(precision.rawValue))" }
    public override var settings: String? { "\(precision.rawValue), \(start.settings)" }
    // Gradients that add up are all scaled alike: the scale changes with a step only.
    public override func mustRun(after other: Callback) -> Bool { other is GradientAccumulation }

    /// The precision on a device.
    func precision(on device: Device) -> Precision {
        guard precision == .automatic else { return precision }
        let suiting = precision.resolved(on: device)
        return suiting == .float32 ? .bfloat16 : suiting
    }

    public override func beforeFit(_ trainer: Trainer) throws {
        if let problem = start.problem { throw TrainingError(problem) }
        scaler = start
    }

    public override func beforeBackward(_ trainer: Trainer) {
        if trainer.precision == .float16 { trainer.pass.lossScale = Double(scaler.scale) }
    }

    public override func beforeStep(_ trainer: Trainer) throws {
        guard trainer.precision == .float16 else { return }
        let isFinite = withoutGradients {
            let gradients = trainer.steppedParameters.compactMap(GradientClipping.gradient)
            guard !gradients.isEmpty else { return true }
            Tensor.foreachMul_(gradients, .double(1 / Double(scaler.scale)))
            let largest = Tensor.stack(Tensor.foreachNorm(gradients, .double(.infinity))).max()
            return largest.item().isFinite
        }
        scaler.update(foundNonFinite: !isFinite)
        guard !isFinite else { return }
        if scaler.scale < Self.leastScale {
            trainer.failure = NonFiniteError(
                "The gradients are not finite in epoch \(trainer.epoch), training batch \(trainer.batchIndex), whatever the "
                    + "loss is scaled by (the last scale is \(scaler.scale)); the fit ends. Lower the learning rate, or "
                    + "train in float32.")
            throw Cancel.fit
        }
        throw Cancel.step
    }

    public override func state() throws -> Data? {
        precision == .bfloat16 ? nil : try JSONEncoder().encode(scaler)
    }
    public override func restore(state: Data) throws {
        scaler = try JSONDecoder().decode(GradScaler.self, from: state)
    }
}
