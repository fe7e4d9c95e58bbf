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
        let hint = LoadHint(atLeast: itemTransforms.first?.sizeNeeded(isTraining: isTraining))
        var values: [any Sendable] = [try input.load(source, hint: hint)]
        if let label { values.append(try target.load(label, hint: hint)) }
        for transform in itemTransforms {
            try transform.apply(&values, isTraining: isTraining, random: &random)
        }
        return try typed(values, hasTarget: label != nil)
    }

    /// The values of an item after its transforms, which know nothing of the blocks, as the blocks' own types.
    func typed(_ values: [any Sendable], hasTarget: Bool) throws -> (input: Input.Value, target: Target.Value?) {
        guard values.count == (hasTarget ? 2 : 1) else {
            throw DataError("The item transforms left \(values.count) values of \(hasTarget ? 2 : 1).")
        }
        guard let input = values[0] as? Input.Value else {
            throw DataError(
                "An item transform turned the input into a \(type(of: values[0])), \(Input.Value.self) was expected.")
        }
        guard hasTarget else { return (input, nil) }
        guard let target = values[1] as? Target.Value else {
            throw DataError(
                "An item transform turned the target into a \(type(of: values[1])), \(Target.Value.self) was expected.")
        }
        return (input, target)
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
                guard unreadable == .skip else { throw error }
                report(error, indices[place])
            }
        }
        if inputValues.isEmpty { return Batch(inputs: [], targets: []) }
        var batch = Batch(
            inputs: try input.inputs(of: inputValues),
            targets: targets == nil ? [] : [try target.collate(targetValues)], indices: kept)
        try transform(&batch, isTraining: isTraining, draws: &keptDraws)
        return batch
    }

    /// Applies the batch transforms, with one generator of random numbers for each item.
    func transform(_ batch: inout Batch, isTraining: Bool, draws: inout [SeededRandom]) throws {
        try input.transformBatch(
            &batch, kinds: batch.inputs.map { _ in input.kind } + (batch.targets.isEmpty ? [] : [target.kind]),
            transforms: batchTransforms,
            isTraining: isTraining, draws: &draws)
    }
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
    private let workers: Int?
    private let seed: Int
    private let shuffle: Bool
    private let unreadable: UnreadablePolicy

    /// The loaders of items that are already split and labelled.
    ///
    /// - Parameters:
    ///   - workers: The number of loader threads; as many as cores by default, 0 for none.
    ///   - seed: The seed of order and augmentation; drawn from the global generator when it is nil, so that
    ///     `manualSeed` decides.
    ///   - shuffle: Whether the training items come in another order in each epoch; a last batch that is not full is
    ///     then left out.
    ///   - unreadable: What is done with an item that cannot be read.
    /// - Throws: ``DataError`` when there is nothing to train on, the batch size is not possible, or a block refuses
    ///   a raw value, such as a label that is no class.
    public init(
        pipeline: Pipeline<Input, Target>, train: [(input: Input.Source, target: Target.Source)],
        valid: [(input: Input.Source, target: Target.Source)], batchSize: Int = 64, workers: Int? = nil,
        seed: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws {
        guard !train.isEmpty else {
            throw DataError("There is no item to train on; check the item source and the splitter.")
        }
        guard batchSize > 0 else { throw DataError("A batch size of \(batchSize) is not possible; give at least 1.") }
        guard workers ?? 0 >= 0 else { throw DataError("\(workers ?? 0) workers are not possible; give 0 or more.") }
        try pipeline.input.check((train + valid).map(\.input))
        try pipeline.target.check((train + valid).map(\.target))
        let seed = seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self)
        self.pipeline = pipeline
        self.batchSize = batchSize
        (self.workers, self.seed, self.shuffle, self.unreadable) = (workers, seed, shuffle, unreadable)
        trainItems = train
        validItems = valid
        let reporter = UnreadableReporter()
        func loader(_ items: [(input: Input.Source, target: Target.Source)], isTraining: Bool) -> DataLoader {
            DataLoader(
                itemCount: items.count, batchSize: batchSize, shuffle: isTraining && shuffle,
                dropLast: isTraining && shuffle, workers: workers, seed: isTraining ? seed : 0
            ) { indices, draws in
                try pipeline.batch(
                    inputs: indices.map { items[$0].input }, targets: indices.map { items[$0].target },
                    indices: indices, isTraining: isTraining, draws: draws, unreadable: unreadable
                ) { error, index in
                    reporter.report(error, key: "\(isTraining) \(index)")
                }
            }
        }
        self.train = loader(train, isTraining: true)
        self.valid = valid.isEmpty ? nil : loader(valid, isTraining: false)
    }

    /// The loaders of data that is ready in memory, without raw values.
    package init(
        pipeline: Pipeline<Input, Target>, train: any BatchSource, valid: (any BatchSource)?, batchSize: Int
    ) {
        self.pipeline = pipeline
        self.train = train
        self.valid = valid
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
    /// - Throws: ``DataError`` when the batch size is not possible.
    public func with(
        itemTransforms: [any ItemTransform]? = nil, batchTransforms: [any BatchTransform]? = nil,
        batchSize: Int? = nil
    ) throws -> DataLoaders {
        var pipeline = pipeline
        if let itemTransforms { pipeline.itemTransforms = itemTransforms }
        if let batchTransforms { pipeline.batchTransforms = batchTransforms }
        return try DataLoaders(
            pipeline: pipeline, train: trainItems, valid: validItems, batchSize: batchSize ?? self.batchSize,
            workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }

    /// A loader of new items without labels, prepared as for validation.
    public func test(_ items: [Input.Source], batchSize: Int? = nil, workers: Int? = nil) -> DataLoader {
        pipeline.loader(items, batchSize: batchSize ?? self.batchSize, workers: workers)
    }
}

extension Pipeline {
    /// A loader of new items without labels, prepared as for validation.
    public func loader(_ items: [Input.Source], batchSize: Int = 64, workers: Int? = nil) -> DataLoader {
        let pipeline = self
        return DataLoader(
            itemCount: items.count, batchSize: batchSize, shuffle: false, dropLast: false, workers: workers, seed: 0
        ) { indices, draws in
            try pipeline.batch(
                inputs: indices.map { items[$0] }, targets: nil, indices: indices, isTraining: false, draws: draws)
        }
    }
}

extension DataLoaders where Target == CategoryBlock {
    /// The class names in the order of the model's outputs.
    public var vocabulary: [String] { pipeline.target.vocabulary }
}

/// Says once on standard error which item could not be read.
// @unchecked: the set is behind a lock.
private final class UnreadableReporter: @unchecked Sendable {
    private let lock = NSLock()
    private var seen: Set<String> = []

    func report(_ error: any Error, key: String) {
        lock.lock()
        defer { lock.unlock() }
        guard seen.insert(key).inserted else { return }
        FileHandle.standardError.write(Data("warning: left out: \(error)\n".utf8))
    }
}
