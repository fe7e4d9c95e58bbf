// Numbers for pieces of UTF-8, in the order in which they are first seen.

/// Gives each distinct piece of UTF-8 a number, from 0 on.
struct ByteTable: Sendable {
    /// The pieces, one behind the other.
    private var bytes: [UInt8] = []
    /// Where each piece begins, and where the last ends.
    private var offsets = [0]
    private var hashes: [UInt64] = []
    /// The numbers by their hashes, -1 where a place is free; a power of two of places.
    private var slots = [Int32](repeating: -1, count: 64)
    /// For each first byte, which lengths there are: a bit for each up to 62, the last for all above.
    private var lengths = [UInt64](repeating: 0, count: 256)

    /// The number of pieces.
    var count: Int { hashes.count }

    /// A piece by its number.
    subscript(number: Int) -> ArraySlice<UInt8> { bytes[offsets[number]..<offsets[number + 1]] }

    /// The number of a part of a text; nil where the table lacks it.
    func find(_ text: [UInt8], _ range: Range<Int>) -> Int? {
        if !range.isEmpty, lengths[Int(text[range.lowerBound])] & Self.bit(range.count) == 0 { return nil }
        let number = slots[slot(text, range, Self.hash(text, range))]
        return number < 0 ? nil : Int(number)
    }

    /// The number of a part of a text, which is added where the table lacks it.
    mutating func add(_ text: [UInt8], _ range: Range<Int>) -> Int {
        let hash = Self.hash(text, range)
        var slot = slot(text, range, hash)
        if slots[slot] >= 0 { return Int(slots[slot]) }
        if count * 2 >= slots.count {
            grow()
            slot = self.slot(text, range, hash)
        }
        slots[slot] = Int32(count)
        hashes.append(hash)
        bytes.append(contentsOf: text[range])
        offsets.append(bytes.count)
        if !range.isEmpty { lengths[Int(text[range.lowerBound])] |= Self.bit(range.count) }
        return count - 1
    }

    private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// FNV-1a over a part, with its upper half mixed in.
    private static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in range { hash = (hash ^ UInt64(text[place])) &* 0x100_0000_01B3 }
        return hash ^ hash >> 32
    }

    /// The place of a part among the slots, or the free one where it would be.
    private func slot(_ text: [UInt8], _ range: Range<Int>, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let number = Int(slots[slot])
            if number < 0 || hashes[number] == hash && isEqual(number, text, range) { return slot }
            slot = (slot + 1) & mask
        }
    }

    private func isEqual(_ number: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let start = offsets[number]
        guard offsets[number + 1] - start == range.count else { return false }
        for offset in 0..<range.count where bytes[start + offset] != text[range.lowerBound + offset] { return false }
        return true
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(number)
        }
    }
}
