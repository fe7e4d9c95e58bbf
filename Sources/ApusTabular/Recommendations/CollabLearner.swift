// The learner of recommendations: ratings predicted for users and items.
import ApusCore
import Foundation
import Torch

/// A learner that predicts what a user thinks of an item.
public typealias Recommender = Learner<CollabBlock, NumberBlock>

/// Joins loaders of ratings and a model to a learner, as fastai's `collab_learner`.
///
/// ```swift
/// let learner = try collabLearner(films, factors: 50, range: 0...5.5)
/// try learner.fitOneCycle(5, learningRate: 5e-3, weightDecay: 0.1)
/// print(try learner.predict(user: 196, item: "Fargo (1996)"))
/// for film in try learner.recommend(to: 196) { print(film.item, film.score) }
/// ```
/// - Parameters:
///   - factors: The number of factors of a user and of an item in the dot product; 50 by default.
///   - range: Between which numbers a sigmoid holds the predictions; a little beyond the ratings, since it never reaches
///     its ends. nil for any.
///   - layers: The widths of the hidden layers of a network on the vectors of user and item, instead of the dot product;
///     fastai's `use_nn=True` is `[50]`.
///   - embeddingSizes: Lengths of the network's vectors of one's own, by the column's name; the others by
///     ``EmbeddingRule/power``.
///   - options: What else a network is made of, instead of the dot product; layers and range given here count before
///     its own.
///   - sparse: Whether a step moves only the users and items in its batch, and weight decay and momentum leave the others
///     alone (PyTorch's `SparseAdam`), instead of all of them, as in fastai. By default the dot product does so from two
///     million parameters on, where moving all of them would take most of the time.
///   - loss: The mean squared error by default; of choices without ratings binary cross-entropy.
///   - precision: float32 by default, since there is little to multiply.
/// - Throws: `TrainingError` when a size or the loss is not possible, or a size is given for a column that does not
///   exist.
public func collabLearner(
    _ loaders: DataLoaders<CollabBlock, NumberBlock>, factors: Int = 50, range: ClosedRange<Double>? = nil,
    layers: [Int]? = nil, embeddingSizes: [String: Int] = [:], options: TabularModel.Options? = nil,
    sparse: Bool? = nil, loss: Loss? = nil, metrics: [Metric] = [],
    optimizer: OptimizerRecipe = .adam(), learningRate: Double = 1e-3,
    weightDecay: GroupValue? = nil, callbacks: [Callback] = [], precision: Precision = .float32,
    device: Device = .best
) throws -> Recommender {
    let input = loaders.pipeline.input
    let columns = [input.users, input.items]
    if let unknown = embeddingSizes.keys.first(where: { name in !columns.contains { $0.name == name } }) {
        throw TrainingError(
            "An embedding size is given for \"\(unknown)\"; the columns are \(columns.map(\.name).listed).")
    }
    if layers == nil, options == nil, !embeddingSizes.isEmpty {
        throw TrainingError(
            "Embedding sizes are for a network; give its layers, such as layers: [50], or factors for a dot product.")
    }
    if let wrong = ([factors] + (layers ?? []) + embeddingSizes.values).first(where: { $0 < 1 }) {
        throw TrainingError("Factors or a layer of width \(wrong) are not possible; give at least 1.")
    }
    if input.isImplicit, loss == nil, let range = range ?? options?.range {
        throw TrainingError(
            "Choices are learned with binary cross-entropy, whose outputs become probabilities by themselves; the range "
                + "\(range.lowerBound)...\(range.upperBound) would cut them off. Leave range: out, or give another loss, "
                + "such as .mse with range: 0...1.")
    }
    let model: Module = try withTorchErrors {
        if options != nil || layers != nil {
            var options = options ?? TabularModel.Options()
            if let layers { options.layers = layers }
            if let range { options.range = range }
            let network = try TabularModel(
                embeddings: columns.map {
                    ($0.classes.count, embeddingSizes[$0.name] ?? EmbeddingRule.power.size($0.classes.count))
                }, numberCount: 0, outputCount: 1, options: options)
            network.untrainedRows = columns.map(\.untrained)
            return network
        }
        let (users, items) = (input.users.classes.count, input.items.classes.count)
        let product = EmbeddingDotBias(
            factors: factors, users: users, items: items, range: range,
            sparse: sparse ?? ((users + items) * (factors + 1) > 2_000_000))
        product.unknownUserIsMean = !input.users.untrained.isEmpty
        product.unknownItemIsMean = !input.items.untrained.isEmpty
        return product
    }
    return try Learner(
        loaders, model, loss: loss ?? (input.isImplicit ? .binaryCrossEntropyWithLogits() : nil), metrics: metrics,
        optimizer: optimizer, learningRate: learningRate, weightDecay: weightDecay, callbacks: callbacks,
        precision: precision, device: device)
}

extension Learner where Input == CollabBlock, Target == NumberBlock {
    /// What a user would think of an item, each by its name as the table of ratings has it.
    ///
    /// For a user or an item that is not known stands the mean of those that are: of their factors and of their biases.
    /// Where training rows lacked users or items, what was learned of those rows stands for the unknown ones instead.
    public func predict(user: Cell, item: Cell) throws -> Double {
        try predict([pipeline.input.users.name: user, pipeline.input.items.name: item])
    }

    /// The predictions for the rows of a table, which has columns of users and items, and may have others.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value of another kind.
    public func predict(_ table: Table, batchSize: Int = 65_536) throws -> [Double] {
        guard table.rowCount > 0 else { return [] }
        let loader = try DataLoader(
            inputs: [pipeline.input.codes(of: table)], targets: [], batchSize: batchSize)
        var predictions: [Double] = []
        predictions.reserveCapacity(table.rowCount)
        try evaluate(loader) { _, output in
            predictions += decoder.decision(decoder.activation(output)).to(.cpu).flatten().array(of: Double.self)
        }
        if let spoiled = predictions.first(where: { !$0.isFinite }) {
            // The sentence about it.
            _ = try pipeline.target.prediction(from: Tensor(spoiled))
        }
        return predictions
    }

    /// The table with a column "prediction".
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value of another kind.
    public func addingPredictions(to table: Table, batchSize: Int = 65_536) throws -> Table {
        try table.setting("prediction", to: Column(predict(table, batchSize: batchSize)))
    }

    /// Loads a model that ``Learner/export(to:)`` wrote, for prediction and recommendation.
    ///
    /// ```swift
    /// let recommender = try Recommender.load(from: URL(filePath: "films.safetensors"))
    /// ```
    /// - Throws: `ModelFileError` when the file is damaged, no exported model, or one for another task.
    public static func load(
        from url: URL, loss: Loss? = nil, precision: Precision = .float32, device: Device = .best
    ) throws -> Learner {
        try load(from: url, loss: loss, precision: precision, device: device) { description in
            if let description, description.name == EmbeddingDotBias.descriptionName {
                return try EmbeddingDotBias.make(from: description)
            }
            return try TabularModel.make(from: description)
        }
    }
}
