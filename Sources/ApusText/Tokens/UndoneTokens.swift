// From tokens back to what people read: marks undone, words joined.

extension SpecialTokens {
    /// The tokens with capitals and repetitions written out; fastai's `decode_spec_tokens`.
    ///
    /// ```swift
    /// SpecialTokens.undone(["xxup", "bbc", "xxrep", "3", "!", "xxmaj", "so", "?"])   // ["BBC", "!!!", "So", "?"]
    /// ```
    /// A count that is no number is left out with its mark, as fastai does. A repetition applies to one token, where fastai's
    /// goes on to the end, and has 1,000 parts at most, since a model may write any number.
    public static func undone(_ tokens: [String]) -> [String] {
        var result: [String] = []
        var mark: String?
        var count: Int?
        for token in tokens {
            if [capitalized, upperCase, repeatedCharacter, repeatedWord].contains(token) {
                (mark, count) = (token, nil)
                continue
            }
            switch mark {
            case nil: result.append(token)
            case capitalized: result.append(token.prefix(1).uppercased() + token.dropFirst().lowercased())
            case upperCase: result.append(token.uppercased())
            default:
                guard let count else {
                    count = Int(token)
                    if count == nil { mark = nil }
                    continue
                }
                let times = min(max(count, 0), 1000)
                if mark == repeatedCharacter {
                    result.append(String(repeating: token, count: times))
                } else {
                    result += Array(repeating: token, count: times)
                }
            }
            (mark, count) = (nil, nil)
        }
        return result
    }
}

/// Words joined as people write them: no space before punctuation and in contractions, quotation marks at their words, and no
/// marks for the beginning, the end, padding and fields.
func prose(of words: [String]) -> String {
    var result = ""
    var (joinsNext, isQuoted, isField) = (true, false, false)
    let marks = [SpecialTokens.beginning, SpecialTokens.end, SpecialTokens.padding, TokenVocabulary.filler]
    for word in words {
        if isField || marks.contains(word) {
            isField = false
            continue
        }
        if word == SpecialTokens.field {
            isField = true
            continue
        }
        var (joinsBefore, joinsAfter) = (ProseJoining.before.contains(word), ProseJoining.after.contains(word))
        if word == "\"" {
            (joinsBefore, joinsAfter) = (isQuoted, !isQuoted)
            isQuoted.toggle()
        }
        if word.allSatisfy(\.isWhitespace) { (joinsBefore, joinsAfter) = (true, true) }
        if !joinsNext, !joinsBefore { result += " " }
        result += word.replacing("▁", with: " ")
        joinsNext = joinsAfter
    }
    return result
}

private enum ProseJoining {
    /// What has no space before it.
    static let before = Set(
        [".", ",", ";", ":", "!", "?", ")", "]", "}", "%", "…", "”", "/", "-", "n't", "n’t"]
            + ["s", "m", "d", "ll", "re", "ve"].flatMap { ["'\($0)", "’\($0)"] })
    /// What has no space behind it.
    static let after: Set = ["(", "[", "{", "“", "$", "£", "€", "#", "/", "-"]
}
