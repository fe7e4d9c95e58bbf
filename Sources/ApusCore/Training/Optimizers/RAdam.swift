// RAdam: Adam whose first steps do without the mean of squares, which is not yet reliable.
import Foundation
import Torch

/// Rectified Adam (Liu et al. 2020), as fastai's: steps of averaged gradients until the mean of squares covers enough
/// of them, then Adam's with a factor that grows to 1.
public final class RAdam: AdaptiveOptimizer {
    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let gradients = parameters.compactMap(\.grad)
        if decays { decay(parameters, gradients, settings: settings) }
        let means = means(parameters, gradients, momentum: settings.momentum)
        let squares = squares(parameters, gradients, squaredMomentum: squaredMomentum)
        for (step, places) in countSteps(of: parameters) {
            let (parameters, means) = (places.map { parameters[$0] }, places.map { means[$0] })
            let rate = settings.learningRate / (1 - pow(settings.momentum, step))
            guard let factor = rectification(step) else {
                Tensor.foreachAdd_(parameters, means, alpha: .double(-rate))
                continue
            }
            let divisors = divisors(places.map { squares[$0] }, step: step)
            Tensor.foreachAddcdiv_(parameters, means, divisors, value: .double(-rate * factor))
        }
    }

    /// The factor of the adaptive step, from the number of gradients that the mean of squares stands for; nil while
    /// there are too few.
    private func rectification(_ step: Double) -> Double? {
        let most = 2 / (1 - squaredMomentum) - 1
        let decayed = pow(squaredMomentum, step)
        let length = most - 2 * step * decayed / (1 - decayed)
        guard length > 5 else { return nil }
        return ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)).squareRoot()
    }
}

extension OptimizerRecipe {
    /// Rectified Adam with fastai's defaults.
    ///
    /// - Parameter decoupled: Whether weight decay is decoupled or an L2 penalty.
    public static func rAdam(
        momentum: Double = 0.9, squaredMomentum: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0,
        decoupled: Bool = true
    ) -> OptimizerRecipe {
        RAdam.recipe(
            momentum: momentum, squaredMomentum: squaredMomentum, epsilon: epsilon, weightDecay: weightDecay,
            decoupled: decoupled)
    }
}
