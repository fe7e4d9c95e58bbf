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
    if let range = network.range, Target.self == CategoryBlock.self, loss == nil {
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
        return model
    }
    return try Learner(loaders, model, loss: loss, metrics: metrics, options)
}

/// A learner that tells classes of rows apart.
public typealias TabularClassifier = Learner<TabularBlock, CategoryBlock>

/// A learner that predicts a number for a row.
public typealias TabularRegressor = Learner<TabularBlock, NumberBlock>

extension Learner where Input == TabularBlock {
    /// The predictions for the rows of a table, which may have further columns.
    ///
    /// - Parameter policy: What is done about values that are missing although no training row lacked them; they are
    ///   filled by default, and ``TabularBlock/unfamiliarValues(in:)`` counts them.
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func predict(
        _ table: Table, batchSize: Int = 4096, ifMissing policy: MissingValuePolicy = .fill
    ) throws -> [Target.Prediction] {
        if policy == .refuse { try pipeline.input.unfamiliarValues(in: table).refuseNew() }
        var predictions: [Target.Prediction] = []
        predictions.reserveCapacity(table.rowCount)
        try evaluate(pipeline.input.loader(of: table, batchSize: batchSize)) { _, output in
            predictions += try self.predictions(from: output).map { try $0.get() }
        }
        return predictions
    }

    /// Loads a model that ``Learner/export(to:)`` wrote, for prediction.
    ///
    /// ```swift
    /// let classifier = try TabularClassifier.load(from: URL(filePath: "income.safetensors"))
    /// ```
    /// - Throws: `ModelFileError` when the file is damaged, no exported model, or one for another task.
    public static func load(
        from url: URL, loss: Loss? = nil, precision: Precision = .float32, device: Device = .default
    ) throws -> Learner {
        try load(from: url, loss: loss, precision: precision, device: device) { try TabularModel.make(from: $0) }
    }
}
