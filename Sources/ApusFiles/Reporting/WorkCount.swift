// Counting what is done of a piece of work, from any thread.
import Foundation
import Synchronization

/// Tells a reporter how much of a piece of work is done; any thread may count.
///
/// ```swift
/// let count = WorkCount("pictures", total: files.count)
/// defer { count.end() }
/// for file in files {
///     try look(at: file)
///     count.advance()
/// }
/// ```
/// The reporter hears of it ten times a second at most, and at the end.
public final class WorkCount: Sendable {
    private let name: String
    private let total: Int
    private let reporter: any Reporter
    private let start = ContinuousClock.now
    private let state = Mutex<(done: Int, told: ContinuousClock.Instant)>((0, .now))

    /// - Parameters:
    ///   - name: What is counted, such as "pictures".
    ///   - total: How many there are.
    ///   - reporter: Who is told; ``Reporting/current`` by default.
    public init(_ name: String, total: Int, reporter: (any Reporter)? = nil) {
        (self.name, self.total, self.reporter) = (name, total, reporter ?? Reporting.current)
    }

    /// Counts one more.
    public func advance() {
        let done: Int? = state.withLock { state in
            state.done += 1
            guard ContinuousClock.now - state.told > .milliseconds(100) else { return nil }
            state.told = .now
            return state.done
        }
        if let done { tell(done) }
    }

    /// Tells that the work is over; nothing where there was none.
    public func end() { if total > 0 { tell(state.withLock { $0.done }, isOver: true) } }

    private func tell(_ done: Int, isOver: Bool = false) {
        reporter.progress(
            WorkProgress(
                name: name, done: done, total: total, seconds: (ContinuousClock.now - start) / .seconds(1),
                isOver: isOver))
    }
}
