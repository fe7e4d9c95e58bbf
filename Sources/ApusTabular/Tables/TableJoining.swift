// Joins: the columns of two tables side by side where their keys are equal.
import ApusCore
import CArrow
import Foundation

/// Which rows a join keeps.
public enum JoinKind: Int32, Sendable {
    /// Those with a partner.
    case inner = 0
    /// All of the left table.
    case left = 1
    /// All of the right table.
    case right = 2
    /// All of both.
    case full = 3
}

extension Table {
    /// Puts the columns of another table beside this one's, where the keys are equal.
    ///
    /// Rows come in the order of this table (of the other one for `.right`), and where a key has several partners, in the
    /// order of the other. Missing keys have no partners. Keys of the same name become one column; other columns that
    /// both tables have get suffixes, and with an empty suffix for the left and nil for the right the other table's are
    /// left out.
    ///
    /// ```swift
    /// let joined = try ratings.join(films.select(["movie", "title"]), on: ["movie"])
    /// ```
    /// - Parameters:
    ///   - keys: Columns of this table.
    ///   - rightKeys: Columns of the other table, where their names differ.
    ///   - kind: `.left` by default: all rows of this table.
    ///   - suffixes: What is appended to the names of columns that both have, `("", "_y")` by default as in the Rossmann
    ///     preparation; nil for a side whose column is left out.
    /// - Throws: `DataError` when a key does not exist or is of different kinds in the two tables.
    public func join(
        _ other: Table, on keys: [String], rightKeys: [String]? = nil, kind: JoinKind = .left,
        suffixes: (left: String?, right: String?) = ("", "_y")
    ) throws -> Table {
        let rightKeys = rightKeys ?? keys
        guard !keys.isEmpty, keys.count == rightKeys.count else {
            throw DataError(
                "A join needs as many keys on the left (\(keys.count)) as on the right (\(rightKeys.count)), at least one."
            )
        }
        for key in keys { _ = try self[key] }
        for key in rightKeys { _ = try other[key] }
        let pairs = try withCStrings(keys) { left, count in
            try withCStrings(rightKeys) { right, _ in
                try Table("The tables cannot be joined") {
                    carrow_table_join(handle.pointer, other.handle.pointer, left, right, count, kind.rawValue, &$0)
                }
            }
        }
        let left = try take(pairs["left"])
        let right = try other.take(pairs["right"])
        let shared = Set(zip(keys, rightKeys).filter { $0 == $1 }.map(\.0))
        let twice = Set(columnNames).intersection(other.columnNames).subtracting(shared)
        var columns: [(name: String, column: Column)] = []
        for (name, column) in try left.columns {
            if shared.contains(name), kind == .right || kind == .full {
                columns.append((name, try column.call("coalesce", right[name].cast(to: column.kind))))
            } else if !twice.contains(name) {
                columns.append((name, column))
            } else if let suffix = suffixes.left {
                columns.append((name + suffix, column))
            }
        }
        for (name, column) in try right.columns where !shared.contains(name) {
            if !twice.contains(name) {
                columns.append((name, column))
            } else if let suffix = suffixes.right {
                columns.append((name + suffix, column))
            }
        }
        return try Table(columns)
    }
}
