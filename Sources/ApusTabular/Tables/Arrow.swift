// The way to Arrow: handles that Swift owns, errors that it throws, texts and lists as C wants them.
import ApusCore
import CArrow
import Foundation

/// Owns a column of Arrow.
// @unchecked: columns and tables of Arrow never change, and their owners are counted atomically.
final class ColumnHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { carrow_column_release(pointer) }
}

/// Owns a table of Arrow.
// @unchecked: see ColumnHandle.
final class TableHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { carrow_table_release(pointer) }
}

/// The memory of a part of a column, as Arrow's C data interface gives it.
// @unchecked: the memory is only read.
final class ArrowChunk: @unchecked Sendable {
    private(set) var array: ArrowArray

    init(_ column: Column, _ number: Int32) throws {
        var array = ArrowArray()
        try arrowCall { carrow_column_export(column.handle.pointer, number, &array, &$0) }
        self.array = array
    }

    deinit { array.release?(&array) }

    var count: Int { Int(array.length) }

    /// The values of a buffer from the chunk's first one on.
    func buffer<Element>(_ number: Int, of type: Element.Type) -> UnsafePointer<Element>? {
        array.buffers[number].map { $0.assumingMemoryBound(to: type) + Int(array.offset) }
    }

    /// The bytes of a buffer, regardless of where the chunk begins.
    func bytes(_ number: Int) -> UnsafePointer<UInt8>? { array.buffers[number]?.assumingMemoryBound(to: UInt8.self) }

    /// Whether the bit of a row is set in a buffer of bits; true where there is no buffer.
    func bit(_ row: Int, in buffer: UnsafePointer<UInt8>?) -> Bool {
        guard let buffer else { return true }
        let place = row + Int(array.offset)
        return buffer[place >> 3] >> UInt8(place & 7) & 1 == 1
    }

    /// Calls `body` for each row with whether it has a value.
    func forEachRow(_ body: (_ row: Int, _ isPresent: Bool) -> Void) {
        let validity = array.null_count == 0 ? nil : bytes(0)
        for row in 0..<count { body(row, bit(row, in: validity)) }
    }
}

/// Calls a function of CArrow and throws what it says went wrong.
///
/// - Parameter task: The beginning of the sentence, such as "The table x.csv cannot be read".
func arrow<Result>(
    _ task: @autoclosure () -> String = "", _ call: (inout UnsafeMutablePointer<CChar>?) -> Result?
) throws -> Result {
    var error: UnsafeMutablePointer<CChar>?
    if let result = call(&error) { return result }
    defer { carrow_free(error) }
    let reason = error.map { String(cString: $0) } ?? "the reason is not known"
    let task = task()
    throw DataError(task.isEmpty ? reason.capitalizedSentence : "\(task): \(reason)\(reason.hasSuffix(".") ? "" : ".")")
}

/// Calls a function of CArrow that gives no result.
func arrowCall(_ task: String = "", _ call: (inout UnsafeMutablePointer<CChar>?) -> Bool) throws {
    try arrow(task) { call(&$0) ? () : nil }
}

/// A text that C has made for the caller.
func takeText(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    defer { carrow_free(pointer) }
    return pointer.map { String(cString: $0) } ?? ""
}

/// Calls `body` with texts as C strings, which live as long as the call.
func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?, Int32) throws -> Result
) rethrows -> Result {
    let copies = texts.map { UnsafePointer(strdup($0)) }
    defer { for copy in copies { free(UnsafeMutablePointer(mutating: copy)) } }
    return try copies.withUnsafeBufferPointer { try body($0.baseAddress, Int32(texts.count)) }
}

extension String {
    fileprivate var capitalizedSentence: String { prefix(1).uppercased() + dropFirst() + (hasSuffix(".") ? "" : ".") }
}

extension Collection where Element == String {
    /// The names for a sentence, the first dozens of many.
    var listed: String { prefix(20).joined(separator: ", ") + (count > 20 ? ", ..." : "") }
}
