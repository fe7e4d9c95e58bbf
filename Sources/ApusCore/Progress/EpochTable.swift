// The progress of a run: a bar while it lasts, and a table row for each epoch.
import Foundation

extension Trainer {
    /// The reporter of this trainer, or of the process.
    var usedReporter: any Reporter { reporter ?? Reporting.current }

    /// Says what the user should know of, unless progress is not shown.
    func tell(_ text: String) { if showsProgress { usedReporter.note(text) } }

    /// Says what may be wrong, whether or not progress is shown.
    func warn(_ text: String) { usedReporter.warning(text) }
}

/// Reports a header, a row for each epoch, and how far the current part of an epoch is.
final class ProgressCallback: Callback {
    private var trainStart = ContinuousClock.now
    private var validStart = ContinuousClock.now
    private var lastTold = ContinuousClock.now
    /// What was told last, of a part of an epoch that has not ended.
    private var told: WorkProgress?
    private var columns: [String] = []
    private var widths: [Int] = []
    private var epochCount = 0
    private var fitStart = ContinuousClock.now

    override var order: Int { 52 }
    override var name: String { "Progress" }
    override var settings: String? { nil }
    override var runsInLearningRateFinder: Bool { false }

    override func beforeFit(_ trainer: Trainer) {
        guard trainer.showsProgress else { return }
        if let name = trainer.stageName { trainer.usedReporter.line(name) }
        trainer.usedReporter.line(
            "\(trainer.device), \(trainer.precision.rawValue), \(trainer.train.amount) to train on")
        columns = trainer.columns.map(\.name)
        (epochCount, fitStart) = (0, .now)
        let titles = ["epoch"] + columns + ["time"]
        widths = titles.map { max($0.count + 2, 13) }
        report(titles, trainer)
    }

    override func beforeTrain(_ trainer: Trainer) { trainStart = .now }
    override func beforeValidate(_ trainer: Trainer) { validStart = .now }

    override func afterTrain(_ trainer: Trainer) { end(trainer) }
    override func afterValidate(_ trainer: Trainer) { end(trainer) }
    override func afterCancelEpoch(_ trainer: Trainer) { end(trainer) }
    override func afterCancelFit(_ trainer: Trainer) { end(trainer) }

    override func afterBatch(_ trainer: Trainer) {
        guard trainer.showsProgress, trainer.batchCount > 0, (ContinuousClock.now - lastTold).seconds > 0.1 else {
            return
        }
        lastTold = .now
        told = WorkProgress(
            name: trainer.isTraining ? "train" : "valid", done: trainer.batchIndex + 1, total: trainer.batchCount,
            seconds: (lastTold - (trainer.isTraining ? trainStart : validStart)).seconds,
            detail: trainer.isTraining ? String(format: "loss %.4f", trainer.recorder.smoothLoss) : "")
        if let told { trainer.usedReporter.progress(told) }
    }

    override func afterEpoch(_ trainer: Trainer) {
        guard trainer.showsProgress, let row = trainer.recorder.rows.last else { return }
        epochCount += 1
        // An epoch that was left before its validation has no metrics.
        let cells = columns.map { row.value($0).map(number) ?? "-" }
        report(["\(row.epoch)"] + cells + [clockTime(row.seconds)], trainer)
    }

    override func afterFit(_ trainer: Trainer) {
        guard trainer.showsProgress, epochCount > 1 else { return }
        trainer.usedReporter.line(
            "total: \(epochCount) epochs in \(clockTime((ContinuousClock.now - fitStart).seconds))")
    }

    private func report(_ cells: [String], _ trainer: Trainer) {
        let columns = zip(cells, widths).map { $0.padding(toLength: max($0.count, $1), withPad: " ", startingAt: 0) }
        trainer.usedReporter.line(columns.joined())
    }

    private func end(_ trainer: Trainer) {
        guard var last = told else { return }
        told = nil
        last.isOver = true
        trainer.usedReporter.progress(last)
    }

    /// Six decimals, and fewer where the number would fill its column.
    private func number(_ value: Double) -> String {
        for decimals in stride(from: 6, through: 0, by: -1) {
            let text = String(format: "%.\(decimals)f", value)
            if text.count <= 11 { return text }
        }
        return String(format: "%.4e", value)
    }
}
