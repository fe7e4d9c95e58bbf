// Texts that a language model writes on, as text and as an asynchronous sequence.
import ApusCore
import Foundation
import Torch

extension Predicting where Input == TextBlock, Target == NextTokenBlock {
    /// A text and what the model writes on, with capitals and repetitions undone.
    ///
    /// ```swift
    /// print(try learner.generate("I liked this movie because", GenerationOptions(words: 40, temperature: 0.75)))
    /// ```
    /// A model that keeps what it has read (``IncrementalLanguageModel``) takes one step for each word; others read the whole
    /// text each time.
    ///
    /// - Parameters:
    ///   - prompt: How the text begins; may be empty where the tokenizer marks the beginning of a text.
    ///   - options: How many words, and how each is chosen.
    /// - Throws: ``TextError`` for options that are not possible, a prompt without tokens, or a backward model.
    public func generate(_ prompt: String, _ options: GenerationOptions = GenerationOptions()) throws -> String {
        let run = try GenerationRun(predictor, prompt, options)
        return run.text(try run.tokens { _ in })
    }

    /// A text and what the model writes on, of which `body` gets each part behind the prompt as it comes, on this thread.
    ///
    /// ```swift
    /// let text = try predictor.generate("I liked this movie") { part in print(part, terminator: "") }
    /// ```
    /// The parts together, behind the prompt, are what ``generate(_:_:)`` gives. Several beams give all words at the end.
    ///
    /// - Parameters:
    ///   - prompt: How the text begins; may be empty where the tokenizer marks the beginning of a text.
    ///   - options: How many words, and how each is chosen.
    ///   - body: Gets a part of the text after each word; an empty one where nothing can be shown yet. An error that it throws
    ///     ends the text.
    /// - Throws: ``TextError`` for options that are not possible, a prompt without tokens, or a backward model; what `body`
    ///   throws.
    @discardableResult
    public func generate(
        _ prompt: String, _ options: GenerationOptions = GenerationOptions(), _ body: (_ part: String) throws -> Void
    ) throws -> String {
        let run = try GenerationRun(predictor, prompt, options)
        var shown = run.text(run.prompt)
        let all = try run.tokens { tokens in
            let text = run.text(tokens)
            // A token that changes the next word, such as xxmaj, says nothing yet.
            guard text.count > shown.count, text.hasPrefix(shown) else { return try body("") }
            try body(String(text.dropFirst(shown.count)))
            shown = text
        }
        let text = run.text(all)
        if text.count > shown.count { try body(String(text.dropFirst(shown.count))) }
        return text
    }

    /// What the model writes on, word by word, as it comes.
    ///
    /// ```swift
    /// for try await part in learner.predictor.generating("I liked this movie") { print(part, terminator: "") }
    /// ```
    /// The parts together, behind the prompt, are what ``generate(_:_:)`` gives. Several beams give all words at the end. The
    /// model answers nobody else until the text ends, or the loop is left.
    public func generating(
        _ prompt: String, _ options: GenerationOptions = GenerationOptions()
    ) -> AsyncThrowingStream<String, any Error> {
        let predictor = predictor
        return AsyncThrowingStream { continuation in
            let task = Task.detached {
                do {
                    try predictor.generate(prompt, options) { part in
                        try Task.checkCancellation()
                        if !part.isEmpty { continuation.yield(part) }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// One text that is written on.
private struct GenerationRun {
    private let predictor: Predictor<TextBlock, NextTokenBlock>
    private let options: GenerationOptions
    private let vocabulary: TokenVocabulary
    private let seed: Int
    /// The numbers of the prompt's tokens.
    let prompt: [Int]
    /// The prompt's tokens, also those that the model does not know.
    private let promptTokens: [String]

    init(_ predictor: Predictor<TextBlock, NextTokenBlock>, _ prompt: String, _ options: GenerationOptions) throws {
        try options.check()
        let block = predictor.pipeline.input
        guard !block.isBackward else {
            throw TextError("A backward model reads texts from their end and cannot write them on; use a forward one.")
        }
        (self.predictor, self.options, vocabulary) = (predictor, options, try block.known())
        seed = options.seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self)
        var tokens = try block.tokenizer.tokens(of: prompt)
        let ids = vocabulary.ids(of: tokens)
        // A mark of the end would end the text before it goes on.
        if let end = Self.ends(vocabulary).first(where: { $0 == ids.last }), ids.count > 1 {
            tokens = zip(tokens, ids).filter { $1 != end }.map(\.0)
        }
        guard !tokens.isEmpty else {
            throw TextError("The prompt \"\(prompt)\" has no tokens; give at least one word.")
        }
        (promptTokens, self.prompt) = (tokens, vocabulary.ids(of: tokens))
    }

    /// The tokens that end a text.
    private static func ends(_ vocabulary: TokenVocabulary) -> [Int] {
        [SpecialTokens.end, "<|endoftext|>", "</s>", "[SEP]"].compactMap(vocabulary.id)
    }

    /// The text of tokens, without marks of beginning and padding.
    func text(_ ids: [Int]) -> String {
        let hidden = Set([SpecialTokens.beginning, SpecialTokens.padding, SpecialTokens.end, "<|endoftext|>"])
        let written = vocabulary.tokens(of: Array(ids.dropFirst(promptTokens.count)))
        let tokens = (promptTokens.prefix(ids.count) + written).filter { !hidden.contains($0) }
        return predictor.pipeline.input.tokenizer.text(of: tokens)
    }

    /// The prompt and what comes after it; `body` sees all tokens after each one.
    func tokens(_ body: ([Int]) throws -> Void) throws -> [Int] {
        guard options.words > 0 else { return prompt }
        return try predictor.withModel { model in
            try withTorchErrors {
                try withoutGradients {
                    let reader = (model as? any IncrementalLanguageModel) ?? RereadingModel(model)
                    defer { reader.reset() }
                    return options.beams == 1 ? try drawn(reader, body) : try searched(reader)
                }
            }
        }
    }

    private func logits(_ reader: any IncrementalLanguageModel, _ output: Tensor) throws -> Tensor {
        guard !torchHasFailed, output.isDefined, output.dim == 2, output.size(1) == vocabulary.count else {
            throw TextError(
                "The model put out \(output.isDefined ? "\(output.shape)" : "nothing") for the next token; "
                    + "[texts, \(vocabulary.count)] was expected.")
        }
        return output
    }

    private func drawn(_ reader: any IncrementalLanguageModel, _ body: ([Int]) throws -> Void) throws -> [Int] {
        var choice = TokenChoice(options, vocabulary, seed: seed)
        let ends = Set(Self.ends(vocabulary))
        var ids = prompt
        var output = try logits(reader, reader.start(Tensor([ids], on: predictor.device)))
        while true {
            let next = try choice.next(output[0].to(.cpu))
            if ends.contains(next) { return ids }
            ids.append(next)
            try body(ids)
            guard ids.count < prompt.count + options.words else { return ids }
            output = try logits(reader, reader.next(Tensor([next]).to(predictor.device)))
        }
    }

    /// The most probable text of a beam search; texts that ended are compared by the mean over their tokens.
    private func searched(_ reader: any IncrementalLanguageModel) throws -> [Int] {
        let choice = TokenChoice(options, vocabulary, seed: seed)
        let ends = Set(Self.ends(vocabulary))
        var beams: [(ids: [Int], score: Double)] = [(prompt, 0)]
        var ended: [(ids: [Int], score: Double)] = []
        var output = try logits(reader, reader.start(Tensor([prompt], on: predictor.device)))
        for step in 0..<options.words {
            try Task.checkCancellation()
            let scores = choice.logProbabilities(output.to(.cpu)) + Tensor(beams.map { Float($0.score) }).unsqueeze(1)
            let count = min(2 * options.beams, scores.count)
            let (values, places) = scores.flatten().topk(count, dim: 0)
            var next: [(row: Int, token: Int, score: Double)] = []
            for (value, place) in zip(values.array(of: Float.self), places.array(of: Int.self)) where value.isFinite {
                let (row, token) = (place / vocabulary.count, place % vocabulary.count)
                if ends.contains(token) {
                    ended.append((beams[row].ids, Double(value) / Double(step + 1)))
                } else if next.count < options.beams {
                    next.append((row, token, Double(value)))
                }
            }
            guard !next.isEmpty, ended.count < options.beams else { break }
            beams = next.map { (beams[$0.row].ids + [$0.token], $0.score) }
            if step + 1 == options.words { break }
            reader.reorder(Tensor(next.map(\.row)).to(predictor.device))
            output = try logits(reader, reader.next(Tensor(next.map(\.token)).to(predictor.device)))
        }
        let whole = beams.map { ($0.ids, $0.score / Double(max($0.ids.count - prompt.count, 1))) }
        return (ended + whole).max { $0.1 < $1.1 }?.0 ?? prompt
    }
}

extension Tensor {
    /// Rows of numbers on a device.
    fileprivate init(_ rows: [[Int]], on device: Device) {
        self = Tensor(rows.flatMap(\.self)).reshape(rows.count, rows.first?.count ?? 0).to(device)
    }
}

/// A language model that keeps nothing: it reads the whole text for each further token.
private final class RereadingModel: Module, IncrementalLanguageModel {
    private let model: Module
    private var read = Tensor.undefined

    init(_ model: Module) { self.model = model }

    private func last() -> Tensor {
        let output = model(read)
        guard output.isDefined, output.dim == 3, output.size(1) > 0 else { return output }
        return output.select(dim: 1, index: output.size(1) - 1)
    }

    func start(_ tokens: Tensor) -> Tensor {
        read = tokens
        return last()
    }

    func next(_ tokens: Tensor) -> Tensor {
        read = Tensor.cat([read, tokens.unsqueeze(1)], dim: 1)
        return last()
    }

    func reorder(_ rows: Tensor) { read = read.indexSelect(dim: 0, rows) }
    func reset() { read = .undefined }
}
