// Which rows of a table are for training and which for validation.
import ApusCore
import Foundation

/// Decides which rows of a table are for validation.
public struct TableSplitter: Sendable {
    /// What messages call the splitter.
    public let name: String
    /// Columns that only say how to split, and are not learned from unless they are named.
    let columns: [String]
    /// The places of the training and of the validation rows; where the splitter has no seed of its own, that of the
    /// loaders.
    private let split: @Sendable (_ table: Table, _ seed: Int?) throws -> Split

    public init(name: String, split: @escaping @Sendable (Table) throws -> Split) {
        self.init(name: name, columns: [], split: split)
    }

    private init(
        name: String, columns: [String], split: @escaping @Sendable (Table) throws -> Split
    ) {
        self.init(name: name, columns: columns) { table, _ in try split(table) }
    }

    private init(
        name: String, columns: [String], split: @escaping @Sendable (_ table: Table, _ seed: Int?) throws -> Split
    ) {
        (self.name, self.columns, self.split) = (name, columns, split)
    }

    /// A splitter that may draw with the seed of the loaders.
    init(
        seededName name: String,
        split: @escaping @Sendable (_ table: Table, _ seed: Int?) throws -> Split
    ) {
        self.name = name
        columns = []
        self.split = split
    }

    private init(_ rows: @escaping @Sendable (_ seed: Int?) -> Splitter<Int>) {
        name = rows(nil).name
        columns = []
        split = { table, seed in try rows(seed).split(Array(0..<table.rowCount), seed: seed) }
    }

    /// A random part of the rows; `floor(validFraction * count)` of them.
    ///
    /// - Parameters:
    ///   - validFraction: The part of the rows for validation; 0.2 by default.
    ///   - test: The part of the rows that is held back for a last test; none by default.
    ///   - seed: The same seed gives the same split; by default that of the loaders.
    public static func random(_ validFraction: Double = 0.2, test: Double = 0, seed: Int? = nil) -> TableSplitter {
        TableSplitter(seededName: Splitter<Int>.random(validFraction, test: test).name) { table, own in
            try .random(
                of: table.rowCount, validFraction: validFraction, testFraction: test, seed: seed ?? own)
        }
    }

    /// Rows at given places, such as `800..<1000`.
    public static func indices(_ valid: some Sequence<Int>) -> TableSplitter {
        let valid = Array(valid)
        return TableSplitter { _ in .indices(valid) }
    }

    /// Rows where a column is true; missing counts as false. The column is not learned from unless it is named.
    public static func column(_ name: String = "is_valid") -> TableSplitter {
        TableSplitter(name: "column(\(name))", columns: [name]) { table in
            try rows(of: try table[name].cast(to: .boolean).fillingMissing(with: false))
        }
    }

    /// Rows of a day or a moment and all later ones, as a forecast is judged: train on the past, validate on what
    /// follows.
    ///
    /// - Throws: `DataError` when the column is not of dates.
    public static func date(_ name: String, from start: Date) -> TableSplitter {
        TableSplitter(name: "date(\(name))") { table in
            let column = try table.dateColumn(name)
            return try rows(of: (column.cast(to: .time) .>= start).fillingMissing(with: false))
        }
    }

    /// Everything is for training.
    public static var none: TableSplitter { TableSplitter { _ in .none } }

    /// The splitter with the last rows for training whatever it says: the others are split as if those were not there, so
    /// that models with and without them are validated on the same rows.
    public func training(onLast count: Int) -> TableSplitter {
        let (name, columns, split) = (name, columns, split)
        guard count > 0 else { return self }
        return TableSplitter(name: name, columns: columns) { table, seed in
            guard count <= table.rowCount else {
                throw DataError("The last \(count) rows are for training; there are only \(table.rowCount).")
            }
            var parts = try split(table.head(table.rowCount - count), seed)
            parts.train += table.rowCount - count..<table.rowCount
            return parts
        }
    }

    private static func rows(of isValid: Column) throws -> Split {
        var (train, valid): ([Int], [Int]) = ([], [])
        for (row, value) in try isValid.values(as: Bool.self).enumerated() {
            if value == true { valid.append(row) } else { train.append(row) }
        }
        return Split(train: train, valid: valid)
    }

    /// The places of the training and of the validation rows, made sure to leave something to train on.
    public func rows(of table: Table, seed: Int? = nil) throws -> Split {
        let split = try split(table, seed)
        let isWrong: (Int) -> Bool = { $0 < 0 || $0 >= table.rowCount }
        if let wrong = split.train.first(where: isWrong) ?? (split.valid + split.test).first(where: isWrong) {
            throw DataError("The splitter \(name) chose the row \(wrong) of \(table.rowCount) rows.")
        }
        guard !split.train.isEmpty else {
            throw DataError(
                "The splitter \(name) left none of the \(table.rowCount) rows for training; give a smaller validation part."
            )
        }
        return split
    }
}
