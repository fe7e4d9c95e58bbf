// The data block: what kinds of data, which items, how they are split and labelled, and how they are transformed.
import Foundation
import Torch

/// A recipe for data loaders: what kinds of data there are, how the items are listed, how each is labelled, which are for
/// validation, and how they are transformed.
///
/// ```swift
/// let pets = DataBlock(
///     input: ImageBlock(), target: CategoryBlock(), items: { imageFiles(in: $0) },
///     splitter: .random(seed: 42), label: RegexLabeller(#"(.+)_\d+\.jpg"#).callAsFunction,
///     itemTransforms: [Resize(460)], batchTransforms: augmentations(size: 224))
/// let loaders = try pets.dataLoaders(from: folder, batchSize: 32)
/// ```
public struct DataBlock<Item: Sendable, Input: InputBlock, Target: TargetBlock>: Sendable {
    /// The blocks and the transforms.
    public var pipeline: Pipeline<Input, Target>
    /// Lists the items of a source.
    public var items: @Sendable (URL) throws -> [Item]
    /// Decides which items are for validation.
    public var splitter: Splitter<Item>
    /// The raw input of an item.
    public var inputSource: @Sendable (Item) throws -> Input.Source
    /// The raw label of an item.
    public var label: @Sendable (Item) throws -> Target.Source

    /// A recipe whose items are not the inputs themselves, such as rows of a table.
    public init(
        input: Input, target: Target, items: @escaping @Sendable (URL) throws -> [Item],
        splitter: Splitter<Item> = .random(), inputSource: @escaping @Sendable (Item) throws -> Input.Source,
        label: @escaping @Sendable (Item) throws -> Target.Source, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = []
    ) {
        pipeline = Pipeline(
            input: input, target: target, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        self.items = items
        self.splitter = splitter
        self.inputSource = inputSource
        self.label = label
    }

    /// A recipe whose items are the inputs, such as files.
    public init(
        input: Input, target: Target, items: @escaping @Sendable (URL) throws -> [Item],
        splitter: Splitter<Item> = .random(), label: @escaping @Sendable (Item) throws -> Target.Source,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = []
    ) where Item == Input.Source {
        self.init(
            input: input, target: target, items: items, splitter: splitter, inputSource: { $0 }, label: label,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
    }

    /// A copy with some things changed.
    public func with(
        itemTransforms: [any ItemTransform]? = nil, batchTransforms: [any BatchTransform]? = nil,
        splitter: Splitter<Item>? = nil
    ) -> DataBlock {
        var copy = self
        if let itemTransforms { copy.pipeline.itemTransforms = itemTransforms }
        if let batchTransforms { copy.pipeline.batchTransforms = batchTransforms }
        if let splitter { copy.splitter = splitter }
        return copy
    }

    /// The loaders of a folder's items.
    /// - Throws: ``DataError`` when there are no items, or what splitter, labeller and blocks throw.
    public func dataLoaders(
        from source: URL, batchSize: Int = 64, workers: Int? = nil, seed: Int? = nil, shuffle: Bool = true,
        unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<Input, Target> {
        let items = try items(source)
        guard !items.isEmpty else {
            throw DataError(
                "There are no items in \(source.path); check the folder, and what the data block lists as items.")
        }
        return try dataLoaders(
            items: items, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }

    /// The loaders of a list of items.
    /// - Throws: What splitter, labeller and blocks throw.
    public func dataLoaders(
        items: [Item], batchSize: Int = 64, workers: Int? = nil, seed: Int? = nil, shuffle: Bool = true,
        unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<Input, Target> {
        let split = try places(of: items)
        func raw(_ indices: [Int]) throws -> [(input: Input.Source, target: Target.Source)] {
            try indices.map { (try inputSource(items[$0]), try label(items[$0])) }
        }
        let train = try raw(split.train)
        let valid = try raw(split.valid)
        guard !train.isEmpty else {
            throw DataError(
                "The splitter \(splitter.name) left none of the \(items.count) items for training; "
                    + "give a smaller validation part.")
        }
        if let warning = Self.warning(train: train.count, valid: valid.count) {
            Reporting.current.warning(warning)
        }
        var pipeline = pipeline
        try pipeline.input.setUp(train.map(\.input))
        try pipeline.target.setUp(train.map(\.target))
        return try DataLoaders(
            pipeline: pipeline, train: train, valid: valid, batchSize: batchSize, workers: workers, seed: seed,
            shuffle: shuffle, unreadable: unreadable)
    }

    /// What is to be said of a validation set that is too small to tell models apart.
    static func warning(train: Int, valid: Int) -> String? {
        guard valid > 0, valid < 20, train + valid >= 200 else { return nil }
        return "the validation set has \(valid) of \(train + valid) items: one item is "
            + "\(String(format: "%.0f", 100 / Double(valid))) % of a metric. Give a larger part to validation."
    }

    /// The places of training and validation, made sure to be among the items.
    func places(of items: [Item]) throws -> (train: [Int], valid: [Int]) {
        let split = try splitter.split(items)
        if let wrong = (split.train + split.valid).first(where: { !items.indices.contains($0) }) {
            throw DataError("The splitter \(splitter.name) chose the place \(wrong) of \(items.count) items.")
        }
        return split
    }
}
