// Parquet and Arrow files, written beside their place and then renamed.
import ApusCore
import CArrow
import Foundation
import Torch

extension Table {
    /// Reads a Parquet file.
    ///
    /// - Parameter columns: Those to read, in order; all by default.
    public static func readParquet(_ file: URL, columns: [String]? = nil) throws -> Table {
        let table = try withCStrings(columns ?? []) { names, count in
            try Table("The table \(file.path) cannot be read") {
                carrow_read_parquet(file.path, names, count, &$0)
            }
        }
        return try columns.map { try table.select($0) } ?? table
    }

    /// Reads a file of Arrow's own format, which Feather is.
    public static func readArrow(_ file: URL) throws -> Table {
        try Table("The table \(file.path) cannot be read") { carrow_read_arrow(file.path, &$0) }
    }

    /// Writes a Parquet file.
    public func writeParquet(to file: URL) throws {
        try replaceFile(named: file) { path in
            try arrowCall("The table cannot be written to \(file.path)") {
                carrow_write_parquet(handle.pointer, path, &$0)
            }
        }
    }

    /// Writes a file of Arrow's own format, which is read fastest.
    public func writeArrow(to file: URL) throws {
        try replaceFile(named: file) { path in
            try arrowCall("The table cannot be written to \(file.path)") {
                carrow_write_arrow(handle.pointer, path, &$0)
            }
        }
    }
}

/// Has a file written under a temporary name and renames it, so that nobody ever sees half of it.
func replaceFile(named file: URL, _ write: (_ path: String) throws -> Void) throws {
    guard file.isFileURL else {
        throw DataError("\(file.absoluteString) is not the address of a local file; write to a local path.")
    }
    let target = file.resolvingSymlinksInPath()
    let name = ".\(target.lastPathComponent.prefix(40)).\(UInt64.random(in: 0...UInt64.max)).partial"
    let temporary = target.deletingLastPathComponent().appending(path: name)
    do {
        try write(temporary.path)
        guard rename(temporary.path, target.path) == 0 else {
            throw DataError("The table cannot be written to \(file.path): \(String(cString: strerror(errno))).")
        }
    } catch {
        unlink(temporary.path)
        throw error
    }
}
