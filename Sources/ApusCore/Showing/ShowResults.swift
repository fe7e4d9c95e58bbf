// Looking at what the model says of some items.
import ApusPlot
import Torch

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
        var order = Array(0..<source.itemCount)
        if shuffle {
            // A fit around it draws the numbers that it would have drawn without.
            var random = SeededRandom(
                seed: seed ?? leavingNoTrace { Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self) })
            order.shuffle(using: &random)
        }
        order = Array(order.prefix(maxCount))
        let predictions = try getPredictions(source.count > 0 ? source.subset(order) : source, withInputs: true)
        return try withTorchErrors {
            let items = try (source.count > 0 ? Array(predictions.indices.indices) : order).map { place in
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
