// The tabular learner: a network that fits a table's columns, and predictions for rows and tables.
import ApusCore
import Foundation
import Torch

/// Joins a table's loaders and a network to a learner, as fastai's `tabular_learner`.
///
/// ```swift
/// let learner = try tabularLearner(income, .init(layers: [200, 100]), metrics: [.accuracy])
/// try learner.fitOneCycle(3)
/// print(try learner.predict(["age": 49, "workclass": "Private", "education": "Masters"]))
/// ```
/// - Parameters:
///   - network: What the network is made of: hidden layers of 200 and 100 by default. Its range, such as
///     `0...log(1.2 * max)` for a logarithm, holds the outputs by a sigmoid.
///   - embeddings: How long the categories' vectors are: fastai's rule by default, `.power.with(["store": 10])` gives some
///     columns other lengths.
///   - outputs: The numbers that come out; as many as the target asks for by default.
///   - loss: The target's own by default.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`. The precision is float32 where
///     none is given.
/// - Throws: `TrainingError` when the loss does not fit the target, or a size is given for a column that does not exist.
public func tabularLearner<Target: TargetBlock>(
    _ loaders: DataLoaders<TabularBlock, Target>, _ network: TabularModel.Options = .init(),
    embeddings: EmbeddingRule = .power, outputs: Int? = nil, loss: Loss? = nil, metrics: [Metric] = [],
    _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<TabularBlock, Target> {
    let input = loaders.pipeline.input
    try embeddings.check(columns: input.categories.map(\.name), of: "the categorical columns")
    if let wrong = network.layers.first(where: { $0 < 1 }) {
        throw TrainingError("A layer of width \(wrong) is not possible; give at least 1.")
    }
    if let range = network.range, loaders.pipeline.target.classCount != nil, loss == nil {
        throw TrainingError(
            "Classes have no range: the outputs become probabilities by themselves, and \(range.lowerBound)..."
                + "\(range.upperBound) would cut them off. Leave range: out, or give targetBlock: NumberBlock() for a "
                + "number.")
    }
    let model = try withTorchErrors {
        let model = try TabularModel(
            embeddings: input.embeddingSizes(embeddings), numberCount: input.numbers.count,
            outputCount: outputs ?? loaders.pipeline.target.outputCount, options: network,
            scale: outputs == nil ? loaders.pipeline.target.outputScale(for: loss) : nil)
        model.untrainedRows = input.categories.map(\.untrained)
        if outputs == nil { loaders.pipeline.target.startOutputs(of: model.layers, for: loss) }
        return model
    }
    return try Learner(loaders, model, loss: loss, metrics: metrics, options)
}

/// What tells classes of rows apart: of a file, or of a learner.
///
/// ```swift
/// let classifier = try TabularClassifier(from: URL(filePath: "income.safetensors"))
/// print(try classifier.predict(["age": 49, "workclass": "Private", "education": "Masters"]))
/// ```
public typealias TabularClassifier = Predictor<TabularBlock, CategoryBlock>

/// What predicts a number for a row: of a file, or of a learner.
public typealias TabularRegressor = Predictor<TabularBlock, NumberBlock>
