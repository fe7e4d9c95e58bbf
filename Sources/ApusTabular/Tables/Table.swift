// The table: columns of one length under names, in Arrow's memory.
import ApusCore
import CArrow
import Foundation

/// Columns of one length under names.
///
/// A table is a value that never changes; what looks like a change makes a new table and shares the columns' memory.
///
/// ```swift
/// let adult = try Table.readCSV(URL(filePath: "adult.csv"))
/// print(adult.head())
/// let rich = try adult.filter(adult["class"] .== ">50K").sorted(by: [.descending("age")])
/// print(try adult.crossTabulation(rows: "sex", columns: "class"))
/// ```
public struct Table: Sendable {
    let handle: TableHandle
    /// The names of the columns in order.
    public let columnNames: [String]

    private init(handle: TableHandle, columnNames: [String]) {
        self.handle = handle
        self.columnNames = columnNames
    }

    init(_ handle: TableHandle) throws {
        let count = carrow_table_columns(handle.pointer)
        let names = (0..<count).map { takeText(carrow_table_column_name(handle.pointer, $0)) }
        guard Set(names).count < names.count else {
            self.init(handle: handle, columnNames: names)
            return
        }
        // A second column of a name gets a number, as in pandas.
        var taken = Set<String>()
        var next: [String: Int] = [:]
        let columns = try (0..<count).map { place in
            let name = names[Int(place)]
            var numbered = name
            while taken.contains(numbered) {
                next[name, default: 0] += 1
                numbered = "\(name).\(next[name]!)"
            }
            taken.insert(numbered)
            return (name: numbered, column: try Column { carrow_table_column(handle.pointer, place, &$0) })
        }
        try self.init(columns)
    }

    /// Takes over a table that a function of CArrow has made.
    init(
        _ task: @autoclosure () -> String = "", _ call: (inout UnsafeMutablePointer<CChar>?) -> OpaquePointer?
    ) throws {
        try self.init(TableHandle(arrow(task(), call)))
    }

    /// A table of columns.
    ///
    ///     let table = try Table([("user", Column([1, 2])), ("name", Column(["Ada", nil]))])
    ///
    /// - Throws: `DataError` when the columns differ in length, or a name occurs twice.
    public init(_ columns: [(name: String, column: Column)]) throws {
        let names = columns.map(\.name)
        if let twice = Dictionary(grouping: names, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw DataError("There are two columns \"\(twice)\"; give each column a name of its own.")
        }
        if let first = columns.first, let other = columns.first(where: { $0.column.count != first.column.count }) {
            throw DataError(
                "The column \"\(first.name)\" has \(first.column.count) values, \"\(other.name)\" has "
                    + "\(other.column.count); all columns of a table have one length.")
        }
        let pointers: [OpaquePointer?] = columns.map(\.column.handle.pointer)
        let handle = try withExtendedLifetime(columns) {
            try withCStrings(names) { names, count in
                TableHandle(try arrow { carrow_table_make(names, pointers, count, &$0) })
            }
        }
        self.init(handle: handle, columnNames: names)
    }

    /// A table of rows, whose columns are those of all rows together; what a row lacks is missing.
    ///
    /// - Parameter columns: The columns in order; by default all that occur, sorted by name.
    public init(rows: [TableCells], columns: [String]? = nil) throws {
        let names = columns ?? Set(rows.flatMap(\.keys)).sorted()
        try self.init(names.map { name in (name, try Column(cells: rows.map { $0[name] ?? .missing })) })
    }

    /// The number of rows.
    public var rowCount: Int { Int(carrow_table_rows(handle.pointer)) }

    /// The bytes of memory that the values take.
    ///
    /// - Throws: `DataError` when a column cannot be read.
    public var byteCount: Int { get throws { try columns.reduce(0) { $0 + $1.column.byteCount } } }

    /// A column by its name.
    ///
    /// - Throws: `DataError` that names the columns there are.
    public subscript(name: String) -> Column {
        get throws {
            guard let place = columnNames.firstIndex(of: name) else {
                throw DataError("There is no column \"\(name)\"; the columns are \(columnNames.listed).")
            }
            return try Column { carrow_table_column(handle.pointer, Int32(place), &$0) }
        }
    }

    /// The columns in order.
    ///
    /// - Throws: `DataError` when a column cannot be read.
    public var columns: [(name: String, column: Column)] {
        get throws { try columnNames.map { ($0, try self[$0]) } }
    }

    /// The rows as dictionaries; meant for few of them, since each costs memory of its own.
    public func rows() throws -> [TableCells] {
        let cells = try columns.map { ($0.name, try $0.column.cells()) }
        return (0..<rowCount).map { row in
            Dictionary(uniqueKeysWithValues: cells.map { ($0.0, $0.1[row]) })
        }
    }

    // MARK: Columns

    /// Some of the columns, in the order given.
    public func select(_ names: [String]) throws -> Table { try Table(names.map { ($0, try self[$0]) }) }

    /// All columns but some.
    public func dropping(_ names: [String]) throws -> Table {
        for name in names { _ = try self[name] }
        return try select(columnNames.filter { !names.contains($0) })
    }

    /// The table with other names: `["user id": "user"]`.
    public func renaming(_ names: [String: String]) throws -> Table {
        for name in names.keys { _ = try self[name] }
        return try Table(columns.map { (names[$0.name] ?? $0.name, $0.column) })
    }

    /// The table with a column added at the end, or put in the place of the one of that name.
    ///
    ///     let table = try table.setting("ratio", to: table["price"] / table["area"])
    public func setting(_ name: String, to column: Column) throws -> Table {
        columnNames.contains(name)
            ? try Table(columns.map { ($0.name, $0.name == name ? column : $0.column) })
            : try Table(columns + [(name, column)])
    }

    /// The same table in the narrowest memory; see ``Column/shrunk()``.
    public func shrunk() throws -> Table { try Table(columns.map { ($0.name, try $0.column.shrunk()) }) }
}
