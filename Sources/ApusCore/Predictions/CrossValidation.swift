// k-fold cross-validation: every item is predicted by a model that has not seen it.
import Foundation
import Torch

/// What k-fold cross-validation found.
public struct CrossValidation<Input: InputBlock, Target: TargetBlock> {
    /// One fold: a model trained on the other folds and measured on this one.
    public struct Fold {
        /// The model, for an ensemble for example.
        public let learner: Learner<Input, Target>
        /// The places of the fold's items, ascending.
        public let places: [Int]
        /// Loss and metrics on the fold.
        public let validation: ValidationResult
    }

    /// The folds in order.
    public let folds: [Fold]
    /// What is said of every item by the model that was not trained on it, in the order of the items.
    public let predictions: Predictions<Target>

    /// The loss and the metrics, averaged over the folds.
    public var mean: ValidationResult {
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let names = folds.first?.validation.metrics.map(\.name) ?? []
        return ValidationResult(
            loss: mean(folds.map(\.validation.loss)),
            metrics: names.map { name in
                Recorder.Value(name: name, value: mean(folds.map { $0.validation.metric(name) ?? .nan }))
            })
    }
}

/// The places of `count` items dealt to folds at random, as evenly as possible: each item in exactly one, each fold's
/// places ascending.
///
/// - Parameters:
///   - count: The number of items.
///   - folds: The number of folds.
///   - seed: Decides who gets what.
/// - Throws: ``DataError`` for fewer than two folds, or more than there are items.
public func kFolds(_ count: Int, folds: Int = 5, seed: Int = 0) throws -> [[Int]] {
    guard folds >= 2, folds <= count, count <= Int(Int32.max) else {
        throw DataError("\(folds) folds of \(count) items are not possible; give from 2 up to the number of items.")
    }
    var random = SeededRandom(seed: seed)
    let order = Array(0..<count).shuffled(using: &random)
    return (0..<folds).map { fold in order[fold * count / folds..<(fold + 1) * count / folds].sorted() }
}

extension DataBlock {
    /// Trains a model for each fold of the items, on all the others (fast.ai course 2022, lesson 7).
    ///
    /// ```swift
    /// let result = try pets.crossValidate(files, folds: 5, seed: 42) { loaders, fold in
    ///     let learner = try visionLearner(loaders, .resnet18, metrics: [.errorRate])
    ///     try learner.fineTune(3)
    ///     return learner
    /// }
    /// print(result.mean.metric("error_rate") ?? .nan)
    /// let test = try Predictions.ensemble(result.folds.map { try $0.learner.tta(testFiles) })
    /// ```
    /// The block's splitter is not asked. The target's block learns from all labels, so that every model knows the same
    /// classes; the input's block learns from each fold's training items.
    ///
    /// - Parameters:
    ///   - items: The items.
    ///   - folds: How many parts; 5 by default.
    ///   - seed: Decides the parts, and with the fold the order and the augmentation.
    ///   - train: Makes and trains the model of a fold, counted from 0.
    /// - Throws: ``DataError`` when the folds are not possible, or what blocks, data and training throw.
    public func crossValidate(
        _ items: [Item], folds: Int = 5, seed: Int = 0, _ options: LoaderOptions = LoaderOptions(),
        train: (_ loaders: DataLoaders<Input, Target>, _ fold: Int) throws -> Learner<Input, Target>
    ) throws -> CrossValidation<Input, Target> {
        let parts = try kFolds(items.count, folds: folds, seed: seed)
        let raw = try labeled(items, at: Array(items.indices), of: "given", options)
        guard raw.count == items.count else {
            throw DataError(
                "\(items.count - raw.count) of \(items.count) items have no label; leave them out of the list.")
        }
        let target = try pipeline.target.fitted(to: raw.map(\.target))
        var done: [CrossValidation<Input, Target>.Fold] = []
        var found: [Predictions<Target>] = []
        for (number, places) in parts.enumerated() {
            let chosen = Set(places)
            let rest = raw.indices.filter { !chosen.contains($0) }
            var pipeline = pipeline
            pipeline.target = target
            pipeline.input = try pipeline.input.fitted(to: rest.map { raw[$0].input })
            var options = options
            options.seed = seed &+ number
            let loaders = try DataLoaders(
                pipeline: pipeline, train: rest.map { raw[$0] }, valid: places.map { raw[$0] }, options)
            let learner = try train(loaders, number)
            guard let valid = learner.valid, valid.itemCount == places.count else {
                throw TrainingError(
                    "The model of fold \(number) validates on \(learner.valid?.itemCount ?? 0) items, not on the fold's "
                        + "\(places.count); make the learner with the loaders that the closure gets.")
            }
            found.append(try learner.getPredictions())
            done.append(.init(learner: learner, places: places, validation: try learner.validate()))
        }
        return CrossValidation(
            folds: done, predictions: try .joined(found, places: zip(found, parts).flatMap { $0.places(in: $1) }))
    }
}

extension Predictions {
    fileprivate func places(in fold: [Int]) -> [Int] { indices.map { fold[$0] } }

    /// The predictions of different items, in the order of their places.
    fileprivate static func joined(_ parts: [Predictions], places: [Int]) throws -> Predictions {
        let first = parts[0]
        let order = places.indices.sorted { places[$0] < places[$1] }
        return try withTorchErrors {
            let chosen = Tensor(order)
            func join(_ tensors: [Tensor], _ filler: Double? = nil) -> Tensor {
                Tensor.joined(tensors, filler: filler).indexSelect(dim: 0, chosen)
            }
            let losses = parts.compactMap(\.losses)
            let raw = parts.compactMap(\.raw)
            let (filler, fillers) = (first.target.filler, first.target.fillers)
            let zero = filler.map { _ in 0.0 }
            return Predictions(
                outputs: join(parts.map(\.outputs), zero), decoded: join(parts.map(\.decoded), filler),
                raw: raw.count == parts.count ? join(raw, zero) : nil,
                targets: first.targets.indices.map { number in
                    join(parts.map { $0.targets[number] }, number < fillers.count ? fillers[number] : nil)
                },
                losses: losses.count == parts.count ? join(losses) : nil, indices: order.map { places[$0] },
                inputs: [], target: first.target, decoder: first.decoder, context: first.context)
        }
    }
}
