// Words of other languages, as ICU finds their boundaries.
import ApusCore
import CText
import Foundation

/// Cuts texts into words by Unicode's rules and, where a language has no spaces between its words (Chinese, Japanese, Thai and
/// others), by ICU's dictionaries.
///
/// ```swift
/// try WordBoundaries(locale: "th").tokens(of: "ภาษาไทย")      // ["ภาษา", "ไทย"]
/// ```
/// Words, numbers and signs are tokens; white space is none. Source: Unicode Standard Annex 29.
public struct WordBoundaries: Tokenizer {
    public static let storedName = "WordBoundaries"

    /// The language, such as "de", "ja" or "th_TH".
    public let locale: String
    private let rules: BoundaryRules

    /// - Parameter locale: The language, such as "de", "ja" or "th_TH"; "" by default, for rules that suit most.
    /// - Throws: ``TextError`` for a name that is none of a locale.
    public init(locale: String = "") throws {
        let language = locale.prefix { $0 != "_" && $0 != "-" }
        let isName = locale.utf8.count < 100 && locale.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard locale.isEmpty || isName && (2...8).contains(language.count) && language.allSatisfy(\.isLetter) else {
            throw TextError("\"\(locale)\" names no locale; give a language such as \"de\", \"ja\" or \"th_TH\".")
        }
        self.locale = locale
        rules = try BoundaryRules(locale)
    }

    /// The words, numbers and signs of a text.
    ///
    /// - Throws: ``TextError`` for texts of 2 gigabytes.
    public func tokens(of text: String) throws -> [String] { try rules.words(of: text) }

    private enum Key: String, CodingKey { case locale }

    public init(from decoder: any Decoder) throws {
        try self.init(locale: decoder.container(keyedBy: Key.self).decode(String.self, forKey: .locale))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(locale, forKey: .locale)
    }
}

/// ICU's rules of a locale.
// @unchecked: never changed after it was made; ICU makes a copy for each search.
private final class BoundaryRules: @unchecked Sendable {
    private let rules: OpaquePointer

    init(_ locale: String) throws {
        var failure: UnsafeMutablePointer<CChar>?
        guard let rules = ctext_words_make(locale, &failure) else {
            throw TextError("ICU has no word boundaries for \"\(locale)\": \(takeText(&failure)); give another locale.")
        }
        self.rules = rules
    }

    deinit { ctext_words_free(rules) }

    func words(of text: String) throws -> [String] {
        guard text.utf8.count <= Int(Int32.max) else {
            throw TextError(
                "A text of \(text.utf8.count) bytes is too long for word boundaries; cut it into paragraphs.")
        }
        var text = text
        return try text.withUTF8 { bytes in
            var (ends, kinds): (UnsafeMutablePointer<Int64>?, UnsafeMutablePointer<Int32>?) = (nil, nil)
            var (count, failure): (Int, UnsafeMutablePointer<CChar>?) = (0, nil)
            guard ctext_words_find(rules, bytes.baseAddress, Int64(bytes.count), &ends, &kinds, &count, &failure) else {
                throw TextError("ICU cannot find the words of a text: \(takeText(&failure)).")
            }
            defer {
                free(ends)
                free(kinds)
            }
            var words: [String] = []
            var start = 0
            for number in 0..<count {
                guard let end = ends?[number], let kind = kinds?[number] else { break }
                let word = String(decoding: bytes[start..<Int(end)], as: UTF8.self)
                start = Int(end)
                // Of what is no word, white space is no token.
                if kind > 0 || !word.unicodeScalars.allSatisfy(\.properties.isWhitespace) { words.append(word) }
            }
            return words
        }
    }
}
