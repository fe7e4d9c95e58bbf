// The loaders of training and validation, with the blocks and transforms that made them.
import Foundation
import Torch

/// How raw values become batches: blocks that have learned from the training set, and the transforms.
///
/// The pipeline is what an exported model carries, so that it prepares a new item as the training did.
public struct Pipeline<Input: InputBlock, Target: TargetBlock>: Sendable {
    /// The block of the inputs.
    public var input: Input
    /// The block of the targets.
    public var target: Target
    /// The transforms of single items.
    public var itemTransforms: [any ItemTransform]
    /// The transforms of batches.
    public var batchTransforms: [any BatchTransform]

    public init(
        input: Input, target: Target, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = []
    ) {
        self.input = input
        self.target = target
        self.itemTransforms = itemTransforms
        self.batchTransforms = batchTransforms
    }

    /// One item, loaded and transformed: the input's value and, where there is one, the target's.
    package func item(
        input source: Input.Source, target label: Target.Source?, isTraining: Bool, random: inout SeededRandom
    ) throws -> (input: Input.Value, target: Target.Value?) {
        var values = try parts(input: source, target: label, isTraining: isTraining)
        for transform in itemTransforms {
            try transform.apply(&values, isTraining: isTraining, random: &random)
        }
        return try typed(values, hasTarget: label != nil)
    }

    /// What the item transforms see of an item: the parts of its input, then those of its target.
    func parts(input source: Input.Source, target label: Target.Source?, isTraining: Bool) throws -> [any Sendable] {
        let hint = LoadHint(atLeast: itemTransforms.first?.sizeNeeded(isTraining: isTraining))
        let inputs = input.parts(of: try input.load(source, hint: hint))
        guard let label else { return inputs }
        return inputs + target.parts(of: try target.placed(try target.load(label, hint: hint), on: inputs[0]))
    }

    /// The parts of an item after its transforms, which know nothing of the blocks, as the blocks' own types.
    func typed(_ values: [any Sendable], hasTarget: Bool) throws -> (input: Input.Value, target: Target.Value?) {
        let expected = input.partCount + (hasTarget ? target.partCount : 0)
        guard values.count == expected else {
            throw DataError("The item transforms left \(values.count) values of \(expected).")
        }
        let own = try input.value(ofParts: Array(values.prefix(input.partCount)))
        return (own, hasTarget ? try target.value(ofParts: Array(values.dropFirst(input.partCount))) : nil)
    }

    /// The batch of some items, with what is random drawn from the same numbers at each call.
    ///
    /// - Parameters:
    ///   - targets: Their labels; without, the batch has inputs alone.
    ///   - isTraining: Whether they are prepared as for training, or as for validation, the default.
    public func batch(
        of inputs: [Input.Source], targets: [Target.Source]? = nil, isTraining: Bool = false
    ) throws -> Batch {
        try batch(
            inputs: inputs, targets: targets, indices: Array(inputs.indices), isTraining: isTraining,
            draws: inputs.indices.map { SeededRandom(seed: $0) })
    }

    /// The batch of some items; without any tensors where none of them could be read and `unreadable` is `.skip`.
    package func batch(
        inputs: [Input.Source], targets: [Target.Source]?, indices: [Int], isTraining: Bool,
        draws: [SeededRandom], unreadable: UnreadablePolicy = .refuse, report: (any Error, Int) -> Void = { _, _ in }
    ) throws -> Batch {
        var inputValues: [Input.Value] = []
        var targetValues: [Target.Value] = []
        var kept: [Int] = []
        var draws = draws
        var keptDraws: [SeededRandom] = []
        for place in inputs.indices {
            do {
                let item = try withTorchErrors {
                    try self.item(
                        input: inputs[place], target: targets?[place], isTraining: isTraining, random: &draws[place])
                }
                inputValues.append(item.input)
                if let target = item.target { targetValues.append(target) }
                kept.append(indices[place])
                keptDraws.append(draws[place])
            } catch {
                let error = named(error, inputs[place])
                guard unreadable == .skip else { throw error }
                report(error, indices[place])
            }
        }
        if inputValues.isEmpty { return Batch(inputs: [], targets: []) }
        var batch = Batch(
            inputs: try input.tensors(of: inputValues),
            targets: targets == nil ? [] : try target.tensors(of: targetValues), indices: kept)
        try transform(&batch, isTraining: isTraining, draws: &keptDraws)
        return batch
    }

    /// An error that says of which file it is, where that is known.
    private func named(_ error: any Error, _ source: Input.Source) -> any Error {
        guard let error = error as? DataError, let file = source as? URL, !error.description.contains(file.path) else {
            return error
        }
        return DataError("\(file.path): \(error.description)")
    }

    /// Refuses transforms, and targets that they would leave behind.
    func checkTransforms() throws {
        for transform in itemTransforms { try transform.check() }
        for transform in batchTransforms { try transform.check() }
        try input.check(
            parts: input.partTypes + target.partTypes, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
    }

    /// Applies the batch transforms, with one generator of random numbers for each item.
    func transform(_ batch: inout Batch, isTraining: Bool, draws: inout [SeededRandom]) throws {
        try input.transformBatch(
            &batch, kinds: input.kinds + (batch.targets.isEmpty ? [] : target.kinds), transforms: batchTransforms,
            isTraining: isTraining, draws: &draws)
    }

    /// One item of a batch with what the batch transforms did to its values undone.
    func undone(_ item: Tensor) throws -> Tensor {
        try input.undoBatchTransforms(item.unsqueeze(0), transforms: batchTransforms)[0]
    }

    /// Turns the activated output for one item and the decision on it into a prediction. If the target is a picture, its
    /// normalisation is undone first.
    func prediction(from output: Tensor, decision: Tensor) throws -> Target.Prediction {
        guard target.kinds == [.image] else { return try target.prediction(from: output, decision: decision) }
        return try target.prediction(from: undone(output), decision: undone(decision))
    }

    /// The pipeline with a decision that the loss made in the target's place.
    func adopting(_ decision: Decision) -> Pipeline {
        var pipeline = self
        pipeline.target = target.adopting(decision)
        return pipeline
    }
}

/// A part of the data.
public enum DataPart: Sendable {
    /// The items to train on.
    case train
    /// The items to validate on.
    case valid

    var name: String { self == .train ? "training set" : "validation set" }
}

/// The loaders of training and validation.
public struct DataLoaders<Input: InputBlock, Target: TargetBlock>: Sendable {
    /// The batches to train on.
    public let train: any BatchSource
    /// The batches to validate on; nil where everything is for training.
    public let valid: (any BatchSource)?
    /// How raw values become batches.
    public let pipeline: Pipeline<Input, Target>
    /// The raw inputs and labels of the training set.
    public let trainItems: [(input: Input.Source, target: Target.Source)]
    /// The raw inputs and labels of the validation set.
    public let validItems: [(input: Input.Source, target: Target.Source)]
    /// The number of items of a batch.
    public let batchSize: Int
    let workers: Int?
    let unreadable: UnreadablePolicy
    private let seed: Int
    private let shuffle: Bool

    /// The loaders of items that are already split and labelled.
    ///
    /// - Parameters:
    ///   - workers: The number of loader threads; as many as cores by default, 0 for none.
    ///   - seed: The seed of order and augmentation; drawn from the global generator when it is nil, so that
    ///     `manualSeed` decides.
    ///   - shuffle: Whether the training items come in another order in each epoch; a last batch that is not full is
    ///     then left out.
    ///   - unreadable: What is done with an item that cannot be read.
    /// - Throws: ``DataError`` when there is nothing to train on, the batch size is not possible, transforms do not go
    ///   together, or a block refuses a raw value, such as a label that is no class.
    public init(
        pipeline: Pipeline<Input, Target>, train: [(input: Input.Source, target: Target.Source)],
        valid: [(input: Input.Source, target: Target.Source)], batchSize: Int = 64, workers: Int? = nil,
        seed: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws {
        guard !train.isEmpty else {
            throw DataError("There is no item to train on; check the item source and the splitter.")
        }
        try DataLoader.check(batchSize: batchSize, workers: workers)
        try pipeline.checkTransforms()
        try pipeline.input.check((train + valid).map(\.input))
        try pipeline.target.check((train + valid).map(\.target))
        let seed = seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self)
        self.pipeline = pipeline
        self.batchSize = batchSize
        (self.workers, self.seed, self.shuffle, self.unreadable) = (workers, seed, shuffle, unreadable)
        trainItems = train
        validItems = valid
        self.train = pipeline.loader(
            inputs: train.map(\.input), targets: train.map(\.target), batchSize: batchSize, workers: workers,
            isTraining: true, shuffle: shuffle, seed: seed, unreadable: unreadable)
        self.valid =
            valid.isEmpty
            ? nil
            : pipeline.loader(
                inputs: valid.map(\.input), targets: valid.map(\.target), batchSize: batchSize, workers: workers,
                unreadable: unreadable)
    }

    /// The raw inputs and labels of a part of the data.
    public func items(of part: DataPart) -> [(input: Input.Source, target: Target.Source)] {
        part == .train ? trainItems : validItems
    }

    /// Whether the data lie ready in memory, without raw values.
    var areInMemory: Bool { trainItems.isEmpty }

    /// A part of the data prepared as for validation; nil where there is none.
    func plain(_ part: DataPart) -> (any BatchSource)? {
        if areInMemory { return part == .train ? train : valid }
        return items(of: part).isEmpty ? nil : loader(items(of: part))
    }

    /// A loader of labelled items in their order, prepared as for validation.
    public func loader(_ items: [(input: Input.Source, target: Target.Source)]) -> DataLoader {
        pipeline.loader(
            inputs: items.map(\.input), targets: items.map(\.target), batchSize: batchSize, workers: workers,
            unreadable: unreadable)
    }

    /// The loaders of data that is ready in memory, without raw values.
    package init(
        pipeline: Pipeline<Input, Target>, train: any BatchSource, valid: (any BatchSource)?, batchSize: Int
    ) {
        self.pipeline = pipeline
        func made(_ source: any BatchSource) -> any BatchSource {
            (source as? DataLoader)?.made(by: pipeline, hasLabels: true, remake: nil) ?? source
        }
        self.train = made(train)
        self.valid = valid.map(made)
        self.batchSize = batchSize
        (workers, seed, shuffle, unreadable) = (0, 0, true, .refuse)
        (trainItems, validItems) = ([], [])
    }

    /// The loaders of the same items with other transforms or another batch size; seed, workers and what is done with
    /// unreadable items stay.
    ///
    /// ```swift
    /// let bigger = try loaders.with(itemTransforms: [Resize(224)], batchSize: 16)
    /// ```
    /// - Throws: ``DataError`` when the batch size is not possible, or for transforms of data that lie ready in memory.
    public func with(
        itemTransforms: [any ItemTransform]? = nil, batchTransforms: [any BatchTransform]? = nil,
        batchSize: Int? = nil
    ) throws -> DataLoaders {
        var pipeline = pipeline
        if let itemTransforms { pipeline.itemTransforms = itemTransforms }
        if let batchTransforms { pipeline.batchTransforms = batchTransforms }
        if areInMemory { return try rebatched(batchSize ?? self.batchSize, pipeline) }
        return try DataLoaders(
            pipeline: pipeline, train: trainItems, valid: validItems, batchSize: batchSize ?? self.batchSize,
            workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }

    /// The loaders of data in memory with another batch size.
    private func rebatched(_ size: Int, _ changed: Pipeline<Input, Target>) throws -> DataLoaders {
        try DataLoader.check(batchSize: size, workers: nil)
        guard changed.itemTransforms.isEmpty, changed.batchTransforms.isEmpty, let train = train as? DataLoader else {
            throw DataError(
                "The data lie ready in memory, where transforms do not apply; change the table before the loaders are "
                    + "made.")
        }
        return DataLoaders(
            pipeline: pipeline, train: train.with(batchSize: size),
            valid: (valid as? DataLoader)?.with(batchSize: size) ?? valid, batchSize: size)
    }

    /// The loaders of other training items, prepared in the same way.
    func with(train: [(input: Input.Source, target: Target.Source)]) throws -> DataLoaders {
        guard !areInMemory else {
            throw DataError(
                "The data lie ready in memory; choose or repeat rows of the table before the loaders are made.")
        }
        return try DataLoaders(
            pipeline: pipeline, train: train, valid: validItems, batchSize: batchSize, workers: workers, seed: seed,
            shuffle: shuffle, unreadable: unreadable)
    }

    /// A loader of new items without labels, prepared as for validation. A batch size below 1 or workers below 0 are refused
    /// when its batches are asked for.
    public func test(_ items: [Input.Source], batchSize: Int? = nil, workers: Int? = nil) -> DataLoader {
        pipeline.loader(items, batchSize: batchSize ?? self.batchSize, workers: workers)
    }

    /// A loader of new items with labels, such as a test set that was held back, prepared as for validation.
    ///
    /// ```swift
    /// let held = try imageFiles(in: path.appending(path: "test")).map { (input: $0, target: parentLabel($0)) }
    /// print(try learner.validate(loaders.test(labeled: held)))
    /// ```
    /// A learner gives each loader its own model's classes and normalisation; sizes and augmentation stay the loader's.
    /// - Throws: ``DataError`` when a block refuses a raw value, such as a label that the training set didn't have.
    public func test(labeled items: [(input: Input.Source, target: Target.Source)]) throws -> DataLoader {
        try pipeline.input.check(items.map(\.input))
        try pipeline.target.check(items.map(\.target))
        return loader(items)
    }
}

extension Pipeline {
    /// A loader of new items without labels, prepared as for validation. A batch size below 1 or workers below 0 are refused
    /// when its batches are asked for.
    public func loader(_ items: [Input.Source], batchSize: Int = 64, workers: Int? = nil) -> DataLoader {
        loader(inputs: items, targets: nil, batchSize: batchSize, workers: workers)
    }

    /// A loader of items with or without labels.
    ///
    /// - Parameters:
    ///   - isTraining: Whether items are augmented as in training.
    ///   - shuffle: Whether the order changes with each epoch; a last batch that is not full is then left out.
    ///   - seed: The seed of order and augmentation.
    ///   - report: Called on a worker's thread for each item that is left out; ``Reporting/current`` is warned by default.
    func loader(
        inputs: [Input.Source], targets: [Target.Source]?, batchSize: Int, workers: Int?, isTraining: Bool = false,
        shuffle: Bool = false, seed: Int = 0, unreadable: UnreadablePolicy = .refuse,
        report: (@Sendable (_ error: any Error, _ index: Int) -> Void)? = nil
    ) -> DataLoader {
        let report = report ?? UnreadableReporter().report
        @Sendable func made(
            by pipeline: Pipeline, _ batchSize: Int, _ shuffle: Bool, _ dropLast: Bool, _ workers: Int?, _ seed: Int
        ) -> DataLoader {
            DataLoader(
                itemCount: inputs.count, batchSize: batchSize, shuffle: shuffle, dropLast: dropLast, workers: workers,
                seed: seed
            ) { indices, draws in
                try pipeline.batch(
                    inputs: indices.map { inputs[$0] },
                    targets: targets.map { targets in indices.map { targets[$0] } },
                    indices: indices, isTraining: isTraining, draws: draws, unreadable: unreadable, report: report)
            }.made(by: pipeline, hasLabels: targets != nil) { [pipeline] other, loader in
                if let targets, let difference = other.target.difference(from: pipeline.target) {
                    // A class that no item has does not matter.
                    do { try other.target.check(targets) } catch { throw DataError.misfit(difference) }
                }
                return made(by: other, loader.batchSize, loader.shuffle, loader.dropsLast, loader.workers, loader.seed)
            }
        }
        return made(by: self, batchSize, shuffle, shuffle, workers, seed)
    }
}

extension DataLoaders where Target == CategoryBlock {
    /// The class names in the order of the model's outputs.
    public var vocabulary: [String] { pipeline.target.vocabulary }
}

/// Says once which item could not be read.
// @unchecked: the set is behind a lock.
private final class UnreadableReporter: @unchecked Sendable {
    private let lock = NSLock()
    private var seen: Set<Int> = []

    @Sendable func report(_ error: any Error, index: Int) {
        lock.lock()
        defer { lock.unlock() }
        guard seen.insert(index).inserted else { return }
        Reporting.current.warning("left out: \(error)")
    }
}
