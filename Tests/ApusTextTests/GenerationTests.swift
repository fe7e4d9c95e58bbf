// Generation on models whose probabilities are written down by hand.
import ApusText
import Testing

/// A model whose next token depends on the last one alone: the logits are a row of a table.
private final class Chain: Module {
    let table: Tensor
    private(set) var widths: [Int] = []

    init(_ probabilities: [[Double]]) {
        table = Tensor(probabilities.flatMap { $0.map { Float($0) } }).reshape(probabilities.count, -1).log()
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        widths.append(input.size(1))
        return table.indexSelect(dim: 0, input.flatten()).reshape(input.size(0), input.size(1), -1)
    }
}

/// The same, keeping what it has read.
private final class KeepingChain: Module, IncrementalLanguageModel {
    let table: Tensor
    var last = Tensor.undefined
    var steps = 0

    init(_ chain: Chain) {
        table = chain.table
        super.init()
    }

    func start(_ tokens: Tensor) -> Tensor { next(tokens.select(dim: 1, index: tokens.size(1) - 1)) }
    func next(_ tokens: Tensor) -> Tensor {
        steps += 1
        last = tokens
        return table.indexSelect(dim: 0, tokens)
    }
    func reorder(_ rows: Tensor) { last = last.indexSelect(dim: 0, rows) }
    func reset() { last = .undefined }
}

extension TextTests {
    @Suite struct GenerationTests {
        /// xxunk, xxpad, a, b, c, xxmaj, xxeos.
        private func predictor(
            _ rows: [[Double]], keeping: Bool = false
        ) throws -> Predictor<TextBlock, NextTokenBlock> {
            let vocabulary = try TokenVocabulary(["xxunk", "xxpad", "a", "b", "c", "xxmaj", "xxeos"])
            let block = TextBlock(
                tokenizer: RuledTokenizer(Whitespace(), rules: []), vocabulary: vocabulary, layout: .stream())
            let pipeline = Pipeline(input: block, target: try NextTokenBlock().fitted(beside: block))
            let chain = Chain(rows)
            return keeping ? Predictor(pipeline, KeepingChain(chain)) : Predictor(pipeline, chain)
        }

        private let cycle: [[Double]] = [
            [1, 0, 0, 0, 0, 0, 0],  // xxunk
            [1, 0, 0, 0, 0, 0, 0],  // xxpad
            [0, 0, 0, 0.9, 0.1, 0, 0],  // a: mostly b
            [0, 0, 0, 0, 0.7, 0.3, 0],  // b: mostly c
            [0, 0, 1, 0, 0, 0, 0],  // c: a
            [0, 0, 1, 0, 0, 0, 0],  // xxmaj: a
            [1, 0, 0, 0, 0, 0, 0],  // xxeos
        ]

        @Test("the most probable words follow at temperature 0, with and without keeping what was read")
        func greedy() throws {
            for keeping in [false, true] {
                let predictor = try predictor(cycle, keeping: keeping)
                #expect(try predictor.generate("a", GenerationOptions(words: 6, temperature: 0)) == "a b c a b c a")
                #expect(try predictor.generate("a b", GenerationOptions(words: 0)) == "a b")
            }
        }

        @Test("one seed writes one text, others differ; capitals are undone")
        func seeds() throws {
            let predictor = try predictor(cycle)
            let texts = try (0..<20).map { try predictor.generate("a", GenerationOptions(words: 12, seed: $0)) }
            #expect(try predictor.generate("a", GenerationOptions(words: 12, seed: 7)) == texts[7])
            #expect(Set(texts).count > 3)
            #expect(texts.contains { $0.contains("b A") })
            #expect(texts.allSatisfy { !$0.contains("xx") })
        }

        @Test("draws have the model's frequencies, and those of a temperature")
        func frequencies() throws {
            let predictor = try predictor(cycle)
            func share(_ options: (Int) -> GenerationOptions) throws -> Double {
                let texts = try (0..<2000).map { try predictor.generate("a", options($0)) }
                return Double(texts.count { $0 == "a c" }) / 2000
            }
            // Four standard deviations of 2,000 draws.
            #expect(abs(try share { GenerationOptions(words: 1, seed: $0) } - 0.1) < 0.027)
            // 0.1^2 / (0.9^2 + 0.1^2) and 0.1^0.5 / (0.9^0.5 + 0.1^0.5)
            #expect(abs(try share { GenerationOptions(words: 1, temperature: 0.5, seed: $0) } - 0.0122) < 0.0098)
            #expect(abs(try share { GenerationOptions(words: 1, temperature: 2, seed: $0) } - 0.25) < 0.039)
        }

        @Test("topK, topP and minP leave out what is improbable")
        func limits() throws {
            let predictor = try predictor(cycle)
            for options in [
                GenerationOptions(words: 1, topK: 1, seed: 0), GenerationOptions(words: 1, topP: 0.9, seed: 0),
                GenerationOptions(words: 1, minP: 0.2, seed: 0),
            ] {
                for seed in 0..<200 {
                    var options = options
                    options.seed = seed
                    #expect(try predictor.generate("a", options) == "a b")
                }
            }
            let texts = try (0..<200).map {
                try predictor.generate("a", GenerationOptions(words: 1, topP: 0.95, seed: $0))
            }
            #expect(Set(texts) == ["a b", "a c"])
        }

        @Test("words of the prompt that the model does not know stay as they were written")
        func unknownPrompt() throws {
            let options = GenerationOptions(words: 1, temperature: 0)
            #expect(try predictor(cycle).generate("zebra a", options) == "zebra a b")
            var parts: [String] = []
            try predictor(cycle).generate("zebra a", options) { parts.append($0) }
            #expect(parts.joined() == " b")
        }

        @Test("unknown words come only where asked")
        func unknown() throws {
            let rows = cycle.map { _ in [0.5, 0, 0.5, 0, 0, 0, 0] }
            let predictor = try predictor(rows)
            #expect(try predictor.generate("a", GenerationOptions(words: 4, seed: 1)) == "a a a a a")
            let text = try predictor.generate("a", GenerationOptions(words: 20, noUnknown: false, seed: 1))
            #expect(text.contains("xxunk"))
        }

        @Test("a text ends with its mark")
        func end() throws {
            var rows = cycle
            rows[4] = [0, 0, 0, 0, 0, 0, 1]
            #expect(try predictor(rows).generate("a", GenerationOptions(words: 20, temperature: 0)) == "a b c")
        }

        @Test("beams find a text that is more probable than the one of the most probable words")
        func beams() throws {
            // a: b 0.6, c 0.4; after b six words are equally probable, after c comes c for sure.
            var rows = cycle
            rows[2] = [0, 0, 0, 0.6, 0.4, 0, 0]
            rows[3] = [0, 0, 0.2, 0.4, 0, 0.4, 0]
            rows[4] = [0, 0, 0, 0, 1, 0, 0]
            for keeping in [false, true] {
                let predictor = try predictor(rows, keeping: keeping)
                #expect(try predictor.generate("a", GenerationOptions(words: 2, temperature: 0)) == "a b b")
                #expect(try predictor.generate("a", GenerationOptions(words: 2, beams: 3)) == "a c c")
            }
        }

        @Test("the parts of the asynchronous sequence are the text")
        func sequence() async throws {
            let predictor = try predictor(cycle)
            for seed in 0..<5 {
                let options = GenerationOptions(words: 10, seed: seed)
                var text = "a"
                for try await part in predictor.generating("a", options) { text += part }
                #expect(text == (try predictor.generate("a", options)))
                var (parts, calls) = ("a", 0)
                let whole = try predictor.generate("a", options) { part in
                    parts += part
                    calls += 1
                }
                #expect(parts == text && whole == text && calls >= 10)
            }
            #expect(throws: CancellationError.self) {
                try predictor.generate("a", GenerationOptions(words: 10)) { _ in throw CancellationError() }
            }
            await #expect(throws: TextError.self) {
                for try await _ in predictor.generating("a", GenerationOptions(topK: 0)) {}
            }
        }

        @Test("impossible options and prompts are refused with a sentence")
        func refusals() throws {
            let predictor = try predictor(cycle)
            for (options, part) in [
                (GenerationOptions(words: -1), "-1 words"), (GenerationOptions(temperature: -0.5), "-0.5"),
                (GenerationOptions(temperature: .nan), "nan"), (GenerationOptions(topK: 0), "topK: 0"),
                (GenerationOptions(topP: 0), "topP: 0"), (GenerationOptions(minP: 2), "minP: 2"),
                (GenerationOptions(beams: 0), "0 beams"),
            ] {
                do {
                    _ = try predictor.generate("a", options)
                    Issue.record("\(part) was not refused")
                } catch { #expect("\(error)".contains(part)) }
            }
            do {
                _ = try predictor.generate("", GenerationOptions())
                Issue.record("an empty prompt was not refused")
            } catch { #expect("\(error)".contains("no tokens")) }
        }

        @Test("the next word is suggested with its probabilities")
        func suggestions() throws {
            let top = try predictor(cycle).predict("b a").top(2)
            #expect(top.map(\.token) == ["b", "c"])
            #expect(abs(Double(top[0].probability) - 0.9) < 1e-6)
        }
    }
}
