// What turns a model's raw output into what predictions read, as data that an exported model carries.
import Torch

/// What turns a model's raw output into what a prediction reads, such as probabilities.
///
/// A case is data and is stored in an exported model. A closure is not: a model that was trained with a loss whose
/// activation is a closure is loaded with that loss.
public enum Activation: Sendable {
    /// The output as it is.
    case identity
    /// Probabilities that sum to 1 over a dimension: of one class out of several.
    case softmax(dim: Int = 1)
    /// A probability for each number: of labels that are there or not.
    case sigmoid
    /// The probabilities of two classes, `[batch, 2]`: the second one's is the mean of those that the item's numbers, as logits,
    /// give it. For critics, which answer by one number or one for each part of a picture.
    case twoClasses
    /// The activation of each of several targets on its own columns of the output `[batch, columns, ...]`.
    case columns([(outputs: Int, activation: Activation)])
    /// A closure, which a file cannot hold.
    case custom(@Sendable (Tensor) -> Tensor)

    /// The activated output.
    public func callAsFunction(_ output: Tensor) -> Tensor {
        switch self {
        case .identity: output
        case .softmax(let dim): output.float().softmax(dim: dim)
        case .sigmoid: output.float().sigmoid()
        case .twoClasses: Self.twoClasses(of: output)
        case .columns(let parts):
            .cat(zip(parts, targetColumns(of: output, parts.map(\.outputs))).map { $0.activation($1) }, dim: 1)
        case .custom(let function): function(output)
        }
    }

    private static func twoClasses(of output: Tensor) -> Tensor {
        guard output.isDefined, output.dim > 0 else { return output }
        let second = output.float().sigmoid().reshape(output.size(0), -1).mean(dim: 1)
        return .stack([1 - second, second], dim: 1)
    }

    /// Raw outputs that the activation turns into given ones, in float64; nil for a closure, and for the mean of several.
    ///
    /// A probability that was rounded to 0 or 1 is taken for the number next to it, so that nothing is infinite.
    func undone(_ activated: Tensor) -> Tensor? {
        let least = Double(Float.leastNonzeroMagnitude)
        switch self {
        case .identity: return activated
        case .softmax: return activated.to(.float64).clamp(min: least).log()
        case .sigmoid:
            let probability = activated.to(.float64)
            let rest = (1 - probability).clamp(min: Double(Float.ulpOfOne) / 4)
            return probability.clamp(min: least).log() - rest.log()
        case .columns(let parts):
            let raw = zip(parts, targetColumns(of: activated, parts.map(\.outputs))).compactMap {
                $0.activation.undone($1)
            }
            return raw.count == parts.count ? .cat(raw, dim: 1) : nil
        case .twoClasses, .custom: return nil
        }
    }
}

/// Splits an output `[batch, columns, ...]` into the columns of several targets; a failed operator where there are not as
/// many.
func targetColumns(of output: Tensor, _ sizes: [Int]) -> [Tensor] {
    guard output.isDefined else { return sizes.map { _ in .undefined } }
    guard output.dim > 1, output.size(1) == sizes.reduce(0, +) else {
        TorchError(
            operation: "combined", inputs: "\(output.shape) \(output.dtype)",
            reason: "the targets take \(sizes.map(String.init).joined(separator: " + ")) columns, "
                + "\(sizes.reduce(0, +)) in all; give the model that many outputs"
        ).report()
        return sizes.map { _ in .undefined }
    }
    return output.split(sizes, dim: 1)
}

extension Activation: Equatable {
    /// Whether both do the same; two closures are never known to.
    public static func == (one: Activation, other: Activation) -> Bool {
        switch (one, other) {
        case (.identity, .identity), (.sigmoid, .sigmoid), (.twoClasses, .twoClasses): true
        case (.softmax(let dim), .softmax(let otherDim)): dim == otherDim
        case (.columns(let parts), .columns(let others)):
            parts.count == others.count
                && zip(parts, others).allSatisfy { $0.outputs == $1.outputs && $0.activation == $1.activation }
        default: false
        }
    }
}

extension Activation: Codable {
    private enum Key: String, CodingKey { case kind, dim, columns }
    private struct Column: Codable {
        let outputs: Int
        let activation: Activation
    }

    /// - Throws: `DecodingError` for a kind that this version does not know.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "identity": self = .identity
        case "sigmoid": self = .sigmoid
        case "two classes": self = .twoClasses
        case "softmax": self = .softmax(dim: try container.decode(Int.self, forKey: .dim))
        case "columns":
            let parts = try container.decode([Column].self, forKey: .columns)
            self = .columns(parts.map { ($0.outputs, $0.activation) })
        case let kind:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container, debugDescription: "\"\(kind)\" is no activation that this version knows")
        }
    }

    /// - Throws: `EncodingError` for a closure.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .identity: try container.encode("identity", forKey: .kind)
        case .sigmoid: try container.encode("sigmoid", forKey: .kind)
        case .softmax(let dim):
            try container.encode("softmax", forKey: .kind)
            try container.encode(dim, forKey: .dim)
        case .twoClasses: try container.encode("two classes", forKey: .kind)
        case .columns(let parts):
            try container.encode("columns", forKey: .kind)
            try container.encode(parts.map { Column(outputs: $0.outputs, activation: $0.activation) }, forKey: .columns)
        case .custom:
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "a closure cannot be stored"))
        }
    }

    /// Whether raw outputs follow from activated ones.
    var canBeUndone: Bool {
        switch self {
        case .identity, .softmax, .sigmoid: true
        case .columns(let parts): parts.allSatisfy { $0.activation.canBeUndone }
        case .twoClasses, .custom: false
        }
    }

    /// Whether a file can hold it.
    var isStorable: Bool {
        switch self {
        case .identity, .softmax, .sigmoid, .twoClasses: true
        case .columns(let parts): parts.allSatisfy { $0.activation.isStorable }
        case .custom: false
        }
    }
}
