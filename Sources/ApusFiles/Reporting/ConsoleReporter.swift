// The reporter of programs in a terminal: lines on standard output, the rest on standard error.
import Foundation
import Synchronization

/// Prints lines to standard output; notes, warnings and, on a terminal, bars to standard error.
///
/// Where standard error is not a terminal, a download has a line at each quarter in place of its bar.
public final class ConsoleReporter: Reporter {
    private let drawsBars: Bool
    private let write: @Sendable (String) -> Void
    /// The work whose bar stands on the terminal's line, and the quarter that was told last of each download.
    private let state = Mutex<(drawn: String?, quarters: [String: Int])>((nil, [:]))

    public convenience init() {
        self.init(drawsBars: isatty(STDERR_FILENO) == 1) { FileHandle.standardError.write(Data($0.utf8)) }
    }

    /// - Parameter write: Takes what goes to standard error.
    init(drawsBars: Bool, write: @escaping @Sendable (String) -> Void) {
        self.drawsBars = drawsBars
        self.write = write
    }

    public func line(_ text: String) {
        print(text)
        // Also where a pipe reads, a row is there when its epoch ends.
        fflush(nil)
    }

    public func note(_ text: String) { writeLine(text) }

    public func warning(_ text: String) { writeLine("warning: \(text)") }

    private func writeLine(_ text: String) {
        state.withLock { state in
            // A bar that stands there is drawn again by its next update.
            write((state.drawn == nil ? "" : "\r\u{1B}[K") + text + "\n")
            state.drawn = nil
        }
    }

    public func progress(_ progress: WorkProgress) {
        state.withLock { state in
            if drawsBars {
                draw(progress, &state.drawn)
            } else if progress.unit == .bytes {
                writeQuarter(progress, &state.quarters)
            }
        }
    }

    private func draw(_ progress: WorkProgress, _ drawn: inout String?) {
        if !progress.isOver || progress.unit == .bytes { write("\r\(Self.bar(progress))\u{1B}[K") }
        if progress.isOver {
            // A download's last bar stays; an epoch's gives way to its row.
            write(progress.unit == .bytes ? "\n" : "\r\u{1B}[K")
        }
        drawn = progress.isOver ? nil : progress.name
    }

    private func writeQuarter(_ progress: WorkProgress, _ quarters: inout [String: Int]) {
        defer { if progress.isOver { quarters[progress.name] = nil } }
        guard let total = progress.total, total > 0 else { return }
        let (quarter, first) = (Self.quarter(progress.done, of: total), Self.quarter(progress.initial, of: total))
        guard quarter > quarters[progress.name] ?? first else { return }
        quarters[progress.name] = quarter
        write(
            "\(progress.name): \(25 * quarter)%, \(Self.megabytes(progress.done)) of \(Self.megabytes(total)) MB\n")
    }

    private static func quarter(_ done: Int, of total: Int) -> Int {
        Int(4 * min(1, max(0, Double(done) / Double(total))))
    }

    /// `train ███░░░ 12/40 [00:05<00:12] loss 0.1234`, `resnet34.pth  50% ███░░░ 43.7/87.3 MB [12.0 MB/s, 00:03 left]`.
    static func bar(_ progress: WorkProgress) -> String {
        let filled = Int((progress.fraction ?? 0) * 30)
        let blocks = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let done = Double(progress.done)
        let rate = progress.seconds > 0 ? (done - Double(progress.initial)) / progress.seconds : 0
        let left = progress.total.map { rate > 0 ? (Double($0) - done) / rate : 0 } ?? 0
        switch progress.unit {
        case .batches:
            let total = progress.total.map { "/\($0)" } ?? ""
            let detail = progress.detail.isEmpty ? "" : " \(progress.detail)"
            return "\(progress.name) \(blocks) \(progress.done)\(total) "
                + "[\(clockTime(progress.seconds))<\(clockTime(left))]\(detail)"
        case .bytes:
            let speed = String(format: "%.1f MB/s", rate / 1e6)
            guard let fraction = progress.fraction, let total = progress.total else {
                return "\(progress.name) \(megabytes(progress.done)) MB [\(speed)]"
            }
            let percent = String(format: "%3d%%", Int(fraction * 100))
            let rest = rate > 0 ? ", \(clockTime(left)) left" : ""
            return "\(progress.name) \(percent) \(blocks) \(megabytes(progress.done))/\(megabytes(total)) MB "
                + "[\(speed)\(rest)]"
        }
    }

    private static func megabytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1e6) }
}

/// A time as minutes and seconds, with hours where it has some: `04:07`, `1:15:10`.
public func clockTime(_ seconds: Double) -> String {
    let whole = seconds.isFinite ? Int(min(max(seconds, 0), 3_599_999).rounded()) : 0
    let minutes = String(format: "%02d:%02d", whole / 60 % 60, whole % 60)
    return whole < 3600 ? minutes : "\(whole / 3600):\(minutes)"
}
