// Comparing and computing with columns, value by value.
import ApusCore
import CArrow
import Foundation

/// What stands beside a column in a comparison or a sum: another column, or one value for all rows.
public protocol ColumnOperand {
    /// The operand as Arrow takes it.
    func operand() throws -> Column
}

extension Column: ColumnOperand {
    public func operand() -> Column { self }
}

extension ColumnOperand where Self: ColumnElement {
    public func operand() throws -> Column {
        let column = try Column([self])
        return try Column { carrow_scalar(column.handle.pointer, &$0) }
    }
}

extension Int: ColumnOperand {}
extension Double: ColumnOperand {}
extension String: ColumnOperand {}
extension Bool: ColumnOperand {}
extension Date: ColumnOperand {}

// Missing values stay missing in all of these; a filter leaves them out.
extension Column {
    /// Where both are equal.
    public static func .== (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("equal", rhs.operand())
    }
    /// Where they differ.
    public static func .!= (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("not_equal", rhs.operand())
    }
    /// Where the left one is less.
    public static func .< (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("less", rhs.operand())
    }
    /// Where the left one is less, or both are equal.
    public static func .<= (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("less_equal", rhs.operand())
    }
    /// Where the left one is greater.
    public static func .> (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("greater", rhs.operand())
    }
    /// Where the left one is greater, or both are equal.
    public static func .>= (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("greater_equal", rhs.operand())
    }
    /// Where both are true.
    public static func .& (lhs: Column, rhs: Column) throws -> Column { try lhs.call("and_kleene", rhs) }
    /// Where one is true.
    public static func .| (lhs: Column, rhs: Column) throws -> Column { try lhs.call("or_kleene", rhs) }
    /// Where it is false.
    public static prefix func .! (operand: Column) throws -> Column { try operand.call("invert") }

    public static func + (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("add", rhs.operand())
    }
    public static func - (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("subtract", rhs.operand())
    }
    public static func * (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.call("multiply", rhs.operand())
    }
    /// The quotient, a number with a fraction also for whole numbers.
    public static func / (lhs: Column, rhs: some ColumnOperand) throws -> Column {
        try lhs.cast(to: .number).call("divide", rhs.operand())
    }

    /// The natural logarithm; missing, not infinite, where a value is not above zero.
    public func log() throws -> Column {
        let numbers = try cast(to: .number)
        return try Column.call("if_else", [numbers .> 0.0, numbers.call("ln"), numbers.missing()])
    }

    /// Whether each value is missing.
    public func isMissing() throws -> Column { try call("is_null") }

    /// The values with another one in the place of the missing ones.
    public func fillingMissing(with value: some ColumnElement) throws -> Column {
        let filler = try Column([value]).cast(to: kind)
        return try call("coalesce", Column { carrow_scalar(filler.handle.pointer, &$0) })
    }

    /// Each value where `mask` is true, and `other` elsewhere.
    public func `where`(_ mask: Column, else other: some ColumnOperand) throws -> Column {
        try Column.call("if_else", [mask, self, other.operand()])
    }

    /// One missing value of the kind, for all rows.
    func missing() throws -> Column {
        let value = try Column(cells: [.missing]).cast(to: kind)
        return try Column { carrow_scalar(value.handle.pointer, &$0) }
    }

    /// The values one after the other with those of other columns.
    static func joined(_ columns: [Column]) throws -> Column {
        let pointers: [OpaquePointer?] = columns.map(\.handle.pointer)
        return try withExtendedLifetime(columns) {
            try Column { carrow_concatenate(pointers, Int32(pointers.count), &$0) }
        }
    }
}
