// What every command that trains tells of it as JSON, in one form.
import ApusCore
import Foundation

/// What `--json` tells of a training, whatever was trained; the names are the JSON's keys.
public struct TrainingReport: Encodable {
    private struct Epoch: Encodable {
        let epoch: Int
        let train_loss: Double
        let valid_loss: Double?
        let metrics: [String: Double]
        let seconds: Double

        init(_ row: Recorder.Row) {
            (epoch, train_loss, valid_loss, seconds) = (row.epoch, row.trainLoss, row.validLoss, row.seconds)
            metrics = Dictionary(row.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        }
    }
    private let epochs: [Epoch]
    private let fit_s: Double
    private let prepare_s: Double
    private let peak_rss_mb: Int
    private let precision: String
    private let train_items: Int
    private let valid_items: Int
    private let interrupted: Bool
    private let export: String?

    /// How many training items were learned from in a second.
    public var itemsPerSecond: Double { Double(epochs.count * train_items) / fit_s }

    /// - Parameters:
    ///   - times: When the command, the training and what came behind it began.
    ///   - export: The file that the model was written to.
    public init(
        _ trainer: Trainer,
        times: (start: ContinuousClock.Instant, prepared: ContinuousClock.Instant, fitted: ContinuousClock.Instant),
        export: String?
    ) {
        epochs = trainer.recorder.rows.map(Epoch.init)
        fit_s = (times.fitted - times.prepared) / .seconds(1)
        prepare_s = (times.prepared - times.start) / .seconds(1)
        peak_rss_mb = ProcessMemory.peak
        precision = trainer.precision.rawValue
        (train_items, valid_items) = (trainer.train.itemCount, trainer.valid?.itemCount ?? 0)
        (interrupted, self.export) = (trainer.wasInterrupted, export)
    }
}

/// Prints what is told of every training, and of one of a kind, as one line of JSON.
///
/// - Parameter further: An object whose members stand beside the report's.
public func printJSON(_ report: TrainingReport, and further: some Encodable) throws {
    try printJSON(JoinedObjects(first: report, second: further))
}

/// The members of two objects in one.
private struct JoinedObjects<First: Encodable, Second: Encodable>: Encodable {
    let first: First
    let second: Second

    func encode(to encoder: any Encoder) throws {
        try first.encode(to: encoder)
        try second.encode(to: encoder)
    }
}
