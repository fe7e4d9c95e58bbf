// What new rows have that no training row had: missing values where none was missing, and categories that are not known.
import ApusCore
import Torch

/// What is done about a value that is missing although no training row lacked one.
public enum MissingValuePolicy: String, Sendable, CaseIterable {
    /// A number gets what was learned to fill it with, such as the median of the training rows; for a category stands the
    /// mean of what was learned of the known ones.
    case fill
    /// The rows are refused.
    case refuse
}

/// What some rows have that no training row had, or lack although training rows lacked it too.
///
/// ```swift
/// for sentence in try learner.pipeline.input.unfamiliarValues(in: table).sentences { print(sentence) }
/// ```
public struct UnfamiliarValues: Sendable, Equatable {
    /// What was found in a column.
    public struct Entry: Sendable, Equatable {
        /// The column's name.
        public let column: String
        /// How many rows have it.
        public internal(set) var rows: Int
        /// One of the unseen values; nil where values are missing.
        public let example: String?
        /// Whether no training row lacked the value.
        public let isNew: Bool
        /// The number in a missing one's place; nil for a category.
        public let replacement: Double?
    }

    /// The columns that lack values, and for how many rows.
    public internal(set) var missing: [Entry] = []
    /// The columns with categories, users or items that no training row had, and for how many rows.
    public internal(set) var unseen: [Entry] = []

    /// Nothing found yet.
    public init() {}

    /// A sentence about each column.
    public var sentences: [String] {
        missing.map { entry in
            let place =
                entry.replacement.map { "\(NumberText.short($0)) takes its place" }
                ?? "the mean of what was learned of the known values takes its place"
            return "\(entry.column) is missing in \(Self.rows(entry.rows)), "
                + (entry.isNew ? "and was in no training row; " : "as it was in training rows; ") + "\(place)."
        }
            + unseen.map { entry in
                let place =
                    entry.isNew
                    ? "the mean of what was learned of the known ones takes its place"
                    : "it counts as missing, which it was in training rows"
                let example = entry.example ?? ""
                return entry.rows == 1
                    ? "\"\(example)\" of \(entry.column) was in no training row; \(place)."
                    : "\(entry.column) has values in \(entry.rows) rows that no training row had, such as \"\(example)\"; "
                        + "for each, \(place)."
            }
    }

    /// Adds what was found in further rows.
    public mutating func add(_ other: UnfamiliarValues) {
        func joined(_ first: [Entry], _ second: [Entry]) -> [Entry] {
            var all = first
            for entry in second {
                if let place = all.firstIndex(where: { $0.column == entry.column }) {
                    all[place].rows += entry.rows
                } else {
                    all.append(entry)
                }
            }
            return all
        }
        (missing, unseen) = (joined(missing, other.missing), joined(unseen, other.unseen))
    }

    /// - Throws: `DataError` about the first column that lacks values which no training row lacked.
    public func refuseNew() throws {
        guard let entry = missing.first(where: \.isNew) else { return }
        throw DataError(
            "The column \"\(entry.column)\" is missing in \(Self.rows(entry.rows)), and no training row lacked it. Fill it in "
                + "the table, leave those rows out, or have it filled as training would have (ifMissing: .fill; apus: "
                + "--if-missing fill).")
    }

    private static func rows(_ count: Int) -> String { count == 1 ? "1 row" : "\(count) rows" }

    /// Notes the values of a column that stand for nothing that was learned.
    mutating func note(_ category: CategoricalColumn, _ column: Column) throws {
        let isNew = category.untrained.contains(0)
        let absent = column.missingCount
        if absent > 0, isNew {
            missing.append(
                Entry(column: category.name, rows: absent, example: nil, isNew: true, replacement: nil))
        }
        let isUnseen = try withTorchErrors {
            let codes = try category.coded(column).tensor()
            let isThere = try column.isMissing().cast(to: .integer).tensor(dtype: .int64)
            return ((codes .== 0).to(.int64) - isThere).clamp(min: 0)
        }
        let count = isUnseen.sum().item(as: Int.self)
        guard count > 0 else { return }
        let row = isUnseen.argmax().item(as: Int.self)
        let example = try column[row..<(row + 1)].texts()[0]
        unseen.append(Entry(column: category.name, rows: count, example: example, isNew: isNew, replacement: nil))
    }
}

extension TabularBlock {
    /// What a table's rows lack, and the categories that no training row had. The parts of a date count as the date.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func unfamiliarValues(in table: Table) throws -> UnfamiliarValues {
        var found = UnfamiliarValues()
        let whole = try prepared(table)
        let own = Set(columns)
        for date in dates {
            let column = try needed(date.name, in: table)
            let elapsed = numbers.first { $0.name == Table.datePrefix(date.name) + "Elapsed" }
            guard column.missingCount > 0 else { continue }
            found.missing.append(
                .init(
                    column: date.name, rows: column.missingCount, example: nil, isNew: elapsed?.fill == nil,
                    replacement: nil))
        }
        for number in numbers where own.contains(number.name) {
            let column = try number.plain(needed(number.name, in: whole))
            guard column.missingCount > 0 else { continue }
            found.missing.append(
                .init(
                    column: number.name, rows: column.missingCount, example: nil, isNew: number.fill == nil,
                    replacement: number.replacement))
        }
        for category in categories where category.indicated == nil && own.contains(category.name) {
            try found.note(category, needed(category.name, in: whole))
        }
        return found
    }
}

extension TabularBlock {
    /// What a row lacks, and its categories that no training row had.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func unfamiliarValues(in row: TableCells) throws -> UnfamiliarValues {
        // A row of which all is known, as most are, needs no table.
        let isFamiliar =
            hasPlainColumns
            && categories.allSatisfy { $0.indicated != nil || $0.code(of: row[$0.name] ?? .missing) ?? 0 > 0 }
            && numbers.allSatisfy { row[$0.name].map { !$0.isMissing } ?? false }
        return isFamiliar ? UnfamiliarValues() : try unfamiliarValues(in: Table(rows: [row], columns: columns))
    }
}

extension CollabBlock {
    /// The users and items of a table's rows that no training row had.
    ///
    /// - Throws: `DataError` that names a column that is not there.
    public func unfamiliarValues(in table: Table) throws -> UnfamiliarValues {
        var found = UnfamiliarValues()
        for column in [users, items] { try found.note(column, table[column.name]) }
        return found
    }
}
