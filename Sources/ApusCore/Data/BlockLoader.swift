// A loader that knows what its batches mean: items by index, one batch, and batches prepared for another model.
import Synchronization
import Torch

/// The batches of a part of the data, with the blocks that know what they mean.
///
/// ```swift
/// let (picture, label) = try loaders.train.item(3)     // loaded and resized
/// let batch = try loaders.train.oneBatch()
/// for batch in loaders.train { print(batch.inputs[0].shape) }
/// ```
/// Each `for` loop is an epoch of its own, with another order where the loader shuffles; for its errors see
/// ``BatchSequence``. Batches of `oneBatch` and of loops are on ``device``, which for the loaders of a learner is the
/// learner's.
public final class BlockLoader<Input: InputBlock, Target: TargetBlock>: AnyBlockLoader, Sequence {
    /// How raw values become batches, and batches values.
    public let pipeline: Pipeline<Input, Target>
    /// Where the batches come from.
    let source: any BatchSource
    /// The items and how they come together, where the loader has numbered ones.
    private let data: (items: any BlockDataset<Input, Target>, loader: DataLoader)?
    /// The stream before its batch transforms, where the batches are one, and whether these are those of the training.
    private let stream: (source: any BatchSource, isTraining: Bool)?
    /// Where the batches of `oneBatch` and of loops lie.
    public let device: Device
    private let loops = Mutex(0)

    /// The batches of a dataset that the blocks prepared, in the order of a loader of it.
    init(
        _ items: any BlockDataset<Input, Target>, _ loader: DataLoader, _ pipeline: Pipeline<Input, Target>,
        device: Device = .cpu
    ) {
        (self.pipeline, self.device) = (pipeline, device)
        (source, data, stream) = (loader, (items, loader), nil)
    }

    /// The batches of a stream, which go through the pipeline's batch transforms.
    init(
        _ stream: any BatchSource, _ pipeline: Pipeline<Input, Target>, isTraining: Bool, device: Device = .cpu
    ) {
        (self.pipeline, self.device, data, self.stream) = (pipeline, device, nil, (stream, isTraining))
        source =
            pipeline.batchTransforms.isEmpty
            ? stream : TransformedStream(stream, pipeline, isTraining: isTraining)
    }

    /// The same batches of a stream's other form.
    private func streaming(
        _ stream: any BatchSource, _ pipeline: Pipeline<Input, Target>? = nil, isTraining: Bool? = nil,
        device: Device? = nil
    ) -> BlockLoader {
        BlockLoader(
            stream, pipeline ?? self.pipeline, isTraining: isTraining ?? self.stream?.isTraining ?? false,
            device: device ?? self.device)
    }

    /// The same loader whose `oneBatch` and loops give batches on a device.
    public func to(_ device: Device) -> BlockLoader {
        data.map { BlockLoader($0.items, $0.loader, pipeline, device: device) }
            ?? streaming(stream?.source ?? source, device: device)
    }

    /// A loader of other items, with the order, threads and seed of a loader.
    private func with(
        _ items: any BlockDataset<Input, Target>, as loader: DataLoader, _ pipeline: Pipeline<Input, Target>? = nil
    ) -> BlockLoader {
        BlockLoader(items, loader.loader(of: items), pipeline ?? self.pipeline, device: device)
    }

    // MARK: Batches

    public var batchCount: Int { source.batchCount }
    public var itemCount: Int { source.itemCount }
    public var batchSize: Int { source.batchSize }
    public var seed: Int? { source.seed }
    public var workers: Int? { source.workers }
    public var contents: String? { source.contents }
    public var amount: String { source.amount }
    public func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    public func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        MarkedBatches(try source.batches(epoch: epoch, from: first), self)
    }

    public var inOrder: any BatchSource {
        data.map { BlockLoader($0.items, $0.loader.ordered, pipeline, device: device) }
            ?? streaming((stream?.source ?? source).inOrder)
    }

    public func with(batchSize: Int) throws -> any BatchSource { try rebatched(batchSize) }

    func rebatched(_ size: Int) throws -> BlockLoader {
        try DataLoader.check(batchSize: size, workers: nil)
        guard let data else { return streaming(try (stream?.source ?? source).with(batchSize: size)) }
        let loader = data.loader.loader(of: data.items, batchSize: size)
        return BlockLoader(data.items, loader, pipeline, device: device)
    }

    /// The first batch of the first epoch.
    /// - Throws: What preparing it throws, or ``DataError`` where there is none.
    public func oneBatch() throws -> Batch {
        let batches = try batches(epoch: 0)
        defer { batches.cancel() }
        guard let batch = try batches.next() else {
            throw DataError(
                "The \(itemCount) items make no full batch of \(batchSize); give a smaller batch size, or dropLast: false."
            )
        }
        return batch.to(device)
    }

    /// The batches of the next epoch.
    public func makeIterator() -> BatchSequence {
        let epoch = loops.withLock { loops in
            defer { loops += 1 }
            return loops
        }
        return BatchSequence(device: device) { try batches(epoch: epoch) }
    }

    /// The order of the items in an epoch.
    /// - Throws: What the sampler throws, or ``DataError`` for a stream, whose items have no numbers.
    public func order(epoch: Int) throws -> [Int] {
        guard let data else { throw DataError("The batches are a stream, whose items have no numbers.") }
        return try data.loader.order(epoch: epoch)
    }

    // MARK: Items

    /// The number of items of the data, whatever an epoch has of them; 0 for a stream.
    public var count: Int { data?.items.count ?? 0 }

    /// Whether the batches are a stream.
    var isStream: Bool { stream != nil }

    /// Whether the raw values are there, such as files; rows of a table lie in memory as tensors.
    var hasSources: Bool { count > 0 && data?.items.source(at: 0) != nil }

    /// Whether the items have labels.
    var hasLabels: Bool { data?.items.hasLabels ?? true }

    /// The raw inputs and labels, such as files and their classes; empty for data in memory as tensors, whose values
    /// ``item(_:)`` gives, and for items without labels.
    public var items: [(input: Input.Source, target: Target.Source)] {
        guard let items = data?.items, hasLabels else { return [] }
        return (0..<count).compactMap { index in
            items.source(at: index).flatMap { item in item.target.map { (item.input, $0) } }
        }
    }

    /// The raw input and label of an item; nil for data in memory as tensors.
    func rawItem(_ index: Int) -> (input: Input.Source, target: Target.Source?)? {
        index < count ? data?.items.source(at: index) : nil
    }

    /// The raw inputs, such as files; empty for data in memory as tensors.
    var sources: [Input.Source] {
        guard let items = data?.items else { return [] }
        return (0..<count).compactMap { items.source(at: $0)?.input }
    }

    /// An item as the batches have it, before batch transforms: its input, loaded and with its item transforms, and its
    /// label. Augmentation is that of epoch 0.
    ///
    /// - Throws: ``DataError`` for an item that there is not, or one without a label; what loading it throws.
    public func item(_ index: Int) throws -> (input: Input.Value, target: Target.Value) {
        guard (0..<count).contains(index), let data else {
            throw DataError(
                data == nil
                    ? "The batches are a stream, whose items have no numbers; oneBatch() gives the first ones."
                    : "There is no item \(index) among \(count); give a place from 0 on.")
        }
        var random = SeededRandom(seed: data.loader.seed ?? 0, 0, index)
        return try withTorchErrors {
            try withoutGradients {
                let found = try data.items.item(at: index, random: &random) ?? decoded(index, data.items)
                guard let target = found.target else {
                    throw DataError("Item \(index) has no label; sources have none in a loader of unlabeled items.")
                }
                return (found.input, target)
            }
        }
    }

    /// The values that an item's tensors stand for.
    private func decoded(_ index: Int, _ dataset: any Dataset) throws -> (input: Input.Value, target: Target.Value?) {
        let batch = try dataset.batch(at: [index], random: [SeededRandom(seed: 0, 0, index)])
        let targets = batch.targets.map { $0[0] }
        return (
            try pipeline.input.value(of: batch.inputs.map { $0[0] }),
            targets.isEmpty ? nil : try pipeline.target.value(of: targets)
        )
    }

    /// The batch of some items, each as often as it is named; every one with draws of its own.
    /// - Throws: What preparing them throws, or ``DataError`` for a stream, which has no numbered items.
    public func batch(at indices: [Int]) throws -> Batch {
        guard let data else { throw DataError("The batches are a stream, whose items have no numbers.") }
        try checkPlaces(indices)
        return try data.items.batch(
            at: indices, random: indices.enumerated().map { SeededRandom(seed: 0, $0.offset) })
    }

    // MARK: Other loaders of the same items

    /// All items in their order, without augmentation.
    var plain: BlockLoader {
        guard let data else { return stream.map { streaming($0.source, isTraining: false) } ?? self }
        return with(data.items.plain, as: data.loader.sequential)
    }

    /// Some of the items in the order given, without augmentation.
    ///
    /// - Parameter indices: The places of the items; one may come more than once.
    /// - Throws: ``DataError`` for a place that there is not, or a stream, which has none.
    public func subset(_ indices: [Int]) throws -> BlockLoader {
        try plain.choosing(indices)
    }

    /// Some of the items, one of which may come more than once, else prepared as they are.
    func choosing(_ indices: [Int]) throws -> BlockLoader {
        guard let data else { throw DataError("The batches are a stream, from which items cannot be chosen.") }
        try checkPlaces(indices)
        return with(BlockSubset(base: data.items, indices: indices), as: data.loader)
    }

    private func checkPlaces(_ indices: [Int]) throws {
        if let wrong = indices.first(where: { !(0..<count).contains($0) }) {
            throw DataError("There is no item \(wrong) among \(count); give places from 0 on.")
        }
    }

    /// The same items prepared by another pipeline.
    ///
    /// - Throws: ``DataError`` when the raw values are gone, as for rows of a table, or mean something else.
    func prepared(by pipeline: Pipeline<Input, Target>) throws -> BlockLoader {
        if let data, let items = try data.items.prepared(by: pipeline) { return with(items, as: data.loader, pipeline) }
        guard let difference = pipeline.difference(from: self.pipeline, hasLabels: hasLabels) else { return self }
        var blocks = pipeline
        blocks.batchTransforms = self.pipeline.batchTransforms
        if let stream, blocks.difference(from: self.pipeline, hasLabels: hasLabels) == nil {
            return streaming(stream.source, pipeline)
        }
        throw TrainingError(
            "The data does not fit the model: \(difference). Rows in memory cannot be prepared anew; make the loaders with "
                + "the model's own pipeline, learner.pipeline.")
    }

    /// The same items and batches with another batch size, sampler or pipeline.
    func with(options: LoaderOptions, isTraining: Bool, _ pipeline: Pipeline<Input, Target>) throws -> BlockLoader {
        guard let data else {
            return streaming(try (stream?.source ?? source).with(batchSize: options.batchSize ?? batchSize), pipeline)
        }
        let loader = DataLoader(data.items, options, isTraining: isTraining)
        return BlockLoader(data.items, loader, pipeline, device: device)
    }

    /// What tells the items from those of another run; nil for a stream that says nothing of itself.
    func fingerprint() throws -> Fingerprint? {
        guard data != nil else { return source.contents.map(Fingerprint.init(text:)) }
        return hasSources ? Fingerprint(of: items) : try Fingerprint(of: plain)
    }

    var blocks: String { "\(Input.self) and \(Target.self)" }
}

/// A loader that knows its blocks, whatever they are.
protocol AnyBlockLoader: BatchSource {
    /// The blocks of its inputs and targets, for messages.
    var blocks: String { get }
}

/// Batches that say which loader they are of.
private final class MarkedBatches: BatchIterator {
    private let batches: any BatchIterator
    private let loader: any AnyBlockLoader

    init(_ batches: any BatchIterator, _ loader: any AnyBlockLoader) { (self.batches, self.loader) = (batches, loader) }

    func next() throws -> Batch? {
        var batch = try batches.next()
        batch?.loader = loader
        return batch
    }

    func cancel() { batches.cancel() }
    var passed: Int? { batches.passed }
}
