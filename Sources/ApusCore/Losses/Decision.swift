// How activated outputs become decisions, as data that an exported model carries.
import Torch

/// How activated outputs become decisions, such as the index of a class.
///
/// One decision holds for everything that a model says: `predict`, `getPredictions().values()`, figures, files and joined
/// predictions. Where both the loss and the target say something, see ``resolved(for:)``.
public enum Decision: Sendable {
    /// The output as it is.
    case identity
    /// The index of the largest number over a dimension.
    case argmax(dim: Int = 1)
    /// Each number that is above a threshold is there.
    case above(Double)
    /// The decision of each of several targets on its own columns of the output, as columns `[batch, numbers]`.
    case columns([(outputs: Int, decision: Decision)])
    /// What the target's block decides; another one where the block leaves it open.
    indirect case ofTarget(otherwise: Decision)
    /// A closure, which a file cannot hold.
    case custom(@Sendable (Tensor) -> Tensor)

    /// The decisions of activated outputs.
    public func callAsFunction(_ activated: Tensor) -> Tensor {
        switch self {
        case .identity: activated
        case .argmax(let dim): activated.argmax(dim: dim)
        case .above(let threshold): activated .> threshold
        case .columns(let parts):
            .cat(
                zip(parts, targetColumns(of: activated, parts.map(\.outputs))).map { part, output in
                    part.decision(output).reshape(output.size(0), -1)
                }, dim: 1)
        case .ofTarget(let otherwise): otherwise(activated)
        case .custom(let function): function(activated)
        }
    }

    /// The decision of a loss together with that of a target's block: a loss that was given a threshold (or a closure)
    /// rules, else the block does, such as ``MultiCategoryBlock/threshold``.
    public func resolved(for target: Decision?) -> Decision {
        switch self {
        case .ofTarget(let otherwise):
            guard let target, !target.isOpen else { return otherwise.resolved(for: nil) }
            return target.resolved(for: nil)
        case .columns(let parts):
            var own: [Decision?] = parts.map { _ in nil }
            if case .columns(let theirs)? = target, theirs.map(\.outputs) == parts.map(\.outputs) {
                own = theirs.map(\.decision)
            }
            return .columns(zip(parts, own).map { ($0.outputs, $0.decision.resolved(for: $1)) })
        default: return self
        }
    }

    /// Whether nothing is said by it.
    private var isOpen: Bool { if case .ofTarget = self { true } else { false } }
}

extension Decision: Equatable {
    /// Whether both decide the same; two closures are never known to.
    public static func == (one: Decision, other: Decision) -> Bool {
        switch (one, other) {
        case (.identity, .identity): true
        case (.argmax(let dim), .argmax(let otherDim)): dim == otherDim
        case (.above(let threshold), .above(let other)): threshold == other
        case (.columns(let parts), .columns(let others)):
            parts.count == others.count
                && zip(parts, others).allSatisfy { $0.outputs == $1.outputs && $0.decision == $1.decision }
        case (.ofTarget(let decision), .ofTarget(let other)): decision == other
        default: false
        }
    }
}

extension Decision: Codable {
    private enum Key: String, CodingKey { case kind, dim, threshold, columns }
    private struct Column: Codable {
        let outputs: Int
        let decision: Decision
    }

    /// - Throws: `DecodingError` for a kind that this version does not know.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "identity": self = .identity
        case "argmax": self = .argmax(dim: try container.decode(Int.self, forKey: .dim))
        case "above": self = .above(try container.decode(Double.self, forKey: .threshold))
        case "columns":
            let parts = try container.decode([Column].self, forKey: .columns)
            self = .columns(parts.map { ($0.outputs, $0.decision) })
        case let kind:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container, debugDescription: "\"\(kind)\" is no decision that this version knows")
        }
    }

    /// - Throws: `EncodingError` for a closure.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .identity: try container.encode("identity", forKey: .kind)
        case .argmax(let dim):
            try container.encode("argmax", forKey: .kind)
            try container.encode(dim, forKey: .dim)
        case .above(let threshold):
            try container.encode("above", forKey: .kind)
            try container.encode(threshold, forKey: .threshold)
        case .columns(let parts):
            try container.encode("columns", forKey: .kind)
            try container.encode(parts.map { Column(outputs: $0.outputs, decision: $0.decision) }, forKey: .columns)
        case .ofTarget(let otherwise): try otherwise.encode(to: encoder)
        case .custom:
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "a closure cannot be stored"))
        }
    }

    /// Whether a file can hold it.
    var isStorable: Bool {
        switch self {
        case .identity, .argmax, .above: true
        case .columns(let parts): parts.allSatisfy { $0.decision.isStorable }
        case .ofTarget(let otherwise): otherwise.isStorable
        case .custom: false
        }
    }
}
