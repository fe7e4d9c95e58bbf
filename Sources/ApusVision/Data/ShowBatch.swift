// Looking at a batch of pictures as the network will see them.
import ApusCore
import ApusPlot
import Torch

extension DataLoaders where Input == ImageBlock {
    /// Pictures of the first training batch with their labels, augmented as in training and with normalisation undone.
    ///
    ///     try loaders.showBatch().save("batch.png")
    ///
    /// - Parameters:
    ///   - maxCount: How many pictures at most; 9 by default.
    ///   - columns: How many stand side by side; by default as many as make the grid about square.
    ///   - unique: Whether one picture is shown again and again, each time augmented anew; false by default.
    /// - Throws: What loading and the transforms throw.
    public func showBatch(maxCount: Int = 9, columns: Int? = nil, unique: Bool = false) throws -> Figure {
        guard maxCount > 0 else {
            throw DataError("showBatch shows at least 1 picture; maxCount: \(maxCount) was given.")
        }
        return try withTorchErrors {
            try withoutGradients {
                let batch = try unique ? oneItem(count: maxCount) : firstBatch()
                return try figure(of: batch, count: min(maxCount, batch.count), columns: columns)
            }
        }
    }

    private func firstBatch() throws -> Batch {
        let batches = train.batches(epoch: 0)
        defer { batches.cancel() }
        guard let batch = try batches.next() else {
            throw DataError("The training set of \(train.itemCount) items has no batch to show.")
        }
        return batch
    }

    private func oneItem(count: Int) throws -> Batch {
        let item = trainItems[0]
        return try pipeline.batch(
            inputs: Array(repeating: item.input, count: count), targets: Array(repeating: item.target, count: count),
            indices: Array(repeating: 0, count: count), isTraining: true,
            draws: (0..<count).map { SeededRandom(seed: 0, $0) })
    }

    private func figure(of batch: Batch, count: Int, columns: Int?) throws -> Figure {
        guard let input = batch.inputs.first else { throw DataError("A batch without inputs cannot be shown.") }
        let pictures = try pipeline.input.undoBatchTransforms(input, transforms: pipeline.batchTransforms)
        let tiles = try (0..<count).map { item in
            let image = try pipeline.input.decode(pictures[item])
            let label = try batch.targets.first.map { "\(try pipeline.target.decode($0[item]))" }
            return ImageTile(try PlotImage(image), title: label ?? "")
        }
        return Figure(.imageGrid(ImageGrid(tiles, columns: columns)))
    }
}

extension PlotImage {
    /// A picture for a figure.
    ///
    /// - Throws: `PlotError.badImage` when a side has more than 30 000 pixels.
    public init(_ image: Image) throws(PlotError) {
        try self.init(width: image.width, height: image.height, channels: image.channels, pixels: image.bytes)
    }
}
