// Columns of a table as the tensors of its rows, written in one pass.
import ApusCore
import CArrow
import Foundation
import Torch

/// Which rows of a table are for training.
struct TrainingRows: Sendable {
    /// 1 for a training row, 0 for another.
    let flags: [UInt8]
    /// The same as truth values.
    let mask: Column

    init(_ places: [Int], of count: Int) throws {
        var flags = [UInt8](repeating: 0, count: count)
        for place in places { flags[place] = 1 }
        self.flags = flags
        mask = try Column { carrow_column_of_booleans(flags, nil, Int64(count), &$0) }
    }
}

/// A column of places in a list, and the number of each entry of the list; 0 stands for a missing place.
struct CodedColumn {
    private let places: Column
    private let codes: [Int32]

    /// - Parameters:
    ///   - values: The values that have numbers; others have `none`.
    ///   - first: The number of the first value.
    init(_ column: Column, values: Column, first: Int, none: Int = 0) throws {
        if let entries = column.dictionary {
            places = column
            codes = try entries.places(in: values).values(as: Int.self).map { Int32($0.map { $0 + first } ?? none) }
        } else {
            places = try column.places(in: values)
            codes = (0..<values.count).map { Int32($0 + first) }
        }
    }

    /// - Parameter code: The number of a text; asked once for each different one.
    init(_ column: Column, code: (String) -> Int) throws {
        let entries: Column
        if let own = column.dictionary {
            (places, entries) = (column, own)
        } else {
            entries = try column.unique()
            places = try column.places(in: entries)
        }
        codes = try entries.values(as: String.self).map { Int32($0.map(code) ?? 0) }
    }

    /// Writes the numbers of some rows, `stride` numbers apart, in `width` bytes each.
    func write(_ rows: Range<Int>, to memory: UnsafeMutableRawPointer, width: Int, stride: Int) throws {
        try arrowCall {
            carrow_column_codes(
                places.handle.pointer, codes, Int64(rows.lowerBound), Int64(rows.count), memory, Int32(width),
                Int64(stride), &$0)
        }
    }

    /// The numbers of all rows, `[rows]`, int64.
    func tensor() throws -> Tensor {
        try RowMemory.tensor([places.count], .int64) { rows, memory in
            try write(rows, to: memory, width: 8, stride: 1)
        }
    }
}

/// Results of independent pieces of work in their order, on all cores; throws the error of the first piece that has one.
func concurrently<Piece: Sendable, Value: Sendable>(
    _ pieces: [Piece], _ body: @Sendable (Piece) throws -> Value
) throws -> [Value] {
    var results = [Result<Value, any Error>?](repeating: nil, count: pieces.count)
    results.withUnsafeMutableBufferPointer { results in
        // Each piece has a place of its own.
        nonisolated(unsafe) let results = results
        DispatchQueue.concurrentPerform(iterations: pieces.count) { place in
            results[place] = Result { try body(pieces[place]) }
        }
    }
    return try results.compactMap { try $0?.get() }
}

/// Memory that a tensor takes over.
final class RowMemory {
    private let pointer: UnsafeMutableRawPointer

    private init(byteCount: Int) {
        pointer = .allocate(byteCount: max(64, byteCount), alignment: 64)
    }

    deinit { pointer.deallocate() }

    /// A tensor `[rows, ...]` whose rows `body` writes, a part at a time and on all cores.
    ///
    /// - Parameter body: Gets the rows of a part and the memory of the first of them.
    static func tensor(
        _ shape: [Int], _ dtype: DType, _ body: (_ rows: Range<Int>, _ memory: UnsafeMutableRawPointer) throws -> Void
    ) throws -> Tensor {
        let rowBytes = shape.dropFirst().reduce(dtype.itemSize, *)
        let memory = RowMemory(byteCount: shape[0] * rowBytes)
        try forEachPart(of: shape[0]) { rows in try body(rows, memory.pointer + rows.lowerBound * rowBytes) }
        return Tensor(memory: memory.pointer, shape: shape, dtype: dtype, owner: memory)
    }

    /// Calls `body` with parts that fit the processor's cache; throws the error of the first part that has one.
    private static func forEachPart(of count: Int, _ body: (Range<Int>) throws -> Void) throws {
        let size = 1 << 15
        let parts = (count + size - 1) / size
        var failures = [(any Error)?](repeating: nil, count: parts)
        failures.withUnsafeMutableBufferPointer { failures in
            // Each part has a place of its own.
            nonisolated(unsafe) let failures = failures
            withoutActuallyEscaping(body) { body in
                nonisolated(unsafe) let body = body
                DispatchQueue.concurrentPerform(iterations: parts) { part in
                    do { try body(part * size..<min(count, (part + 1) * size)) } catch { failures[part] = error }
                }
            }
        }
        if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    }
}

extension Column {
    /// The different texts of a column that has each of them once; nil for other columns.
    var dictionary: Column? {
        guard carrow_column_dictionary_count(handle.pointer) >= 0 else { return nil }
        return try? Column { carrow_column_dictionary(handle.pointer, &$0) }
    }

    /// The different values in the training rows without the missing one, sorted.
    func unique(in rows: TrainingRows?) throws -> Column {
        guard let rows else { return try unique() }
        guard let entries = dictionary else { return try call("filter", rows.mask).unique() }
        var used = [UInt8](repeating: 0, count: entries.count)
        try arrowCall { carrow_column_used(handle.pointer, rows.flags, &used, &$0) }
        let isUsed = try Column { carrow_column_of_booleans(used, nil, Int64(used.count), &$0) }
        return try entries.call("filter", isUsed).unique()
    }

    /// What is known of the numbers of the training rows; the deviation is that of a whole population.
    func statistics(in rows: TrainingRows) throws -> carrow_statistics {
        var found = carrow_statistics()
        try arrowCall { carrow_column_statistics(handle.pointer, rows.flags, &found, &$0) }
        return found
    }
}
