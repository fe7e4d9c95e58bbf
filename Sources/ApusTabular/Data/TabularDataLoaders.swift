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
/// - `processes`: categories, filled medians and normalisation by default.
/// - `splitter`: a random fifth for validation by default.
/// - `batchSize`: 64 by default.
/// - `seed`: decides the order of the training rows, and a random split that has no seed of its own; drawn from the
///   global generator by default.
/// - `shuffle`: whether the order of the training rows changes with each epoch; a last batch that is not full is then
///   left out.
///
/// All throw `DataError` that names the column or value that does not fit.
public enum TabularDataLoaders {
    /// Loaders of the rows of a CSV file.
    ///
    /// ```swift
    /// let income = try TabularDataLoaders.fromCSV(
    ///     file, target: "salary", categorical: ["workclass", "education"], continuous: ["age", "fnlwgt"])
    /// ```
    public static func fromCSV<Target: TabularTarget>(
        _ file: URL, target: String, targetBlock: Target = CategoryBlock(), categorical: [String]? = nil,
        continuous: [String]? = nil, processes: [TableProcess] = .standard, splitter: TableSplitter = .random(),
        format: CSVFormat = CSVFormat(), batchSize: Int = 64, seed: Int? = nil, shuffle: Bool = true
    ) throws -> DataLoaders<TabularBlock, Target> {
        try fromTable(
            Table.readCSV(file, format: format), target: target, targetBlock: targetBlock, categorical: categorical,
            continuous: continuous, processes: processes, splitter: splitter, batchSize: batchSize, seed: seed,
            shuffle: shuffle)
    }

    /// Loaders of the rows of a table.
    public static func fromTable<Target: TabularTarget>(
        _ table: Table, target: String, targetBlock: Target = CategoryBlock(), categorical: [String]? = nil,
        continuous: [String]? = nil, processes: [TableProcess] = .standard, splitter: TableSplitter = .random(),
        batchSize: Int = 64, seed: Int? = nil, shuffle: Bool = true
    ) throws -> DataLoaders<TabularBlock, Target> {
        let label = try table[target]
        let split = try splitter.rows(of: table, seed: seed)
        let trainRows = try TrainingRows(split.train, of: table.rowCount)
        var steps = TabularBlock(categorical: [], continuous: [], processes: processes)
        let made = try steps.fitSteps(to: table, rows: trainRows).dropping(splitter.columns)
        let roles = try roles(in: made, target, categorical, continuous)
        var input = TabularBlock(
            categorical: roles.categorical, continuous: roles.continuous, processes: processes)
        var targetBlock = targetBlock
        try input.fit(table, rows: trainRows)
        try targetBlock.setUp(column: label.call("filter", trainRows.mask), named: target)
        let (categories, numbers) = try input.tensors(of: table)
        let targets = try withTorchErrors { try targetBlock.targets(of: label, named: target) }
        let pipeline = Pipeline(input: input, target: targetBlock)
        return try loaders(pipeline, categories, numbers, [targets], split, batchSize, seed, shuffle)
    }

    /// Loaders of the rows of a table, prepared as a model's training rows were, to see how good the model is on them.
    ///
    /// ```swift
    /// try learner.replaceData(TabularDataLoaders.fromTable(later, target: "salary", pipeline: learner.pipeline))
    /// ```
    public static func fromTable<Target: TabularTarget>(
        _ table: Table, target: String, pipeline: Pipeline<TabularBlock, Target>, splitter: TableSplitter = .random(),
        batchSize: Int = 64, seed: Int? = nil, shuffle: Bool = true
    ) throws -> DataLoaders<TabularBlock, Target> {
        let label = try table[target]
        let split = try splitter.rows(of: table, seed: seed)
        let (categories, numbers) = try pipeline.input.tensors(of: table)
        let targets = try withTorchErrors { try pipeline.target.targets(of: label, named: target) }
        return try loaders(pipeline, categories, numbers, [targets], split, batchSize, seed, shuffle)
    }

    /// Loaders of the rows that a data block lists and labels, with any kind of target; all of them are prepared at once.
    public static func fromDataBlock<Item, Target>(
        _ block: DataBlock<Item, TabularBlock, Target>, from source: URL, batchSize: Int = 64, seed: Int? = nil,
        shuffle: Bool = true
    ) throws -> DataLoaders<TabularBlock, Target> {
        let items = try block.items(source)
        let split = try block.splitter.split(items)
        let rows = try items.map { try block.pipeline.input.load(block.inputSource($0), hint: LoadHint()) }
        let labels = try items.map { try block.label($0) }
        guard !split.train.isEmpty else {
            throw DataError(
                "The splitter \(block.splitter.name) left none of the \(items.count) rows for training; give a smaller "
                    + "validation part.")
        }
        var pipeline = block.pipeline
        try pipeline.input.setUp(split.train.map { rows[$0] })
        try pipeline.target.setUp(split.train.map { labels[$0] })
        try pipeline.target.check((split.train + split.valid).map { labels[$0] })
        let inputs = try withTorchErrors { try pipeline.input.tensors(of: rows) }
        let targets = try withTorchErrors {
            try pipeline.target.tensors(of: labels.map { try pipeline.target.load($0, hint: LoadHint()) })
        }
        return try loaders(pipeline, inputs[0], inputs[1], targets, split, batchSize, seed, shuffle)
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

    private static func loaders<Target>(
        _ pipeline: Pipeline<TabularBlock, Target>, _ categories: Tensor, _ numbers: Tensor, _ targets: [Tensor],
        _ split: (train: [Int], valid: [Int]), _ batchSize: Int, _ seed: Int?, _ shuffle: Bool
    ) throws -> DataLoaders<TabularBlock, Target> {
        guard batchSize > 0 else { throw DataError("A batch size of \(batchSize) is not possible; give at least 1.") }
        let seed = seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self)
        func loader(_ rows: [Int], shuffle: Bool) -> DataLoader {
            .rows(categories, numbers, targets, at: rows, batchSize: batchSize, shuffle: shuffle, seed: seed)
        }
        return DataLoaders(
            pipeline: pipeline, train: loader(split.train, shuffle: shuffle),
            valid: split.valid.isEmpty ? nil : loader(split.valid, shuffle: false), batchSize: batchSize)
    }
}

extension DataLoader {
    /// Batches of some rows of tensors in memory.
    static func rows(
        _ categories: Tensor, _ numbers: Tensor, _ targets: [Tensor], at rows: [Int], batchSize: Int, shuffle: Bool,
        seed: Int
    ) -> DataLoader {
        DataLoader(
            itemCount: rows.count, batchSize: batchSize, shuffle: shuffle, dropLast: shuffle, workers: 0, seed: seed
        ) { indices, _ in
            let chosen = Tensor(indices.map { rows[$0] })
            return Batch(
                inputs: [
                    categories.indexSelect(dim: 0, chosen).to(.int64), numbers.indexSelect(dim: 0, chosen),
                ], targets: targets.map { $0.indexSelect(dim: 0, chosen) }, indices: indices)
        }
    }
}

extension DataLoaders where Input == TabularBlock {
    /// A loader of the rows of another table without labels, prepared as the training rows were.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func test(_ table: Table, batchSize: Int? = nil) throws -> DataLoader {
        try pipeline.loader(of: table, batchSize: batchSize ?? self.batchSize)
    }
}

extension Pipeline where Input == TabularBlock {
    /// A loader of a table's rows in their order, which a learner prepares anew where its own columns differ.
    fileprivate func loader(of table: Table, batchSize: Int) throws -> DataLoader {
        try input.loader(of: table, batchSize: batchSize).made(by: self, hasLabels: false) { pipeline, loader in
            try pipeline.loader(of: table, batchSize: loader.batchSize)
        }
    }
}

extension TabularBlock {
    /// A loader of a table's rows in their order.
    func loader(of table: Table, batchSize: Int) throws -> DataLoader {
        let (categories, numbers) = try tensors(of: table)
        return .rows(
            categories, numbers, [], at: Array(0..<table.rowCount), batchSize: batchSize, shuffle: false, seed: 0)
    }
}
