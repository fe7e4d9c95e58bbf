// What commands on tables have in common: how the file is written, and which rows are for validation.
import ApusCommandSupport
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
    @Option(help: FileEncoding.help())
    var encoding = "utf-8"
    @Flag(help: "Numbers have a comma as their decimal point, as in 3,14.")
    var decimalComma = false
    @Option(
        help: ArgumentHelp(
            "Columns of texts as they are written: 007 is not 7, and None is a word like any other.",
            valueName: "column,..."))
    var text: String?
    @Option(help: ArgumentHelp("Columns of numbers, also where one begins with a zero.", valueName: "column,..."))
    var number: String?
    @Option(help: "The number of lines before the header.")
    var skipLines = 0

    func validate() throws {
        guard delimiter == "tab" || delimiter.count == 1 && delimiter.first?.isASCII == true else {
            throw ValidationError("--delimiter \"\(delimiter)\" is not possible; give one ASCII letter, or tab.")
        }
        if skipLines < 0 { throw ValidationError("--skip-lines \(skipLines) is negative.") }
        _ = try csvEncoding()
    }

    func csvEncoding() throws -> CSVFormat.Encoding {
        CSVFormat.Encoding(rawValue: try FileEncoding(named: encoding).iconvName)
    }

    func format() throws -> CSVFormat {
        var format = CSVFormat(
            delimiter: delimiter == "tab" ? "\t" : delimiter.first ?? ",", hasHeader: !noHeader && names == nil,
            names: names.map(listed), missing: CSVFormat.missingMarkers + (missing.map(listed) ?? []),
            encoding: try csvEncoding())
        format.skippedLines = skipLines
        format.decimalPoint = decimalComma ? "," : "."
        for name in number.map(listed) ?? [] { format.kinds[name] = .number }
        for name in text.map(listed) ?? [] { format.missingIn[name] = ownMissing }
        return format
    }

    /// What stands for a missing value among texts that are taken as they are written: nothing, and what is said to.
    var ownMissing: [String] { [""] + (missing.map(listed) ?? []) }

    /// The table of a file: CSV, or Parquet and Arrow by the name's end.
    ///
    /// - Parameter kinds: The kinds of columns of a CSV file, where they are known.
    func table(_ path: String, as kinds: [(String, ColumnKind)] = []) throws -> Table {
        let file = URL(filePath: path)
        var format = try format()
        for (name, kind) in kinds { format.kinds[name] = kind }
        return switch file.pathExtension.lowercased() {
        case "parquet": try Table.readParquet(file)
        case "arrow", "feather": try Table.readArrow(file)
        default: try Table.readCSV(file, format: format)
        }
    }

    /// A column of a CSV file as texts in which words such as NA and None are words; nil for a file of another kind.
    func words(of name: String, in path: String) throws -> Column? {
        let file = URL(filePath: path)
        guard !["parquet", "arrow", "feather"].contains(file.pathExtension.lowercased()) else { return nil }
        var format = try format()
        (format.columns, format.missingIn, format.kinds) = ([name], [name: ownMissing], [:])
        return try Table.readCSV(file, format: format)[name]
    }

    /// The names of the columns of a CSV file, which must have rows.
    func columnNames(of file: URL) throws -> [String] {
        var format = try format()
        (format.kinds, format.missingIn) = ([:], [:])
        if let first = try TableStream.csv(file, format: format).next(), first.rowCount > 0 { return first.columnNames }
        throw DataError("\(file.lastPathComponent) has a header and no rows, so that there is nothing to predict.")
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
    var skipUnlabeled = false
    @Option(help: "The part of the rows for validation (default 0.2).")
    var validFraction: Double?
    @Option(help: "A column of true or false that says which rows are for validation.")
    var validColumn: String?
    @Option(help: "Rows from this day on, such as 2015-07-31, are for validation; by the first column of --date.")
    var validAfter: String?
    @Option(help: ArgumentHelp("Columns of dates, whose parts are learned from.", valueName: "column,..."))
    var date: String?
    @Option(help: "How the dates of --date are written, such as %d.%m.%Y for 31.12.2019 (default: as 2019-12-31).")
    var dateFormat: String?
    @Option(help: "The number of rows in a batch (default: by the number of rows).")
    var batchSize: Int?
    @Option(
        help:
            "Leave out classes with fewer rows than this, counted for training where the split is given (default: keep all)."
    )
    var minPerClass: Int?
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
        if let minPerClass, minPerClass < 1 {
            throw ValidationError("--min-per-class \(minPerClass) is not possible; give at least 1.")
        }
        if dateFormat != nil, dates.isEmpty { throw ValidationError("--date-format needs --date with the columns.") }
        if validAfter != nil, dates.isEmpty {
            throw ValidationError("--valid-after needs --date with the column of the day.")
        }
    }

    func splitter() throws -> Splitter<Table> {
        if let validColumn { return .column(validColumn) }
        guard let validAfter else { return .random(validFraction ?? 0.2) }
        guard let start = try? Column([validAfter]).cast(to: .time).values(as: Date.self)[0] else {
            throw ValidationError("--valid-after \"\(validAfter)\" is no day; give one such as 2015-07-31.")
        }
        return .date(dates[0], from: start)
    }

    /// The table, made sure to have the target, and with dates that are dates.
    func table() throws -> Table {
        var table = try written.table(file)
        let label = try table[target]
        if label.missingCount > 0, label.kind == .text || label.missingCount == label.count {
            table = try withWords(table)
        }
        if let dateFormat {
            for name in dates { table = try table.parsingDates(of: name, format: dateFormat) }
        } else {
            for name in dates { try checkDates(table, name) }
        }
        let missing = try table[target].missingCount
        if missing == 0 { return table }
        guard skipUnlabeled else {
            throw DataError(
                "The target \"\(target)\" is missing in \(missing) of \(table.rowCount) rows; give "
                    + "--skip-unlabeled to leave those out.")
        }
        return try table.droppingMissing(in: [target])
    }

    /// A table with corrected rows behind it, and how many those are.
    ///
    /// - Parameter areClasses: Whether the target is a class, of which there are only those that the table has.
    func adding(
        _ corrections: CorrectionOptions, to table: Table, areClasses: Bool
    ) throws -> (table: Table, count: Int) {
        guard corrections.feedback != nil else { return (table, 0) }
        let corrected: [(row: [String: String], label: String)]
        if areClasses {
            let known = try table[target].cast(to: .text).values(as: String.self).map { normalizedLabel($0 ?? "") }
            corrected = try corrections.classes(of: .row, among: Set(known)).map { ($0.row ?? [:], $0.label) }
        } else {
            corrected = try corrections.numbers(of: .row).map { ($0.row ?? [:], "\($0.label)") }
        }
        guard !corrected.isEmpty else { return (table, 0) }
        // Whole numbers may be corrected to others.
        let table = areClasses ? table : try table.setting(target, to: table[target].cast(to: .number))
        let columns = try table.columnNames.map { name in
            let texts = corrected.map { name == target ? $0.label : $0.row[name] }
            do {
                let kind = try table[name].kind
                return (name, try Column(texts.map { $0?.isEmpty == false ? $0 : nil }).cast(to: kind))
            } catch {
                throw DataError(
                    "The corrections have values of \(name) that do not fit the table's: \(error). Mend those lines of "
                        + "feedback.jsonl, or leave --feedback out.")
            }
        }
        return (try .concatenating([table, Table(columns)]), corrected.count)
    }

    /// The table with classes called None, NA or null, which are words where the other classes are.
    private func withWords(_ table: Table) throws -> Table {
        guard let words = try written.words(of: target, in: file) else { return table }
        let counts = try Table([(target, words)]).filter(.!words.isMissing()).groupCounts(by: target)
        let found = try zip(counts[target].values(as: String.self), counts["count"].values(as: Int.self)).filter {
            CSVFormat.missingMarkers.contains($0.0 ?? "")
        }
        guard !found.isEmpty else { return table }
        for case (let word?, let count?) in found {
            printNote(
                "\"\(word)\" is a class of \(target) like any other, in \(count) rows; --missing \(word) makes it missing."
            )
        }
        return try table.setting(target, to: words)
    }

    /// Says how dates of another form are read.
    private func checkDates(_ table: Table, _ name: String) throws {
        let column = try table[name]
        guard column.kind == .text, (try? column.cast(to: .time)) == nil else { return }
        let shown = try column.values(as: String.self).first { $0 != nil } ?? nil
        let forms: [(Regex<Substring>, String)] = [
            (#/[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}/#, "%d.%m.%Y"),
            (#/[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}/#, "%d-%m-%Y"),
            (#/[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}/#, "%d/%m/%Y where the day comes first, or %m/%d/%Y"),
            (#/[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}/#, "%Y/%m/%d"), (#/[0-9]{8}/#, "%Y%m%d"),
        ]
        let form = forms.first { (try? $0.0.wholeMatch(in: shown ?? "")) != nil }?.1 ?? "%d.%m.%Y for 31.12.2019"
        throw DataError(
            "The dates in \(name), such as \"\(shown ?? "")\", are not written as 2019-12-31; say how with --date-format, such as "
                + "--date-format \(form).")
    }
}
