// The Apus side of the benchmarks of recommendations.
import ApusCore
import ApusTabular
import Foundation
import Torch

/// A dot product of 50 factors on ratings: the seconds of a whole fit, and the validation loss.
///
/// - Parameter file: MovieLens' u.data, which has tabs and no header, or a CSV file with one.
func trainRatings(_ file: URL, batchSize: Int?, epochs: Int, seed: Int) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let isMovieLens = file.lastPathComponent == "u.data"
    let loaders = try CollabDataLoaders.fromCSV(
        file,
        format: isMovieLens
            ? CSVFormat(delimiter: "\t", names: ["user", "item", "rating", "timestamp"]) : CSVFormat(),
        LoaderOptions(batchSize: batchSize, seed: seed))
    let learner = try collabLearner(
        loaders, .dotProduct(factors: 50, range: 0...5.5), TrainingOptions(precision: .float32, device: .cpu))
    learner.showsProgress = false
    let prepared = clock.now
    try learner.fitOneCycle(epochs, learningRate: 5e-3, weightDecay: 0.1)
    let seconds = (clock.now - prepared) / .seconds(1)
    let loss = learner.recorder.rows.last?.validLoss ?? .nan
    print(
        #"{"rows_per_second": \#(Double(epochs * loaders.train.itemCount) / seconds), "epoch_s": "#
            + #"\#(seconds / Double(epochs)), "prepare_s": \#((prepared - start) / .seconds(1)), "batch_size": "#
            + #"\#(loaders.batchSize), "valid_loss": \#(loss)}"#)
}
