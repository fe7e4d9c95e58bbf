// LAMB: Adam with a step for each parameter in proportion to its size.
import Foundation
import Torch

/// LAMB (You et al. 2020), as fastai's, for large batches: Adam's step of each parameter tensor is scaled by the ratio
/// of the tensor's norm to the step's, 10 at most.
public final class LAMB: AdaptiveOptimizer {
    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let gradients = parameters.compactMap(\.grad)
        if decays { decay(parameters, gradients, settings: settings) }
        let means = means(parameters, gradients, momentum: settings.momentum)
        let squares = squares(parameters, gradients, squaredMomentum: squaredMomentum)
        for (step, places) in countSteps(of: parameters) {
            let parameters = places.map { parameters[$0] }
            let divisors = divisors(places.map { squares[$0] }, step: step)
            let moves = places.map { means[$0] / (1 - pow(settings.momentum, step)) }
            Tensor.foreachDiv_(moves, divisors)
            Tensor.foreachMul_(moves, trustRatios(parameters, moves))
            Tensor.foreachAdd_(parameters, moves, alpha: .double(-settings.learningRate))
        }
    }

    /// The ratio of norms for each parameter, on its device; 1 where either norm is 0.
    private func trustRatios(_ parameters: [Tensor], _ moves: [Tensor]) -> [Tensor] {
        let sizes = Tensor.stack(Tensor.foreachNorm(parameters))
        let lengths = Tensor.stack(Tensor.foreachNorm(moves))
        return (sizes / lengths).clamp(max: 10).where((sizes .> 0).logicalAnd(lengths .> 0), else: 1).unbind(dim: 0)
    }
}

extension OptimizerRecipe {
    /// LAMB with fastai's defaults.
    ///
    /// - Parameter decoupled: Whether weight decay is decoupled or an L2 penalty.
    public static func lamb(
        momentum: Double = 0.9, squaredMomentum: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0,
        decoupled: Bool = true
    ) -> OptimizerRecipe {
        LAMB.recipe(
            momentum: momentum, squaredMomentum: squaredMomentum, epsilon: epsilon, weightDecay: weightDecay,
            decoupled: decoupled)
    }
}
