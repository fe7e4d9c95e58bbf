// The manifest of an exported model: what the file's metadata says beside the weights.
import Foundation
import Torch

/// What is wrong with a model file.
public struct ModelFileError: Error, CustomStringConvertible, Sendable {
    /// A sentence: which file, what is wrong, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A model that can say how to make it again: its architecture's name and options.
public protocol DescribedModel: Module {
    /// How to make the model again.
    var modelDescription: ModelDescription { get }

    /// The model of a description with initial weights, as loading makes it; nil, the default, where the description does
    /// not say enough. An export compares it with the model.
    static func standardModel(of description: ModelDescription) throws -> Module?
}

extension DescribedModel {
    public static func standardModel(of description: ModelDescription) throws -> Module? { nil }
}

/// An architecture's name and options, from which a model is made before its weights are loaded.
public struct ModelDescription: Codable, Sendable, Equatable {
    /// The architecture's name.
    public var name: String
    /// Its options.
    public var options: [String: Int]
    /// Options that are lists or have fractions, such as the widths of layers; nil where there are none.
    public var numbers: [String: [Double]]?
    /// Options that are names, such as a kind of normalisation; nil where there are none.
    public var texts: [String: String]?
    /// A part of the model that the description does not cover, such as "head"; nil where it covers everything.
    public var customPart: String?

    public init(
        name: String, options: [String: Int] = [:], numbers: [String: [Double]]? = nil, texts: [String: String]? = nil,
        customPart: String? = nil
    ) {
        self.name = name
        self.options = options
        self.numbers = numbers
        self.texts = texts
        self.customPart = customPart
    }

    /// Refuses to make a model that the description does not cover.
    public func checkIsComplete() throws {
        guard let customPart else { return }
        throw ModelFileError(
            "The file holds a \(name) with a custom \(customPart), which a file cannot describe; load it with "
                + "load(from:makeModel:) and make the model there.")
    }
}

/// What an exported model says of itself: the metadata entry "apus" of its safetensors file, as JSON.
public struct ModelManifest: Sendable {
    /// What stands for a closure.
    private static let custom = "custom"
    /// The version of the format that this library writes.
    public static let formatVersion = 1

    /// The task, such as "classification".
    public let task: String
    /// The kind of input, such as "image".
    public let inputKind: String
    /// The model, where it can be made again from its name.
    public let model: ModelDescription?
    /// The name of the loss that the model was trained with.
    public let loss: String
    /// The rows of the training.
    public let training: [Recorder.Row]
    /// The names of the transforms in order.
    public let transforms: [String]
    /// The class names, where there are classes.
    public let vocabulary: [String]?
    private let json: Data

    /// Reads the manifest of a model file.
    /// - Throws: ``ModelFileError`` when the file is no exported model or of a later version.
    public init(of file: SafetensorsFile, named name: String) throws {
        guard let text = file.metadata["apus"] else {
            throw ModelFileError(
                "\(name) is a safetensors file without Apus's manifest: it holds weights, but no exported model. "
                    + "Export a learner with export(to:), or load the weights into a model of your own.")
        }
        try self.init(json: Data(text.utf8), named: name)
    }

    init(json data: Data, named name: String) throws {
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let version = object["format_version"] as? Int, let task = object["task"] as? String,
            let inputKind = object["input_kind"] as? String, let loss = object["loss"] as? String
        else {
            throw ModelFileError(
                "The manifest of \(name) is damaged: it is not the JSON that Apus writes. Export the model again.")
        }
        guard version <= Self.formatVersion else {
            throw ModelFileError(
                "\(name) was written by a later version of Apus (format \(version), this one reads up to "
                    + "\(Self.formatVersion)); update Apus.")
        }
        json = data
        (self.task, self.inputKind, self.loss) = (task, inputKind, loss)
        model = (object["model"] as? [String: Any]).flatMap {
            try? JSONDecoder().decode(ModelDescription.self, from: JSONSerialization.data(withJSONObject: $0))
        }
        training =
            (object["training"] as? [Any]).flatMap {
                try? JSONDecoder.withNonFinite.decode(
                    [Recorder.Row].self, from: JSONSerialization.data(withJSONObject: $0))
            } ?? []
        transforms = ["item_transforms", "batch_transforms"].flatMap { key in
            (object[key] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        }
        vocabulary = (object["target"] as? [String: Any])?["vocabulary"] as? [String]
    }

    /// The manifest's JSON text for a pipeline and a model.
    public static func json<Input, Target>(
        pipeline: Pipeline<Input, Target>, model: ModelDescription?, loss: Loss, decoder: OutputDecoder,
        training: [Recorder.Row]
    ) throws -> String {
        var object: [String: Any] = [
            "format_version": formatVersion, "task": Target.task, "input_kind": name(of: pipeline.input.kinds),
            "loss": loss.name, "input": try plain(pipeline.input),
            "target": try plain(pipeline.target),
            "item_transforms": try pipeline.itemTransforms.map(named),
            "batch_transforms": try pipeline.batchTransforms.map(named), "training": try plain(training),
        ]
        if let model { object["model"] = try plain(model) }
        // What closures do is known to those alone who have them.
        object["activation"] = decoder.activation.isStorable ? try plain(decoder.activation) : custom
        object["decision"] = decoder.decision.isStorable ? try plain(decoder.decision) : custom
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }

    /// The pipeline that the manifest describes.
    public func pipeline<Input: InputBlock, Target: TargetBlock>(
        input: Input.Type, target: Target.Type, named name: String
    ) throws -> Pipeline<Input, Target> {
        guard task == Target.task else {
            throw ModelFileError("\(name) is a model for \(task), not for \(Target.task); load it as what it is.")
        }
        let object = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
        do {
            let block = try decode(Input.self, object["input"])
            guard Self.name(of: block.kinds) == inputKind else {
                throw ModelFileError(
                    "\(name) is a model for inputs of the kind \(inputKind), not \(Self.name(of: block.kinds)); "
                        + "load it as what it is.")
            }
            return Pipeline(
                input: block, target: try decode(Target.self, object["target"]),
                itemTransforms: try transforms(object["item_transforms"], Input.transformTypes, name).map {
                    guard let transform = $0 as? any ItemTransform else {
                        throw ModelFileError("\(name) lists \(type(of: $0).name) as an item transform.")
                    }
                    return transform
                },
                batchTransforms: try transforms(object["batch_transforms"], Input.transformTypes, name).map {
                    guard let transform = $0 as? any BatchTransform else {
                        throw ModelFileError("\(name) lists \(type(of: $0).name) as a batch transform.")
                    }
                    return transform
                })
        } catch let error as DecodingError {
            throw ModelFileError("The manifest of \(name) is damaged: \(error.sentence). Export the model again.")
        }
    }

    /// How the model's outputs are read.
    ///
    /// - Parameters:
    ///   - target: The file's target.
    ///   - loss: The loss that the caller gives, if any.
    /// - Throws: ``ModelFileError`` where the file does not say it and the loss is missing, or where they differ.
    func decoder(for target: some TargetBlock, loss: Loss?, named name: String) throws -> OutputDecoder {
        let object = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
        let stored: (activation: Activation?, decision: Decision?)
        do {
            stored =
                object["activation"] == nil
                ? earlierDecoder(object, target)
                : (
                    try Self.known(object["activation"], as: Activation.self),
                    try Self.known(object["decision"], as: Decision.self)
                )
        } catch let error as DecodingError {
            throw ModelFileError("The manifest of \(name) is damaged: \(error.sentence). Export the model again.")
        }
        guard let loss else {
            guard let activation = stored.activation, let decision = stored.decision else {
                throw needs(self.loss, name)
            }
            return OutputDecoder(activation: activation, decision: decision)
        }
        if stored.activation == nil || stored.decision == nil, loss.name != self.loss { throw needs(self.loss, name) }
        if let activation = stored.activation, activation != loss.activation {
            throw ModelFileError(
                "\(name) was trained with the loss \(self.loss), and the outputs of \(loss.name) mean something else. "
                    + "Give the loss of the training with loss:, or leave it out.")
        }
        // A threshold that is given rules; else the file's decision does.
        if case .ofTarget = loss.decision, let decision = stored.decision {
            return OutputDecoder(activation: loss.activation, decision: decision)
        }
        return OutputDecoder(loss, target: target)
    }

    private func needs(_ loss: String, _ name: String) -> ModelFileError {
        ModelFileError(
            "\(name) was trained with the loss \(loss), whose activation or decision is a closure that no file can hold; "
                + "give that loss with loss:.")
    }

    private static func known<Value: Decodable>(_ object: Any?, as type: Value.Type) throws -> Value? {
        if object as? String == custom { return nil }
        return try decode(type, object)
    }

    /// What the name of the loss says in files of before activation and decision were stored.
    private func earlierDecoder(_ object: [String: Any], _ target: some TargetBlock) -> (Activation?, Decision?) {
        if object["leaves_output"] as? Bool == true {
            return (.identity, target.decision?.resolved(for: nil) ?? .identity)
        }
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

    private func transforms(_ list: Any?, _ types: [any Transform.Type], _ file: String) throws -> [any Transform] {
        try (list as? [[String: Any]] ?? []).map { entry in
            let name = entry["name"] as? String ?? "?"
            guard let type = types.first(where: { $0.name == name }) else {
                throw ModelFileError(
                    "\(file) uses the transform \"\(name)\", which this version does not know; it knows "
                        + types.map { $0.name }.joined(separator: ", ") + ".")
            }
            return try decode(type, entry["settings"])
        }
    }

    private static func name(of kinds: [ElementKind]) -> String { kinds.map(\.rawValue).joined(separator: ", ") }

    private static func plain(_ value: some Encodable) throws -> Any {
        try JSONSerialization.jsonObject(with: JSONEncoder.withNonFinite.encode(value), options: [.fragmentsAllowed])
    }

    private static func named(_ transform: any Transform) throws -> [String: Any] {
        ["name": type(of: transform).name, "settings": try plain(transform)]
    }
}

private func decode<Value: Decodable>(_ type: Value.Type, _ object: Any?) throws -> Value {
    let data = try JSONSerialization.data(withJSONObject: object ?? [:], options: [.fragmentsAllowed])
    return try JSONDecoder.withNonFinite.decode(type, from: data)
}

// JSON has no infinities and no NaN, which the losses of a run that diverged are.
extension JSONEncoder {
    /// An encoder that writes numbers that are not finite as text.
    public static var withNonFinite: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}

extension JSONDecoder {
    /// A decoder that reads what ``Foundation/JSONEncoder/withNonFinite`` writes.
    public static var withNonFinite: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}

extension DecodingError {
    /// What is missing or wrong, and where.
    fileprivate var sentence: String {
        func place(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(place(context, key)) is missing"
        case .typeMismatch(let type, let context): return "\(place(context)) is no \(type)"
        case .valueNotFound(let type, let context): return "\(place(context)) is empty, \(type) was expected"
        case .dataCorrupted(let context): return "\(place(context)): \(context.debugDescription)"
        @unknown default: return "\(self)"
        }
    }
}
