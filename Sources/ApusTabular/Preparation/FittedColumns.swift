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

    /// Learns the values of a column, from its training rows or from all. Numbers without fractions count as whole ones.
    init(fitting column: Column, name: String, order: [String]?, rows: TrainingRows?) throws {
        guard column.kind != .other else {
            throw DataError("The column \"\(name)\" is of the type \(column.typeName), which has no categories.")
        }
        let column = try column.categories()
        let found = try column.unique(in: rows).values(as: String.self).compactMap { $0 }
        let order = order?.map(normalizedLabel)
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
            try column.missingCount == 0 || rows.map { try column.call("filter", $0.mask).missingCount == 0 } ?? false
        let known = Set(found)
        let absent = (order ?? []).enumerated().filter { !known.contains($0.element) }.map { $0.offset + 1 }
        self.init(
            name: name, kind: column.kind, values: order ?? found, untrained: (isComplete ? [0] : []) + absent)
    }

    /// A column's values with their numbers: 0 for missing and unseen ones. Texts are read as the kind that the training
    /// rows had, so that 1, 1.0 and the text 1 are one value, as are true and True.
    func coded(_ column: Column) throws -> CodedColumn {
        let column = try column.categories()
        if column.kind == .text, kind != .text { return try CodedColumn(column) { code(ofText: $0) } }
        var values = column
        if kind == .integer, column.kind == .number {
            // What has a fraction, or is beyond all whole numbers, is unseen.
            let isWhole = try (column.call("floor") .== column) .& (column.call("abs") .< 9e15)
            values = try column.where(isWhole.fillingMissing(with: false), else: column.missing())
        }
        values = try naming(name) { try values.cast(to: kind) }
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
        case (.text(let value), _): code(ofText: value)
        case (.integer(let value), .integer): places[String(value)] ?? 0
        case (.boolean(let value), .boolean): places[value ? "true" : "false"] ?? 0
        default: nil
        }
    }

    /// The number of a value that is written as a text; 0 for one that the training rows lack.
    func code(ofText text: String) -> Int {
        if let place = places[text] { return place }
        let text = normalizedLabel(text)
        if let place = places[text] { return place }
        let truth = ["true": true, "false": false, "1": true, "0": false, "1.0": true, "0.0": false][text.lowercased()]
        switch kind {
        case .boolean: return truth.flatMap { places["\($0)"] } ?? 0
        case .integer:
            guard let number = Double(text) ?? truth.map({ $0 ? 1 : 0 }), let whole = Int(exactly: number) else {
                return 0
            }
            return places[String(whole)] ?? 0
        case .number:
            guard let number = Double(text) else { return 0 }
            return classes.indices.dropFirst().first { Double(classes[$0]) == number } ?? 0
        case .date, .time:
            let read = try? Column([text]).cast(to: .time).cast(to: kind).values(as: String.self)[0]
            return read.flatMap { places[$0] } ?? 0
        case .text, .other: return 0
        }
    }
}

/// A continuous column: how its missing values are filled and its numbers normalized.
public struct ContinuousColumn: Sendable, Codable, Equatable {
    /// The column's name.
    public let name: String
    /// The kind of the numbers in the training rows.
    public let kind: ColumnKind
    /// What missing values are filled with; nil where the training rows lack none, or nothing is filled.
    public let fill: Double?
    /// What fills a value that is missing although no training row lacked one; nil where ``fill`` does, or nothing is
    /// filled.
    public let fallback: Double?
    /// What is subtracted.
    public let mean: Double
    /// What the difference is divided by; 0 for a column that is the same in all training rows.
    public let std: Double

    /// Whether the training rows have one and the same number, apart from the rounding of its last digits: the column then
    /// has no say, whatever another row has.
    public var isConstant: Bool { std == 0 }

    /// Learns the fill value, mean and deviation of a column, from its training rows or from all.
    init(
        fitting column: Column, name: String, strategy: FillStrategy?, isNormalized: Bool, rows: TrainingRows?
    ) throws {
        guard column.kind.isNumeric || column.kind == .boolean else {
            throw DataError(
                "The column \"\(name)\" is of \(column.kind.described), and a continuous column is of numbers. List it "
                    + "among the categorical columns (apus: --categorical), or leave it out (apus: --without).")
        }
        self.name = name
        kind = column.kind
        var numbers = carrow_column_is_plain_numbers(column.handle.pointer) ? column : try column.cast(to: .number)
        let chosen = try rows ?? TrainingRows(Array(0..<column.count), of: column.count)
        var found = try numbers.statistics(in: chosen)
        try Self.refuse(numbers, name, found, in: chosen)
        var replacement: Double?
        if let strategy, found.count > 0 || strategy.isConstant {
            let own = try rows.map { try numbers.call("filter", $0.mask) } ?? numbers
            replacement =
                switch strategy {
                case .median: try own.median()
                case .mode: try own.mode().number
                case .constant(let value): value
                }
        }
        let lacksValues = found.missing > 0 && strategy != nil
        if lacksValues {
            guard let replacement else {
                throw DataError(
                    "The column \"\(name)\" has no value in the training rows, so that there is nothing to fill it with; "
                        + "leave the column out.")
            }
            numbers = try numbers.cast(to: .number).fillingMissing(with: replacement)
            found = try numbers.statistics(in: chosen)
        }
        fill = lacksValues ? replacement : nil
        fallback = lacksValues ? nil : replacement
        let size = Swift.max(abs(found.least), abs(found.largest))
        let rounding =
            kind == .integer ? 0 : size * 8 * (column.typeName == "float" ? Double(Float.ulpOfOne) : .ulpOfOne)
        if found.count > 1, found.largest - found.least <= rounding {
            (mean, std) = (found.least + (found.largest - found.least) / 2, 0)
        } else {
            (mean, std) = isNormalized && found.count > 0 ? (found.mean, found.deviation + 1e-7) : (0, 1)
        }
    }

    /// Refuses numbers of the training rows that are infinite, or so large that their squares are.
    private static func refuse(
        _ numbers: Column, _ name: String, _ found: carrow_statistics, in rows: TrainingRows
    ) throws {
        let limit = 1e150
        guard found.count > 0, Swift.max(abs(found.least), abs(found.largest)) > limit else { return }
        let row = try numbers.firstRow(beyond: limit, in: rows)
        throw DataError(unfit(numbers, name, row))
    }

    /// The sentence about a number that cannot be learned from.
    private static func unfit(_ numbers: Column, _ name: String, _ row: Int) -> String {
        let value = (try? numbers[row..<(row + 1)].cast(to: .number).values(as: Double.self)[0]) ?? .nan
        let size = value.isInfinite ? "infinite" : "\(value)"
        return
            "The column \"\(name)\" is \(size) in row \(row) (rows count from 0), which is beyond what can be learned from. "
            + "Correct the value or leave the row out; where such values stand for missing ones, make them missing"
            + (value.isInfinite
                ? ", in CSV with the marker inf among those of missing values (apus: --missing inf)." : ".")
    }

    /// A column's numbers as they lie in a table.
    func plain(_ column: Column) throws -> Column {
        carrow_column_is_plain_numbers(column.handle.pointer)
            ? column : try naming(name) { try column.cast(to: .number) }
    }

    /// Writes the filled and normalized numbers of some rows, `stride` numbers apart.
    ///
    /// - Throws: `DataError` when a value is missing that nothing fills.
    func write(_ rows: Range<Int>, of column: Column, to memory: UnsafeMutablePointer<Float>, stride: Int) throws {
        var (missing, wrong): (Int64, Int64) = (0, -1)
        try arrowCall {
            carrow_column_numbers(
                column.handle.pointer, replacement ?? .nan, mean, std, Int64(rows.lowerBound), Int64(rows.count),
                memory,
                Int64(stride), &missing, &wrong, &$0)
        }
        if wrong >= 0 { throw DataError(Self.unfit(column, name, Int(wrong))) }
        guard missing > 0, replacement == nil else { return }
        throw DataError(
            "The column \"\(name)\" has \(column.missingCount) missing values, and the model was not told to fill them. Fill "
                + "them in the table or leave those rows out, or train with .fillMissing() among the processes.")
    }

    /// What stands in the place of a missing value.
    var replacement: Double? { fill ?? fallback }

    /// The number of a cell, filled and normalized; nil for what is no number, or cannot be filled.
    func number(of cell: Cell) -> Double? {
        let value: Double? =
            switch cell {
            case .integer(let value): Double(value)
            case .number(let value): value.isNaN ? replacement : value.isFinite ? value : nil
            case .missing: replacement
            default: nil
            }
        return value.map { isConstant ? 0 : ($0 - mean) / std }
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
    /// The values as categories: texts in one form, whole numbers where no number has a fraction.
    func categories() throws -> Column {
        switch kind {
        case .text: try tidied()
        case .number where try isWhole(): try cast(to: .integer)
        default: self
        }
    }

    /// The same texts without blanks at their ends, and in Unicode's composed form.
    func tidied() throws -> Column { try Column { carrow_tidy(handle.pointer, &$0) } }

    /// Whether all values are whole numbers, and at least one is there.
    public func isWhole() throws -> Bool {
        if kind == .integer { return count > missingCount }
        guard kind == .number, count > missingCount else { return false }
        let isWhole = try (call("floor") .== self) .& (call("abs") .< 9e15)
        return try isWhole.call("all").values(as: Bool.self)[0] == true
    }

    /// The first of some rows whose number is larger in size than a limit.
    func firstRow(beyond limit: Double, in rows: TrainingRows) throws -> Int {
        var error: UnsafeMutablePointer<CChar>?
        defer { carrow_free(error) }
        return Int(carrow_column_first_beyond(handle.pointer, rows.flags, limit, &error))
    }
}

extension FillStrategy {
    fileprivate var isConstant: Bool { if case .constant = self { true } else { false } }
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
