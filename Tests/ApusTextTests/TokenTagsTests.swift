// Tags of words beside the tokens of their text.
import ApusText
import Foundation
import Testing

extension TextTests {
    @Suite struct TokenTagsTests {
        private let sentences = [
            TaggedWords(words: ["The", "cat", "sleeps"], tags: ["D", "N", "V"]),
            TaggedWords(words: ["Dogs", "bark"], tags: ["N", "V"]),
            TaggedWords(words: ["A", "dog", "sees", "the", "cat"], tags: ["D", "N", "V", "D", "N"]),
        ]

        private func loaders(
            _ input: TextBlock, _ texts: [TaggedWords]
        ) throws -> DataLoaders<TextBlock, TokenTagsBlock> {
            try DataBlock(
                input: input, target: TokenTagsBlock(), source: { .text($0.text) }, label: { $0 }, split: .none
            ).dataLoaders(of: texts, LoaderOptions(batchSize: 3, shuffle: false))
        }

        @Test("the first token of a word has its tag; special tokens, further tokens and padding have none")
        func aligned() throws {
            let tokenizer = try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "wordpiece.json"))
            let loaders = try loaders(TextBlock(tokenizer: tokenizer, layout: .back), sentences)
            let batch = try #require(Array(loaders.train).first)
            let vocabulary = try #require(loaders.textVocabulary)
            for row in 0..<3 {
                let tokens = vocabulary.tokens(of: batch.inputs[0][row].array(of: Int.self))
                let tags = batch.targets[0][row].array(of: Int.self)
                #expect(tokens.count == tags.count)
                let begins = zip(tokens, tags).filter { $0.1 >= 0 }
                #expect(begins.allSatisfy { !$0.0.hasPrefix("##") && !["[CLS]", "[SEP]", "[PAD]"].contains($0.0) })
                // D, N, V are 0, 1, 2.
                let text = batch.inputs[0].size(0) == 3 ? begins.map(\.1) : []
                #expect([[0, 1, 2], [1, 2], [0, 1, 2, 0, 1]].contains(text))
            }
            #expect((batch.targets[0] .== 1).sum().item(as: Int.self) == 4)
        }

        @Test("words by rules: marks have no tag, padding is where the texts have it")
        func ruled() throws {
            let loaders = try loaders(TextBlock(minFrequency: 1, layout: .front), sentences)
            let batch = try #require(Array(loaders.train).first)
            let tags = batch.targets[0]
            let tokens = try #require(loaders.textVocabulary)
            for row in 0..<3 {
                let names = tokens.tokens(of: batch.inputs[0][row].array(of: Int.self))
                for (name, tag) in zip(names, tags[row].array(of: Int.self)) {
                    #expect((tag == TokenTagsBlock.ignored) == name.hasPrefix("xx"))
                }
            }
        }

        @Test("the loss and the accuracy leave out what has no tag")
        func loss() throws {
            let target = Tensor([0, 1, -100, 2, -100, -100]).reshape(2, 3)
            let output = Tensor([3, 0, 0, 0, 3, 0, 9, 9, 9, 0, 3, 0, 9, 9, 9, 9, 9, 9] as [Float]).reshape(2, 3, 3)
            // ln(e^3 + 2) - 3 twice, ln(e^3 + 2) once, by three: by hand.
            let loss = TokenTagsBlock(vocabulary: ["D", "N", "V"]).defaultLoss.function(output, [target]).item()
            #expect(abs(loss - 1.0949) < 1e-3)
        }

        @Test("a stored block has its tags, and not the texts' vocabulary once more")
        func stored() throws {
            let loaders = try loaders(TextBlock(tokenizer: Whitespace(), minFrequency: 1, layout: .front), sentences)
            let data = try JSONEncoder().encode(loaders.pipeline.target)
            #expect(String(decoding: data, as: UTF8.self) == #"{"vocabulary":["D","N","V"]}"#)
            let read = try JSONDecoder().decode(TokenTagsBlock.self, from: data)
            let again = try read.fitted(beside: loaders.pipeline.input)
            // Filled up in front, as the texts are.
            let tags = try again.collate([TokenTags(["D", "N"]), TokenTags(["V"])])
            #expect(tags.array(of: Int.self) == [0, 1, TokenTagsBlock.ignored, 2])
        }

        @Test("what does not go together is refused with a sentence")
        func refused() throws {
            let block = TextBlock(tokenizer: Whitespace(), minFrequency: 1, layout: .back)
            #expect(throws: DataError.self) { try loaders(block, [TaggedWords(words: ["a", "b"], tags: ["X"])]) }
            #expect(throws: DataError.self) { try loaders(block, [TaggedWords(words: ["a b"], tags: ["X"])]) }
            #expect(throws: DataError.self) { try loaders(block, []) }
            #expect(throws: DataError.self) { try loaders(TextBlock(layout: .stream()), sentences) }
        }

        @Test("tags of several batches are joined, and what fills them up counts nowhere")
        func severalLengths() throws {
            let texts = (0..<9).map { number in
                TaggedWords(
                    words: (0...number).map { "w\($0)" }, tags: (0...number).map { $0 % 2 == 0 ? "even" : "odd" })
            }
            let block = DataBlock<TaggedWords, TextBlock, TokenTagsBlock>(
                input: TextBlock(tokenizer: Whitespace(), minFrequency: 1, layout: .back), target: TokenTagsBlock(),
                source: { .text($0.text) }, label: { $0 }, split: .indices(Array(0..<9).filter { $0 != 8 }))
            let loaders = try block.dataLoaders(of: texts, LoaderOptions(batchSize: 1))
            manualSeed(3)
            let net = Sequential([Embedding(loaders.textVocabulary?.count ?? 0, 4), Linear(4, 2)])
            let learner = try Learner(loaders, net, metrics: [.tagAccuracy], TrainingOptions(device: .cpu))
            let found = try learner.getPredictions(withInputs: true)
            #expect(found.outputs.shape == [8, 8, 2] && found.targets[0].shape == [8, 8])
            for (place, text) in texts.prefix(8).enumerated() {
                let tags = try learner.predict(text.text).tags
                #expect(try found.values()[place].tags == tags + [String?](repeating: nil, count: 8 - tags.count))
                let words = try learner.pipeline.input.value(of: found.inputs.map { $0[place] })
                #expect(words.tokens == text.words)
            }
            let counted = try #require(learner.validate().metric("accuracy"))
            #expect(try abs(found.measure(.tagAccuracy) - counted) < 1e-6)
            let figure = try learner.plotResults(seed: 1)
            #expect(!figure.panels.isEmpty)
        }

        @Test("a net learns tags, and answers with one for each token")
        func learns() throws {
            manualSeed(1)
            let words = ["red", "green", "blue", "one", "two", "three"]
            let texts = (0..<60).map { number in
                let chosen = (0..<4).map { words[(number * 7 + $0 * $0 * 5) % 6] }
                return TaggedWords(
                    words: chosen, tags: chosen.map { words.firstIndex(of: $0)! < 3 ? "color" : "number" })
            }
            let loaders = try loaders(TextBlock(tokenizer: Whitespace(), minFrequency: 1, layout: .back), texts)
            let net = Sequential([Embedding(loaders.textVocabulary?.count ?? 0, 8), Linear(8, 2)])
            let learner = try Learner(loaders, net, metrics: [.tagAccuracy], TrainingOptions(device: .cpu))
            try learner.fitOneCycle(8, learningRate: 0.05)
            #expect(try learner.validate(loaders.train).metric("accuracy") == 1)
            #expect(try learner.predict("two blue").tags == ["number", "color"])
        }
    }
}
