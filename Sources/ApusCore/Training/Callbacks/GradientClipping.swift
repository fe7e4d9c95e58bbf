// Gradient clipping: no step from a gradient that is too long.
import Torch

/// Scales the gradients of all parameters together so that their norm is at most `maxNorm` (Pascanu et al. 2013).
///
/// The numbers are those of PyTorch's `clip_grad_norm_`, the defaults fastai's.
public final class GradientClipping: Callback {
    /// The largest norm.
    public let maxNorm: Double
    /// Which norm: 2 for the length, `.infinity` for the largest element.
    public let normType: Double
    /// The norm before the last step was clipped.
    public private(set) var lastNorm = Double.nan

    public init(_ maxNorm: Double = 1, normType: Double = 2) {
        self.maxNorm = maxNorm
        self.normType = normType
    }

    public override var order: Int { 11 }
    public override var runsInValidation: Bool { false }
    public override var isSingle: Bool { true }
    public override var description: String { "GradientClipping (norm \(maxNorm))" }
    public override var settings: String? { "norm \(maxNorm) of the kind \(normType)" }
    public override func mustRun(after other: Callback) -> Bool { other is GradientAccumulation }

    public override func beforeFit(_ trainer: Trainer) throws {
        guard maxNorm > 0, normType > 0 else {
            throw TrainingError(
                "Gradients cannot be clipped to a norm of \(maxNorm) of the kind \(normType); give numbers above 0.")
        }
    }

    public override func beforeStep(_ trainer: Trainer) {
        withoutGradients {
            let gradients = trainer.steppedParameters.compactMap(Self.gradient)
            guard !gradients.isEmpty else { return }
            let norm = Tensor.stack(Tensor.foreachNorm(gradients, .double(normType))).norm(p: normType)
            lastNorm = norm.item()
            // One product for all, also where the factor is 1: asking first would cost as much.
            let factor = (maxNorm / (norm + 1e-6)).clamp(max: 1)
            Tensor.foreachMul_(gradients, factor)
        }
    }

    /// The gradient in memory; of one that holds some rows only, those rows, each once.
    static func gradient(of parameter: Tensor) -> Tensor? {
        guard let gradient = parameter.grad, gradient.isSparse else { return parameter.grad }
        let joined = gradient.coalesced()
        parameter.grad = joined
        return joined.sparseValues
    }
}
