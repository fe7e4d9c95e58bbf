// English words: where spaCy's rules for English cut a text.
import ApusCore

/// Cuts English texts into words, punctuation and white space, as the tokenizer does that fastai uses (spaCy's `English()`).
///
/// Contractions are cut (`did n't`, `it 's`), abbreviations, numbers, web addresses and emoticons stay whole, punctuation and
/// units are tokens of their own, and so is white space beyond the single space between words.
///
/// ```swift
/// try EnglishWords().tokens(of: "Dr. No didn't pay 5km for :-)")
/// // ["Dr.", "No", "did", "n't", "pay", "5", "km", "for", ":-)"]
/// ```
/// In ``RuledTokenizer`` it is fastai's default tokenizer.
public struct EnglishWords: UTF8Tokenizer, Equatable {
    /// The tokens that come first in a learned vocabulary. None of them is ever cut.
    public let specialTokens: [String]
    private let rules: EnglishRules

    /// - Parameter specialTokens: The tokens that come first in a learned vocabulary and are never cut; fastai's by default.
    public init(specialTokens: [String] = SpecialTokens.all) {
        self.specialTokens = specialTokens
        rules = specialTokens == SpecialTokens.all ? .standard : EnglishRules(whole: specialTokens)
    }

    func cut(_ text: [UInt8], into places: inout [Range<Int>]) { rules.cut(text, into: &places) }

    public static func == (one: EnglishWords, other: EnglishWords) -> Bool { one.specialTokens == other.specialTokens }

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

/// The rules: words that are cut in a way of their own, and what is cut off in front, behind and within all others.
final class EnglishRules: Sendable {
    /// The rules with fastai's special tokens.
    static let standard = EnglishRules(whole: SpecialTokens.all)

    private let cases: SpecialCases
    private let sequences: TokenSequences

    /// - Parameter whole: Further words that are never cut.
    init(whole: [String]) {
        let cases = SpecialCases(EnglishSpecialCases.all + whole.map { [$0] })
        self.cases = cases
        // What the rules cut before they know that it is a special case is found by its tokens.
        var sequences = TokenSequences()
        for word in cases.words {
            let bytes = word[...]
            let text = Array(bytes)
            let isCut =
                Affixes.prefix(text, text.indices) > 0 || Affixes.suffix(text, text.indices) > 0
                || !Affixes.infixes(text, text.indices).isEmpty
            guard isCut else { continue }
            var places: [Range<Int>] = []
            Self.cutWord(text, text.indices, nil, &places)
            sequences.add(places.map { text[$0] })
        }
        self.sequences = sequences
    }

    /// Appends where each token of a text begins and ends.
    func cut(_ text: [UInt8], into places: inout [Range<Int>]) {
        let first = places.count
        var place = 0
        while place < text.count {
            if text.spaceLength(at: place) > 0 {
                let end = text.endOfSpaces(from: place)
                // One space belongs to the word before it; what is more is a token.
                let start = place > 0 && text[place] == 0x20 ? place + 1 : place
                if start < end { places.append(start..<end) }
                place = end
            } else {
                let end = text.endOfWord(from: place)
                Self.cutWord(text, place..<end, cases, &places)
                place = end
            }
        }
        joinSpecialCases(text, from: first, &places)
    }

    /// Cuts what stands between spaces.
    private static func cutWord(
        _ text: [UInt8], _ word: Range<Int>, _ cases: SpecialCases?, _ places: inout [Range<Int>]
    ) {
        var (start, end) = (word.lowerBound, word.upperBound)
        var suffixes: [Range<Int>] = []
        func isSpecial(_ range: Range<Int>) -> Bool { cases?.find(text, range) != nil }
        var last = -1
        while start < end, end - start != last, !isSpecial(start..<end) {
            last = end - start
            let prefix = Affixes.prefix(text, start..<end)
            if prefix > 0 {
                places.append(start..<start + prefix)
                if start + prefix < end, isSpecial(start + prefix..<end) {
                    start += prefix
                    break
                }
            }
            let suffix = Affixes.suffix(text, start + prefix..<end)
            if suffix > 0, end - suffix > start, isSpecial(start..<end - suffix) {
                // The special case begins with what looked like a prefix.
                if prefix > 0 { places.removeLast() }
                suffixes.append(end - suffix..<end)
                end -= suffix
                break
            }
            if suffix > 0 { suffixes.append(end - suffix..<end) }
            start += prefix
            end -= suffix
        }
        if start < end { cutCore(text, start..<end, cases, &places) }
        places.append(contentsOf: suffixes.reversed())
    }

    /// Cuts what is left of a word without prefixes and suffixes.
    private static func cutCore(
        _ text: [UInt8], _ core: Range<Int>, _ cases: SpecialCases?, _ places: inout [Range<Int>]
    ) {
        if let found = cases?.find(text, core), let cases {
            cases.append(found, at: core.lowerBound, &places)
            return
        }
        let infixes = Affixes.infixes(text, core)
        guard !infixes.isEmpty, !WebAddress.matches(text, core) else {
            places.append(core)
            return
        }
        var start = core.lowerBound
        for infix in infixes where infix.lowerBound != core.lowerBound {
            if infix.lowerBound != start { places.append(start..<infix.lowerBound) }
            places.append(infix)
            start = infix.upperBound
        }
        if start < core.upperBound { places.append(start..<core.upperBound) }
    }

    /// Puts together again what the rules have cut out of a special case: the longest first, then the first.
    private func joinSpecialCases(_ text: [UInt8], from first: Int, _ places: inout [Range<Int>]) {
        var matches = sequences.matches(text, places, from: first)
        guard !matches.isEmpty else { return }
        matches.sort { $0.count != $1.count ? $0.count > $1.count : $0.lowerBound < $1.lowerBound }
        var seen: Set<Int> = []
        var chosen: [Range<Int>] = []
        for match in matches {
            if !seen.contains(match.lowerBound), !seen.contains(match.upperBound - 1) { chosen.append(match) }
            seen.formUnion(match)
        }
        chosen.sort { $0.lowerBound < $1.lowerBound }
        var result: [Range<Int>] = []
        var copied = first
        for match in chosen {
            let range = places[match.lowerBound].lowerBound..<places[match.upperBound - 1].upperBound
            guard let found = cases.find(text, range) else { continue }
            result.append(contentsOf: places[copied..<match.lowerBound])
            cases.append(found, at: range.lowerBound, &result)
            copied = match.upperBound
        }
        guard copied > first else { return }
        result.append(contentsOf: places[copied...])
        places.replaceSubrange(first..., with: result)
    }
}
