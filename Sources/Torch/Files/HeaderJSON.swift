// Reads the JSON of a safetensors header: strictly, in order, and with duplicate names refused.
//
// Foundation's readers keep the last of two equal names and lose the order, and both matter here.

/// A JSON value.
enum HeaderJSON {
    /// A name of an object with its value.
    struct Member {
        let name: String
        let value: HeaderJSON
    }

    case object([Member])
    case array([HeaderJSON])
    case string(String)
    /// A whole number that fits.
    case integer(Int)
    /// Any other number, which no header needs.
    case otherNumber
    case bool(Bool)
    case null
}

/// Why a text is not JSON, and at which byte.
struct HeaderJSONError: Error {
    let problem: String
}

extension HeaderJSON {
    /// - Throws: ``HeaderJSONError``.
    init(parsing bytes: [UInt8]) throws {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw HeaderJSONError(problem: "it is not valid UTF-8")
        }
        var parser = HeaderJSONParser(bytes: bytes)
        self = try parser.document()
    }
}

private struct HeaderJSONParser {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws -> HeaderJSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("text after the end of the JSON") }
        return result
    }

    private mutating func value(depth: Int) throws -> HeaderJSON {
        // The format needs three levels; a limit keeps a hostile header from exhausting the stack.
        guard depth < 16 else { throw error("JSON nested too deeply") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws -> HeaderJSON {
        position += 1
        var members: [HeaderJSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("a name in quotes was expected") }
            let name = try string()
            guard names.insert(name).inserted else { throw error("the name \"\(name)\" occurs twice") }
            skipSpace()
            guard take(":") else { throw error("a colon was expected") }
            members.append(HeaderJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("a comma or } was expected") }
        }
    }

    private mutating func array(depth: Int) throws -> HeaderJSON {
        position += 1
        var items: [HeaderJSON] = []
        skipSpace()
        if take("]") { return .array([]) }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(items) }
            guard take(",") else { throw error("a comma or ] was expected") }
        }
    }

    private mutating func string() throws -> String {
        position += 1
        var units: [UInt8] = []
        while let next = peek {
            position += 1
            switch next {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): try units.append(contentsOf: String(escape()).utf8)
            case 0..<0x20: throw error("a control character in a string")
            default: units.append(next)
            }
        }
        throw error("a string without an end")
    }

    private mutating func escape() throws -> Unicode.Scalar {
        guard let next = peek else { throw error("a string without an end") }
        position += 1
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(next)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u"), case let low = try hexadecimal(), (0xDC00..<0xE000).contains(low) else {
                    throw error("half of a surrogate pair")
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
            return scalar
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let next = peek, let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
                throw error("four hexadecimal digits were expected")
            }
            position += 1
            code = code << 4 + UInt32(digit)
        }
        return code
    }

    private mutating func number() throws -> HeaderJSON {
        let start = position
        _ = take("-")
        let digits = digits()
        guard digits > 0 else { throw error("a value was expected") }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard self.digits() > 0 else { throw error("a digit was expected") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard self.digits() > 0 else { throw error("a digit was expected") }
        }
        guard isWhole, let whole = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            return .otherNumber
        }
        return .integer(whole)
    }

    private mutating func digits() -> Int {
        let start = position
        while let next = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
        return position - start
    }

    private mutating func literal(_ text: String, _ value: HeaderJSON) throws -> HeaderJSON {
        guard bytes[position...].starts(with: text.utf8) else { throw error("a value was expected") }
        position += text.utf8.count
        return value
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let next = peek, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { position += 1 }
    }

    private func error(_ problem: String) -> HeaderJSONError {
        HeaderJSONError(problem: "\(problem) (at byte \(position))")
    }
}
