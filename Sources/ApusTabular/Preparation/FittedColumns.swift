// What was learned of each column from the training rows.
import ApusCore
import CArrow
import Foundation
import Torch

/// A categorical column: the values that the training rows have, and their numbers.
public struct CategoricalColumn: Sendable, Codable, Equatable {
    /// What stands for a missing or unseen value, the class 0.
    public static let missingClass = "#na#"

    /// The column's name.
    public let name: String
    /// The kind of the values in the training rows.
    public let kind: ColumnKind
    /// The values in the order of their numbers, ``missingClass`` first.
    public let classes: [String]
    /// The continuous column whose missing values this column indicates; nil for a column of the table.
    public let indicated: String?
    /// The numbers of the classes that no training row has: 0 where no value was missing there, and values of a given
    /// order that do not occur. A network takes the mean of the others' vectors for them.
    public let untrained: [Int]
    /// The number of each value.
    private let places: [String: Int]

    init(name: String, kind: ColumnKind, values: [String], indicated: String? = nil, untrained: [Int] = []) {
        self.init(
            name: name, kind: kind, classes: [Self.missingClass] + values, indicated: indicated, untrained: untrained)
    }

    private init(name: String, kind: ColumnKind, classes: [String], indicated: String?, untrained: [Int]) {
        self.name = name
        self.kind = kind
        self.classes = classes
        self.indicated = indicated
        self.untrained = untrained
        places = Dictionary(
            classes.enumerated().dropFirst().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    private enum CodingKeys: String, CodingKey { case name, kind, classes, indicated, untrained }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name),
            kind: try values.decode(ColumnKind.self, forKey: .kind),
            classes: try values.decode([String].self, forKey: .classes),
            indicated: try values.decodeIfPresent(String.self, forKey: .indicated),
            untrained: try values.decodeIfPresent([Int].self, forKey: .untrained) ?? [])
    }

    /// Learns the values of a column, from its training rows or from all.
    init(fitting column: Column, name: String, order: [String]?, rows: TrainingRows?) throws {
        guard column.kind != .other else {
            throw DataError("The column \"\(name)\" is of the type \(column.typeName), which has no categories.")
        }
        let found = try column.unique(in: rows).values(as: String.self).compactMap { $0 }
        if let order {
            guard Set(order).count == order.count else {
                throw DataError("The order of the column \"\(name)\" names a value twice: \(order.listed).")
            }
            if let unknown = found.first(where: { !order.contains($0) }) {
                throw DataError(
                    "The order of the column \"\(name)\" lacks the value \"\(unknown)\" of the training rows; "
                        + "it names \(order.listed).")
            }
        }
        let isComplete =
            try column.missingCount == 0
            || rows.map { try column.call("filter", $0.mask).missingCount == 0 }
                ?? false
        let known = Set(found)
        let absent = (order ?? []).enumerated().filter { !known.contains($0.element) }.map { $0.offset + 1 }
        self.init(
            name: name, kind: column.kind, values: order ?? found, untrained: (isComplete ? [0] : []) + absent)
    }

    /// A column's values with their numbers: 0 for missing and unseen ones.
    func coded(_ column: Column) throws -> CodedColumn {
        let values = try naming(name) { try column.cast(to: kind) }
        return try CodedColumn(values, values: Column(Array(classes.dropFirst())).cast(to: kind), first: 1)
    }

    /// The number of a class by its name; nil for one that the training rows lack.
    func place(ofClass name: String) -> Int? { name == Self.missingClass ? 0 : places[name] }

    /// The number of a cell's value, which may be of another kind than the column: 0 for missing and unseen ones.
    func place(of cell: Cell) throws -> Int {
        if let place = code(of: cell) { return place }
        return try withTorchErrors { try coded(Column(cells: [cell])).tensor().item(as: Int.self) }
    }

    /// The number of a cell's value; nil for a cell of another kind than the column, which takes a cast.
    func code(of cell: Cell) -> Int? {
        switch (cell, kind) {
        case (.missing, _): 0
        case (.text(let value), .text): places[value] ?? 0
        case (.integer(let value), .integer): places[String(value)] ?? 0
        case (.boolean(let value), .boolean): places[value ? "true" : "false"] ?? 0
        default: nil
        }
    }
}

/// A continuous column: how its missing values are filled and its numbers normalised.
public struct ContinuousColumn: Sendable, Codable, Equatable {
    /// The column's name.
    public let name: String
    /// The kind of the numbers in the training rows.
    public let kind: ColumnKind
    /// What missing values are filled with; nil where the training rows lack none, or nothing is filled.
    public let fill: Double?
    /// What is subtracted.
    public let mean: Double
    /// What the difference is divided by.
    public let std: Double

    /// Learns the fill value, mean and deviation of a column, from its training rows or from all.
    init(
        fitting column: Column, name: String, strategy: FillStrategy?, isNormalized: Bool, rows: TrainingRows?
    ) throws {
        guard column.kind.isNumeric || column.kind == .boolean else {
            throw DataError(
                "The column \"\(name)\" is of \(column.kind.described), and a continuous column is of numbers. List it "
                    + "among the categorical columns, or leave it out.")
        }
        self.name = name
        kind = column.kind
        if let rows, let found = try column.statistics(in: rows) {
            fill = nil
            (mean, std) = isNormalized ? (found.mean, found.std + 1e-7) : (0, 1)
            return
        }
        var numbers = try (rows.map { try column.call("filter", $0.mask) } ?? column).presentNumbers()
        var fill: Double?
        if numbers.missingCount > 0, let strategy {
            fill =
                switch strategy {
                case .median: try numbers.median()
                case .mode: try numbers.mode().number
                case .constant(let value): value
                }
            guard let fill else {
                throw DataError(
                    "The column \"\(name)\" has no value in the training rows, so that there is nothing to fill it with; "
                        + "leave the column out.")
            }
            numbers = try numbers.fillingMissing(with: fill)
        }
        self.fill = fill
        if isNormalized, let mean = try numbers.mean(), let std = try numbers.std(ddof: 0) {
            (self.mean, self.std) = (mean, std + 1e-7)
        } else {
            (mean, std) = (0, 1)
        }
    }

    /// A column's numbers as they lie in a table.
    func plain(_ column: Column) throws -> Column {
        carrow_column_is_plain_numbers(column.handle.pointer)
            ? column : try naming(name) { try column.cast(to: .number) }
    }

    /// Writes the filled and normalised numbers of some rows, `stride` numbers apart.
    ///
    /// - Throws: `DataError` when a value is missing that nothing fills.
    func write(_ rows: Range<Int>, of column: Column, to memory: UnsafeMutablePointer<Float>, stride: Int) throws {
        var missing: Int64 = 0
        try arrowCall {
            carrow_column_numbers(
                column.handle.pointer, fill ?? .nan, mean, std, Int64(rows.lowerBound), Int64(rows.count), memory,
                Int64(stride), &missing, &$0)
        }
        guard missing > 0, fill == nil else { return }
        let all = try column.presentNumbers().missingCount
        throw DataError(
            "The column \"\(name)\" has \(all) missing values, and none was missing in the training rows, from which a "
                + "value to fill them with is learned. Fill them in the table or leave those rows out, or train with "
                + ".fillMissing() on rows some of which lack the value.")
    }

    /// The number of a cell, filled and normalised; nil for what is no number, or cannot be filled.
    func number(of cell: Cell) -> Double? {
        let value: Double? =
            switch cell {
            case .integer(let value): Double(value)
            case .number(let value): value.isNaN ? fill : value
            case .missing: fill
            default: nil
            }
        return value.map { ($0 - mean) / std }
    }
}

/// Puts a column's name before what is wrong with its values.
private func naming<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as DataError {
        throw DataError("The column \"\(name)\": \(error.description)")
    }
}

extension Column {
    /// The values as numbers, missing also where they are no number.
    fileprivate func presentNumbers() throws -> Column {
        let numbers = try cast(to: .number)
        guard kind == .number else { return numbers }
        return try numbers.where(numbers .== numbers, else: numbers.missing())
    }
}

extension Cell {
    /// The value as a number, where it is one.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .boolean(let value): value ? 1 : 0
        default: nil
        }
    }
}
