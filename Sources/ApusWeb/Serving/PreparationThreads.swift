// Threads that prepare items: they decode pictures and tokenize texts away from those that speak with clients.
import Dispatch
import Foundation
import Synchronization
import Torch

/// Threads that run work in the order in which it comes.
///
/// They are not the threads of Swift's tasks, of which there are as many as cores: while these decode, requests are read and
/// answered.
final class PreparationThreads: Sendable {
    private let queue = Queue()

    /// - Parameter count: How many.
    init(count: Int) {
        Machine.expectBusyCores()
        let own = Machine.threadCount
        let started = DispatchSemaphore(value: 0)
        for number in 0..<max(1, count) {
            let thread = Thread { [queue] in
                // Items are prepared side by side: a team of threads for each would take the cores from the model.
                Machine.threadCount = 1
                started.signal()
                while let work = queue.next() { work() }
            }
            thread.name = "apus prepare \(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
        // What a thread sets is also what LibTorch gives to threads that start later, until another one sets its own.
        for _ in 0..<max(1, count) { started.wait() }
        Machine.threadCount = own
    }

    deinit { queue.close() }

    /// Runs some work on one of the threads, after what was given before.
    func run(_ work: @escaping @Sendable () -> Void) { queue.add(work) }

    /// What is to be done; nil stands for the end of a thread.
    private final class Queue: Sendable {
        private struct State {
            var waiting: [@Sendable () -> Void] = []
            /// How many at the front of the list are done.
            var done = 0
            var isClosed = false
        }
        private let state = Mutex(State())
        private let count = DispatchSemaphore(value: 0)

        func add(_ work: @escaping @Sendable () -> Void) {
            state.withLock { $0.waiting.append(work) }
            count.signal()
        }

        func close() {
            state.withLock { $0.isClosed = true }
            count.signal()
        }

        /// The next work; nil when the queue is closed and all is done.
        func next() -> (@Sendable () -> Void)? {
            count.wait()
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                guard state.done < state.waiting.count else { return nil }
                defer {
                    state.done += 1
                    // The list is shortened now and then, so that taking from its front costs nothing.
                    if state.done == state.waiting.count || state.done > 1024 {
                        state.waiting.removeFirst(state.done)
                        state.done = 0
                    }
                }
                return state.waiting[state.done]
            }
            // The other threads end in the same way.
            if work == nil { count.signal() }
            return work
        }
    }
}
