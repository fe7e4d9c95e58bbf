// How a loader's batches are prepared: on the caller's thread, or on threads of its own, a bounded number ahead.
import Foundation
import Synchronization
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

    /// What the threads and the one who takes batches have in common.
    private final class Shared: Sendable {
        private struct State {
            var workersToStart: Int
            var started = 0
            var taken = 0
            var finished: [Int: Result<Batch, any Error>] = [:]
            var isStopped = false
        }

        private let state: Mutex<State>
        /// Is locked around the state where a thread may sleep until another one changes it.
        private let condition = NSCondition()
        private let count: Int
        private let ahead: Int
        private let job: @Sendable (Int) throws -> Batch

        init(count: Int, ahead: Int, workers: Int, job: @escaping @Sendable (Int) throws -> Batch) {
            state = Mutex(State(workersToStart: workers))
            self.count = count
            self.ahead = ahead
            self.job = job
        }

        /// What `find` makes of the state, as soon as it makes something of it.
        private func waiting<Found: Sendable>(_ find: (inout State) -> Found?) -> Found {
            condition.lock()
            defer { condition.unlock() }
            while true {
                if let found = state.withLock({ find(&$0) }) { return found }
                condition.wait()
            }
        }

        /// Changes the state and wakes those who wait for it.
        private func change(_ body: (inout State) -> Void) {
            condition.lock()
            defer { condition.unlock() }
            state.withLock { body(&$0) }
            condition.broadcast()
        }

        func waitForWorkers() { waiting { state -> Void? in state.workersToStart == 0 ? () : nil } }

        private enum Turn: Sendable {
            case batch(Int)
            case end
        }

        func work() {
            Machine.threadCount = 1
            change { $0.workersToStart -= 1 }
            while case .batch(let number) = nextTurn() {
                let result = Result { try job(number) }
                change { if !$0.isStopped { $0.finished[number] = result } }
            }
        }

        private func nextTurn() -> Turn {
            waiting { state in
                guard !state.isStopped, state.started < count else { return .end }
                guard state.started < state.taken + ahead else { return nil }
                defer { state.started += 1 }
                return .batch(state.started)
            }
        }

        private enum Taken: Sendable {
            case batch(Result<Batch, any Error>)
            case end
        }

        func take() throws -> Batch? {
            let next: Taken = waiting { state in
                guard !state.isStopped, state.taken < count else { return .end }
                guard let result = state.finished.removeValue(forKey: state.taken) else { return nil }
                state.taken += 1
                if case .failure = result {
                    state.isStopped = true
                    state.finished = [:]
                }
                return .batch(result)
            }
            guard case .batch(let result) = next else { return nil }
            // There is room for another batch.
            condition.broadcast()
            return try result.get()
        }

        func stop() {
            change { state in
                state.isStopped = true
                state.finished = [:]
            }
        }
    }
}
