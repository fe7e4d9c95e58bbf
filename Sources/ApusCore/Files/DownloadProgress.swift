// How far a download is: a bar on a terminal, a few plain lines elsewhere.
import Foundation

/// Draws the progress of one download.
struct DownloadProgress: Sendable {
    enum Style: Sendable {
        /// One line that is drawn again and again.
        case bar
        /// A line at each quarter.
        case lines
    }

    let style: Style
    private let name: String
    private let write: @Sendable (String) -> Void
    private var start = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?
    // Bytes that were there before this run, or before the server sent everything anew.
    private var initial: Int64 = 0
    private var quarter: Int64 = 0

    /// Draws on standard error.
    static func standardError(name: String) -> DownloadProgress {
        DownloadProgress(name: name, style: isatty(STDERR_FILENO) == 1 ? .bar : .lines) {
            FileHandle.standardError.write(Data($0.utf8))
        }
    }

    init(name: String, style: Style, write: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.style = style
        self.write = write
    }

    /// Says from where to where; called once.
    mutating func begin(from address: String, to file: String) {
        start = .now
        write("Downloading \(address) to \(file)\n")
    }

    /// The transfer starts, or starts again, with so many bytes at hand.
    mutating func resume(at done: Int64, total: Int64?) {
        (initial, start) = (done, .now)
        quarter = total.map { $0 > 0 ? 4 * done / $0 : 0 } ?? 0
    }

    mutating func update(done: Int64, total: Int64?) {
        switch style {
        case .bar:
            let isOver = done == total
            if let lastDrawn, (ContinuousClock.now - lastDrawn).seconds < 0.1, !isOver { return }
            lastDrawn = .now
            write("\r\(bar(done: done, total: total, seconds: (ContinuousClock.now - start).seconds))\u{1B}[K")
        case .lines:
            guard let total, total > 0, 4 * done / total > quarter else { return }
            quarter = 4 * done / total
            write("\(name): \(25 * quarter)%, \(megabytes(done)) of \(megabytes(total)) MB\n")
        }
    }

    /// The bar's line ends, whether or not the download went well.
    func end() { if style == .bar, lastDrawn != nil { write("\n") } }

    /// Says why the download begins again.
    func retry(_ reason: String, in seconds: TimeInterval) {
        end()
        write("\(name): \(reason); trying again in \(String(format: "%.0f", seconds)) s\n")
    }

    /// `resnet34.pth  50% ███░░░ 43.7/87.3 MB [12.0 MB/s, 00:03 left]`
    func bar(done: Int64, total: Int64?, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(done - initial) / seconds : 0
        let speed = String(format: "%.1f MB/s", rate / 1e6)
        guard let total, total > 0 else { return "\(name) \(megabytes(done)) MB [\(speed)]" }
        let part = min(1, Double(done) / Double(total))
        let filled = Int(part * 30)
        let blocks = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let left = rate > 0 ? ", \(time(Double(total - done) / rate)) left" : ""
        let percent = String(format: "%3d%%", Int(part * 100))
        return "\(name) \(percent) \(blocks) \(megabytes(done))/\(megabytes(total)) MB [\(speed)\(left)]"
    }

    private func megabytes(_ bytes: Int64) -> String { String(format: "%.1f", Double(bytes) / 1e6) }

    private func time(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 359_999).rounded())
        let minutes = String(format: "%02d:%02d", whole / 60 % 60, whole % 60)
        return whole < 3600 ? minutes : "\(whole / 3600):\(minutes)"
    }
}
