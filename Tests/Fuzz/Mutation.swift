// How a whole file becomes a damaged one; the same for the same seed.
import Apus
import Foundation

/// A damaged copy of a file's bytes.
///
/// - Parameters:
///   - headLength: How many bytes at the start say what the rest is; most changes are made there.
///   - other: Another file, parts of which may be put in.
func mutated(_ bytes: [UInt8], headLength: Int, other: [UInt8], random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    let inHead = headLength > 0 && random.bernoulli(0.8)
    func place(_ random: inout SeededRandom) -> Int {
        random.integer(below: max(1, min(inHead ? headLength : bytes.count, bytes.count)))
    }
    for _ in 0..<(1 + random.integer(below: 4)) {
        guard !bytes.isEmpty else { break }
        let at = place(&random)
        let length = min(1 + random.integer(below: 16), bytes.count - at)
        switch random.integer(below: 12) {
        case 0: bytes[at] ^= 1 << UInt8(random.integer(below: 8))
        case 1: bytes[at] = UInt8(random.integer(below: 256))
        case 2: for offset in 0..<length { bytes[at + offset] = UInt8(random.integer(below: 256)) }
        case 3: bytes.removeSubrange(at..<at + length)
        case 4: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(random.integer(below: 256)) }, at: at)
        case 5: bytes.removeSubrange(at...)
        case 6: bytes.insert(contentsOf: bytes[at..<min(at + 64, bytes.count)], at: at)
        case 7:
            // A number of two, four or eight bytes at the edge of what it can be.
            let edges: [UInt64] = [0, .max, 0x7FFF_FFFF, 0x8000_0000, 0x7FFF_FFFF_FFFF_FFFF, 1 << 40, 0xFFFF]
            let value = edges[random.integer(below: edges.count)]
            for offset in 0..<min([2, 4, 8][random.integer(below: 3)], bytes.count - at) {
                bytes[at + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset))
            }
        case 8, 9: replaceNumber(&bytes, from: at, random: &random)
        case 10:
            guard !other.isEmpty else { break }
            let from = random.integer(below: other.count)
            bytes.replaceSubrange(at..<at + length, with: other[from..<min(from + 32, other.count)])
        default:
            // Two pieces change places.
            let second = place(&random)
            for offset in 0..<min(length, bytes.count - max(at, second)) { bytes.swapAt(at + offset, second + offset) }
        }
    }
    return bytes
}

/// Puts another text in place of the next number in digits.
private func replaceNumber(_ bytes: inout [UInt8], from start: Int, random: inout SeededRandom) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
    let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
    let texts = [
        "0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e400", "NaN", "2147483648",
        "99999999", "true", "null", "[]", "{}", "\"a\"", "0.5", "",
    ]
    bytes.replaceSubrange(first..<end, with: Array(texts[random.integer(below: texts.count)].utf8))
}
