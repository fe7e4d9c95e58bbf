// Splits of a table: by a column of truth values or dates, by groups, or by what came later.
import ApusCore
import Foundation
import Torch

extension Table: Splittable {
    public var itemCount: Int { rowCount }
    public func items(at places: [Int]) throws -> Table { try rows(at: places) }
}

extension Splitter where Items == Table {
    /// Rows where a column is true; missing counts as false. The column is not learned from unless it is named.
    public static func column(_ name: String = "is_valid") -> Splitter {
        var splitter = Splitter(name: "column(\(name))") { table in
            try divided(table[name].cast(to: .boolean).fillingMissing(with: false))
        }
        splitter.columns = [name]
        return splitter
    }

    /// Rows of a day or a moment and all later ones, as a forecast is judged: train on the past, validate on what
    /// follows.
    ///
    /// - Throws: `DataError` when the column is not of dates.
    public static func date(_ name: String, from start: Date) -> Splitter {
        Splitter(name: "date(\(name))") { table in
            let column = try table.dateColumn(name)
            return try divided((column.cast(to: .time) .>= start).fillingMissing(with: false))
        }
    }

    /// All rows of a random part of the values of a column, such as users: what a model says of those it has never met.
    ///
    /// ```swift
    /// CollabDataLoaders.fromTable(ratings, split: .groups(of: "userId"))
    /// ```
    /// - Parameters:
    ///   - name: The column; rows in which it is missing are for training.
    ///   - validFraction: The part of the different values.
    ///   - seed: The same seed gives the same split; by default that of the loaders.
    public static func groups(of name: String, validFraction: Double = 0.2, seed: Int? = nil) -> Splitter {
        Splitter(name: "groups(of: \(name))") { table, loadersSeed in
            let values = try table[name].unique()
            let chosen = try Split.random(
                of: values.count, validFraction: validFraction, seed: seed ?? loadersSeed
            ).valid
            let places = try values.take(Int.makePlaces(chosen))
            return divided(try table[name].places(in: places).values(as: Int.self).map { $0 != nil })
        }
    }

    /// The last part of the rows by a column of times (or any that has an order): trained on the past, judged on what
    /// came later.
    ///
    /// - Parameter validFraction: The part of the rows, rounded down. Of equal times, later rows count as later.
    public static func latest(by time: String, validFraction: Double = 0.2) -> Splitter {
        Splitter(name: "latest(by: \(time))") { table in
            guard (0.0..<1.0).contains(validFraction) else {
                throw DataError("A validation fraction of \(validFraction) is not a part; give a number of [0, 1).")
            }
            let order = try placesInOrder(of: table, by: [time])
            let cut = table.rowCount - Int(validFraction * Double(table.rowCount))
            return Split(train: order[..<cut].sorted(), valid: order[cut...].sorted())
        }
    }

    /// The last rows of each value of a column, such as the last film that each user has rated: the split by which
    /// rankings are judged.
    ///
    /// - Parameters:
    ///   - count: How many rows of each; those that have no more stay in training.
    ///   - name: The column, such as that of users.
    ///   - time: The column that orders the rows.
    public static func last(_ count: Int = 1, of name: String, by time: String) -> Splitter {
        Splitter(name: "last(\(count), of: \(name))") { table in
            guard count >= 1 else {
                throw DataError("The last \(count) rows of each \(name) are not possible; give at least 1.")
            }
            let groups = try table[name].places(in: table[name].unique()).values(as: Int.self)
            var isValid = Array(repeating: false, count: table.rowCount)
            var members: [Int: [Int]] = [:]
            for row in try placesInOrder(of: table, by: [time]) {
                if let group = groups[row] { members[group, default: []].append(row) }
            }
            for rows in members.values where rows.count > count {
                for row in rows.suffix(count) { isValid[row] = true }
            }
            return divided(isValid)
        }
    }

    private static func divided(_ isValid: Column) throws -> Split {
        divided(try isValid.values(as: Bool.self).map { $0 == true })
    }

    private static func divided(_ isValid: [Bool]) -> Split {
        Split(train: isValid.indices.filter { !isValid[$0] }, valid: isValid.indices.filter { isValid[$0] })
    }

    /// The places of the rows, sorted by columns; equal ones in their order.
    private static func placesInOrder(of table: Table, by names: [String]) throws -> [Int] {
        for name in names where try table[name].missingCount > 0 {
            throw DataError(
                "The column \"\(name)\" lacks values, so that its rows have no order; fill them in, or leave those "
                    + "rows out (in a program with droppingMissing(in: [\"\(name)\"])).")
        }
        let place = "place"
        let keys = names.enumerated().map { number, name in (name: "key \(number)", source: name) }
        return try Table(
            keys.map { ($0.name, try table[$0.source]) }
                + [(place, try Int.makePlaces(Array(0..<table.rowCount)))]
        ).sorted(by: keys.map { .ascending($0.name) })[place].values(as: Int.self).compactMap { $0 }
    }
}
