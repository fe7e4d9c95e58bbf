// What the optimisers that divide their steps by the size of recent gradients have in common.

/// An optimiser that keeps a decaying mean of squared gradients: Adam, LAMB, RAdam and RMSProp.
public class AdaptiveOptimizer: Optimizer {
    /// The decay of the mean of squared gradients.
    public let squaredMomentum: Double
    /// What keeps the divisor from zero.
    public let epsilon: Double

    public init(
        groups: [ParameterGroup], undecayed: Set<TensorID> = [], squaredMomentum: Double = 0.99,
        epsilon: Double = 1e-5, decoupled: Bool = true
    ) {
        self.squaredMomentum = squaredMomentum
        self.epsilon = epsilon
        super.init(groups: groups, undecayed: undecayed, decoupled: decoupled)
        requirePossible(squaredMomentum: squaredMomentum, epsilon: epsilon)
    }
}
