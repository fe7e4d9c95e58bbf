// SentencePiece's normalization, compiled into a table: which strings stand for which.
import Foundation

/// The replacements that a SentencePiece model carries with it (`precompiled_charsmap`): a double-array trie of what is
/// replaced, and the replacements one behind the other.
struct PrecompiledMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// - Throws: ``TextError`` for what is no such table.
    init(_ data: some Collection<UInt8>) throws {
        let bytes = Array(data)
        func word(_ place: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
        }
        guard bytes.count >= 4, case let size = Int(word(0)), size % 4 == 0, size <= bytes.count - 4 else {
            throw TextError("the table of replaced characters (precompiled_charsmap) is damaged")
        }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        replacements = Array(bytes[(4 + size)...])
        guard String(validating: replacements, as: UTF8.self) != nil else {
            throw TextError("the table of replaced characters (precompiled_charsmap) has text that is not UTF-8")
        }
    }

    func callAsFunction(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 8)
        // Characters of ASCII stand alone, unless something joins them.
        if text.isASCII, !text.contains(0x0D) {
            for place in text.indices { append(text, place..<place + 1, to: &out) }
            return out
        }
        var place = 0
        for character in String(decoding: text, as: UTF8.self) {
            let range = place..<place + character.utf8.count
            place = range.upperBound
            // Of a whole character the shortest beginning that is in the table counts, as in the original.
            if range.count < 6, let found = replacement(of: text, range) {
                out.append(contentsOf: found)
                continue
            }
            var start = range.lowerBound
            while start < range.upperBound {
                let end = text.scalar(at: start).next
                append(text, start..<end, to: &out)
                start = end
            }
        }
        return out
    }

    private func append(_ text: [UInt8], _ range: Range<Int>, to out: inout [UInt8]) {
        if let found = replacement(of: text, range) {
            out.append(contentsOf: found)
        } else {
            out.append(contentsOf: text[range])
        }
    }

    /// What stands for the first entry of the table that the bytes begin with.
    private func replacement(of text: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8>? {
        guard let root = units.first else { return nil }
        var node = Self.offset(root)
        for place in range {
            let byte = UInt32(text[place])
            if byte == 0 { return nil }
            node ^= Int(byte)
            guard node < units.count, case let unit = units[node], unit & 0x8000_00FF == byte else { return nil }
            node ^= Self.offset(unit)
            if unit >> 8 & 1 == 1 {
                guard node < units.count, case let start = Int(units[node] & 0x7FFF_FFFF), start < replacements.count,
                    // A damaged table may point into a character.
                    replacements[start] & 0xC0 != 0x80
                else {
                    return nil
                }
                let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
                return replacements[start..<end]
            }
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
}
