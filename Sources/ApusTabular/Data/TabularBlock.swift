// Rows of a table as a block of the data pipeline: categories as whole numbers, numbers filled and normalized.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Rows of a table.
///
/// A batch has two tensors: the categories' numbers `[batch, categorical columns]`, int64, and the normalized numbers
/// `[batch, continuous columns]`, float32. What the processes need is learned from the training rows only.
///
/// ```swift
/// TabularBlock(categorical: ["workclass", "education"], continuous: ["age"])
/// ```
public struct TabularBlock: InputBlock {
    /// The categorical columns of the table.
    public let categorical: [String]
    /// The continuous columns of the table.
    public let continuous: [String]
    /// What is done to them.
    public private(set) var processes: [TableProcess]
    /// The categorical columns of a batch with what was learned of them, in order; those that indicate missing values
    /// come last.
    public private(set) var categories: [CategoricalColumn] = []
    /// The continuous columns of a batch with what was learned of them, in order.
    public private(set) var numbers: [ContinuousColumn] = []

    public init(categorical: [String], continuous: [String], processes: [TableProcess] = .standard) {
        self.categorical = categorical
        self.continuous = continuous
        self.processes = processes
    }

    public var kinds: [ElementKind] { [.row, .row] }
    public static var storedTypes: StoredTypes {
        StoredTypes(TabularModel.self, StoredTrees.self, StoredLinearModel.self)
    }

    // MARK: Learning from the training rows

    public func fitted(to sources: [TableCells]) throws -> TabularBlock {
        guard categories.isEmpty, numbers.isEmpty else { return self }
        var block = self
        for source in sources { _ = try load(source, hint: LoadHint()) }
        try block.fit(Table(rows: sources, columns: columns))
        return block
    }

    /// Learns what the processes need, from a table's training rows or from all.
    mutating func fit(_ table: Table, rows: TrainingRows? = nil) throws {
        try checkNames()
        let table = try fitSteps(to: table, rows: rows)
        var strategy: FillStrategy?
        var addsIndicator = false
        var order: [String: [String]]?
        for process in processes {
            switch process {
            case .addDateParts, .step: break
            case .categorify(let given): order = given
            case .fillMissing(let given, let indicates): (strategy, addsIndicator) = (given, indicates)
            case .normalize: break
            }
        }
        guard let order = order ?? (categorical.isEmpty ? [:] : nil) else {
            throw DataError(
                "The columns \(categorical.listed) are categorical, and no process gives them numbers; add "
                    + ".categorify() to the processes.")
        }
        if let unknown = order.keys.first(where: { !categorical.contains($0) }) {
            throw DataError(
                "An order is given for the column \"\(unknown)\", which is not among the categorical columns "
                    + "\(categorical.listed).")
        }
        let isNormalized = processes.contains(.normalize)
        numbers = try concurrently(continuous) { [strategy] in
            try ContinuousColumn(
                fitting: table[$0], name: $0, strategy: strategy, isNormalized: isNormalized, rows: rows)
        }
        categories = try concurrently(categorical) {
            try CategoricalColumn(fitting: table[$0], name: $0, order: order[$0], rows: rows)
        }
        guard addsIndicator else { return }
        categories += numbers.filter { $0.fill != nil }.map {
            CategoricalColumn(name: "\($0.name)_na", kind: .boolean, values: ["false", "true"], indicated: $0.name)
        }
    }

    /// Learns what the custom steps need, from a table's training rows or from all; gives the table as ``prepared(_:)``
    /// does.
    mutating func fitSteps(to table: Table, rows: TrainingRows? = nil) throws -> Table {
        var table = table
        for (place, process) in processes.enumerated() {
            guard case .step(var stored) = process else { continue }
            try stored.step.fit(to: rows.map { try table.filter($0.mask) } ?? table)
            processes[place] = .step(stored)
            table = try stored.apply(to: table)
        }
        return try addingDateParts(to: table)
    }

    private var steps: [StoredTableStep] {
        processes.compactMap { if case .step(let step) = $0 { step } else { nil } }
    }

    /// A table after the custom steps, and with the parts of its dates in their place.
    func prepared(_ table: Table) throws -> Table {
        try addingDateParts(to: steps.reduce(table) { try $1.apply(to: $0) })
    }

    /// A table as the model sees it: custom steps, parts of dates, missing values filled, numbers normalized, categories as
    /// their numbers, with columns that indicate missing values. The processes of a table can be used for themselves so.
    ///
    /// ```swift
    /// let block = try TabularBlock(categorical: ["city"], continuous: ["age"]).fitted(to: train)
    /// try block.processed(test).writeCSV(to: file)
    /// ```
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func processed(_ table: Table) throws -> Table {
        guard !(categories.isEmpty && numbers.isEmpty) else {
            throw DataError("The block has not learned from training rows; call fitted(to:) with a table first.")
        }
        let (codes, values) = try tensors(of: table)
        let columns =
            try categories.enumerated().map { place, category in
                (category.name, try Column(codes.select(dim: 1, index: place).array(of: Int.self)))
            }
            + numbers.enumerated().map { place, number in
                (number.name, try Column(values.select(dim: 1, index: place).array(of: Double.self)))
            }
        return try Table(columns)
    }

    /// The block with what its processes learn from the rows of a table.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func fitted(to table: Table) throws -> TabularBlock {
        var block = self
        try block.fit(table)
        return block
    }

    /// The dates in whose place their parts are put.
    var dates: [(name: String, time: Bool, format: String?)] {
        processes.compactMap {
            if case .addDateParts(let name, let time, let format) = $0 { (name, time, format) } else { nil }
        }
    }

    /// The columns that a row must have.
    public var columns: [String] {
        let prefixes = dates.map { Table.datePrefix($0.name) }
        let made = Set(
            prefixes.flatMap { prefix in Table.datePartNames.map { prefix + $0 } } + steps.flatMap(\.step.outputs))
        var names: [String] = []
        for name in steps.flatMap(\.step.inputs) + dates.map(\.name) + categorical + continuous
        where !made.contains(name) && !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// A table with the parts of its dates, where the processes ask for them.
    func addingDateParts(to table: Table) throws -> Table {
        try dates.reduce(table) { table, date in
            let column = try needed(date.name, in: table)
            var table = table
            if let format = date.format, column.kind == .text {
                table = try table.parsingDates(of: date.name, format: format)
            }
            return try table.addingDateParts(of: date.name, time: date.time)
        }
    }

    private func checkNames() throws {
        let names = categorical + continuous
        guard !names.isEmpty else {
            throw DataError("There are no columns to learn from; name categorical or continuous ones.")
        }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw DataError("The column \"\(twice)\" is named twice; it is either categorical or continuous.")
        }
    }

    // MARK: Tensors

    /// The tensors of a table's rows: categories `[rows, columns]` in the narrowest whole numbers, numbers
    /// `[rows, columns]` in float32.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    func tensors(of table: Table) throws -> (categories: Tensor, numbers: Tensor) {
        let table = try prepared(table)
        let coded = try categories.map { category in
            let column = try needed(category.indicated ?? category.name, in: table)
            return try category.coded(category.indicated == nil ? column : column.isMissing())
        }
        let plain = try numbers.map { try $0.plain(needed($0.name, in: table)) }
        let most = categories.map(\.classes.count).max() ?? 0
        let dtype: DType = most <= 256 ? .uint8 : most <= 32_768 ? .int16 : .int32
        return try withTorchErrors {
            let codes = try RowMemory.tensor([table.rowCount, coded.count], dtype) { rows, memory in
                for (place, column) in coded.enumerated() {
                    try column.write(
                        rows, to: memory + place * dtype.itemSize, width: dtype.itemSize, stride: coded.count)
                }
            }
            let values = try RowMemory.tensor([table.rowCount, plain.count], .float32) { rows, memory in
                let first = memory.bindMemory(to: Float.self, capacity: rows.count * plain.count)
                for (place, column) in plain.enumerated() {
                    try numbers[place].write(rows, of: column, to: first + place, stride: plain.count)
                }
            }
            return (codes, values)
        }
    }

    func needed(_ name: String, in table: Table) throws -> Column {
        guard table.columnNames.contains(name) else {
            throw DataError(
                "The rows lack the column \"\(name)\", which the model learned from; the columns are "
                    + "\(table.columnNames.listed).")
        }
        return try table[name]
    }

    // MARK: Single rows

    /// Makes sure that a row has all columns.
    public func load(_ source: TableCells, hint: LoadHint) throws -> TableCells {
        for name in columns where source[name] == nil {
            throw DataError(
                "The row lacks the column \"\(name)\"; give it a value, or nil for a missing one. Its columns are "
                    + "\(source.keys.sorted().listed).")
        }
        return source
    }

    /// The tensors of rows: the categories' numbers `[batch, columns]` in int64, the normalized numbers
    /// `[batch, columns]` in float32.
    public func tensors(of values: [TableCells]) throws -> [Tensor] {
        if let tensors = directTensors(of: values) { return tensors }
        let (codes, numbers) = try tensors(of: Table(rows: values, columns: columns))
        return [codes.to(.int64), numbers]
    }

    /// The same without a table, which costs more than the rest of a prediction; nil where a cell is of another kind than
    /// its column, which takes a cast or an error.
    private func directTensors(of rows: [TableCells]) -> [Tensor]? {
        guard hasPlainColumns else { return nil }
        var codes: [Int] = []
        var values: [Float] = []
        codes.reserveCapacity(rows.count * categories.count)
        values.reserveCapacity(rows.count * numbers.count)
        for row in rows {
            for category in categories {
                let cell = row[category.indicated ?? category.name] ?? .missing
                guard let code = category.code(of: category.indicated == nil ? cell : .boolean(cell.isMissing)) else {
                    return nil
                }
                codes.append(code)
            }
            for number in numbers {
                guard let value = number.number(of: row[number.name] ?? .missing) else { return nil }
                values.append(Float(value))
            }
        }
        return [
            Tensor(codes, shape: [rows.count, categories.count]), Tensor(values, shape: [rows.count, numbers.count]),
        ]
    }

    /// Whether the tensors come from the columns of a row alone, without dates and custom steps.
    var hasPlainColumns: Bool { dates.isEmpty && steps.isEmpty }

    /// The row of an item's two tensors: categories as texts, numbers in the table's units, missing ones filled.
    public func value(of tensors: [Tensor]) throws -> TableCells {
        let values = tensors.flatMap { $0.array(of: Double.self) }
        guard values.count == categories.count + numbers.count else {
            throw DataError(
                "A row is decoded from \(categories.count + numbers.count) numbers; \(values.count) were given.")
        }
        var row: TableCells = [:]
        for (category, value) in zip(categories, values) {
            guard category.classes.indices.contains(Int(value)) else {
                throw DataError(
                    "The number \(value) stands for none of the \(category.classes.count) values of \"\(category.name)\"."
                )
            }
            row[category.name] = .text(category.classes[Int(value)])
        }
        for (number, value) in zip(numbers, values.dropFirst(categories.count)) {
            let original = value * number.std + number.mean
            row[number.name] = number.kind == .integer ? .integer(Int(original.rounded())) : .number(original)
        }
        return row
    }

    /// The row's values by column, in the order of the tensors.
    public func appearance(of value: TableCells, on picture: PlotImage?) throws -> Appearance {
        let names = categories.map(\.name) + numbers.map(\.name)
        return Appearance(labels: names.map { Appearance.Label(name: $0, text: value[$0]?.description ?? "") })
    }

    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        if let transform = transforms.first {
            throw DataError("Rows of a table have no batch transforms; leave out \(type(of: transform).storedName).")
        }
    }

    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor { input }

    /// Each column: categories as their classes, numbers in the table's units, missing ones filled.
    public func itemStatistics(of inputs: [Tensor]) -> [ItemStatistic] {
        guard inputs.count == 2 else { return [] }
        return categories.enumerated().map { place, category in
            ItemStatistic(category.name, inputs[0].select(dim: 1, index: place), classes: category.classes)
        }
            + numbers.enumerated().map { place, number in
                let scaled = inputs[1].select(dim: 1, index: place).to(.float64)
                return ItemStatistic(number.name, scaled * number.std + number.mean)
            }
    }

    public func difference(from other: TabularBlock) -> String? {
        func names(_ block: TabularBlock) -> [String] { (block.categories.map(\.name) + block.numbers.map(\.name)) }
        guard names(other) == names(self) else {
            return "its columns are \(names(other).listed), those of the model \(names(self).listed)"
        }
        if let place = categories.indices.first(where: { categories[$0] != other.categories[$0] }) {
            return "the values of \"\(categories[place].name)\" are numbered in another way"
        }
        if let place = numbers.indices.first(where: { numbers[$0] != other.numbers[$0] }) {
            return "\"\(numbers[place].name)\" is filled or normalized in another way"
        }
        return nil
    }
}
