// The road of ULMFiT on texts that are cut already: encyclopedia, reviews, classifier; and the classifier without it.
import ApusText
import Foundation

/// What Benchmarks/text_quality.py runs, beside the same of fastai.
struct ULMFiT {
    /// A folder with `wiki/{train,valid}`, `reviews/{train,unsup,test}` and `labeled/{train,test}/{pos,neg}`, whose files have
    /// tokens with a space between them.
    let place: URL
    let seed: Int

    private static let sizes = AWDLSTMOptions(embeddingSize: 128, hiddenSize: 256)
    private static let classifierSizes = AWDLSTMOptions(embeddingSize: 128, hiddenSize: 256, dropout: .classifier)

    func run() throws {
        manualSeed(seed)
        let wiki = try language("wiki", valid: "valid")
        wiki.unfreeze()
        try wiki.fitOneCycle(2, learningRate: 1e-2)
        let general = try perplexity(wiki)

        let reviews = try language("reviews", valid: "test")
        guard let model = reviews.model as? LanguageModel, let source = wiki.model as? LanguageModel,
            let vocabulary = reviews.pipeline.input.vocabulary, let known = wiki.pipeline.input.vocabulary
        else { throw TrainingError("The language model has another form than was asked for.") }
        let state = Dictionary(source.stateDict().map { ($0.name, $0.tensor) }) { $1 }
        try model.load(LanguageModelWeights(state: state, tokens: known.tokens), for: vocabulary)
        reviews.freeze()
        try reviews.fitOneCycle(1, learningRate: 2e-2)
        reviews.unfreeze()
        try reviews.fitOneCycle(2, learningRate: 5e-3)
        let own = try perplexity(reviews)

        let encoder = FileManager.default.temporaryDirectory.appending(path: "encoder-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: encoder) }
        try reviews.saveEncoder(to: encoder)
        let classifier = try classifier(vocabulary)
        try classifier.loadEncoder(from: encoder)
        try classifier.fitGradually()
        let plain = try self.classifier(vocabulary)
        plain.unfreeze()
        try plain.fitOneCycle(5, learningRate: 2e-2)
        print(
            #"{"wiki_perplexity": \#(general), "review_perplexity": \#(own), "#
                + #""ulmfit_accuracy": \#(try accuracy(classifier)), "plain_accuracy": \#(try accuracy(plain)), "#
                + #""vocabulary": \#(vocabulary.count)}"#)
    }

    private func language(_ name: String, valid: String) throws -> Learner<TextBlock, NextTokenBlock> {
        let loaders = try LanguageModelDataLoaders.fromFolder(
            place.appending(path: name, directoryHint: .isDirectory),
            block: TextBlock(tokenizer: Whitespace(separator: " "), layout: .stream()),
            split: .grandparent(valid: valid), LoaderOptions(batchSize: 32, seed: seed))
        let learner = try languageModelLearner(
            loaders, .awdLSTM(Self.sizes), weights: .none, dropMultiplier: 0.3, TrainingOptions(precision: .float32))
        learner.showsProgress = false
        return learner
    }

    private func classifier(_ vocabulary: TokenVocabulary) throws -> Learner<TextBlock, CategoryBlock> {
        let loaders = try TextDataLoaders.fromFolder(
            place.appending(path: "labeled", directoryHint: .isDirectory),
            block: TextBlock(tokenizer: Whitespace(separator: " "), vocabulary: vocabulary),
            split: .grandparent(valid: "test"), LoaderOptions(batchSize: 32, seed: seed))
        let learner = try textClassifierLearner(
            loaders, .awdLSTM(Self.classifierSizes), weights: .none, dropMultiplier: 0.5, metrics: [.accuracy],
            TrainingOptions(precision: .float32))
        learner.showsProgress = false
        return learner
    }

    private func perplexity(_ learner: Learner<TextBlock, NextTokenBlock>) throws -> Double {
        exp(learner.recorder.rows.last?.validLoss ?? .nan)
    }

    private func accuracy(_ learner: Learner<TextBlock, CategoryBlock>) throws -> Double {
        learner.recorder.rows.last?.metrics.first?.value ?? .nan
    }
}
