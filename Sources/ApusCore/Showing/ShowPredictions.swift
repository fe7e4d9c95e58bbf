// Looking at what the model says of items without labels.
import ApusPlot
import Torch

extension Learner {
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
        let loader = pipeline.loader(sources, batchSize: min(sources.count, 64))
        let predictions = try getPredictions(loader, withInputs: true)
        return try withTorchErrors {
            let items = try predictions.indices.indices.map { place in
                try pipeline.shown(
                    inputs: predictions.inputs.map { $0[place] }, targets: [], decision: predictions.decoded[place])
            }
            return try .items(items, columns: columns)
        }
    }
}
