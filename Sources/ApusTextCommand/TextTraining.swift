// What the commands that train models of texts share: the end of a training, and what is told of it.
import ApusCommandSupport
import ApusCore
import ApusText
import Foundation

/// A training of a command, from its start on.
struct TextTraining {
    let start: ContinuousClock.Instant
    let export: String?
    let json: Bool

    /// Trains, writes the model and tells of it.
    ///
    /// - Parameters:
    ///   - further: Steps behind the export.
    ///   - fit: The fits.
    func run<Target: AnsweredTextTarget>(
        _ learner: Learner<TextBlock, Target>, _ loaders: DataLoaders<TextBlock, Target>,
        further: (inout ClosingSteps) -> Void = { _ in }, fit: () throws -> Void
    ) throws {
        let tokens = loaders.textVocabulary?.count ?? 0
        // A stream has tokens; its items are pieces of it.
        func amount(_ loader: BlockLoader<TextBlock, Target>?) -> String {
            guard let loader else { return "nothing" }
            return loader.count > 0 ? "\(loader.itemCount) texts" : loader.amount
        }
        print(
            "\(amount(loaders.train)) for training, \(amount(loaders.valid)) for validation; \(tokens) tokens in the "
                + "vocabulary")
        let prepared = ContinuousClock.now
        var closing = ClosingSteps()
        try closing.train(learner) { try learner.stoppingOnInterrupt(fit) }
        let fitted = ContinuousClock.now
        closing.export(learner, to: export)
        further(&closing)
        guard json else { return try closing.finish() }
        let rows = learner.recorder.rows
        try printJSON(
            Report(
                task: Target.task,
                epochs: rows.map {
                    Report.Epoch(
                        epoch: $0.epoch, train_loss: $0.trainLoss, valid_loss: $0.validLoss,
                        metrics: Dictionary($0.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
                        seconds: $0.seconds)
                },
                fit_s: (fitted - prepared) / .seconds(1), prepare_s: (prepared - start) / .seconds(1),
                peak_rss_mb: ProcessMemory.peak, precision: learner.precision.rawValue, vocabulary: tokens,
                train_items: loaders.train.itemCount, valid_items: loaders.valid?.itemCount ?? 0,
                interrupted: learner.wasInterrupted, export: export))
        try closing.finish()
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        struct Epoch: Encodable {
            let epoch: Int
            let train_loss: Double
            let valid_loss: Double?
            let metrics: [String: Double]
            let seconds: Double
        }
        let task: String
        let epochs: [Epoch]
        let fit_s: Double
        let prepare_s: Double
        let peak_rss_mb: Int
        let precision: String
        let vocabulary: Int
        let train_items: Int
        let valid_items: Int
        let interrupted: Bool
        let export: String?
    }
}
