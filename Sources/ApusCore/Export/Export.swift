// Writing a trained model, and the check that what is written can be read.
import Foundation
import Torch

extension Learner {
    /// Writes the model with all that prediction needs into one file: weights, architecture, blocks, transforms, how outputs
    /// are read, training record.
    ///
    /// What is about to be written is read back first, so that no file comes about that cannot be loaded. A model with a
    /// part that a file cannot describe, such as a custom head, is written with a note of it; it is loaded with
    /// `load(from:makeModel:)`.
    ///
    /// The file is written beside and then renamed, so that an interrupted export leaves the old file whole.
    /// - Throws: ``ModelFileError`` that names the part that no load could read, or a parameter that is infinite or NaN;
    ///   `TensorFileError` when the file cannot be written.
    public func export(to url: URL) throws {
        if let name = try withTorchErrors({ model.firstNonFinite() }) {
            throw ModelFileError(
                "The model was not written to \(url.lastPathComponent): its tensor \(name) holds numbers that are infinite "
                    + "or NaN, so that its predictions would be none. Train again with a lower learning rate; the callback "
                    + "StopOnNaN keeps the last good weights.")
        }
        let tensors = model.stateDict().map { ($0.name, $0.tensor.detached().to(.cpu).contiguous()) }
        let manifest = try ModelManifest.json(
            pipeline: pipeline, model: try checkedDescription(), loss: loss, decoder: decoder, training: recorder.rows)
        try checkReading(manifest)
        try Safetensors.save(tensors, metadata: ["apus": manifest, "format": "pt"], to: url)
    }

    /// The description of the model, with the part that it does not cover.
    private func checkedDescription() throws -> ModelDescription? {
        guard let model = model as? any DescribedModel else { return nil }
        var description = model.modelDescription
        if description.customPart == nil { description.customPart = try model.partBeyond(description) }
        return description
    }

    /// Reads a manifest as loading would.
    private func checkReading(_ json: String) throws {
        let known = Set(Input.transformTypes.map { $0.name })
        let transforms: [any Transform] = pipeline.itemTransforms + pipeline.batchTransforms
        if let unknown = transforms.first(where: { !known.contains(type(of: $0).name) }) {
            throw ModelFileError(
                "The model is not exported, since no load would know its transform \(type(of: unknown).name): "
                    + "\(Input.self).transformTypes lacks it. Give the learner data without it, with "
                    + "replaceData(loaders.with(itemTransforms:batchTransforms:)).")
        }
        let read: Pipeline<Input, Target>
        do {
            read = try ModelManifest(json: Data(json.utf8), named: "The file")
                .pipeline(input: Input.self, target: Target.self, named: "The file")
        } catch {
            throw ModelFileError("The model is not exported, since it could not be loaded: \(error)")
        }
        func check(_ own: some Encodable, _ read: some Encodable, _ part: String) throws {
            guard try encoded(own) == encoded(read) else {
                throw ModelFileError(
                    "The model is not exported, since \(part) would be read as another one than was written; its "
                        + "init(from:) must restore what encode(to:) writes.")
            }
        }
        try check(pipeline.input, read.input, "its input block \(Input.self)")
        try check(pipeline.target, read.target, "its target block \(Target.self)")
        let readTransforms: [any Transform] = read.itemTransforms + read.batchTransforms
        for (own, read) in zip(transforms, readTransforms) {
            try check(own, read, "its transform \(type(of: own).name)")
        }
    }
}

extension DescribedModel {
    /// What differs in the model that is made of a description; nil where nothing does.
    fileprivate func partBeyond(_ description: ModelDescription) throws -> String? {
        let made = try? withTorchErrors {
            try Init.$isSkipped.withValue(true) {
                try Self.standardModel(of: description).map { model in
                    try model.loadStateDict(stateDict())
                    return model
                }
            }
        }
        guard let made = made ?? nil else { return "structure" }
        // Dropout makes no difference to predictions.
        func shape(_ module: Module) -> String { "\(module)".replacing(/Dropout\w*\([^)]*\)/, with: "Dropout") }
        return shape(made) == shape(self) ? nil : "structure"
    }
}
