// The learners of texts end to end: a language model, its encoder in a file, a classifier on top, exported and read again.
import ApusText
import Foundation
import Testing

@Suite("Learners of texts", .serialized) struct TextLearnerTests {
    private typealias Fixture = AWDLSTMFixture

    /// Reviews that tell their label by one of their words.
    private static let reviews: [(text: String, label: String)] = (0..<60).map { number in
        let (word, label) = number % 2 == 0 ? ("wonderful", "pos") : ("terrible", "neg")
        let start = ["the film was", "a story that is", "what a"][number % 3]
        return ("\(start) \(word) \(["movie", "plot", "scene", "end"][number % 4]) and the rest is as long .", label)
    }

    private static let options: TextArchitecture = .awdLSTM(
        AWDLSTMOptions(embeddingSize: 16, hiddenSize: 24, layers: 2, dropout: .languageModel))

    private func languageModel(
        weights: TextWeights = .none, _ block: TextBlock = TextBlock(layout: .stream(seqLen: 8))
    ) throws -> Learner<TextBlock, NextTokenBlock> {
        manualSeed(3)
        let loaders = try LanguageModelDataLoaders.fromTexts(
            Self.reviews.map(\.text), block: block, split: .indices([1, 8, 15, 22]),
            LoaderOptions(batchSize: 4, seed: 1))
        let learner = try languageModelLearner(
            loaders, Self.options, weights: weights, metrics: [.accuracy, .perplexity], TrainingOptions(device: .cpu))
        learner.showsProgress = false
        return learner
    }

    private func classifier(
        _ vocabulary: TokenVocabulary?, weights: TextWeights = .none, dropMultiplier: Double = 0.1
    ) throws -> Learner<TextBlock, CategoryBlock> {
        manualSeed(4)
        let loaders = try TextDataLoaders.fromTexts(
            Self.reviews.map(\.text), labels: Self.reviews.map(\.label),
            block: TextBlock(vocabulary: vocabulary, layout: .chunked(seqLen: 6)), split: .indices(Array(40..<60)),
            LoaderOptions(batchSize: 8, seed: 1))
        let learner = try textClassifierLearner(
            loaders, Self.options, weights: weights, dropMultiplier: dropMultiplier, metrics: [.accuracy],
            TrainingOptions(device: .cpu))
        learner.showsProgress = false
        return learner
    }

    @Test("a language model learns, its encoder goes into a classifier, which learns and answers from its file")
    func whole() throws {
        try Fixture.withTemporaryFolder { folder in
            let language = try languageModel()
            #expect(language.step is LanguageModelStep)
            #expect(language.callback(ActivationRegularizer.self) != nil)
            let before = try language.validate().loss
            try language.fitOneCycle(6, learningRate: 2e-2)
            let after = try #require(language.recorder.rows.last?.validLoss)
            #expect(after < before - 0.5)
            let encoder = folder.appending(path: "encoder.safetensors")
            try language.saveEncoder(to: encoder)

            let vocabulary = try #require(language.pipeline.input.vocabulary)
            let texts = try classifier(vocabulary)
            try texts.loadEncoder(from: encoder)
            let (from, to) = (
                try #require(language.model as? LanguageModel).encoder, try #require(texts.model as? TextModel).encoder
            )
            #expect(from.encoder.weight.eq(to.module.encoder.weight).all().item(as: Bool.self))
            #expect(to.pieceLength == 6)
            #expect(!to.module.encoder.weight.requiresGradient)
            try texts.fitGradually([
                UnfreezingStage(epochs: 4, groups: 1, learningRate: 5e-2),
                UnfreezingStage(epochs: 2, groups: 2, learningRate: .range(1e-3, 2e-2)),
                UnfreezingStage(epochs: 14, learningRate: .range(1e-3, 2e-2)),
            ])
            #expect(to.module.encoder.weight.requiresGradient)
            // 14 of 20 or more; by chance one run in seventeen would have them.
            let accuracy = try #require(texts.recorder.rows.last?.value("accuracy"))
            #expect(accuracy >= 0.7)

            let file = folder.appending(path: "reviews.safetensors")
            try texts.export(to: file)
            let predictor = try TextClassifier(from: file)
            let asked = ["what a wonderful plot", "the film was terrible ."]
            let answers = try predictor.predict(asked)
            #expect(answers.map(\.label) == (try texts.predict(asked).map(\.label)))
            let attention = try predictor.intrinsicAttention("what a wonderful plot")
            #expect(attention.tokens.count == attention.weights.count && attention.weights.max() == 1)

            let model = folder.appending(path: "language.safetensors")
            try language.export(to: model)
            let writer = try LanguageModelPredictor(from: model)
            #expect(try writer.predict("what a").probabilities.count == vocabulary.count)
            #expect(!(try writer.generate("what a", GenerationOptions(words: 5)).isEmpty))
        }
    }

    @Test("an encoder of another vocabulary, and a model without one, are named")
    func otherVocabulary() throws {
        try Fixture.withTemporaryFolder { folder in
            let encoder = folder.appending(path: "encoder.safetensors")
            try languageModel().saveEncoder(to: encoder)
            let other = try classifier(TokenVocabulary(SpecialTokens.all + ["wonderful", "terrible"]))
            let error = #expect(throws: TextError.self) { try other.loadEncoder(from: encoder) }
            #expect(error?.description.contains("another vocabulary: number 9") == true, "\(error?.description ?? "")")
            let small = try Learner(
                #require(other.loaders), Sequential([Linear(2, 2)]), TrainingOptions(device: .cpu))
            #expect(throws: TextError.self) { try small.saveEncoder(to: encoder) }
        }
    }

    @Test("a pretrained pair is matched with the texts' tokens, and all but the last group is frozen")
    func pretrained() throws {
        let architecture = TextArchitecture.awdLSTM(Fixture.options(2))
        let pair = TextWeights.files(
            weights: Fixture.file("pretrained.pth"), vocabulary: Fixture.file("pretrained.pkl"))
        let texts = Self.reviews.map(\.text)
        let loaders = try LanguageModelDataLoaders.fromTexts(
            texts, block: TextBlock(layout: .stream(seqLen: 8)), LoaderOptions(batchSize: 4, seed: 1))
        let learner = try languageModelLearner(loaders, architecture, weights: pair, TrainingOptions(device: .cpu))
        let model = try #require(learner.model as? LanguageModel)
        let vocabulary = try #require(learner.pipeline.input.vocabulary)
        let known = try LanguageModelWeights(
            weights: Fixture.file("pretrained.pth"), vocabulary: Fixture.file("pretrained.pkl"))
        let place = try #require(vocabulary.id(of: "film"))
        Fixture.expectClose(
            model.encoder.encoder.weight[place], try #require(known.state["0.encoder.weight"])[4], "film")
        #expect(learner.parameterGroups.map { $0[0].requiresGradient } == [false, false, true])
        let classifier = try textClassifierLearner(
            try TextDataLoaders.fromTexts(
                texts, labels: Self.reviews.map(\.label), block: TextBlock(vocabulary: vocabulary)), architecture,
            weights: pair, TrainingOptions(device: .cpu))
        #expect(classifier.parameterGroups.map { $0[0].requiresGradient } == [false, false, false, true])
        let from = try languageModelLearner(loaders, architecture, weights: .none, TrainingOptions(device: .cpu))
        try from.loadPretrained(weights: Fixture.file("pretrained.pth"), vocabulary: Fixture.file("pretrained.pkl"))
        Fixture.expectClose(
            try #require(from.model as? LanguageModel).decoder.decoder.weight, model.decoder.decoder.weight,
            "the decoder")
    }

    @Test("momenta are fastai's for texts, unless others are given")
    func momenta() throws {
        let learner = try languageModel()
        guard case (.all(0.8), .all(0.7), .all(0.8)) = learner.momenta else {
            Issue.record("the momenta are \(learner.momenta)")
            return
        }
    }

    @Test("forward and backward models answer together")
    func bothDirections() throws {
        let texts = ["a wonderful film", "a terrible plot"]
        let members = try [false, true].map { isBackward in
            let learner = try textClassifierLearner(
                TextDataLoaders.fromTexts(
                    Self.reviews.map(\.text), labels: Self.reviews.map(\.label),
                    block: TextBlock(layout: .chunked(seqLen: 6), isBackward: isBackward),
                    split: .indices(Array(40..<60)), LoaderOptions(batchSize: 8, seed: 1)), Self.options,
                weights: .none, TrainingOptions(device: .cpu))
            learner.showsProgress = false
            return try learner.getPredictions(of: texts.map(TextSource.text))
        }
        let both = try Predictions.ensemble(members)
        let expected = (members[0].outputs + members[1].outputs) / 2
        Fixture.expectClose(both.outputs, expected, "the mean", tolerance: 1e-6)
    }
}
