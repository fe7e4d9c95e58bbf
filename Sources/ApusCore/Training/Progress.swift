// The progress of a run: a bar on a terminal, and a table row for each epoch.
import Foundation

extension Trainer {
    /// Says on standard error what the user should know of, unless progress is not shown.
    func tell(_ text: String) {
        if showsProgress { FileHandle.standardError.write(Data((text + "\n").utf8)) }
    }
}

/// Prints a header, a row for each epoch and, on a terminal, a bar with the time that is left.
final class ProgressCallback: Callback {
    private var start = ContinuousClock.now
    private var lastDrawn = ContinuousClock.now
    private let drawsBar = isatty(STDERR_FILENO) == 1
    private var widths: [Int] = []

    override var order: Int { 52 }
    override var name: String { "Progress" }
    override var runsInLearningRateFinder: Bool { false }

    override func beforeFit(_ trainer: Trainer) {
        guard trainer.showsProgress else { return }
        print("\(trainer.device), \(trainer.precision.rawValue), \(trainer.train.itemCount) items to train on")
        let titles = ["epoch", "train_loss", "valid_loss"] + measured(trainer) + ["time"]
        widths = titles.map { max($0.count + 2, 13) }
        printRow(titles)
    }

    override func beforeTrain(_ trainer: Trainer) { start = .now }
    override func beforeValidate(_ trainer: Trainer) { start = .now }

    override func afterTrain(_ trainer: Trainer) { eraseBar(trainer) }
    override func afterValidate(_ trainer: Trainer) { eraseBar(trainer) }
    override func afterCancelEpoch(_ trainer: Trainer) { eraseBar(trainer) }
    override func afterCancelFit(_ trainer: Trainer) { eraseBar(trainer) }

    override func afterBatch(_ trainer: Trainer) {
        guard trainer.showsProgress, drawsBar, trainer.batchCount > 0,
            (ContinuousClock.now - lastDrawn).seconds > 0.1
        else { return }
        lastDrawn = .now
        let done = trainer.batchIndex + 1
        let part = Double(done) / Double(trainer.batchCount)
        let elapsed = (ContinuousClock.now - start).seconds
        let filled = Int(part * 30)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let loss = trainer.isTraining ? String(format: " loss %.4f", trainer.recorder.smoothLoss) : ""
        write(
            "\r\(trainer.isTraining ? "train" : "valid") \(bar) \(done)/\(trainer.batchCount) "
                + "[\(time(elapsed))<\(time(elapsed / part - elapsed))]\(loss)\u{1B}[K")
    }

    override func afterEpoch(_ trainer: Trainer) {
        guard trainer.showsProgress, let row = trainer.recorder.rows.last else { return }
        var cells = ["\(row.epoch)", number(row.trainLoss), row.validLoss.map(number) ?? "-"]
        // An epoch that was left before its validation has no metrics.
        cells += measured(trainer).indices.map {
            row.metrics.indices.contains($0) ? number(row.metrics[$0].value) : "-"
        }
        printRow(cells + [time(row.seconds)])
    }

    private func measured(_ trainer: Trainer) -> [String] { trainer.loss.partTitles + trainer.metrics.map(\.name) }

    private func printRow(_ cells: [String]) {
        let columns = zip(cells, widths).map { $0.padding(toLength: max($0.count, $1), withPad: " ", startingAt: 0) }
        print(columns.joined())
        fflush(nil)
    }

    private func eraseBar(_ trainer: Trainer) { if drawsBar, trainer.showsProgress { write("\r\u{1B}[K") } }

    /// Six decimals, and fewer where the number would fill its column.
    private func number(_ value: Double) -> String {
        for decimals in stride(from: 6, through: 0, by: -1) {
            let text = String(format: "%.\(decimals)f", value)
            if text.count <= 11 { return text }
        }
        return String(format: "%.4e", value)
    }

    private func time(_ seconds: Double) -> String { clockTime(seconds) }
    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Seconds as "05:10" or "1:15:10", in fastai's form; 0 for no number.
func clockTime(_ seconds: Double) -> String {
    let whole = seconds.isFinite ? Int(seconds.rounded()) : 0
    let rest = String(format: "%02d:%02d", whole / 60 % 60, whole % 60)
    return whole < 3600 ? rest : "\(whole / 3600):\(rest)"
}
