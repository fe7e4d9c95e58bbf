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
            guard loader.count > 0 else { return loader.amount }
            return loader.itemCount == 1 ? "1 text" : "\(loader.itemCount) texts"
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
        try printJSON(
            TrainingReport(learner, times: (start, prepared, fitted), export: export),
            and: Report(task: Target.task, vocabulary: tokens))
        try closing.finish()
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        let task: String
        let vocabulary: Int
    }
}
