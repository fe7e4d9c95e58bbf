// What a network for a table is trained with where nothing else is said.
import Foundation

/// Layers, batches and cycle for a table, by its number of rows: what `apus train table` does by default.
///
/// ```swift
/// let defaults = TabularDefaults(rows: 16_000)
/// let houses = try TabularDataLoaders.fromCSV(
///     file, target: "price", targetBlock: NumberBlock(), batchSize: defaults.batchSize)
/// let learner = try tabularLearner(houses, .init(layers: defaults.layers, dropout: defaults.dropout))
/// try learner.fitOneCycle(defaults.epochs, learningRate: defaults.learningRate)
/// ```
/// The rules, of which fastai's defaults have none (``fastai``):
///
/// - The layers are fastai's, 200 and 100 wide: wider ones cost more than they gain.
/// - A batch has a 64th of the rows, in powers of 2 from 16 to 1024: small tables need steps, of large ones a larger
///   batch costs hardly more than a small one.
/// - The cycle has about 2500 steps, in 5 to 60 epochs: three epochs of a thousand rows are too few steps to learn from,
///   and rows beyond those of five epochs are new ones anyway.
/// - A little dropout, and the highest rate is five times Adam's usual one, for the few steps.
///
/// How many epochs are too many depends on how noisy the targets are, which no count of rows tells; so the command takes
/// the epoch with the lowest validation loss. ``SaveBest`` does so in a program.
public struct TabularDefaults: Sendable, Equatable {
    /// The widths of the hidden layers.
    public var layers = [200, 100]
    /// The probability of dropout behind each hidden layer, or one for all.
    public var dropout = [0.05]
    /// The probability of dropout of the categories' vectors.
    public var embeddingDropout = 0.05
    /// The number of rows in a batch.
    public var batchSize = 64
    /// The number of epochs of the cycle.
    public var epochs = 3
    /// The highest learning rate of the cycle.
    public var learningRate = 5e-3
    /// The weight decay.
    public var weightDecay = 0.01

    /// - Parameter rows: The number of rows to train on.
    public init(rows: Int) {
        let rows = max(rows, 1)
        batchSize = 16
        while batchSize < 1024, batchSize * 2 * 64 <= rows { batchSize *= 2 }
        let steps = Double(rows) / Double(batchSize)
        epochs = min(60, max(5, Int((2500 / steps).rounded())))
    }

    /// fastai's defaults with the three epochs of its course: 64 rows, a rate of 0.001, no dropout.
    public static let fastai = {
        var defaults = TabularDefaults(rows: 1)
        (defaults.dropout, defaults.embeddingDropout, defaults.learningRate) = ([], 0, 1e-3)
        (defaults.batchSize, defaults.epochs) = (64, 3)
        return defaults
    }()
}
