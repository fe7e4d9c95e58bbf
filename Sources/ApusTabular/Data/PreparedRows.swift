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
        let batches = try ((source as? DataLoader)?.inOrder ?? source).batches(epoch: 0)
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
    func loader(batchSize: Int = 4096) -> DataLoader {
        .rows(
            categories, numbers, targets, at: Array(0..<count), batchSize: batchSize, shuffle: false, seed: 0)
    }
}
