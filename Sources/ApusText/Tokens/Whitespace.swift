// Words between spaces, and single characters.
import ApusCore

/// Cuts a text at its white space, or at a separator of your own.
///
/// ```swift
/// try Whitespace().tokens(of: "one  two\nthree")            // ["one", "two", "three"]
/// try Whitespace(separator: " ").tokens(of: "one  two")     // ["one", "", "two"]
/// ```
/// With the separator `" "` it is fastai's `BaseTokenizer`.
public struct Whitespace: UTF8Tokenizer, Equatable {
    /// What is between two tokens; nil for any white space, as much as there is.
    public let separator: String?
    /// The tokens that come first in a learned vocabulary.
    public let specialTokens: [String]

    /// - Parameters:
    ///   - separator: What is between two tokens; any white space by default. An empty one is the same.
    ///   - specialTokens: The tokens that come first in a learned vocabulary; fastai's by default.
    public init(separator: String? = nil, specialTokens: [String] = SpecialTokens.all) {
        self.separator = separator == "" ? nil : separator
        self.specialTokens = specialTokens
    }

    public func text(of tokens: [String]) -> String { tokens.joined(separator: separator ?? " ") }

    func cut(_ text: [UInt8], into places: inout [Range<Int>]) {
        guard let separator else {
            var start = text.endOfSpaces(from: 0)
            while start < text.count {
                let end = text.endOfWord(from: start)
                places.append(start..<end)
                start = text.endOfSpaces(from: end)
            }
            return
        }
        let wanted = Array(separator.utf8)
        var (start, place) = (0, 0)
        while place < text.count {
            if text[place] == wanted[0], text.has(wanted[...], at: place) {
                places.append(start..<place)
                place += wanted.count
                start = place
            } else {
                place += 1
            }
        }
        places.append(start..<text.count)
    }
}

/// Cuts a text into its characters (Unicode code points).
///
/// Special tokens such as `xxbos` stay whole, and the space behind them goes with them. Use it without rules, or with those
/// that don't mark words:
///
/// ```swift
/// let letters = RuledTokenizer(Characters(), rules: [.fixHTML, .lowercase()], tokenRules: [])
/// ```
public struct Characters: UTF8Tokenizer, Equatable {
    /// The tokens that come first in a learned vocabulary. None of them is ever cut.
    public let specialTokens: [String]
    private let special: ByteTable

    /// - Parameter specialTokens: The tokens that come first in a learned vocabulary and are never cut; fastai's by default.
    public init(specialTokens: [String] = SpecialTokens.all) {
        self.specialTokens = specialTokens
        var table = ByteTable()
        for token in specialTokens {
            let bytes = Array(token.utf8)
            _ = table.add(bytes, bytes.indices)
        }
        special = table
    }

    public func text(of tokens: [String]) -> String { tokens.joined() }

    func cut(_ text: [UInt8], into places: inout [Range<Int>]) {
        var place = 0
        var isWordStart = true
        while place < text.count {
            let next = text.scalar(at: place).next
            if text.spaceLength(at: place) > 0 {
                isWordStart = true
            } else if isWordStart {
                isWordStart = false
                if let end = endOfSpecialToken(text, place) {
                    places.append(place..<end)
                    place = end < text.count && text[end] == 0x20 ? end + 1 : end
                    isWordStart = true
                    continue
                }
            }
            places.append(place..<next)
            place = next
        }
    }

    private func endOfSpecialToken(_ text: [UInt8], _ start: Int) -> Int? {
        let end = text.endOfWord(from: start)
        return special.find(text, start..<end) == nil ? nil : end
    }

    public static func == (one: Characters, other: Characters) -> Bool { one.specialTokens == other.specialTokens }

    private enum Key: String, CodingKey { case specialTokens }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(specialTokens: try container.decode([String].self, forKey: .specialTokens))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(specialTokens, forKey: .specialTokens)
    }
}
