// Looking at ratings: rows of a batch, and predictions beside what users said.
import ApusCore
import ApusPlot
import Torch

extension DataLoaders where Input == CollabBlock, Target == NumberBlock {
    /// Rows of the first training batch: user, item and rating, by their names.
    ///
    /// - Parameter maxCount: How many rows at most; 10 by default.
    public func batchTable(maxCount: Int = 10) throws -> Table {
        let batches = train.batches(epoch: 0)
        defer { batches.cancel() }
        guard let batch = try batches.next() else {
            throw DataError(
                "The training set of \(train.itemCount) rows has no full batch to show; give a smaller batch size.")
        }
        let count = Swift.min(maxCount, batch.count)
        return try pipeline.input.table(
            of: batch.inputs[0].narrow(dim: 0, start: 0, length: count),
            [("rating", batch.targets[0].narrow(dim: 0, start: 0, length: count))])
    }

    /// A figure of rows of the first training batch.
    ///
    ///     try films.showBatch().save("batch.png")
    public func showBatch(maxCount: Int = 10) throws -> Figure { try batchTable(maxCount: maxCount).show(maxCount) }
}

extension Learner where Input == CollabBlock, Target == NumberBlock {
    /// Rows of the validation set with the prediction beside the rating: user, item, rating, rating_pred.
    ///
    /// - Parameters:
    ///   - maxCount: How many rows at most; 9 by default.
    ///   - seed: Decides which rows are drawn; by default the global generator does.
    /// - Throws: `TrainingError` when there is no validation set.
    public func resultTable(maxCount: Int = 9, seed: Int? = nil) throws -> Table {
        guard maxCount > 0 else { throw DataError("At least 1 row is shown; maxCount: \(maxCount) was given.") }
        let predictions = try getPredictions(withInputs: true)
        var random = SeededRandom(seed: seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self))
        let places = Tensor(Array(Array(0..<predictions.count).shuffled(using: &random).prefix(maxCount)))
        return try pipeline.input.table(
            of: predictions.inputs[0].indexSelect(dim: 0, places),
            [
                ("rating", predictions.targets[0].indexSelect(dim: 0, places)),
                ("rating_pred", predictions.outputs.flatten().indexSelect(dim: 0, places)),
            ])
    }

    /// A figure of rows of the validation set with the prediction beside the rating.
    ///
    ///     try learner.showResults().save("results.png")
    public func showResults(maxCount: Int = 9, seed: Int? = nil) throws -> Figure {
        try resultTable(maxCount: maxCount, seed: seed).show(maxCount)
    }
}

extension CollabBlock {
    /// Pairs by their names, with numbers beside them.
    fileprivate func table(of codes: Tensor, _ numbers: [(name: String, values: Tensor)]) throws -> Table {
        let rows = try codes.unbind(dim: 0).map { try value(of: [$0]) }
        var table = try Table(rows: rows, columns: [users.name, items.name])
        for (name, values) in numbers { table = try table.setting(name, to: Column(values.array(of: Double.self))) }
        return table
    }
}
