// The vocabulary: which number stands for which token.
import ApusCore

/// The tokens that a model knows, each with its number.
///
/// ```swift
/// let vocabulary = TokenVocabulary(counts: [("the", 9), ("movie", 4), ("dud", 1)])
/// vocabulary.ids(of: ["the", "dud"])      // [9, 0]: rare words are xxunk
/// ```
public struct TokenVocabulary: Sendable, Codable, Equatable {
    /// The tokens by their numbers.
    public let tokens: [String]
    /// The number of tokens that are not in the vocabulary.
    public let unknown: Int
    /// The number of what texts are filled up with.
    public let padding: Int
    /// The distinct tokens by their bytes: for Swift's strings, é of one code point and é of two would be the same.
    private let table: ByteTable
    /// The number of each token of the table.
    private let numbers: [Int32]

    /// What fills a vocabulary up to a multiple of 8; no text has it.
    public static let filler = "xxfake"

    /// A given vocabulary, such as another model's.
    ///
    /// - Parameters:
    ///   - tokens: The tokens by their numbers. One that comes again keeps its first number.
    ///   - unknown: The token for those that are not in the vocabulary; `xxunk` by default, the first where that is missing.
    ///   - padding: The token that texts are filled up with; `xxpad` by default, the first where that is missing.
    /// - Throws: ``TextError`` when there are no tokens.
    public init(
        _ tokens: [String], unknown: String = SpecialTokens.unknown, padding: String = SpecialTokens.padding
    ) throws {
        guard !tokens.isEmpty else {
            throw TextError("A vocabulary without tokens is not possible; give at least one.")
        }
        self.init(checked: tokens, unknown: unknown, padding: padding)
    }

    private init(checked tokens: [String], unknown: String, padding: String) {
        self.tokens = tokens
        var table = ByteTable()
        var numbers: [Int32] = []
        for (number, token) in tokens.enumerated() where token != Self.filler {
            let bytes = Array(token.utf8)
            if table.add(bytes, bytes.indices) == numbers.count { numbers.append(Int32(clamping: number)) }
        }
        (self.table, self.numbers) = (table, numbers)
        func number(_ token: String) -> Int {
            let bytes = Array(token.utf8)
            return table.find(bytes, bytes.indices).map { Int(numbers[$0]) } ?? 0
        }
        self.unknown = number(unknown)
        self.padding = number(padding)
    }

    /// The vocabulary of the most frequent tokens, as fastai's `make_vocab` has it: special tokens first, then the others by
    /// frequency, those that are equally frequent in the order given; filled up to a multiple of 8.
    ///
    /// - Parameters:
    ///   - counts: Each token with how often it comes, by first appearance.
    ///   - minFrequency: How often a token must come; 3 by default.
    ///   - maxSize: The most tokens; 60,000 by default.
    ///   - specialTokens: What comes first; fastai's special tokens by default.
    public init(
        counts: [(token: String, count: Int)], minFrequency: Int = 3, maxSize: Int = 60_000,
        specialTokens: [String] = SpecialTokens.all
    ) {
        let ranked = counts.enumerated().sorted {
            $0.element.count != $1.element.count ? $0.element.count > $1.element.count : $0.offset < $1.offset
        }
        let special = Set(specialTokens)
        let frequent = ranked.prefix(max(maxSize, 0)).lazy.map(\.element).filter { $0.count >= minFrequency }
        var tokens = specialTokens + frequent.map(\.token).filter { !special.contains($0) }
        tokens = Array(tokens.prefix(max(maxSize, 1)))
        // A full multiple of 8 gets eight more, as in fastai.
        tokens += Array(repeating: Self.filler, count: 8 - tokens.count % 8)
        self.init(checked: tokens, unknown: SpecialTokens.unknown, padding: SpecialTokens.padding)
    }

    /// The number of tokens, fillers included.
    public var count: Int { tokens.count }

    /// The number of a token; nil for one that is not in the vocabulary.
    public func id(of token: String) -> Int? {
        let bytes = Array(token.utf8)
        return table.find(bytes, bytes.indices).map { Int(numbers[$0]) }
    }

    /// The numbers of tokens; ``unknown`` for those that are not in the vocabulary.
    public func ids(of tokens: [String]) -> [Int] { tokens.map { id(of: $0) ?? unknown } }

    /// The tokens of numbers.
    public func tokens(of ids: [Int]) -> [String] {
        ids.map { tokens.indices.contains($0) ? tokens[$0] : tokens[unknown] }
    }

    public static func == (one: TokenVocabulary, other: TokenVocabulary) -> Bool {
        one.tokens.elementsEqual(other.tokens) { $0.utf8.elementsEqual($1.utf8) } && one.unknown == other.unknown
            && one.padding == other.padding
    }

    private enum Key: String, CodingKey { case tokens, unknown, padding }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let tokens = try container.decode([String].self, forKey: .tokens)
        let unknown = try container.decode(Int.self, forKey: .unknown)
        let padding = try container.decode(Int.self, forKey: .padding)
        guard tokens.indices.contains(unknown), tokens.indices.contains(padding) else {
            throw TextError(
                "The file's vocabulary of \(tokens.count) tokens names \(unknown) and \(padding) for unknown tokens and "
                    + "padding; the file is damaged.")
        }
        self.init(checked: tokens, unknown: tokens[unknown], padding: tokens[padding])
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(tokens, forKey: .tokens)
        try container.encode(unknown, forKey: .unknown)
        try container.encode(padding, forKey: .padding)
    }
}
