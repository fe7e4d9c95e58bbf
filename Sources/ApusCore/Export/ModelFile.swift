// A model file: safetensors with a manifest; opening, reading, writing.
import Foundation
import Torch

/// An exported model on disk: a safetensors file with the model's weights and its ``ModelManifest``.
///
/// ```swift
/// let file = try ModelFile(url)
/// print(file.inputName, try file.summary().classes ?? [])
/// ```
public struct ModelFile {
    /// The version of the format that this library writes.
    public static let formatVersion = 2
    private static let manifestKey = "apus"
    private static let inputKey = "apus_input"
    private static let profileKey = "apus_profile"

    /// The file's name, for messages.
    public let name: String
    /// The weights.
    public let tensors: SafetensorsFile
    private let json: String

    /// Opens a file; weights are read when they are asked for.
    /// - Throws: ``ModelFileError`` when the file is not an exported model, `TensorFileError` when it is damaged.
    public init(_ url: URL) throws {
        name = url.lastPathComponent
        tensors = try SafetensorsFile(url)
        guard let json = tensors.metadata[Self.manifestKey] else {
            throw ModelFileError(
                "\(name) is a safetensors file without Apus's manifest: it holds weights, but no exported model. "
                    + "Export a learner with export(to:), or load the weights into a model of your own.")
        }
        self.json = json
    }

    /// The name of the model's input block, such as "ImageBlock", by which a program that knows several chooses. It stands
    /// beside the manifest, which may be large and is not read for it.
    public var inputName: String {
        if let name = tensors.metadata[Self.inputKey] { return name }
        // Format 1 says what the input's tensors are.
        switch try? summary().inputKind {
        case "image": return "ImageBlock"
        case "row": return "CollabBlock"
        case "row, row": return "TabularBlock"
        case let kind: return kind ?? ""
        }
    }

    /// What the items of the training were like, for a ``DriftMonitor``; nil for a file without a profile. It stands beside
    /// the manifest, and is not read for a prediction.
    /// - Throws: ``ModelFileError`` when the profile is damaged.
    public func profile() throws -> DataProfile? {
        guard let json = tensors.metadata[Self.profileKey] else { return nil }
        let profile = try DataProfile(json: json, named: name)
        // Of a recommender's users and items nothing is measured.
        return profile.quantities.isEmpty ? nil : profile
    }

    /// What the file is, without any of its types.
    /// - Throws: ``ModelFileError`` when the manifest is damaged, or of a later version.
    public func summary() throws -> ModelFileSummary {
        let context = StoredContext(types: .standard, file: name)
        return try readingManifest(of: name) {
            try context.decoder.decode(ModelFileSummary.self, from: Data(json.utf8))
        }
    }

    /// All that the file says, for inputs and targets of some types.
    ///
    /// - Parameter types: The custom types that the file may name; see ``StoredTypes``.
    /// - Throws: ``ModelFileError`` when the manifest is damaged, of a later version or one of other blocks, or names a type that is not in the
    ///   list.
    public func manifest<Input, Target>(
        _ input: Input.Type = Input.self, _ target: Target.Type = Target.self, types: StoredTypes = .standard
    ) throws -> ModelManifest<Input, Target> {
        try ModelManifest(json: Data(json.utf8), types: types, named: name)
    }

    /// The model with its weights.
    ///
    /// - Parameter own: Makes a model that the file does not describe.
    func model<Input, Target>(
        of manifest: ModelManifest<Input, Target>, own: () throws -> Module?
    ) throws -> Module {
        try withTorchErrors {
            // Every number is about to be loaded: drawing initial weights would take longer than reading them.
            let model = try Init.$isSkipped.withValue(true) {
                // So that the weights are copied once, into the layout that they will have.
                if let model = try own() { return model.emptiedToChannelsLast() }
                guard let stored = manifest.model else { throw undescribed(manifest.unstoredPart) }
                do {
                    return try stored.make().emptiedToChannelsLast()
                } catch let error as ModelFileError {
                    throw error
                } catch {
                    throw ModelFileError(
                        "The model of \(name) cannot be made as its file describes it: \(error) Export the model again."
                    )
                }
            }
            try model.loadStateDict(try tensors.names.map { (name: $0, tensor: try tensors.tensor($0)) })
            return model
        }
    }

    private func undescribed(_ part: String?) -> ModelFileError {
        ModelFileError(
            part.map {
                "\(name) holds a model with a custom \($0), which its file does not describe. Make the whole model and give "
                    + "it with model:; it is stored by itself where its type is a StoredModel."
            }
                ?? ("\(name) does not say how to make its model. Make it and give it with model:; a model is stored by itself "
                    + "where its type is a StoredModel."))
    }

    /// Writes a model file, to a temporary one first, so that an export that ends early leaves the old file whole.
    ///
    /// - Parameter profile: What the items of the training were like; none by default.
    /// - Throws: `TensorFileError` when the file cannot be written.
    public static func write<Input, Target>(
        _ manifest: ModelManifest<Input, Target>, _ tensors: [(String, Tensor)], profile: DataProfile? = nil,
        to url: URL
    ) throws {
        try write(json: manifest.json(), of: Input.self, tensors, profile: profile, to: url)
    }

    static func write<Input: InputBlock>(
        json: String, of input: Input.Type, _ tensors: [(String, Tensor)], profile: DataProfile?, to url: URL
    ) throws {
        var metadata = [manifestKey: json, inputKey: Input.storedName, "format": "pt"]
        metadata[profileKey] = try profile?.json()
        try Safetensors.save(tensors, metadata: metadata, to: url)
    }
}
