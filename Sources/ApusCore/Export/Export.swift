// Writing a trained model, and the check that what is written can be read.
import Foundation
import Torch

extension Learner {
    /// Writes the model with all that prediction needs into one file: weights, model, blocks, transforms, how outputs are
    /// read, training record. ``Predictor`` reads it.
    ///
    /// What is about to be written is read back first, so that no file comes about that cannot be loaded. A model with a
    /// part that a file cannot describe, such as a head that is not a ``StoredModel``, is written with a note of it; whoever
    /// loads it makes the model.
    ///
    /// The file also keeps a ``DataProfile`` of the validation's items, so that a ``DriftMonitor`` can say later when other
    /// ones come. Items that cannot be read any more, and streams, give none.
    ///
    /// - Parameters:
    ///   - types: The custom types that the file names; whoever loads the file gives the same list.
    ///   - profileItems: How many items the profile is measured on at most: 500 by default, 0 for a file without one.
    /// - Throws: ``ModelFileError`` that names the part that no load could read, or a parameter that is infinite or NaN;
    ///   `TensorFileError` when the file cannot be written.
    public func export(to url: URL, types: StoredTypes = .standard, profileItems: Int = 500) throws {
        if let name = try withTorchErrors({ model.firstNonFinite() }) {
            throw ModelFileError(
                "The model was not written to \(url.lastPathComponent): its tensor \(name) holds numbers that are infinite "
                    + "or NaN, so that its predictions would be none. Train again with a lower learning rate; the callback "
                    + "StopOnNaN keeps the last good weights.")
        }
        let tensors = model.stateDict().map { ($0.name, $0.tensor.detached().to(.cpu).contiguous()) }
        let stored = model as? any StoredModel
        let manifest = ModelManifest(
            pipeline: pipeline, model: stored.map { StoredDescription($0) },
            unstoredPart: try stored?.partBeyondConfiguration(),
            loss: loss.name, decoder: decoder, training: recorder.rows)
        let json = try manifest.json()
        try checkReading(json, types)
        try ModelFile.write(
            json: json, of: Input.self, tensors, profile: exportedProfile(items: profileItems), to: url)
    }

    /// Reads a manifest as loading would.
    private func checkReading(_ json: String, _ types: StoredTypes) throws {
        let manifest: ModelManifest<Input, Target>
        do {
            manifest = try ModelManifest(json: Data(json.utf8), types: types, named: "The file")
        } catch {
            throw ModelFileError("The model is not exported, since it could not be loaded. \(error)")
        }
        let read = manifest.pipeline
        func check(_ own: some Encodable, _ read: some Encodable, _ part: String) throws {
            guard try encoded(own) == encoded(read) else {
                throw ModelFileError(
                    "The model is not exported, since \(part) would be read as another one than was written; its "
                        + "init(from:) must restore what encode(to:) writes.")
            }
        }
        try check(pipeline.input, read.input, "its input block \(Input.self)")
        try check(pipeline.target, read.target, "its target block \(Target.self)")
        let transforms: [any Transform] = pipeline.itemTransforms + pipeline.batchTransforms
        let readTransforms: [any Transform] = read.itemTransforms + read.batchTransforms
        for (own, read) in zip(transforms, readTransforms) {
            try check(own, read, "its transform \(type(of: own).storedName)")
        }
    }
}

extension StoredModel {
    /// What differs in the model that is made of the configuration; nil where nothing does.
    fileprivate func partBeyondConfiguration() throws -> String? {
        if let unstoredPart { return unstoredPart }
        let made = try? withTorchErrors {
            try Init.$isSkipped.withValue(true) {
                let model = try Self(configuration)
                try model.loadStateDict(stateDict())
                return model
            }
        }
        guard let made else { return "structure" }
        // Dropout makes no difference to predictions.
        func shape(_ module: Module) -> String { "\(module)".replacing(/Dropout\w*\([^)]*\)/, with: "Dropout") }
        return shape(made) == shape(self) ? nil : "structure"
    }
}
