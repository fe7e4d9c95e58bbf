// The learners of texts end to end: a language model, its encoder in a file, a classifier on top, exported and read again.
import Foundation
import Synchronization
import Testing
import Torch

@testable import ApusText

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
            loaders, Self.options, weights: weights, metrics: [.accuracy, .perplexity],
            TrainingOptions(precision: .float32, device: .cpu))
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
            TrainingOptions(precision: .float32, device: .cpu))
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

    @Test("an exported language model goes on with other texts, of its own sizes; another direction or kind is refused")
    func exportedWeights() throws {
        try Fixture.withTemporaryFolder { folder in
            let first = try languageModel()
            let file = folder.appending(path: "language.safetensors")
            try first.export(to: file)
            let texts = ["the film was a new film", "a new plot and the film was as long"]
            let loaders = try LanguageModelDataLoaders.fromTexts(
                texts, block: TextBlock(minFrequency: 1, layout: .stream(seqLen: 4)), split: .none,
                LoaderOptions(batchSize: 2, seed: 1))
            let next = try languageModelLearner(loaders, weights: .exported(file), TrainingOptions(device: .cpu))
            let (from, to) = (try #require(first.model as? LanguageModel), try #require(next.model as? LanguageModel))
            #expect(to.encoder.options == from.encoder.options)
            let (known, own) = (
                try #require(first.pipeline.input.vocabulary), try #require(next.pipeline.input.vocabulary)
            )
            func row(_ model: LanguageModel, _ token: String, _ vocabulary: TokenVocabulary) throws -> Tensor {
                model.encoder.encoder.weight[try #require(vocabulary.id(of: token))]
            }
            Fixture.expectClose(try row(to, "film", own), try row(from, "film", known), "film")
            // A token that the first model did not know has the mean.
            Fixture.expectClose(try row(to, "new", own), from.encoder.encoder.weight.mean(dims: [0]), "new")
            #expect(next.parameterGroups.map { $0[0].requiresGradient } == [false, false, true])
            let classifier = try textClassifierLearner(
                TextDataLoaders.fromTexts(
                    texts, labels: ["a", "b"], block: TextBlock(vocabulary: own), split: .none,
                    LoaderOptions(batchSize: 2)),
                weights: .exported(file), TrainingOptions(device: .cpu))
            #expect(try #require(classifier.model as? TextModel).encoder.module.options.hiddenSize == 24)

            let encoder = folder.appending(path: "encoder.safetensors")
            try first.saveEncoder(to: encoder)
            let sized = try textClassifierLearner(
                TextDataLoaders.fromTexts(
                    texts, labels: ["a", "b"], block: TextBlock(vocabulary: known), split: .none,
                    LoaderOptions(batchSize: 2)),
                .awdLSTM(ofEncoder: encoder), weights: .none, TrainingOptions(device: .cpu))
            try sized.loadEncoder(from: encoder)

            let backward = try LanguageModelDataLoaders.fromTexts(
                texts, block: TextBlock(minFrequency: 1, layout: .stream(seqLen: 4), isBackward: true), split: .none,
                LoaderOptions(batchSize: 2, seed: 1))
            let turned = #expect(throws: TextError.self) {
                try languageModelLearner(backward, weights: .exported(file))
            }
            #expect(turned?.description.contains("from their beginning and these are read from their end") == true)
            let other = folder.appending(path: "classifier.safetensors")
            try classifier.export(to: other)
            let wrong = #expect(throws: TextError.self) { try languageModelLearner(loaders, weights: .exported(other)) }
            #expect(wrong?.description.contains("is no language model") == true)
        }
    }

    @Test("a report tells of tokenizer, vocabulary and lengths, of a classifier and of a language model")
    func report() throws {
        try Fixture.withTemporaryFolder { folder in
            func page(_ write: (URL) throws -> URL) throws -> String {
                let page = try String(contentsOf: write(folder), encoding: .utf8)
                #expect(!page.contains("could not be made") && !page.contains("There are no transforms"))
                return page
            }
            let texts = try classifier(nil)
            try texts.fitOneCycle(1, learningRate: 1e-2)
            let own = try page { try texts.report(to: $0) }
            for part in [
                "EnglishWords", "markCapitals", "xxbos", "at least 3 times", "longest", "How many tokens", "TextModel",
            ] { #expect(own.contains(part), "\(part)") }
            // "xxbos what a wonderful movie and the rest is as long ." has 12 tokens, "a story that is ..." 14.
            #expect(own.contains("<td class=\"number\">12</td>") && own.contains("<td class=\"number\">14</td>"))
            let language = try languageModel()
            try language.fitOneCycle(1, learningRate: 1e-2)
            let written = try page { try language.report(to: $0) }
            #expect(
                written.contains("one stream of all texts in pieces of 8 tokens") && written.contains("Total params")
                    && written.contains("Predictions beside labels") && written.contains("DroppedLSTM"))
        }
    }

    @Test("inputs of several batches are joined whatever the lengths of their texts")
    func severalLengths() throws {
        let learner = try classifier(nil)
        let batches = try Array(#require(learner.valid as? BlockLoader<TextBlock, CategoryBlock>))
        #expect(Set(batches.map { $0.inputs[0].size(1) }).count > 1)
        let found = try learner.getPredictions(withInputs: true)
        #expect(found.inputs[0].size(0) == 20 && found.indices == Array(0..<20))
        let block = learner.pipeline.input
        for (place, review) in Self.reviews[40..<60].enumerated() {
            let text = try block.load(.text(review.text), hint: LoadHint())
            #expect(try block.value(of: found.inputs.map { $0[place] }).ids == text.ids)
            let alone = Double(try learner.predict(review.text).probabilities[0])
            #expect(abs(alone - found.outputs[place][0].item()) < 1e-5)
        }
        // More than a batch has, of all lengths.
        let texts = (0..<70).map { TextSource.text(String(repeating: "a film ", count: $0 + 1)) }
        let figure = try learner.plotPredictions(of: texts)
        #expect(!figure.panels.isEmpty)
    }

    @Test("of a language model each lane is an item, which goes on from batch to batch")
    func lanes() throws {
        let learner = try languageModel()
        let batches = try Array(#require(learner.valid as? BlockLoader<TextBlock, NextTokenBlock>))
        #expect(batches.count > 1 && Set(batches.map { $0.inputs[0].size(1) }).count > 1)
        let found = try learner.getPredictions(withInputs: true)
        #expect(found.count == 4 && found.inputs[0].equal(Tensor.cat(batches.map { $0.inputs[0] }, dim: 1)))
        #expect(found.targets[0].equal(Tensor.cat(batches.map { $0.targets[0] }, dim: 1)))
        // All at once the model says the same.
        let model = try #require(learner.model as? LanguageModel)
        model.eval()
        model.reset()
        let logits = withoutGradients { model(found.inputs[0]) }
        Fixture.expectClose(found.outputs, logits.softmax(dim: -1), "the answers")
        let each = Loss.crossEntropy(dim: -1).perItem(logits, found.targets).reshape(4, -1)
        Fixture.expectClose(try #require(found.losses), each.mean(dim: 1), "the losses")
        let right = logits.argmax(dim: -1).eq(found.targets[0]).float().mean().item()
        #expect(try abs(found.measure(.accuracy) - right) < 1e-6)
        let figure = try learner.plotResults(maxCount: 3, seed: 1)
        #expect(!figure.panels.isEmpty)
    }

    @Test("of several folds each text is answered by a model that has not seen it")
    func folds() throws {
        let block = DataBlock<(text: String, label: String), TextBlock, CategoryBlock>(
            input: TextBlock(minFrequency: 1, layout: .chunked(seqLen: 6)), target: CategoryBlock(),
            source: { .text($0.text) }, label: { $0.label }, split: .none)
        let result = try block.crossValidate(
            Array(Self.reviews.prefix(18)), folds: 3, seed: 1, LoaderOptions(batchSize: 4)
        ) { loaders, _ in
            let learner = try textClassifierLearner(
                loaders, Self.options, weights: .none, metrics: [.accuracy], TrainingOptions(device: .cpu))
            learner.showsProgress = false
            try learner.fit(1)
            return learner
        }
        #expect(result.predictions.indices == Array(0..<18))
        #expect(result.folds.allSatisfy { $0.places.count == 6 && $0.learner.train.itemCount == 12 })
        let mean = try #require(result.mean.metric("accuracy"))
        #expect(try abs(result.predictions.measure(.accuracy) - mean) < 1e-6)
    }

    @Test("each stage of a training has its name above its table")
    func stageNames() throws {
        let learner = try classifier(nil)
        let told = Lines()
        learner.reporter = told
        learner.showsProgress = true
        try learner.fitGradually([
            UnfreezingStage(groups: 1, learningRate: 1e-2), UnfreezingStage(groups: 2, learningRate: 1e-2),
            UnfreezingStage(learningRate: 1e-3),
        ])
        #expect(
            told.all.filter { $0.hasPrefix("stage") } == [
                "stage 1 of 3: the last group of layers", "stage 2 of 3: the last 2 groups of layers",
                "stage 3 of 3: all layers",
            ])
        #expect(told.all.firstIndex(of: "stage 1 of 3: the last group of layers") == 0 && learner.stageName == nil)
    }

    @Test("a search for a rate goes through few batches again and again, and few rates suggest none")
    func rates() throws {
        let learner = try classifier(nil)
        #expect(learner.train.batchCount == 5)
        let found = try learner.lrFind(end: 1, iterations: 30, stopsAtDivergence: false)
        #expect(found.losses.count == 30 && found.remark == nil && found.minimum != nil)
        let language = try languageModel()
        #expect(try language.lrFind(end: 1, iterations: 40, stopsAtDivergence: false).losses.count == 40)
        let few = try language.lrFind(end: 1, iterations: 6)
        #expect(few.suggestions.isEmpty && few.remark?.contains("6 batches are too few") == true)
    }

    @Test("an encoder of another vocabulary, and a model without one, are named")
    func otherVocabulary() throws {
        try Fixture.withTemporaryFolder { folder in
            let encoder = folder.appending(path: "encoder.safetensors")
            try languageModel().saveEncoder(to: encoder)
            let other = try classifier(TokenVocabulary(SpecialTokens.all + ["wonderful", "terrible"]))
            let error = #expect(throws: TextError.self) { try other.loadEncoder(from: encoder) }
            #expect(error?.description.contains("another vocabulary: number 9") == true, "\(error?.description ?? "")")
            // The other direction is refused, another tokenizer told.
            let language = try languageModel()
            try language.saveEncoder(to: encoder)
            func learner(_ block: TextBlock) throws -> Learner<TextBlock, CategoryBlock> {
                let loaders = try TextDataLoaders.fromTexts(
                    Self.reviews.map(\.text), labels: Self.reviews.map(\.label), block: block, split: .none)
                return try textClassifierLearner(loaders, Self.options, weights: .none, TrainingOptions(device: .cpu))
            }
            let vocabulary = language.pipeline.input.vocabulary
            let turned = #expect(throws: TextError.self) {
                try learner(TextBlock(vocabulary: vocabulary, isBackward: true)).loadEncoder(from: encoder)
            }
            #expect(turned?.description.contains("leave --backward out") == true)
            let cut = try learner(TextBlock(tokenizer: Whitespace(), vocabulary: vocabulary))
            let told = Lines()
            cut.reporter = told
            try cut.loadEncoder(from: encoder)
            #expect(told.all.count == 1 && told.all[0].contains("cut by EnglishWords, and these are cut by Whitespace"))
            let small = try Learner(
                #require(other.loaders), Sequential([Linear(2, 2)]), TrainingOptions(device: .cpu))
            #expect(throws: TextError.self) { try small.saveEncoder(to: encoder) }
        }
    }

    @Test("a file that is asked about says that it is not in UTF-8")
    func wrongEncoding() throws {
        try Fixture.withTemporaryFolder { folder in
            let file = folder.appending(path: "one.txt")
            try Data([0x63, 0x61, 0x66, 0xE9]).write(to: file)
            let learner = try classifier(nil)
            let (told, before) = (Lines(), Reporting.current)
            Reporting.current = told
            defer { Reporting.current = before }
            _ = try learner.predict(.file(file))
            #expect(told.all.count == 1 && told.all[0].contains("one.txt has bytes that are not UTF-8"))
            #expect(told.all[0].contains("--encoding latin1"))
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

    @Test("what cannot be the published model is told from it by its content, since it has no published sum")
    func published() throws {
        let tokens = ["xxunk", "xxpad", "xxbos", "the", "."]
        func said(_ tokens: [String], _ width: Int = 400, _ inner: Int = 1152, spoil: Bool = false) throws -> String {
            var vectors = Tensor.ones(tokens.count, width)
            if spoil { vectors = vectors / 0 }
            let weights = try LanguageModelWeights(
                state: ["0.encoder.weight": vectors, "0.rnns.0.weight_hh_l0_raw": Tensor.zeros(4 * inner, inner)],
                tokens: tokens)
            do { try weights.checkPublished(at: "wt103-fwd") } catch { return "\(error)" }
            return ""
        }
        #expect(try said(tokens) == "")
        #expect(try said(Array(tokens.dropLast())).contains("its vocabulary lacks \".\""))
        #expect(try said(tokens, 300).contains("its vectors have 300 numbers, 400 were expected"))
        #expect(try said(tokens, 400, 1150).contains("not those of 400-1152-1152-400"))
        #expect(try said(tokens, spoil: true).contains("0.encoder.weight holds numbers that are infinite"))
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
        let learners = try [false, true].map { isBackward in
            let learner = try textClassifierLearner(
                TextDataLoaders.fromTexts(
                    Self.reviews.map(\.text), labels: Self.reviews.map(\.label),
                    block: TextBlock(layout: .chunked(seqLen: 6), isBackward: isBackward),
                    split: .indices(Array(40..<60)), LoaderOptions(batchSize: 8, seed: 1)), Self.options,
                weights: .none, TrainingOptions(device: .cpu))
            learner.showsProgress = false
            return learner
        }
        let sources = texts.map(TextSource.text)
        let members = try learners.map { try $0.getPredictions(of: sources) }
        let expected = (members[0].outputs + members[1].outputs) / 2
        let both = try BothDirections(forward: learners[0], backward: learners[1])
        Fixture.expectClose(try both.getPredictions(of: sources).outputs, expected, "the mean", tolerance: 1e-6)
        let answers = try both.predict(sources)
        for (place, answer) in answers.enumerated() {
            let row = expected[place].array(of: Float.self)
            #expect(zip(answer.probabilities, row).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(answer.label == answer.vocabulary[row[0] > row[1] ? 0 : 1])
        }
        #expect(try both.predict(texts[1]).label == answers[1].label)
        #expect(try both.predict([]).isEmpty)
        // The loader of one of them serves for both, each in its own tokens.
        let valid = try #require(learners[0].valid)
        let held = try both.getPredictions(valid)
        let own = try learners.map { try $0.getPredictions() }
        #expect(held.count == 20)
        Fixture.expectClose(
            held.outputs, (own[0].outputs + own[1].outputs) / 2, "the validation's mean", tolerance: 1e-5)
        #expect(try held.measure(.accuracy).isFinite)

        let swapped = #expect(throws: TextError.self) {
            try BothDirections(forward: learners[1], backward: learners[0])
        }
        #expect(swapped?.description.contains("The forward model reads texts from their end") == true)
    }

    @Test("the file of a language model has its vocabulary once, and one that has it twice still loads")
    func vocabularyOnce() throws {
        try Fixture.withTemporaryFolder { folder in
            let language = try languageModel()
            let file = folder.appending(path: "language.safetensors")
            try language.export(to: file)
            let manifest = try #require(try SafetensorsFile(file).metadata["apus"])
            #expect(manifest.components(separatedBy: "\"wonderful\"").count == 2)
            let writer = try LanguageModelPredictor(from: file)
            #expect(writer.pipeline.target.vocabulary == language.pipeline.input.vocabulary)
            // As files were before: the vocabulary with the target as well.
            let tokens = try JSONEncoder().encode(language.pipeline.input.vocabulary)
            let twice = manifest.replacing(
                "\"target\":{}", with: "\"target\":{\"vocabulary\":\(String(decoding: tokens, as: UTF8.self))}")
            #expect(twice != manifest)
            let older = folder.appending(path: "older.safetensors")
            let source = try SafetensorsFile(file)
            try Safetensors.save(
                try source.names.map { ($0, try source.tensor($0)) },
                metadata: ["apus": twice, "apus_input": "TextBlock"],
                to: older)
            let again = try LanguageModelPredictor(from: older, precision: .float32, device: .cpu)
            #expect(again.pipeline.target.vocabulary == writer.pipeline.target.vocabulary)
            let (found, expected) = (
                try again.predict("what a").probabilities,
                try LanguageModelPredictor(from: file, precision: .float32, device: .cpu).predict("what a")
                    .probabilities
            )
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count)
        }
    }
}

/// The lines and warnings that were told.
private final class Lines: Reporter {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func line(_ text: String) { lines.withLock { $0.append(text) } }
    func note(_ text: String) {}
    func warning(_ text: String) { line(text) }
}
