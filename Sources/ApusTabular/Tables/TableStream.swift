// Tables larger than memory: one part after the other, from a file or a database.
import ApusCore
import CArrow
import Foundation
import Torch

/// The parts of a table that may be larger than memory, one after the other.
///
/// ```swift
/// let parts = try TableStream.csv(file)
/// var total = 0.0
/// while let part = try parts.next() { total += try part["amount"].sum() ?? 0 }
/// ```
///
/// All parts have the columns of the first, in the same kinds. A stream is not for two threads at once.
public final class TableStream {
    private let pointer: OpaquePointer
    private let task: String
    /// Streams of the same rows whose columns take the place of this one's.
    private var parts: [TableStream] = []

    init(_ task: String, _ open: (inout UnsafeMutablePointer<CChar>?) -> OpaquePointer?) throws {
        // Arrow's threads read ahead while a network computes.
        Machine.expectBusyCores()
        pointer = try arrow(task, open)
        self.task = task
    }

    deinit { carrow_stream_release(pointer) }

    /// The next part; nil after the last.
    public func next() throws -> Table? {
        guard let table = try ownNext() else { return nil }
        return try parts.reduce(table) { table, part in
            guard let own = try part.next(), own.rowCount == table.rowCount else {
                throw DataError("\(task): the file has changed meanwhile. Read it again.")
            }
            return try own.columnNames.reduce(table) { try $0.setting($1, to: own[$1]) }
        }
    }

    private func ownNext() throws -> Table? {
        var isAtEnd = false
        do {
            return try Table(task) { error in
                let table = carrow_stream_next(pointer, &error)
                isAtEnd = table == nil && error == nil
                return table
            }
        } catch {
            if isAtEnd { return nil }
            throw error
        }
    }

    /// All parts that are left, as one table.
    public func rest() throws -> Table {
        if parts.isEmpty { return try Table(task) { carrow_stream_rest(pointer, &$0) } }
        var tables: [Table] = []
        while let table = try next() { tables.append(table) }
        return try Table.concatenating(tables)
    }

    /// The parts of a CSV file, of 8 MB of text each. The first part decides the kinds of columns that the format does
    /// not give.
    public static func csv(_ file: URL, format: CSVFormat = CSVFormat()) throws -> TableStream {
        let stream = try format.withOptions { options in
            try TableStream("The table \(file.path) cannot be read") { carrow_stream_csv(file.path, &options, &$0) }
        }
        stream.parts = try format.parts.map { try csv(file, format: $0) }
        return stream
    }

    /// The parts of a Parquet file.
    public static func parquet(_ file: URL, columns: [String]? = nil) throws -> TableStream {
        try withCStrings(columns ?? []) { names, count in
            try TableStream("The table \(file.path) cannot be read") {
                carrow_stream_parquet(file.path, names, count, &$0)
            }
        }
    }

    /// The parts of an Arrow file.
    public static func arrowFile(_ file: URL) throws -> TableStream {
        try TableStream("The table \(file.path) cannot be read") { carrow_stream_arrow(file.path, &$0) }
    }

    /// The result of a query of an SQLite file, in parts of `batchRows` rows.
    public static func sqlite(
        _ file: URL, query: String, parameters: [String] = [], batchRows: Int = 65_536
    ) throws -> TableStream {
        try database("The query of \(file.path) failed", batchRows, parameters) { values, count, error in
            carrow_stream_sqlite(file.path, query, values, count, Int64(batchRows), &error)
        }
    }

    /// The result of a query of a PostgreSQL server, in parts of `batchRows` rows.
    public static func postgres(
        _ connection: String, query: String, parameters: [String] = [], batchRows: Int = 65_536
    ) throws -> TableStream {
        try database("The query of the PostgreSQL server failed", batchRows, parameters) { values, count, error in
            carrow_stream_postgres(connection, query, values, count, Int64(batchRows), &error)
        }
    }

    fileprivate static func database(
        _ task: String, _ batchRows: Int, _ parameters: [String],
        _ open: (UnsafePointer<UnsafePointer<CChar>?>?, Int32, inout UnsafeMutablePointer<CChar>?) -> OpaquePointer?
    ) throws -> TableStream {
        guard batchRows >= 0 else { throw DataError("Parts of \(batchRows) rows are not possible; give 1 or more.") }
        return try withCStrings(parameters) { values, count in
            try TableStream(task) { open(values, count, &$0) }
        }
    }
}

extension Table {
    /// The result of a query of an SQLite file.
    ///
    /// ```swift
    /// let sales = try Table.sqlite(file, query: "SELECT * FROM sales WHERE store = ?", parameters: ["7"])
    /// ```
    /// - Parameter parameters: The values of the query's question marks.
    public static func sqlite(_ file: URL, query: String, parameters: [String] = []) throws -> Table {
        try TableStream.sqlite(file, query: query, parameters: parameters, batchRows: 0).rest()
    }

    /// The result of a query of a PostgreSQL server.
    ///
    /// ```swift
    /// let sales = try Table.postgres("host=localhost dbname=shop", query: "SELECT * FROM sales")
    /// ```
    /// - Parameters:
    ///   - connection: libpq's text or URI; what it leaves out comes from the environment (PGHOST, PGUSER, ...).
    ///   - parameters: The values of the query's `$1`, `$2`, ...
    public static func postgres(_ connection: String, query: String, parameters: [String] = []) throws -> Table {
        try TableStream.postgres(connection, query: query, parameters: parameters, batchRows: 0).rest()
    }
}
