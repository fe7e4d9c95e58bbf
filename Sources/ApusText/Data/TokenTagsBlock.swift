// A tag for each word of a text: what is a name, a verb, a place.
import ApusCore
import ApusPlot
import Torch

/// The words of a text, each with its tag.
public struct TaggedWords: Sendable, Equatable {
    /// The words, as they stand between the blanks of the text.
    public let words: [String]
    /// The tag of each word.
    public let tags: [String]

    public init(words: [String], tags: [String]) { (self.words, self.tags) = (words, tags) }

    /// The words with blanks between them: the text that goes into a model.
    public var text: String { words.joined(separator: " ") }
}

/// The tag of each token of a text; nil for tokens without one: special tokens, and all but the first token of a word.
public struct TokenTags: Sendable, Equatable, CustomStringConvertible {
    public let tags: [String?]
    fileprivate let words: TaggedWords?

    /// Tags of tokens.
    public init(_ tags: [String?]) { (self.tags, words) = (tags, nil) }

    fileprivate init(_ words: TaggedWords) { (tags, self.words) = (words.tags, words) }

    public static func == (one: TokenTags, other: TokenTags) -> Bool { one.tags == other.tags }
    public var description: String { tags.compactMap(\.self).joined(separator: " ") }
}

/// A tag for each word of a text, such as its part of speech (sequence labeling).
///
/// Targets are int64 `[batch, length]`, beside tokens of the same shape; outputs are `[batch, length, tags]`, such as those of
/// `folder.tokenClassifier(outputs:)`. Where a word is several tokens, its first token has the tag. Tokens without a tag, and
/// padding, count neither in the loss nor in ``ApusCore/Metric/tagAccuracy``.
///
/// ```swift
/// let block = DataBlock(
///     input: TextBlock(tokenizer: tokenizer, layout: .back), target: TokenTagsBlock(), source: { .text($0.text) },
///     label: { $0 }, split: .random(0.2))
/// let loaders = try block.dataLoaders(of: sentences)             // [TaggedWords]
/// ```
public struct TokenTagsBlock: TargetBlock, TensorBlock {
    /// The number of a token without a tag.
    public static let ignored = -100

    /// The tags in the order of the model's outputs.
    public private(set) var vocabulary: [String]
    private var input: TextBlock?

    /// A file has the texts' block once: beside this one, from where ``fitted(beside:)`` takes it again.
    private enum CodingKeys: CodingKey { case vocabulary }

    /// - Parameter vocabulary: The tags in the order of the model's outputs; those of the training texts, sorted, by default.
    public init(vocabulary: [String]? = nil) { self.vocabulary = vocabulary ?? [] }

    public var kind: ElementKind { .tokens }
    public var fillers: [Double?] { [Double(Self.ignored)] }
    public static var task: String { "sequence labeling" }
    public var classNames: [String]? { vocabulary }
    public var outputCount: Int { vocabulary.count }
    public var decisionCount: Int { 1 }
    public var defaultLoss: Loss { .crossEntropy(dim: -1, ignoring: Self.ignored) }
    public var decision: Decision? { .argmax(dim: -1) }

    public func fitted(to sources: [TaggedWords]) throws -> TokenTagsBlock {
        var block = self
        if vocabulary.isEmpty { block.vocabulary = Set(sources.flatMap(\.tags)).sorted() }
        guard !block.vocabulary.isEmpty else {
            throw DataError("The training texts have no tags; give TaggedWords with a tag for each word.")
        }
        return block
    }

    /// The block with the tokenizer of the texts, by which words find their tokens.
    ///
    /// - Throws: `DataError` beside a block that is no ``TextBlock``.
    public func fitted(beside input: any InputBlock) throws -> TokenTagsBlock {
        guard let text = input as? TextBlock else {
            throw DataError("Tags are those of words; give TextBlock() as the input, not \(type(of: input)).")
        }
        guard !text.layout.isStream, !text.isBackward else {
            throw DataError(
                "Tags need texts one by one and forward; give TextBlock(layout: .back), not a stream or a backward block."
            )
        }
        var block = self
        block.input = text
        return block
    }

    public func check(_ sources: [TaggedWords]) throws {
        let known = Set(vocabulary)
        for source in sources {
            guard source.words.count == source.tags.count else {
                throw DataError(
                    "\(source.words.count) words have \(source.tags.count) tags: \"\(source.text.prefix(60))\"; give each word one."
                )
            }
            if let word = source.words.first(where: { $0.isEmpty || $0.contains(where: \.isWhitespace) }) {
                throw DataError("\"\(word)\" is not one word; words have no blanks in them.")
            }
            if let tag = source.tags.first(where: { !known.contains($0) }) {
                throw DataError(
                    "The tag \"\(tag)\" is not among the \(known.count) that are known; train with texts that have it, or give "
                        + "TokenTagsBlock(vocabulary:).")
            }
        }
    }

    public func load(_ source: TaggedWords, hint: LoadHint) throws -> TokenTags {
        try check([source])
        return TokenTags(source)
    }

    /// The tags of words beside the tokens of their text.
    public func placed(_ value: TokenTags, on input: any Sendable) throws -> TokenTags {
        guard let tagged = value.words, let text = input as? TokenizedText, let tokenizer = self.input?.tokenizer else {
            return value
        }
        // An unknown word has a tag, too.
        let known = self.input?.vocabulary
        let special = Set(tokenizer.specialTokens).subtracting(known.map { [$0.tokens[$0.unknown]] } ?? [])
        var tags: [String?] = []
        for (word, tag) in zip(tagged.words, tagged.tags) {
            let count = try tokenizer.tokens(of: " " + word).count { !special.contains($0) }
            if count > 0 { tags += [tag] + [String?](repeating: nil, count: count - 1) }
        }
        // Special tokens are where the text has them.
        let tokens = text.tokens
        var next = tags.makeIterator()
        var placed: [String?] = []
        var taken = 0
        for token in tokens {
            if special.contains(token) {
                placed.append(nil)
            } else if let tag = next.next() {
                placed.append(tag)
                taken += 1
            } else {
                throw unaligned(tagged, tokens.count, tags.count)
            }
        }
        let isCut =
            self.input?.maxLength.map { tokens.count >= $0 } ?? false || (tokenizer as? TokenizerFile)?.maxLength != nil
        guard taken == tags.count || isCut else { throw unaligned(tagged, tokens.count, tags.count) }
        return TokenTags(placed)
    }

    private func unaligned(_ words: TaggedWords, _ tokens: Int, _ tags: Int) -> DataError {
        DataError(
            "The tokens of \"\(words.text.prefix(60))\" are not those of its words one by one: \(tokens) tokens with the special ones, "
                + "\(tags) of the words. Give TextBlock(tokenizer: Whitespace()), or a tokenizer that cuts at blanks.")
    }

    public func collate(_ values: [TokenTags]) throws -> Tensor {
        let length = max(values.map(\.tags.count).max() ?? 0, 1)
        let layout = input?.layout ?? .back
        let numbers = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
        let rows = try values.flatMap { value in
            let ids = try value.tags.map { tag in
                guard let tag else { return Self.ignored }
                guard let number = numbers[tag] else { throw DataError("The tag \"\(tag)\" is not known.") }
                return number
            }
            return layout.padded(ids, to: length, with: Self.ignored)
        }
        return Tensor(rows).reshape(values.count, length)
    }

    public func decode(_ tensor: Tensor) throws -> TokenTags {
        TokenTags(tensor.array(of: Int.self).map { vocabulary.indices.contains($0) ? vocabulary[$0] : nil })
    }

    public func appearance(of value: TokenTags, on picture: PlotImage?) throws -> Appearance {
        Appearance(labels: [Appearance.Label(name: nil, text: value.description)])
    }

    /// The most probable tag of each token.
    public func prediction(from output: Tensor) throws -> TokenTags {
        guard output.dim == 2, output.size(1) == vocabulary.count else {
            throw DataError("The model put out \(output.shape) for a text; [length, \(vocabulary.count)] was expected.")
        }
        return try decode(output.argmax(dim: 1))
    }

    public func difference(from other: TokenTagsBlock) -> String? {
        vocabulary == other.vocabulary
            ? nil
            : "its tags are \(other.vocabulary.joined(separator: ", ")), the model's \(vocabulary.joined(separator: ", "))"
    }
}

extension Metric {
    /// The part of the tags that is right; tokens without a tag do not count.
    public static let tagAccuracy: Metric = .accuracy(dim: -1, ignoring: TokenTagsBlock.ignored)
}
