// How a loader's batches are prepared: on the caller's thread, or on threads of its own, a bounded number ahead.
import Foundation
import Torch

/// Passes over batches none of whose items could be read.
final class NonEmptyBatches: BatchIterator {
    private let batches: any BatchIterator
    private let itemCount: Int
    private var hasSkipped = false
    private var hasFound = false
    private var taken = 0
    var passed: Int? { taken }

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
final class DirectIterator: BatchIterator {
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
final class ThreadedIterator: BatchIterator {
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
