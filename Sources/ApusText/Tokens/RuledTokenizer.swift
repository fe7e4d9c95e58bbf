// A tokenizer with fastai's rules around it.
import ApusCore

/// A tokenizer with rules for the text before it is cut and for the tokens afterwards; fastai's `Tokenizer`.
///
/// ```swift
/// let words = RuledTokenizer()
/// try words.tokens(of: "I LOVED it sooooo much!<br />")
/// // ["xxbos", "i", "xxup", "loved", "it", "s", "xxrep", "5", "o", "much", "!"]
/// ```
public struct RuledTokenizer: Tokenizer, Equatable {
    /// What cuts the text.
    public var tokenizer: any Tokenizer { stored.tokenizer }
    /// The rules for the text, in their order.
    public let rules: [TextRule]
    /// The rules for each token, in their order.
    public let tokenRules: [TokenRule]
    /// Whether ``text(of:)`` writes tokens as people would, without spaces before punctuation and in contractions. Otherwise
    /// it joins them with spaces, as fastai does.
    public var writesProse: Bool
    private let stored: StoredTokenizer

    /// - Parameters:
    ///   - tokenizer: What cuts the text; English words by default.
    ///   - rules: The rules for the text, in their order; fastai's by default.
    ///   - tokenRules: The rules for each token, in their order; fastai's by default.
    ///   - writesProse: Whether ``text(of:)`` writes tokens as people would; false by default.
    public init(
        _ tokenizer: any Tokenizer = EnglishWords(), rules: [TextRule] = .standard,
        tokenRules: [TokenRule] = .standard, writesProse: Bool = false
    ) {
        stored = StoredTokenizer(tokenizer)
        (self.rules, self.tokenRules, self.writesProse) = (rules, tokenRules, writesProse)
    }

    public func tokens(of text: String) throws -> [String] {
        try tokenizer.tokens(of: rules.applied(to: text)).map(tokenRules.applied)
    }

    /// The text that tokens stand for: capitals and repetitions are written out, and marks such as `xxbos` left out of prose.
    public func text(of tokens: [String]) -> String {
        var words = SpecialTokens.undone(tokens)
        // White space that was a token, or was within one; pieces of words have marks of their own that look alike.
        if tokenRules.contains(.replaceSpaces), tokenizer is any UTF8Tokenizer {
            words = words.map { $0.replacing("▁", with: " ") }.filter { !$0.allSatisfy { $0 == " " } || $0.isEmpty }
        }
        return writesProse ? prose(of: words) : tokenizer.text(of: words)
    }

    public var vocabulary: TokenVocabulary? { tokenizer.vocabulary }
    public var specialTokens: [String] { tokenizer.specialTokens }

    /// The tokenizer fitted to the texts as the rules leave them.
    public func fitted(to texts: [TextSource]) throws -> RuledTokenizer {
        // These have nothing to learn, so that the texts need not be read.
        if tokenizer is any UTF8Tokenizer { return self }
        let fitted = try tokenizer.fitted(to: try texts.map { .text(rules.applied(to: try $0.read())) })
        return RuledTokenizer(fitted, rules: rules, tokenRules: tokenRules, writesProse: writesProse)
    }

    private enum CodingKeys: String, CodingKey {
        case stored = "tokenizer"
        case rules, tokenRules, writesProse
    }
}
