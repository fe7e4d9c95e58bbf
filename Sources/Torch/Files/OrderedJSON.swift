// Reads JSON as the files of models need it: in order, names by their bytes, a quarter of a million entries in a moment.
//
// Foundation's readers lose the order of an object's members, keep the last of two equal names, and take two names for one
// when they differ only in how an accent is written; in headers and vocabularies all of this matters.

/// A JSON value that keeps the order of its members.
///
/// ```swift
/// let vocabulary = try OrderedJSON(parsing: Array(data))["model"]?["vocab"]?.members ?? []
/// ```
public enum OrderedJSON: Sendable {
    /// A name and its value, in the order of the text.
    public struct Member: Sendable {
        public let name: String
        public let value: OrderedJSON
    }
    case object([Member])
    case array([OrderedJSON])
    case string(String)
    /// A whole number that fits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    case bool(Bool)
    case null
}

/// Why a text is not JSON, and at which byte.
public struct OrderedJSONError: Error, CustomStringConvertible, Sendable {
    /// The clause that says it.
    public let description: String
}

extension OrderedJSON {
    /// The value of a member, the last of several of the name; nil for another kind of value, or where there is no such member
    /// or it is null.
    public subscript(name: String) -> OrderedJSON? {
        guard let member = members?.last(where: { $0.name == name }) else { return nil }
        if case .null = member.value { return nil }
        return member.value
    }

    /// The text, of a text.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The truth value, of one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The items, of a list.
    public var array: [OrderedJSON]? { if case .array(let items) = self { items } else { nil } }
    /// The members in their order, of an object.
    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    /// The number, of one of either kind.
    public var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// - Parameters:
    ///   - bytes: The text, in UTF-8.
    ///   - refusesEqualNames: Whether an object with two members of one name is refused; false by default.
    /// - Throws: ``OrderedJSONError`` for what is not JSON.
    public init(parsing bytes: [UInt8], refusesEqualNames: Bool = false) throws {
        var parser = OrderedJSONParser(bytes: bytes, refusesEqualNames: refusesEqualNames)
        self = try parser.document()
    }
}

private struct OrderedJSONParser {
    let bytes: [UInt8]
    let refusesEqualNames: Bool
    var position = 0

    init(bytes: [UInt8], refusesEqualNames: Bool) {
        (self.bytes, self.refusesEqualNames) = (bytes, refusesEqualNames)
    }

    mutating func document() throws -> OrderedJSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("there is text after its end") }
        return result
    }

    private mutating func value(depth: Int) throws -> OrderedJSON {
        // A limit keeps a hostile file from exhausting the stack.
        guard depth < 64 else { throw error("it is nested too deeply") }
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

    private mutating func object(depth: Int) throws -> OrderedJSON {
        position += 1
        var members: [OrderedJSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("a name in quotes was expected") }
            let name = try string()
            if refusesEqualNames, !names.insert(name).inserted { throw error("the name \"\(name)\" occurs twice") }
            skipSpace()
            guard take(":") else { throw error("a colon was expected") }
            members.append(OrderedJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("a comma or } was expected") }
        }
    }

    private mutating func array(depth: Int) throws -> OrderedJSON {
        position += 1
        var items: [OrderedJSON] = []
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
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return try text(bytes[start..<position - 1])
            case UInt8(ascii: "\\"): return try stringWithEscapes(from: start)
            case 0..<0x20: throw error("a text has a control character")
            default: position += 1
            }
        }
        throw error("a text has no end")
    }

    private mutating func stringWithEscapes(from start: Int) throws -> String {
        var units = Array(bytes[start..<position])
        while let next = peek {
            position += 1
            switch next {
            case UInt8(ascii: "\""): return try text(units[...])
            case UInt8(ascii: "\\"): try units.append(contentsOf: String(escape()).utf8)
            case 0..<0x20: throw error("a text has a control character")
            default: units.append(next)
            }
        }
        throw error("a text has no end")
    }

    private func text(_ units: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: units, as: UTF8.self) else { throw error("it is not valid UTF-8") }
        return text
    }

    private mutating func escape() throws -> Unicode.Scalar {
        guard let next = peek else { throw error("a text has no end") }
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
                    throw error("a text has half of a surrogate pair")
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("a text has half of a surrogate pair") }
            return scalar
        default: throw error("a text has an unknown escape")
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

    private mutating func number() throws -> OrderedJSON {
        let start = position
        let isNegative = take("-")
        let whole = digits()
        guard whole > 0 else { throw error("a value was expected") }
        if whole < 16, peek != UInt8(ascii: "."), peek != UInt8(ascii: "e"), peek != UInt8(ascii: "E") {
            let value = bytes[position - whole..<position].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return .integer(isNegative ? -value : value)
        }
        if take("."), digits() == 0 { throw error("a digit was expected") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw error("a digit was expected") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let number = Int(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else {
            throw error("a number is too large")
        }
        return .number(number)
    }

    private mutating func digits() -> Int {
        let start = position
        while let next = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
        return position - start
    }

    private mutating func literal(_ text: String, _ value: OrderedJSON) throws -> OrderedJSON {
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

    private func error(_ problem: String) -> OrderedJSONError {
        OrderedJSONError(
            description: position < bytes.count
                ? "\(problem) (at byte \(position))" : "it ends in the middle (at byte \(position)), so it is cut off")
    }
}
