// Losses that know their activation and how an output is decoded.
import Torch

/// A loss together with what turns the model's raw output into probabilities and decisions.
public struct Loss: Sendable {
    /// The name that messages and exported models show.
    public let name: String
    /// The mean loss of a batch from the model's raw output and the targets.
    public let function: @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    /// The loss of each item.
    public let perItem: @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    /// From the raw output to what a prediction reads, such as probabilities.
    public let activation: @Sendable (Tensor) -> Tensor
    /// From what `activation` gives to decisions, such as class indices; means over several models are decided so too.
    public let decoding: @Sendable (Tensor) -> Tensor
    /// The kinds of target that the loss compares with; nil for any.
    public let targetKinds: Set<ElementKind>?

    public init(
        name: String, function: @escaping @Sendable (Tensor, [Tensor]) -> Tensor,
        perItem: @escaping @Sendable (Tensor, [Tensor]) -> Tensor,
        activation: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        decoding: @escaping @Sendable (Tensor) -> Tensor = { $0 }, targetKinds: Set<ElementKind>? = nil
    ) {
        self.name = name
        self.function = function
        self.perItem = perItem
        self.activation = activation
        self.decoding = decoding
        self.targetKinds = targetKinds
    }

    /// Cross-entropy of logits `[batch, classes, ...]` and class indices, computed in float32.
    ///
    /// - Parameters:
    ///   - labelSmoothing: The part of the target that is spread over all classes.
    ///   - weights: A weight for each class.
    public static func crossEntropy(labelSmoothing: Double = 0, weights: Tensor? = nil) -> Loss {
        Loss(
            name: "crossEntropy",
            function: { output, targets in
                output.float().crossEntropy(targets[0], weight: weights, labelSmoothing: labelSmoothing)
            },
            perItem: { output, targets in
                output.float().crossEntropy(
                    targets[0], weight: weights, reduction: .none, labelSmoothing: labelSmoothing)
            },
            activation: { $0.float().softmax(dim: 1) },
            decoding: { $0.argmax(dim: 1) }, targetKinds: [.category, .mask])
    }

    /// The mean squared error of outputs and targets of the same number of elements.
    public static let mse = Loss(
        name: "mse",
        function: { output, targets in output.float().flatten().mseLoss(targets[0].float().flatten()) },
        perItem: { output, targets in
            let count = output.size(0)
            let errors = output.float().reshape(count, -1).mseLoss(
                targets[0].float().reshape(count, -1), reduction: .none)
            return errors.mean(dim: 1)
        }, targetKinds: [.number, .points, .boxes, .image, .other])
}
