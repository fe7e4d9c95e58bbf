// `apus predict`: what a model of texts says of texts, files, or all rows of a table.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ApusText
import ArgumentParser
import Foundation

struct PredictTextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Predict texts with an exported model.",
        discussion: """
            Rows of a table are written in their order, with a column "prediction" and, for classes, a column of the \
            probability of each. Of a folder all text files are predicted. A language model says the next word.
            With --backward a second model, which was trained with --backward, reads the texts from their end.
            """)

    @Argument(help: "The exported model, or the folder of a transformer with a trained head.")
    var model: String
    @Option(help: "A second exported model that reads texts from their end; the answers are the mean of both.")
    var backward: String?
    @Argument(help: "Files of one text each, or folders of them.")
    var files: [String] = []
    @Option(help: "A text, in quotation marks; may be given several times.")
    var text: [String] = []
    @Option(help: "A table of texts: CSV (also .gz, .bz2, .zst), .parquet or .arrow.")
    var csv: String?
    @Option(help: "Write the rows of --csv with their predictions to this CSV file; - is standard output.")
    var out: String?
    @Option(
        help: ArgumentHelp(
            "The column of --csv with the texts (default: text); several are fields of one text.",
            valueName: "column,..."))
    var column = "text"
    @Option(help: FileEncoding.help("files (default: as in training)"))
    var encoding: String?
    @Option(help: "How many classes are shown for a text.")
    var top = 3
    @Option(
        help: ArgumentHelp(
            "Write a picture of the words that the class of --text hangs on to this file (.png, .svg or .pdf).",
            valueName: "file"))
    var attention: String?
    @Option(help: "How many texts go through the model at once.")
    var batchSize = 64
    @Option(help: "auto, float32 or bfloat16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        guard [!text.isEmpty, !files.isEmpty, csv != nil].filter({ $0 }).count == 1 else {
            throw ValidationError("Give one of --text \"...\", files of texts, and --csv with --out.")
        }
        if (csv == nil) != (out == nil) { throw ValidationError("--csv and --out go together; give both.") }
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
        if batchSize < 1 { throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.") }
        if out == "-", json { throw ValidationError("With --out - the output is the table; leave --json out.") }
        if listed(column).contains("") {
            throw ValidationError("--column \"\(column)\" names no column; give one, or several with commas between.")
        }
        if attention != nil, text.count != 1 || backward != nil {
            throw ValidationError("--attention is of one text and one model; give one --text, and no --backward.")
        }
        if let encoding { _ = try FileEncoding(named: encoding) }
    }

    func run() throws {
        try computing.apply()
        if out != "-" { try checkWritable(out, "--out") }
        try checkWritable(attention, "--attention", endings: figureEndings)
        let file = try TextModelFile(model)
        try file.target.predict(self, file)
    }

    func predict<Target: AnsweredTextTarget>(_ target: Target.Type, _ file: TextModelFile) throws {
        let predictor: Predictor<TextBlock, Target> = try file.predictor(precision: precision)
        let both = try backward.map { path in
            try BothDirections(
                forward: predictor, backward: try TextModelFile(path).predictor(of: target, precision: precision))
        }
        func predicted(_ sources: [TextSource]) throws -> [Target.Prediction] {
            try both?.predict(sources, batchSize: batchSize) ?? predictor.predict(sources, batchSize: batchSize)
        }
        if let csv, let out { return try predictTable(target, csv, out, predicted) }
        let (names, sources) = try texts()
        if let attention {
            guard let classifier = predictor as? TextClassifier else {
                throw ValidationError("--attention is for a model of classes; \(model) is one for \(Target.task).")
            }
            try classifier.intrinsicAttention(text[0]).plot().save(to: URL(filePath: attention))
        }
        let predictions = try predicted(sources)
        let answers = zip(names, predictions).map { name, prediction in
            var answer = Target.answer(prediction, top: top)
            answer.text = name
            return answer
        }
        if json { return try printJSON(Report(predictions: answers)) }
        for answer in answers { print(answers.count == 1 ? answer.line : "\(answer.text): \(answer.line)") }
    }

    /// The texts with what each is called.
    private func texts() throws -> (names: [String], sources: [TextSource]) {
        if !text.isEmpty { return (text, text.map { .text($0) }) }
        let found = try filesOfTexts(files)
        let chosen = try encoding.map { try FileEncoding(named: $0).text }
        let sources = try found.map { file -> TextSource in
            try chosen.map { .text(try TextSource.file(file).read(encoding: $0)) } ?? .file(file)
        }
        return (found.map(\.relativePath), sources)
    }

    private func predictTable<Target: AnsweredTextTarget>(
        _ target: Target.Type, _ csv: String, _ out: String,
        _ predict: @escaping ([TextSource]) throws -> [Target.Prediction]
    ) throws {
        var rows = 0
        func add(to writer: CSVWriter) throws {
            let stream = try stream(of: URL(filePath: csv))
            while let part = try stream.next() {
                let texts = try listed(column).map { name in
                    try part[name].values(as: String.self).map { $0 ?? "" }
                }
                let sources = (0..<part.rowCount).map { row -> TextSource in
                    texts.count == 1 ? .text(texts[0][row]) : .fields(texts.map { $0[row] })
                }
                var table = part
                for (name, column) in try Target.columns(predict(sources)) {
                    guard !part.columnNames.contains(name) else {
                        throw DataError("\(csv) has a column \"\(name)\" already; rename it.")
                    }
                    table = try table.setting(name, to: column)
                }
                try writer.add(table)
                rows += part.rowCount
            }
        }
        if out == "-" { return try CSVWriter.writeToOutput(add) }
        try CSVWriter.write(to: URL(filePath: out), add)
        if json {
            try printJSON(TableReport(rows: rows, out: out, peak_rss_mb: ProcessMemory.peak))
        } else {
            print("\(rows) rows with their predictions are in \(out).")
        }
    }

    /// The rows part by part, all values of a CSV file as the texts that they are.
    private func stream(of file: URL) throws -> TableStream {
        switch file.pathExtension.lowercased() {
        case "parquet": return try TableStream.parquet(file)
        case "arrow", "feather": return try TableStream.arrowFile(file)
        default:
            var format = CSVFormat()
            if let encoding {
                format.encoding = CSVFormat.Encoding(rawValue: try FileEncoding(named: encoding).iconvName)
            }
            let names = try TableStream.csv(file, format: format).next()?.columnNames ?? []
            for name in names {
                format.kinds[name] = .text
                format.missingIn[name] = [""]
            }
            return try TableStream.csv(file, format: format)
        }
    }

    private struct Report: Encodable {
        let predictions: [TextAnswer]
    }

    // The names are the JSON's keys.
    private struct TableReport: Encodable {
        let rows: Int
        let out: String
        let peak_rss_mb: Int
    }
}

extension AnsweredTextTarget {
    /// Predicts with the command's model, whose target is of this kind.
    fileprivate static func predict(_ command: PredictTextCommand, _ file: TextModelFile) throws {
        try command.predict(Self.self, file)
    }
}
