// Tokens that were added to a vocabulary: they are found in a text before a model cuts it.

/// A token that was added to a vocabulary, such as `[MASK]`.
struct AddedToken: Sendable {
    var id: Int32
    var content: String
    /// Whether it counts only where no letter or digit is beside it.
    var isWholeWord = false
    /// Whether the white space before it belongs to it.
    var stripsLeft = false
    /// Whether the white space behind it belongs to it.
    var stripsRight = false
    /// Whether it is looked for in the normalized text.
    var isNormalized = true
    var isSpecial = false
}

/// Finds added tokens in a text.
struct AddedTokenFinder: Sendable {
    /// A stretch of a text: an added token, or what is between.
    struct Stretch {
        let range: Range<Int>
        let token: Int32?
    }

    private var trie = ByteTrie()
    private var tokens: [AddedToken] = []

    /// - Parameters:
    ///   - tokens: The tokens; of those that look the same the first counts.
    ///   - form: What a token looks like in the text.
    /// - Throws: ``TextError`` for more tokens than a trie takes.
    init(_ tokens: [AddedToken], form: (String) throws -> [UInt8]) throws {
        for token in tokens {
            let bytes = try form(token.content)
            guard !bytes.isEmpty, trie.value(of: bytes) == ByteTrie.none else { continue }
            try trie.insert(bytes, value: Int32(self.tokens.count))
            self.tokens.append(token)
        }
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// The text in stretches: at each place the longest token counts.
    func stretches(of text: [UInt8]) -> [Stretch] {
        guard !tokens.isEmpty else { return [Stretch(range: 0..<text.count, token: nil)] }
        var stretches: [Stretch] = []
        var (start, place) = (0, 0)
        while place < text.count {
            guard let (number, end) = longest(text, at: place) else {
                place += 1
                continue
            }
            let token = tokens[number]
            let (first, last) = (place, end)
            place = end
            if token.isWholeWord, Self.isWord(text, before: first) || Self.isWord(text, at: last) { continue }
            var (from, to) = (first, last)
            if token.stripsLeft { from = max(Self.beginningOfSpace(text, before: first), start) }
            if token.stripsRight { to = Self.endOfSpace(text, at: last) }
            if start < from { stretches.append(Stretch(range: start..<from, token: nil)) }
            stretches.append(Stretch(range: from..<to, token: token.id))
            start = to
            place = max(place, to)
        }
        if start < text.count { stretches.append(Stretch(range: start..<text.count, token: nil)) }
        return stretches
    }

    private func longest(_ text: [UInt8], at start: Int) -> (number: Int, end: Int)? {
        var (node, place) = (0, start)
        var found: (Int, Int)?
        while place < text.count {
            node = trie.child(of: node, text[place])
            if node == 0 { break }
            place += 1
            let value = trie.value(at: node)
            if value != ByteTrie.none { found = (Int(value), place) }
        }
        return found
    }

    private static func isWord(_ text: [UInt8], before place: Int) -> Bool {
        place > 0 && ScalarClasses(text.scalar(at: text.start(ofScalarBefore: place)).value).contains(.word)
    }

    private static func isWord(_ text: [UInt8], at place: Int) -> Bool {
        place < text.count && ScalarClasses(text.scalar(at: place).value).contains(.word)
    }

    private static func beginningOfSpace(_ text: [UInt8], before place: Int) -> Int {
        var place = place
        while place > 0, case let start = text.start(ofScalarBefore: place),
            ScalarClasses(text.scalar(at: start).value).contains(.space)
        {
            place = start
        }
        return place
    }

    private static func endOfSpace(_ text: [UInt8], at place: Int) -> Int {
        var place = place
        while place < text.count, case let (scalar, next) = text.scalar(at: place),
            ScalarClasses(scalar).contains(.space)
        {
            place = next
        }
        return place
    }
}
