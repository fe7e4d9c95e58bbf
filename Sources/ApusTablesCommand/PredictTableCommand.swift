// `apus predict`: what a model of tables says of a row, or of all rows of a file.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation

struct PredictTableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Predict rows of a table with an exported model.",
        discussion: """
            A file may be larger than memory. Its rows are written in their order, with a column "prediction" and, for \
            classes, a column of the probability of each.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("One row: a value for each column that the model learned from.", valueName: "column=value"))
    var row: [String] = []
    @Option(help: "A CSV file of rows; - is standard input.")
    var csv: String?
    @Option(help: "Write the rows of --csv with their predictions to this CSV file; - is standard output.")
    var out: String?
    @OptionGroup var written: TableFormatOptions
    @Option(
        help:
            "What is done where a value is missing that no training row lacked: fill, as training would have, or refuse."
    )
    var ifMissing = MissingValuePolicy.fill
    @Option(help: "How many classes are shown for a row (default 3).")
    var top = 3
    @Option(help: "auto, float32 or bfloat16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        guard row.isEmpty != (csv == nil) else {
            throw ValidationError(
                "Give --row with a value for each column, as in --row age=49 sex=Female, or --csv with a file of rows.")
        }
        if (csv == nil) != (out == nil) { throw ValidationError("--csv and --out go together; give both.") }
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
        if out == "-", json { throw ValidationError("With --out - the output is the table; leave --json out.") }
    }

    func run() throws {
        try computing.apply()
        if let recommender = try Recommender.ofFile(model) { return try predict(recommender) }
        let learner = try TableModel(model, precision: precision)
        if let csv, let out { try predictFile(learner, csv, out) } else { try predictRow(learner) }
    }

    // MARK: One row

    private func predictRow(_ model: TableModel) throws {
        let row = try RowText(row, for: model.input)
        if ifMissing == .refuse { _ = try model.addingPredictions(to: row.table, ifMissing: .refuse) }
        row.notes.forEach(printNote)
        let answer = try model.answer(to: row.cells, top: top, notes: row.notes)
        if json { try printJSON(answer.report) } else { print(answer.text) }
    }

    // MARK: Users and items

    private func predict(_ recommender: Recommender) throws {
        let input = recommender.pipeline.input
        let names = [input.users.name, input.items.name]
        guard let csv, let out else {
            var cells: TableCells = [:]
            for word in row {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, names.contains(String(parts[0])) else {
                    throw DataError(
                        "\"\(word)\" is no value of a column that the model learned from; give \(names[0])=VALUE and "
                            + "\(names[1])=VALUE.")
                }
                cells[String(parts[0])] = .text(String(parts[1]))
            }
            let notes = try unfamiliar(in: Table(rows: [cells], columns: names), input)
            notes.forEach(printNote)
            let number = try recommender.predict(cells)
            return try json ? printJSON(NumberReport(prediction: number, notes: notes)) : print(number)
        }
        guard csv != "-", out != "-" else {
            throw DataError("Pairs of users and items are read from a file and written to one; - is not possible.")
        }
        let table = try written.table(csv, as: names.map { ($0, .text) })
        let notes = try unfamiliar(in: table, input)
        notes.forEach(printNote)
        try recommender.addingPredictions(to: table).writeCSV(to: URL(filePath: out))
        if json {
            try printJSON(FileReport(rows: table.rowCount, out: out, notes: notes, peak_rss_mb: ProcessMemory.peak))
        } else {
            print("\(table.rowCount) rows with their predictions are in \(out).")
        }
    }

    /// The sentences about users and items that training never met; refuses missing ones where that was asked for.
    private func unfamiliar(in pairs: Table, _ input: CollabBlock) throws -> [String] {
        let found = try input.unfamiliarValues(in: pairs)
        if ifMissing == .refuse { try found.refuseNew() }
        return found.sentences
    }

    // MARK: A file

    private func predictFile(_ model: TableModel, _ csv: String, _ out: String) throws {
        let input = try csv == "-" ? TemporaryInput() : nil
        let file = input?.url ?? URL(filePath: csv)
        var rows = 0
        var found = UnfamiliarValues()
        func add(to writer: CSVWriter) throws {
            let parts = try TableStream.csv(file, format: format(for: model.input, file))
            while let part = try parts.next() {
                do {
                    try found.add(model.input.unfamiliarValues(in: part))
                    try writer.add(model.addingPredictions(to: part, ifMissing: ifMissing))
                } catch let error as DataError where rows > 0 {
                    throw DataError("From row \(rows) on, where rows count from 0 again: \(error.description)")
                }
                rows += part.rowCount
            }
        }
        let delimiter = try written.format().delimiter
        if out == "-" {
            try CSVWriter.writeToOutput(delimiter: delimiter, add)
            return found.sentences.forEach(printNote)
        }
        try CSVWriter.write(to: URL(filePath: out), delimiter: delimiter, add)
        found.sentences.forEach(printNote)
        if json {
            try printJSON(
                FileReport(rows: rows, out: out, notes: found.sentences, peak_rss_mb: ProcessMemory.peak))
        } else {
            print("\(rows) rows with their predictions are in \(out).")
        }
    }

    /// What the model learned from is read as what it was in the training rows; all else stays the text it is.
    private func format(for block: TabularBlock, _ file: URL) throws -> CSVFormat {
        var format = try written.format()
        let names = try written.columnNames(of: file)
        let absent = block.columns.filter { !names.contains($0) }
        guard absent.isEmpty else {
            throw DataError(
                "\(file.lastPathComponent) lacks \(absent.joined(separator: ", ")), which the model learned from; its "
                    + "columns are \(names.joined(separator: ", ")).")
        }
        let kinds = block.fileKinds
        for name in names { format.kinds[name] = kinds[name] ?? .text }
        if written.decimalComma {
            // As texts, 0,5 would not be the class 0.5.
            for category in block.categories where [.number, .integer].contains(category.kind) {
                format.kinds[category.name] = .number
            }
        }
        // A category may be a word that elsewhere stands for a missing value.
        for category in block.categories where category.classes.contains(where: CSVFormat.missingMarkers.contains) {
            format.missingIn[category.name] = written.ownMissing
        }
        return format
    }

    private struct FileReport: Encodable {
        let rows: Int
        let out: String
        let notes: [String]
        // The names are the JSON's keys.
        let peak_rss_mb: Int
    }
}

/// Standard input in a file, since a table is looked at twice; removed at the end.
private final class TemporaryInput {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).csv")

    init() throws {
        guard FileManager.default.createFile(atPath: url.path, contents: nil),
            let file = try? FileHandle(forWritingTo: url)
        else { throw DataError("\(url.path) cannot be written; set TMPDIR to a folder with room for the rows.") }
        while let part = try FileHandle.standardInput.read(upToCount: 1 << 20), !part.isEmpty {
            try file.write(contentsOf: part)
        }
        try file.close()
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

extension MissingValuePolicy: @retroactive ExpressibleByArgument {}
