// The column: values of one kind, any of which may be missing, in Arrow's memory.
import ApusCore
import CArrow
import Foundation

/// What the values of a column are.
public enum ColumnKind: String, Sendable, Codable, CaseIterable {
    case boolean, integer, number, text
    /// A day.
    case date
    /// A moment, to the microsecond, in UTC.
    case time
    /// What Arrow knows and tables of rows have no use for, such as lists.
    case other

    init(code: Int32) {
        switch Int(code) {
        case CARROW_BOOLEAN: self = .boolean
        case CARROW_INTEGER: self = .integer
        case CARROW_NUMBER, CARROW_FLOAT: self = .number
        case CARROW_TEXT: self = .text
        case CARROW_DATE: self = .date
        case CARROW_TIME: self = .time
        default: self = .other
        }
    }

    var code: Int32 {
        switch self {
        case .boolean: Int32(CARROW_BOOLEAN)
        case .integer: Int32(CARROW_INTEGER)
        case .number: Int32(CARROW_NUMBER)
        case .text: Int32(CARROW_TEXT)
        case .date: Int32(CARROW_DATE)
        case .time: Int32(CARROW_TIME)
        case .other: Int32(CARROW_OTHER)
        }
    }

    /// The kind in a sentence.
    public var described: String {
        switch self {
        case .boolean: "truth values"
        case .integer: "whole numbers"
        case .number: "numbers"
        case .text: "texts"
        case .date: "dates"
        case .time: "times"
        case .other: "values of another kind"
        }
    }

    /// Whether means and sums can be taken.
    public var isNumeric: Bool { self == .integer || self == .number }
}

/// Values of one kind, any of which may be missing.
///
/// A column is a value that never changes; what looks like a change makes a new one and shares the memory. NaN is a missing
/// value, wherever it comes from, and texts are in Unicode's composed form (NFC), so that what looks the same is the same.
///
/// ```swift
/// let age = try table["age"]
/// print(try age.mean() ?? .nan, try age.values(as: Int.self))
/// let grown = try table.filter(age .>= 18)
/// ```
public struct Column: Sendable {
    let handle: ColumnHandle

    init(_ handle: ColumnHandle) { self.handle = handle }

    /// Takes over a column that a function of CArrow has made.
    init(
        _ task: @autoclosure () -> String = "", _ call: (inout UnsafeMutablePointer<CChar>?) -> OpaquePointer?
    ) throws {
        handle = ColumnHandle(try arrow(task(), call))
    }

    /// A column of values.
    ///
    ///     let speeds = try Column([12.5, nil, 30])
    public init<Element: ColumnElement>(_ values: [Element?]) throws { self = try Element.makeColumn(values) }

    /// A column of values none of which is missing.
    public init<Element: ColumnElement>(_ values: [Element]) throws { self = try Element.makeColumn(values) }

    /// One value, again and again.
    /// - Throws: `DataError` for a count below 0.
    public init(repeating value: some ColumnElement, count: Int) throws {
        guard (0...Int(Int32.max)).contains(count) else {
            throw DataError("A column of \(count) values is not possible; give a number from 0 to \(Int32.max).")
        }
        try self.init(Array(repeating: value, count: count))
    }

    /// The number of values, the missing ones too.
    public var count: Int { Int(carrow_column_length(handle.pointer)) }

    /// How many values are missing.
    public var missingCount: Int { Int(carrow_column_null_count(handle.pointer)) }

    /// What the values are.
    public var kind: ColumnKind { ColumnKind(code: carrow_column_kind(handle.pointer)) }

    /// The bytes of memory that the values take.
    public var byteCount: Int { Int(carrow_column_byte_count(handle.pointer)) }

    /// Arrow's name of the type in memory, such as "int64" or "dictionary<values=string, indices=int8, ordered=0>".
    public var typeName: String { takeText(carrow_column_type_name(handle.pointer)) }

    /// The values of a range of rows, without a copy.
    public subscript(rows: Range<Int>) -> Column {
        get throws {
            guard rows.lowerBound >= 0, rows.upperBound <= count else {
                throw DataError("The rows \(rows) lie outside the \(count) values of the column.")
            }
            return try Column { carrow_slice(handle.pointer, Int64(rows.lowerBound), Int64(rows.count), &$0) }
        }
    }

    /// The values as another kind: numbers of a text, the day of a moment.
    ///
    /// - Throws: `DataError` that names the first value that has no such form.
    public func cast(to kind: ColumnKind) throws -> Column {
        if kind == self.kind, kind != .number, kind != .integer { return self }
        return try Column("Not all values are \(kind.described)") { carrow_cast(handle.pointer, kind.code, &$0) }
    }

    /// The same values in the narrowest memory that holds them: 8, 16 or 32 bits for whole numbers, 32 for others, a
    /// list of the different texts and a place in it for each text. fastai's `df_shrink`.
    ///
    /// Numbers with fractions keep about seven digits.
    public func shrunk() throws -> Column { try Column { carrow_shrink(handle.pointer, &$0) } }

    /// Calls `body` with the parts that the values lie in.
    func forEachChunk(_ body: (ArrowChunk) throws -> Void) throws {
        for number in 0..<carrow_column_chunk_count(handle.pointer) { try body(ArrowChunk(self, number)) }
    }

    /// The result of a function of Arrow.
    func call(_ function: String, _ others: Column...) throws -> Column {
        try Column.call(function, [self] + others)
    }

    static func call(_ function: String, _ arguments: [Column]) throws -> Column {
        let pointers: [OpaquePointer?] = arguments.map(\.handle.pointer)
        return try withExtendedLifetime(arguments) {
            try Column("\(function) of \(arguments.map(\.kind.described).joined(separator: " and ")) failed") {
                carrow_call(function, pointers, Int32(pointers.count), &$0)
            }
        }
    }
}

extension Column: CustomStringConvertible {
    /// The first values and their number.
    public var description: String {
        let shown = (try? self[0..<Swift.min(10, count)].texts())?.map { $0 ?? "" }.joined(separator: ", ") ?? ""
        return "[\(shown)\(count > 10 ? ", ..." : "")] (\(count) \(kind.described))"
    }
}
