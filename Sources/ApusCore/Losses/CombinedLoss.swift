// The loss of several targets: each has columns of the model's output.
import Torch

/// One of the losses that ``Loss/combined(_:)`` adds: the loss of one target.
public struct TargetLoss: Sendable {
    /// The target's name; the loss has the column `valid_NAME`.
    public let name: String
    /// The loss.
    public let loss: Loss
    /// The number of columns of the model's output that belong to the target.
    public let outputs: Int
    /// How much the loss counts.
    public let weight: Double

    public init(_ name: String, _ loss: Loss, outputs: Int, weight: Double = 1) {
        self.name = name
        self.loss = loss
        self.outputs = outputs
        self.weight = weight
    }
}

extension Loss {
    /// The weighted sum of the losses of several targets, each of which has columns of one output
    /// `[batch, columns, ...]`, in the targets' order.
    ///
    /// Two predictions for each photograph of rice, a disease and a variety (course 2022, "Road to the top", part 4):
    ///
    /// ```swift
    /// let loss = Loss.combined([
    ///     TargetLoss("disease", .crossEntropy(), outputs: 10),
    ///     TargetLoss("variety", .crossEntropy(), outputs: 10, weight: 0.5),
    /// ])
    /// let metrics = [.errorRate.forTarget(0, outputs: 0..<10, name: "disease_error_rate")]
    /// ```
    ///
    /// The weighted losses show as the columns `valid_disease` and `valid_variety`. The activation applies each loss's
    /// own to its columns; the decisions of each target are columns too, `[batch, targets]`.
    public static func combined(_ targets: [TargetLoss]) -> Loss {
        let names = targets.map { "\($0.name): \($0.loss.name)" }.joined(separator: ", ")
        let name = "combined(\(names))"
        // The columns of each target.
        let split: @Sendable (Tensor) -> [Tensor] = { targetColumns(of: $0, targets.map(\.outputs)) }
        let losses: @Sendable (Tensor, [Tensor], (Loss, Tensor, [Tensor]) -> Tensor) -> [Tensor] = {
            output, given, loss in
            guard given.count == targets.count else {
                TorchError(
                    operation: name, reason: "the data has \(given.count) targets, the loss \(targets.count)"
                ).report()
                return targets.map { _ in .undefined }
            }
            return zip(zip(targets, split(output)), given).map { pair, target in
                loss(pair.0.loss, pair.1, [target]) * pair.0.weight
            }
        }
        return Loss(
            name: name, partNames: targets.map(\.name),
            parts: { output, given in losses(output, given) { $0.function($1, $2) } },
            perItem: { output, given in
                Tensor.stack(losses(output, given) { $0.perItem($1, $2) }).sum(dim: 0)
            },
            activation: .columns(targets.map { ($0.outputs, $0.loss.activation) }),
            decision: .columns(targets.map { ($0.outputs, $0.loss.decision) })
        )
        .with(settings: targets.map { "\($0.outputs) by \($0.weight): \($0.loss.settings)" }.joined(separator: "; "))
    }
}
