// What is done to the columns of a table before a network sees them.
import ApusCore
import Foundation

/// A step that prepares the columns of a table for a network: learned from the training rows, applied to all.
///
/// Steps run in one order, whichever they are listed in: custom steps, parts of dates, filling, categories, normalization.
public enum TableProcess: Sendable, Codable, Equatable {
    /// Puts the parts of a date in the date's place, as ``Table/addingDateParts(of:prefix:drop:time:)`` does, so that the
    /// model takes rows with the date itself. The categorical and continuous columns are then named after the parts.
    ///
    /// - Parameters:
    ///   - time: Whether the time of day is wanted too.
    ///   - format: How texts write the date, as of C's `strptime`, such as "%d.%m.%Y"; as 2015-07-31 by default.
    case addDateParts(of: String, time: Bool = false, format: String? = nil)
    /// Turns the values of categorical columns into whole numbers: 0 for a missing or unseen value, then the values of
    /// the training rows, sorted.
    ///
    /// - Parameter order: The values of a column in an order of one's own, such as
    ///   `["size": ["small", "medium", "large"]]`.
    case categorify(order: [String: [String]] = [:])
    /// Fills the missing values of continuous columns.
    ///
    /// - Parameter addsIndicator: Whether a categorical column `<name>_na` tells where a value was missing, for each
    ///   column in which values are missing in the training rows; true by default.
    case fillMissing(FillStrategy = .median, addsIndicator: Bool = true)
    /// Subtracts the mean of a continuous column and divides by its standard deviation.
    case normalize
    /// A custom step; see ``custom(_:)``.
    case step(StoredTableStep)

    /// A custom step. Several run in the order in which they are listed, before all other processes.
    public static func custom(_ step: any TableStep) -> TableProcess { .step(StoredTableStep(step)) }
}

/// A custom process: makes or changes columns before the library's own processes see them.
///
/// It learns from the training rows, and is then applied to those of training, validation and prediction alike. A model file
/// holds its settings and what it has learned, so that both must be `Codable`.
///
/// ```swift
/// /// The price of a square meter, not above what the training rows have.
/// struct UnitPrice: TableStep {
///     static let storedName = "UnitPrice"
///     var inputs: [String] { ["price", "area"] }
///     var outputs: [String] { ["unit_price"] }
///     var most: Double?
///
///     mutating func fit(to rows: Table) throws {
///         most = try (rows["price"] / rows["area"]).values(as: Double.self).compactMap(\.self).max()
///     }
///     func apply(to table: Table) throws -> Table {
///         let prices = try (table["price"] / table["area"]).values(as: Double.self)
///         return try table.setting("unit_price", to: Column(prices.map { $0.map { min($0, most ?? $0) } }))
///     }
/// }
/// let processes = [.custom(UnitPrice())] + .standard
/// ```
public protocol TableStep: Transform {
    /// The columns of a row that the step reads, which a row must have when the model predicts.
    var inputs: [String] { get }
    /// The columns that the step makes, which a row does not have.
    var outputs: [String] { get }

    /// Learns what the step must know from the training rows; nothing by default.
    mutating func fit(to rows: Table) throws

    /// The table with the columns that the step makes or changes. The rows stay what they are.
    func apply(to table: Table) throws -> Table
}

extension TableStep {
    public mutating func fit(to rows: Table) throws {}
}

/// A custom step as a model file has it: its name, its settings, and what it has learned.
public struct StoredTableStep: Sendable, Codable, Equatable {
    /// The step.
    public internal(set) var step: any TableStep

    init(_ step: any TableStep) { self.step = step }

    public init(from decoder: any Decoder) throws { step = try decoder.storedValue("table step") }

    public func encode(to encoder: any Encoder) throws { try encoder.encodeStored(step) }

    public static func == (one: StoredTableStep, other: StoredTableStep) -> Bool {
        func text(_ step: StoredTableStep) -> Data? {
            let encoder = JSONEncoder.withNonFinite
            encoder.outputFormatting = .sortedKeys
            return try? encoder.encode(step)
        }
        return text(one) == text(other)
    }

    /// The table after the step.
    func apply(to table: Table) throws -> Table {
        let name = type(of: step).storedName
        if let missing = step.inputs.first(where: { !table.columnNames.contains($0) }) {
            throw DataError(
                "The step \(name) reads the column \"\(missing)\", which the rows lack; the columns are "
                    + "\(table.columnNames.listed).")
        }
        let result = try step.apply(to: table)
        guard result.rowCount == table.rowCount else {
            throw DataError(
                "The step \(name) made \(result.rowCount) rows of \(table.rowCount); a step changes columns alone.")
        }
        if let missing = step.outputs.first(where: { !result.columnNames.contains($0) }) {
            throw DataError("The step \(name) names the column \"\(missing)\" among its outputs and did not make it.")
        }
        return result
    }
}

/// What stands in the place of a missing number.
public enum FillStrategy: Sendable, Codable, Equatable {
    /// The middle value of the training rows.
    case median
    /// The most frequent value of the training rows, the least of several.
    case mode
    /// A number given.
    case constant(Double)
}

extension [TableProcess] {
    /// Categories, missing values filled with the median, normalized numbers.
    public static var standard: [TableProcess] { [.categorify(), .fillMissing(), .normalize] }
}
