// Files of format 1, in which a model was described by its name and lists of numbers.
import Foundation
import Torch

/// The description of a model in a file of format 1; see ``ConfiguredType/configuration(ofFormat1:)``.
public struct Format1Model: Decodable, Sendable {
    /// The architecture's name.
    public let name: String
    /// Options that are whole numbers; flags are 0 and 1.
    public let options: [String: Int]
    /// Options that are lists or have fractions.
    public let numbers: [String: [Double]]
    /// Options that are names.
    public let texts: [String: String]
    /// A part of the model that the description does not cover.
    let customPart: String?

    private enum Key: String, CodingKey { case name, options, numbers, texts, customPart }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        name = try values.decode(String.self, forKey: .name)
        options = try values.decodeIfPresent([String: Int].self, forKey: .options) ?? [:]
        numbers = try values.decodeIfPresent([String: [Double]].self, forKey: .numbers) ?? [:]
        texts = try values.decodeIfPresent([String: String].self, forKey: .texts) ?? [:]
        customPart = try values.decodeIfPresent(String.self, forKey: .customPart)
    }

    /// Whether an option is set.
    public func flag(_ name: String, default standard: Bool = false) -> Bool {
        options[name].map { $0 == 1 } ?? standard
    }

    /// A list of sizes, each at least 1; empty where there is none.
    /// - Throws: ``ModelFileError`` for numbers that are not sizes.
    public func sizes(_ name: String) throws -> [Int] {
        let list = numbers[name] ?? []
        guard list.allSatisfy({ $0 >= 1 && $0 < 1e9 && $0 == $0.rounded() }) else { throw Self.damaged }
        return list.map { Int($0) }
    }

    /// The range in which a sigmoid holds the outputs; nil for any.
    /// - Throws: ``ModelFileError`` for numbers that are no range.
    public func range() throws -> ClosedRange<Double>? {
        guard let bounds = numbers["range"], !bounds.isEmpty else { return nil }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { throw Self.damaged }
        return bounds[0]...bounds[1]
    }

    /// The scales of the outputs; nil where numbers are learned as they are.
    /// - Throws: ``ModelFileError`` when the lists are damaged.
    public func scales() throws -> [NumberScale]? {
        guard let means = numbers["output_means"] else { return nil }
        let (deviations, logarithms) = (numbers["output_deviations"] ?? [], numbers["output_logarithms"] ?? [])
        guard !means.isEmpty, deviations.count == means.count, logarithms.count == means.count,
            (means + deviations).allSatisfy(\.isFinite)
        else { throw Self.damaged }
        return means.indices.map {
            NumberScale(mean: means[$0], deviation: deviations[$0], isLogarithm: logarithms[$0] == 1)
        }
    }

    /// What is thrown for numbers that no model was described by.
    public static var damaged: ModelFileError {
        ModelFileError("The file's description of its model is damaged. Export the model again.")
    }
}

extension StoredContext {
    /// The model of a description, by asking each type in the list.
    func model(ofFormat1 description: Format1Model) throws -> StoredDescription? {
        for type in types.configured {
            if let found = try type.stored(ofFormat1: description) { return found }
        }
        return nil
    }
}

/// How files of format 1 say what a model's outputs mean: as data, as the word "custom" for a closure, or, in the earliest,
/// by the name of the loss alone.
struct Format1Decoding {
    private enum Stored<Value: Decodable>: Decodable {
        case closure
        case value(Value)

        init(from decoder: any Decoder) throws {
            if let word = try? decoder.singleValueContainer().decode(String.self), word == "custom" {
                self = .closure
            } else {
                self = .value(try Value(from: decoder))
            }
        }

        var value: Value? { if case .value(let value) = self { value } else { nil } }
    }

    private let storedActivation: Stored<Activation>?
    private let storedDecision: Stored<Decision>?
    private let loss: String
    private let leavesOutput: Bool

    init(_ values: KeyedDecodingContainer<ManifestKey>) throws {
        storedActivation = try values.decodeIfPresent(Stored<Activation>.self, forKey: .activation)
        storedDecision = try values.decodeIfPresent(Stored<Decision>.self, forKey: .decision)
        loss = try values.decode(String.self, forKey: .loss)
        leavesOutput = (try? values.decodeIfPresent(Bool.self, forKey: .leavesOutput)) ?? false
    }

    func activation(_ target: some TargetBlock) -> Activation? {
        if let storedActivation { return storedActivation.value }
        return ofLoss(target).activation
    }

    func decision(_ target: some TargetBlock) -> Decision? {
        if storedActivation != nil { return storedDecision?.value }
        return ofLoss(target).decision
    }

    /// What the name of the loss says.
    private func ofLoss(_ target: some TargetBlock) -> (activation: Activation?, decision: Decision?) {
        if leavesOutput { return (.identity, target.decision?.resolved(for: nil) ?? .identity) }
        let own = target.defaultLoss
        // The name and what stands in parentheses behind it: crossEntropy(dim: -1).
        let parts = loss.split(separator: "(", maxSplits: 1).map(String.init)
        let words = (parts.count == 2 ? parts[1].dropLast() : "").split(separator: " ").map(String.init)
        switch parts.first {
        case "crossEntropy", "focal", "dice":
            let dim = words.last.flatMap(Int.init) ?? 1
            return (.softmax(dim: dim), .argmax(dim: dim))
        case "binaryCrossEntropyWithLogits":
            let threshold = words.last.flatMap(Double.init).map { Decision.above($0) }
            return (.sigmoid, threshold ?? .ofTarget(otherwise: .above(0.5)).resolved(for: target.decision))
        default:
            guard loss == own.name else { return (nil, nil) }
            return (own.activation, own.decision.resolved(for: target.decision))
        }
    }
}
