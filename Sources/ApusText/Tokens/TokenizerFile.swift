// Tokenizers of pretrained models, read from the files that come with the models.
import ApusCore
import Foundation

/// The tokenizer of a pretrained model, read from the files that Hugging Face's packages write: `tokenizer.json`, or
/// `vocab.txt` (BERT), `vocab.json` with `merges.txt` (GPT-2, RoBERTa), or a SentencePiece model (DeBERTa v3, ALBERT, XLM-R),
/// with `tokenizer_config.json` beside them.
///
/// Its tokens are those of the `tokenizers` package. What the files say goes into the exported model.
///
/// ```swift
/// let tokenizer = try TokenizerFile(contentsOf: URL(filePath: "all-MiniLM-L6-v2"))
/// try tokenizer.tokens(of: "Hello, world")    // ["[CLS]", "hello", ",", "world", "[SEP]"]
/// ```
public struct TokenizerFile: Tokenizer {
    public static let storedName = "TokenizerFile"

    /// What the files say, by their names.
    private let files: [String: Data]
    private let pipeline: SubwordPipeline
    /// The most tokens that the model takes, as its configuration says; nil where it does not.
    public let modelMaxLength: Int?
    /// The most tokens of a text, those of the template included; longer texts are cut. The file's own by default, nil where
    /// it has none.
    public var maxLength: Int?

    /// Reads a tokenizer.
    ///
    /// - Parameter place: The folder of a model, or one of the tokenizer's files.
    /// - Throws: ``TextError`` when there is no tokenizer, or one that is damaged or has a component that is not supported.
    public init(contentsOf place: URL) throws { try self.init(files: TokenizerFolder.files(at: place)) }

    private init(files: [String: Data]) throws {
        self.files = files
        let folder = try TokenizerFolder(files)
        pipeline = try folder.pipeline()
        modelMaxLength = folder.modelMaxLength
        maxLength = pipeline.parts.maxLength
    }

    /// The tokens of a text with those of the template, such as `[CLS]` and `[SEP]`; not more than ``maxLength``.
    public func tokens(of text: String) throws -> [String] {
        try pipeline.encode(text, maxLength: maxLength).tokens
    }

    /// The numbers of the tokens of a text, as ``tokens(of:)`` has them.
    public func ids(of text: String) throws -> [Int] {
        try pipeline.encode(text, maxLength: maxLength).ids.map(Int.init)
    }

    /// The tokens of a text or of a pair of texts, with their numbers and types.
    ///
    /// ```swift
    /// let pair = try tokenizer.encoding(of: "Is it good?", and: "It is.")
    /// pair.types      // 0 for [CLS], the first text and its [SEP], 1 for the second and its [SEP]
    /// ```
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - second: A second text, such as the answer to a question; nil, the default, for none.
    /// - Throws: ``TextError`` when a pattern of the file takes too long.
    public func encoding(of text: String, and second: String? = nil) throws -> TokenEncoding {
        let encoding = try pipeline.encode(text, and: second, maxLength: maxLength)
        return TokenEncoding(tokens: encoding.tokens, ids: encoding.ids.map(Int.init), types: encoding.types)
    }

    /// The text that tokens stand for, as the file's decoder puts it together; special tokens stand for none.
    public func text(of tokens: [String]) -> String { pipeline.text(of: tokens) }

    /// The tokens by their numbers, as the model knows them.
    public var vocabulary: TokenVocabulary? { pipeline.vocabulary }

    /// The tokens that are no text, such as `[CLS]`.
    public var specialTokens: [String] {
        pipeline.specialTokens.sorted().map { pipeline.parts.tokens[Int($0)] }
    }

    private enum Key: String, CodingKey { case files, maxLength }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let files = try container.decode([String: String].self, forKey: .files)
        try self.init(files: TokenizerFolder.decoded(files))
        maxLength = try container.decodeIfPresent(Int.self, forKey: .maxLength)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(TokenizerFolder.encoded(files), forKey: .files)
        try container.encodeIfPresent(maxLength, forKey: .maxLength)
    }
}

/// The tokens of a text or of a pair of texts.
public struct TokenEncoding: Sendable, Equatable {
    /// The tokens.
    public let tokens: [String]
    /// Their numbers.
    public let ids: [Int]
    /// Which text a token belongs to, as the model counts them: 0, and 1 for a second text where the model tells them apart.
    public let types: [Int]
}
