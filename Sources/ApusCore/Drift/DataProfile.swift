// The profile of a training's data, which the exported file keeps: what its items and the answers to them were like.
import Foundation
import Torch

/// What a model's items were like in its training: how columns, pictures or texts were spread, which classes it answered and
/// how surely, and its features of them. A ``DriftMonitor`` compares the items of today with it.
///
/// It is measured on items of the validation, since a model is surer of those that it has learned. An exported file keeps it:
///
/// ```swift
/// try learner.export(to: file)
/// if let profile = try ModelFile(file).profile() { print(profile.itemCount, profile.quantities.map(\.name)) }
/// ```
public struct DataProfile: Codable, Sendable {
    /// How many items were measured.
    public let itemCount: Int
    /// What was measured, each with its spread.
    public let quantities: [ProfiledQuantity]
    let features: FeatureSpread?

    /// The profile of items that a model answered which is no learner, such as trees; distances are those of the inputs'
    /// numbers.
    ///
    /// - Parameters:
    ///   - batch: The items as they go into the model.
    ///   - outputs: The model's raw outputs for them, as the loss expects them.
    ///   - pipeline: The blocks that made the items.
    ///   - decoder: How outputs are read.
    public init<Input, Target>(
        of batch: Batch, outputs: Tensor, _ pipeline: Pipeline<Input, Target>, decoder: OutputDecoder
    ) {
        self.init(ObservedItems(batch, output: outputs, features: nil, pipeline, decoder), layer: nil)
    }

    init(_ items: ObservedItems, layer: String?) {
        itemCount = items.count
        let fitted = items.features.flatMap { FeatureSpread.fitted(to: $0, layer: layer) }
        features = fitted?.spread
        quantities =
            items.quantities.map { ProfiledQuantity($0) }
            + (fitted.map { [ProfiledQuantity(.distance($0.distances))] } ?? [])
    }

    /// The profile as JSON.
    func json() throws -> String {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads the JSON of a file.
    init(json: String, named name: String) throws {
        self = try readingManifest(of: name) {
            try JSONDecoder.withNonFinite.decode(DataProfile.self, from: Data(json.utf8))
        }
        guard itemCount > 0 || quantities.isEmpty else {
            throw ModelFileError("The profile of \(name) has no items. Export the model again.")
        }
        for quantity in quantities { try quantity.check() }
        try features?.check()
    }
}

extension ObservedQuantity {
    /// The distances of items from those of the training.
    static func distance(_ values: [Double]) -> ObservedQuantity {
        ObservedQuantity(part: .distance, name: "distance", values: values, classes: nil)
    }
}

extension Predicting {
    /// The profile of the items of a loader, such as those of the validation, as this model sees them.
    ///
    /// - Parameters:
    ///   - loader: Items with numbers; not a stream.
    ///   - items: How many are measured at most, chosen at random by a fixed seed; 500 by default.
    /// - Throws: ``DataError`` for a stream or a loader without items, or what the data and the model throw.
    public func profile(of loader: BlockLoader<Input, Target>, items: Int = 500) throws -> DataProfile {
        guard loader.count > 0, items > 0 else {
            throw DataError(
                "A profile is made of items with numbers, at least one; a stream, such as that of a language model, has none."
            )
        }
        var random = SeededRandom(seed: 0)
        let chosen = Array((0..<loader.count).shuffled(using: &random).prefix(items))
        var predictor = predictor
        predictor.monitor = nil
        return try predictor.profiled(loader.subset(chosen))
    }
}

extension Predictor {
    fileprivate func profiled(_ source: any BatchSource) throws -> DataProfile {
        var seen: ObservedItems?
        let layer = try featureLayer(for: source)
        // Predictions go on as before: their plan, or that there is none yet, stays.
        try runTapping(source, layer, by: InferenceRunner()) { batch, output, features in
            let items = ObservedItems(batch, output: output, features: features, pipeline, decoder)
            if seen == nil { seen = items } else { seen?.append(items) }
        }
        guard let seen else { throw DataError("The loader has no items to make a profile of.") }
        return DataProfile(seen, layer: layer)
    }

    /// The name of the linear layer that is run last, whose inputs are the model's features; nil where there is none.
    private func featureLayer(for source: any BatchSource) throws -> String? {
        let batches = try source.batches(epoch: 0)
        defer { batches.cancel() }
        guard let batch = try batches.next()?.to(device) else { return nil }
        return runner.lastLinearLayer(for: batch.inputs, precision: precision, device: device)
    }
}

extension Learner {
    /// The profile that an exported file gets; nil where there is no data, it is a stream, or nothing of it is measured.
    ///
    /// What cannot be read any more is no reason not to write the model.
    func exportedProfile(items: Int) -> DataProfile? {
        guard items > 0 else { return nil }
        let own = (loaders?.valid ?? valid) as? BlockLoader<Input, Target>
        let training = (loaders?.train ?? train) as? BlockLoader<Input, Target>
        let measured = [own, training].compactMap(\.self).first { $0.count > 0 }
        guard let measured, let made = try? profile(of: measured, items: items) else { return nil }
        return made.quantities.isEmpty ? nil : made
    }
}
