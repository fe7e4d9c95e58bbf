// What the optimizers that divide their steps by the size of recent gradients have in common.
import Foundation
import Torch

/// An optimizer that keeps a decaying mean of squared gradients: Adam, LAMB, RAdam and RMSProp.
public class AdaptiveOptimizer: Optimizer {
    /// The decay of the mean of squared gradients.
    public let squaredMomentum: Double
    /// What keeps the divisor from zero.
    public let epsilon: Double

    public required init(
        groups: [ParameterGroup], squaredMomentum: Double = 0.99,
        epsilon: Double = 1e-5, decoupled: Bool = true
    ) {
        self.squaredMomentum = squaredMomentum
        self.epsilon = epsilon
        super.init(groups: groups, decoupled: decoupled)
        requirePossible(squaredMomentum: squaredMomentum, epsilon: epsilon)
    }

    public override var settings: String {
        "\(super.settings), squaredMomentum \(squaredMomentum), epsilon \(epsilon)"
    }

    /// Makes optimizers of this kind.
    static func recipe(
        momentum: Double, squaredMomentum: Double, epsilon: Double, weightDecay: Double, decoupled: Bool
    ) -> OptimizerRecipe {
        OptimizerRecipe(momentum: momentum, weightDecay: weightDecay) {
            Self(
                groups: $0,
                squaredMomentum: squaredMomentum, epsilon: epsilon, decoupled: decoupled)
        }
    }

    /// What steps are divided by: the roots of the mean squares, and epsilon.
    ///
    /// - Parameter step: How many squares the means are of, whose start at zero is then made up for.
    func divisors(_ squares: [Tensor], step: Double? = nil) -> [Tensor] {
        let roots = Tensor.foreachSqrt(squares)
        if let step { Tensor.foreachDiv_(roots, .double((1 - pow(squaredMomentum, step)).squareRoot())) }
        Tensor.foreachAdd_(roots, .double(epsilon))
        return roots
    }
}
