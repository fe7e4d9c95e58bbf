// How an optimizer is made: what a trainer is given before it knows the parameters.
import Torch

/// Makes the optimizer of a run from the model's parameters.
///
/// The optimizers of the field are static members: ``adam(momentum:squaredMomentum:epsilon:weightDecay:decoupled:)``,
/// ``adamW(momentum:squaredMomentum:epsilon:weightDecay:)``, ``sgd(momentum:weightDecay:nesterov:decoupled:)``,
/// ``rmsProp(momentum:squaredMomentum:epsilon:weightDecay:decoupled:)``,
/// ``rAdam(momentum:squaredMomentum:epsilon:weightDecay:decoupled:)``,
/// ``lamb(momentum:squaredMomentum:epsilon:weightDecay:decoupled:)``,
/// ``adagrad(initialSquares:epsilon:weightDecay:decoupled:)``, ``lookahead(_:interval:alpha:)`` and
/// ``ranger(momentum:squaredMomentum:epsilon:weightDecay:interval:alpha:)``. A custom one is a subclass of ``Optimizer``:
///
/// ```swift
/// final class SignSGD: Optimizer {
///     override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
///         for parameter in parameters { parameter.sub_(parameter.grad!.sign() * settings.learningRate) }
///     }
/// }
/// extension OptimizerRecipe {
///     static let signSGD = OptimizerRecipe(momentum: 0) { SignSGD(groups: $0) }
/// }
/// let learner = try Learner(loaders, model, TrainingOptions(optimizer: .signSGD))
/// ```
public struct OptimizerRecipe: Sendable {
    private let make: @Sendable ([[Tensor]]) -> Optimizer

    /// - Parameters:
    ///   - momentum: The momentum of all groups until a schedule or `fit` sets another one.
    ///   - weightDecay: The weight decay of all groups until the trainer or `fit` sets another one.
    ///   - make: Makes the optimizer from the groups of parameters, from the input of the model to its head. The trainer
    ///     sets their learning rates, and which parameters weight decay spares.
    public init(
        momentum: Double = 0.9, weightDecay: Double = 0.01, make: @escaping @Sendable ([ParameterGroup]) -> Optimizer
    ) {
        self.make = { parameterGroups in
            make(parameterGroups.map { ParameterGroup(parameters: $0, momentum: momentum, weightDecay: weightDecay) })
        }
    }

    /// A recipe around another one's optimizer.
    init(parameterGroups make: @escaping @Sendable ([[Tensor]]) -> Optimizer) { self.make = make }

    /// The optimizer for the parameters of a model.
    ///
    /// - Parameters:
    ///   - parameterGroups: The parameters by group, from the input of the model to its head.
    ///   - undecayed: Parameters that weight decay spares, such as biases.
    public func makeOptimizer(for parameterGroups: [[Tensor]], undecayed: Set<TensorID> = []) -> Optimizer {
        let optimizer = make(parameterGroups)
        optimizer.undecayed = undecayed
        return optimizer
    }
}
