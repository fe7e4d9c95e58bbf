// Rows of a small table of labels, read from a CSV file.
import Foundation

/// A row of a table, by the names of its columns.
public struct TableRow: Sendable {
    let columns: [String: Int]
    /// The values in the order of the columns.
    public let values: [String]
    /// The line of the file, counted from 1.
    public let line: Int

    /// The value of a column.
    /// - Throws: ``DataError`` that names the columns there are.
    public func value(_ column: String) throws -> String {
        guard let index = columns[column] else {
            let names = columns.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", ")
            throw DataError("There is no column \"\(column)\"; the columns are \(names).")
        }
        return values[index]
    }

    /// Reads a CSV file whose first line names the columns; values may be quoted.
    /// - Throws: ``DataError`` that names the file and the line.
    public static func readCSV(_ file: URL, delimiter: Character = ",") throws -> [TableRow] {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw DataError("The table \(file.path) cannot be read as UTF-8 text: \(error).")
        }
        var records = try parse(text, delimiter: delimiter, file: file)
        guard let header = records.first else { throw DataError("The table \(file.path) is empty.") }
        records.removeFirst()
        let columns = Dictionary(
            header.values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return try records.map { record in
            guard record.values.count == header.values.count else {
                throw DataError(
                    "Line \(record.line) of \(file.path) has \(record.values.count) values, "
                        + "the header has \(header.values.count) columns.")
            }
            return TableRow(columns: columns, values: record.values, line: record.line)
        }
    }

    private static func parse(_ text: String, delimiter: Character, file: URL) throws -> [(
        values: [String], line: Int
    )] {
        var records: [(values: [String], line: Int)] = []
        var values: [String] = []
        var value = ""
        var isQuoted = false
        var line = 1
        var start = 1
        var characters = text.makeIterator()
        var pending = characters.next()
        while let character = pending {
            pending = characters.next()
            if isQuoted {
                if character == "\"" {
                    if pending == "\"" {
                        value.append("\"")
                        pending = characters.next()
                    } else {
                        isQuoted = false
                    }
                } else {
                    if character.isNewline { line += 1 }
                    value.append(character)
                }
            } else if character == "\"", value.isEmpty {
                isQuoted = true
            } else if character == delimiter {
                values.append(value)
                value = ""
            } else if character.isNewline {
                if !values.isEmpty || !value.isEmpty { records.append((values + [value], start)) }
                values = []
                value = ""
                line += 1
                start = line
            } else {
                value.append(character)
            }
        }
        if isQuoted { throw DataError("The quotation mark opened on line \(start) of \(file.path) is never closed.") }
        if !values.isEmpty || !value.isEmpty { records.append((values + [value], start)) }
        return records
    }
}
