// What a tokenizer file looks for in a text: a fixed text or a regular expression.
import CText
import Foundation

/// A fixed text or a regular expression.
enum TextPattern: Sendable {
    case text([UInt8])
    /// Two spaces or more, which most SentencePiece models look for.
    case runsOfSpaces
    case expression(RegularExpression)

    /// The stretches of a text that match, in their order.
    ///
    /// - Throws: ``TextError`` for an expression that takes too long.
    func matches(in text: [UInt8], _ range: Range<Int>) throws -> [Range<Int>] {
        switch self {
        case .text(let content):
            guard !content.isEmpty else { return [] }
            var found: [Range<Int>] = []
            var place = range.lowerBound
            while place + content.count <= range.upperBound {
                if text[place] == content[0], text[place..<place + content.count].elementsEqual(content) {
                    found.append(place..<place + content.count)
                    place += content.count
                } else {
                    place += 1
                }
            }
            return found
        case .runsOfSpaces:
            var found: [Range<Int>] = []
            var place = range.lowerBound
            while place < range.upperBound {
                guard text[place] == 0x20 else {
                    place += 1
                    continue
                }
                let start = place
                while place < range.upperBound, text[place] == 0x20 { place += 1 }
                if place - start > 1 { found.append(start..<place) }
            }
            return found
        case .expression(let expression): return try expression.matches(in: text, range)
        }
    }

    /// The text with other bytes for each match.
    ///
    /// - Throws: ``TextError`` for an expression that takes too long.
    func replacing(in text: [UInt8], with content: [UInt8]) throws -> [UInt8] {
        let found = try matches(in: text, 0..<text.count)
        guard !found.isEmpty else { return text }
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var place = 0
        for match in found {
            out.append(contentsOf: text[place..<match.lowerBound])
            out.append(contentsOf: content)
            place = match.upperBound
        }
        out.append(contentsOf: text[place...])
        return out
    }
}

/// A regular expression of ICU over UTF-8.
// @unchecked: never changed after it was made; ICU makes a copy of it for each search.
final class RegularExpression: @unchecked Sendable {
    private let pattern: OpaquePointer

    /// - Throws: ``TextError`` for what is no regular expression.
    init(_ source: String) throws {
        var failure: UnsafeMutablePointer<CChar>?
        guard let pattern = ctext_pattern_make(source, Int32(clamping: source.utf8.count), &failure) else {
            throw TextError("the pattern \"\(source)\" is no regular expression: \(takeText(&failure))")
        }
        self.pattern = pattern
    }

    deinit { ctext_pattern_free(pattern) }

    /// - Throws: ``TextError`` when the search takes too long.
    func matches(in text: [UInt8], _ range: Range<Int>) throws -> [Range<Int>] {
        var (places, count): (UnsafeMutablePointer<Int64>?, Int) = (nil, 0)
        var failure: UnsafeMutablePointer<CChar>?
        // The shim reads the bytes during the call alone.
        let isDone = text[range].withUnsafeBufferPointer {
            ctext_pattern_find(pattern, $0.baseAddress, Int64($0.count), &places, &count, &failure)
        }
        guard isDone else {
            throw TextError("A pattern of the tokenizer's file cannot be searched for: \(takeText(&failure)).")
        }
        defer { free(places) }
        return UnsafeBufferPointer(start: places, count: count * 2).pairs.map {
            range.lowerBound + Int($0)..<range.lowerBound + Int($1)
        }
    }
}

extension UnsafeBufferPointer<Int64> {
    fileprivate var pairs: [(Int64, Int64)] { stride(from: 0, to: count, by: 2).map { (self[$0], self[$0 + 1]) } }
}

/// A shim's message, which is freed.
func takeText(_ text: inout UnsafeMutablePointer<CChar>?) -> String {
    guard let found = text else { return "no reason is known" }
    defer { free(found) }
    text = nil
    return String(cString: found)
}
