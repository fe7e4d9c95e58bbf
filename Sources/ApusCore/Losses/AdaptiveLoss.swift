// The loss of a critic: one label for each item, compared with each of its answers.
import Torch

extension Loss {
    /// A loss whose target, one label for each item, is compared with all numbers that the model gives for the item, such as a
    /// critic's judgments of the parts of a picture: fastai's `AdaptiveLoss`.
    ///
    /// ```swift
    /// let critic = try Learner(
    ///     pictures, GANCritic(), loss: .adaptive(.binaryCrossEntropyWithLogits()), metrics: [.accuracyThresholdExpand()])
    /// ```
    /// With two classes, predictions are their probabilities: the mean of those that the numbers, as logits, give the second
    /// class, and the rest.
    ///
    /// - Parameter loss: Compares `[batch, numbers]` with as many targets, 0 and 1 for two classes.
    public static func adaptive(_ loss: Loss) -> Loss {
        let name = "adaptive(\(loss.name))"
        let expanded: @Sendable (Tensor, [Tensor]) -> [Tensor] = { output, targets in
            guard output.isDefined, output.dim > 0, let target = targets.first, target.isDefined else { return targets }
            guard target.count == output.size(0) else {
                reportMismatch(name, output, target, "the targets are one label for each item of the output")
                return [.undefined]
            }
            let sides = [output.size(0)] + Array(repeating: 1, count: output.dim - 1)
            return [target.reshape(sides).expand(as: output).float()]
        }
        return Loss(
            name: name, function: { loss.function($0, expanded($0, $1)) },
            perItem: { loss.perItem($0, expanded($0, $1)) }, activation: .twoClasses,
            decision: .ofTarget(otherwise: .argmax()), targetKinds: [.category, .number, .other]
        ).with(settings: loss.settings)
    }
}
