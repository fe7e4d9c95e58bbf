// What models of subwords have in common, and the two that look whole tokens up: WordPiece and whole words.

/// Tokens as numbers, and what they stand for where that is not the vocabulary's token.
struct SubwordTokens: Sendable {
    var ids: [Int32] = []
    /// By place in ``ids``: the text of an unknown token.
    var surfaces: [Int: String] = [:]
}

/// Finds the tokens of a piece of text.
protocol SubwordModel: Sendable {
    /// The number of each token; entries that begin alike share their way.
    var trie: ByteTrie { get }
    /// The number of the token for what is unknown.
    var unknown: Int32? { get }

    /// Adds the tokens of a piece, which is not empty.
    func append(tokensOf bytes: [UInt8], _ range: Range<Int>, to tokens: inout SubwordTokens)
}

/// The longest token at each place of a word (BERT).
struct WordPieceModel: SubwordModel {
    let trie: ByteTrie
    let unknown: Int32?
    /// Longer words, in characters, are unknown.
    let longestWord: Int
    /// Where the tokens begin that continue a word; nil where there are none.
    private let continuing: Int?

    init(trie: ByteTrie, unknown: Int32?, prefix: String, longestWord: Int) {
        (self.trie, self.unknown, self.longestWord) = (trie, unknown, longestWord)
        continuing = trie.node(of: prefix.utf8)
    }

    func append(tokensOf bytes: [UInt8], _ range: Range<Int>, to tokens: inout SubwordTokens) {
        func appendUnknown() { if let unknown { tokens.ids.append(unknown) } }
        if range.count > longestWord {
            var count = 0
            for place in range where bytes[place] & 0xC0 != 0x80 { count += 1 }
            if count > longestWord { return appendUnknown() }
        }
        let before = tokens.ids.count
        var start = range.lowerBound
        while start < range.upperBound {
            var node = 0
            if start > range.lowerBound {
                guard let continuing else {
                    tokens.ids.removeLast(tokens.ids.count - before)
                    return appendUnknown()
                }
                node = continuing
            }
            var (found, end) = (ByteTrie.none, start)
            var place = start
            while place < range.upperBound {
                node = trie.child(of: node, bytes[place])
                if node == 0 { break }
                place += 1
                let value = trie.value(at: node)
                if value != ByteTrie.none { (found, end) = (value, place) }
            }
            guard found != ByteTrie.none else {
                tokens.ids.removeLast(tokens.ids.count - before)
                return appendUnknown()
            }
            tokens.ids.append(found)
            start = end
        }
    }
}

/// Whole words.
struct WordLevelModel: SubwordModel {
    let trie: ByteTrie
    let unknown: Int32?

    func append(tokensOf bytes: [UInt8], _ range: Range<Int>, to tokens: inout SubwordTokens) {
        let value = trie.value(of: bytes[range])
        if value != ByteTrie.none { tokens.ids.append(value) } else if let unknown { tokens.ids.append(unknown) }
    }
}
