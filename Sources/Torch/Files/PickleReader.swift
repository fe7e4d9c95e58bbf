// Reads a Python pickle that holds tensors and plain containers, and refuses all else before anything comes of it.
//
// A pickle is a program for a machine with a stack and a memo. This machine knows the instructions that build plain
// values (protocols 2 to 5); the classes and functions it knows are in PickleGlobals.swift. Time and memory are bounded
// by the length of the pickle: containers live in one flat list and refer to each other by place, so that neither
// nesting, nor cycles, nor sharing can exhaust the stack.

/// A value on the stack of the pickle machine.
enum PickleItem {
    case none
    case bool(Bool)
    case int(Int)
    /// A whole number beyond 64 bits, little-endian; only the legacy form's magic number is one.
    case bigInteger([UInt8])
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case dtype(DType)
    case global(PickleGlobal)
    /// Places in the reader's lists.
    case container(Int)
    case storage(Int)
    case tensor(Int)
}

/// A list, tuple or dictionary; a dictionary's items are key, value, key, value and so on.
struct PickleContainer {
    enum Kind { case list, tuple, dictionary }
    let kind: Kind
    var items: [PickleItem]
}

struct PickleReader {
    private(set) var cursor: FileCursor
    private(set) var containers: [PickleContainer] = []
    var storages: [PickleStorage] = []
    var tensors: [PickleTensor] = []

    private var stack: [PickleItem] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleItem] = [:]
    /// How many items calls may still copy. Each item of an honest call is written for it in the pickle.
    private var budget: Int

    init(_ file: MappedFile, _ range: Range<Int>) {
        cursor = FileCursor(file, range, subject: "the pickle")
        budget = range.count
    }

    var path: String { cursor.file.path }
    /// The first byte after the pickle.
    var end: Int { cursor.position }

    func damaged(_ problem: String) -> TensorFileError { .damaged(file: path, problem: problem) }

    /// Runs the pickle to its end.
    ///
    /// - Throws: ``TensorFileError/refused(file:name:)`` for a class or function that is not known, and
    ///   ``TensorFileError/damaged(file:problem:)`` for what no pickler writes.
    mutating func read() throws -> PickleItem {
        while true {
            let code = try cursor.byte()
            if code == UInt8(ascii: ".") { return try pop() }
            try run(code)
        }
    }

    private mutating func run(_ code: UInt8) throws {
        switch code {
        // Protocol and frames.
        case 0x80:
            let version = try cursor.byte()
            guard version <= 5 else { throw damaged("its pickle has the unknown protocol \(version)") }
        case 0x95: try cursor.advance(by: 8)

        // Plain values.
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.int(Int(try cursor.integer(as: Int32.self))))
        case UInt8(ascii: "K"): stack.append(.int(Int(try cursor.byte())))
        case UInt8(ascii: "M"): stack.append(.int(Int(try cursor.integer(as: UInt16.self))))
        case 0x8A: stack.append(integer(try cursor.bytes(Int(try cursor.byte()))))
        case 0x8B: stack.append(integer(try cursor.bytes(Int(try cursor.integer(as: Int32.self)))))
        case UInt8(ascii: "G"):
            stack.append(.double(Double(bitPattern: try cursor.integer(as: UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): try pushText(Int(try cursor.integer(as: UInt32.self)))
        case 0x8C: try pushText(Int(try cursor.byte()))
        case 0x8D: try pushText(try length())
        case UInt8(ascii: "U"): pushOldText(try cursor.bytes(Int(try cursor.byte())))
        case UInt8(ascii: "T"): pushOldText(try cursor.bytes(Int(try cursor.integer(as: Int32.self))))
        case UInt8(ascii: "C"): stack.append(.bytes(try cursor.bytes(Int(try cursor.byte()))))
        case UInt8(ascii: "B"): stack.append(.bytes(try cursor.bytes(Int(try cursor.integer(as: UInt32.self)))))
        case 0x8E, 0x96: stack.append(.bytes(try cursor.bytes(try length())))

        // Containers.
        case UInt8(ascii: "]"): stack.append(add(.list, []))
        case UInt8(ascii: "}"): stack.append(add(.dictionary, []))
        case UInt8(ascii: ")"): stack.append(add(.tuple, []))
        case UInt8(ascii: "l"): stack.append(add(.list, try popToMark()))
        case UInt8(ascii: "d"): stack.append(add(.dictionary, try pairs(popToMark())))
        case UInt8(ascii: "t"): stack.append(add(.tuple, try popToMark()))
        case 0x85, 0x86, 0x87: stack.append(add(.tuple, try pop(Int(code) - 0x84)))
        case UInt8(ascii: "a"): try append(pop(1), to: .list)
        case UInt8(ascii: "e"): try append(popToMark(), to: .list)
        case UInt8(ascii: "s"): try append(pop(2), to: .dictionary)
        case UInt8(ascii: "u"): try append(pairs(popToMark()), to: .dictionary)

        // The stack and the memo.
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"):
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"): stack.append(try top())
        case UInt8(ascii: "q"): memo[Int(try cursor.byte())] = try top()
        case UInt8(ascii: "r"): memo[Int(try cursor.integer(as: UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try pushMemo(Int(try cursor.byte()))
        case UInt8(ascii: "j"): try pushMemo(Int(try cursor.integer(as: UInt32.self)))

        // Classes, functions and calls.
        case UInt8(ascii: "c"): try pushGlobal(name(cursor.line()), name(cursor.line()))
        case 0x93:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw damaged("its pickle names a class by what is not text")
            }
            try pushGlobal(module, name)
        case UInt8(ascii: "R"), 0x81:
            let arguments = try children(of: pop(), "the arguments of a call")
            guard case .global(let global) = try pop() else { throw damaged("its pickle calls what cannot be called") }
            stack.append(try call(global, arguments))
        case UInt8(ascii: "b"):
            // The attributes of an OrderedDict; state_dict() keeps versions of modules there.
            _ = try pop()
            guard case .container(let index) = try top(), containers[index].kind == .dictionary else {
                throw damaged("its pickle gives attributes to what has none")
            }
        case UInt8(ascii: "Q"): stack.append(try storage(pop()))
        case UInt8(ascii: "i"):
            let module = try name(cursor.line())
            throw TensorFileError.refused(file: path, name: "\(module).\(try name(cursor.line()))")
        case 0x8F, 0x90, 0x91: throw TensorFileError.refused(file: path, name: "a set")

        case UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "F"), UInt8(ascii: "S"), UInt8(ascii: "V"),
            UInt8(ascii: "p"), UInt8(ascii: "g"), UInt8(ascii: "P"):
            throw TensorFileError.unsupported(
                file: path, problem: "its pickle has the text form of protocol 0",
                nextStep: "Save it again with torch.save's own protocol, 2.")
        default:
            throw damaged("its pickle has the unknown instruction \(code) at byte \(cursor.position - 1)")
        }
    }

    // MARK: Values

    /// A whole number in two's complement, little-endian, of any length.
    private func integer(_ bytes: [UInt8]) -> PickleItem {
        guard bytes.count <= 8 else { return .bigInteger(bytes) }
        let fill: UInt64 = bytes.last ?? 0 >= 0x80 ? .max : 0
        return .int(Int(bitPattern: UInt(bytes.reversed().reduce(fill) { $0 << 8 | UInt64($1) })))
    }

    private mutating func length() throws -> Int {
        let length = try cursor.integer(as: UInt64.self)
        guard let length = Int(exactly: length) else { throw damaged("its pickle has a text of \(length) bytes") }
        return length
    }

    private mutating func pushText(_ length: Int) throws {
        stack.append(.string(try name(cursor.bytes(length))))
    }

    /// Text of Python 2, whose encoding is not known; Latin-1 takes any bytes.
    private mutating func pushOldText(_ bytes: [UInt8]) {
        let text = String(validating: bytes, as: UTF8.self)
        stack.append(.string(text ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))))
    }

    private func name(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw damaged("its pickle has a text that is not UTF-8")
        }
        return text
    }

    private mutating func pushGlobal(_ module: String, _ name: String) throws {
        if let global = PickleGlobal(module: module, name: name) {
            stack.append(.global(global))
        } else if module == "torch", let dtype = PickleGlobal.dtype(name) {
            stack.append(.dtype(dtype))
        } else {
            throw TensorFileError.refused(file: path, name: "\(module).\(name)")
        }
    }

    private mutating func pushMemo(_ index: Int) throws {
        guard let item = memo[index] else { throw damaged("its pickle recalls value \(index), which was never kept") }
        stack.append(item)
    }

    // MARK: Containers

    mutating func add(_ kind: PickleContainer.Kind, _ items: [PickleItem]) -> PickleItem {
        containers.append(PickleContainer(kind: kind, items: items))
        return .container(containers.count - 1)
    }

    private mutating func append(_ items: [PickleItem], to kind: PickleContainer.Kind) throws {
        guard case .container(let index) = try top(), containers[index].kind == kind else {
            throw damaged("its pickle adds items to what is no \(kind)")
        }
        containers[index].items += items
    }

    /// Counts the items that a call copies, so that a few bytes that repeat it cannot fill the memory.
    mutating func spend(_ count: Int) throws {
        budget -= count
        guard budget >= 0 else { throw damaged("its pickle copies the same values over and over") }
    }

    private func pairs(_ items: [PickleItem]) throws -> [PickleItem] {
        guard items.count.isMultiple(of: 2) else { throw damaged("its pickle has a key without a value") }
        return items
    }

    /// The items of a list or tuple.
    func children(of item: PickleItem, _ subject: String) throws -> [PickleItem] {
        guard case .container(let index) = item, containers[index].kind != .dictionary else {
            throw damaged("\(subject) are not in a list or tuple")
        }
        return containers[index].items
    }

    // MARK: Stack

    private func top() throws -> PickleItem {
        guard stack.count > marks.last ?? 0, let item = stack.last else { throw emptyStack }
        return item
    }

    private mutating func pop() throws -> PickleItem {
        let item = try top()
        stack.removeLast()
        return item
    }

    private mutating func pop(_ count: Int) throws -> [PickleItem] {
        guard stack.count - (marks.last ?? 0) >= count else { throw emptyStack }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws -> [PickleItem] {
        guard let mark = marks.popLast() else { throw emptyStack }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private var emptyStack: TensorFileError { damaged("its pickle takes a value that is not there") }
}
