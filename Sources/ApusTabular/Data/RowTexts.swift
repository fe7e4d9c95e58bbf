// Rows whose values are texts: what people type on a command line or into a form.
import ApusCore
import Foundation

extension TabularBlock {
    /// The kinds in which the columns of a file are read: categories as the texts that they are, which the block compares
    /// with the values of the training rows, whether these were 1, 1.0 or true.
    public var fileKinds: [String: ColumnKind] {
        var kinds: [String: ColumnKind] = [:]
        for category in categories where category.indicated == nil { kinds[category.name] = .text }
        for number in numbers { kinds[number.name] = number.kind == .boolean ? .boolean : .number }
        return kinds.filter { columns.contains($0.key) }
    }

    /// A row whose values are texts, such as the fields of a form: each becomes what its column is of. A text that stands for
    /// a missing value in CSV files, such as an empty one, is a missing value, unless it is a known category.
    ///
    /// ```swift
    /// let row = try block.row(ofTexts: ["age": "49", "workclass": "Private"])
    /// ```
    /// - Throws: `DataError` that names a column that the model does not learn from, one that is missing, or a value that
    ///   does not fit.
    public func row(ofTexts texts: [String: String]) throws -> TableCells {
        try row(of: texts.mapValues { .text($0) })
    }

    /// A row with all columns and no others, whose values may be texts where the column is of something else.
    ///
    /// - Throws: `DataError` that names a column that the model does not learn from, one that is missing, or a value that
    ///   does not fit.
    public func row(of cells: TableCells) throws -> TableCells {
        let kinds = fileKinds
        var row: TableCells = [:]
        for name in cells.keys.sorted() {
            guard columns.contains(name) else {
                throw DataError(
                    "The model does not learn from a column \"\(name)\"; its columns are \(columns.joined(separator: ", "))."
                )
            }
            guard case .text(let text)? = cells[name] else {
                row[name] = cells[name]
                continue
            }
            // A category may be a word that elsewhere stands for a missing value.
            let isKnown = categories.contains { $0.name == name && $0.classes.contains(text) }
            row[name] = isKnown ? .text(text) : try Self.cell(text, name, kinds[name] ?? .text)
        }
        let absent = columns.filter { row[$0] == nil }
        guard absent.isEmpty else {
            throw DataError(
                "The row lacks \(absent.joined(separator: ", ")); give each a value, or an empty one where it is missing, as "
                    + "in \(absent[0])=VALUE or \(absent[0])=.")
        }
        return row
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
