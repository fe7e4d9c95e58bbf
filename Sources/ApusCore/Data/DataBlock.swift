// The data block: what kinds of data, how items are labeled and split, and how they are transformed.
import Foundation
import Torch

/// A recipe for data loaders: what kinds of data there are, how each item is labeled, which are for validation, and how
/// they are transformed. What it is applied to is a list of items.
///
/// ```swift
/// let pets = try DataBlock(
///     input: ImageBlock(), target: CategoryBlock(), label: .regex(#"(.+)_\d+\.jpg"#), split: .random(0.2, seed: 42),
///     itemTransforms: [Resize(460)], batchTransforms: augmentations(size: 224))
/// let loaders = try pets.dataLoaders(of: imageFiles(in: folder), LoaderOptions(batchSize: 32))
/// ```
public struct DataBlock<Item: Sendable, Input: InputBlock, Target: TargetBlock>: Sendable {
    /// The blocks and the transforms.
    public var pipeline: Pipeline<Input, Target>
    /// The raw input of an item.
    public var source: Labeler<Item, Input.Source>
    /// The raw label of an item.
    public var label: Labeler<Item, Target.Source>
    /// Decides which items are for validation.
    public var split: Splitter<[Item]>

    /// A recipe whose items are not the inputs themselves, such as rows of a table.
    ///
    /// - Parameters:
    ///   - input: What goes into the model.
    ///   - target: What the model predicts.
    ///   - source: The raw input of an item, such as `.column("file", in: folder)`.
    ///   - label: The raw label of an item, such as `.column("breed")`.
    ///   - split: Which items are for validation; a random fifth by default.
    ///   - itemTransforms: The transforms of single items, such as `[Resize(460)]`.
    ///   - batchTransforms: The transforms of batches, such as `augmentations(size: 224)`.
    public init(
        input: Input, target: Target, source: Labeler<Item, Input.Source>, label: Labeler<Item, Target.Source>,
        split: Splitter<[Item]> = .random(), itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = []
    ) {
        pipeline = Pipeline(
            input: input, target: target, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        self.source = source
        self.label = label
        self.split = split
    }

    /// A recipe whose items are not the inputs themselves, with functions that find input and label.
    public init(
        input: Input, target: Target, source: @escaping @Sendable (Item) throws -> Input.Source,
        label: @escaping @Sendable (Item) throws -> Target.Source?, split: Splitter<[Item]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = []
    ) {
        self.init(
            input: input, target: target, source: Labeler(source), label: Labeler(label), split: split,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
    }

    /// A recipe whose items are the inputs, such as files.
    public init(
        input: Input, target: Target, label: Labeler<Item, Target.Source>, split: Splitter<[Item]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = []
    ) where Item == Input.Source {
        self.init(
            input: input, target: target, source: Labeler { $0 }, label: label, split: split,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
    }

    /// A recipe whose items are the inputs, such as files, with a function that finds the label.
    public init(
        input: Input, target: Target, label: @escaping @Sendable (Item) throws -> Target.Source?,
        split: Splitter<[Item]> = .random(), itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = []
    ) where Item == Input.Source {
        self.init(
            input: input, target: target, label: Labeler(label), split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms)
    }

    /// A copy with some things changed.
    public func with(
        itemTransforms: [any ItemTransform]? = nil, batchTransforms: [any BatchTransform]? = nil,
        split: Splitter<[Item]>? = nil
    ) -> DataBlock {
        var copy = self
        if let itemTransforms { copy.pipeline.itemTransforms = itemTransforms }
        if let batchTransforms { copy.pipeline.batchTransforms = batchTransforms }
        if let split { copy.split = split }
        return copy
    }

    /// The loaders of a list of items.
    ///
    /// - Parameter test: Further items with labels, held back for a last test; those of the splitter by default.
    /// - Throws: ``DataError`` when there are no items, or what splitter, labeler and blocks throw.
    public func dataLoaders(
        of items: [Item], test: [Item]? = nil, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<Input, Target> {
        let parts = try parts(of: items, options)
        let held = try test.map { try labeled($0, of: "test", options) }
        return try DataLoaders(
            pipeline: pipeline, train: parts.train, valid: parts.valid, test: held ?? parts.test, options)
    }

    /// Raw inputs and labels of items.
    public typealias Labeled = [(input: Input.Source, target: Target.Source)]

    /// The raw inputs and labels of the parts of the data, for loaders of your own kind.
    ///
    /// - Parameter options: The seed of a random split that has none of its own, and what happens to items without a label.
    /// - Throws: What splitter and labeler throw, or ``DataError`` when nothing is left for training.
    public func parts(
        of items: [Item], _ options: LoaderOptions = LoaderOptions()
    ) throws -> (train: Labeled, valid: Labeled, test: Labeled) {
        guard !items.isEmpty else { throw DataError.noItems }
        let places = try split.trainingSplit(of: items, seed: options.seed)
        let parts = (
            train: try labeled(items, at: places.train, of: "training", options),
            valid: try labeled(items, at: places.valid, of: "validation", options),
            test: try labeled(items, at: places.test, of: "test", options)
        )
        guard !parts.train.isEmpty else {
            throw DataError("None of the \(places.train.count) training items has a label; check the labeler.")
        }
        if let warning = Self.warning(train: parts.train.count, valid: parts.valid.count) {
            Reporting.current.warning(warning)
        }
        return parts
    }

    /// The raw inputs and labels of further items, of which those without a label are refused or left out.
    ///
    /// - Parameter part: What messages call the items.
    public func labeled(
        _ items: [Item], of part: String, _ options: LoaderOptions = LoaderOptions()
    ) throws -> Labeled {
        try labeled(items, at: Array(items.indices), of: part, options)
    }

    /// The inputs and labels of some items, of which those without a label are refused or left out.
    func labeled(
        _ items: [Item], at places: [Int], of part: String, _ options: LoaderOptions = LoaderOptions()
    ) throws -> Labeled {
        let labels = try places.map { try label(items[$0]) }
        let isLabeled = pipeline.target.isLabeled(labels.compactMap { $0 })
        var kept: [(place: Int, label: Target.Source)] = []
        var missing: [Int] = []
        var labeled = isLabeled.makeIterator()
        for (place, label) in zip(places, labels) {
            if let label, labeled.next() ?? true { kept.append((place, label)) } else { missing.append(place) }
        }
        if let first = missing.first {
            guard options.unlabeled == .drop else {
                throw DataError(
                    "\(missing.count) of \(places.count) \(part) items \(missing.count == 1 ? "has" : "have") no label, the "
                        + "first is item \(first) (\(shortened("\(items[first])"))). Label them, or leave them out with "
                        + "LoaderOptions(unlabeled: .drop) (apus: --skip-unlabeled).")
            }
            Reporting.current.warning(
                "left out: \(missing.count) of \(places.count) \(part) items, which have no label.")
        }
        return try kept.map { place, label in
            guard let input = try source(items[place]) else {
                throw DataError("Item \(place) (\(shortened("\(items[place])"))) has no input; check source:.")
            }
            return (input, label)
        }
    }

    /// What is to be said of a validation set that is too small to tell models apart.
    static func warning(train: Int, valid: Int) -> String? {
        guard valid > 0, valid < 20, train + valid >= 200 else { return nil }
        return "the validation set has \(valid) of \(train + valid) items: one item is "
            + "\(String(format: "%.0f", 100 / Double(valid))) % of a metric. Give a larger part to validation."
    }
}

extension DataError {
    /// There is nothing to make loaders of.
    static var noItems: DataError {
        DataError("There are no items; check the folder or the list they come from.")
    }
}

/// A text for a message, cut where it is long.
func shortened(_ text: String, to count: Int = 100) -> String {
    text.count > count ? text.prefix(count) + "..." : text
}
