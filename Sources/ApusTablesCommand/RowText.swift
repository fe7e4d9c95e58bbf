// A row from the words of a command line.
import ApusCore
import ApusTabular
import Foundation

/// A row made of words such as `age=49` and `workclass="Private"`.
struct RowText {
    let cells: TableCells
    /// The row as a table.
    let table: Table
    /// Sentences on values that the training rows lacked.
    let notes: [String]

    /// - Throws: `DataError` that names the word, column or value that does not fit.
    init(_ words: [String], for block: TabularBlock) throws {
        var cells: TableCells = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].trimmingCharacters(in: .whitespaces)
            guard parts.count == 2, !name.isEmpty else {
                throw DataError(
                    "\"\(word)\" is no value of a column; give COLUMN=VALUE, such as \(block.columns[0])=...")
            }
            guard block.columns.contains(name) else {
                throw DataError(
                    "The model does not learn from a column \"\(name)\"; its columns are "
                        + "\(block.columns.joined(separator: ", ")).")
            }
            guard cells[name] == nil else { throw DataError("The column \"\(name)\" is given twice.") }
            let text = Self.unquoted(parts[1])
            // A category may be a word that elsewhere stands for a missing value.
            let isKnown = block.categories.contains { $0.name == name && $0.classes.contains(text) }
            cells[name] = isKnown ? .text(text) : try Self.cell(text, name, block.fileKinds[name] ?? .text)
        }
        let absent = block.columns.filter { cells[$0] == nil }
        guard absent.isEmpty else {
            throw DataError(
                "The row lacks \(absent.joined(separator: ", ")); give each a value, as in \(absent[0])=VALUE, or "
                    + "\(absent[0])= for a missing one.")
        }
        self.cells = cells
        table = try Table(rows: [cells], columns: block.columns)
        notes = try block.unfamiliarValues(in: table).sentences
    }

    private static func unquoted(_ text: Substring) -> String {
        let text = text.trimmingCharacters(in: .whitespaces)
        let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
        return isQuoted ? String(text.dropFirst().dropLast()) : text
    }

    private static func cell(_ text: String, _ name: String, _ kind: ColumnKind) throws -> Cell {
        if CSVFormat.missingMarkers.contains(text) { return .missing }
        let column = try Column([text])
        let isOfKind: Cell? =
            switch kind {
            case .text, .other: .text(text)
            case .integer: Int(text).map { .integer($0) }
            case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
            case .boolean:
                ["true": true, "false": false, "1": true, "0": false][text.lowercased()].map { .boolean($0) }
            case .date, .time: (try? column.cast(to: .time).values(as: Date.self)[0]).map { .time($0) }
            }
        guard let isOfKind else {
            let wanted =
                switch kind {
                case .integer: "a whole number"
                case .boolean: "true or false"
                case .date, .time: "a day such as 2015-07-31"
                default: "a number"
                }
            throw DataError("\(name)=\(text) is not possible: the column \"\(name)\" takes \(wanted).")
        }
        return isOfKind
    }
}
