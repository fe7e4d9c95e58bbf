// Which architecture a file of weights is of: what an error says of weights that do not fit.
import Torch

extension Architecture {
    /// The name of an architecture that takes some weights, looked for in the families of this one first, then in those
    /// whose models have such names; nil where none does.
    ///
    /// Models are made for it, which takes a while; for errors only.
    func relative(fitting weights: [String: Tensor]) -> String? {
        let plain = name.prefix { $0 != "." }
        let own = ModelFamily.all.filter { $0.variants.contains { $0.name == plain } }
        let others = ModelFamily.all.filter { family in !family.variants.contains { $0.name == plain } }
        let names = Set(weights.keys)
        func fitting(in family: ModelFamily) -> String? {
            family.variants.lazy.compactMap { family.architecture(of: $0) }
                .first { (try? $0.bodyAsLoaded(weights: weights)) != nil }?.name
        }
        return Init.$isSkipped.withValue(true) {
            own.lazy.compactMap(fitting).first
                // A handful of tensors is no model of any family.
                ?? (names.count < 10 ? [] : others).lazy.filter { $0.hasNames(names) }.compactMap(fitting).first
        }
    }
}

extension ModelFamily {
    /// Whether most tensors of the family's first model are among some names.
    fileprivate func hasNames(_ names: Set<String>) -> Bool {
        guard let first = variants.first.flatMap(architecture) else { return false }
        let own = Set(first.make(classes: 1).stateDict().map(\.name))
        return 2 * own.intersection(first.form.renamed(names).values).count >= own.count
    }

    /// The architecture that this family makes under a variant's name, which may be another publisher's without a tag.
    fileprivate func architecture(of variant: Variant) -> Architecture? {
        let registry = ArchitectureRegistry.shared
        guard let named = registry[variant.name] else { return nil }
        guard named.form.publisher != publisher else { return named }
        return registry.architectures.first { $0.name.hasPrefix("\(variant.name).") }
    }
}
