// CSV files written part by part, for tables larger than memory.
import ApusCore
import CArrow
import Foundation

/// Writes the parts of a table one below the other.
///
/// ```swift
/// let sales = try TableStream.csv(file)
/// try CSVWriter.write(to: copy) { writer in
///     while let part = try sales.next() { try writer.add(part.filter(part["amount"] .> 0)) }
/// }
/// ```
public final class CSVWriter {
    private let pointer: OpaquePointer
    private let task: String

    private init(_ path: String?, _ task: String, _ delimiter: Character, _ missing: String) throws {
        guard let letter = delimiter.asciiValue else {
            throw DataError("A delimiter is one ASCII letter; \"\(delimiter)\" was given.")
        }
        pointer = try arrow(task) { carrow_csv_writer_open(path, CChar(bitPattern: letter), missing, &$0) }
        self.task = task
    }

    deinit { carrow_csv_writer_release(pointer) }

    /// Writes a part. The first gives the header; all have its columns in the same kinds.
    public func add(_ part: Table) throws {
        try arrowCall(task) { carrow_csv_writer_add(pointer, part.handle.pointer, &$0) }
    }

    /// Has a file written, which takes its place when `body` has ended without an error.
    public static func write(
        to file: URL, delimiter: Character = ",", missing: String = "", _ body: (CSVWriter) throws -> Void
    ) throws {
        try replaceFile(named: file) { path in
            try run(path, "The table cannot be written to \(file.path)", delimiter, missing, body)
        }
    }

    /// Has parts written to standard output.
    public static func writeToOutput(delimiter: Character = ",", _ body: (CSVWriter) throws -> Void) throws {
        try run(nil, "The table cannot be written", delimiter, "", body)
    }

    private static func run(
        _ path: String?, _ task: String, _ delimiter: Character, _ missing: String, _ body: (CSVWriter) throws -> Void
    ) throws {
        let writer = try CSVWriter(path, task, delimiter, missing)
        try body(writer)
        try arrowCall(task) { carrow_csv_writer_close(writer.pointer, &$0) }
    }
}
