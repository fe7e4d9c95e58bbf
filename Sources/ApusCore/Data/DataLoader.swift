// The loader: batches of a dataset in an order that the seed alone decides, prepared on threads.
import Foundation
import Synchronization
import Torch

/// What is done with an item that cannot be read.
public enum UnreadablePolicy: Sendable {
    /// The run stops with an error that names the item.
    case refuse
    /// The item is left out of its batch and reported once.
    case skip
}

/// Prepares the batches of a dataset on worker threads.
///
/// ```swift
/// let train = try DataLoader(TensorDataset(x, y), batchSize: 256, shuffle: true)
/// for batch in train { print(batch.inputs[0].shape) }
/// ```
/// Each worker prepares a whole batch; what is drawn at random depends on the seed, the epoch and the item, never on the
/// thread. Operators run on one thread inside a worker. Each `for` loop is an epoch of its own; for its errors see
/// ``BatchSequence``.
public final class DataLoader: BatchSource, Sequence {
    /// Where the items are.
    public let dataset: any Dataset
    public let batchSize: Int
    /// Decides which items an epoch has, and in which order.
    public let sampler: any Sampler
    /// Whether a last batch that is not full is left out; never the only one.
    public var dropLast: Bool { dropsLast && itemCount >= batchSize }
    /// The same as it was asked for.
    let dropsLast: Bool
    private let threads: Int
    private let orderSeed: Int
    /// Whether the sampler follows the dataset's lengths: another dataset has others.
    private let followsLengths: Bool
    /// The number of the next epoch of a `for` loop.
    private let loops = Mutex(0)

    /// - Parameters:
    ///   - dataset: Where the items are.
    ///   - batchSize: The number of items of a batch; 64 by default.
    ///   - shuffle: Whether the order changes with each epoch; false by default.
    ///   - dropLast: Whether a last batch that is not full is left out; the same as `shuffle` by default.
    ///   - workers: The number of worker threads, 0 for the caller's thread; as many as the processor has cores (at most
    ///     eight) by default, and 0 for data in memory.
    ///   - seed: The seed of order and augmentation; 0 by default.
    ///   - sampler: Decides which items an epoch has, and in which order, instead of `shuffle`.
    /// - Throws: ``DataError`` when the batch size is below 1, or the number of workers below 0.
    public convenience init(
        _ dataset: any Dataset, batchSize: Int = 64, shuffle: Bool = false, dropLast: Bool? = nil,
        workers: Int? = nil, seed: Int = 0, sampler: (any Sampler)? = nil
    ) throws {
        try Self.check(batchSize: batchSize, workers: workers)
        self.init(
            unchecked: dataset, batchSize: batchSize, sampler: sampler, shuffle: shuffle, dropLast: dropLast ?? shuffle,
            workers: workers, seed: seed)
    }

    /// A loader whose numbers are refused when its batches are asked for.
    ///
    /// - Parameters:
    ///   - sampler: The order of the items; by default what suits them: by length where they differ in it, else each once.
    ///   - shuffle: Whether an order that suits the items changes with each epoch.
    init(
        unchecked dataset: any Dataset, batchSize: Int, sampler: (any Sampler)? = nil, shuffle: Bool = false,
        dropLast: Bool = false, workers: Int?, seed: Int = 0
    ) {
        self.dataset = dataset
        self.batchSize = batchSize
        let lengths = sampler == nil ? dataset.lengths : nil
        followsLengths = lengths != nil
        self.sampler =
            sampler ?? lengths.map { LengthSampler($0, shuffle: shuffle) } ?? (shuffle ? .random : .sequential)
        dropsLast = dropLast
        threads = workers ?? (dataset.isInMemory ? 0 : Self.defaultWorkers)
        orderSeed = seed
    }

    /// The training loader of resolved options, or the validation loader.
    convenience init(_ dataset: any Dataset, _ options: LoaderOptions, isTraining: Bool) {
        self.init(
            unchecked: dataset, batchSize: options.batchSize ?? 64, sampler: isTraining ? options.sampler : nil,
            shuffle: isTraining && options.shuffle,
            dropLast: isTraining && options.dropLast ?? options.shuffle, workers: options.workers,
            seed: isTraining ? options.seed ?? 0 : 0)
    }

    /// The seed of order and augmentation.
    public var seed: Int? { orderSeed }
    /// The number of worker threads; 0 prepares batches on the caller's thread.
    public var workers: Int? { threads }
    /// The number of items of an epoch.
    public var itemCount: Int { sampler.itemCount(of: dataset.count, batchSize: batchSize) }

    /// The same loader with all items once, in their order; those of different lengths sorted, the longest first.
    public var inOrder: any BatchSource { self.ordered }

    var ordered: DataLoader {
        guard dropsLast || !(sampler is SequentialSampler) else { return self }
        return DataLoader(unchecked: dataset, batchSize: batchSize, workers: threads, seed: orderSeed)
    }

    /// The same loader with all items once, in their order whatever their lengths.
    var sequential: DataLoader {
        guard dropsLast || !(sampler is SequentialSampler) else { return self }
        return DataLoader(
            unchecked: dataset, batchSize: batchSize, sampler: .sequential, workers: threads, seed: orderSeed)
    }

    /// The same loader with another number of items in a batch.
    public func with(batchSize: Int) throws -> any BatchSource {
        try Self.check(batchSize: batchSize, workers: nil)
        return self.loader(of: dataset, batchSize: batchSize)
    }

    /// A loader of another dataset with the same order, threads and seed.
    func loader(of dataset: any Dataset, batchSize: Int? = nil) -> DataLoader {
        DataLoader(
            unchecked: dataset, batchSize: batchSize ?? self.batchSize, sampler: followsLengths ? nil : sampler,
            shuffle: shuffles, dropLast: dropsLast, workers: threads, seed: orderSeed)
    }

    /// Whether the order by length changes with each epoch.
    private var shuffles: Bool { (sampler as? LengthSampler)?.shuffle ?? false }

    /// As many workers as the processor has cores, at most eight.
    public static var defaultWorkers: Int { Swift.min(8, ProcessInfo.processInfo.activeProcessorCount) }

    /// The number of batches of an epoch; 0 for a batch size that is not possible.
    public var batchCount: Int {
        guard batchSize > 0 else { return 0 }
        return dropLast || itemCount % batchSize == 0 ? itemCount / batchSize : itemCount / batchSize + 1
    }

    /// Refuses a batch size or a number of workers that is not possible.
    static func check(batchSize: Int, workers: Int?) throws {
        guard batchSize > 0 else { throw DataError("A batch size of \(batchSize) is not possible; give at least 1.") }
        guard workers ?? 0 >= 0 else { throw DataError("\(workers ?? 0) workers are not possible; give 0 or more.") }
    }

    /// The order of the items in an epoch.
    ///
    /// - Throws: What the sampler throws, or ``DataError`` when it gives items that there are not.
    public func order(epoch: Int) throws -> [Int] {
        let order = try sampler.order(
            SamplerRequest(count: dataset.count, batchSize: batchSize, epoch: epoch, seed: orderSeed))
        if hasOwnSampler, let wrong = order.first(where: { !(0..<dataset.count).contains($0) }) {
            throw DataError("The sampler \(type(of: sampler)) chose the item \(wrong) of \(dataset.count) items.")
        }
        guard order.count == itemCount else {
            throw DataError(
                "The sampler \(type(of: sampler)) gave \(order.count) items, and said that an epoch has \(itemCount); "
                    + "implement itemCount(of:batchSize:).")
        }
        return order
    }

    /// The batches of an epoch, prepared from the first on.
    /// - Throws: ``DataError`` when the batch size is below 1, or the number of workers below 0.
    public func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    /// The batches of an epoch from a place on; none where the epoch has fewer.
    /// - Throws: ``DataError`` when the batch size is below 1, or the number of workers or the place below 0.
    public func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        try Self.check(batchSize: batchSize, workers: threads)
        guard first >= 0 else { throw DataError("There is no batch \(first); give a place from 0 on.") }
        let order = try order(epoch: epoch)
        let lists = (Swift.min(first, batchCount)..<batchCount).map {
            Array(order[$0 * batchSize..<$0 * batchSize + Swift.min(batchSize, order.count - $0 * batchSize)])
        }
        let repeated = hasOwnSampler ? Self.repetitions(in: order) : [:]
        let (seed, dataset, size) = (orderSeed, dataset, batchSize)
        let start = Swift.min(first, batchCount)
        let job: @Sendable (Int) throws -> Batch = { number in
            let draws = lists[number].enumerated().map { place, item in
                // An item that comes again is augmented anew.
                repeated[(start + number) * size + place].map { SeededRandom(seed: seed, epoch, item, $0) }
                    ?? SeededRandom(seed: seed, epoch, item)
            }
            var batch = try withTorchErrors {
                try withoutGradients { try dataset.batch(at: lists[number], random: draws) }
            }
            if batch.indices.isEmpty, !batch.inputs.isEmpty { batch.indices = lists[number] }
            return batch
        }
        let prepared: any BatchIterator =
            threads == 0 || lists.isEmpty
            ? DirectIterator(count: lists.count, job: job)
            : ThreadedIterator(count: lists.count, workers: Swift.min(threads, lists.count), job: job)
        return NonEmptyBatches(of: prepared, itemCount: itemCount)
    }

    /// Whether the order is not each item once.
    private var hasOwnSampler: Bool { !(sampler is SequentialSampler || sampler is RandomSampler) }

    /// Of the places of an order whose item came before: how often it did.
    private static func repetitions(in order: [Int]) -> [Int: Int] {
        var seen: [Int: Int] = [:]
        var repetitions: [Int: Int] = [:]
        for (place, item) in order.enumerated() {
            let before = seen[item, default: 0]
            if before > 0 { repetitions[place] = before }
            seen[item] = before + 1
        }
        return repetitions
    }

    /// The batches of the next epoch.
    public func makeIterator() -> BatchSequence {
        let epoch = loops.withLock { loops in
            defer { loops += 1 }
            return loops
        }
        return BatchSequence { try batches(epoch: epoch) }
    }
}
