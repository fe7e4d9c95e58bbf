// Groups: counts, aggregations and cross-tabulations of rows with equal keys.
import ApusCore
import CArrow
import Foundation

/// A number about the rows of a group.
public enum Aggregation: Sendable {
    case sum(String)
    case mean(String)
    case min(String)
    case max(String)
    /// The standard deviation of a sample.
    case std(String)
    /// The number of values that are not missing.
    case count(String)
    /// The number of different values that are not missing.
    case uniqueCount(String)
    /// The number of rows.
    case rows

    fileprivate var parts: (function: String, column: String, name: String) {
        switch self {
        case .sum(let column): ("sum", column, "\(column)_sum")
        case .mean(let column): ("mean", column, "\(column)_mean")
        case .min(let column): ("min", column, "\(column)_min")
        case .max(let column): ("max", column, "\(column)_max")
        case .std(let column): ("stddev", column, "\(column)_std")
        case .count(let column): ("count", column, "\(column)_count")
        case .uniqueCount(let column): ("count_distinct", column, "\(column)_unique")
        case .rows: ("count_all", "", "count")
        }
    }
}

extension Table {
    /// A row for each combination of keys, in the order in which they first occur.
    ///
    /// ```swift
    /// let means = try ratings.grouped(by: ["title"], [.mean("rating"), .rows])     // title, rating_mean, count
    /// ```
    /// - Throws: `DataError` when a column does not exist, or its values have no such number.
    public func grouped(by keys: [String], _ aggregations: [Aggregation]) throws -> Table {
        guard !keys.isEmpty else { throw DataError("Groups need at least one column whose values tell them apart.") }
        for key in keys { _ = try self[key] }
        for aggregation in aggregations where !aggregation.parts.column.isEmpty {
            _ = try self[aggregation.parts.column]
        }
        return try withCStrings(keys) { names, keyCount in
            try withCStrings(aggregations.map(\.parts.function)) { functions, count in
                try withCStrings(aggregations.map(\.parts.column)) { columns, _ in
                    try withCStrings(aggregations.map(\.parts.name)) { results, _ in
                        try Table("The groups cannot be counted") {
                            carrow_table_group(
                                handle.pointer, names, keyCount, functions, columns, results, count, &$0)
                        }
                    }
                }
            }
        }
    }

    /// How often each combination of values occurs, the most frequent first; in a column "count".
    public func groupCounts(by keys: String...) throws -> Table {
        try grouped(by: keys, [.rows]).sorted(by: "count", descending: true)
    }

    /// How often the values of two columns occur together: a row for each value of one, a column for each of the other,
    /// both sorted. Rows with a missing value in one of them are not counted.
    ///
    /// ```swift
    /// print(try adult.crossTabulation(rows: "sex", columns: "class"))
    /// ```
    public func crossTabulation(rows: String, columns: String) throws -> Table {
        let counts = try select([rows, columns]).droppingMissing().grouped(by: [rows, columns], [.rows])
        let titles = try self[columns].unique()
        let labels = try self[rows].unique()
        func places(_ name: String, in values: Column) throws -> [Int] {
            let column = try counts[name]
            return try Column { carrow_index_in(column.handle.pointer, values.handle.pointer, &$0) }
                .values(as: Int.self).compactMap { $0 }
        }
        var matrix = Array(repeating: Array(repeating: 0, count: labels.count), count: titles.count)
        let cells = zip(try places(rows, in: labels), try places(columns, in: titles))
        for ((row, column), count) in zip(cells, try counts["count"].values(as: Int.self)) {
            matrix[column][row] = count ?? 0
        }
        return try Table(
            [(rows, labels)]
                + zip(titles.texts(), matrix).map { (title, numbers) in (title ?? "", try Column(numbers)) })
    }
}
