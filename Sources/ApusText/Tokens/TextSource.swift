// Where a text comes from: a string, several fields, a file in some encoding.
import ApusCore
import Foundation

/// Where a text comes from.
public enum TextSource: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The text itself.
    case text(String)
    /// Several fields, such as a title and a body, each of which begins with `xxfld` and its number.
    case fields([String])
    /// A file of one text.
    case file(URL)

    public init(stringLiteral text: String) { self = .text(text) }

    /// The text, read from its file where it is in one.
    ///
    /// A mark of byte order at the beginning of a file is left out, and one of UTF-16 decides for UTF-16. Bytes that are no
    /// UTF-8 become U+FFFD, which stands for an unreadable character.
    ///
    /// - Parameter encoding: How files are encoded; UTF-8 by default.
    /// - Throws: ``TextError`` for a file that cannot be read, or is not in the encoding.
    public func read(encoding: String.Encoding = .utf8) throws -> String {
        String(decoding: try bytes(encoding: encoding).bytes, as: UTF8.self)
    }

    /// The text in valid UTF-8, and whether bytes of its file were none.
    func bytes(encoding: String.Encoding) throws -> (bytes: [UInt8], isRepaired: Bool) {
        switch self {
        case .text(let text): return (Array(text.utf8), false)
        case .fields(let fields):
            let text = fields.enumerated().map { "\(SpecialTokens.field) \($0.offset + 1) \($0.element)" }
                .joined(separator: " ")
            return (Array(text.utf8), false)
        case .file(let file):
            let data: Data
            do { data = try Data(contentsOf: file) } catch {
                throw TextError("\(file.path) cannot be read as a text: \(error.systemReason).")
            }
            return try Self.decoded(data, encoding, file)
        }
    }

    private static func decoded(
        _ data: Data, _ encoding: String.Encoding, _ file: URL
    ) throws -> (bytes: [UInt8], isRepaired: Bool) {
        let isUTF16 = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF])
        if encoding == .utf8, !isUTF16 {
            let bytes = [UInt8](data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data)
            if bytes.isValidUTF8 { return (bytes, false) }
            return (Array(String(decoding: bytes, as: UTF8.self).utf8), true)
        }
        guard let text = String(data: data, encoding: encoding == .utf8 ? .utf16 : encoding) else {
            throw TextError(
                "\(file.path) is not in the encoding \(encoding); give the one that it was written in, such as "
                    + "encoding: .utf8 or .isoLatin1.")
        }
        return (Array((text.first == "\u{FEFF}" ? text.dropFirst() : text[...]).utf8), false)
    }
}

extension TextSource: CustomStringConvertible {
    /// The beginning of the text, or the path of its file.
    public var description: String {
        func begin(_ text: String) -> String {
            let start = text.prefix(80)
            return "\"\(start)\(start.endIndex == text.endIndex ? "" : "…")\""
        }
        return switch self {
        case .text(let text): begin(text)
        case .fields(let fields): fields.map(begin).joined(separator: ", ")
        case .file(let file): file.path
        }
    }
}

extension [UInt8] {
    /// Whether the bytes are UTF-8 without a mistake (Unicode, table 3-7).
    var isValidUTF8: Bool {
        var place = 0
        func isTail(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            place + offset < count && range.contains(self[place + offset])
        }
        while place < count {
            let first = self[place]
            switch first {
            case 0..<0x80: place += 1
            case 0xC2...0xDF:
                guard isTail(1) else { return false }
                place += 2
            case 0xE0...0xEF:
                guard isTail(1, first == 0xE0 ? 0xA0...0xBF : first == 0xED ? 0x80...0x9F : 0x80...0xBF), isTail(2)
                else { return false }
                place += 3
            case 0xF0...0xF4:
                guard isTail(1, first == 0xF0 ? 0x90...0xBF : first == 0xF4 ? 0x80...0x8F : 0x80...0xBF), isTail(2),
                    isTail(3)
                else { return false }
                place += 4
            default: return false
            }
        }
        return true
    }
}
