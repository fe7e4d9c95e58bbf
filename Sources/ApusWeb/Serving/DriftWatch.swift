// Whether what a model is asked is as its training was: the report for clients, and a line of the log when that changes.
import ApusCore
import Foundation
import Logging
import Synchronization

/// Looks after the monitor of a model that is served, and tells the log once when its items have changed and once when they
/// are again as those of the training.
final class DriftWatch: Sendable {
    /// After how many items the last ones are compared: often enough to tell a change within a window, and seldom enough to
    /// cost nothing beside the answers.
    private static let interval = 25
    /// A change is over when every index is below this part of its limit, so that one near the limit is not told again and
    /// again.
    private static let quietPart = 0.8

    private struct State {
        var unseen = 0
        var isDrifting = false
    }

    private let monitor: DriftMonitor
    private let name: String
    private let logger: Logger
    private let state = Mutex(State())

    init(_ monitor: DriftMonitor, of name: String, _ logger: Logger) {
        (self.monitor, self.name, self.logger) = (monitor, name, logger)
    }

    /// How the last items compare with those of the training.
    var report: DriftReport { monitor.report }

    /// Whether a change has been told that is not over.
    var isDrifting: Bool { state.withLock { $0.isDrifting } }

    /// Compares the last items when enough new ones have come.
    ///
    /// - Parameter count: How many items the model has answered since the last call.
    func answered(_ count: Int) {
        let isDue = state.withLock { state in
            state.unseen += count
            guard state.unseen >= Self.interval else { return false }
            state.unseen = 0
            return true
        }
        guard isDue else { return }
        let report = report
        let isQuiet = report.isJudged && report.quantities.allSatisfy { $0.index < Self.quietPart * $0.limit }
        let hasChanged = state.withLock { state in
            guard state.isDrifting ? isQuiet : report.isDrifting else { return false }
            state.isDrifting.toggle()
            return true
        }
        guard hasChanged else { return }
        let values: Logger.Metadata = ["model": .string(name), "report": .string(report.sentence)]
        if isQuiet {
            logger.notice("drift is over", metadata: values)
        } else {
            logger.warning("drift", metadata: values)
        }
    }
}

/// What is said of a model's drift: an entry of `GET /drift`.
struct DriftCard: Encodable, Sendable {
    let name: String
    /// Whether the model's file says what its training was like, and the server looks at it.
    let isWatched: Bool
    /// Whether a change has been told that is not over.
    let isDrifting: Bool
    let sentence: String
    /// The numbers; nil where nothing is watched.
    let report: DriftReport?

    init(_ name: String, _ watch: DriftWatch?, isSwitchedOff: Bool) {
        self.name = name
        isWatched = watch != nil
        isDrifting = watch?.isDrifting ?? false
        report = watch?.report
        sentence =
            report?.sentence
            ?? (isSwitchedOff
                ? "This server does not compare its items with those of the training."
                : "The model has no profile of its training to compare items with; export it again to give it one.")
    }
}

extension DriftWatch {
    /// What is measured now, as the text that Prometheus reads, for the models that are watched.
    static func lines(
        _ watched: [(label: String, watch: DriftWatch)], escaped: (String) -> String
    ) -> [(name: String, help: String, values: [String])] {
        let all = watched.map { (label: $0.label, isDrifting: $0.watch.isDrifting, report: $0.watch.report) }
        func each(
            _ name: String, _ help: String, _ value: (DriftReport.Quantity) -> Double
        ) -> (name: String, help: String, values: [String]) {
            let values = all.flatMap { label, _, report in
                report.quantities.map { quantity in
                    "\(name){\(label),part=\"\(quantity.part.rawValue)\",quantity=\"\(escaped(quantity.name))\"} "
                        + "\(value(quantity))"
                }
            }
            return (name, help, values)
        }
        return [
            (
                "apus_drifting", "Whether the last items are not as those of the training (1) or are (0).",
                all.map { "apus_drifting{\($0.label)} \($0.isDrifting ? 1 : 0)" }
            ),
            (
                "apus_drift_items", "How many of the last items are compared with the training.",
                all.map { "apus_drift_items{\($0.label)} \($0.report.itemCount)" }
            ),
            (
                "apus_out_of_domain_share", "The share of the last items with an out-of-domain score above 1.",
                all.compactMap { label, _, report in
                    report.outOfDomainShare.map { "apus_out_of_domain_share{\(label)} \($0)" }
                }
            ),
            each("apus_drift_index", "The population stability index of the last items.", \.index),
            each("apus_drift_limit", "The index above which a quantity has changed.", \.limit),
        ]
    }
}
