// Which architecture a file of weights is of: what an error says of weights that do not fit.
import Torch

extension Architecture {
    /// The name of an architecture that takes some weights, looked for among those of the same families; nil where none
    /// does.
    ///
    /// Their models are made for it, which takes a while; for errors only.
    func relative(fitting weights: [String: Tensor]) -> String? {
        let own = name.prefix { $0 != "." }
        let families = ModelFamily.all.filter { $0.variants.contains { $0.name == own } }
        return Init.$isSkipped.withValue(true) {
            families.lazy.flatMap { family in family.variants.lazy.compactMap { family.architecture(of: $0) } }
                .first { (try? $0.bodyAsLoaded(weights: weights)) != nil }?.name
        }
    }
}

extension ModelFamily {
    /// The architecture that this family makes under a variant's name, which may be another publisher's without a tag.
    fileprivate func architecture(of variant: Variant) -> Architecture? {
        let registry = ArchitectureRegistry.shared
        guard let named = registry[variant.name] else { return nil }
        guard named.form.publisher != publisher else { return named }
        return registry.architectures.first { $0.name.hasPrefix("\(variant.name).") }
    }
}
