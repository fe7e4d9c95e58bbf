// Test-time augmentation: predictions averaged over augmented versions of each item.
import Torch

extension Learner {
    /// What the model says of items when it sees each several times, augmented as in training, beside the plain version
    /// (fastai's `tta`; fast.ai course 2022, lesson 6).
    ///
    /// The result's outputs are `augmented + beta * (plain - augmented)`, with the mean over the augmented versions; with
    /// `useMax` they are the largest of all versions. The decisions are made from these outputs; there are no losses.
    ///
    /// ```swift
    /// print(try learner.tta().measure(.errorRate))            // of the validation set
    /// try learner.tta(testFiles).writeCSV(to: csv, ids: testFiles.map(\.lastPathComponent))
    /// ```
    /// - Parameters:
    ///   - items: Items without labels; the validation set by default.
    ///   - count: The number of augmented versions; 4 by default.
    ///   - beta: The weight of the plain version, from 0 to 1; 0.25 by default.
    ///   - useMax: Whether the largest output counts instead of the mean.
    ///   - itemTransforms: Those of the training by default.
    ///   - batchTransforms: Those of the training by default; normalization stays the model's.
    ///   - batchSize: The loaders' by default.
    ///   - seed: Decides the augmentation; 0 by default, so that the same model gives the same result.
    /// - Throws: ``TrainingError`` when there is nothing to predict, a number is not possible or the target moves with the
    ///   picture as a mask does, or what the data and the model throw.
    public func tta(
        _ items: [Input.Source]? = nil, count: Int = 4, beta: Double = 0.25, useMax: Bool = false,
        itemTransforms: [any ItemTransform]? = nil, batchTransforms: [any BatchTransform]? = nil,
        batchSize: Int? = nil, seed: Int = 0
    ) throws -> Predictions<Target> {
        guard count > 0 else { throw TrainingError("\(count) augmented versions are not possible; give at least 1.") }
        let moving: Set<ElementKind> = [.mask, .points, .boxes, .image]
        guard moving.isDisjoint(with: pipeline.target.kinds) else {
            throw TrainingError(
                "Test-time augmentation averages answers that stay the same when a picture is mirrored or turned; "
                    + "those of \(Target.self) move with it. Use getPredictions().")
        }
        guard (0...1).contains(beta) else {
            throw TrainingError("A beta of \(beta) is no weight of the plain version; give a number of 0 to 1.")
        }
        var chosen = pipeline
        if let itemTransforms { chosen.itemTransforms = itemTransforms }
        if let batchTransforms { chosen.batchTransforms = batchTransforms }
        // What belongs to the model, such as normalization, stays.
        let pipeline = try pipeline.showing(chosen)
        let inputs = items ?? loaders?.validItems.map(\.input) ?? []
        let targets = items == nil ? loaders?.validItems.map(\.target) : nil
        guard !inputs.isEmpty else {
            throw TrainingError("There is nothing to predict; give items, or loaders with a validation set.")
        }
        func loader(isTraining: Bool) -> BlockLoader<Input, Target> {
            // Only the plain pass looks at the labels.
            pipeline.loader(
                inputs: inputs, targets: isTraining ? nil : targets, batchSize: batchSize ?? loaders?.batchSize ?? 64,
                workers: loaders?.options.workers, isTraining: isTraining, seed: seed,
                unreadable: items == nil ? loaders?.options.unreadable ?? .refuse : .refuse)
        }
        let plain = try getPredictions(loader(isTraining: false))
        let augmenting = loader(isTraining: true)
        var joined: Tensor?
        for version in 0..<count {
            let predictions = try getPredictions(EpochOf(augmenting, number: version))
            guard predictions.indices == plain.indices else {
                throw TrainingError(
                    "Version \(version) gave predictions of \(predictions.count) items, the plain pass of "
                        + "\(plain.count); the items must stay readable.")
            }
            joined = try withTorchErrors {
                joined.map { useMax ? $0.maximum(predictions.outputs) : $0 + predictions.outputs }
                    ?? predictions.outputs
            }
        }
        guard let joined else { return plain }
        return try withTorchErrors {
            if useMax { return plain.with(outputs: joined.maximum(plain.outputs)) }
            return plain.with(outputs: (joined / count).lerp(plain.outputs, weight: .double(beta)))
        }
    }
}

/// One epoch of a loader again and again, so that its augmentation does not depend on the training before.
private final class EpochOf: BatchSource {
    private let loader: any BatchSource
    private let number: Int

    init(_ loader: any BatchSource, number: Int) {
        self.loader = loader
        self.number = number
    }

    var batchCount: Int { loader.batchCount }
    var itemCount: Int { loader.itemCount }
    var batchSize: Int { loader.batchSize }
    func batches(epoch: Int) throws -> any BatchIterator { try loader.batches(epoch: number) }
}
