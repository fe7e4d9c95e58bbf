// New data for a trained learner, and progressive resizing: training at one size after the other.
import Foundation
import Torch

extension Learner {
    /// Gives the learner other data, such as the same pictures at another size; weights and optimizer stay, prediction
    /// and export use the new transforms.
    ///
    /// A transform that belongs to the model, such as normalization with the statistics of its weights, is taken over
    /// where the new data has none of its kind.
    ///
    /// Split the new data as the old: a validation item that the model was trained on says nothing.
    ///
    /// ```swift
    /// try learner.replaceData(try loaders.with(batchTransforms: augmentations(size: 224), batchSize: 16))
    /// ```
    /// - Throws: ``TrainingError`` when the new data has other classes, or another kind of input, than the model.
    public func replaceData(_ loaders: DataLoaders<Input, Target>) throws {
        take(try fitted(loaders))
    }

    /// Trains at one size after the other, one cycle each: progressive resizing. The small pictures are quick, and the
    /// larger ones are as good as new data, so that the model generalizes better.
    ///
    /// ```swift
    /// try learner.fitProgressively(sizes: [64, 128, 256], epochs: 5, learningRate: 1e-3) { size in
    ///     try pets.with(batchTransforms: augmentations(size: ImageSize(size))).dataLoaders(of: files, LoaderOptions(seed: 42))
    /// }
    /// ```
    /// From fastai's course ("Practical deep learning", 2019, lesson 3). Whether groups are frozen stays as it is; for
    /// other schedules at each size call ``replaceData(_:)`` and a `fit` oneself.
    ///
    /// - Parameters:
    ///   - sizes: The sizes, in pixels, usually each twice as large as the one before.
    ///   - epochs: The epochs at each size.
    ///   - learningRate: The highest rate of each cycle; the trainer's learning rate by default.
    ///   - loaders: Makes the data of a size; called for all sizes before the training starts.
    /// - Throws: What `loaders`, ``replaceData(_:)`` and ``Trainer/fitOneCycle(_:learningRate:startDivisor:endDivisor:startFraction:momenta:weightDecay:)``
    ///   throw.
    public func fitProgressively(
        sizes: [Int], epochs: Int, learningRate: GroupValue? = nil,
        loaders: (_ size: Int) throws -> DataLoaders<Input, Target>
    ) throws {
        guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 }) else {
            throw TrainingError("Sizes of \(sizes) are not possible; give one or more, such as [64, 128, 256].")
        }
        // All before the first, so that what is wrong with the last does not come out after hours.
        let stages = try sizes.map { try fitted(try loaders($0)) }
        try stoppable {
            for (size, loaders) in zip(sizes, stages) {
                take(loaders)
                try stage("size \(size)") { try fitOneCycle(epochs, learningRate: learningRate) }
                if wasInterrupted { return }
            }
        }
    }

    private func take(_ loaders: DataLoaders<Input, Target>) {
        take(train: loaders.train, valid: loaders.valid)
        pipeline = loaders.pipeline.adopting(decoder.decision)
        self.loaders = loaders.to(device)
    }

    /// The loaders with the transforms that belong to the model; refused when they do not fit it.
    private func fitted(_ loaders: DataLoaders<Input, Target>) throws -> DataLoaders<Input, Target> {
        if let difference = pipeline.target.difference(from: loaders.pipeline.target) {
            throw TrainingError(
                "The new data does not fit the model: \(difference). Make it with the same target block.")
        }
        if let difference = pipeline.input.difference(from: loaders.pipeline.input) {
            throw TrainingError(
                "The new data does not fit the model: \(difference). Make it with the same input block.")
        }
        let fitting = try pipeline.showing(loaders.pipeline)
        return fitting.difference(from: loaders.pipeline, hasLabels: true) == nil
            ? loaders : try loaders.with(batchTransforms: fitting.batchTransforms)
    }
}
