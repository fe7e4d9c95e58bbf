// The cell: one value of a row, written as a literal or read out of a table.
import ApusCore
import Foundation

/// One value of a row.
///
/// Rows are dictionaries, and their values may be written as literals:
///
/// ```swift
/// let row: TableCells = ["age": 49, "workclass": "Private", "education-num": nil]
/// ```
public enum Cell: Sendable, Hashable, Codable {
    case missing
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// A day or a moment, in UTC.
    case time(Date)
}

extension Cell {
    /// Whether there is no value; NaN is none.
    public var isMissing: Bool {
        if case .number(let value) = self { return value.isNaN }
        return self == .missing
    }
}

/// The values of a row by the names of the columns.
public typealias TableCells = [String: Cell]

extension Cell: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(nilLiteral: ()) { self = .missing }
}

extension Cell: CustomStringConvertible {
    /// The value as a table shows it; nothing for a missing one.
    public var description: String {
        switch self {
        case .missing: ""
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): NumberText.short(value)
        case .text(let value): value
        case .time(let value): CellText.time(value)
        }
    }
}

extension Column {
    /// The values as cells.
    public func cells() throws -> [Cell] {
        switch kind {
        case .boolean: try values(as: Bool.self).map { $0.map { .boolean($0) } ?? .missing }
        case .integer: try values(as: Int.self).map { $0.map { .integer($0) } ?? .missing }
        case .number: try values(as: Double.self).map { $0.map { .number($0) } ?? .missing }
        case .text, .other: try values(as: String.self).map { $0.map { .text($0) } ?? .missing }
        case .date, .time: try values(as: Date.self).map { $0.map { .time($0) } ?? .missing }
        }
    }

    /// A column of cells: of whole numbers, numbers, truth values, times, or, where they differ, of texts.
    public init(cells: [Cell]) throws {
        let present = cells.filter { $0 != .missing }
        func all(_ isKind: (Cell) -> Bool) -> Bool { present.allSatisfy(isKind) }
        if present.isEmpty {
            try self.init(cells.map { _ in Double?.none })
        } else if all({ if case .boolean = $0 { true } else { false } }) {
            try self.init(cells.map { if case .boolean(let value) = $0 { value } else { nil } })
        } else if all({ if case .integer = $0 { true } else { false } }) {
            try self.init(cells.map { if case .integer(let value) = $0 { value } else { nil } })
        } else if all({ $0.isNumeric }) {
            try self.init(
                cells.map { cell -> Double? in
                    switch cell {
                    case .integer(let value): Double(value)
                    case .number(let value): value
                    default: nil
                    }
                })
        } else if all({ if case .time = $0 { true } else { false } }) {
            try self.init(cells.map { if case .time(let value) = $0 { value } else { nil } })
        } else {
            try self.init(cells.map { $0 == .missing ? nil : $0.description })
        }
    }
}

extension Cell {
    fileprivate var isNumeric: Bool {
        switch self {
        case .integer, .number: true
        default: false
        }
    }
}

/// How numbers look in tables.
enum NumberText {
    /// At most six digits after the point, without zeros at the end.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        if value == value.rounded(), abs(value) < 1e15 { return String(format: "%.1f", value) }
        if abs(value) >= 1e15 || abs(value) < 1e-4 { return String(format: "%.6g", value) }
        var text = String(format: "%.6f", value)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? text + "0" : text
    }
}

/// How times look in tables.
enum CellText {
    /// The day, and the time of day where it is not midnight; UTC.
    static func time(_ date: Date) -> String {
        let seconds = date.timeIntervalSince1970
        // Beyond the year 9999, where there is no calendar to write it in, and for no moment at all.
        guard abs(seconds) < 253_402_300_800 else { return "\(seconds) s after 1970" }
        let text = date.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(
                includingFractionalSeconds: seconds != seconds.rounded()))
        return seconds.truncatingRemainder(dividingBy: 86_400) == 0 ? String(text.prefix(10)) : text
    }
}
