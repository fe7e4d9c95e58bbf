// All rows of a loader at once, as the tensors that models read.
import ApusCore
import Torch

/// The rows of a loader: categories `[rows, columns]`, numbers `[rows, columns]`, and targets where there are any.
struct PreparedRows {
    var categories: Tensor
    var numbers: Tensor
    let targets: [Tensor]

    var count: Int { categories.size(0) }

    init(categories: Tensor, numbers: Tensor, targets: [Tensor] = []) {
        self.categories = categories
        self.numbers = numbers
        self.targets = targets
    }

    /// - Throws: `TrainingError` when the loader has no rows.
    init(_ source: any BatchSource) throws {
        let batches = try source.inOrder.batches(epoch: 0)
        defer { batches.cancel() }
        var parts: [Batch] = []
        while let batch = try batches.next() { parts.append(batch) }
        guard let first = parts.first, first.inputs.count == 2 else {
            throw TrainingError("The loader has no rows of a table; give one of TabularDataLoaders.")
        }
        categories = Tensor.cat(parts.map { $0.inputs[0] })
        numbers = Tensor.cat(parts.map { $0.inputs[1] })
        targets = first.targets.indices.map { place in Tensor.cat(parts.map { $0.targets[place] }) }
    }

    /// Categories and numbers side by side, `[rows, columns]`, float32.
    func matrix() -> Tensor { Tensor.cat([categories.to(.float32), numbers], dim: 1) }

    /// A loader of the rows in their order.
    func loader(batchSize: Int = 4096) throws -> DataLoader {
        try DataLoader(RowDataset(categories, numbers, targets), batchSize: batchSize)
    }
}

/// Rows of tensors in memory: categories `[rows, columns]`, numbers `[rows, columns]`, and targets where there are any.
struct RowDataset: Dataset {
    private let categories: Tensor
    private let numbers: Tensor
    private let targets: [Tensor]
    /// The places of the rows; nil for all.
    private let rows: [Int]?

    init(_ categories: Tensor, _ numbers: Tensor, _ targets: [Tensor] = [], at rows: [Int]? = nil) {
        (self.categories, self.numbers, self.targets, self.rows) = (categories, numbers, targets, rows)
    }

    var count: Int { rows?.count ?? categories.size(0) }
    var isInMemory: Bool { true }

    func batch(at indices: [Int], random: [SeededRandom]) -> Batch {
        let chosen = Tensor(rows.map { rows in indices.map { rows[$0] } } ?? indices)
        return Batch(
            inputs: [categories.indexSelect(dim: 0, chosen).to(.int64), numbers.indexSelect(dim: 0, chosen)],
            targets: targets.map { $0.indexSelect(dim: 0, chosen) }, indices: indices)
    }
}
