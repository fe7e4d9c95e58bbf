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

    public init(from decoder: any Decoder) throws { tokenizer = try decoder.storedValue("tokenizer") }

    public func encode(to encoder: any Encoder) throws { try encoder.encodeStored(tokenizer) }

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
