// Reads the fixtures: cases by name, with tensors and arguments as the reference installation wrote them.
import Foundation
import Torch

/// The folder of the fixtures of these tests.
let fixtureFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

/// Any value of a fixture file.
indirect enum JSON: Decodable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    /// A whole number that a `Double` does not hold.
    case integer(Int)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            let isLarge = number.magnitude > 0x1p53
            self = (isLarge ? try? value.decode(Int.self) : nil).map(JSON.integer) ?? .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    /// The member of an object.
    subscript(key: String) -> JSON? {
        guard case .object(let members) = self, let value = members[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    /// A number, also where it is written as "nan", "inf" or "-inf".
    var double: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        case .bool(let value): value ? 1 : 0
        case .string("nan"): .nan
        case .string("inf"): .infinity
        case .string("-inf"): -.infinity
        default: nil
        }
    }
    var int: Int? { if case .integer(let value) = self { value } else { double.flatMap { Int(exactly: $0) } } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }
    var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
    /// A list of whole numbers; a number stands for a list of one.
    var ints: [Int]? { array?.compactMap(\.int) ?? int.map { [$0] } }

    /// The tensor that is written here.
    var tensor: Tensor? {
        guard let name = self["dtype"]?.string, let dtype = DType.allCases.first(where: { $0.description == name }),
            let shape = self["shape"]?.ints, let data = self["data"]?.array
        else { return nil }
        if dtype.isFloatingPoint || dtype == .bool {
            return Tensor(data.compactMap(\.double), shape: shape, dtype: dtype)
        }
        return Tensor(data.compactMap(\.int), shape: shape, dtype: dtype)
    }
}

/// One case of a fixture file.
struct Fixture: Sendable {
    let name: String
    let json: JSON

    /// The function of the reference that made the case.
    var function: String { json["function"]?.string ?? "" }

    /// An input tensor.
    subscript(input name: String) -> Tensor { json["inputs"]![name]!.tensor! }
    /// An input tensor that the case may leave out.
    func optionalInput(_ name: String) -> Tensor? { json["inputs"]?[name]?.tensor }
    /// An argument beside the tensors.
    func argument(_ name: String) -> JSON? { json["args"]?[name] }

    /// The tensors that the reference gave.
    var outputs: [Tensor] {
        if let list = (json["output"] ?? json["outputs"])?.array { return list.map { $0.tensor! } }
        return [json["output"]!.tensor!]
    }
}

/// The cases of a fixture file by name.
func fixtures(_ file: String, count: Int) -> [String: Fixture] {
    cases(of: file, as: JSON.self, count: count).reduce(into: [:]) {
        $0[$1.key] = Fixture(name: $1.key, json: $1.value)
    }
}

/// The decoded cases of a fixture file by name. A file that is missing, does not decode or has another number of cases
/// stops all tests: a test that is given no cases would pass.
func cases<Value: Decodable>(of file: String, as type: Value.Type = Value.self, count: Int) -> [String: Value] {
    let cases: [String: Value]
    do {
        let data = try Data(contentsOf: fixtureFolder.appending(path: file))
        cases = try JSONDecoder().decode([String: Value].self, from: data)
    } catch { fatalError("The fixture \(file) cannot be read: \(error)") }
    guard cases.count == count else {
        fatalError("The fixture \(file) has \(cases.count) cases, \(count) were expected.")
    }
    return cases
}
