// The loader: batches prepared on threads, a bounded number of them ahead, in an order that the seed alone decides.
import Foundation
import Synchronization
import Torch

/// Where batches come from: what the training loop needs to know of a loader.
public protocol BatchSource: AnyObject, Sendable {
    /// The number of batches of an epoch.
    var batchCount: Int { get }
    /// The number of items.
    var itemCount: Int { get }
    /// The number of items of a full batch.
    var batchSize: Int { get }
    /// Starts to prepare the batches of an epoch; the order and the augmentation depend on its number.
    func batches(epoch: Int) throws -> any BatchIterator
    /// The same without the first batches, for a run that goes on in the middle of an epoch; by default they are
    /// prepared and passed over.
    func batches(epoch: Int, from first: Int) throws -> any BatchIterator
}

extension BatchSource {
    public func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        let batches = try batches(epoch: epoch)
        for _ in 0..<max(first, 0) { _ = try batches.next() }
        return batches
    }
}

/// The batches of one epoch.
public protocol BatchIterator: AnyObject {
    /// The next batch; nil after the last.
    func next() throws -> Batch?
    /// Stops the preparation of further batches.
    func cancel()
}

/// What is done with an item that cannot be read.
public enum UnreadablePolicy: Sendable {
    /// The run stops with an error that names the item.
    case refuse
    /// The item is left out of its batch and reported once.
    case skip
}

/// Prepares batches on worker threads.
///
/// Each worker prepares a whole batch; what is drawn at random depends on the seed, the epoch and the item, never on the
/// thread. Operators run on one thread inside a worker.
public final class DataLoader: BatchSource {
    /// Prepares the batch of some items, each with its random draws; a batch may come out smaller, or empty, where
    /// unreadable items are left out.
    package typealias Prepare = @Sendable (_ indices: [Int], _ draws: [SeededRandom]) throws -> Batch

    public let itemCount: Int
    public let batchSize: Int
    /// Whether the order changes with each epoch.
    public let shuffle: Bool
    /// Whether a last batch that is not full is left out.
    public let dropLast: Bool
    /// The same as it was asked for: fewer items than a batch are not dropped, but with a smaller batch they may be.
    let dropsLast: Bool
    /// The number of worker threads; 0 prepares batches on the caller's thread.
    public let workers: Int
    /// The seed of order and augmentation.
    public let seed: Int
    /// What the loader was made by; nil for tensors of one's own.
    let origin: (any AnyLoaderOrigin)?
    private let prepare: Prepare

    package convenience init(
        itemCount: Int, batchSize: Int, shuffle: Bool, dropLast: Bool, workers: Int? = nil, seed: Int,
        prepare: @escaping Prepare
    ) {
        self.init(
            itemCount: itemCount, batchSize: batchSize, shuffle: shuffle, dropLast: dropLast, workers: workers,
            seed: seed, origin: nil, prepare: prepare)
    }

    private init(
        itemCount: Int, batchSize: Int, shuffle: Bool, dropLast: Bool, workers: Int?, seed: Int,
        origin: (any AnyLoaderOrigin)?, prepare: @escaping Prepare
    ) {
        self.origin = origin
        self.itemCount = itemCount
        self.batchSize = batchSize
        self.shuffle = shuffle
        self.dropLast = dropLast && itemCount >= batchSize
        dropsLast = dropLast
        self.workers = workers ?? DataLoader.defaultWorkers
        self.seed = seed
        self.prepare = prepare
    }

    /// Batches of tensors in memory: the inputs and targets of each item are the slices of the first dimension.
    ///
    /// ```swift
    /// let train = try DataLoader(inputs: [x], targets: [y], batchSize: 256, shuffle: true)
    /// ```
    /// - Throws: ``DataError`` when the tensors have different numbers of items, or the batch size is below 1.
    public convenience init(
        inputs: [Tensor], targets: [Tensor], batchSize: Int = 64, shuffle: Bool = false, dropLast: Bool = false,
        seed: Int = 0
    ) throws {
        try Self.check(batchSize: batchSize, workers: nil)
        let sizes = (inputs + targets).map { $0.dim > 0 ? $0.size(0) : 0 }
        guard let count = sizes.first, sizes.allSatisfy({ $0 == count }), count > 0 else {
            throw DataError(
                "The tensors hold \(sizes.map(String.init).joined(separator: ", ")) items; "
                    + "all must hold the same number, at least one.")
        }
        self.init(
            itemCount: count, batchSize: batchSize, shuffle: shuffle, dropLast: dropLast, workers: 0, seed: seed
        ) { indices, _ in
            if let first = indices.first, indices.last == first + indices.count - 1, !shuffle {
                return Batch(
                    inputs: inputs.map { $0.narrow(dim: 0, start: first, length: indices.count) },
                    targets: targets.map { $0.narrow(dim: 0, start: first, length: indices.count) }, indices: indices)
            }
            let chosen = Tensor(indices)
            return Batch(
                inputs: inputs.map { $0.indexSelect(dim: 0, chosen) },
                targets: targets.map { $0.indexSelect(dim: 0, chosen) }, indices: indices)
        }
    }

    /// The same loader with all items in their order.
    package var inOrder: DataLoader {
        guard shuffle || dropLast else { return self }
        return DataLoader(
            itemCount: itemCount, batchSize: batchSize, shuffle: false, dropLast: false, workers: workers, seed: seed,
            origin: origin, prepare: prepare)
    }

    /// The same loader with what it was made by.
    func with(origin: any AnyLoaderOrigin) -> DataLoader {
        DataLoader(
            itemCount: itemCount, batchSize: batchSize, shuffle: shuffle, dropLast: dropsLast, workers: workers,
            seed: seed, origin: origin, prepare: prepare)
    }

    /// The same loader with another number of items in a batch.
    func with(batchSize: Int) -> DataLoader {
        DataLoader(
            itemCount: itemCount, batchSize: batchSize, shuffle: shuffle, dropLast: dropsLast, workers: workers,
            seed: seed, origin: origin, prepare: prepare)
    }

    /// As many workers as the processor has cores, at most eight.
    public static var defaultWorkers: Int { min(8, ProcessInfo.processInfo.activeProcessorCount) }

    /// The number of batches of an epoch; 0 for a batch size that is not possible.
    public var batchCount: Int {
        guard batchSize > 0 else { return 0 }
        return dropLast || itemCount % batchSize == 0 ? itemCount / batchSize : itemCount / batchSize + 1
    }

    /// Refuses a batch size or a number of workers that is not possible.
    package static func check(batchSize: Int, workers: Int?) throws {
        guard batchSize > 0 else { throw DataError("A batch size of \(batchSize) is not possible; give at least 1.") }
        guard workers ?? 0 >= 0 else { throw DataError("\(workers ?? 0) workers are not possible; give 0 or more.") }
    }

    /// The order of the items in an epoch.
    package func order(epoch: Int) -> [Int] {
        guard shuffle else { return Array(0..<itemCount) }
        var random = SeededRandom(seed: seed, epoch, -1)
        return Array(0..<itemCount).shuffled(using: &random)
    }

    /// The batches of an epoch, prepared from the first on.
    /// - Throws: ``DataError`` when the batch size is below 1, or the number of workers below 0.
    public func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    /// The batches of an epoch from a place on; none where the epoch has fewer.
    /// - Throws: ``DataError`` when the batch size is below 1, or the number of workers or the place below 0.
    public func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        try Self.check(batchSize: batchSize, workers: workers)
        guard first >= 0 else { throw DataError("There is no batch \(first); give a place from 0 on.") }
        let order = order(epoch: epoch)
        let lists = (min(first, batchCount)..<batchCount).map {
            Array(order[$0 * batchSize..<$0 * batchSize + min(batchSize, itemCount - $0 * batchSize)])
        }
        let seed = seed
        let (prepare, origin) = (prepare, origin)
        let job: @Sendable (Int) throws -> Batch = { number in
            let draws = lists[number].map { SeededRandom(seed: seed, epoch, $0) }
            var batch = try withTorchErrors { try withoutGradients { try prepare(lists[number], draws) } }
            batch.origin = origin
            return batch
        }
        let prepared: any BatchIterator =
            workers == 0 || lists.isEmpty
            ? DirectIterator(count: lists.count, job: job)
            : ThreadedIterator(count: lists.count, workers: min(workers, lists.count), job: job)
        return NonEmptyBatches(of: prepared, itemCount: itemCount)
    }
}

/// Passes over batches none of whose items could be read.
final class NonEmptyBatches: BatchIterator {
    private let batches: any BatchIterator
    private let itemCount: Int
    private var hasSkipped = false
    private var hasFound = false
    /// The number of batches gone through, with those passed over.
    private(set) var taken = 0

    init(of batches: any BatchIterator, itemCount: Int) {
        self.batches = batches
        self.itemCount = itemCount
    }

    func next() throws -> Batch? {
        while let batch = try batches.next() {
            taken += 1
            if !batch.inputs.isEmpty {
                hasFound = true
                return batch
            }
            hasSkipped = true
        }
        if hasSkipped, !hasFound {
            throw DataError(
                "None of the \(itemCount) items could be read; the warnings say why of each.")
        }
        return nil
    }

    func cancel() { batches.cancel() }
}

/// Prepares each batch when it is asked for.
private final class DirectIterator: BatchIterator {
    private let count: Int
    private let job: @Sendable (Int) throws -> Batch
    private var number = 0

    init(count: Int, job: @escaping @Sendable (Int) throws -> Batch) {
        self.count = count
        self.job = job
    }

    func next() throws -> Batch? {
        guard number < count else { return nil }
        defer { number += 1 }
        return try job(number)
    }

    func cancel() { number = count }
}

/// Keeps iterators from starting at the same time; see ``ThreadedIterator/init(count:workers:job:)``.
private let startLock = NSLock()

/// Prepares batches on threads, at most one batch more than there are workers ahead of the one that was taken.
private final class ThreadedIterator: BatchIterator {
    private let shared: Shared

    init(count: Int, workers: Int, job: @escaping @Sendable (Int) throws -> Batch) {
        Machine.expectBusyCores()
        shared = Shared(count: count, ahead: workers + 1, workers: workers, job: job)
        // A worker's setting of its thread count is also what LibTorch gives to threads that start later; this
        // thread's own count is therefore set again when all workers have set theirs.
        startLock.lock()
        defer { startLock.unlock() }
        let threadCount = Machine.threadCount
        defer {
            shared.waitForWorkers()
            Machine.threadCount = threadCount
        }
        for number in 0..<workers {
            let thread = Thread { [shared] in shared.work() }
            thread.name = "apus-loader-\(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    deinit { cancel() }

    func next() throws -> Batch? { try shared.take() }
    func cancel() { shared.stop() }

    // @unchecked: all mutable state is behind the condition's lock.
    private final class Shared: @unchecked Sendable {
        private let condition = NSCondition()
        private let count: Int
        private let ahead: Int
        private let job: @Sendable (Int) throws -> Batch
        private var workersToStart: Int
        private var started = 0
        private var taken = 0
        private var finished: [Int: Result<Batch, any Error>] = [:]
        private var isStopped = false

        init(count: Int, ahead: Int, workers: Int, job: @escaping @Sendable (Int) throws -> Batch) {
            self.count = count
            self.ahead = ahead
            self.job = job
            workersToStart = workers
        }

        func waitForWorkers() {
            condition.lock()
            while workersToStart > 0 { condition.wait() }
            condition.unlock()
        }

        func work() {
            Machine.threadCount = 1
            condition.lock()
            workersToStart -= 1
            condition.broadcast()
            condition.unlock()
            while true {
                condition.lock()
                while !isStopped, started < count, started >= taken + ahead { condition.wait() }
                guard !isStopped, started < count else {
                    condition.unlock()
                    return
                }
                let number = started
                started += 1
                condition.unlock()

                let result = Result { try job(number) }

                condition.lock()
                if !isStopped { finished[number] = result }
                condition.broadcast()
                condition.unlock()
            }
        }

        func take() throws -> Batch? {
            condition.lock()
            defer { condition.unlock() }
            guard !isStopped, taken < count else { return nil }
            while !isStopped, finished[taken] == nil { condition.wait() }
            guard let result = finished.removeValue(forKey: taken) else { return nil }
            taken += 1
            if case .failure = result {
                isStopped = true
                finished = [:]
            }
            condition.broadcast()
            return try result.get()
        }

        func stop() {
            condition.lock()
            isStopped = true
            finished = [:]
            condition.broadcast()
            condition.unlock()
        }
    }
}
