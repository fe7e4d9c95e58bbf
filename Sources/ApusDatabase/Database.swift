// A database in a file: SQLite with Swift's values, transactions, and errors that are sentences.
import CSQLiteLibrary
import Foundation

/// What can go wrong with a database; a sentence.
public struct DatabaseError: Error, CustomStringConvertible, Sendable {
    public let description: String
    /// SQLite's number for the reason, such as 5 for a database that another program holds; 0 for reasons of other kinds.
    public let code: Int

    public init(_ description: String, code: Int = 0) { (self.description, self.code) = (description, code) }
}

/// A value of a row.
public enum DatabaseValue: Sendable, Hashable {
    case null
    case integer(Int)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    /// The value of a text; null for nil.
    public init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    public var real: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
}

/// A database in a file, which several threads and several programs may use at once.
///
/// ```swift
/// let database = try Database(file)
/// try database.transaction { connection in
///     try connection.run("CREATE TABLE IF NOT EXISTS labels (item TEXT PRIMARY KEY, label TEXT)")
///     try connection.run("INSERT OR REPLACE INTO labels VALUES (?, ?)", [.text("a.jpg"), .text("cat")])
/// }
/// let labels = try database.rows("SELECT item, label FROM labels").map { ($0[0].text, $0[1].text) }
/// ```
/// What a transaction has written is on the disk when it returns, or nothing of it is.
// @unchecked: the connection, SQLite's pointer with its statements, is used behind the lock. A Mutex would give out of a
// transaction only what can be sent.
public final class Database: @unchecked Sendable {
    private let lock = NSLock()
    private let connection: DatabaseConnection

    /// Opens a database, which is made where there is none.
    ///
    /// - Parameter patience: For how many seconds a call waits while another program writes.
    /// - Throws: ``DatabaseError`` for a file that cannot be written or is no database.
    public init(_ file: URL, patience: Double = 10) throws(DatabaseError) {
        connection = try DatabaseConnection(file, patience: patience)
    }

    /// Runs `body` in a transaction: all of what it writes stays, or nothing where it throws.
    ///
    /// - Throws: What `body` throws, or ``DatabaseError``.
    @discardableResult
    public func transaction<Result>(_ body: (DatabaseConnection) throws -> Result) throws -> Result {
        lock.lock()
        defer { lock.unlock() }
        // The right to write is asked for at once: one that reads first and writes then could be refused half-way.
        try connection.run("BEGIN IMMEDIATE")
        do {
            let result = try body(connection)
            try connection.run("COMMIT")
            return result
        } catch {
            _ = try? connection.run("ROLLBACK")
            throw error
        }
    }

    /// The rows that a query finds.
    ///
    /// - Throws: ``DatabaseError``.
    public func rows(_ query: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> [[DatabaseValue]] {
        lock.lock()
        defer { lock.unlock() }
        return try connection.rows(query, values)
    }
}

/// The connection to a database within a transaction; it is not kept.
public final class DatabaseConnection {
    private let handle: OpaquePointer
    private let path: String
    /// Statements that have been compiled, by their text.
    private var statements: [String: OpaquePointer] = [:]

    fileprivate init(_ file: URL, patience: Double) throws(DatabaseError) {
        path = file.path(percentEncoded: false)
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let reason = String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(opened)
            throw DatabaseError(
                "The database \(path) cannot be opened: \(reason). Choose a folder that exists and may be written to.",
                code: Int(code))
        }
        handle = opened
        sqlite3_busy_timeout(handle, Int32(patience * 1000))
        // A file that is no database is told from one by the first look into it.
        _ = try rows("SELECT count(*) FROM sqlite_master")
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Runs a statement.
    ///
    /// - Returns: How many rows it has changed.
    /// - Throws: ``DatabaseError``.
    @discardableResult
    public func run(_ statement: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> Int {
        _ = try rows(statement, values)
        return Int(sqlite3_changes(handle))
    }

    /// The number that the last row got which was inserted.
    public var lastNumber: Int { Int(sqlite3_last_insert_rowid(handle)) }

    /// The rows that a query finds.
    ///
    /// - Throws: ``DatabaseError``.
    public func rows(_ query: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> [[DatabaseValue]] {
        let statement = try compiled(query)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        guard sqlite3_bind_parameter_count(statement) == values.count else {
            throw DatabaseError(
                "The statement \"\(query)\" takes \(sqlite3_bind_parameter_count(statement)) values; \(values.count) were "
                    + "given.")
        }
        for (place, value) in values.enumerated() { try check(bind(value, to: statement, at: Int32(place + 1)), query) }
        var rows: [[DatabaseValue]] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw failure(code, query) }
            rows.append((0..<sqlite3_column_count(statement)).map { value(of: statement, at: $0) })
        }
    }

    // MARK: Statements

    private func compiled(_ text: String) throws(DatabaseError) -> OpaquePointer {
        if let known = statements[text] { return known }
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil), text)
        guard let statement else { throw DatabaseError("\"\(text)\" is no statement.") }
        statements[text] = statement
        return statement
    }

    private func bind(_ value: DatabaseValue, to statement: OpaquePointer, at place: Int32) -> Int32 {
        // SQLite copies what it is given before the call returns.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(statement, place)
        case .integer(let number): return sqlite3_bind_int64(statement, place, Int64(number))
        case .real(let number): return sqlite3_bind_double(statement, place, number)
        case .text(let text):
            // A text may hold the character 0, at which C's texts end.
            var text = text
            let count = Int32(text.utf8.count)
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    $0.isEmpty
                        ? sqlite3_bind_text(statement, place, "", 0, copies)
                        : sqlite3_bind_text(statement, place, $0.baseAddress, count, copies)
                }
            }
        case .bytes(let bytes):
            return bytes.withUnsafeBytes {
                $0.isEmpty
                    ? sqlite3_bind_zeroblob(statement, place, 0)
                    : sqlite3_bind_blob64(statement, place, $0.baseAddress, UInt64($0.count), copies)
            }
        }
    }

    private func value(of statement: OpaquePointer, at column: Int32) -> DatabaseValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(Int(sqlite3_column_int64(statement, column)))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            guard let bytes = sqlite3_column_text(statement, column) else { return .null }
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let bytes = sqlite3_column_blob(statement, column) else { return .bytes([]) }
            return .bytes(
                Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column)))))
        default: return .null
        }
    }

    // MARK: Errors

    private func check(_ code: Int32, _ statement: String) throws(DatabaseError) {
        if code != SQLITE_OK { throw failure(code, statement) }
    }

    private func failure(_ code: Int32, _ statement: String) -> DatabaseError {
        let next =
            switch code & 0xff {
            case SQLITE_BUSY, SQLITE_LOCKED: "another program holds it; end that one, or wait"
            case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM: "choose a folder that may be written to"
            case SQLITE_FULL: "make room on the disk"
            case SQLITE_NOTADB, SQLITE_CORRUPT: "it is damaged or another kind of file; move it away to begin anew"
            default: "the statement was \"\(statement)\""
            }
        return DatabaseError(
            "The database \(path) failed: \(String(cString: sqlite3_errmsg(handle))); \(next).", code: Int(code))
    }
}
