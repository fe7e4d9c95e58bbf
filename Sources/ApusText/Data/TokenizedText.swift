// A text as a model reads it: tokens and their numbers.
import ApusCore

/// A text as a model reads it. It prints its tokens.
public struct TokenizedText: Sendable, CustomStringConvertible {
    /// The numbers of the tokens in the vocabulary.
    public let ids: [Int]
    private let vocabulary: TokenVocabulary
    private let tokenizer: StoredTokenizer?

    /// A text by the numbers of its tokens.
    ///
    /// - Parameter tokenizer: What joins the tokens to a text again; blanks between tokens without one.
    public init(ids: [Int], vocabulary: TokenVocabulary, tokenizer: (any Tokenizer)? = nil) {
        (self.ids, self.vocabulary, self.tokenizer) = (ids, vocabulary, tokenizer.map(StoredTokenizer.init))
    }

    /// The number of tokens.
    public var count: Int { ids.count }

    /// The tokens; those that the vocabulary lacks are its token for unknown ones, such as `xxunk`.
    public var tokens: [String] { vocabulary.tokens(of: ids) }

    /// The text that the tokens stand for, as people write it.
    public var text: String { tokenizer.map { $0.tokenizer.text(of: tokens) } ?? description }

    public var description: String { shown(ids.count) }

    /// The first tokens, joined by blanks, for tables.
    func shown(_ count: Int) -> String {
        let tokens = vocabulary.tokens(of: Array(ids.prefix(count)))
        return tokens.joined(separator: " ") + (ids.count > count ? " …" : "")
    }
}
