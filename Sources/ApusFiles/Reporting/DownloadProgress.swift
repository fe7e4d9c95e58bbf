// How far a download is, told to a reporter.
import Foundation

/// Tells a reporter how far one download is.
struct DownloadProgress: Sendable {
    private let reporter: any Reporter
    private var state: WorkProgress
    private var start = ContinuousClock.now
    private var lastTold: ContinuousClock.Instant?

    init(name: String, reporter: any Reporter) {
        state = WorkProgress(name: name, done: 0, unit: .bytes)
        self.reporter = reporter
    }

    /// Says from where to where; called once.
    mutating func begin(from address: String, to file: String) {
        start = .now
        reporter.note("Downloading \(address) to \(file)")
    }

    /// The transfer starts, or starts again, with so many bytes at hand.
    mutating func resume(at done: Int64, total: Int64?) {
        (state.initial, state.done, state.total) = (Int(done), Int(done), total.map(Int.init))
        start = .now
    }

    mutating func update(done: Int64, total: Int64?) {
        if let lastTold, (ContinuousClock.now - lastTold) / .seconds(1) < 0.1, done != total { return }
        lastTold = .now
        (state.done, state.total) = (Int(done), total.map(Int.init))
        state.seconds = (ContinuousClock.now - start) / .seconds(1)
        reporter.progress(state)
    }

    /// The work ends, whether or not the download went well.
    mutating func end() {
        guard lastTold != nil else { return }
        lastTold = nil
        var last = state
        last.isOver = true
        reporter.progress(last)
    }

    /// Says why the download begins again.
    mutating func retry(_ reason: String, in seconds: TimeInterval) {
        end()
        reporter.note("\(state.name): \(reason); trying again in \(String(format: "%.0f", seconds)) s")
    }
}
