// Reads the operator list: ATen's schema of each operator, its Swift name and its documentation.
import Foundation

/// What is wrong with a line of the operator list.
package struct OperatorListError: Error, CustomStringConvertible {
    package let line: Int
    package let reason: String
    package var description: String { "operators.list, line \(line): \(reason)" }
}

/// The kind of an argument, as far as both sides of the C ABI are concerned.
enum ArgumentType: Equatable {
    case tensor, optionalTensor, tensorList, optionalTensorList
    case scalar, optionalScalar
    /// A tensor in ATen's schema for which Swift gives a number, as Python does for the arithmetic operators.
    case number
    case int, optionalInt
    case intList(width: Int?)
    case optionalIntList(width: Int?)
    case double, optionalDouble, bool, optionalBool, string, optionalString
    case dtype, optionalDType, optionalLayout, optionalDevice, memoryFormat, optionalMemoryFormat, generator

    init?(schema: String) {
        var text = schema
        if let open = text.firstIndex(of: "("), let close = text.firstIndex(of: ")") {
            text.removeSubrange(open...close)  // An alias annotation such as (a!).
        }
        text = text.replacing("SymInt", with: "int")
        var width: Int?
        if let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]") {
            width = Int(text[text.index(after: open)..<close])
            if width != nil { text.replaceSubrange(open...close, with: "[]") }
        }
        switch text {
        case "Tensor": self = .tensor
        case "Tensor?": self = .optionalTensor
        case "Tensor[]": self = .tensorList
        case "Tensor?[]": self = .optionalTensorList
        case "Scalar": self = .scalar
        case "Number": self = .number
        case "Scalar?": self = .optionalScalar
        case "int": self = .int
        case "int?": self = .optionalInt
        case "int[]": self = .intList(width: width)
        case "int[]?": self = .optionalIntList(width: width)
        case "float": self = .double
        case "float?": self = .optionalDouble
        case "bool": self = .bool
        case "bool?": self = .optionalBool
        case "str": self = .string
        case "str?": self = .optionalString
        case "ScalarType": self = .dtype
        case "ScalarType?": self = .optionalDType
        case "Layout?": self = .optionalLayout
        case "Device?": self = .optionalDevice
        case "MemoryFormat": self = .memoryFormat
        case "MemoryFormat?": self = .optionalMemoryFormat
        case "Generator?": self = .generator
        default: return nil
        }
    }
}

/// An argument of an operator and how Swift spells it.
struct Argument {
    let name: String
    let type: ArgumentType
    let defaultValue: String?
    /// The Swift label: `_` for none, nil when Swift does not show the argument.
    var label: String?

    /// The Swift name of the argument's value.
    var swiftName: String {
        let words = name.split(separator: "_")
        let camel = words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
        let name = camel == "keepdim" ? "keepDim" : camel
        let keywords = ["self", "repeat", "default", "in", "where", "is", "as"]
        return keywords.contains(name) ? name + "Value" : name
    }

    /// Whether the argument stands for the reduction of a loss.
    var isReduction: Bool { name == "reduction" && type == .int }
}

/// What an operator gives back.
enum ResultType: Equatable {
    case tensor, inPlace, nothing, tensorList, bool, int
    case tensors(Int)
}

/// One operator of the list.
struct Operator {
    let schemaName: String
    let isMethod: Bool
    let arguments: [Argument]
    let result: ResultType
    /// Whether the result may share memory with an argument.
    let isView: Bool
    let isPackage: Bool
    let isStatic: Bool
    let swiftName: String
    let resultNames: [String]
    let documentation: String

    /// The operator's name in ATen's C++ interface.
    var atenName: String { String(schemaName.split(separator: ".")[0]) }
    /// The name of the C function.
    var cName: String {
        "ct_op_" + schemaName.replacing(".", with: "_") + (arguments.contains { $0.type == .number } ? "_number" : "")
    }
    /// The name that messages show.
    var displayName: String { atenName }
}

/// The operators under one heading of the list.
struct Section {
    let title: String
    var operators: [Operator]
}

/// Reads the list.
func parseOperatorList(_ text: String) throws(OperatorListError) -> [Section] {
    var sections: [Section] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let line = line.trimmingCharacters(in: .whitespaces)
        if line.isEmpty || line.hasPrefix("//") { continue }
        if line.hasPrefix("#") {
            sections.append(
                Section(title: line.dropFirst().trimmingCharacters(in: .whitespaces), operators: []))
            continue
        }
        guard !sections.isEmpty else {
            throw OperatorListError(line: number + 1, reason: "an operator before the first heading")
        }
        sections[sections.count - 1].operators.append(try parseOperator(line, number: number + 1))
    }
    return sections
}

private func parseOperator(_ line: String, number: Int) throws(OperatorListError) -> Operator {
    func fail(_ reason: String) -> OperatorListError { OperatorListError(line: number, reason: reason) }
    let columns = line.components(separatedBy: " | ").map { $0.trimmingCharacters(in: .whitespaces) }
    guard columns.count == 3 else { throw fail("expected three columns separated by ' | ', found \(columns.count)") }

    // The schema.
    var schema = columns[0]
    let isMethod = schema.hasPrefix(".")
    if isMethod { schema.removeFirst() }
    guard let open = schema.firstIndex(of: "("), let arrow = schema.range(of: ") -> ") else {
        throw fail("the schema has no arguments or no result: \(schema)")
    }
    var arguments: [Argument] = []
    for part in splitArguments(String(schema[schema.index(after: open)..<arrow.lowerBound])) where part != "*" {
        guard let space = part.lastIndex(of: " ") else { throw fail("an argument without a name: \(part)") }
        let nameAndDefault = part[part.index(after: space)...].split(separator: "=", maxSplits: 1)
        let typeText = part[..<space].replacing(" -> *", with: "")
        guard let type = ArgumentType(schema: String(typeText)) else { throw fail("unknown type \(typeText)") }
        arguments.append(
            Argument(
                name: String(nameAndDefault[0]), type: type,
                defaultValue: nameAndDefault.count > 1 ? String(nameAndDefault[1]) : nil, label: nil))
    }
    let resultText = String(schema[arrow.upperBound...])
    let result: ResultType
    switch resultText {
    case "()": result = .nothing
    case "bool": result = .bool
    case "int": result = .int
    case _ where resultText.hasPrefix("(Tensor"):
        result = .tensors(resultText.components(separatedBy: "Tensor").count - 1)
    case _ where resultText.contains("[]"): result = .tensorList
    case _ where resultText.contains("!"): result = .inPlace
    case _ where resultText.hasPrefix("Tensor"): result = .tensor
    default: throw fail("unknown result \(resultText)")
    }

    // The Swift side.
    var swift = columns[1]
    var resultNames: [String] = []
    if let arrow = swift.range(of: " -> ") {
        resultNames = swift[arrow.upperBound...].split(separator: ",").map(String.init)
        swift = String(swift[..<arrow.lowerBound])
    }
    let isPackage = swift.hasPrefix("package ")
    if isPackage { swift.removeFirst("package ".count) }
    let isStatic = swift.hasPrefix("static ")
    if isStatic { swift.removeFirst("static ".count) }
    guard let labelsOpen = swift.firstIndex(of: "("), swift.hasSuffix(")") else {
        throw fail("the Swift name has no parentheses: \(swift)")
    }
    let labels = swift[swift.index(after: labelsOpen)...].dropLast().split(separator: ",").map {
        $0.trimmingCharacters(in: .whitespaces)
    }
    var next = isStatic ? 0 : 1
    for label in labels {
        guard next < arguments.count else { throw fail("more labels than arguments") }
        if label == "options" {
            guard arguments[next].name == "dtype", next + 3 < arguments.count else {
                throw fail("'options' stands where the schema has no dtype, layout, device and pin_memory")
            }
            arguments[next].label = "dtype"
            arguments[next + 2].label = "device"
            next += 4
            continue
        }
        if label != "-" { arguments[next].label = label }
        next += 1
    }
    for argument in arguments[min(next, arguments.count)...] where argument.defaultValue == nil {
        throw fail("the argument \(argument.name) has neither a label nor a default")
    }
    return Operator(
        schemaName: String(schema[..<open]), isMethod: isMethod, arguments: arguments, result: result,
        isView: resultText.contains("("), isPackage: isPackage, isStatic: isStatic,
        swiftName: String(swift[..<labelsOpen]), resultNames: resultNames, documentation: columns[2])
}

/// Splits at commas outside brackets.
private func splitArguments(_ text: String) -> [String] {
    var parts: [String] = []
    var depth = 0
    var current = ""
    for character in text {
        if "([".contains(character) { depth += 1 }
        if ")]".contains(character) { depth -= 1 }
        if character == ",", depth == 0 {
            parts.append(current.trimmingCharacters(in: .whitespaces))
            current = ""
        } else {
            current.append(character)
        }
    }
    if !current.isEmpty { parts.append(current.trimmingCharacters(in: .whitespaces)) }
    return parts
}
