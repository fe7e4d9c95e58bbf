// Looking at a batch of rows with categories and numbers decoded.
import ApusCore
import ApusPlot
import Torch

extension DataLoaders where Input == TabularBlock {
    /// Rows of the first training batch as the table had them, with missing values filled, and their targets.
    ///
    /// - Parameter maxCount: How many rows at most; 10 by default.
    public func batchTable(maxCount: Int = 10) throws -> Table {
        let batches = train.batches(epoch: 0)
        defer { batches.cancel() }
        guard let batch = try batches.next() else {
            throw DataError(
                "The training set of \(train.itemCount) rows has no full batch to show; give a smaller batch size.")
        }
        return try withTorchErrors {
            let places = 0..<Swift.min(maxCount, batch.count)
            let rows = try places.map { try pipeline.input.value(of: [batch.inputs[0][$0], batch.inputs[1][$0]]) }
            let names = pipeline.input.categories.map(\.name) + pipeline.input.numbers.map(\.name)
            let table = try Table(rows: rows, columns: names)
            let targets = try places.map { place in
                "\(try pipeline.target.value(of: batch.targets.map { $0[place] }))"
            }
            return try table.setting("target", to: Column(targets))
        }
    }

    /// A figure of rows of the first training batch with their targets.
    ///
    ///     try loaders.showBatch().save("batch.png")
    public func showBatch(maxCount: Int = 10) throws -> Figure { try batchTable(maxCount: maxCount).show(maxCount) }
}
