// What `apus train table` says of the columns before it trains: how each is read, what is odd about it, and which option
// changes that.
import ApusCommandSupport
import ApusCore
import ApusTabular
import Foundation

enum TableRemarks {
    /// The categorical columns and how many values they have.
    static func categories(of input: TabularBlock) -> String {
        let shown = input.categories.filter { $0.indicated == nil }.map { category in
            let kind = category.kind == .text ? "" : " \(category.kind.described)"
            return "\(visible(category.name)) (\(category.classes.count - 1)\(kind))"
        }
        return shown.isEmpty ? "none" : shown.joined(separator: ", ") + " (--continuous: numbers)"
    }

    /// The continuous columns.
    static func numbers(of input: TabularBlock) -> String {
        input.continuous.isEmpty
            ? "none" : input.continuous.map(visible).joined(separator: ", ") + " (--categorical: categories)"
    }

    /// A column's name, of which something is to be seen also where it is empty.
    private static func visible(_ name: String) -> String { name.isEmpty ? "\"\"" : name }

    /// The table without a column that only counts its rows, as pandas writes it: without a name, or "Unnamed: 0".
    ///
    /// - Parameter named: Columns that are to be learned from in any case.
    static func withoutIndex(_ table: Table, named: [String]) throws -> Table {
        let counts = try table.columnNames.filter { name in
            guard name.isEmpty || name.hasPrefix("Unnamed: "), !named.contains(name) else { return false }
            let column = try table[name]
            guard column.kind == .integer, column.missingCount == 0 else { return false }
            let numbers = try column.values(as: Int.self).compactMap { $0 }
            return zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 }
        }
        counts.map(note(onIndex:)).forEach { printNote($0) }
        return try table.dropping(counts)
    }

    /// A sentence on a column that only counts the rows.
    static func note(onIndex name: String) -> String {
        let shown = name.isEmpty ? "The column without a name" : "The column \"\(name)\""
        return
            "\(shown) counts the rows and is not learned from; to learn from it, give it a name in the file's first "
            + "line."
    }

    /// Sentences on columns that may not be what they seem.
    static func notes(on input: TabularBlock, in table: Table) throws -> [String] {
        var notes: [String] = []
        for number in input.numbers where number.isConstant {
            notes.append("\(number.name) is \(Cell.number(number.mean)) in all training rows, so that it has no say.")
        }
        // The parts of a date are not remarked upon.
        for category in input.categories where category.indicated == nil && input.columns.contains(category.name) {
            let values = Array(category.classes.dropFirst())
            if values.count == 1, category.untrained.contains(0) {
                notes.append("\(category.name) is \"\(values[0])\" in all training rows, so that it has no say.")
            }
            if category.kind == .text { notes += note(onTexts: values, of: category.name).map { [$0] } ?? [] }
        }
        let found = try input.unfamiliarValues(in: table)
        return notes + found.sentences.map { "Of all rows: \($0)" }
    }

    /// A sentence on texts most of which are numbers.
    private static func note(onTexts values: [String], of name: String) -> String? {
        let isDigits = values.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        if isDigits, let zero = values.first(where: { $0.hasPrefix("0") && $0.count > 1 }) {
            return "\(name) is read as texts, since \"\(zero)\" is no number; --number \(name) reads numbers."
        }
        let commas = values.count { Double($0) == nil && Double($0.replacing(",", with: ".")) != nil }
        if commas * 2 > values.count {
            return "\(name) is read as texts, such as \"\(values[0])\"; --decimal-comma reads numbers with a comma."
        }
        let others = values.filter { Double($0) == nil }
        guard values.count > 10, !others.isEmpty, others.count * 10 <= values.count else { return nil }
        let shown = others.prefix(5).joined(separator: ",")
        return
            "\(name) is read as \(values.count) different texts, of which \(values.count - others.count) are numbers; "
            + "--missing \(shown) makes \(others.count == 1 ? "the other one" : "others") missing, and the column one of numbers."
    }
}
