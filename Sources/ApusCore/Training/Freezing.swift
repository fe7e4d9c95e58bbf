// Freezing: which parameter groups learn.
import Torch

extension Trainer {
    /// Freezes all groups but the last; batch normalization stays trainable. A model of one group has nothing to freeze, of
    /// which it warns.
    public func freeze() {
        if modelGroups.count == 1 {
            warn(
                "the model has one group of parameters, so that freeze() freezes nothing; give parameterGroups: "
                    + "with the head in the last one.")
        }
        freezeGroups(before: modelGroups.count - 1)
    }

    /// Makes all groups trainable.
    public func unfreeze() { freezeGroups(before: 0) }

    /// Freezes the groups before `group`, which is the first to learn; batch normalization stays trainable. The optimizer
    /// forgets what it remembers.
    ///
    /// - Parameter group: The place of a group, from 0, or from the end when it is negative: -1 is the last group.
    /// - Throws: ``TrainingError`` when there is no such group.
    public func freeze(to group: Int) throws {
        let count = modelGroups.count
        guard (-count..<count).contains(group) else {
            throw TrainingError(
                "There is no parameter group \(group) to freeze to: the model has \(count)"
                    + (count == 0
                        ? "." : ", which are 0 to \(count - 1), or \(-count) to -1 from the end: \(describedGroups)."))
        }
        freezeGroups(before: group < 0 ? count + group : group)
    }

    private func freezeGroups(before first: Int) {
        let free = trainsFrozenNorms ? Set(model.normalizationParameters(withBiases: false).map(\.id)) : []
        for (index, parameters) in modelGroups.enumerated() {
            for parameter in parameters { parameter.requiresGradient = index >= first || free.contains(parameter.id) }
        }
        optimizer.clearState()
    }
}

extension Module {
    /// The parameters of normalization layers and, if wanted, the biases of all other layers.
    package func normalizationParameters(withBiases: Bool) -> [Tensor] {
        namedModules().flatMap { _, module -> [Tensor] in
            if module is any NormalizationLayer { return module.parameters() }
            guard withBiases else { return [] }
            return module.namedParameters().filter { $0.name == "bias" }.map(\.tensor)
        }
    }
}
