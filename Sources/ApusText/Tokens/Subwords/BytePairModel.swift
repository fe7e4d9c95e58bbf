// Byte-pair encoding: a word begins as characters, and the pairs that were most frequent in training grow together.

/// Byte-pair encoding (GPT-2, RoBERTa). Source: "Neural Machine Translation of Rare Words with Subword Units",
/// https://arxiv.org/abs/1508.07909
struct BytePairModel: SubwordModel {
    /// What two tokens become, and how early.
    struct Merge: Sendable {
        let rank: UInt32
        let token: Int32
    }

    /// What may differ from file to file.
    struct Options: Sendable {
        /// Comes before the characters within a word.
        var prefix = ""
        /// Comes behind a word's last character.
        var suffix = ""
        /// Whether neighbors that are unknown are one unknown token.
        var fusesUnknown = false
        /// Whether an unknown character becomes the tokens of its bytes.
        var fallsBackToBytes = false
        /// Whether a word that is a token is not put together from pairs.
        var takesWholeWords = false
    }

    let trie: ByteTrie
    let unknown: Int32?
    private let merges: [UInt64: Merge]
    private let options: Options
    /// The tokens `<0x00>` to `<0xFF>`; empty unless all that is needed is there.
    private let byteTokens: [Int32]

    init(trie: ByteTrie, unknown: Int32?, merges: [UInt64: Merge], options: Options) {
        (self.trie, self.unknown, self.merges, self.options) = (trie, unknown, merges, options)
        byteTokens = options.fallsBackToBytes ? trie.byteTokens : []
    }

    /// The key of a pair of tokens.
    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    func append(tokensOf bytes: [UInt8], _ range: Range<Int>, to tokens: inout SubwordTokens) {
        if options.takesWholeWords, case let whole = trie.value(of: bytes[range]), whole != ByteTrie.none {
            tokens.ids.append(whole)
            return
        }
        merge(characters(bytes, range), into: &tokens.ids)
    }

    /// The tokens of a word's characters.
    private func characters(_ bytes: [UInt8], _ range: Range<Int>) -> [Int32] {
        var symbols: [Int32] = []
        symbols.reserveCapacity(range.count)
        var isUnknown = false
        var place = range.lowerBound
        while place < range.upperBound {
            let end = bytes.scalar(at: place).next
            defer { place = end }
            let isChanged =
                place > range.lowerBound && !options.prefix.isEmpty
                || end == range.upperBound && !options.suffix.isEmpty
            let found: Int32
            if isChanged {
                var character = place > range.lowerBound ? Array(options.prefix.utf8) : []
                character += bytes[place..<end]
                if end == range.upperBound { character += Array(options.suffix.utf8) }
                found = trie.value(of: character)
            } else {
                found = trie.value(of: bytes[place..<end])
            }
            if found != ByteTrie.none {
                symbols.append(found)
                isUnknown = false
            } else if !byteTokens.isEmpty,
                case let parts = bytes[place..<end].map({ byteTokens[Int($0)] }), !parts.contains(ByteTrie.none)
            {
                symbols += parts
                isUnknown = false
            } else if let unknown {
                if !(isUnknown && options.fusesUnknown) { symbols.append(unknown) }
                isUnknown = true
            }
        }
        return symbols
    }

    /// A pair that may grow together.
    private struct Candidate: Comparable {
        let rank: UInt32
        let place: Int32
        let token: Int32

        static func < (one: Candidate, other: Candidate) -> Bool {
            one.rank != other.rank ? one.rank < other.rank : one.place < other.place
        }
    }

    /// The earliest learned pair first, from left to right; a heap of candidates keeps long words from costing their square.
    private func merge(_ symbols: [Int32], into ids: inout [Int32]) {
        guard symbols.count > 1 else {
            ids += symbols
            return
        }
        var symbols = symbols
        let none: Int32 = -1
        var next = symbols.indices.map { Int32($0 + 1) }
        next[next.count - 1] = none
        var previous = symbols.indices.map { Int32($0) - 1 }
        var heap = Heap<Candidate>()
        func candidate(_ left: Int32, _ right: Int32) -> Candidate? {
            merges[Self.key(symbols[Int(left)], symbols[Int(right)])].map {
                Candidate(rank: $0.rank, place: left, token: $0.token)
            }
        }
        for place in 1..<symbols.count {
            if let found = candidate(Int32(place - 1), Int32(place)) { heap.insert(found) }
        }
        let gone = Int32.min
        while let top = heap.popFirst() {
            let place = Int(top.place)
            guard symbols[place] != gone, next[place] != none else { continue }
            let right = Int(next[place])
            // An older candidate, whose tokens have grown since.
            guard merges[Self.key(symbols[place], symbols[right])]?.token == top.token else { continue }
            symbols[place] = top.token
            symbols[right] = gone
            next[place] = next[right]
            if next[place] != none { previous[Int(next[place])] = top.place }
            if previous[place] != none, let found = candidate(previous[place], top.place) { heap.insert(found) }
            if next[place] != none, let found = candidate(top.place, next[place]) { heap.insert(found) }
        }
        for symbol in symbols where symbol != gone { ids.append(symbol) }
    }
}

extension ByteTrie {
    /// The tokens `<0x00>` to `<0xFF>` that stand for bytes; ``none`` for those that are not there.
    var byteTokens: [Int32] {
        (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return value(of: "<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)
        }
    }
}

/// Elements of which the least is at hand.
private struct Heap<Element: Comparable> {
    private var items: [Element] = []

    mutating func insert(_ item: Element) {
        items.append(item)
        var place = items.count - 1
        while place > 0, case let parent = (place - 1) / 2, items[place] < items[parent] {
            items.swapAt(place, parent)
            place = parent
        }
    }

    mutating func popFirst() -> Element? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return first }
        items[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < items.count && items[child] < items[least] {
                least = child
            }
            if least == place { return first }
            items.swapAt(place, least)
            place = least
        }
    }
}
