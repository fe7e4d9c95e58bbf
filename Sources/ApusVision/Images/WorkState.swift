// Doing something with each of many files on some threads, until the task is cancelled.
import ApusCore
import Foundation
import Synchronization

/// Which file is next, what failed, and whether the rest is left.
final class WorkState: Sendable {
    private struct State {
        var next = 0
        var failures: [Int: String] = [:]
        var isCancelled = false
    }
    private let state = Mutex(State())

    /// Whether the caller's task was cancelled.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// What failed, in the order of the files.
    var failures: [(place: Int, reason: String)] {
        state.withLock { $0.failures.sorted { $0.key < $1.key } }.map { ($0.key, $0.value) }
    }

    /// Calls `body` with the place of each file and notes those for which it throws.
    ///
    /// - Throws: `CancellationError` when the calling task was cancelled; the files under work are then done or failed.
    func run(_ count: Int, workers: Int, _ body: @escaping @Sendable (_ place: Int) throws -> Void) throws {
        let group = DispatchGroup()
        // Threads of their own: downloads wait more than they work, and the system's pool has no more than cores.
        for _ in 0..<min(max(workers, 1), count) {
            group.enter()
            Thread { [self] in
                while let place = take(below: count) {
                    do { try body(place) } catch {
                        state.withLock { $0.failures[place] = "\(error)" }
                    }
                }
                group.leave()
            }.start()
        }
        // The threads belong to no task: this one looks for them whether its own was cancelled.
        while group.wait(timeout: .now() + 0.1) == .timedOut {
            if Task.isCancelled { state.withLock { $0.isCancelled = true } }
        }
        try Task.checkCancellation()
    }

    private func take(below count: Int) -> Int? {
        state.withLock { state in
            guard state.next < count, !state.isCancelled else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}
