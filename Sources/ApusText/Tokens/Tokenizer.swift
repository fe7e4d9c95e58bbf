// Tokenizers: how a text becomes tokens, and tokens a text again.
import ApusCore

/// Cuts a text into tokens: words, parts of words, or characters.
///
/// A tokenizer is a value that travels in the exported file. A custom one is a type with two functions:
///
/// ```swift
/// struct Lines: Tokenizer {
///     static let storedName = "Lines"
///     func tokens(of text: String) -> [String] { text.split(separator: "\n").map(String.init) }
///     func text(of tokens: [String]) -> String { tokens.joined(separator: "\n") }
/// }
/// ```
public protocol Tokenizer: StoredType, Sendable, Codable {
    /// The tokens of a text, in its order; those that the tokenizer adds, such as `xxbos`, included.
    func tokens(of text: String) throws -> [String]

    /// The text that tokens stand for, as people read it.
    func text(of tokens: [String]) -> String

    /// The vocabulary that the tokenizer brings, such as that of a file; nil, the default, where one is learned from the
    /// training texts.
    var vocabulary: TokenVocabulary? { get }

    /// The tokens that come first in a learned vocabulary: fastai's by default, ``SpecialTokens/all``.
    var specialTokens: [String] { get }

    /// The tokenizer with what it learns from the training texts, such as pieces of words; itself by default.
    func fitted(to texts: [TextSource]) throws -> Self
}

extension Tokenizer {
    public static var storedName: String { "\(Self.self)" }
    public var vocabulary: TokenVocabulary? { nil }
    public var specialTokens: [String] { SpecialTokens.all }
    public func fitted(to texts: [TextSource]) throws -> Self { self }
    public func text(of tokens: [String]) -> String { tokens.joined(separator: " ") }
}

/// What is wrong with a text, a tokenizer or its files.
public struct TextError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is wrong, what was expected, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}
