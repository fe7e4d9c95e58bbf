// Between columns and Swift's values: numbers, texts, truth values, dates.
import ApusCore
import CArrow
import Foundation
import Torch

/// A Swift type whose values a column can hold: `Int`, `Double`, `String`, `Bool`, `Date`.
public protocol ColumnElement: Sendable {
    /// The kind of column that holds such values.
    static var columnKind: ColumnKind { get }
    /// A column of values; nil for a missing one.
    static func makeColumn(_ values: [Self?]) throws -> Column
    /// The values of a column, whose kind is that of ``columnKind``.
    static func readColumn(_ column: Column) throws -> [Self?]
}

extension Column {
    /// The values in Swift; nil for a missing one.
    ///
    /// - Throws: `DataError` that names the first value that is not of the type.
    public func values<Element: ColumnElement>(as type: Element.Type = Element.self) throws -> [Element?] {
        try Element.readColumn(Element.columnKind == .time && kind == .time ? self : cast(to: Element.columnKind))
    }

    /// The values as a table shows them.
    func texts() throws -> [String?] {
        switch kind {
        case .number: try values(as: Double.self).map { $0.map { NumberText.short($0) } }
        case .time: try values(as: Date.self).map { $0.map { CellText.time($0) } }
        default: try values(as: String.self)
        }
    }

    /// The numbers as a tensor `[rows]`; missing ones are NaN.
    ///
    /// - Parameter dtype: `.float32` by default; missing values of whole numbers are refused.
    /// - Throws: `DataError` when values are missing and the dtype has no NaN, or a value is no number.
    public func tensor(dtype: DType = .float32) throws -> Tensor {
        let isFloating = dtype.isFloatingPoint
        if !isFloating, missingCount > 0 {
            throw DataError(
                "\(missingCount) of \(count) values are missing, and \(dtype) has no value for that; "
                    + "fill them with fillingMissing(with:).")
        }
        let numeric = try cast(to: isFloating ? .number : .integer)
        var parts: [Tensor] = []
        try numeric.forEachChunk { chunk in
            guard chunk.count > 0 else { return }
            let memory = UnsafeMutableRawPointer(mutating: chunk.buffer(1, of: Int64.self)!)
            // Both kinds are eight bytes wide; the memory is only read.
            let part = Tensor(
                memory: memory, shape: [chunk.count], dtype: isFloating ? .float64 : .int64, owner: chunk)
            // The column's memory is never written.
            let copy = part.to(dtype).isIdentical(to: part) ? part.clone() : part.to(dtype)
            if chunk.array.null_count != 0 {
                var absent: [Int] = []
                chunk.forEachRow { row, isPresent in if !isPresent { absent.append(row) } }
                if !absent.isEmpty { copy.indexFill_(dim: 0, Tensor(absent), .double(.nan)) }
            }
            parts.append(copy)
        }
        return parts.isEmpty ? .empty([0], dtype: dtype) : .cat(parts)
    }
}

extension ColumnElement {
    /// The values of all chunks, read one by one.
    fileprivate static func read(
        _ column: Column, _ value: (_ chunk: ArrowChunk, _ row: Int) -> Self
    ) throws -> [Self?] {
        var values: [Self?] = []
        values.reserveCapacity(column.count)
        try column.forEachChunk { chunk in
            chunk.forEachRow { row, isPresent in values.append(isPresent ? value(chunk, row) : nil) }
        }
        return values
    }

    fileprivate static func validity(_ values: [Self?]) -> [UInt8]? {
        values.contains { $0 == nil } ? values.map { $0 == nil ? 0 : 1 } : nil
    }
}

extension Bool: ColumnElement {
    public static var columnKind: ColumnKind { .boolean }

    public static func makeColumn(_ values: [Bool?]) throws -> Column {
        try Column {
            carrow_column_of_booleans(
                values.map { $0 == true ? 1 : 0 }, validity(values), Int64(values.count), &$0)
        }
    }

    public static func readColumn(_ column: Column) throws -> [Bool?] {
        try read(column) { chunk, row in chunk.bit(row, in: chunk.bytes(1)) }
    }
}

extension Int: ColumnElement {
    public static var columnKind: ColumnKind { .integer }

    public static func makeColumn(_ values: [Int?]) throws -> Column {
        try makeColumn(values.map { Int64($0 ?? 0) }, validity(values), .integer)
    }

    /// A column of places, none of which is missing.
    static func makePlaces(_ values: [Int]) throws -> Column {
        try values.withUnsafeBufferPointer { places in
            try places.withMemoryRebound(to: Int64.self) { places in
                try Column {
                    carrow_column_of_integers(
                        ColumnKind.integer.code, places.baseAddress, nil, Int64(places.count), &$0)
                }
            }
        }
    }

    static func makeColumn(_ values: [Int64], _ validity: [UInt8]?, _ kind: ColumnKind) throws -> Column {
        try Column { carrow_column_of_integers(kind.code, values, validity, Int64(values.count), &$0) }
    }

    public static func readColumn(_ column: Column) throws -> [Int?] {
        try read(column) { chunk, row in Int(chunk.buffer(1, of: Int64.self)![row]) }
    }
}

extension Double: ColumnElement {
    public static var columnKind: ColumnKind { .number }

    public static func makeColumn(_ values: [Double?]) throws -> Column {
        try Column {
            carrow_column_of_numbers(values.map { $0 ?? 0 }, validity(values), Int64(values.count), &$0)
        }
    }

    public static func readColumn(_ column: Column) throws -> [Double?] {
        try read(column) { chunk, row in chunk.buffer(1, of: Double.self)![row] }
    }
}

extension Date: ColumnElement {
    public static var columnKind: ColumnKind { .time }

    public static func makeColumn(_ values: [Date?]) throws -> Column {
        let moments = try values.map { date in
            let microseconds = ((date?.timeIntervalSince1970 ?? 0) * 1e6).rounded()
            guard let moment = Int64(exactly: microseconds) else {
                throw DataError(
                    "A moment \(microseconds / 1e6) seconds after 1970 is not one that a column can hold; give one within "
                        + "290,000 years, or nil for a missing one.")
            }
            return moment
        }
        return try Int.makeColumn(moments, validity(values), .time)
    }

    public static func readColumn(_ column: Column) throws -> [Date?] {
        try read(column) { chunk, row in
            Date(timeIntervalSince1970: Double(chunk.buffer(1, of: Int64.self)![row]) / 1e6)
        }
    }
}

extension String: ColumnElement {
    public static var columnKind: ColumnKind { .text }

    public static func makeColumn(_ values: [String?]) throws -> Column {
        var bytes: [CChar] = []
        var offsets: [Int64] = [0]
        for value in values {
            if let value { bytes += value.utf8.map { CChar(bitPattern: $0) } }
            offsets.append(Int64(bytes.count))
        }
        return try Column {
            carrow_column_of_texts(bytes, offsets, validity(values), Int64(values.count), &$0)
        }
    }

    public static func readColumn(_ column: Column) throws -> [String?] {
        // The cast leaves out the list of a column that has its texts in one.
        let plain = try Column { carrow_cast(column.handle.pointer, ColumnKind.text.code, &$0) }
        return try read(plain) { chunk, row in
            let offsets = chunk.buffer(1, of: Int32.self)!
            let (start, end) = (Int(offsets[row]), Int(offsets[row + 1]))
            guard let bytes = chunk.bytes(2), end > start else { return "" }
            return String(decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
        }
    }
}
