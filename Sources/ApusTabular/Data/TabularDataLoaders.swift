// The ways to loaders of a table's rows, which are prepared once and then cut out of memory.
import ApusCore
import Foundation
import Torch

/// Loaders of a table's rows.
///
/// The table is prepared once, by processes that learn from the training rows; a batch is cut out of the tensors in
/// memory. All functions take:
///
/// - `target`: The column to predict; `targetBlock` says what it is: classes by default, `NumberBlock()` for regression,
///   `NumberBlock(log: true)` for the logarithm of a number.
/// - `categorical`, `continuous`: The columns to learn from. Where neither is given, ``Table/splitColumns(maxCardinality:target:)``
///   decides; where one is given, all other columns are the other.
/// - `processes`: categories, filled medians and normalization by default.
/// - `split`: a random fifth for validation by default.
/// - ``LoaderOptions`` as the last argument: batch size, seed, order. Its seed decides a random split, too, that has no
///   seed of its own; `unlabeled: .drop` leaves rows out that lack the target.
///
/// All throw `DataError` that names the column or value that does not fit.
public enum TabularDataLoaders {
    /// Loaders of the rows of a CSV file. One that is not written as usual is read first:
    /// `fromTable(.readCSV(file, format: ...))`.
    ///
    /// ```swift
    /// let income = try TabularDataLoaders.fromCSV(
    ///     file, target: "salary", categorical: ["workclass", "education"], continuous: ["age", "fnlwgt"])
    /// ```
    public static func fromCSV<Target: TabularTarget>(
        _ file: URL, target: String, targetBlock: Target = CategoryBlock(), categorical: [String]? = nil,
        continuous: [String]? = nil, processes: [TableProcess] = .standard, split: Splitter<Table> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TabularBlock, Target> {
        try fromTable(
            Table.readCSV(file), target: target, targetBlock: targetBlock, categorical: categorical,
            continuous: continuous, processes: processes, split: split, options)
    }

    /// Loaders of the rows of a table.
    public static func fromTable<Target: TabularTarget>(
        _ table: Table, target: String, targetBlock: Target = CategoryBlock(), categorical: [String]? = nil,
        continuous: [String]? = nil, processes: [TableProcess] = .standard, split: Splitter<Table> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TabularBlock, Target> {
        let columns = split.columns
        let parts = try split.trainingSplit(of: table, seed: options.seed)
        let (table, split) = try targetBlock.labeled(target, of: table, parts, options)
        let label = try table[target]
        let trainRows = try TrainingRows(split.train, of: table.rowCount)
        var steps = TabularBlock(categorical: [], continuous: [], processes: processes)
        let made = try steps.fitSteps(to: table, rows: trainRows).dropping(columns)
        let roles = try roles(in: made, target, categorical, continuous)
        var input = TabularBlock(
            categorical: roles.categorical, continuous: roles.continuous, processes: processes)
        try input.fit(table, rows: trainRows)
        let targetBlock = try targetBlock.fitted(toColumn: label.call("filter", trainRows.mask), named: target)
        let (categories, numbers) = try input.tensors(of: table)
        let targets = try withTorchErrors { try targetBlock.targets(of: label, named: target) }
        let pipeline = Pipeline(input: input, target: targetBlock)
        return try loaders(pipeline, categories, numbers, [targets], split, options)
    }

    /// Loaders of the rows of a table, prepared as a model's training rows were, to see how good the model is on them.
    ///
    /// ```swift
    /// try learner.replaceData(TabularDataLoaders.fromTable(later, target: "salary", pipeline: learner.pipeline))
    /// ```
    public static func fromTable<Target: TabularTarget>(
        _ table: Table, target: String, pipeline: Pipeline<TabularBlock, Target>, split: Splitter<Table> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TabularBlock, Target> {
        let parts = try split.trainingSplit(of: table, seed: options.seed)
        let (table, split) = try pipeline.target.labeled(target, of: table, parts, options)
        let label = try table[target]
        let (categories, numbers) = try pipeline.input.tensors(of: table)
        let targets = try withTorchErrors { try pipeline.target.targets(of: label, named: target) }
        return try loaders(pipeline, categories, numbers, [targets], split, options)
    }

    private static func roles(
        in table: Table, _ target: String, _ categorical: [String]?, _ continuous: [String]?
    ) throws -> (categorical: [String], continuous: [String]) {
        func rest(_ taken: [String]) -> [String] {
            table.columnNames.filter { $0 != target && !taken.contains($0) }
        }
        if let name = ((categorical ?? []) + (continuous ?? [])).first(where: { $0 == target }) {
            throw DataError("The column \"\(name)\" is the target, and cannot be learned from; leave it out.")
        }
        return switch (categorical, continuous) {
        case (nil, nil): try table.splitColumns(target: target)
        case (let given?, nil): (given, rest(given))
        case (nil, let given?): (rest(given), given)
        case (let first?, let second?): (first, second)
        }
    }

    fileprivate static func loaders<Target>(
        _ pipeline: Pipeline<TabularBlock, Target>, _ categories: Tensor, _ numbers: Tensor, _ targets: [Tensor],
        _ split: Split, _ options: LoaderOptions
    ) throws -> DataLoaders<TabularBlock, Target> {
        func part(_ rows: [Int]) -> PreparedDataset<TabularBlock, Target> {
            PreparedDataset(RowDataset(categories, numbers, targets, at: rows))
        }
        return try DataLoaders(
            pipeline: pipeline, train: part(split.train), valid: part(split.valid), test: part(split.test), options)
    }
}

extension DataBlock where Input == TabularBlock {
    /// The loaders of a list of rows, with any kind of target; all of them are prepared at once, so that batches are cut out of
    /// memory.
    ///
    /// - Parameter test: Further rows with labels, held back for a last test; those of the splitter by default.
    /// - Throws: `DataError` when there are no rows, or what splitter, labeler and blocks throw.
    public func dataLoaders(
        of items: [Item], test: [Item]? = nil, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TabularBlock, Target> {
        var parts = try parts(of: items, options)
        if let test { parts.test = try labeled(test, of: "test", options) }
        try pipeline.input.check(
            parts: pipeline.input.partTypes + pipeline.target.partTypes, itemTransforms: pipeline.itemTransforms,
            batchTransforms: pipeline.batchTransforms)
        let all = parts.train + parts.valid + parts.test
        var pipeline = pipeline
        pipeline.input = try pipeline.input.fitted(to: parts.train.map(\.input))
        pipeline.target = try pipeline.target.fitted(beside: pipeline.input).fitted(to: parts.train.map(\.target))
        try pipeline.target.check(all.map(\.target))
        let inputs = try withTorchErrors {
            try pipeline.input.tensors(of: all.map { try pipeline.input.load($0.input, hint: LoadHint()) })
        }
        let targets = try withTorchErrors {
            try pipeline.target.tensors(of: all.map { try pipeline.target.load($0.target, hint: LoadHint()) })
        }
        let ends = (parts.train.count, parts.train.count + parts.valid.count)
        let split = Split(
            train: Array(0..<ends.0), valid: Array(ends.0..<ends.1), test: Array(ends.1..<all.count))
        return try TabularDataLoaders.loaders(pipeline, inputs[0], inputs[1], targets, split, options)
    }
}

extension DataLoaders where Input == TabularBlock {
    /// A loader of the rows of another table without labels, prepared as the training rows were.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func testLoader(_ table: Table, batchSize: Int? = nil) throws -> BlockLoader<TabularBlock, Target> {
        let rows = PreparedDataset<TabularBlock, Target>(try pipeline.input.rows(of: table), hasLabels: false) {
            try $0.input.rows(of: table)
        }
        return pipeline.loader(of: rows, batchSize: batchSize ?? self.batchSize)
    }
}

extension TabularBlock {
    /// A table's rows as the tensors that models read.
    func rows(of table: Table) throws -> RowDataset {
        let (categories, numbers) = try tensors(of: table)
        return RowDataset(categories, numbers)
    }

    /// A loader of a table's rows in their order.
    func loader(of table: Table, batchSize: Int) throws -> DataLoader {
        try DataLoader(rows(of: table), batchSize: batchSize)
    }
}
