// Text of HTML, which is apart from texts that have to be escaped first.

/// Text of HTML. What comes from elsewhere goes in through ``init(_:)``, which escapes it.
struct HTMLText: Sendable, Hashable {
    /// The HTML.
    let source: String

    /// A text for people, escaped: it may stand between elements and in quoted attributes.
    init(_ text: String) {
        guard text.utf8.contains(where: Self.isSpecial) else {
            source = text
            return
        }
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count + 16)
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        source = escaped
    }

    /// HTML as it is: only literals of the program and what was escaped already.
    init(source: String) { self.source = source }

    /// Pieces behind each other.
    init(_ pieces: [HTMLText]) { source = pieces.map(\.source).joined(separator: "\n") }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }
}

/// HTML is written as an interpolated literal, whose texts are escaped: `"<p>\(name)</p>" as HTMLText`.
extension HTMLText: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self.init(source: value) }
    init(stringInterpolation: Interpolation) { self.init(source: stringInterpolation.source) }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(literalCapacity) }
        mutating func appendLiteral(_ literal: String) { source += literal }
        mutating func appendInterpolation(_ text: String) { source += HTMLText(text).source }
        mutating func appendInterpolation(_ number: Int) { source += String(number) }
        mutating func appendInterpolation(_ html: HTMLText) { source += html.source }
        mutating func appendInterpolation(_ pieces: [HTMLText]) { source += HTMLText(pieces).source }
    }
}
