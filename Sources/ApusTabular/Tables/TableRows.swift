// Which rows, and in which order: ranges, filters, sorting, joining ends.
import ApusCore
import CArrow
import Foundation

/// A column to sort by, and the direction.
public enum SortKey: Sendable {
    case ascending(String)
    case descending(String)

    fileprivate var column: String {
        switch self {
        case .ascending(let column), .descending(let column): column
        }
    }

    fileprivate var isDescending: Bool {
        if case .descending = self { true } else { false }
    }
}

extension Table {
    /// The first rows; 5 by default, none for a count below 1.
    public func head(_ count: Int = 5) -> Table { slice(0, max(0, min(count, rowCount))) }

    /// The last rows; 5 by default, none for a count below 1.
    public func tail(_ count: Int = 5) -> Table {
        let count = max(0, min(count, rowCount))
        return slice(rowCount - count, count)
    }

    private func slice(_ start: Int, _ count: Int) -> Table {
        // A range inside the table always exists.
        (try? Table { carrow_table_slice(handle.pointer, Int64(start), Int64(max(0, count)), &$0) }) ?? self
    }

    /// A range of rows, without a copy.
    public subscript(rows: Range<Int>) -> Table {
        get throws {
            guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
                throw DataError("The rows \(rows) lie outside the \(rowCount) rows of the table.")
            }
            return slice(rows.lowerBound, rows.count)
        }
    }

    /// The rows at some places, in the order given.
    public func rows(at places: [Int]) throws -> Table {
        if let wrong = places.first(where: { !(0..<rowCount).contains($0) }) {
            throw DataError("The row \(wrong) lies outside the \(rowCount) rows of the table.")
        }
        return try take(Int.makePlaces(places))
    }

    func take(_ places: Column) throws -> Table {
        try Table { carrow_table_take(handle.pointer, places.handle.pointer, &$0) }
    }

    /// The rows where a column of truth values is true; those where it is missing are left out.
    ///
    ///     let grown = try table.filter(table["age"] .>= 18 .& table["sex"] .== "Female")
    public func filter(_ mask: Column) throws -> Table {
        guard mask.kind == .boolean, mask.count == rowCount else {
            throw DataError(
                "A filter is a column of \(rowCount) truth values; one of \(mask.count) \(mask.kind.described) was given."
            )
        }
        return try Table { carrow_table_filter(handle.pointer, mask.handle.pointer, &$0) }
    }

    /// The rows without those that have a missing value in one of some columns; in any column by default.
    public func droppingMissing(in names: [String]? = nil) throws -> Table {
        try (names ?? columnNames).reduce(self) { table, name in
            let column = try table[name]
            return column.missingCount == 0 ? table : try table.filter(.!column.isMissing())
        }
    }

    /// The rows in the order of one or more columns; equal ones stay in their order, missing values come last.
    public func sorted(by keys: [SortKey]) throws -> Table {
        for key in keys { _ = try self[key.column] }
        return try withCStrings(keys.map(\.column)) { names, count in
            try Table { carrow_table_sort(handle.pointer, names, keys.map(\.isDescending), count, &$0) }
        }
    }

    /// The rows in the order of a column.
    public func sorted(by column: String, descending: Bool = false) throws -> Table {
        try sorted(by: [descending ? .descending(column) : .ascending(column)])
    }

    /// Tables one below the other. Columns are matched by name; what a table lacks is missing.
    public static func concatenating(_ tables: [Table]) throws -> Table {
        guard !tables.isEmpty else {
            throw DataError("There are no tables to put below each other; give at least one.")
        }
        let pointers: [OpaquePointer?] = tables.map(\.handle.pointer)
        return try withExtendedLifetime(tables) {
            try Table { carrow_table_concatenate(pointers, Int32(pointers.count), &$0) }
        }
    }
}
