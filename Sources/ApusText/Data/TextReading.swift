// How files of texts are read, and where their tokens are kept.
import Foundation

/// How files of texts are read, and where their tokens are kept for the next start.
public struct TextReading: Sendable, Codable {
    /// How files are encoded; UTF-8 by default.
    public var encoding: String.Encoding
    /// Where tokens are kept for the next start; nil, the default, for nowhere. A model file does not hold it.
    public var cache: TokenCache?
    /// The number of threads; nil, the default, for as many as the processor has cores.
    public var workers: Int?

    public init(encoding: String.Encoding = .utf8, cache: TokenCache? = nil, workers: Int? = nil) {
        (self.encoding, self.cache, self.workers) = (encoding, cache, workers)
    }

    func tokens(of texts: [TextSource], _ tokenizer: any Tokenizer) throws -> TokenizedTexts {
        try tokenizer.tokenize(texts, workers: workers, encoding: encoding, cache: cache)
    }

    private enum Key: String, CodingKey { case encoding }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        encoding = String.Encoding(rawValue: try container.decode(UInt.self, forKey: .encoding))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(encoding.rawValue, forKey: .encoding)
    }
}
