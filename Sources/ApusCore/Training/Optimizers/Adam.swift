// Adam and AdamW.
import Torch

/// Adam (Kingma and Ba 2015), by default with decoupled weight decay (AdamW, Loshchilov and Hutter 2019), on LibTorch's
/// fused kernels.
///
/// The defaults are fastai's: the mean of squares decays by 0.99, epsilon is 1e-5.
public final class Adam: AdaptiveOptimizer {
    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let means = remembered("mean", of: parameters)
        let squares = remembered("square", of: parameters)
        // The step counts differ where a group was frozen for a while; each parameter has its own.
        let steps = remembered("step", of: parameters) { Tensor.zeros([], device: $0.device) }
        Tensor.foreachAdd_(steps, 1)
        let gradients = gradientsInLayout(of: parameters)
        let weightDecay = decays ? settings.weightDecay : 0
        if decoupled {
            Tensor.fusedAdamW_(
                parameters, gradients, means, squares, [], steps, lr: settings.learningRate, beta1: settings.momentum,
                beta2: squaredMomentum, weightDecay: weightDecay, eps: epsilon, amsgrad: false, maximize: false)
        } else {
            Tensor.fusedAdam_(
                parameters, gradients, means, squares, [], steps, lr: settings.learningRate, beta1: settings.momentum,
                beta2: squaredMomentum, weightDecay: weightDecay, eps: epsilon, amsgrad: false, maximize: false)
        }
    }

    /// Moves the rows that the gradient holds, as PyTorch's `SparseAdam`; averages and weight decay of the others stand
    /// still.
    public override func stepRows(_ parameter: Tensor, settings: ParameterGroup, decays: Bool) {
        guard let gradient = parameter.grad else { return }
        let step = remembered("step", of: [parameter]) { Tensor.zeros([], device: $0.device) }[0]
        step.add_(1)
        parameter.adamRows_(
            gradient, mean: remembered("mean", of: [parameter])[0], square: remembered("square", of: [parameter])[0],
            learningRate: settings.learningRate, momentum: settings.momentum, squaredMomentum: squaredMomentum,
            weightDecay: decays ? settings.weightDecay : 0, epsilon: epsilon, step: step.item(as: Int.self),
            decoupled: decoupled)
    }
}

extension OptimizerRecipe {
    /// Adam with fastai's defaults.
    ///
    /// - Parameter decoupled: Whether weight decay is decoupled (AdamW) or an L2 penalty.
    public static func adam(
        momentum: Double = 0.9, squaredMomentum: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0.01,
        decoupled: Bool = true
    ) -> OptimizerRecipe {
        Adam.recipe(
            momentum: momentum, squaredMomentum: squaredMomentum, epsilon: epsilon, weightDecay: weightDecay,
            decoupled: decoupled)
    }

    /// AdamW with PyTorch's defaults: Adam with decoupled weight decay, a slower mean of squares, a smaller epsilon.
    public static func adamW(
        momentum: Double = 0.9, squaredMomentum: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01
    ) -> OptimizerRecipe {
        adam(momentum: momentum, squaredMomentum: squaredMomentum, epsilon: epsilon, weightDecay: weightDecay)
    }
}
