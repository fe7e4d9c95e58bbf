// The loaders of training, validation and test, made of raw values, of datasets or of streams.
import Foundation
import Torch

/// A part of the data.
public enum DataPart: Sendable {
    /// The items to train on.
    case train
    /// The items to validate on.
    case valid
    /// The items held back for a last test.
    case test

    var name: String {
        switch self {
        case .train: "training set"
        case .valid: "validation set"
        case .test: "test set"
        }
    }
}

/// The loaders of the parts of the data.
///
/// ```swift
/// let loaders = try pets.dataLoaders(of: files)
/// let (picture, label) = try loaders.train.item(3)
/// let digits = try DataLoaders(
///     train: TensorDataset(x, y), valid: TensorDataset(vx, vy), input: TensorInput(),
///     target: CategoryBlock(vocabulary: names))
/// ```
public struct DataLoaders<Input: InputBlock, Target: TargetBlock>: Sendable {
    /// The batches to train on.
    public let train: BlockLoader<Input, Target>
    /// The batches to validate on; nil where everything is for training.
    public let valid: BlockLoader<Input, Target>?
    /// The batches of the items that were held back for a last test; nil where there are none.
    public let test: BlockLoader<Input, Target>?
    /// How raw values become batches.
    public let pipeline: Pipeline<Input, Target>
    /// How the items come together.
    public let options: LoaderOptions

    /// The number of items of a batch.
    public var batchSize: Int { train.batchSize }

    /// The loaders of items that are already split and labeled.
    ///
    /// Blocks that have not learned from data yet do so from the training items.
    ///
    /// - Parameters:
    ///   - pipeline: The blocks and the transforms.
    ///   - train: The raw inputs and labels to train on.
    ///   - valid: The raw inputs and labels to validate on.
    ///   - test: Those that are held back for a last test.
    /// - Throws: ``DataError`` when there is nothing to train on, the batch size is not possible, transforms do not go
    ///   together, or a block refuses a raw value, such as a label that is no class.
    public init(
        pipeline: Pipeline<Input, Target>, train: [(input: Input.Source, target: Target.Source)],
        valid: [(input: Input.Source, target: Target.Source)] = [],
        test: [(input: Input.Source, target: Target.Source)] = [], _ options: LoaderOptions = LoaderOptions()
    ) throws {
        guard !train.isEmpty else {
            throw DataError("There is no item to train on; check the item source and the splitter.")
        }
        let options = try options.resolved()
        let pipeline = try pipeline.fitted(to: train)
        let all = train + valid + test
        try pipeline.checkTransforms()
        try pipeline.input.check(all.map(\.input))
        try pipeline.target.check(all.map(\.target))
        func loader(
            _ items: [(input: Input.Source, target: Target.Source)], isTraining: Bool = false
        ) throws -> BlockLoader<Input, Target> {
            if let stream = try pipeline.input.stream(of: items.map(\.input), isTraining: isTraining, options) {
                return BlockLoader(stream, pipeline, isTraining: isTraining)
            }
            let dataset = SourceDataset(
                pipeline, inputs: items.map(\.input), targets: items.map(\.target), isTraining: isTraining,
                unreadable: options.unreadable)
            return BlockLoader(dataset, DataLoader(dataset, options, isTraining: isTraining), pipeline)
        }
        self.init(
            pipeline, train: try loader(train, isTraining: true), valid: valid.isEmpty ? nil : try loader(valid),
            test: test.isEmpty ? nil : try loader(test), options)
    }

    /// The loaders of data that blocks have prepared, such as the rows of a table.
    ///
    /// - Parameter pipeline: The blocks, which have learned what they must know; they are not fitted here.
    /// - Throws: ``DataError`` when there is nothing to train on, or an option is not possible.
    public init(
        pipeline: Pipeline<Input, Target>, train: any BlockDataset<Input, Target>,
        valid: (any BlockDataset<Input, Target>)? = nil, test: (any BlockDataset<Input, Target>)? = nil,
        _ options: LoaderOptions = LoaderOptions()
    ) throws {
        guard train.count > 0 else { throw DataError("There is no item to train on; check the splitter.") }
        let options = try options.resolved()
        func loader(
            _ dataset: any BlockDataset<Input, Target>, isTraining: Bool = false
        ) -> BlockLoader<Input, Target> {
            BlockLoader(dataset, DataLoader(dataset, options, isTraining: isTraining), pipeline)
        }
        self.init(
            pipeline, train: loader(train, isTraining: true), valid: valid.flatMap { $0.count > 0 ? loader($0) : nil },
            test: test.flatMap { $0.count > 0 ? loader($0) : nil }, options)
    }

    /// The loaders of custom datasets, such as tensors in memory, with the blocks that say what their tensors mean.
    ///
    /// ```swift
    /// let loaders = try DataLoaders(
    ///     train: TensorDataset(x, y), valid: TensorDataset(vx, vy), input: TensorInput(), target: CategoryBlock())
    /// ```
    /// Classes that the block does not name are called after their numbers, and a ``NumberBlock`` finds its scale, where the
    /// training data is a ``TensorDataset``.
    ///
    /// - Throws: ``DataError`` when there is nothing to train on, an option is not possible, or a block does not know what it
    ///   must.
    public init(
        train: any Dataset, valid: (any Dataset)? = nil, test: (any Dataset)? = nil, input: Input, target: Target,
        _ options: LoaderOptions = LoaderOptions()
    ) throws {
        guard train.count > 0 else { throw DataError("There is no item to train on; give a dataset that has items.") }
        let options = try options.resolved()
        let pipeline = Pipeline(
            input: try input.fitted(to: []),
            target: try target.fitted(toTensors: (train as? TensorDataset)?.targets ?? []))
        func loader(_ dataset: any Dataset, isTraining: Bool = false) -> BlockLoader<Input, Target> {
            let items = PreparedDataset<Input, Target>(dataset)
            return BlockLoader(items, DataLoader(items, options, isTraining: isTraining), pipeline)
        }
        self.init(
            pipeline, train: loader(train, isTraining: true), valid: valid.flatMap { $0.count > 0 ? loader($0) : nil },
            test: test.flatMap { $0.count > 0 ? loader($0) : nil }, options)
    }

    /// The loaders of streams: batches that come from elsewhere, with the blocks that say what their tensors mean.
    ///
    /// - Parameter batchTransforms: What the batches go through, drawn from the stream's seed, the epoch and the batch.
    /// - Throws: ``DataError`` when a block does not know what it must, or transforms do not go together.
    public init(
        train: any BatchSource, valid: (any BatchSource)? = nil, test: (any BatchSource)? = nil, input: Input,
        target: Target, batchTransforms: [any BatchTransform] = []
    ) throws {
        let pipeline = Pipeline(
            input: try input.fitted(to: []), target: try target.fitted(toTensors: []), batchTransforms: batchTransforms)
        try pipeline.checkTransforms()
        func loader(_ source: any BatchSource) -> BlockLoader<Input, Target> {
            BlockLoader(source, pipeline, isTraining: false)
        }
        self.init(
            pipeline, train: BlockLoader(train, pipeline, isTraining: true), valid: valid.map(loader),
            test: test.map(loader),
            LoaderOptions(batchSize: train.batchSize, workers: train.workers, seed: train.seed))
    }

    private init(
        _ pipeline: Pipeline<Input, Target>, train: BlockLoader<Input, Target>, valid: BlockLoader<Input, Target>?,
        test: BlockLoader<Input, Target>?, _ options: LoaderOptions
    ) {
        (self.pipeline, self.options) = (pipeline, options)
        (self.train, self.valid, self.test) = (train, valid, test)
    }

    // MARK: Parts

    /// The loader of a part of the data; nil where there is none.
    public func loader(of part: DataPart) -> BlockLoader<Input, Target>? {
        switch part {
        case .train: train
        case .valid: valid
        case .test: test
        }
    }

    /// The raw inputs and labels of a part of the data; see ``BlockLoader/items``.
    public func items(of part: DataPart) -> [(input: Input.Source, target: Target.Source)] {
        loader(of: part)?.items ?? []
    }

    /// The raw inputs and labels of the training set; see ``BlockLoader/items``.
    public var trainItems: [(input: Input.Source, target: Target.Source)] { train.items }

    /// The raw inputs and labels of the validation set; see ``BlockLoader/items``.
    public var validItems: [(input: Input.Source, target: Target.Source)] { items(of: .valid) }

    /// The first training batch.
    /// - Throws: What preparing it throws.
    public func oneBatch() throws -> Batch { try train.oneBatch() }

    // MARK: Other loaders of the same data

    /// The loaders of the same items with other transforms, another batch size or another sampler; all else stays.
    ///
    /// ```swift
    /// let bigger = try loaders.with(itemTransforms: [Resize(224)], batchSize: 16)
    /// ```
    /// - Throws: ``DataError`` when the batch size is not possible, or for transforms of data that lies in memory as tensors.
    public func with(
        itemTransforms: [any ItemTransform]? = nil, batchTransforms: [any BatchTransform]? = nil,
        batchSize: Int? = nil, sampler: (any Sampler)? = nil
    ) throws -> DataLoaders {
        var pipeline = pipeline
        if let itemTransforms { pipeline.itemTransforms = itemTransforms }
        if let batchTransforms { pipeline.batchTransforms = batchTransforms }
        var options = options
        options.batchSize = batchSize ?? self.batchSize
        if let sampler { options.sampler = sampler }
        options = try options.resolved()
        let changes = itemTransforms != nil || batchTransforms != nil
        if changes {
            let isPossible = train.isStream ? pipeline.itemTransforms.isEmpty : train.hasSources
            guard isPossible || (pipeline.itemTransforms.isEmpty && pipeline.batchTransforms.isEmpty) else {
                throw DataError(
                    "The data lies in memory as tensors, to which transforms do not apply; change it before the loaders are "
                        + "made.")
            }
            try pipeline.checkTransforms()
        }
        func made(_ loader: BlockLoader<Input, Target>, isTraining: Bool) throws -> BlockLoader<Input, Target> {
            let prepared =
                changes && (loader.hasSources || loader.isStream) ? try loader.prepared(by: pipeline) : loader
            return try prepared.with(options: options, isTraining: isTraining, pipeline)
        }
        return DataLoaders(
            pipeline, train: try made(train, isTraining: true),
            valid: try valid.map { try made($0, isTraining: false) },
            test: try test.map { try made($0, isTraining: false) }, options)
    }

    /// The loaders of some of the training items, each as often as it is named.
    func with(trainAt indices: [Int]) throws -> DataLoaders {
        DataLoaders(pipeline, train: try train.choosing(indices), valid: valid, test: test, options)
    }

    /// The same loaders whose `oneBatch` and loops give batches on a device.
    public func to(_ device: Device) -> DataLoaders {
        DataLoaders(pipeline, train: train.to(device), valid: valid?.to(device), test: test?.to(device), options)
    }

    // MARK: New items

    /// A loader of new items without labels, prepared as for validation. A batch size below 1 or workers below 0 are refused
    /// when its batches are asked for.
    public func testLoader(
        _ items: [Input.Source], batchSize: Int? = nil, workers: Int? = nil
    ) -> BlockLoader<Input, Target> {
        pipeline.loader(items, batchSize: batchSize ?? self.batchSize, workers: workers)
    }

    /// A loader of new items with labels, such as a test set that was held back, prepared as for validation.
    ///
    /// ```swift
    /// let held = try imageFiles(in: path.appending(path: "test")).map { (input: $0, target: parentLabel($0)) }
    /// print(try learner.validate(loaders.testLoader(labeled: held)))
    /// ```
    /// A learner gives each loader its own model's classes and normalization; sizes and augmentation stay the loader's.
    /// - Throws: ``DataError`` when a block refuses a raw value, such as a label that the training set didn't have.
    public func testLoader(
        labeled items: [(input: Input.Source, target: Target.Source)]
    ) throws -> BlockLoader<Input, Target> {
        try pipeline.input.check(items.map(\.input))
        try pipeline.target.check(items.map(\.target))
        return pipeline.loader(
            inputs: items.map(\.input), targets: items.map(\.target), batchSize: batchSize, workers: options.workers,
            unreadable: options.unreadable)
    }
}

extension Pipeline {
    /// A loader of new items without labels, prepared as for validation. A batch size below 1 or workers below 0 are refused
    /// when its batches are asked for.
    public func loader(
        _ items: [Input.Source], batchSize: Int = 64, workers: Int? = nil
    ) -> BlockLoader<Input, Target> {
        loader(inputs: items, targets: nil, batchSize: batchSize, workers: workers)
    }

    /// A loader of data that the blocks have prepared, in its order.
    public func loader(
        of dataset: any BlockDataset<Input, Target>, batchSize: Int = 64, workers: Int? = nil
    ) -> BlockLoader<Input, Target> {
        BlockLoader(dataset, DataLoader(unchecked: dataset, batchSize: batchSize, workers: workers), self)
    }

    /// A loader of items in their order, with or without labels.
    ///
    /// - Parameters:
    ///   - isTraining: Whether items are augmented as in training.
    ///   - seed: The seed of the augmentation.
    ///   - report: Called on a worker's thread for each item that is left out; ``Reporting/current`` is warned by default.
    func loader(
        inputs: [Input.Source], targets: [Target.Source]?, batchSize: Int, workers: Int?, isTraining: Bool = false,
        seed: Int = 0, unreadable: UnreadablePolicy = .refuse,
        report: (@Sendable (_ error: any Error, _ index: Int) -> Void)? = nil
    ) -> BlockLoader<Input, Target> {
        let dataset = SourceDataset(
            self, inputs: inputs, targets: targets, isTraining: isTraining, unreadable: unreadable, report: report)
        return BlockLoader(
            dataset, DataLoader(unchecked: dataset, batchSize: batchSize, workers: workers, seed: seed), self)
    }
}

extension DataLoaders where Target == CategoryBlock {
    /// The class names in the order of the model's outputs.
    public var vocabulary: [String] { pipeline.target.vocabulary }
}
