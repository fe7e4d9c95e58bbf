// Custom bodies in files: those of a type that describes itself.
import ApusCore
import Torch

/// A custom body that describes itself, and how it stands in the `Sequential` that models have their bodies in.
struct StoredBody {
    /// The body.
    let model: any StoredModel
    /// Whether it is the only layer of a `Sequential`, or is that itself.
    let isWrapped: Bool

    /// - Parameter body: Layer 0 of a model; nil comes out where its type is no ``StoredModel``.
    init?(_ body: Module) {
        if let model = body as? any StoredModel {
            (self.model, isWrapped) = (model, false)
        } else if let layers = (body as? Sequential)?.layers, layers.count == 1,
            let model = layers[0] as? any StoredModel
        {
            (self.model, isWrapped) = (model, true)
        } else {
            return nil
        }
    }

    /// What the body lacks in a file, as a part of the whole model.
    var unstoredPart: String? { model.unstoredPart.map { "\($0) of the body" } }

    /// The body of a description.
    static func made(of stored: StoredDescription, isWrapped: Bool) throws -> Sequential {
        let made = try stored.make()
        let whole = isWrapped ? nil : made as? Sequential
        return whole ?? Sequential([made])
    }
}
