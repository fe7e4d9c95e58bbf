// How a model's outputs are read: activation and decision in one.
import Torch

/// How the raw outputs of a model become what people read: an activation, then a decision.
///
/// A learner has one, from its loss and the block of its target, and whatever it says follows from that; an exported
/// model carries it.
public struct OutputDecoder: Sendable, Equatable {
    /// From the raw output to what a prediction reads, such as probabilities.
    public let activation: Activation
    /// From activated outputs to decisions, such as class indices.
    public let decision: Decision

    public init(activation: Activation, decision: Decision) {
        self.activation = activation
        self.decision = decision
    }

    /// What a loss and the block of a target agree on; see ``Decision/resolved(for:)``.
    public init(_ loss: Loss, target: some TargetBlock) {
        self.init(activation: loss.activation, decision: loss.decision.resolved(for: target.decision))
    }

    /// Activated outputs and the decisions of them, both on the CPU.
    func callAsFunction(_ output: Tensor) -> (activated: Tensor, decided: Tensor) {
        let activated = activation(output)
        return (activated.to(.cpu), decision(activated).to(.cpu))
    }
}
