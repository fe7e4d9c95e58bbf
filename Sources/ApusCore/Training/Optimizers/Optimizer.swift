// The optimizer: parameter groups with settings of their own, what is remembered of parameters, and one step.
import Torch

/// Parameters that share their settings.
public struct ParameterGroup: Sendable {
    /// The parameters.
    public var parameters: [Tensor]
    /// The step size.
    public var learningRate: Double
    /// The momentum, or the decay of Adam's mean of gradients.
    public var momentum: Double
    /// The weight decay; which parameters it spares, the optimizer knows.
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
/// A subclass gives ``step(_:settings:decays:)`` for a list of parameters with one setting; what it remembers of each it
/// gets from ``remembered(_:of:make:)``, so that it is saved and restored with the run.
open class Optimizer {
    /// The parameters by group, from the input of the model to its head.
    public private(set) var groups: [ParameterGroup]
    /// What the optimizer remembers, by parameter and name.
    public internal(set) var state: [TensorID: [String: Tensor]] = [:]
    /// Parameters that weight decay leaves alone (biases and normalization); the trainer says which.
    public internal(set) var undecayed: Set<TensorID> = []
    /// Whether weight decay shrinks the parameters beside the step, by `learningRate * weightDecay` (Loshchilov and
    /// Hutter 2019); otherwise it is an L2 penalty, which adds `weightDecay * parameter` to the gradient.
    public let decoupled: Bool
    /// What is wrong with the numbers that the optimizer was made with; `fit` throws it before it trains.
    public var problem: String?

    public init(groups: [ParameterGroup], decoupled: Bool = true) {
        self.groups = groups
        self.decoupled = decoupled
        for group in groups {
            require((0..<1).contains(group.momentum), "momentum", group.momentum, "a number from 0 to below 1")
            let decay = group.weightDecay
            require(decay >= 0 && decay.isFinite, "weightDecay", decay, "a number of 0 or more, such as 0.01")
        }
    }

    /// The optimizer's name in messages and saved runs.
    open var name: String { String(describing: type(of: self)) }

    /// The settings that the optimizer was made with and that no schedule changes, as text; a run is resumed with the
    /// same only.
    open var settings: String { "decoupled \(decoupled)" }

    /// Moves some parameters, all of which have gradients, by one step with one group's settings.
    ///
    /// - Parameter decays: Whether weight decay applies to them.
    open func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        TorchError(operation: name, reason: "step(_:settings:decays:) is not overridden").report()
    }

    /// Moves those rows of a parameter that its gradient holds, by one step with one group's settings; by default the
    /// gradient is filled up with zeros and the whole parameter moves.
    ///
    /// The gradients of an `Embedding(count, dim, sparse: true)` are of this kind.
    open func stepRows(_ parameter: Tensor, settings: ParameterGroup, decays: Bool) {
        parameter.grad = parameter.grad?.toDense()
        step([parameter], settings: settings, decays: decays)
    }

    /// Moves all parameters that have gradients.
    public func step() { step(groups: Array(groups.indices)) }

    /// Moves the parameters of some groups that have gradients; the others stay.
    ///
    /// - Parameter places: The places of the groups, from 0.
    public func step(groups places: [Int]) { stepGroups(places) }

    func stepGroups(_ places: [Int]) {
        withoutGradients {
            for group in chosen(places) {
                var active: [Tensor] = []
                for parameter in group.parameters where parameter.requiresGradient {
                    guard let gradient = parameter.grad else { continue }
                    if gradient.isSparse {
                        let decays = group.weightDecay != 0 && !undecayed.contains(parameter.id)
                        stepRows(parameter, settings: group, decays: decays)
                    } else {
                        active.append(parameter)
                    }
                }
                let decayed = group.weightDecay == 0 ? [] : active.filter { !undecayed.contains($0.id) }
                let spared = group.weightDecay == 0 ? active : active.filter { undecayed.contains($0.id) }
                if !decayed.isEmpty { step(decayed, settings: group, decays: true) }
                if !spared.isEmpty { step(spared, settings: group, decays: false) }
            }
            didStep()
        }
    }

    /// Called when all groups have moved; does nothing by default.
    open func didStep() {}

    /// Forgets the gradients.
    public func zeroGradients() { zeroGradients(groups: Array(groups.indices)) }

    /// Forgets the gradients of some groups.
    public func zeroGradients(groups places: [Int]) {
        for group in chosen(places) {
            for parameter in group.parameters where parameter.grad != nil { parameter.grad = nil }
        }
    }

    /// Forgets everything but the settings.
    open func clearState() { state = [:] }

    /// Changes the settings of a group.
    public func update(group index: Int, _ change: (inout ParameterGroup) -> Void) {
        if !chosen([index]).isEmpty { change(&groups[index]) }
    }

    /// Groups by their places; a failed operator where one is not there.
    private func chosen(_ places: [Int]) -> [ParameterGroup] {
        guard let wrong = places.first(where: { !groups.indices.contains($0) }) else {
            return places.map { groups[$0] }
        }
        TorchError(
            operation: name, reason: "there is no parameter group \(wrong) among \(groups.count); give places from 0 on"
        ).report()
        return []
    }

    /// What is remembered of each parameter under a name.
    ///
    /// - Parameter make: Makes what is missing; zeros of the parameter's shape and memory layout by default.
    public func remembered(_ name: String, of parameters: [Tensor], make: ((Tensor) -> Tensor)? = nil) -> [Tensor] {
        parameters.map { parameter in
            if let found = state[parameter.id]?[name] { return found }
            let made = make?(parameter) ?? zeros(inLayoutOf: parameter)
            state[parameter.id, default: [:]][name] = made
            return made
        }
    }

    // MARK: Saving

    /// The state under the parameters' names, to be saved.
    open func stateDict(names: [TensorID: String]) -> [(name: String, tensor: Tensor)] {
        state.compactMap { id, values in names[id].map { ($0, values) } }
            .sorted { $0.0 < $1.0 }
            .flatMap { parameter, values in
                values.sorted { $0.key < $1.key }.map { ("\(parameter)#\($0.key)", $0.value) }
            }
    }

    /// Takes up a state that ``stateDict(names:)`` gave.
    ///
    /// Tensors of a parameter's shape take its layout too: the fused kernels walk through memory, not through indices.
    open func loadStateDict(_ saved: [String: Tensor], parameters: [(name: String, tensor: Tensor)]) {
        let byName = Dictionary(parameters.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        state = [:]
        for (key, tensor) in saved {
            let parts = key.split(separator: "#", maxSplits: 1).map(String.init)
            guard parts.count == 2, let parameter = byName[parts[0]] else { continue }
            state[parameter.id, default: [:]][parts[1]] =
                if tensor.dtype == .int64 {
                    // A count, which Swift reads at each step.
                    tensor.to(.cpu).clone()
                } else if tensor.shape == parameter.shape {
                    zeros(inLayoutOf: parameter).copy_(tensor)
                } else {
                    tensor.to(parameter.device).clone()
                }
        }
    }
}

/// Zeros of a parameter's shape, device and memory layout, which an optimizer's kernels expect to be the same.
private func zeros(inLayoutOf parameter: Tensor) -> Tensor { parameter.detached().clone().zero_() }

extension Tensor {
    /// What tells this tensor from others: the tensor behind all copies of the value.
    public var id: TensorID { TensorID(address: UInt(bitPattern: handle.pointer)) }
}

/// What tells a tensor from others as long as it lives.
public struct TensorID: Hashable, Sendable { let address: UInt }
