// What a language model predicts: the next token at each place of a text.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// The next token at each place of a text, which is what language models predict.
///
/// The targets of a batch are int64 `[batch, length]`, one token further than the inputs; outputs are
/// `[batch, length, vocabulary]`. The vocabulary is that of the ``TextBlock`` beside it.
public struct NextTokenBlock: TargetBlock {
    /// The vocabulary; nil until it is taken from the input's block.
    public private(set) var vocabulary: TokenVocabulary?
    private var tokenizer: StoredTokenizer?

    /// - Parameter vocabulary: That of the input's block by default.
    public init(vocabulary: TokenVocabulary? = nil) { self.vocabulary = vocabulary }

    // MARK: Files

    /// A file has the vocabulary once: with the input's block, from which ``fitted(beside:)`` takes it again.
    public func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: Key.self) }

    public init(from decoder: any Decoder) throws { vocabulary = nil }

    private enum Key: CodingKey {}

    // MARK: Learning

    public var kinds: [ElementKind] { [.tokens] }
    public static var task: String { "language model" }
    public var outputCount: Int { vocabulary?.count ?? 0 }
    public var decisionCount: Int { 1 }
    public var defaultLoss: Loss { .crossEntropy(dim: -1) }
    public var decision: Decision? { .argmax(dim: -1) }

    /// The block with the vocabulary of the input's block.
    ///
    /// - Throws: `DataError` beside a block that is no ``TextBlock``.
    public func fitted(beside input: any InputBlock) throws -> NextTokenBlock {
        guard let text = input as? TextBlock else {
            throw DataError(
                "The next token is predicted of texts; give TextBlock() as the input, not \(type(of: input)).")
        }
        guard case .stream = text.layout else {
            throw DataError(
                "A language model reads texts as one stream; give TextBlock(layout: .stream()), or make the loaders with "
                    + "LanguageModelDataLoaders.")
        }
        var block = self
        block.vocabulary = try text.known()
        block.tokenizer = StoredTokenizer(text.tokenizer)
        return block
    }

    private func known() throws -> TokenVocabulary {
        guard let vocabulary else {
            throw DataError("The NextTokenBlock has no vocabulary; give it that of the TextBlock.")
        }
        return vocabulary
    }

    public func load(_ source: TextSource, hint: LoadHint) throws -> TokenizedText {
        throw DataError(
            "Targets of a language model come with its stream; make the loaders with LanguageModelDataLoaders.")
    }

    public func tensors(of values: [TokenizedText]) throws -> [Tensor] {
        let padding = try known().padding
        let length = max(values.map(\.count).max() ?? 0, 1)
        let ids = values.flatMap { TextLayout.back.padded($0.ids, to: length, with: padding) }
        return [Tensor(ids).reshape(values.count, length)]
    }

    public func value(of tensors: [Tensor]) throws -> TokenizedText {
        guard let ids = tensors.first else { throw DataError("The next tokens have one tensor; none was given.") }
        return TokenizedText(
            ids: ids.array(of: Int.self), vocabulary: try known(), tokenizer: tokenizer?.tokenizer)
    }

    public func appearance(of value: TokenizedText, on picture: PlotImage?) throws -> Appearance {
        Appearance(labels: [Appearance.Label(name: nil, text: value.shown(150))])
    }

    public func prediction(from output: Tensor) throws -> NextTokenPrediction {
        let vocabulary = try known()
        guard output.dim == 2, output.size(0) > 0, output.size(1) == vocabulary.count else {
            throw DataError(
                "The model put out \(output.shape) for a text; [length, \(vocabulary.count)] was expected.")
        }
        let probabilities = output[output.size(0) - 1].array(of: Float.self)
        guard probabilities.allSatisfy(\.isFinite) else { throw DataError.spoiledOutput }
        return NextTokenPrediction(probabilities: probabilities, vocabulary: vocabulary)
    }

    public func difference(from other: NextTokenBlock) -> String? {
        vocabulary == other.vocabulary
            ? nil
            : "its vocabulary of \(other.outputCount) tokens is another one than the model's of \(outputCount); give "
                + "TextBlock(vocabulary:) the model's"
    }
}

/// What a language model says comes next.
public struct NextTokenPrediction: Sendable, CustomStringConvertible {
    /// The probability of each token, in the order of the vocabulary.
    public let probabilities: [Float]
    /// The tokens.
    public let vocabulary: TokenVocabulary

    /// The most probable token.
    public var token: String { top(1).first?.token ?? "" }

    /// The `count` most probable tokens at most, first the most probable: suggestions for the next word.
    public func top(_ count: Int) -> [(token: String, probability: Float)] {
        probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }.prefix(max(count, 0))
            .map { (vocabulary.tokens[$0], probabilities[$0]) }
    }

    public var description: String {
        top(5).map { "\($0.token) \(String(format: "%.3f", Double($0.probability)))" }.joined(separator: ", ")
    }
}
