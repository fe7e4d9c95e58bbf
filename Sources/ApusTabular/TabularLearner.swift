// The tabular learner: a network that fits a table's columns, and predictions for rows and tables.
import ApusCore
import Foundation
import Torch

/// Joins a table's loaders and a network to a learner, as fastai's `tabular_learner`.
///
/// ```swift
/// let learner = try tabularLearner(income, layers: [200, 100], metrics: [.accuracy])
/// try learner.fitOneCycle(3)
/// print(try learner.predict(["age": 49, "workclass": "Private", "education": "Masters"]))
/// ```
/// - Parameters:
///   - layers: The widths of the hidden layers; those of the options, `[200, 100]`, by default.
///   - dropout: The probability of dropout behind each hidden layer, or one for all; none by default.
///   - embeddingDropout: The probability of dropout of the categories' vectors.
///   - embeddingSizes: Lengths of vectors of one's own, by the column's name.
///   - embeddingRule: The lengths of the others: `.power` is fastai's, `.half` its first version's.
///   - range: Between which numbers a sigmoid holds the outputs, such as `0...log(1.2 * max)` for a logarithm; nil for
///     any.
///   - outputCount: The numbers that come out; as many as the target asks for by default.
///   - options: What the network is made of; layers, dropout and range given here count before its own.
///   - precision: float32 by default: the layers are so small that casts would cost more than they save.
/// - Throws: `TrainingError` when the loss does not fit the target, or a size is given for a column that does not exist.
public func tabularLearner<Target: TargetBlock>(
    _ loaders: DataLoaders<TabularBlock, Target>, layers: [Int]? = nil, dropout: [Double]? = nil,
    embeddingDropout: Double? = nil, embeddingSizes: [String: Int] = [:], embeddingRule: EmbeddingRule = .power,
    range: ClosedRange<Double>? = nil, outputCount: Int? = nil, options: TabularModel.Options = .init(),
    loss: Loss? = nil, metrics: [Metric] = [], optimizer: OptimizerRecipe = .adam(),
    learningRate: Double = 1e-3, weightDecay: GroupValue? = nil, callbacks: [Callback] = [],
    precision: Precision = .float32, device: Device = .best
) throws -> Learner<TabularBlock, Target> {
    let input = loaders.pipeline.input
    if let unknown = embeddingSizes.keys.first(where: { name in !input.categories.contains { $0.name == name } }) {
        throw TrainingError(
            "An embedding size is given for \"\(unknown)\", which is not among the categorical columns "
                + "\(input.categories.map(\.name).listed).")
    }
    if let wrong = ((layers ?? options.layers) + embeddingSizes.values).first(where: { $0 < 1 }) {
        throw TrainingError("A layer or embedding of width \(wrong) is not possible; give at least 1.")
    }
    var options = options
    if let layers { options.layers = layers }
    if let dropout { options.dropout = dropout }
    if let embeddingDropout { options.embeddingDropout = embeddingDropout }
    if let range { options.range = range }
    if let range = options.range, Target.self == CategoryBlock.self, loss == nil {
        throw TrainingError(
            "Classes have no range: the outputs become probabilities by themselves, and \(range.lowerBound)..."
                + "\(range.upperBound) would cut them off. Leave range: out, or give targetBlock: NumberBlock() for a "
                + "number.")
    }
    let model = try withTorchErrors {
        let model = try TabularModel(
            embeddings: input.embeddingSizes(rule: embeddingRule, sizes: embeddingSizes),
            numberCount: input.numbers.count, outputCount: outputCount ?? loaders.pipeline.target.outputCount,
            options: options, scale: outputCount == nil ? loaders.pipeline.target.outputScale(for: loss) : nil)
        model.untrainedRows = input.categories.map(\.untrained)
        return model
    }
    return try Learner(
        loaders, model, loss: loss, metrics: metrics, optimizer: optimizer, learningRate: learningRate,
        weightDecay: weightDecay, callbacks: callbacks, precision: precision, device: device)
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
        from url: URL, loss: Loss? = nil, precision: Precision = .float32, device: Device = .best
    ) throws -> Learner {
        try load(from: url, loss: loss, precision: precision, device: device) { try TabularModel.make(from: $0) }
    }
}
