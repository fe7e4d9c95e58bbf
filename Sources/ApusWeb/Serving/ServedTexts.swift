// Texts that clients send, tags of their words, and language models that write them on.
import ApusCore
import ApusText
import Foundation
import Torch

extension SentItem {
    /// The most letters of a text that a client sends.
    static let mostLetters = 100_000

    /// The text that a client sent.
    ///
    /// - Parameter expected: What is expected: "a text".
    /// - Throws: ``WebError``: 415 for what is no text, 413 for one that is too long.
    func text(_ expected: String) throws(WebError) -> String {
        guard case .text(let text) = content else { throw misfit(expected) }
        guard text.utf8.count <= 4 * Self.mostLetters, text.count <= Self.mostLetters else {
            throw .tooLarge(
                "The text has more than \(Self.mostLetters) letters, the most that a model reads; send a part of it.")
        }
        return text
    }
}

extension TextBlock: ServedInput {
    public var card: InputCard { InputCard(kind: "text", text: "a text") }

    public func value(of item: SentItem, hint: LoadHint) throws -> TokenizedText {
        try load(.text(item.text("a text")), hint: hint)
    }
}

extension TokenTagsBlock: ServedTarget {
    public static var storedName: String { task }
    public var answerCard: AnswerCard { AnswerCard(kind: "tags", classes: vocabulary) }

    /// The tokens with their tags, in their order.
    public func answer(from prediction: TokenTags, to asked: AskedItem) throws -> ModelAnswer {
        guard let text = asked.value as? TokenizedText else { throw DataError("Tags are those of a text's tokens.") }
        // Behind the tokens come those that fill a batch up.
        let pairs = zip(text.tokens, prediction.tags).map { ($0, $1) }
        return ModelAnswer(
            ["tags": .array(pairs.map { [.string($0.0), $0.1.map { .string($0) } ?? .null] })],
            summary: pairs.compactMap { token, tag in tag.map { "\(token)/\($0)" } }.joined(separator: " "))
    }
}

/// A language model: it writes texts on, or says the next word.
struct LanguageServedModel: ServedModel {
    struct Prepared: Sendable {
        let prompt: String
        let options: GenerationOptions
        let listener: (@Sendable (String) throws -> Void)?
    }

    enum Predicted: Sendable {
        case text(String)
        case next(NextTokenPrediction)
    }

    /// The most words that a request may ask for.
    static let mostWords = 2000

    let predictor: Predictor<TextBlock, NextTokenBlock>
    let card: ModelCard
    /// A text takes long: the next in the queue begins when it is done.
    var maxBatch: Int? { 1 }

    init(_ predictor: Predictor<TextBlock, NextTokenBlock>, text: String) {
        self.predictor = predictor
        card = ModelCard(
            input: InputCard(kind: "prompt", text: "the beginning of a text"), answer: AnswerCard(kind: "text"),
            text: text)
    }

    func prepare(_ question: Question) throws -> Prepared {
        let prompt = try question.item.text("the beginning of a text")
        let options = question.options.generation
        guard (0...Self.mostWords).contains(options.words) else {
            throw WebError.unprocessable(
                "words=\(options.words) is not possible; give a number from 0 to \(Self.mostWords).")
        }
        guard (1...64).contains(options.beams) else {
            throw WebError.unprocessable("beams=\(options.beams) is not possible; give a number from 1 to 64.")
        }
        return Prepared(prompt: prompt, options: options, listener: question.listener)
    }

    func predict(_ items: [Prepared]) -> [Result<Predicted, any Error>] {
        items.map { item in
            Result {
                guard item.options.words > 0 else { return .next(try predictor.predict(item.prompt)) }
                guard let listener = item.listener else {
                    return .text(try predictor.generate(item.prompt, item.options))
                }
                return .text(try predictor.generate(item.prompt, item.options, listener))
            }
        }
    }

    func answer(_ predicted: Predicted, to question: Question) -> ModelAnswer {
        switch predicted {
        case .text(let text): return ModelAnswer(["text": .string(text)], summary: text)
        case .next(let prediction):
            let best = prediction.top(question.options.top ?? 10)
            return ModelAnswer(
                ["predictions": .array(best.map { [.string($0.token), .float($0.probability)] })],
                summary: best.first?.token ?? "")
        }
    }
}
