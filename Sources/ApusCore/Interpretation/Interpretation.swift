// What a trained model says of a part of the data, in one pass: predictions, losses, the worst mistakes.
import ApusPlot
import Foundation
import Torch

/// What a trained model says of the validation set, in one pass: outputs, decisions and losses, for any kind of data.
///
/// ```swift
/// let interpretation = try Interpretation(learner)
/// for item in try interpretation.topLosses(5) { print(item.source, item.predicted, item.actual, item.loss) }
/// try interpretation.plotTopLosses(9).save(to: URL(filePath: "worst-mistakes.png"))
/// ```
/// Classifiers have more to tell: see ``ClassificationInterpretation``.
public struct Interpretation<Input: InputBlock, Target: TargetBlock>: Sendable {
    /// One item and what the model says of it.
    public struct Item: Sendable {
        /// The item's raw input, such as its file.
        public let source: Input.Source
        /// The item's place in the validation set.
        public let index: Int
        /// What the model says, such as a class.
        public let predicted: Target.Value
        /// The label.
        public let actual: Target.Value
        /// The loss.
        public let loss: Double
        /// The activated output, such as the probability of each class.
        public let output: Tensor
        let decision: Tensor
        let labels: [Tensor]
        /// What went into the model, of data in memory.
        let inputs: [Tensor]
    }

    /// The outputs, decisions, labels and losses.
    public let predictions: Predictions<Target>
    /// How raw values become batches.
    public let pipeline: Pipeline<Input, Target>
    /// The raw inputs; none of data in memory, of which the tensors tell.
    let sources: [Input.Source]
    let losses: [Float]

    /// Lets the model predict a part of the data.
    ///
    /// - Parameters:
    ///   - loaders: The learner's by default; a loaded model has none.
    ///   - part: The validation set by default. Training items, too, come as in validation, without augmentation.
    /// - Throws: ``TrainingError`` when there is nothing to interpret, or what the data and the model throw.
    public init(
        _ learner: Learner<Input, Target>, loaders: DataLoaders<Input, Target>? = nil, of part: DataPart = .valid
    ) throws {
        guard let loaders = loaders ?? learner.loaders else {
            throw TrainingError("A loaded model has no data to interpret; give some with loaders:.")
        }
        guard let source = loaders.loader(of: part)?.plain else {
            throw TrainingError("There is no \(part.name) to interpret; give a splitter that leaves one.")
        }
        sources = source.sources
        predictions = try learner.getPredictions(source, withInputs: !source.hasSources)
        pipeline = try learner.pipeline.showing(loaders.pipeline)
        losses = predictions.losses?.array(of: Float.self) ?? []
    }

    /// The items with the largest losses (or the smallest), all of them without a count; losses that are no numbers
    /// count as the largest.
    ///
    /// - Throws: ``TrainingError`` for a count below 1, or what the target's block throws.
    public func topLosses(_ count: Int? = nil, largest: Bool = true) throws -> [Item] {
        if let count, count < 1 { throw TrainingError("\(count) items are not possible; give at least 1.") }
        let keys = losses.map { $0.isNaN ? .infinity : $0 }
        let order = keys.indices.sorted {
            keys[$0] == keys[$1] ? $0 < $1 : (keys[$0] > keys[$1]) == largest
        }
        return try order.prefix(count ?? order.count).map(item)
    }

    /// An item by its place among the predictions.
    private func item(_ place: Int) throws -> Item {
        let decision = predictions.decoded[place]
        let labels = predictions.targets.map { $0[place] }
        let inputs = predictions.inputs.map { $0[place] }
        return Item(
            source: try source(at: predictions.indices[place]), index: predictions.indices[place],
            predicted: try pipeline.target.value(ofDecision: decision), actual: try pipeline.target.value(of: labels),
            loss: Double(losses[place]), output: predictions.outputs[place], decision: decision, labels: labels,
            inputs: inputs)
    }

    /// The number of items, those included that could not be read.
    var itemCount: Int { sources.isEmpty ? predictions.count : sources.count }

    /// The raw input of an item: of data in memory, all of which are predicted, what its tensors say.
    func source(at index: Int) throws -> Input.Source {
        if !sources.isEmpty { return sources[index] }
        guard let source = try pipeline.input.value(of: predictions.inputs.map { $0[index] }) as? Input.Source else {
            throw TrainingError(
                "The data lie in memory as tensors, and \(Input.self) does not turn them back into items; "
                    + "getPredictions() gives outputs and losses.")
        }
        return source
    }

    /// The items with the largest losses as a figure: pictures in a grid, everything else as a table; each with
    /// prediction, actual value, loss and what the block adds, such as the probabilities of the predicted and the actual class.
    ///
    /// - Parameters:
    ///   - count: How many; 9 by default.
    ///   - columns: How many pictures stand side by side; by default as many as make the grid about square.
    /// - Throws: What loading the items throws, when a file has gone for example.
    public func plotTopLosses(_ count: Int = 9, largest: Bool = true, columns: Int? = nil) throws -> Figure {
        let views = try topLosses(count, largest: largest).map { item in
            var view = try shown(item)
            view.notes =
                [Appearance.Label(name: "loss", text: String(format: "%.2f", item.loss))]
                + pipeline.target.notes(on: item.output, decision: item.decision, labels: item.labels)
            return view
        }
        let notes = views.first.map { $0.notes.compactMap(\.name) } ?? ["loss"]
        let title =
            if views.contains(where: \.isPair) {
                // The pictures say themselves which is which.
                "\(largest ? "Largest" : "Smallest") losses, below each prediction"
            } else if notes.count > 1 {
                "Prediction / actual\n" + notes.joined(separator: " / ")
            } else {
                "Prediction / actual, loss"
            }
        return try .items(views, columns: columns, title: title)
    }

    /// An item as the model sees it, with label and prediction.
    func shown(_ item: Item) throws -> ShownItem {
        try withTorchErrors {
            try withoutGradients {
                if !item.inputs.isEmpty {
                    return try pipeline.shown(inputs: item.inputs, targets: item.labels, decision: item.decision)
                }
                let batch = try pipeline.batch(
                    inputs: [item.source], targets: nil, indices: [item.index], isTraining: false,
                    draws: [SeededRandom(seed: 0)])
                return try pipeline.shown(
                    inputs: batch.inputs.map { $0[0] }, targets: item.labels, decision: item.decision)
            }
        }
    }
}
