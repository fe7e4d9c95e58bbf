// What is trained and how: the model's layers on a batch, with optimizer, loss, frozen groups and callbacks.
import Torch

/// What a trainer trains and how, as ``Trainer/summary()`` finds it; printing it shows the table of layers and below it
/// what belongs to the training.
public struct TrainingSummary: Sendable, CustomStringConvertible {
    /// The layers with the shapes that a training batch takes on its way.
    public let model: ModelSummary
    /// The optimizer's name.
    public let optimizer: String
    /// The loss's name.
    public let loss: String
    /// The number of parameter groups, and how many of them, from the input on, are frozen.
    public let groups: (count: Int, frozen: Int)
    /// The callbacks' names in the order in which they run.
    public let callbacks: [String]

    public var description: String {
        let groups =
            "\(groups.count) \(groups.count == 1 ? "group" : "groups"), "
            + (groups.frozen == 0 ? "all trained" : "the first \(groups.frozen) frozen")
        return """
            \(model)

            Optimizer: \(optimizer)
            Loss: \(loss)
            Parameters: \(groups)
            Callbacks: \(callbacks.isEmpty ? "none" : callbacks.joined(separator: ", "))
            """
    }
}

extension Trainer {
    /// The model's layers with the shapes of a training batch, and what trains them; fastai's `learn.summary()`.
    ///
    /// ```swift
    /// print(try learner.summary())
    /// ```
    /// The model runs once, in evaluation mode and without gradients; what is to train stays as it is.
    /// - Throws: ``TrainingError`` for a loaded model, which has no data (`learner.model.summary(_:)` takes an input), what
    ///   the loader throws, `TorchError` when the model does not accept the batch.
    public func summary() throws -> TrainingSummary {
        let batches = try train.batches(epoch: 0)
        defer { batches.cancel() }
        guard let batch = try batches.next()?.to(device) else {
            throw TrainingError(
                "There is no training batch to run the model on; give an input to the model's own summary(_:).")
        }
        let frozen = parameterGroups.prefix { group in group.contains { !$0.requiresGradient } }.count
        return TrainingSummary(
            model: try leavingNoTrace { try model.summary(of: batch.inputs) }, optimizer: optimizer.name,
            loss: loss.name,
            groups: (parameterGroups.count, frozen), callbacks: callbacks.map(\.name))
    }
}
