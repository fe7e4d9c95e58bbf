// CSV files: what form they have, read whole, and written.
import ApusCore
import CArrow
import Foundation
import Torch

/// How a CSV file is written.
///
/// ```swift
/// let films = try Table.readCSV(folder.appending(path: "u.item"), format: CSVFormat(
///     delimiter: "|", quote: nil, names: titles, encoding: .latin1))
/// ```
public struct CSVFormat: Sendable {
    /// The encoding of a text file.
    public struct Encoding: Sendable, RawRepresentable {
        /// The name that iconv knows.
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let utf8 = Encoding(rawValue: "UTF-8")
        public static let latin1 = Encoding(rawValue: "ISO-8859-1")
        public static let windows1252 = Encoding(rawValue: "CP1252")
        /// UTF-16 with a byte order mark.
        public static let utf16 = Encoding(rawValue: "UTF-16")
    }

    /// What stands for a missing value, as in pandas.
    public static let missingMarkers = [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
        "NULL", "NaN", "None", "n/a", "nan", "null",
    ]

    /// What lies between values, such as "," or "\t".
    public var delimiter: Character
    /// What encloses texts; nil where a quotation mark is a letter like any other.
    public var quote: Character?
    /// Whether the first line names the columns; by default where `names` is nil.
    public var hasHeader: Bool
    /// The names of the columns, instead of those of the first line; where there is neither, f0, f1, ...
    public var names: [String]?
    /// The columns to read, in order; all by default.
    public var columns: [String]?
    /// The kinds of columns where they are not to be found out.
    public var kinds: [String: ColumnKind]
    /// The texts that stand for a missing value.
    public var missing: [String]
    /// The texts that stand for a missing value in some columns, instead of those of ``missing``; such columns are read as
    /// texts. `["style": [""]]` keeps the style None.
    public var missingIn: [String: [String]] = [:]
    /// What lies between a number's whole part and its fraction; "." by default.
    public var decimalPoint: Character = "."
    /// Whether spaces at the ends of a value are left out; true by default.
    public var trimsSpaces = true
    /// The encoding; UTF-8 by default.
    public var encoding: Encoding
    /// How many lines come before the header; 0 by default.
    public var skippedLines = 0

    public init(
        delimiter: Character = ",", quote: Character? = "\"", hasHeader: Bool? = nil, names: [String]? = nil,
        columns: [String]? = nil, kinds: [String: ColumnKind] = [:], missing: [String] = CSVFormat.missingMarkers,
        encoding: Encoding = .utf8
    ) {
        self.delimiter = delimiter
        self.quote = quote
        self.hasHeader = hasHeader ?? (names == nil)
        self.names = names
        self.columns = columns
        self.kinds = kinds
        self.missing = missing
        self.encoding = encoding
    }

    /// The formats for those columns in which other texts stand for a missing value.
    var parts: [CSVFormat] {
        missingIn.sorted { $0.key < $1.key }.filter { columns?.contains($0.key) ?? true }.map { name, missing in
            var part = self
            (part.missingIn, part.columns, part.missing, part.kinds) = ([:], [name], missing, [name: .text])
            return part
        }
    }

    /// Calls `body` with the format as C takes it.
    func withOptions<Result>(_ body: (inout carrow_csv_options) throws -> Result) throws -> Result {
        guard let delimiter = delimiter.asciiValue, quote.map({ $0.isASCII }) ?? true else {
            throw DataError("Delimiter and quotation mark are single ASCII letters; \"\(delimiter)\" was given.")
        }
        guard let point = decimalPoint.asciiValue, point != delimiter else {
            throw DataError(
                "The decimal point \"\(decimalPoint)\" is not possible with values between \"\(self.delimiter)\"; give one "
                    + "ASCII letter that is not the delimiter, such as \";\" between values (apus: --delimiter).")
        }
        let typed = kinds.sorted { $0.key < $1.key }
        return try withCStrings(names ?? []) { names, nameCount in
            try withCStrings(missing) { missing, missingCount in
                try withCStrings(columns ?? []) { columns, columnCount in
                    try withCStrings(typed.map(\.key)) { typedNames, typedCount in
                        try typed.map(\.value.code).withUnsafeBufferPointer { codes in
                            try withCStrings([encoding.rawValue]) { encodingName, _ in
                                var options = carrow_csv_options()
                                options.delimiter = CChar(bitPattern: delimiter)
                                options.quote = CChar(bitPattern: quote?.asciiValue ?? 0)
                                options.has_header = hasHeader
                                options.trims_leading_spaces = trimsSpaces
                                options.decimal_point = CChar(bitPattern: point)
                                options.is_threaded = true
                                options.encoding = encoding.rawValue == Encoding.utf8.rawValue ? nil : encodingName?[0]
                                options.skipped_rows = Int32(skippedLines)
                                (options.names, options.name_count) = (names, nameCount)
                                (options.missing, options.missing_count) = (missing, missingCount)
                                (options.columns, options.column_count) = (columns, columnCount)
                                (options.typed, options.typed_count) = (typedNames, typedCount)
                                options.kinds = codes.baseAddress
                                return try body(&options)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension Table {
    /// Reads a CSV file, plain or packed (.gz, .bz2, .zst).
    ///
    /// The kinds of columns are found out from all of their values: whole numbers, numbers, truth values, dates
    /// (2015-07-31), times, texts. A column of nothing counts as numbers. A column of digits alone is of texts where one of
    /// them begins with a zero (007) or has more digits than a number holds; `kinds` says otherwise.
    ///
    /// - Throws: `DataError` that names the file, and the line and the column of a value that does not fit.
    public static func readCSV(_ file: URL, format: CSVFormat = CSVFormat()) throws -> Table {
        func read(_ format: CSVFormat) throws -> Table {
            try format.withOptions { options in
                try Table("The table \(file.path) cannot be read") { carrow_read_csv(file.path, &options, &$0) }
            }
        }
        return try format.parts.reduce(read(format)) { table, part in
            let own = try read(part)
            return try own.columnNames.reduce(table) { try $0.setting($1, to: own[$1]) }
        }
    }

    /// Writes a CSV file with a header; missing values become nothing.
    public func writeCSV(to file: URL, delimiter: Character = ",", missing: String = "") throws {
        try CSVWriter.write(to: file, delimiter: delimiter, missing: missing) { try $0.add(self) }
    }
}
