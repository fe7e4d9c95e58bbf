// RMSProp: steps divided by the size of recent gradients.
import Torch

/// RMSProp (Hinton 2012, lecture 6e), with a momentum when it is made with one, as fastai's.
public final class RMSProp: AdaptiveOptimizer {
    /// Whether gradients are summed up; without, a schedule of the momentum has no effect.
    public let usesMomentum: Bool

    public required init(
        groups: [ParameterGroup], squaredMomentum: Double = 0.99,
        epsilon: Double = 1e-8, decoupled: Bool = true
    ) {
        usesMomentum = groups.contains { $0.momentum != 0 }
        super.init(
            groups: groups, squaredMomentum: squaredMomentum, epsilon: epsilon,
            decoupled: decoupled)
    }

    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let gradients = parameters.compactMap(\.grad)
        if decays { decay(parameters, gradients, settings: settings) }
        let directions = usesMomentum ? sums(parameters, gradients, momentum: settings.momentum) : gradients
        let divisors = divisors(squares(parameters, gradients, squaredMomentum: squaredMomentum))
        Tensor.foreachAddcdiv_(parameters, directions, divisors, value: .double(-settings.learningRate))
    }
}

extension OptimizerRecipe {
    /// RMSProp with fastai's defaults: no momentum, no weight decay.
    ///
    /// - Parameter decoupled: Whether weight decay is decoupled or an L2 penalty.
    public static func rmsProp(
        momentum: Double = 0, squaredMomentum: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0,
        decoupled: Bool = true
    ) -> OptimizerRecipe {
        RMSProp.recipe(
            momentum: momentum, squaredMomentum: squaredMomentum, epsilon: epsilon, weightDecay: weightDecay,
            decoupled: decoupled)
    }
}
