// A tokenizer of any type as a model file has it.
import ApusCore
import Foundation

/// A tokenizer as a model file has it: its name and its settings.
///
/// It is read again through the file's ``StoredTypes``, which the blocks of texts fill with the library's own; add the type of
/// a custom one: `types: .standard.adding(Lines.self)`.
public struct StoredTokenizer: Sendable, Codable, Equatable {
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

    public static func == (one: StoredTokenizer, other: StoredTokenizer) -> Bool {
        (try? one.settings) == (try? other.settings)
    }

    /// The name and the settings as text, by which two tokenizers are compared.
    var settings: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return try encoder.encode(self)
        }
    }
}
