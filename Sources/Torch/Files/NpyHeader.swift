// Reads the header of a .npy file: a Python dictionary of three entries, written as text.

/// What the header of a `.npy` file says, and where the elements are.
struct NpyHeader {
    /// The type of the elements in the file.
    enum Element {
        case dtype(DType)
        /// An unsigned type that tensors do not have, of 2, 4 or 8 bytes.
        case unsigned(Int)

        var itemSize: Int {
            switch self {
            case .dtype(let dtype): dtype.itemSize
            case .unsigned(let size): size
            }
        }
    }

    let element: Element
    let isBigEndian: Bool
    /// Whether the first index moves fastest in memory.
    let isFortranOrder: Bool
    let shape: [Int]
    let data: Range<Int>

    /// - Throws: ``TensorFileError``.
    init(_ file: MappedFile, _ range: Range<Int>) throws {
        func damaged(_ problem: String) -> TensorFileError { .damaged(file: file.path, problem: problem) }
        var cursor = FileCursor(file, range, subject: "its header")
        guard range.count >= 6, try cursor.bytes(6) == [0x93] + Array("NUMPY".utf8) else {
            throw TensorFileError.foreign(file: file.path, expected: "a .npy file", found: file.foreignContent())
        }
        let version = try cursor.byte()
        guard (1...3).contains(version) else {
            throw TensorFileError.unsupported(
                file: file.path, problem: "it has version \(version) of the format, and 1 to 3 are known",
                nextStep: "Save it again with numpy.save.")
        }
        try cursor.advance(by: 1)
        let length =
            version == 1 ? Int(try cursor.integer(as: UInt16.self)) : Int(try cursor.integer(as: UInt32.self))
        // Longer headers are of structured types with very many fields, which are refused anyway.
        guard length <= 1 << 20 else { throw damaged("its header claims \(length) bytes") }
        var parser = PythonLiteralParser(bytes: try cursor.bytes(length))
        guard let fields = parser.dictionary() else { throw damaged("its header is not a Python dictionary") }

        guard let description = fields["descr"], case .flag(let isFortran)? = fields["fortran_order"],
            case .tuple(let sizes)? = fields["shape"]
        else { throw damaged("its header lacks one of descr, fortran_order and shape") }
        guard case .string(let code) = description else {
            throw Self.unsupported(file, "a structured type", "Save each field by itself.")
        }
        (element, isBigEndian) = try Self.element(code, file)
        isFortranOrder = isFortran
        shape = sizes
        // The unsigned types have the sizes of the signed ones.
        let sameSize: DType =
            switch element {
            case .dtype(let dtype): dtype
            case .unsigned(let size): size == 2 ? .int16 : size == 4 ? .int32 : .int64
            }
        guard let size = byteCount(of: shape, sameSize) else {
            throw damaged("its shape \(shape) is one that no memory can hold")
        }
        guard size == range.upperBound - cursor.position else {
            throw damaged(
                "its shape \(shape) of \(code) needs \(size) bytes, but \(range.upperBound - cursor.position) follow")
        }
        data = cursor.position..<range.upperBound
    }

    private static func element(_ code: String, _ file: MappedFile) throws -> (Element, isBigEndian: Bool) {
        let order = code.first
        let type = "<>|=".contains(order ?? " ") ? String(code.dropFirst()) : code
        let element: Element
        switch type {
        case "f4": element = .dtype(.float32)
        case "f8": element = .dtype(.float64)
        case "f2": element = .dtype(.float16)
        case "i1": element = .dtype(.int8)
        case "i2": element = .dtype(.int16)
        case "i4": element = .dtype(.int32)
        case "i8": element = .dtype(.int64)
        case "u1": element = .dtype(.uint8)
        case "b1", "?": element = .dtype(.bool)
        case "c8": element = .dtype(.complex64)
        case "c16": element = .dtype(.complex128)
        case "u2": element = .unsigned(2)
        case "u4": element = .unsigned(4)
        case "u8": element = .unsigned(8)
        default:
            switch type.first {
            case "O":
                throw unsupported(
                    file, "Python objects (a pickle, which is not run)", "Save numbers: array.astype(numpy.float32).")
            case "U", "S", "a": throw unsupported(file, "texts (\(code))", "Save numbers that stand for them.")
            case "M", "m": throw unsupported(file, "dates or times (\(code))", "Save array.astype(numpy.int64).")
            default: throw unsupported(file, "the type \(code)", "Save array.astype(numpy.float32).")
            }
        }
        return (element, order == ">")
    }

    private static func unsupported(_ file: MappedFile, _ content: String, _ nextStep: String) -> TensorFileError {
        .unsupported(file: file.path, problem: "its elements are \(content)", nextStep: nextStep)
    }
}

/// The part of Python's literals that such a header has.
private struct PythonLiteralParser {
    enum Value {
        case string(String)
        case flag(Bool)
        case tuple([Int])
        /// A list, which describes a structured type.
        case list
    }

    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The dictionary that is the whole text; nil where it is none.
    mutating func dictionary() -> [String: Value]? {
        var fields: [String: Value] = [:]
        guard take("{") else { return nil }
        while !take("}") {
            guard let key = string(), take(":"), let value = value() else { return nil }
            guard fields.updateValue(value, forKey: key) == nil else { return nil }
            // What follows a structured type need not be read: it is refused.
            if case .list = value { return ["descr": .list, "fortran_order": .flag(false), "shape": .tuple([])] }
            if !take(",") {
                guard take("}") else { return nil }
                break
            }
        }
        skipSpace()
        return position == bytes.count ? fields : nil
    }

    private mutating func value() -> Value? {
        if word("True") { return .flag(true) }
        if word("False") { return .flag(false) }
        if take("[") { return .list }
        if take("(") { return sizes().map { .tuple($0) } }
        return string().map { .string($0) }
    }

    private mutating func sizes() -> [Int]? {
        var sizes: [Int] = []
        while !take(")") {
            guard let number = number() else { return nil }
            sizes.append(number)
            if !take(",") { return take(")") ? sizes : nil }
        }
        return sizes
    }

    private mutating func number() -> Int? {
        skipSpace()
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        while let next = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
        let number = Int(String(decoding: bytes[start..<position], as: UTF8.self))
        // Python 2 wrote long numbers with an L.
        _ = word("L")
        return number
    }

    private mutating func string() -> String? {
        skipSpace()
        guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        position += 1
        let start = position
        while let next = peek {
            position += 1
            if next == quote { return String(validating: bytes[start..<position - 1], as: UTF8.self) }
        }
        return nil
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func word(_ text: String) -> Bool {
        skipSpace()
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func take(_ character: String) -> Bool { word(character) }

    private mutating func skipSpace() {
        while let next = peek, next == 0x20 || (0x09...0x0D).contains(next) { position += 1 }
    }
}
