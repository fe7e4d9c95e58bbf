// Stochastic gradient descent, with momentum and Nesterov's variant.
import Torch

/// Stochastic gradient descent, with a momentum when it is made with one, on LibTorch's fused kernel.
///
/// As in fastai and PyTorch the momentum sums gradients up: `sum = momentum * sum + gradient`, and the step is
/// `learningRate * sum`.
public final class SGD: Optimizer {
    /// Whether gradients are summed up; without, a schedule of the momentum has no effect.
    public let usesMomentum: Bool
    /// Whether the step looks ahead along the momentum (Nesterov 1983, in the form of Sutskever et al. 2013).
    public let nesterov: Bool

    public init(
        groups: [ParameterGroup], nesterov: Bool = false, decoupled: Bool = true
    ) {
        usesMomentum = groups.contains { $0.momentum != 0 }
        self.nesterov = nesterov
        super.init(groups: groups, decoupled: decoupled)
        require(!nesterov || usesMomentum, "nesterov: true and momentum", 0, "a momentum above 0, such as 0.9")
    }

    public override var settings: String { "\(super.settings), momentum \(usesMomentum), nesterov \(nesterov)" }

    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let gradients = gradientsInLayout(of: parameters)
        if decays, decoupled { decay(parameters, gradients, settings: settings) }
        Tensor.fusedSGD_(
            parameters, gradients, usesMomentum ? remembered("mean", of: parameters) : [],
            weightDecay: decays && !decoupled ? settings.weightDecay : 0,
            // At 0 the kernel would leave the sums as they are, and a later momentum would take up old ones.
            momentum: usesMomentum ? max(settings.momentum, .leastNormalMagnitude) : 0, lr: settings.learningRate,
            dampening: 0, nesterov: nesterov, maximize: false, isFirstStep: false)
    }
}

extension OptimizerRecipe {
    /// Stochastic gradient descent with fastai's defaults: no momentum, no weight decay.
    ///
    /// - Parameters:
    ///   - nesterov: Whether the step looks ahead along the momentum, which must then be above 0.
    ///   - decoupled: Whether weight decay is decoupled or, as in PyTorch, an L2 penalty.
    public static func sgd(
        momentum: Double = 0, weightDecay: Double = 0, nesterov: Bool = false, decoupled: Bool = true
    ) -> OptimizerRecipe {
        OptimizerRecipe(momentum: momentum, weightDecay: weightDecay) {
            SGD(
                groups: $0,
                nesterov: nesterov, decoupled: decoupled)
        }
    }
}
