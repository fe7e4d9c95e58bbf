// Adagrad: steps divided by the size of all gradients so far.
import Torch

/// Adagrad (Duchi, Hazan and Singer 2011), as PyTorch's; good for sparse features. It has no momentum.
public final class Adagrad: Optimizer {
    /// The sum of squares before the first step.
    public let initialSquares: Double
    /// What keeps the divisor from zero.
    public let epsilon: Double

    public init(
        groups: [ParameterGroup], initialSquares: Double = 0, epsilon: Double = 1e-10,
        decoupled: Bool = false
    ) {
        self.initialSquares = initialSquares
        self.epsilon = epsilon
        super.init(groups: groups, decoupled: decoupled)
        require(
            initialSquares >= 0 && initialSquares.isFinite, "initialSquares", initialSquares, "a number of 0 or more")
        requirePossible(epsilon: epsilon)
    }

    public override var settings: String {
        "\(super.settings), initialSquares \(initialSquares), epsilon \(epsilon)"
    }

    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let gradients = parameters.compactMap(\.grad)
        if decays { decay(parameters, gradients, settings: settings) }
        let squares = remembered("square", of: parameters) { $0.detached().clone().fill_(self.initialSquares) }
        Tensor.foreachAddcmul_(squares, gradients, gradients)
        let divisors = Tensor.foreachSqrt(squares)
        Tensor.foreachAdd_(divisors, .double(epsilon))
        Tensor.foreachAddcdiv_(parameters, gradients, divisors, value: .double(-settings.learningRate))
    }
}

extension OptimizerRecipe {
    /// Adagrad with PyTorch's defaults, except that the learning rate is the trainer's: PyTorch's is 1e-2.
    ///
    /// - Parameters:
    ///   - initialSquares: The sum of squares before the first step; above 0 for smaller first steps.
    ///   - decoupled: Whether weight decay is decoupled; by default it is an L2 penalty.
    public static func adagrad(
        initialSquares: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0, decoupled: Bool = false
    ) -> OptimizerRecipe {
        OptimizerRecipe(momentum: 0, weightDecay: weightDecay) {
            Adagrad(
                groups: $0,
                initialSquares: initialSquares, epsilon: epsilon, decoupled: decoupled)
        }
    }
}
