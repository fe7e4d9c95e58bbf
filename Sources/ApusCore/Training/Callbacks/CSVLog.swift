// A log of the epochs as a CSV file.
import Foundation
import Torch

/// Writes a row for each epoch into a CSV file: the epoch, the columns of the table (``Trainer/columns``), the seconds.
///
/// The file is whole after each epoch. All fits go into one file, each epoch numbered from 0 in its fit, under one
/// header; a value that was not measured is empty.
public final class CSVLog: Callback {
    /// The file.
    public let url: URL
    /// Whether rows are added to those that the file has already.
    public let appends: Bool
    private var lines: [String]?

    public init(to url: URL = URL(filePath: "history.csv"), appends: Bool = false) {
        self.url = url
        self.appends = appends
    }

    public override var order: Int { 60 }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }
    public override func conflict(with other: Callback) -> String? {
        sharing(url, with: (other as? CSVLog)?.url)
    }
    public override var description: String { "CSVLog (\(url.lastPathComponent))" }
    public override func mustRun(after other: Callback) -> Bool { other is RecorderCallback }

    public override func beforeFit(_ trainer: Trainer) throws {
        let header = (["epoch", "train_loss", "valid_loss"] + others(trainer) + ["seconds"])
            .map(Self.quoted).joined(separator: ",")
        if lines == nil {
            let former = appends ? try? String(contentsOf: url, encoding: .utf8) : nil
            lines = former?.split(whereSeparator: \.isNewline).map(String.init) ?? []
        }
        // Another header where the columns have changed.
        if lines?.last(where: { $0.hasPrefix("epoch,") }) != header { lines?.append(header) }
        try write()
    }

    public override func afterEpoch(_ trainer: Trainer) throws {
        guard let row = trainer.recorder.rows.last else { return }
        let values = [row.trainLoss, row.validLoss] + others(trainer).map(row.value) + [row.seconds]
        lines?.append("\(row.epoch)," + values.map { $0.map { "\($0)" } ?? "" }.joined(separator: ","))
        try write()
    }

    private func others(_ trainer: Trainer) -> [String] {
        trainer.columns.map(\.name).filter { $0 != "train_loss" && $0 != "valid_loss" }
    }

    private func write() throws {
        try makeFolder(url.deletingLastPathComponent())
        try replaceFile(at: url) { file in
            try file.write(Array(((lines ?? []).joined(separator: "\n") + "\n").utf8))
        }
    }

    private static func quoted(_ name: String) -> String {
        guard name.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return name }
        return "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    public override func state() throws -> Data? { try JSONEncoder().encode(lines) }
    public override func restore(state: Data) throws {
        lines = try JSONDecoder().decode([String]?.self, from: state)
        try write()
    }
}
