// What commands on tables have in common: how the file is written, and which rows are for validation.
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation

/// How a CSV file is written.
struct TableFormatOptions: ParsableArguments {
    @Option(help: "What lies between the values of a line: one letter, or \"tab\".")
    var delimiter = ","
    @Flag(help: "The first line is a row already; the columns are f0, f1, ...")
    var noHeader = false
    @Option(help: ArgumentHelp("The names of the columns of a file without a header.", valueName: "name,..."))
    var names: String?
    @Option(
        help: ArgumentHelp(
            "Texts that stand for a missing value, beside NA, NaN, null, nothing...", valueName: "text,..."))
    var missing: String?
    @Option(help: "utf-8, latin1, windows-1252, utf-16, or another name that iconv knows.")
    var encoding = "utf-8"
    @Option(help: "The number of lines before the header.")
    var skipLines = 0

    func validate() throws {
        guard delimiter == "tab" || delimiter.count == 1 && delimiter.first?.isASCII == true else {
            throw ValidationError("--delimiter \"\(delimiter)\" is not possible; give one ASCII letter, or tab.")
        }
        if skipLines < 0 { throw ValidationError("--skip-lines \(skipLines) is negative.") }
    }

    var format: CSVFormat {
        let encodings: [String: CSVFormat.Encoding] = [
            "utf-8": .utf8, "utf8": .utf8, "latin1": .latin1, "latin-1": .latin1, "utf-16": .utf16, "utf16": .utf16,
            "windows1252": .windows1252,
            "windows-1252": .windows1252,
        ]
        return CSVFormat(
            delimiter: delimiter == "tab" ? "\t" : delimiter.first ?? ",", hasHeader: !noHeader && names == nil,
            names: names.map(listed), missing: CSVFormat.missingMarkers + (missing.map(listed) ?? []),
            encoding: encodings[encoding.lowercased()] ?? CSVFormat.Encoding(rawValue: encoding),
            skippedLines: skipLines)
    }

    /// The table of a file: CSV, or Parquet and Arrow by the name's end.
    func table(_ path: String) throws -> Table {
        let file = URL(filePath: path)
        return switch file.pathExtension.lowercased() {
        case "parquet": try Table.readParquet(file)
        case "arrow", "feather": try Table.readArrow(file)
        default: try Table.readCSV(file, format: format)
        }
    }
}

/// Which table, what is to be predicted, and which rows are for validation.
struct TableDataOptions: ParsableArguments {
    @Argument(help: "The table: CSV (also .gz, .bz2, .zst), .parquet, or .arrow.")
    var file: String
    @OptionGroup var written: TableFormatOptions
    @Option(help: "The column to predict.")
    var target: String
    @Flag(help: "Leave out the rows that lack the target.")
    var skipMissingTarget = false
    @Option(help: "The part of the rows for validation (default 0.2).")
    var validFraction: Double?
    @Option(help: "A column of true or false that says which rows are for validation.")
    var validColumn: String?
    @Option(help: "Rows from this day on, such as 2015-07-31, are for validation; by the first column of --date.")
    var validAfter: String?
    @Option(help: ArgumentHelp("Columns of dates, whose parts are learned from.", valueName: "column,..."))
    var date: String?
    @Option(help: "The number of rows in a batch (default: by the number of rows).")
    var batchSize: Int?
    @Option(help: "The seed of the split and of everything drawn.")
    var seed = 42

    var dates: [String] { date.map(listed) ?? [] }

    func validate() throws {
        if [validFraction != nil, validColumn != nil, validAfter != nil].filter({ $0 }).count > 1 {
            throw ValidationError("Give one of --valid-fraction, --valid-column and --valid-after.")
        }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        if let batchSize, batchSize < 1 {
            throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.")
        }
        if validAfter != nil, dates.isEmpty {
            throw ValidationError("--valid-after needs --date with the column of the day.")
        }
    }

    func splitter() throws -> TableSplitter {
        if let validColumn { return .column(validColumn) }
        guard let validAfter else { return .random(validFraction: validFraction ?? 0.2) }
        guard let start = try? Column([validAfter]).cast(to: .time).values(as: Date.self)[0] else {
            throw ValidationError("--valid-after \"\(validAfter)\" is no day; give one such as 2015-07-31.")
        }
        return .date(dates[0], from: start)
    }

    /// The table, made sure to have the target.
    func table() throws -> Table {
        let table = try written.table(file)
        let missing = try table[target].missingCount
        if missing == 0 { return table }
        guard skipMissingTarget else {
            throw DataError(
                "The target \"\(target)\" is missing in \(missing) of \(table.rowCount) rows; give "
                    + "--skip-missing-target to leave those out.")
        }
        return try table.droppingMissing(in: [target])
    }
}

/// The parts of a text between commas, without spaces around them.
func listed(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
}
