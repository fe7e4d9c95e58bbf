// The manifest of a model file: what the file says beside its weights, as one value.
import Foundation
import Torch

/// What is wrong with a model file.
public struct ModelFileError: Error, CustomStringConvertible, Sendable {
    /// A sentence: which file, what is wrong, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// What a model file says beside its weights: all that a prediction needs.
///
/// It is the metadata entry "apus" of a safetensors file, as JSON. Version 2 stores models by their ``StoredModel``
/// configuration; version 1 is read, too.
public struct ModelManifest<Input: InputBlock, Target: TargetBlock>: Codable, Sendable {
    /// The blocks and transforms.
    public var pipeline: Pipeline<Input, Target>
    /// The model; nil for one that does not describe itself.
    public var model: StoredDescription?
    /// A part of the model that its description does not cover, such as "head".
    public var unstoredPart: String?
    /// The name of the loss that the model was trained with.
    public var loss: String
    /// From raw outputs to what predictions read; nil for a closure, which a file cannot hold.
    public var activation: Activation?
    /// From activated outputs to decisions; nil for a closure.
    public var decision: Decision?
    /// The rows of the training.
    public var training: [Recorder.Row]

    public init(
        pipeline: Pipeline<Input, Target>, model: StoredDescription?, unstoredPart: String? = nil, loss: String,
        decoder: OutputDecoder, training: [Recorder.Row] = []
    ) {
        (self.pipeline, self.model, self.unstoredPart) = (pipeline, model, unstoredPart)
        (self.loss, self.training) = (loss, training)
        activation = decoder.activation.isStorable ? decoder.activation : nil
        decision = decoder.decision.isStorable ? decoder.decision : nil
    }

    // MARK: JSON

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: ManifestKey.self)
        let context = StoredContext(of: decoder)
        let (name, version) = (context.file, try values.version(of: context.file))
        let (task, kind) = (
            try values.decode(String.self, forKey: .task), try values.decode(String.self, forKey: .inputKind)
        )
        guard task == Target.task else {
            throw ModelFileError("\(name) is a model for \(task), not for \(Target.task); load it as what it is.")
        }
        let input = try values.decode(Input.self, forKey: .input)
        guard inputKind(of: input) == kind else {
            throw ModelFileError(
                "\(name) is a model for inputs of the kind \(kind), not \(inputKind(of: input)); load it as what it is."
            )
        }
        // What a target shares with the input is stored once.
        let target = try values.decode(Target.self, forKey: .target).fitted(beside: input)
        func transforms<Kind>(_ key: ManifestKey, _ what: String, as kind: Kind.Type) throws -> [Kind] {
            try (values.decodeIfPresent([StoredTransform].self, forKey: key) ?? []).map {
                guard let transform = $0.transform as? Kind else {
                    throw ModelFileError("\(name) lists \(type(of: $0.transform).storedName) as \(what).")
                }
                return transform
            }
        }
        pipeline = Pipeline(
            input: input, target: target,
            itemTransforms: try transforms(.itemTransforms, "an item transform", as: (any ItemTransform).self),
            batchTransforms: try transforms(.batchTransforms, "a batch transform", as: (any BatchTransform).self))
        loss = try values.decode(String.self, forKey: .loss)
        training = try values.decodeIfPresent([Recorder.Row].self, forKey: .training) ?? []
        guard version > 1 else {
            let decoding = try Format1Decoding(values)
            activation = decoding.activation(target)
            decision = decoding.decision(target)
            let description = try values.decodeIfPresent(Format1Model.self, forKey: .model)
            unstoredPart = description?.customPart
            model = unstoredPart == nil ? try description.flatMap { try context.model(ofFormat1: $0) } : nil
            return
        }
        activation = try values.decodeIfPresent(Activation.self, forKey: .activation)
        decision = try values.decodeIfPresent(Decision.self, forKey: .decision)
        unstoredPart = try values.decodeIfPresent(String.self, forKey: .unstoredPart)
        // A model with a part that no file can hold is made by the program, so that its type need not be known.
        model = unstoredPart == nil ? try values.decodeIfPresent(StoredDescription.self, forKey: .model) : nil
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: ManifestKey.self)
        try values.encode(ModelFile.formatVersion, forKey: .version)
        try values.encode(Target.task, forKey: .task)
        try values.encode(inputKind(of: pipeline.input), forKey: .inputKind)
        try values.encode(pipeline.input, forKey: .input)
        try values.encode(pipeline.target, forKey: .target)
        try values.encodeIfPresent(pipeline.target.classNames, forKey: .classes)
        try values.encode(pipeline.itemTransforms.map { StoredTransform($0) }, forKey: .itemTransforms)
        try values.encode(pipeline.batchTransforms.map { StoredTransform($0) }, forKey: .batchTransforms)
        try values.encodeIfPresent(model, forKey: .model)
        try values.encodeIfPresent(unstoredPart, forKey: .unstoredPart)
        try values.encode(loss, forKey: .loss)
        try values.encodeIfPresent(activation, forKey: .activation)
        try values.encodeIfPresent(decision, forKey: .decision)
        try values.encode(training, forKey: .training)
    }

    /// The manifest as JSON with sorted keys.
    func json() throws -> String {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads the JSON of a file.
    init(json: Data, types: StoredTypes, named name: String) throws {
        let context = StoredContext(types: Input.storedTypes.adding(types), file: name)
        self = try readingManifest(of: name) { try context.decoder.decode(Self.self, from: json) }
    }

    // MARK: Reading outputs

    /// How the model's outputs are read.
    /// - Throws: ``ModelFileError`` where a closure decides that the file cannot hold.
    func decoder(named name: String) throws -> OutputDecoder {
        guard let activation, let decision else {
            throw ModelFileError(
                "\(name) was trained with the loss \(loss), whose activation or decision is a closure that no file can hold; "
                    + "give that loss with loss:, or decoder: to a predictor.")
        }
        return OutputDecoder(activation: activation, decision: decision)
    }

    /// The same for a program that gives the loss.
    /// - Throws: ``ModelFileError`` where the loss reads outputs in another way than the file's.
    func decoder(reading given: Loss, named name: String) throws -> OutputDecoder {
        if activation == nil || decision == nil, given.name != loss { return try decoder(named: name) }
        if let activation, activation != given.activation {
            throw ModelFileError(
                "\(name) was trained with the loss \(loss), and the outputs of \(given.name) mean something else. "
                    + "Give the loss of the training with loss:, or leave it out.")
        }
        // A threshold that is given rules; else the file's decision does.
        if case .ofTarget = given.decision, let decision {
            return OutputDecoder(activation: given.activation, decision: decision)
        }
        return OutputDecoder(given, target: pipeline.target)
    }
}

/// The keys of a manifest.
enum ManifestKey: String, CodingKey {
    case version = "format_version"
    case task
    case inputKind = "input_kind"
    case input, target, classes
    case itemTransforms = "item_transforms"
    case batchTransforms = "batch_transforms"
    case model
    case unstoredPart = "unstored_part"
    case loss, activation, decision, training
    /// Of format 1, before activation and decision were stored.
    case leavesOutput = "leaves_output"
}

extension KeyedDecodingContainer<ManifestKey> {
    /// The version of the format; asked for before anything else, since a later version may store all of it in another way.
    fileprivate func version(of name: String) throws -> Int {
        let version = try decode(Int.self, forKey: .version)
        guard version <= ModelFile.formatVersion else {
            throw ModelFileError(
                "\(name) was written by a later version of Apus (format \(version), this one reads up to "
                    + "\(ModelFile.formatVersion)); update Apus.")
        }
        return version
    }
}

/// What the tensors of an input stand for, as a word in files.
private func inputKind(of input: some InputBlock) -> String { input.kinds.map(\.rawValue).joined(separator: ", ") }

/// What every tool can show of a model file, whatever its types are.
public struct ModelFileSummary: Decodable, Sendable {
    /// The task, such as "classification".
    public let task: String
    /// The kind of input, such as "image".
    public let inputKind: String
    /// The name of the model: of its architecture, where it has one; nil for a model that does not describe itself.
    public let model: String?
    /// A part of the model that the file does not describe.
    public let unstoredPart: String?
    /// The name of the loss that the model was trained with.
    public let loss: String
    /// The rows of the training.
    public let training: [Recorder.Row]
    /// The names of the transforms in order.
    public let transforms: [String]
    /// The names of the classes, where there are classes.
    public let classes: [String]?

    private struct Named: Decodable { let name: String }

    private struct NamedModel: Decodable {
        let name: String
        let configuration: Configuration?
        struct Configuration: Decodable { let architecture: String? }
    }

    private struct Classes: Decodable {
        let vocabulary: [String]?
        let codes: [String]?
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: ManifestKey.self)
        _ = try values.version(of: StoredContext(of: decoder).file)
        task = try values.decode(String.self, forKey: .task)
        inputKind = try values.decode(String.self, forKey: .inputKind)
        loss = try values.decode(String.self, forKey: .loss)
        let named = try values.decodeIfPresent(NamedModel.self, forKey: .model)
        model = named.map { found in
            found.configuration?.architecture.map { found.name == "VisionModel" ? $0 : "\(found.name) of \($0)" }
                ?? found.name
        }
        unstoredPart =
            try values.decodeIfPresent(String.self, forKey: .unstoredPart)
            ?? (try? values.decode(Format1Model.self, forKey: .model))?.customPart
        training = (try? values.decodeIfPresent([Recorder.Row].self, forKey: .training)) ?? []
        transforms = try [ManifestKey.itemTransforms, .batchTransforms].flatMap { key in
            try (values.decodeIfPresent([Named].self, forKey: key) ?? []).map(\.name)
        }
        // Format 1 has them in the block alone.
        let found = try? values.decode(Classes.self, forKey: .target)
        classes = try values.decodeIfPresent([String].self, forKey: .classes) ?? found?.vocabulary ?? found?.codes
    }
}

/// Turns what is wrong with a manifest's JSON into a sentence.
func readingManifest<Result>(of name: String, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as DecodingError {
        throw ModelFileError("The manifest of \(name) is damaged: \(error.sentence). Export the model again.")
    }
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
    var sentence: String {
        func place(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(place(context, key)) is missing"
        case .typeMismatch(let type, let context): return "\(place(context)) is not a \(type)"
        case .valueNotFound(let type, let context): return "\(place(context)) is empty, \(type) was expected"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is not the JSON that Apus writes" : "\(place(context)): \(context.debugDescription)"
        @unknown default: return "\(self)"
        }
    }
}
