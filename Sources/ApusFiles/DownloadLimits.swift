// How long a download may take, and what ends it.
import Foundation

/// How long a download waits for its server, how often it tries again, and what ends it.
public struct DownloadLimits: Sendable {
    /// The seconds until the server answers, connecting included.
    public var answer: TimeInterval
    /// The seconds without a byte after which a connection counts as broken.
    public var silence: TimeInterval
    /// The seconds that a try may take in all; nil for no limit.
    public var total: TimeInterval?
    /// How often a broken connection is tried again, after pauses of 1, 2, 4, ... seconds.
    public var retries: Int
    /// Asked several times a second whether the download is to end; by default whether the task is cancelled.
    public var isCancelled: @Sendable () -> Bool

    public init(
        answer: TimeInterval = 15, silence: TimeInterval = 30, total: TimeInterval? = nil, retries: Int = 4,
        isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled }
    ) {
        self.answer = answer
        self.silence = silence
        self.total = total
        self.retries = retries
        self.isCancelled = isCancelled
    }

    /// Of large files, such as weights and data sets: four more tries, no limit in all.
    public static let file = DownloadLimits()
    /// Of one picture of many: one more try, and a minute for each.
    public static let picture = DownloadLimits(answer: 10, silence: 15, total: 60, retries: 1)

    /// Refuses times and numbers that no download can have; more than any download takes is no limit.
    ///
    /// - Throws: ``DownloadError/invalidLimit(name:value:)``.
    func check() throws(DownloadError) {
        for (name, seconds) in [("answer", answer), ("silence", silence), ("total", total ?? 1)] where !(seconds > 0) {
            throw .invalidLimit(name: name, value: Self.text(seconds))
        }
        guard retries >= 0 else { throw .invalidLimit(name: "retries", value: "\(retries)") }
    }

    /// The silence as a session takes it: a year at most.
    var boundedSilence: TimeInterval { min(silence, 31_536_000) }

    /// Throws where the download is to end.
    func checkCancellation() throws { if isCancelled() { throw CancellationError() } }

    /// Why a try ends that began some seconds ago; nil where it goes on.
    func excess(after seconds: Double, hasAnswered: Bool) -> String? {
        if !hasAnswered, seconds > answer { return "the server did not answer within \(Self.text(answer)) seconds" }
        if let total, seconds > total { return "it was not complete after \(Self.text(total)) seconds" }
        return nil
    }

    private static func text(_ seconds: TimeInterval) -> String { String(format: "%g", seconds) }
}
