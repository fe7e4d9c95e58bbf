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
        var texts: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].trimmingCharacters(in: .whitespaces)
            guard parts.count == 2, !name.isEmpty else {
                throw DataError(
                    "\"\(word)\" is no value of a column; give COLUMN=VALUE, such as \(block.columns[0])=...")
            }
            guard texts[name] == nil else { throw DataError("The column \"\(name)\" is given twice.") }
            texts[name] = Self.unquoted(parts[1])
        }
        cells = try block.row(ofTexts: texts)
        table = try Table(rows: [cells], columns: block.columns)
        notes = try block.unfamiliarValues(in: table).sentences
    }

    private static func unquoted(_ text: Substring) -> String {
        let text = text.trimmingCharacters(in: .whitespaces)
        let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
        return isQuoted ? String(text.dropFirst().dropLast()) : text
    }
}
