// Words that were cut before: their tokens are looked up.

/// The tokens of words, by the words' bytes. It begins anew when it is full, so that its size has a bound.
struct WordCache: Sendable {
    private struct Entry {
        var hash: UInt64
        var word: Range<Int>
        var ids: Range<Int>
    }

    /// Longer words are seldom seen twice.
    private static let longestWord = 64
    private static let mostWords = 1 << 14
    private static let slotCount = mostWords * 2

    private var slots: [Int32] = []
    private var entries: [Entry] = []
    private var words: [UInt8] = []
    private var ids: [Int32] = []

    /// Whether a word's tokens are kept.
    static func takes(_ range: Range<Int>) -> Bool { range.count <= longestWord }

    static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in range { hash = (hash ^ UInt64(bytes[place])) &* 0x0000_0100_0000_01B3 }
        return hash ^ hash >> 29
    }

    /// Adds the tokens of a word that was kept; false where it was not.
    func append(tokensOf bytes: [UInt8], _ range: Range<Int>, hash: UInt64, to output: inout [Int32]) -> Bool {
        guard !slots.isEmpty else { return false }
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, entry.word.count == range.count, words[entry.word].elementsEqual(bytes[range]) {
                for place in entry.ids { output.append(ids[place]) }
                return true
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return false
    }

    /// Keeps the tokens of a word.
    mutating func keep(_ bytes: [UInt8], _ range: Range<Int>, hash: UInt64, tokens: ArraySlice<Int32>) {
        if slots.isEmpty || entries.count == Self.mostWords {
            slots = Array(repeating: -1, count: Self.slotCount)
            entries.removeAll(keepingCapacity: true)
            words.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
        }
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
        slots[slot] = Int32(entries.count)
        entries.append(
            Entry(
                hash: hash, word: words.count..<words.count + range.count, ids: ids.count..<ids.count + tokens.count))
        words.append(contentsOf: bytes[range])
        ids.append(contentsOf: tokens)
    }
}
