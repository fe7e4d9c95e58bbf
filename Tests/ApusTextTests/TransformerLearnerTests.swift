// Learners of transformers: data in their own tokens, training, files, what is refused.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusText

@Suite("Learners of transformers") struct TransformerLearnerTests {
    private static let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "movie", "a", "the", "very", "this", "is", "was",
        "##s",
    ]

    /// A folder of BERT with a tokenizer of words.
    private func withBERT(_ body: (TransformerFolder) throws -> Void) throws {
        try withTransformer("bert") { _, folder in
            let words = Self.words + (Self.words.count..<40).map { "[unused\($0)]" }
            try Data(words.joined(separator: "\n").utf8).write(to: folder.url.appending(path: "vocab.txt"))
            try body(folder)
        }
    }

    private func reviews(_ block: TextBlock) throws -> DataLoaders<TextBlock, CategoryBlock> {
        var (texts, labels): ([String], [String]) = ([], [])
        for subject in ["movie", "movies", "a movie", "the movie", "this movie"] {
            for verb in ["is", "was"] {
                for degree in ["", "very ", "very very ", "a "] {
                    for (word, label) in [("good", "pos"), ("bad", "neg")] {
                        texts.append("\(subject) \(verb) \(degree)\(word)")
                        labels.append(label)
                    }
                }
            }
        }
        return try TextDataLoaders.fromTexts(
            texts, labels: labels, block: block, split: .random(0.2, seed: 1), LoaderOptions(batchSize: 8, seed: 1))
    }

    @Test("a classifier learns, and answers from its file as before")
    func learns() throws {
        try withBERT { folder in
            manualSeed(1)
            let loaders = try reviews(folder.textBlock())
            let batch = try #require(try loaders.oneBatch().inputs.first)
            #expect(batch[0, 0].item() == 2)  // [CLS]
            let learner = try textClassifierLearner(
                loaders, .transformer(folder), dropMultiplier: 0, metrics: [.accuracy], TrainingOptions(device: .cpu))
            let model = try #require(learner.model as? TransformerClassifier)
            // All but the head is frozen, norms aside.
            #expect(!model.body.layers[0].inner.weight.requiresGradient)
            #expect(model.head.output.weight.requiresGradient)
            learner.unfreeze()
            try learner.fitOneCycle(6, learningRate: .range(1e-3, 5e-3))
            let accuracy = try #require(learner.recorder.rows.last?.value("accuracy"))
            #expect(accuracy > 0.9)

            let file = folder.url.appending(path: "reviews.safetensors")
            try learner.export(to: file)
            let classifier = try TextClassifier(from: file, device: .cpu)
            for text in ["this movie was very good", "the movie is bad", "", "nothing known"] {
                let (own, again) = (try learner.predict(text), try classifier.predict(text))
                #expect(own.label == again.label)
                #expect(zip(own.probabilities, again.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
            }
            #expect(try classifier.predict("a movie is good").label == "pos")
        }
    }

    @Test("data that is not in the model's tokens, or not as it takes them, is refused with the way out")
    func misfits() throws {
        try withBERT { folder in
            func message(_ block: TextBlock) throws -> String {
                let error = #expect(throws: TextError.self) {
                    try textClassifierLearner(try reviews(block), .transformer(folder))
                }
                return "\(try #require(error))"
            }
            #expect(try message(TextBlock()).contains("tokens of RuledTokenizer"))
            #expect(try message(folder.textBlock(layout: .front)).contains("filled up at the back"))
            var long = try folder.tokenizer()
            long.maxLength = nil
            #expect(
                try message(TextBlock(tokenizer: long, layout: .back)).contains(
                    "any number of tokens, the model takes 20"))
            let error = #expect(throws: TextError.self) {
                try textClassifierLearner(
                    try reviews(folder.textBlock()), .transformer(folder), weights: .folder(folder.url))
            }
            #expect("\(try #require(error))".contains("those of its folder"))
            #expect(throws: TextError.self) { try folder.textBlock(maxLength: 21) }

            // A folder without its tokenizer, and one with a larger one.
            let vocabulary = folder.url.appending(path: "vocab.txt")
            let more = try String(contentsOf: vocabulary, encoding: .utf8) + "\nmore"
            try Data(more.utf8).write(to: vocabulary)
            let larger = #expect(throws: TextError.self) { try folder.textBlock() }
            #expect("\(try #require(larger))".contains("a tokenizer of 41 tokens, by config.json the model knows 40"))
            try FileManager.default.removeItem(at: vocabulary)
            let none = #expect(throws: TextError.self) { try folder.textBlock() }
            #expect("\(try #require(none))".contains("has no tokenizer"))
        }
    }

    @Test("a text longer than the model takes is cut before its last token")
    func long() throws {
        try withBERT { folder in
            let tokens = try folder.tokenizer(maxLength: 4).tokens(of: "this movie is very good")
            #expect(tokens == ["[CLS]", "this", "movie", "[SEP]"])
            let all = String(repeating: "good ", count: 50)
            #expect(try folder.tokenizer().tokens(of: all).count == 20)
            // An embedder gives vectors for it, too.
            #expect(try folder.sentenceEmbedder(device: .cpu).embed(all).shape == [16])
        }
    }

    /// A folder of GPT-2 whose tokens are characters.
    private func withGPT(_ body: (TransformerFolder) throws -> Void) throws {
        try withTransformer("gpt2 words") { _, folder in
            let characters = "abcdefghijklmnopqrstuvwxyzĠ0123456789.,".map(String.init)
            var vocabulary = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
            vocabulary["<|endoftext|>"] = 39
            try JSONEncoder().encode(vocabulary).write(to: folder.url.appending(path: "vocab.json"))
            try Data("#version: 0.2\n".utf8).write(to: folder.url.appending(path: "merges.txt"))
            try body(folder)
        }
    }

    @Test("GPT-2 learns a text and writes it on, token by token")
    func writes() throws {
        try withGPT { folder in
            manualSeed(1)
            let block = try folder.textBlock(layout: .stream(seqLen: 12))
            #expect(block.vocabulary?.padding == 39)
            let texts = Array(repeating: String(repeating: "abcdefgh ", count: 20), count: 10)
            let loaders = try LanguageModelDataLoaders.fromTexts(
                texts, block: block, split: .random(0.2, seed: 1), LoaderOptions(batchSize: 8, seed: 1))
            let learner = try languageModelLearner(
                loaders, .transformer(folder), dropMultiplier: 0,
                TrainingOptions(precision: .float32, device: .cpu))
            learner.unfreeze()
            try learner.fitOneCycle(24, learningRate: 1e-2)
            var parts: [String] = []
            let options = GenerationOptions(words: 10, topK: 1, seed: 1)
            let written = try learner.generate("abc", options) { parts.append($0) }
            #expect(written == "abcdefgh abcd")
            #expect("abc" + parts.joined() == written && parts.count == 10)
        }
    }

    @Test("GPT-2's loss in pieces has transformers' loss and gradients")
    func lossInPieces() throws {
        try withTransformer("gpt2 words") { expected, folder in
            let ids = expected.ids.ids
            let (inputs, targets) = (ids[0..., 0..<(ids.size(1) - 1)], ids[0..., 1...])
            func trained(_ step: TrainingStep) throws -> (Trainer, TransformerLanguageModel) {
                var configuration = try folder.configuration.dropping(times: 0)
                configuration.padding = nil
                let model = try folder.languageModel(configuration)
                let data = try TensorDataset(inputs.contiguous(), targets.contiguous())
                let trainer = Trainer(
                    train: try DataLoader(data, batchSize: 2), valid: try DataLoader(data, batchSize: 2), model: model,
                    loss: .crossEntropy(dim: -1), TrainingOptions(optimizer: .sgd(), precision: .float32, device: .cpu))
                trainer.showsProgress = false
                trainer.step = step
                return (trainer, model)
            }
            let (pieces, own) = try trained(LanguageModelStep())
            let (whole, other) = try trained(StandardStep())
            // The vectors of the tokens are the decoder as well, so that both roads of their gradient count.
            for trainer in [pieces, whole] { try trainer.fit(2, learningRate: 0.05) }
            for (found, reference) in zip(own.namedParameters(), other.namedParameters()) {
                let gap = (found.tensor.detached() - reference.tensor.detached()).abs().max().item()
                #expect(gap < 2e-5, "\(found.name) differs by \(gap)")
            }
            let (losses, expectedLosses) = (
                pieces.recorder.rows.map(\.trainLoss), whole.recorder.rows.map(\.trainLoss)
            )
            #expect(zip(losses, expectedLosses).allSatisfy { abs($0 - $1) < 1e-4 })
            let (validLoss, wholeLoss) = (try pieces.validate().loss, try whole.validate().loss)
            #expect(abs(validLoss - wholeLoss) < 1e-4)
        }
    }

    @Test("GPT-2's folder writes as it is")
    func folderWrites() throws {
        try withGPT { folder in
            let writer = try LanguageModelPredictor(folder, precision: .float32, device: .cpu)
            let options = GenerationOptions(words: 4, temperature: 0)
            let written = try writer.generate("abc", options)
            #expect(written.hasPrefix("abc"))
            // The tokens are those that the model alone goes on with; the last one stands for unknown ones and ends a text.
            var configuration = folder.configuration
            configuration.padding = nil
            let model = try folder.languageModel(configuration).eval()
            func best(_ logits: Tensor) -> Int { logits[0][0..<39].argmax().item(as: Int.self) }
            let ids = withoutGradients {
                var (token, ids) = (best(model.start(Tensor([[0, 1, 2]]))), [0, 1, 2])
                for _ in 0..<4 {
                    ids.append(token)
                    token = best(model.next(Tensor([token])))
                }
                return ids
            }
            let vocabulary = try #require(writer.pipeline.input.vocabulary)
            #expect(written == writer.pipeline.input.tokenizer.text(of: vocabulary.tokens(of: ids)))
            let error = #expect(throws: TextError.self) { try TextClassifier(folder) }
            #expect(try #require(error).description.contains("one that tells one class of a text is asked for"))
        }
    }
}
