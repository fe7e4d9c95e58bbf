// The road of ULMFiT on texts that are cut already: encyclopedia, reviews, classifier; and the classifier without it.
import ApusText
import Foundation

/// What Benchmarks/text_quality.py runs, a stage for each call, beside the same of fastai.
struct ULMFiT {
    /// A folder with `wiki/{train,valid}`, `reviews/{train,unsup,test}` and `labeled/{train,test}/{pos,neg}`, whose files have
    /// tokens with a space between them.
    let place: URL
    /// Where a stage leaves what the next one begins with.
    let work: URL
    let seed: Int

    private static let sizes = AWDLSTMOptions(embeddingSize: 128, hiddenSize: 256)

    private var general: URL { work.appending(path: "wiki.safetensors") }
    private var encoder: URL { work.appending(path: "encoder.safetensors") }

    /// Runs a stage and prints what it reached.
    func run(_ stage: String) throws {
        manualSeed(seed)
        switch stage {
        case "wiki":
            let learner = try language("wiki", valid: "valid")
            learner.unfreeze()
            try learner.fitOneCycle(2, learningRate: 1e-2)
            try learner.export(to: general)
            tell("perplexity", exp(learner.recorder.rows.last?.validLoss ?? .nan))
        case "reviews":
            let learner = try language("reviews", valid: "test", weights: .exported(general))
            try learner.fitOneCycle(1, learningRate: 2e-2)
            learner.unfreeze()
            try learner.fitOneCycle(2, learningRate: 5e-3)
            try learner.saveEncoder(to: encoder)
            tell("perplexity", exp(learner.recorder.rows.last?.validLoss ?? .nan))
        case "classifier":
            let learner = try classifier()
            try learner.loadEncoder(from: encoder)
            try learner.fitGradually()
            tell("accuracy", accuracy(learner))
        case "plain":
            let learner = try classifier()
            learner.unfreeze()
            try learner.fitOneCycle(5, learningRate: 2e-2)
            tell("accuracy", accuracy(learner))
        default:
            throw TrainingError(
                "The stages of ulmfit are wiki, reviews, classifier and plain; --stage \(stage) is none.")
        }
    }

    private func language(
        _ name: String, valid: String, weights: TextWeights = .none
    ) throws -> Learner<TextBlock, NextTokenBlock> {
        let loaders = try LanguageModelDataLoaders.fromFolder(
            place.appending(path: name, directoryHint: .isDirectory),
            block: TextBlock(tokenizer: Whitespace(separator: " "), layout: .stream()),
            // All that is not for validation is learned from: the reviews without a label, too.
            split: .function { $0.deletingLastPathComponent().deletingLastPathComponent().lastPathComponent == valid },
            LoaderOptions(batchSize: 32, seed: seed))
        let learner = try languageModelLearner(
            loaders, .awdLSTM(Self.sizes), weights: weights, dropMultiplier: 0.3, TrainingOptions(precision: .float32))
        learner.showsProgress = false
        return learner
    }

    private func classifier() throws -> Learner<TextBlock, CategoryBlock> {
        let loaders = try TextDataLoaders.fromFolder(
            place.appending(path: "labeled", directoryHint: .isDirectory),
            block: TextBlock(
                tokenizer: Whitespace(separator: " "), vocabulary: TokenVocabulary(ofEncoder: encoder)),
            split: .grandparent(valid: "test"), LoaderOptions(batchSize: 32, seed: seed))
        let learner = try textClassifierLearner(
            loaders, .awdLSTM(ofEncoder: encoder), weights: .none, dropMultiplier: 0.5, metrics: [.accuracy],
            TrainingOptions(precision: .float32))
        learner.showsProgress = false
        return learner
    }

    private func accuracy(_ learner: Learner<TextBlock, CategoryBlock>) -> Double {
        learner.recorder.rows.last?.metrics.first?.value ?? .nan
    }

    private func tell(_ name: String, _ value: Double) { print(#"{"\#(name)": \#(value)}"#) }
}
