// Optimisers: parameter groups with settings of their own, and the rules that move parameters.
import Torch

/// Parameters that share their settings.
public struct ParameterGroup: Sendable {
    /// The parameters.
    public var parameters: [Tensor]
    /// The step size.
    public var learningRate: Double
    /// The momentum, or the decay of Adam's mean of gradients.
    public var momentum: Double
    /// The weight decay; which parameters it spares, the optimiser knows.
    public var weightDecay: Double

    public init(parameters: [Tensor], learningRate: Double = 1e-3, momentum: Double = 0.9, weightDecay: Double = 0.01) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
    }
}

/// Moves parameters against their gradients.
///
/// A subclass gives ``step(_:settings:decays:)`` for a list of parameters with one setting; what an optimiser remembers
/// of a parameter it keeps in ``state``.
open class Optimizer {
    /// The parameters by group, from the input of the model to its head.
    public private(set) var groups: [ParameterGroup]
    /// What the optimiser remembers, by parameter and name.
    public internal(set) var state: [TensorID: [String: Tensor]] = [:]
    /// Parameters that weight decay leaves alone (biases and normalisation).
    public let undecayed: Set<TensorID>

    public init(groups: [ParameterGroup], undecayed: Set<TensorID> = []) {
        self.groups = groups
        self.undecayed = undecayed
    }

    /// The optimiser's name in messages.
    open var name: String { String(describing: type(of: self)) }

    /// Moves some parameters, all of which have gradients, by one step with one group's settings.
    ///
    /// - Parameter decays: Whether weight decay applies to them.
    open func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        TorchFailure.report(TorchError(operation: name, reason: "step(_:settings:decays:) is not overridden"))
    }

    /// Moves all parameters that have gradients.
    public func step() {
        withoutGradients {
            for group in groups {
                let active = group.parameters.filter { $0.requiresGradient && $0.grad != nil }
                let decayed = group.weightDecay == 0 ? [] : active.filter { !undecayed.contains($0.id) }
                let spared = group.weightDecay == 0 ? active : active.filter { undecayed.contains($0.id) }
                if !decayed.isEmpty { step(decayed, settings: group, decays: true) }
                if !spared.isEmpty { step(spared, settings: group, decays: false) }
            }
        }
    }

    /// Forgets the gradients.
    public func zeroGradients() {
        for group in groups {
            for parameter in group.parameters where parameter.grad != nil { parameter.grad = nil }
        }
    }

    /// Forgets everything but the settings.
    public func clearState() { state = [:] }

    /// Changes the settings of a group.
    public func update(group index: Int, _ change: (inout ParameterGroup) -> Void) { change(&groups[index]) }

    /// What is remembered of a parameter under a name, made when it is missing.
    package func remembered(_ name: String, of parameter: Tensor, make: () -> Tensor) -> Tensor {
        if let found = state[parameter.id]?[name] { return found }
        let made = make()
        state[parameter.id, default: [:]][name] = made
        return made
    }

    /// The state under the parameters' names, to be saved.
    package func stateDict(names: [TensorID: String]) -> [(name: String, tensor: Tensor)] {
        state.compactMap { id, values in names[id].map { ($0, values) } }
            .sorted { $0.0 < $1.0 }
            .flatMap { parameter, values in
                values.sorted { $0.key < $1.key }.map { ("\(parameter)#\($0.key)", $0.value) }
            }
    }

    /// Takes up a state that ``stateDict(names:)`` gave.
    ///
    /// Tensors of a parameter's shape take its layout too: the fused kernels walk through memory, not through indices.
    package func loadStateDict(_ saved: [String: Tensor], parameters: [(name: String, tensor: Tensor)]) {
        let byName = Dictionary(parameters.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        state = [:]
        for (key, tensor) in saved {
            let parts = key.split(separator: "#", maxSplits: 1).map(String.init)
            guard parts.count == 2, let parameter = byName[parts[0]] else { continue }
            let restored =
                tensor.shape == parameter.shape
                ? zeros(inLayoutOf: parameter).copy_(tensor) : tensor.to(parameter.device).clone()
            state[parameter.id, default: [:]][parts[1]] = restored
        }
    }
}

/// Zeros of a parameter's shape, device and memory layout, which an optimiser's kernels expect to be the same.
private func zeros(inLayoutOf parameter: Tensor) -> Tensor { parameter.detached().clone().zero_() }

extension Tensor {
    /// What tells this tensor from others: the tensor behind all copies of the value.
    public var id: TensorID { TensorID(address: UInt(bitPattern: handle.pointer)) }
}

/// What tells a tensor from others as long as it lives.
public struct TensorID: Hashable, Sendable { let address: UInt }

/// Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), on LibTorch's fused kernel.
///
/// The defaults are fastai's: the mean of squares decays by 0.99, epsilon is 1e-5.
public final class Adam: Optimizer {
    /// The decay of the mean of squared gradients.
    public let squaredMomentum: Double
    /// What keeps the divisor from zero.
    public let epsilon: Double

    public init(
        groups: [ParameterGroup], undecayed: Set<TensorID> = [], squaredMomentum: Double = 0.99,
        epsilon: Double = 1e-5
    ) {
        self.squaredMomentum = squaredMomentum
        self.epsilon = epsilon
        super.init(groups: groups, undecayed: undecayed)
    }

    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        // The step counts differ where a group was frozen for a while; each parameter has its own.
        let means = parameters.map { p in remembered("mean", of: p) { zeros(inLayoutOf: p) } }
        let squares = parameters.map { p in remembered("square", of: p) { zeros(inLayoutOf: p) } }
        let steps = parameters.map { p in remembered("step", of: p) { Tensor.zeros([], device: p.device) } }
        Tensor.foreachAdd_(steps, 1)
        Tensor.fusedAdamW_(
            parameters, parameters.compactMap(\.grad), means, squares, [], steps, lr: settings.learningRate,
            beta1: settings.momentum, beta2: squaredMomentum, weightDecay: decays ? settings.weightDecay : 0,
            eps: epsilon, amsgrad: false, maximize: false)
    }
}

/// Stochastic gradient descent with decoupled weight decay and, when it is made with one, a momentum: as fastai's SGD.
public final class SGD: Optimizer {
    /// Whether gradients are averaged; without, a schedule of the momentum has no effect.
    public let usesMomentum: Bool

    public override init(groups: [ParameterGroup], undecayed: Set<TensorID> = []) {
        usesMomentum = groups.contains { $0.momentum != 0 }
        super.init(groups: groups, undecayed: undecayed)
    }

    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        var gradients = parameters.compactMap(\.grad)
        if decays { Tensor.foreachMul_(parameters, .double(1 - settings.learningRate * settings.weightDecay)) }
        if usesMomentum {
            let means = parameters.map { p in remembered("mean", of: p) { zeros(inLayoutOf: p) } }
            Tensor.foreachMul_(means, .double(settings.momentum))
            Tensor.foreachAdd_(means, gradients)
            gradients = means
        }
        Tensor.foreachAdd_(parameters, gradients, alpha: .double(-settings.learningRate))
    }
}

/// Makes the optimiser of a run from the parameters by group and those that weight decay spares. It sets its own
/// momentum and weight decay; the trainer sets the learning rate, and what schedules and `fit` say.
public typealias OptimizerMaker =
    @Sendable (
        _ parameterGroups: [[Tensor]], _ undecayed: Set<TensorID>
    ) -> Optimizer

extension Optimizer {
    /// Adam with fastai's defaults.
    public static func adam(
        momentum: Double = 0.9, squaredMomentum: Double = 0.99, epsilon: Double = 1e-5, weightDecay: Double = 0.01
    ) -> OptimizerMaker {
        { parameterGroups, undecayed in
            Adam(
                groups: parameterGroups.map {
                    ParameterGroup(parameters: $0, momentum: momentum, weightDecay: weightDecay)
                }, undecayed: undecayed, squaredMomentum: squaredMomentum, epsilon: epsilon)
        }
    }

    /// Stochastic gradient descent with fastai's defaults: no momentum, no weight decay.
    public static func sgd(momentum: Double = 0, weightDecay: Double = 0) -> OptimizerMaker {
        { parameterGroups, undecayed in
            SGD(
                groups: parameterGroups.map {
                    ParameterGroup(parameters: $0, momentum: momentum, weightDecay: weightDecay)
                }, undecayed: undecayed)
        }
    }
}
