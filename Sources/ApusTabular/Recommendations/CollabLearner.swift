// The learner of recommendations: ratings predicted for users and items.
import ApusCore
import Foundation
import Torch

/// What predicts what a user thinks of an item, and recommends: of a file, or of a learner that
/// ``collabLearner(_:_:loss:metrics:_:)``
/// made.
///
/// ```swift
/// let recommender = try Recommender(from: URL(filePath: "films.safetensors"))
/// for film in try recommender.recommend(to: 196) { print(film.item, film.score) }
/// ```
public typealias Recommender = Predictor<CollabBlock, NumberBlock>

/// Joins loaders of ratings and a model to a learner, as fastai's `collab_learner`.
///
/// ```swift
/// let learner = try collabLearner(films, .dotProduct(factors: 50, range: 0...5.5), TrainingOptions(weightDecay: 0.1))
/// try learner.fitOneCycle(5, learningRate: 5e-3)
/// print(try learner.predict(user: 196, item: "Fargo (1996)"))
/// for film in try learner.recommend(to: 196) { print(film.item, film.score) }
/// ```
/// - Parameters:
///   - model: What predicts the ratings; a dot product of 50 factors by default.
///   - loss: The mean squared error by default; of choices without ratings binary cross-entropy.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`. The precision is float32 where
///     none is given.
/// - Throws: `TrainingError` when a size or the loss is not possible, or a size is given for a column that does not
///   exist.
public func collabLearner(
    _ loaders: DataLoaders<CollabBlock, NumberBlock>, _ model: CollabModel = .dotProduct(), loss: Loss? = nil,
    metrics: [Metric] = [], _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<CollabBlock, NumberBlock> {
    let input = loaders.pipeline.input
    if input.isImplicit, loss == nil, let range = model.range {
        throw TrainingError(
            "Choices are learned with binary cross-entropy, whose outputs become probabilities by themselves; the range "
                + "\(range.lowerBound)...\(range.upperBound) would cut them off. Leave range: out, or give another loss, "
                + "such as .mse with range: 0...1.")
    }
    let loss = loss ?? (input.isImplicit ? .binaryCrossEntropyWithLogits() : nil)
    return try Learner(
        loaders, try withTorchErrors { try model.make(for: input, loaders.pipeline.target, loss: loss) }, loss: loss,
        metrics: metrics, options)
}

extension Predicting where Input == CollabBlock, Target == NumberBlock {
    /// What a user would think of an item, each by its name as the table of ratings has it.
    ///
    /// For a user or an item that is not known stands the mean of those that are: of their factors and of their biases.
    /// Where training rows lacked users or items, what was learned of those rows stands for the unknown ones instead.
    public func predict(user: Cell, item: Cell) throws -> Double {
        let input = predictor.pipeline.input
        return try predict([input.users.name: user, input.items.name: item])
    }

    /// The predictions for the rows of a table, which has columns of users and items, and may have others.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value of another kind.
    public func predict(_ table: Table, batchSize: Int = 65_536) throws -> [Double] {
        guard table.rowCount > 0 else { return [] }
        let predictor = predictor
        let loader = try DataLoader(
            TensorDataset(inputs: [predictor.pipeline.input.codes(of: table)]), batchSize: batchSize)
        var predictions: [Double] = []
        predictions.reserveCapacity(table.rowCount)
        let decoder = predictor.decoder
        try predictor.run(loader) { _, output in
            predictions += decoder.decision(decoder.activation(output)).to(.cpu).flatten().array(of: Double.self)
        }
        if let spoiled = predictions.first(where: { !$0.isFinite }) {
            // The sentence about it.
            _ = try predictor.pipeline.target.prediction(from: Tensor(spoiled))
        }
        return predictions
    }

    /// The table with a column "prediction".
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value of another kind.
    public func addingPredictions(to table: Table, batchSize: Int = 65_536) throws -> Table {
        try table.setting("prediction", to: Column(predict(table, batchSize: batchSize)))
    }
}
