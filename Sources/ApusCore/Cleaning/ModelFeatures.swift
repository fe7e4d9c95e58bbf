// What a model makes of items before it decides: a vector for each, by which items are alike.
import Torch

/// A model that says which of its layers has the vectors by which items are alike.
///
/// Of other models it is what goes into the last linear layer.
public protocol FeatureLayerModel: Module {
    /// The layer whose output tells items apart: `[batch, width]`, a sequence `[batch, length, width]` or maps
    /// `[batch, channels, height, width]`, of which the mean is taken.
    var featureLayer: Module { get }
}

extension Predicting {
    /// A vector for each item: what the model makes of it before it decides, `[items, width]`.
    ///
    /// Items that are alike for the model have vectors of about one direction; see ``nearDuplicates(of:threshold:isCentered:)``.
    /// - Parameters:
    ///   - sources: The raw inputs, such as files.
    ///   - batchSize: How many go through the model together.
    /// - Throws: ``TrainingError`` for a model without a linear layer, ``DataError`` for a batch size below 1, or what the
    ///   data and the model throw.
    public func features(of sources: [Input.Source], batchSize: Int = 64) throws -> Tensor {
        try DataLoader.check(batchSize: batchSize, workers: nil)
        let predictor = predictor
        var parts: [(indices: [Int], features: Tensor)] = []
        try predictor.run(watchingFeatures: predictor.pipeline.loader(sources, batchSize: batchSize).inOrder) {
            batch, _, features in
            guard let features else { throw TrainingError(noFeatures) }
            parts.append((batch.indices, features))
        }
        guard !parts.isEmpty else { throw TrainingError("There are no items to make vectors of.") }
        return try withTorchErrors {
            let order = parts.flatMap(\.indices)
            let places = order.indices.sorted { order[$0] < order[$1] }
            return Tensor.cat(parts.map(\.features)).indexSelect(dim: 0, Tensor(places))
        }
    }
}

private let noFeatures =
    "The model has no linear layer that ran, whose input could be compared; let it be a FeatureLayerModel, which names a layer."

extension Predictor {
    /// Runs the model over a loader; `body` sees each batch with the model's raw output and the items' vectors, on the
    /// processor; nil for a model that gives none.
    func run(
        watchingFeatures source: any BatchSource,
        _ body: (_ batch: Batch, _ output: Tensor, _ features: Tensor?) throws -> Void
    ) throws {
        try runner.withModel { model in
            var seen: Tensor?
            let hook: ModuleHook?
            if let layer = (model as? any FeatureLayerModel)?.featureLayer {
                hook = layer.registerForwardHook { _, _, output in
                    // A copy: the next layer may work in place.
                    seen = output.detached().clone()
                    return nil
                }
            } else {
                hook = model.namedModules().last { $0.module is Linear }?.module.registerForwardPreHook { _, inputs in
                    seen = inputs[0].detached().clone()
                    return nil
                }
            }
            defer { hook?.remove() }
            try run(source) { batch, output in
                let features = seen.flatMap { $0.meanFeatures(of: batch.count) }
                seen = nil
                try body(batch, output, features)
            }
        }
    }
}

extension Tensor {
    /// A vector for each item, `[items, width]`: maps and sequences by their means; nil for tensors of another shape.
    fileprivate func meanFeatures(of items: Int) -> Tensor? {
        guard dim > 1, size(0) == items else { return nil }
        let numbers = to(.cpu).to(.float32)
        return switch dim {
        case 2: numbers
        case 3: numbers.mean(dims: [1])
        default: numbers.mean(dims: Array(2..<dim))
        }
    }
}
