// An optimizer for each parameter group.
import Torch

/// An optimizer of its own for each parameter group, which are stepped together, or apart by a ``TrainingStep``.
public final class OptimizerPerGroup: Optimizer {
    /// The optimizers, one for each group.
    public let parts: [Optimizer]

    /// - Parameter parts: An optimizer of one group for each parameter group.
    public init(_ parts: [Optimizer]) {
        self.parts = parts
        super.init(groups: parts.flatMap(\.groups))
        problem = parts.lazy.compactMap(\.problem).first
        require(parts.allSatisfy { $0.groups.count == 1 }, "the groups", groups.count, "optimizers of one group each")
    }

    public override var name: String { "[\(parts.map(\.name).joined(separator: ", "))]" }
    public override var settings: String { parts.map(\.settings).joined(separator: "; ") }

    override func stepGroups(_ places: [Int]) {
        for place in places {
            let settings = groups[place]
            parts[place].update(group: 0) { $0 = settings }
            parts[place].undecayed = undecayed
            parts[place].step()
        }
    }

    public override func clearState() {
        super.clearState()
        for part in parts { part.clearState() }
    }

    public override func stateDict(names: [TensorID: String]) -> [(name: String, tensor: Tensor)] {
        parts.enumerated().flatMap { place, part in
            part.stateDict(names: names).map { ("\(place)@\($0.name)", $0.tensor) }
        }
    }

    public override func loadStateDict(_ saved: [String: Tensor], parameters: [(name: String, tensor: Tensor)]) {
        for (place, part) in parts.enumerated() {
            let prefix = "\(place)@"
            let own = saved.filter { $0.key.hasPrefix(prefix) }.map {
                (String($0.key.dropFirst(prefix.count)), $0.value)
            }
            part.loadStateDict(Dictionary(own) { $1 }, parameters: parameters)
        }
    }
}

extension OptimizerRecipe {
    /// An optimizer of its own for each parameter group, such as one for the generator and one for the critic.
    ///
    /// ```swift
    /// let options = TrainingOptions(optimizer: .perGroup([.adam(momentum: 0), .rmsProp()]))
    /// ```
    /// A fit with another number of parameter groups is refused.
    public static func perGroup(_ recipes: [OptimizerRecipe]) -> OptimizerRecipe {
        OptimizerRecipe(parameterGroups: { groups in
            OptimizerPerGroup(zip(recipes, groups).map { recipe, group in recipe.makeOptimizer(for: [group]) })
        })
    }
}
