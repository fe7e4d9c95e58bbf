// Dice loss: the overlap of masks.
import Torch

extension Loss {
    /// One less the Dice coefficient `2 |A ∩ B| / (|A| + |B|)` of each class of a segmentation, of logits
    /// `[batch, classes, ...]` and class indices `[batch, ...]` (Milletari and others 2016,
    /// https://arxiv.org/abs/1606.04797).
    ///
    /// Often added to ``crossEntropy(dim:labelSmoothing:weights:ignoring:)`` or
    /// ``focal(gamma:dim:weights:ignoring:)``, since it sees small areas as well as large ones. The activation is a
    /// softmax over the classes, the decision the most probable class.
    ///
    /// - Parameters:
    ///   - smooth: Added above and below the line, so that a class that is nowhere has a loss of 0.
    ///   - squareInUnion: Whether the probabilities below the line are squared, which makes gradients steeper.
    ///   - averages: Whether the loss is the mean over items and classes; by default their sum, as in fastai, which
    ///     grows with the batch.
    public static func dice(
        smooth: Double = 1e-6, squareInUnion: Bool = false, averages: Bool = false
    ) -> Loss {
        // [batch, classes]
        let losses: @Sendable (Tensor, [Tensor]) -> Tensor = { output, targets in
            let (items, classes) = (output.size(0), output.size(1))
            let probabilities = output.float().softmax(dim: 1).reshape(items, classes, -1)
            let sizes = [items] + output.shape.sizes.dropFirst(2)
            let target = fittedTarget(targets, as: sizes, for: "dice", of: output).to(.int64).reshape(items, -1)
            let isClass = Tensor.zeros(like: probabilities).scatter(dim: 1, target.unsqueeze(1), 1)
            let overlap = (probabilities * isClass).sum(dim: 2)
            let union = ((squareInUnion ? probabilities.square() : probabilities) + isClass).sum(dim: 2)
            return 1 - (2 * overlap + smooth) / (union + smooth)
        }
        return Loss(
            name: "dice", function: { averages ? losses($0, $1).mean() : losses($0, $1).sum() },
            perItem: { averages ? losses($0, $1).mean(dim: 1) : losses($0, $1).sum(dim: 1) },
            activation: .softmax(), decision: .argmax(), targetKinds: [.category, .mask]
        )
        .with(settings: "smooth \(smooth), squareInUnion \(squareInUnion), averages \(averages)")
    }
}
