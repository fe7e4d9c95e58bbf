// Writes the Swift side of the operators: methods of Tensor that call the C functions.
import Foundation

/// The generated Swift files, by path from the package's root.
func emitSwift(_ sections: [Section]) -> [String: String] {
    var files: [String: String] = [:]
    for section in sections {
        let words = section.title.split { !$0.isLetter }.map(\.capitalized)
        let name = words.joined()
        var source = """
            // Generated from operators.list by `swift run generate-operators`. Do not edit.
            // swift-format-ignore-file
            // Operators of Tensor: \(section.title.lowercased()).
            import CTorch

            extension Tensor {

            """
        source += section.operators.map(function).joined(separator: "\n")
        source += "}\n"
        files["Sources/Torch/Generated/\(name)Operators.swift"] = source
    }
    return files
}

private func function(_ op: Operator) -> String {
    let start = op.isStatic ? 0 : 1
    let shown = op.arguments[start...].filter { $0.label != nil }
    let parameters = shown.map { parameter($0, single: false) }
    var text = "    /// \(op.documentation)\n"
    let access = op.isPackage ? "package" : "public"
    let resultType =
        switch op.result {
        case .tensor, .inPlace: " -> Tensor"
        case .nothing: ""
        case .tensors(let count):
            " -> ("
                + (0..<count).map { $0 < op.resultNames.count ? "\(op.resultNames[$0]): Tensor" : "Tensor" }
                .joined(separator: ", ") + ")"
        case .tensorList: " -> [Tensor]"
        case .bool: " -> Bool"
        case .int: " -> Int"
        }
    if op.result == .inPlace { text += "    @discardableResult\n" }
    text +=
        "    \(access) \(op.isStatic ? "static " : "")func \(op.swiftName)"
        + "(\(parameters.joined(separator: ", ")))\(resultType) {\n"

    // The call; tensors stay alive until it is over.
    var arguments: [String] = []
    var kept: [String] = []
    if !op.isStatic {
        arguments.append("handle.pointer")
        kept.append("self")
    }
    for argument in shown {
        let name = argument.swiftName
        switch argument.type {
        case .tensor:
            arguments.append("\(name).handle.pointer")
            kept.append(name)
        case .optionalTensor:
            arguments.append("\(name)?.handle.pointer")
            kept.append(name)
        case .tensorList:
            arguments.append("\(name).map { $0.handle.pointer }, \(name).count")
            kept.append(name)
        case .optionalTensorList:
            arguments.append("\(name).map { $0?.handle.pointer }, \(name).count")
            kept.append(name)
        case .scalar, .number: arguments.append("\(name).c")
        case .optionalScalar: arguments.append("\(name).c")
        case .int where argument.isReduction: arguments.append("\(name).rawValue")
        case .int, .double, .bool, .string, .optionalString: arguments.append(name)
        case .optionalInt: arguments.append("\(name).c")
        case .optionalDouble: arguments.append("\(name).c")
        case .intList: arguments.append("\(listName(argument)), \(listName(argument)).count")
        case .optionalIntList: arguments.append("\(listName(argument)), \(listName(argument))?.count ?? 0")
        case .optionalBool: arguments.append("\(name).c")
        case .dtype, .memoryFormat: arguments.append("\(name).rawValue")
        case .optionalDType, .optionalMemoryFormat: arguments.append("\(name)?.rawValue ?? -1")
        case .optionalDevice: arguments.append("\(name).c")
        case .optionalLayout: arguments.append("-1")
        case .generator:
            arguments.append("\(name)?.pointer")
            kept.append(name)
        }
    }
    text += "        let result = \(op.cName)(\(arguments.joined(separator: ", ")))\n"
    if !kept.isEmpty {
        text += "        extendLifetime(\(kept.count == 1 ? kept[0] : "(\(kept.joined(separator: ", ")))"))\n"
    }
    switch op.result {
    case .tensor: text += "        return Tensor(owning: result)\n"
    case .inPlace: text += "        if !result { TorchFailure.report() }\n        return self\n"
    case .nothing: text += "        if !result { TorchFailure.report() }\n"
    case .tensors(let count):
        let values = (0..<count).map { "Tensor(owning: result.t\($0))" }
        text += "        return (\(values.joined(separator: ", ")))\n"
    case .tensorList: text += "        return [Tensor](owning: result)\n"
    case .bool: text += "        if result < 0 { TorchFailure.report() }\n        return result == 1\n"
    case .int: text += "        return result\n"
    }
    text += "    }\n"

    // One dimension by itself.
    if let index = shown.firstIndex(where: isDimensionList) {
        let forwarded = shown.map { argument in
            isDimensionList(argument)
                ? "dims: [dim]" : (argument.label == "_" ? "" : "\(argument.label!): ") + argument.swiftName
        }
        let parameters = shown.enumerated().map { parameter($0.element, single: $0.offset == index - shown.startIndex) }
        text += "\n    /// \(op.documentation)\n"
        if op.result == .inPlace { text += "    @discardableResult\n" }
        text +=
            "    \(access) \(op.isStatic ? "static " : "")func \(op.swiftName)"
            + "(\(parameters.joined(separator: ", ")))\(resultType) {\n"
            + "        \(op.swiftName)(\(forwarded.joined(separator: ", ")))\n    }\n"
    }
    return text
}

/// Whether an argument is a list of dimensions that Swift also offers as a single one.
private func isDimensionList(_ argument: Argument) -> Bool {
    guard argument.label == "dim" else { return false }
    return switch argument.type {
    case .intList(width: 1), .optionalIntList(width: 1): true
    default: false
    }
}

private func listName(_ argument: Argument) -> String { isDimensionList(argument) ? "dims" : argument.swiftName }

private func parameter(_ argument: Argument, single: Bool) -> String {
    if single && isDimensionList(argument) { return "dim: Int" }
    let type: String =
        switch argument.type {
        case .tensor: "Tensor"
        case .optionalTensor: "Tensor?"
        case .tensorList: "[Tensor]"
        case .optionalTensorList: "[Tensor?]"
        case .scalar, .number: "Scalar"
        case .optionalScalar: "Scalar?"
        case .int: argument.isReduction ? "Reduction" : "Int"
        case .optionalInt: "Int?"
        case .intList: "[Int]"
        case .optionalIntList: "[Int]?"
        case .double: "Double"
        case .optionalDouble: "Double?"
        case .bool: "Bool"
        case .optionalBool: "Bool?"
        case .string: "String"
        case .optionalString: "String?"
        case .dtype: "DType"
        case .optionalDType: "DType?"
        case .memoryFormat: "MemoryFormat"
        case .optionalMemoryFormat: "MemoryFormat?"
        case .optionalDevice: "Device?"
        case .optionalLayout: "Int32"
        case .generator: "Generator?"
        }
    let name = listName(argument)
    var text =
        switch argument.label! {
        case "_": "_ \(name): \(type)"
        case "dim" where isDimensionList(argument): "dims: \(type)"
        case name: "\(name): \(type)"
        case let label: "\(label) \(name): \(type)"
        }
    if let value = swiftDefault(argument) { text += " = \(value)" }
    return text
}

private func swiftDefault(_ argument: Argument) -> String? {
    guard let value = argument.defaultValue else { return nil }
    switch value {
    case "None": return "nil"
    case "True": return "true"
    case "False": return "false"
    case "Mean": return ".mean"
    case "[]": return "[]"
    case "long": return argument.type == .optionalDType ? ".int64" : nil
    case "contiguous_format": return ".contiguous"
    default:
        if case .intList = argument.type, !value.hasPrefix("[") { return "[\(value)]" }
        return value.replacing("'", with: "\"")
    }
}
