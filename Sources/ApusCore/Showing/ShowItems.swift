// Figures of items: a batch as the network will see it, and what the model says of items with labels and without.
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

extension Learner {
    /// Some items with what the model says of them beside their labels: pictures in a grid ("prediction / actual", or
    /// label and prediction side by side where they are drawn), everything else as a table.
    ///
    ///     try learner.plotResults(maxCount: 6).save(to: URL(filePath: "results.png"))
    ///
    /// - Parameters:
    ///   - maxCount: How many items at most; 9 by default.
    ///   - columns: How many stand side by side; by default as many as make the grid about square.
    ///   - part: The validation set by default.
    ///   - shuffle: Whether items are picked at random, as in fastai; the first ones else.
    ///   - seed: Decides which items are picked; drawn from the global generator by default.
    /// - Throws: ``TrainingError`` for a loaded model, which has no data, or what the data and the model throw.
    public func plotResults(
        maxCount: Int = 9, columns: Int? = nil, of part: DataPart = .valid, shuffle: Bool = true, seed: Int? = nil
    ) throws -> Figure {
        guard maxCount > 0 else {
            throw DataError("plotResults shows at least 1 item; maxCount: \(maxCount) was given.")
        }
        guard let source = loaders?.loader(of: part)?.plain else {
            throw TrainingError("The learner has no \(part.name) to show results of; give it loaders that have one.")
        }
        // Of a stream some lanes of the first batch: the outputs of all would be too many.
        var order = Array(0..<(source.isStream ? min(source.itemCount, source.batchSize) : source.itemCount))
        if shuffle {
            // A fit around it draws the numbers that it would have drawn without.
            var random = SeededRandom(
                seed: seed ?? leavingNoTrace { Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self) })
            order.shuffle(using: &random)
        }
        order = Array(order.prefix(maxCount))
        let chosen: any BatchSource =
            try source.isStream ? FirstBatch(of: prepared(source).inOrder, items: order) : source.subset(order)
        let predictions = try getPredictions(chosen, withInputs: true)
        return try withTorchErrors {
            let items = try (0..<predictions.outputs.size(0)).map { place in
                try pipeline.shown(
                    inputs: predictions.inputs.map { $0[place] }, targets: predictions.targets.map { $0[place] },
                    decision: predictions.decoded[place])
            }
            // Pictures in pairs have titles of their own.
            let title = items.contains(where: \.isPair) ? nil : "Prediction / actual"
            return try .items(items, columns: columns, title: title)
        }
    }
}

extension Predicting {
    /// Items with what the model says of them, as the model sees them: a picture with the predicted label, mask or
    /// points, or beside the picture that comes out; everything else as a table.
    ///
    ///     try learner.plotPredictions(of: photos).save(to: URL(filePath: "predictions.png"))
    ///
    /// - Parameters:
    ///   - sources: The raw inputs, such as files.
    ///   - columns: How many stand side by side; by default as many as make the grid about square.
    /// - Throws: ``DataError`` without items, or what the data and the model throw.
    public func plotPredictions(of sources: [Input.Source], columns: Int? = nil) throws -> Figure {
        guard !sources.isEmpty else { throw DataError("There are no items to show.") }
        let pipeline = predictor.pipeline
        let predictions = try getPredictions(of: sources, batchSize: min(sources.count, 64), withInputs: true)
        return try withTorchErrors {
            let items = try predictions.indices.indices.map { place in
                try pipeline.shown(
                    inputs: predictions.inputs.map { $0[place] }, targets: [], decision: predictions.decoded[place])
            }
            return try .items(items, columns: columns)
        }
    }
}

/// Some items of the first batch of a source and no more.
private final class FirstBatch: BatchSource {
    private let source: any BatchSource
    private let items: [Int]

    /// - Parameter items: Their places in the batch.
    init(of source: any BatchSource, items: [Int]) { (self.source, self.items) = (source, items) }

    var batchCount: Int { min(source.batchCount, 1) }
    var itemCount: Int { items.count }
    var batchSize: Int { items.count }

    func batches(epoch: Int) throws -> any BatchIterator { First(try source.batches(epoch: epoch), items) }

    private final class First: BatchIterator {
        private let batches: any BatchIterator
        private let items: [Int]
        private var isOver = false

        init(_ batches: any BatchIterator, _ items: [Int]) { (self.batches, self.items) = (batches, items) }

        func next() throws -> Batch? {
            guard !isOver else { return nil }
            isOver = true
            defer { batches.cancel() }
            guard var batch = try batches.next() else { return nil }
            let places = Tensor(items)
            batch.inputs = batch.inputs.map { $0.indexSelect(dim: 0, places) }
            batch.targets = batch.targets.map { $0.indexSelect(dim: 0, places) }
            return batch
        }

        func cancel() { batches.cancel() }
    }
}
