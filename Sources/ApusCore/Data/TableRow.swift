// Rows of a small table of labels, read from a CSV file.
import Foundation

/// A row of a table, by the names of its columns.
public struct TableRow: Sendable, CustomStringConvertible {
    let columns: [String: Int]
    /// The values in the order of the columns.
    public let values: [String]
    /// The line of the file, counted from 1; the place among rows in memory, likewise.
    public let line: Int
    /// The CSV file that the row was read from; nil for rows in memory.
    public let file: URL?

    /// Where the row is and what it says, such as `line 6 of labels.csv (name: a.jpg, label: cat)`.
    public var description: String {
        let values = zip(columnNames, values).map { "\($0): \($1)" }.joined(separator: ", ")
        return "line \(line)\(file.map { " of \($0.lastPathComponent)" } ?? "") (\(values))"
    }

    /// The names of the columns in their order.
    public var columnNames: [String] { columns.sorted { $0.value < $1.value }.map(\.key) }

    /// The value of a column.
    /// - Throws: ``DataError`` that names the columns there are.
    public func value(_ column: String) throws -> String {
        guard let index = columns[column] else {
            let names = columnNames.joined(separator: ", ")
            throw DataError("There is no column \"\(column)\"; the columns are \(names).")
        }
        return values[index]
    }

    /// The value of a column by its name, or by its place where no name is given.
    /// - Throws: ``DataError`` that names the columns there are, or a row that is too short.
    public func value(_ column: String?, orAt place: Int) throws -> String {
        if let column { return try value(column) }
        guard values.indices.contains(place) else {
            throw DataError(
                "Line \(line) of the table has \(values.count) \(values.count == 1 ? "value" : "values"); "
                    + "a file and a label are needed.")
        }
        return values[place]
    }

    /// Whether a column says yes: `true`, `1` or `yes`; `false`, `0`, `no` or nothing for no.
    /// - Throws: ``DataError`` for another value, or a column that there is not.
    public func isTrue(_ column: String) throws -> Bool {
        let value = try value(column)
        switch value.trimmingCharacters(in: .whitespaces).lowercased() {
        case "true", "1", "1.0", "yes": return true
        case "false", "0", "0.0", "no", "": return false
        default:
            throw DataError("Line \(line) has \"\(value)\" in the column \"\(column)\"; true or false was expected.")
        }
    }

    /// The rows of columns in memory, such as those of a larger table.
    ///
    ///     let rows = try TableRow.rows(["image": names, "label": labels])
    /// - Throws: ``DataError`` when the columns differ in length.
    public static func rows(_ columns: KeyValuePairs<String, [String]>) throws -> [TableRow] {
        try rows(named: columns.map { ($0.key, $0.value) })
    }

    /// The rows of columns in memory that a program names, such as those of a table it has read.
    /// - Throws: ``DataError`` when the columns differ in length.
    public static func rows(named columns: [(name: String, values: [String])]) throws -> [TableRow] {
        let count = columns.first?.values.count ?? 0
        if let other = columns.first(where: { $0.values.count != count }) {
            throw DataError(
                "The columns of a table have one length; \"\(columns[0].name)\" has \(count) values, "
                    + "\"\(other.name)\" \(other.values.count).")
        }
        let names = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        return (0..<count).map { row in
            TableRow(columns: names, values: columns.map { $0.values[row] }, line: row + 1, file: nil)
        }
    }

    /// Reads a CSV file whose first line names the columns; values may be quoted. Lines of nothing or of blanks are left out.
    /// - Parameter encoding: UTF-8 by default.
    /// - Throws: ``DataError`` that names the file and the line.
    public static func readCSV(
        _ file: URL, delimiter: Character = ",", encoding: String.Encoding = .utf8
    ) throws -> [TableRow] {
        let text = try readText(file, as: "table", encoding: encoding)
        var records = try parse(text, delimiter: delimiter, file: file)
        guard let header = records.first else { throw DataError("The table \(file.path) is empty.") }
        records.removeFirst()
        let columns = Dictionary(
            header.values.enumerated().map { (normalizedLabel($1), $0) }, uniquingKeysWith: { first, _ in first })
        return try records.map { record in
            guard record.values.count == header.values.count else {
                throw DataError(
                    "Line \(record.line) of \(file.path) has \(record.values.count) values, "
                        + "the header has \(header.values.count) columns.")
            }
            return TableRow(columns: columns, values: record.values, line: record.line, file: file)
        }
    }

    /// The records of a text with the lines they start on. Works on Unicode scalars, since a comma or a quotation mark
    /// and a combining mark behind it are one character.
    private static func parse(_ text: String, delimiter: Character, file: URL) throws -> [(
        values: [String], line: Int
    )] {
        var records: [(values: [String], line: Int)] = []
        var values: [String] = []
        var value = String.UnicodeScalarView()
        var isQuoted = false
        // A line of nothing, or of blanks, is no record; an empty value in quotation marks is one, as for pandas.
        var isBlank = true
        var line = 1
        var start = 1
        func endRecord() {
            if !isBlank { records.append((values + [String(value)], start)) }
            values = []
            value = .init()
            isBlank = true
        }
        let delimiter = delimiter.unicodeScalars.first
        // A byte order mark is no part of the first column's name; Windows ends a line with two characters.
        let plain = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        var scalars = plain.replacing("\r\n", with: "\n").unicodeScalars.makeIterator()
        var pending = scalars.next()
        while let scalar = pending {
            pending = scalars.next()
            switch scalar {
            case "\"" where isQuoted && pending == "\"":
                value.append(scalar)
                pending = scalars.next()
            case "\"" where isQuoted || value.isEmpty:
                isQuoted.toggle()
                isBlank = false
            case delimiter where !isQuoted:
                values.append(String(value))
                value = .init()
                isBlank = false
            case "\n", "\r":
                line += 1
                if isQuoted {
                    value.append(scalar)
                } else {
                    endRecord()
                    start = line
                }
            default:
                value.append(scalar)
                if scalar != " ", scalar != "\t" { isBlank = false }
            }
        }
        if isQuoted { throw DataError("The quotation mark opened on line \(start) of \(file.path) is never closed.") }
        endRecord()
        return records
    }
}
