// Words that are cut in a way of their own, found as a whole or by the tokens into which the rules have cut them.

/// Words with the tokens that they consist of.
struct SpecialCases: Sendable {
    private var table = ByteTable()
    /// The lengths of each word's tokens.
    private var lengths: [[Int]] = []

    /// - Parameter cases: The tokens of each word, which together are the word. A later one takes the place of an earlier.
    init(_ cases: [[String]]) {
        for tokens in cases {
            let word = Array(tokens.joined().utf8)
            let number = table.add(word, word.indices)
            let lengths = tokens.map(\.utf8.count)
            if number < self.lengths.count { self.lengths[number] = lengths } else { self.lengths.append(lengths) }
        }
    }

    /// The words.
    var words: [ArraySlice<UInt8>] { (0..<table.count).map { table[$0] } }

    /// The word that a part of a text is; nil where it is none.
    func find(_ text: [UInt8], _ range: Range<Int>) -> Int? { table.find(text, range) }

    /// Appends the tokens of a word that begins at a place.
    func append(_ word: Int, at start: Int, _ places: inout [Range<Int>]) {
        var start = start
        for length in lengths[word] {
            places.append(start..<start + length)
            start += length
        }
    }
}

/// Sequences of tokens, which are looked for in a text's tokens.
struct TokenSequences: Sendable {
    private struct Step: Hashable {
        var node: Int
        var token: Int
    }
    private var tokens = ByteTable()
    /// The tokens that begin a sequence.
    private var beginnings = ByteTable()
    private var steps: [Step: Int] = [:]
    /// Whether a sequence ends at a node. The first node is the root.
    private var isEnd = [false]

    /// Adds a sequence.
    mutating func add(_ sequence: [ArraySlice<UInt8>]) {
        var node = 0
        for (place, token) in sequence.enumerated() {
            let bytes = Array(token)
            if place == 0 { _ = beginnings.add(bytes, bytes.indices) }
            let step = Step(node: node, token: tokens.add(bytes, bytes.indices))
            if let next = steps[step] {
                node = next
            } else {
                node = isEnd.count
                isEnd.append(false)
                steps[step] = node
            }
        }
        isEnd[node] = true
    }

    /// All places where a sequence is, as ranges of the tokens.
    func matches(_ text: [UInt8], _ places: [Range<Int>], from first: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for start in first..<places.count where beginnings.find(text, places[start]) != nil {
            var node = 0
            for place in start..<places.count {
                guard let token = tokens.find(text, places[place]), let next = steps[Step(node: node, token: token)]
                else { break }
                node = next
                if isEnd[node] { found.append(start..<place + 1) }
            }
        }
        return found
    }
}
