// What a tokenizer file adds around texts: special tokens, token types, and a maximum length.

/// The tokens around one text or around two.
struct TokenTemplate: Sendable {
    /// A part of the template.
    enum Part: Sendable {
        case special(ids: [Int32], type: Int)
        /// The first text, or the second.
        case text(isSecond: Bool, type: Int)

        var count: Int { if case .special(let ids, _) = self { ids.count } else { 0 } }
    }

    var single: [Part] = [.text(isSecond: false, type: 0)]
    var pair: [Part] = [.text(isSecond: false, type: 0), .text(isSecond: true, type: 1)]

    /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`.
    static func bert(cls: Int32, sep: Int32) -> TokenTemplate {
        let single: [Part] = [
            .special(ids: [cls], type: 0), .text(isSecond: false, type: 0), .special(ids: [sep], type: 0),
        ]
        return TokenTemplate(
            single: single, pair: single + [.text(isSecond: true, type: 1), .special(ids: [sep], type: 1)])
    }

    /// `<s> A </s>` and `<s> A </s> </s> B </s>`, all of one type.
    static func roberta(cls: Int32, sep: Int32) -> TokenTemplate {
        let single: [Part] = [
            .special(ids: [cls], type: 0), .text(isSecond: false, type: 0), .special(ids: [sep], type: 0),
        ]
        let second: [Part] = [
            .special(ids: [sep], type: 0), .text(isSecond: true, type: 0), .special(ids: [sep], type: 0),
        ]
        return TokenTemplate(single: single, pair: single + second)
    }
}

/// How long texts are cut to a maximum length.
struct TokenTruncation: Sendable {
    enum Strategy: String, Sendable {
        case longestFirst = "LongestFirst"
        case onlyFirst = "OnlyFirst"
        case onlySecond = "OnlySecond"
    }

    var strategy = Strategy.longestFirst
    /// Whether the beginning is cut off instead of the end.
    var cutsBeginning = false

    /// How many tokens of each text stay, of those that there are.
    func lengths(first: Int, second: Int?, room: Int) -> (first: Int, second: Int) {
        guard let second else { return (min(first, room), 0) }
        guard first + second > room else { return (first, second) }
        switch strategy {
        case .onlyFirst: return (max(room - second, 0), second)
        case .onlySecond: return (first, max(room - first, 0))
        case .longestFirst:
            // The longer one first; when both are as long, both.
            var (short, long) = (min(first, second), max(first, second))
            long = short > room ? short : max(short, room - short)
            if short + long > room { (short, long) = (room / 2, room / 2 + room % 2) }
            return first > second ? (long, short) : (short, long)
        }
    }
}
