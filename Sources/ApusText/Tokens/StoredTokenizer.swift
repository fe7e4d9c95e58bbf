// A tokenizer as a model file has it: its name and its settings.
import ApusCore

/// A tokenizer as a model file has it: its name, its settings, and what it has learned.
public struct StoredTokenizer: Sendable, Codable {
    /// The tokenizer.
    public let tokenizer: any Tokenizer

    public init(_ tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

    private enum Key: String, CodingKey { case name, settings }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let name = try container.decode(String.self, forKey: .name)
        let type = try decoder.storedType(named: name, "tokenizer", as: (any Tokenizer.Type).self)
        tokenizer = try container.decode(type, forKey: .settings)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(type(of: tokenizer).storedName, forKey: .name)
        try container.encode(tokenizer, forKey: .settings)
    }
}
