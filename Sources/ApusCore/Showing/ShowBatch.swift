// Looking at a batch as the network will see it.
import ApusPlot
import Torch

extension DataLoaders {
    /// Items of the first training batch with their labels, augmented as in training and with normalization undone:
    /// pictures in a grid, everything else as a table.
    ///
    ///     try loaders.plotBatch().save(to: URL(filePath: "batch.png"))
    ///
    /// - Parameters:
    ///   - maxCount: How many items at most; 9 by default.
    ///   - columns: How many stand side by side; by default as many as make the grid about square.
    ///   - unique: Whether one item is shown again and again, each time augmented anew; false by default.
    ///   - part: The training set by default; validation items come without augmentation.
    /// - Throws: What loading and the transforms throw.
    public func plotBatch(
        maxCount: Int = 9, columns: Int? = nil, unique: Bool = false, of part: DataPart = .train
    ) throws -> Figure {
        guard maxCount > 0 else {
            throw DataError("plotBatch shows at least 1 item; maxCount: \(maxCount) was given.")
        }
        return try withTorchErrors {
            try withoutGradients {
                let batch = try unique ? oneItem(of: part, count: maxCount) : firstBatch(of: part)
                if batch.inputs.isEmpty { throw DataError("A batch without inputs cannot be shown.") }
                let items = try (0..<min(maxCount, batch.count)).map { item in
                    try pipeline.shown(inputs: batch.inputs.map { $0[item] }, targets: batch.targets.map { $0[item] })
                }
                return try .items(items, columns: columns)
            }
        }
    }

    private func firstBatch(of part: DataPart) throws -> Batch {
        guard let loader = loader(of: part) else { throw DataError("There is no \(part.name) to show.") }
        return try loader.oneBatch()
    }

    private func oneItem(of part: DataPart, count: Int) throws -> Batch {
        guard let loader = loader(of: part), loader.count > 0 else {
            throw DataError("The \(part.name) has no item to show.")
        }
        return try loader.batch(at: Array(repeating: 0, count: count))
    }
}
