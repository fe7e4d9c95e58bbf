// Which items are cleaned, where their labels are, and how they are split: as the commands that train have it.
import ApusCommandSupport
import ApusTabular
import ApusText
import ApusVision
import ArgumentParser
import Foundation

/// Which items are cleaned.
struct CleaningDataOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Tables of labels, or of texts or rows with their labels, which are edited.", valueName: "file"))
    var csv: [String] = []
    @Option(
        help: ArgumentHelp(
            "Clean the corrections in this folder, which `apus serve --feedback` wrote, instead.", valueName: "folder"))
    var feedback: String?
    @Option(help: "The model whose corrections are meant, where the folder of --feedback has those of several.")
    var feedbackModel: String?
    @Option(help: "A regular expression; its first group, matched on the file's name, is the label.")
    var labelRegex: String?
    @Option(
        name: [.customLong("label-column"), .customLong("target")],
        help: "The column of the labels (default: of pictures the second, of texts label).")
    var labelColumn: String?
    @Option(help: "The column of the pictures' files (default: the first).")
    var fileColumn: String?
    @Option(help: "What is appended to the files' names in the table, such as .jpg.")
    var fileSuffix: String?
    @Option(help: ArgumentHelp("The columns of the texts (default: text).", valueName: "column,..."))
    var text: String?
    @Option(help: "What lies between the values of a line: one letter, or \"tab\".")
    var delimiter = ","
    @Option(help: FileEncoding.help("tables and lists"))
    var encoding = "utf-8"
    @Option(help: "The name of the validation folder beside train/; of texts, of any folder.")
    var valid: String?
    @Option(help: "The name of a folder of labeled test pictures beside train/, which are looked through, too.")
    var test: String?
    @Option(help: "The part of the items for validation, as in the training (default 0.2).")
    var validFraction: Double?
    @Option(help: "A text file with the names of the validation pictures, one on each line.")
    var validList: String?
    @Option(help: "The column that is true for validation items.")
    var validColumn: String?
    @Option(help: "The seed of the split, as in the training.")
    var seed = 42

    func validate() throws {
        let splits = [
            ("valid", valid != nil), ("valid-fraction", validFraction != nil), ("valid-list", validList != nil),
            ("valid-column", validColumn != nil),
        ].filter(\.1).map { "--\($0.0)" }
        if splits.count > 1 {
            throw ValidationError("Give one of \(splits.joined(separator: " and ")), which say how to split.")
        }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        if feedback != nil, !csv.isEmpty || labelRegex != nil {
            throw ValidationError("--feedback has its labels by itself; leave --csv and --label-regex out.")
        }
        if feedback == nil, feedbackModel != nil {
            throw ValidationError("--feedback-model needs --feedback with the folder of the corrections.")
        }
        if validColumn != nil, csv.isEmpty {
            throw ValidationError("--valid-column is a column of --csv; give that file.")
        }
        if labelRegex != nil, !csv.isEmpty {
            throw ValidationError("Give one of --label-regex and --csv, which say where the labels are.")
        }
        guard delimiter == "tab" || delimiter.count == 1 && delimiter.first?.isASCII == true else {
            throw ValidationError("--delimiter \"\(delimiter)\" is not possible; give one ASCII letter, or tab.")
        }
        _ = try textEncoding()
    }

    func textEncoding() throws -> String.Encoding { try FileEncoding(named: encoding).text }
    var separator: Character { delimiter == "tab" ? "\t" : delimiter.first ?? "," }
    var textColumns: [String] { text.map(listed) ?? ["text"] }

    /// The folder of the data.
    func root(_ folder: String?) throws -> URL {
        let beside = csv.first.map { ($0 as NSString).deletingLastPathComponent } ?? ""
        let path = feedback ?? folder ?? (beside.isEmpty ? "." : beside)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw DataError("There is no folder \(path); give the folder of the data behind the model.")
        }
        return URL(filePath: path, directoryHint: .isDirectory)
    }

    /// The corrections that are cleaned; nil where it is the data itself.
    func feedbackStore() throws -> FeedbackStore? {
        try feedback.map { try FeedbackStore(existing: URL(filePath: $0, directoryHint: .isDirectory)) }
    }

    /// The rows of all tables, those without a label left out, with the column of the labels.
    func rows(labelsIn usual: (TableRow) throws -> String) throws -> (rows: [TableRow], column: String) {
        var (rows, column): ([TableRow], String?) = ([], nil)
        for path in csv {
            let read = try TableRow.readCSV(URL(filePath: path), delimiter: separator, encoding: textEncoding())
            guard let first = read.first else { throw DataError("The table \(path) has no rows.") }
            let name = try labelColumn ?? usual(first)
            if let column, column != name {
                throw DataError(
                    "The labels are in the column \(column), in \(path) in \(name); name it with --label-column.")
            }
            column = name
            rows += try read.filter { try !normalizedLabel($0.value(name)).isEmpty }
        }
        guard let column, !rows.isEmpty else { throw DataError("No row of the tables has a label.") }
        return (rows, column)
    }

    // MARK: For the training

    /// The options of `apus train image` that say where labels are.
    var imageOptions: [String] {
        options([
            ("label-regex", labelRegex), ("labels-csv", csv.first), ("file-column", fileColumn),
            ("file-suffix", fileSuffix), ("label-column", labelColumn),
            ("encoding", encoding == "utf-8" ? nil : encoding),
        ])
    }

    /// The options of `apus train text`.
    var textOptions: [String] {
        options([
            ("target", labelColumn), ("text", text), ("delimiter", delimiter == "," ? nil : delimiter),
            ("encoding", encoding == "utf-8" ? nil : encoding),
        ])
    }

    /// The options of `apus train table`.
    var tableOptions: [String] {
        options([
            ("target", labelColumn), ("delimiter", delimiter == "," ? nil : delimiter),
            ("encoding", encoding == "utf-8" ? nil : encoding),
        ])
    }

    /// The options of all of them that say how items are split.
    var splitOptions: [String] {
        options([
            ("valid", valid), ("valid-fraction", validFraction.map { "\($0)" }), ("valid-list", validList),
            ("valid-column", validColumn), ("seed", seed == 42 ? nil : "\(seed)"),
        ])
    }

    private func options(_ all: [(String, String?)]) -> [String] {
        all.flatMap { name, value in value.map { ["--\(name)", $0] } ?? [] }
    }
}
