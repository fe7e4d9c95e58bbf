// The recorder: what a run measured, batch by batch and epoch by epoch, and the callback that writes it down.
import Foundation

/// What a run measured.
public struct Recorder: Sendable, Codable {
    /// What one epoch measured.
    public struct Row: Sendable, Codable {
        /// The epoch's number, from 0 in each fit.
        public let epoch: Int
        /// The training loss, smoothed over batches as in fastai (weight 0.98, corrected for the start).
        public let trainLoss: Double
        /// The mean validation loss; nil without validation.
        public let validLoss: Double?
        /// The loss's parts as `valid_NAME`, the metrics by name, then what the step and the callbacks reported, in order.
        public let metrics: [Value]
        /// The seconds that the epoch took, validation included.
        public let seconds: Double
        /// The seconds of the training part.
        public let trainSeconds: Double

        /// The value of `train_loss`, `valid_loss` or a metric; nil where it was not measured.
        public func value(_ name: String) -> Double? {
            switch name {
            case "train_loss": trainLoss
            case "valid_loss": validLoss
            default: metrics.first { $0.name == name }?.value
            }
        }
    }

    /// A named number.
    public struct Value: Sendable, Codable {
        public let name: String
        public let value: Double
    }

    /// A row for each epoch, over all fits.
    public internal(set) var rows: [Row] = []
    /// The number of training batches until the end of each row's epoch, over all fits.
    public internal(set) var epochEnds: [Int] = []
    /// The number of training batches before each fit, where the smoothing starts anew.
    public internal(set) var fitStarts: [Int] = []
    /// The loss of each training batch.
    public internal(set) var losses: [Double] = []
    /// The learning rate of the last group at each training batch.
    public internal(set) var learningRates: [Double] = []
    /// The momentum of the last group at each training batch.
    public internal(set) var momenta: [Double] = []

    /// What was reported for columns in the current epoch; nil in states of earlier versions.
    private var reported: [String: ReportedMean]?
    private var smoothed = 0.0
    private var smoothedCount = 0

    public init() {}

    /// The smoothed training loss of the current fit.
    public var smoothLoss: Double { smoothedCount == 0 ? .nan : smoothed / (1 - pow(0.98, Double(smoothedCount))) }

    /// Starts the smoothing anew, as each fit does in fastai.
    mutating func startFit() {
        if fitStarts.last != losses.count { fitStarts.append(losses.count) }
        smoothed = 0
        smoothedCount = 0
    }

    /// Forgets what was reported for the columns of an epoch.
    mutating func startEpoch() { reported = nil }

    /// Adds a value to the mean of a column of the current epoch.
    mutating func report(_ value: Double, weight: Double, as column: String) {
        reported = reported ?? [:]
        reported?[column, default: ReportedMean()].add(value, weight: weight)
    }

    /// The means of the current epoch's columns, in an order of names; those that were not reported are left out.
    mutating func takeReported(_ names: [String]) -> [Value] {
        defer { reported = nil }
        return names.compactMap { name in reported?[name].map { Value(name: name, value: $0.mean) } }
    }

    /// - Parameter isCounted: Whether the loss is part of the smoothed one.
    mutating func record(loss: Double, learningRate: Double, momentum: Double, isCounted: Bool = true) {
        losses.append(loss)
        learningRates.append(learningRate)
        momenta.append(momentum)
        guard isCounted else { return }
        smoothed = 0.98 * smoothed + 0.02 * loss
        smoothedCount += 1
    }

    /// ``smoothLoss`` after each training batch of all fits; NaN for a batch whose loss is not finite, which the ones
    /// behind it do without.
    public var smoothLosses: [Double] {
        let starts = Set(fitStarts)
        var replayed = Recorder()
        return losses.enumerated().map { batch, loss in
            if starts.contains(batch) { replayed.startFit() }
            replayed.record(loss: loss, learningRate: 0, momentum: 0, isCounted: loss.isFinite)
            return loss.isFinite ? replayed.smoothLoss : .nan
        }
    }
}

/// Writes what happens into the recorder.
final class RecorderCallback: Callback {
    private var epochStart = ContinuousClock.now
    private var trainSeconds = 0.0

    override var order: Int { 50 }
    override var name: String { "Recorder" }
    override var runsInValidation: Bool { false }
    override var settings: String? { nil }

    override func beforeFit(_ trainer: Trainer) { trainer.recorder.startFit() }

    override func beforeEpoch(_ trainer: Trainer) {
        epochStart = .now
        trainSeconds = 0
    }

    override func afterBatch(_ trainer: Trainer) {
        guard trainer.batchLoss.isDefined else { return }
        // That of the model's head; groups of a step follow.
        let group = trainer.optimizer.groups[trainer.modelGroups.count - 1]
        let loss = trainer.batchLoss.item()
        // A batch that overflowed in float16 was left out.
        trainer.recorder.record(
            loss: loss, learningRate: group.learningRate, momentum: group.momentum,
            isCounted: loss.isFinite || trainer.precision != .float16)
        trainSeconds = (ContinuousClock.now - epochStart).seconds
    }

    override func afterEpoch(_ trainer: Trainer) {
        let measured = trainer.pass.result?.metrics ?? []
        let metrics = measured + trainer.recorder.takeReported(trainer.reportedColumns.map(\.name))
        trainer.recorder.epochEnds.append(trainer.recorder.losses.count)
        trainer.recorder.rows.append(
            Recorder.Row(
                epoch: trainer.epoch, trainLoss: trainer.recorder.smoothLoss, validLoss: trainer.pass.result?.loss,
                metrics: metrics, seconds: (ContinuousClock.now - epochStart).seconds,
                trainSeconds: trainSeconds))
    }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
