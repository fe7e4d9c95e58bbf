// The rules by which a text is prepared before it is cut into tokens, and tokens afterwards, as in fastai.
import ApusCore

/// A rule that prepares a text before it is cut into tokens; what fastai calls `defaults.text_proc_rules`.
///
/// Rules run in the order of their list. ``Swift/Array/standard`` has all of them; leave one out to switch it off:
///
/// ```swift
/// let words = RuledTokenizer(EnglishWords(), rules: .standard.filter { $0 != .fixHTML })
/// ```
public enum TextRule: Sendable, Codable, Hashable {
    /// Repairs what web pages leave behind: `<br />` becomes a new line, `&amp;lt;` and all other entities their characters,
    /// and `<unk>` ``SpecialTokens/unknown``.
    case fixHTML
    /// Writes a character that comes three times or more as `xxrep 4 c`.
    case markRepeatedCharacters
    /// Writes a word that comes three times or more as `xxwrep 4 word`.
    case markRepeatedWords
    /// Puts spaces around `/`, `#` and `\`.
    case addSpaces
    /// Makes several spaces one.
    case removeUselessSpaces
    /// Writes a word in capitals as `xxup word`. A single letter becomes small without a mark.
    case markCapitals
    /// Writes a word with a capital first letter as `xxmaj word`. A single letter becomes small without a mark.
    case markCapitalized
    /// Makes all letters small, removes spaces at both ends, and marks the beginning with `xxbos` and the end with `xxeos`.
    case lowercase(beginning: Bool = true, end: Bool = false)

    /// A text after the rule.
    public func applied(to text: String) -> String {
        String(decoding: applied(to: Array(text.utf8)), as: UTF8.self)
    }

    /// Valid UTF-8 after the rule.
    func applied(to text: [UInt8]) -> [UInt8] {
        switch self {
        case .fixHTML: fixingHTML(text)
        case .markRepeatedCharacters: markingRepeatedCharacters(text)
        case .markRepeatedWords: markingRepeatedWords(text)
        case .addSpaces: addingSpaces(text)
        case .removeUselessSpaces: removingUselessSpaces(text)
        case .markCapitals:
            markingWords(text, SpecialTokens.upperCase) { !$0.isASCIISmall }
        case .markCapitalized:
            markingWords(text, SpecialTokens.capitalized) { !$0.isASCIICapital }
        case .lowercase(let beginning, let end):
            lowercasing(text, beginning: beginning, end: end)
        }
    }
}

extension [TextRule] {
    /// fastai's rules in fastai's order.
    public static var standard: [TextRule] {
        [
            .fixHTML, .markRepeatedCharacters, .markRepeatedWords, .addSpaces, .removeUselessSpaces, .markCapitals,
            .markCapitalized, .lowercase(),
        ]
    }

    /// A text after all rules.
    public func applied(to text: String) -> String {
        String(decoding: applied(to: Array<UInt8>(text.utf8)), as: UTF8.self)
    }

    /// Valid UTF-8 after all rules.
    func applied(to text: [UInt8]) -> [UInt8] { reduce(text) { $1.applied(to: $0) } }
}

/// A rule that changes each token after a text was cut; what fastai calls `defaults.text_postproc_rules`.
public enum TokenRule: Sendable, Codable, Hashable {
    /// Writes a space inside a token as `▁`, so that tokens can be joined with spaces and cut again.
    case replaceSpaces

    /// A token after the rule.
    public func applied(to token: String) -> String {
        switch self {
        case .replaceSpaces: token.replacing(" ", with: "▁")
        }
    }
}

extension [TokenRule] {
    /// fastai's rules for tokens.
    public static var standard: [TokenRule] { [.replaceSpaces] }

    /// A token after all rules.
    func applied(to token: String) -> String { reduce(token) { $1.applied(to: $0) } }
}

// MARK: What the rules do

private func markingRepeatedCharacters(_ text: [UInt8]) -> [UInt8] {
    var edited = EditedText(text)
    var place = 0
    // Three of the same need three characters: the scan for runs looks at two bytes for each.
    while place + 2 < text.count {
        let byte = text[place]
        if byte < 0x80 {
            guard text[place + 1] == byte, text[place + 2] == byte, text.spaceLength(at: place) == 0 else {
                place += 1
                continue
            }
            var end = place + 3
            while end < text.count, text[end] == byte { end += 1 }
            edited.replace(
                place..<end, with: " \(SpecialTokens.repeatedCharacter) \(end - place) ".utf8 + [byte, 0x20])
            place = end
        } else {
            let next = text.scalar(at: place).next
            let character = text[place..<next]
            var (end, count) = (next, 1)
            while text.has(character, at: end) { (end, count) = (end + character.count, count + 1) }
            if count > 2, text.spaceLength(at: place) == 0 {
                edited.replace(
                    place..<end, with: " \(SpecialTokens.repeatedCharacter) \(count) ".utf8 + character + [0x20])
            }
            place = end
        }
    }
    return edited.finished()
}

/// fastai's `(?:\s|^)(\w+)\s+((?:\1\s+)+)\1(\s|\W|$)`, in one pass.
private func markingRepeatedWords(_ text: [UInt8]) -> [UInt8] {
    var edited = EditedText(text)
    var place = 0
    while place < text.count {
        // A word is preceded by a space that no replacement has taken, or begins the text.
        let start = text.endOfSpaces(from: place == 0 ? 0 : text.endOfWord(from: place))
        let end = text.endOfWord(from: start)
        place = end
        guard start < end, end < text.count else { continue }
        let word = text[start..<end]
        // How often the word follows with spaces behind it, and whether it follows once more without.
        var next = text.endOfSpaces(from: end)
        var (count, lastEnd, hasLast) = (0, end, false)
        while text.has(word, at: next) {
            let wordEnd = next + word.count
            if wordEnd < text.count, text.spaceLength(at: wordEnd) > 0 {
                (count, lastEnd) = (count + 1, wordEnd)
                next = text.endOfSpaces(from: wordEnd)
                continue
            }
            if wordEnd == text.count || !isWordCharacter(text.scalar(at: wordEnd).value) {
                (hasLast, lastEnd) = (true, wordEnd)
            }
            break
        }
        if !hasLast, count > 0 { count -= 1 }
        guard count > 0, text.isWord(start..<end) else { continue }
        let first = start == 0 ? 0 : text.start(ofScalarBefore: start)
        let behind = lastEnd < text.count ? text.scalar(at: lastEnd).next : lastEnd
        edited.replace(
            first..<behind,
            with: " \(SpecialTokens.repeatedWord) \(count + 2) ".utf8 + word + [0x20] + text[lastEnd..<behind])
        place = behind
    }
    return edited.finished()
}

private func addingSpaces(_ text: [UInt8]) -> [UInt8] {
    var edited = EditedText(text)
    for place in text.indices where text[place] == 0x2F || text[place] == 0x23 || text[place] == 0x5C {
        edited.replace(place..<place + 1, with: [0x20, text[place], 0x20])
    }
    return edited.finished()
}

private func removingUselessSpaces(_ text: [UInt8]) -> [UInt8] {
    var edited = EditedText(text)
    var place = 0
    while place + 1 < text.count {
        guard text[place] == 0x20, text[place + 1] == 0x20 else {
            place += 1
            continue
        }
        var end = place + 2
        while end < text.count, text[end] == 0x20 { end += 1 }
        edited.replace(place + 1..<end, with: [])
        place = end
    }
    return edited.finished()
}

/// Makes words small that begin with one of the letters A to Z and whose other characters are `allowed`, with a mark where
/// they have several.
private func markingWords(_ text: [UInt8], _ mark: String, _ allowed: (UInt8) -> Bool) -> [UInt8] {
    var edited = EditedText(text)
    var start = text.endOfSpaces(from: 0)
    while start < text.count {
        let end: Int
        if text[start].isASCIICapital {
            var isMarked = true
            var place = start + 1
            while place < text.count, text.spaceLength(at: place) == 0 {
                if !allowed(text[place]) {
                    isMarked = false
                    break
                }
                place += 1
            }
            end = isMarked ? place : text.endOfWord(from: place)
            if isMarked {
                let word = lowercased(text[start..<end])
                edited.replace(start..<end, with: end - start > 1 ? Array("\(mark) ".utf8) + word : word)
            }
        } else {
            end = text.endOfWord(from: start)
        }
        start = text.endOfSpaces(from: end)
    }
    return edited.finished()
}

private func lowercasing(_ text: [UInt8], beginning: Bool, end: Bool) -> [UInt8] {
    let small = lowercased(text[...])
    let first = small.endOfSpaces(from: 0)
    var last = small.count
    while last > first {
        let start = small.start(ofScalarBefore: last)
        if small.spaceLength(at: start) == 0 { break }
        last = start
    }
    let mark = beginning ? "\(SpecialTokens.beginning) " : ""
    return Array(mark.utf8) + small[first..<last] + Array((end ? " \(SpecialTokens.end)" : "").utf8)
}
