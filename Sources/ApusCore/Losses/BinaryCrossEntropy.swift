// Binary cross-entropy: several labels at once, each there or not.
import Torch

extension Loss {
    /// Binary cross-entropy of logits and targets from 0 to 1 of the same number of elements, computed in float32:
    /// `[batch, labels]` for images with several labels each.
    ///
    /// The activation is a sigmoid; a label is decided on where its probability is above the threshold.
    ///
    /// - Parameters:
    ///   - threshold: The probability above which a label is predicted; that of the target's block by default, which is
    ///     0.5 where the block has none.
    ///   - posWeight: How much more a label that is there counts, for each label.
    public static func binaryCrossEntropyWithLogits(threshold: Double? = nil, posWeight: Tensor? = nil) -> Loss {
        let name = "binaryCrossEntropyWithLogits"
        let loss: @Sendable (Tensor, [Tensor], Reduction) -> Tensor = { output, targets, reduction in
            let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output).float()
            guard TargetLimits.check(target, for: name) else { return .undefined }
            return output.float().binaryCrossEntropyWithLogits(
                target, posWeight: posWeight?.to(output.device), reduction: reduction)
        }
        return Loss(
            name: name, function: { loss($0, $1, .mean) },
            perItem: { output, targets in loss(output, targets, .none).reshape(output.size(0), -1).mean(dim: 1) },
            activation: .sigmoid, decision: threshold.map { .above($0) } ?? .ofTarget(otherwise: .above(0.5)),
            targetKinds: [.categories, .number, .mask, .image, .other]
        )
        .with(settings: "threshold \(threshold.map { "\($0)" } ?? "of the target"), posWeight \(text(posWeight))")
    }
}
