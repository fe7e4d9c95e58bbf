// Freezing: which parameter groups learn.
import Torch

extension Trainer {
    /// Freezes all groups but the last; batch normalisation stays trainable.
    public func freeze() { freeze(to: -1) }

    /// Makes all groups trainable.
    public func unfreeze() { freeze(to: 0) }

    /// Freezes the groups before `group`, counted from the end when it is negative; batch normalisation stays trainable.
    /// The optimiser forgets what it remembers.
    public func freeze(to group: Int) {
        let count = parameterGroups.count
        let first = min(max(group < 0 ? count + group : group, 0), count)
        let free = trainsFrozenNorms ? Set(model.normalizationParameters(withBiases: false).map(\.id)) : []
        for (index, parameters) in parameterGroups.enumerated() {
            for parameter in parameters { parameter.requiresGradient = index >= first || free.contains(parameter.id) }
        }
        optimizer.clearState()
    }
}

/// A normalisation layer beside those of LibTorch, so that it learns and decays as they do.
package protocol NormalizationLayer: Module {}

extension Module {
    /// The parameters of normalisation layers and, if wanted, the biases of all other layers.
    package func normalizationParameters(withBiases: Bool) -> [Tensor] {
        namedModules().flatMap { _, module -> [Tensor] in
            let isNorm =
                module is BatchNorm || module is InstanceNorm || module is LayerNorm || module is any NormalizationLayer
            if isNorm { return module.parameters() }
            guard withBiases else { return [] }
            return module.namedParameters().filter { $0.name == "bias" }.map(\.tensor)
        }
    }
}
