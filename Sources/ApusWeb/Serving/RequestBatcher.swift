// Requests that come one by one, joined to batches for a model that runs on a thread of its own.
import Dispatch
import Foundation
import Synchronization
import Torch

/// How requests are joined to batches, and how many may wait.
public struct BatchLimits: Sendable {
    /// How many items go through the model at once at most; 32 by default.
    public var maxBatch = 32
    /// How long the first of a batch waits for others that are being prepared; 5 milliseconds by default. Nothing waits where
    /// nothing is on its way.
    public var maxWait = Duration.milliseconds(5)
    /// How many items may be in the queue, after which requests are refused; 512 by default.
    public var maxQueue = 512
    /// How long an item may be in the queue; 60 seconds by default.
    public var maxDelay = Duration.seconds(60)

    public init() {}
}

/// Joins items of many requests to batches: they are prepared on some threads, and a thread of the batcher's own runs the
/// model on what has gathered.
///
/// The thread takes what is ready as soon as a batch is full or nothing more is being prepared, and at the latest when the
/// first has waited for ``BatchLimits/maxWait``. An item whose client has gone is left out. The queue is bounded: what would
/// not fit is refused with the time after which to try again.
final class RequestBatcher<Prepared: Sendable, Predicted: Sendable>: Sendable {
    private let core: Core

    /// - Parameters:
    ///   - name: What the model is called, for the name of its thread.
    ///   - operatorThreads: How many threads an operator of the model may use; as many as the caller's by default.
    ///   - metrics: Is told of batches and of the queue.
    ///   - run: Runs the model; gives a result for each item.
    init(
        _ name: String, _ limits: BatchLimits, threads: PreparationThreads, operatorThreads: Int? = nil,
        metrics: ModelMetrics, run: @escaping @Sendable ([Prepared]) -> [Result<Predicted, any Error>]
    ) {
        let core = Core(limits, threads, metrics)
        self.core = core
        // Always set: a new thread would take over what any other one has set last, such as one that prepares items.
        let operatorThreads = operatorThreads ?? Machine.threadCount
        // The thread knows the core alone, so that the batcher's end is its end.
        let thread = Thread {
            Machine.threadCount = operatorThreads
            core.work(run)
        }
        thread.name = "apus model \(name)"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { core.close() }

    /// Takes places in the queue, all or none.
    ///
    /// - Throws: ``WebError`` (503) where the queue has not so many.
    func reserve(_ count: Int) throws(WebError) { try core.reserve(count) }

    /// Gives back places in the queue that were reserved and not used.
    func release(_ count: Int) { core.release(count) }

    /// What the model says of an item that has a place in the queue.
    ///
    /// - Parameter prepare: Prepares the item, on one of the threads.
    /// - Throws: What `prepare` and the model throw; ``WebError`` (503) where the item waited too long; `CancellationError`.
    func predict(_ prepare: @escaping @Sendable () throws -> Prepared) async throws -> Predicted {
        let ticket = Ticket<Predicted>(core, within: core.limits.maxDelay)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                ticket.wait(continuation)
                core.prepare(ticket, prepare)
            }
        } onCancel: {
            ticket.finish(.failure(CancellationError()))
        }
    }

    /// How many items are prepared and wait for the model.
    var readyCount: Int { core.readyCount }

    /// What the batcher's thread and those who ask have in common.
    fileprivate final class Core: QueueOwner, Sendable {
        private struct State {
            /// How many places in the queue are taken: of items that are not with the model yet.
            var taken = 0
            /// How many items are on their way to being ready.
            var preparing = 0
            var ready: [(ticket: Ticket<Predicted>, prepared: Prepared)] = []
            /// When the first of those that are ready became so.
            var firstReady = ContinuousClock.now
            var isClosed = false
            /// The seconds that an item took lately, for those who are to try again.
            var secondsPerItem = 0.0
        }

        private let state = Mutex(State())
        private let changed = DispatchSemaphore(value: 0)
        let limits: BatchLimits
        private let threads: PreparationThreads
        private let metrics: ModelMetrics

        init(_ limits: BatchLimits, _ threads: PreparationThreads, _ metrics: ModelMetrics) {
            (self.limits, self.threads, self.metrics) = (limits, threads, metrics)
        }

        var readyCount: Int { state.withLock { $0.ready.count } }

        func reserve(_ count: Int) throws(WebError) {
            guard count <= limits.maxQueue else {
                throw .tooLarge(
                    "The request has \(count) items, and \(limits.maxQueue) are the most; send fewer at a time.")
            }
            let wait: Double? = state.withLock { state in
                guard state.taken + count > limits.maxQueue else {
                    state.taken += count
                    return nil
                }
                return state.secondsPerItem * Double(state.taken)
            }
            guard let wait else { return metrics.queued(count) }
            throw .busy(
                "The server has too much to do; try again later.", retryAfter: min(max(Int(wait.rounded(.up)), 1), 60))
        }

        func release(_ count: Int) {
            guard count > 0 else { return }
            state.withLock { $0.taken -= count }
            metrics.queued(-count)
        }

        func prepare(_ ticket: Ticket<Predicted>, _ prepare: @escaping @Sendable () throws -> Prepared) {
            state.withLock { $0.preparing += 1 }
            threads.run { [self] in
                var prepared: Prepared?
                if ticket.isLate {
                    ticket.finish(.failure(Self.late))
                } else if !ticket.isFinished {
                    do { prepared = try prepare() } catch { ticket.finish(.failure(error)) }
                }
                state.withLock { state in
                    state.preparing -= 1
                    guard let prepared else { return }
                    if state.ready.isEmpty { state.firstReady = .now }
                    state.ready.append((ticket, prepared))
                }
                changed.signal()
            }
        }

        func close() {
            state.withLock { $0.isClosed = true }
            changed.signal()
        }

        private static var late: WebError {
            .busy("The request waited too long for the model; try again later.", retryAfter: 10)
        }

        private enum Step {
            case refuse([Ticket<Predicted>])
            case run([(ticket: Ticket<Predicted>, prepared: Prepared)])
            case wait(until: ContinuousClock.Instant?)
            case end
        }

        private func step() -> Step {
            state.withLock { state in
                state.ready.removeAll { $0.ticket.isFinished }
                let late = state.ready.filter { $0.ticket.isLate }.map(\.ticket)
                if !late.isEmpty { return .refuse(late) }
                guard !state.ready.isEmpty else {
                    return state.isClosed && state.preparing == 0 ? .end : .wait(until: nil)
                }
                let latest = state.firstReady + limits.maxWait
                guard
                    state.ready.count >= limits.maxBatch || state.preparing == 0 || ContinuousClock.now >= latest
                else { return .wait(until: latest) }
                let batch = Array(state.ready.prefix(limits.maxBatch))
                state.ready.removeFirst(batch.count)
                state.firstReady = .now
                return .run(batch)
            }
        }

        /// Runs the model on what is ready until the batcher ends.
        func work(_ run: ([Prepared]) -> [Result<Predicted, any Error>]) {
            while true {
                switch step() {
                case .end: return
                case .refuse(let tickets): for ticket in tickets { ticket.finish(.failure(Self.late)) }
                case .wait(until: nil): changed.wait()
                case .wait(until: let instant?):
                    let seconds = ContinuousClock.now.duration(to: instant) / .seconds(1)
                    _ = changed.wait(timeout: .now() + max(seconds, 0))
                case .run(let batch):
                    for (ticket, _) in batch { ticket.leaveQueue() }
                    let start = ContinuousClock.now
                    let results = run(batch.map(\.prepared))
                    let seconds = start.duration(to: .now) / .seconds(1)
                    metrics.ran(items: batch.count, seconds: seconds)
                    state.withLock { state in
                        let own = seconds / Double(batch.count)
                        state.secondsPerItem = state.secondsPerItem == 0 ? own : 0.8 * state.secondsPerItem + 0.2 * own
                    }
                    for (place, (ticket, _)) in batch.enumerated() {
                        ticket.finish(
                            place < results.count
                                ? results[place]
                                : .failure(
                                    WebError(.internalServerError, "The model gave no answer.", logged: "no answer")))
                    }
                }
            }
        }
    }
}

/// What a ticket gives its place in the queue back to.
private protocol QueueOwner: AnyObject, Sendable {
    func release(_ count: Int)
}

/// A place in the queue, and who waits for what becomes of it.
private final class Ticket<Predicted: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Predicted, any Error>?
        /// What became of it before anyone waited.
        var early: Result<Predicted, any Error>?
        var isFinished = false
        var isInQueue = true
    }

    private let state = Mutex(State())
    private let owner: any QueueOwner
    private let deadline: ContinuousClock.Instant

    init(_ owner: any QueueOwner, within delay: Duration) { (self.owner, deadline) = (owner, .now + delay) }

    /// Whether it waited longer than it may.
    var isLate: Bool { ContinuousClock.now > deadline }

    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Gives the place in the queue back, once.
    func leaveQueue() {
        let isLeaving = state.withLock { state in
            defer { state.isInQueue = false }
            return state.isInQueue
        }
        if isLeaving { owner.release(1) }
    }

    func wait(_ continuation: CheckedContinuation<Predicted, any Error>) {
        let early = state.withLock { state -> Result<Predicted, any Error>? in
            guard let early = state.early else {
                state.continuation = continuation
                return nil
            }
            return early
        }
        if let early { continuation.resume(with: early) }
    }

    /// Tells who waits what became of the item; only the first call does.
    func finish(_ result: Result<Predicted, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Predicted, any Error>? in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            if state.continuation == nil { state.early = result }
            return state.continuation.take()
        }
        leaveQueue()
        continuation?.resume(with: result)
    }
}
