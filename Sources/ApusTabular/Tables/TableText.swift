// Tables as people read them: the first and last rows, numbers about each column, a figure.
import ApusCore
import ApusPlot
import Foundation

extension Table: CustomStringConvertible {
    /// The rows under the names of the columns, aligned; the first and last five of more than twelve.
    public var description: String {
        let (lines, isNumeric) = textRows(rowCount > 12 ? 5 : 12)
        let widths = columnNames.indices.map { place in lines.map { $0[place].count }.max() ?? 0 }
        let text = lines.map { line in
            columnNames.indices.map { place in
                let padding = String(repeating: " ", count: widths[place] - line[place].count)
                return isNumeric[place] ? padding + line[place] : line[place] + padding
            }.joined(separator: "  ").replacing(#/\s+$/#, with: "")
        }
        return (text + ["\(rowCount) rows, \(columnNames.count) columns"]).joined(separator: "\n")
    }

    /// The names and the cells of the first rows, and of the last where there are more.
    private func textRows(_ count: Int) -> (lines: [[String]], isNumeric: [Bool]) {
        let isCut = rowCount > 12
        let shown = columnNames.map { name -> [String] in
            let parts = isCut ? [head(count), tail(count)] : [self]
            let texts = parts.map { part in
                (try? part[name].texts())?.map { Self.oneLine($0 ?? "") }
                    ?? Array(repeating: "(unreadable)", count: part.rowCount)
            }
            return [Self.oneLine(name)] + Array(texts.joined(separator: isCut ? ["..."] : []))
        }
        let lines = (0..<(shown.first?.count ?? 0)).map { line in shown.map { $0[line] } }
        return (lines, columnNames.map { (try? self[$0].kind.isNumeric) ?? false })
    }

    private static func oneLine(_ text: String) -> String {
        let line = text.replacing("\n", with: " ")
        return line.count > 40 ? line.prefix(39) + "…" : line
    }

    /// A figure of the first rows.
    ///
    ///     try table.plotRows(10).save(to: URL(filePath: "head.png"))
    public func plotRows(_ count: Int = 10) throws -> Figure {
        try checkCount(count, of: "rows")
        let columns = try head(count).columns.map { try $0.column.texts().map { $0 ?? "" } }
        let rows = (0..<min(count, rowCount)).map { row in columns.map { $0[row] } }
        return Figure(.table(StyledTable(header: columnNames, rows: rows)))
    }

    /// Count, mean, deviation, extremes and quartiles of each column of numbers, as pandas' `describe`, each in a row
    /// that the column "statistic" names.
    public func describe() throws -> Table {
        let numeric = try columns.filter { $0.column.kind.isNumeric }
        guard !numeric.isEmpty else {
            throw DataError("There is no column of numbers to describe; the columns are \(columnNames.listed).")
        }
        let names = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
        return try Table(
            [("statistic", try Column(names))]
                + numeric.map { name, column in
                    let numbers = try column.cast(to: .number)
                    let range =
                        try [numbers.quantile(0), numbers.quantile(0.25), numbers.quantile(0.5)]
                        + [numbers.quantile(0.75), numbers.quantile(1)]
                    let count = Double(column.count - column.missingCount)
                    return (name, try Column([count, numbers.mean(), numbers.std()] + range))
                })
    }
}
