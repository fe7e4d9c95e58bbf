// Writes the C side of the operators: a header of plain C declarations and C++ files that call ATen.
import Foundation

/// The generated C files, by path from the package's root.
func emitC(_ sections: [Section]) -> [String: String] {
    var header = """
        // Generated from operators.list by `swift run generate-operators`. Do not edit.
        #ifndef CTORCH_OPERATORS_H
        #define CTORCH_OPERATORS_H
        #include "ctorch_types.h"

        CT_BEGIN

        """
    for section in sections {
        header += "// \(section.title)\n"
        for op in section.operators { header += declaration(op) + ";\n" }
    }
    header += "\nCT_END\n\n#endif\n"

    // Two files, so that two cores compile them at the same time.
    let all = sections.flatMap { section in section.operators.map { (section.title, $0) } }
    let half = all.count / 2
    var files = ["Sources/CTorch/include/ctorch_operators.h": header]
    for (name, operators) in [("1", all[..<half]), ("2", all[half...])] {
        var source = """
            // Generated from operators.list by `swift run generate-operators`. Do not edit.
            #include "ctorch_internal.h"
            #include "ctorch_operators.h"


            """
        // Headers of single operators: reading all of ATen's would take most of the compiler's time.
        for header in Set(operators.filter { !$0.1.isMethod }.map { operatorHeader(of: $0.1) }).sorted() {
            source += "#include <ATen/ops/\(header).h>\n"
        }
        source += "\nusing namespace ctorch;\n\n"
        for (section, op) in operators { source += definition(op, section: section) + "\n" }
        files["Sources/CTorch/generated_operators_\(name).cpp"] = source
    }
    return files
}

/// The header that declares an operator of ATen; an operator in place shares that of the one that isn't.
private func operatorHeader(of op: Operator) -> String {
    op.atenName.hasSuffix("_") && !op.atenName.hasSuffix("__") ? String(op.atenName.dropLast()) : op.atenName
}

/// The arguments that cross the C ABI: those with a label, and the receiver.
private func passed(_ op: Operator) -> [Argument] {
    op.arguments.enumerated().filter { $0.offset == 0 && !op.isStatic || $0.element.label != nil }.map(\.element)
}

private func declaration(_ op: Operator) -> String {
    let parameters = passed(op).map { argument in
        let name = cArgumentName(argument)
        return switch argument.type {
        case .tensor, .optionalTensor: "ct_tensor \(name)"
        case .tensorList, .optionalTensorList: "const ct_tensor *\(name), intptr_t \(name)_count"
        case .scalar, .optionalScalar, .number: "ct_scalar \(name)"
        case .int: "intptr_t \(name)"
        case .optionalInt: "ct_optional_int \(name)"
        case .intList, .optionalIntList: "const intptr_t *\(name), intptr_t \(name)_count"
        case .double: "double \(name)"
        case .optionalDouble: "ct_optional_double \(name)"
        case .bool: "bool \(name)"
        case .optionalBool, .dtype, .optionalDType, .memoryFormat, .optionalMemoryFormat, .optionalLayout:
            "int32_t \(name)"
        case .optionalDevice: "ct_device \(name)"
        case .string, .optionalString: "const char *\(name)"
        case .generator: "ct_generator \(name)"
        }
    }
    let result =
        switch op.result {
        case .tensor: "ct_tensor"
        case .inPlace, .nothing: "bool"
        case .tensors(let count): "ct_tensor\(count)"
        case .tensorList: "ct_tensor_list"
        case .bool: "int32_t"
        case .int: "intptr_t"
        }
    return "\(result) \(op.cName)(\(parameters.joined(separator: ", ")))"
}

private func definition(_ op: Operator, section: String) -> String {
    let crossing = Set(passed(op).map(\.name))
    var values = op.arguments.map { argument in
        crossing.contains(argument.name) ? unwrapped(argument) : defaultInCpp(argument)
    }
    // The trailing defaults are ATen's own.
    while let last = op.arguments[..<values.count].last, !crossing.contains(last.name), last.name != "pin_memory" {
        values.removeLast()
    }
    let call =
        op.isMethod
        ? "borrow(\(cArgumentName(op.arguments[0])))->\(op.atenName)(\(values.dropFirst().joined(separator: ", ")))"
        : "at::\(op.atenName)(\(values.joined(separator: ", ")))"
    let tensors = passed(op).filter { $0.type == .tensor || $0.type == .optionalTensor }.map { cArgumentName($0) }
    let lists = passed(op).filter { $0.type == .tensorList || $0.type == .optionalTensorList }.map {
        "list(\(cArgumentName($0)), \(cArgumentName($0))_count)"
    }
    let required = passed(op).filter { $0.type == .tensor }.map { cArgumentName($0) }
    let inputs = "{\((tensors.map { "one(\($0))" } + lists).joined(separator: ", "))}"
    var body = ""
    if !required.isEmpty {
        body += "    CT_REQUIRE(\"\(op.displayName)\", \(failure(op)), \(required.joined(separator: ", ")));\n"
    }
    // Element-wise operators, of which small tensors see many, skip what records them where nothing is recorded. What
    // makes views must pass there.
    let isElementwise = ["Arithmetic", "Comparison and logic"].contains(section)
    let unrecorded =
        isElementwise && op.result == .tensor && !op.isView && lists.isEmpty
        ? "Unrecorded unrecorded(\(tensors.joined(separator: ", "))); " : ""
    let statement =
        switch op.result {
        case .tensor: "\(unrecorded)return release(\(call));"
        case .inPlace, .nothing: "\(call); return true;"
        case .tensors(let count): "return release\(count)(\(call));"
        case .tensorList: "return release_list(\(call));"
        case .bool: "return \(call) ? 1 : 0;"
        case .int: "return \(call);"
        }
    body += "    CT_TRY(\"\(op.displayName)\", \(failure(op)), CT_INPUTS(\(inputs)), { \(statement) })\n"
    return declaration(op) + " {\n" + body + "}\n"
}

/// What a failing function returns.
private func failure(_ op: Operator) -> String {
    switch op.result {
    case .tensor: "nullptr"
    case .inPlace, .nothing: "false"
    case .tensors(let count): "ct_tensor\(count){}"
    case .tensorList: "(ct_tensor_list{nullptr, -1})"
    case .bool, .int: "-1"
    }
}

private func cArgumentName(_ argument: Argument) -> String {
    // Names that C++ or the helpers of ctorch_internal.h take.
    let taken = ["self", "int", "default", "tensors", "scalar", "list", "one", "ints"]
    return taken.contains(argument.name) ? argument.name + "_" : argument.name
}

private func unwrapped(_ argument: Argument) -> String {
    let name = cArgumentName(argument)
    return switch argument.type {
    case .tensor: "*borrow(\(name))"
    case .optionalTensor: "optional_tensor(\(name))"
    case .tensorList: "tensors(\(name), \(name)_count)"
    case .optionalTensorList: "optional_tensors(\(name), \(name)_count)"
    case .scalar: "scalar(\(name))"
    case .number: "number(\(name))"
    case .optionalScalar: "optional_scalar(\(name))"
    case .int, .double, .bool: name
    case .optionalInt: "optional_int(\(name))"
    case .optionalDouble: "optional_double(\(name))"
    case .intList: "ints(\(name), \(name)_count)"
    case .optionalIntList: "optional_ints(\(name), \(name)_count)"
    case .optionalBool: "optional_bool(\(name))"
    case .dtype: "static_cast<at::ScalarType>(\(name))"
    case .optionalDType: "optional_dtype(\(name))"
    case .memoryFormat: "static_cast<at::MemoryFormat>(\(name))"
    case .optionalMemoryFormat: "optional_memory_format(\(name))"
    case .optionalDevice: "optional_device(\(name))"
    case .optionalLayout: "std::optional<at::Layout>()"
    case .string: "\(name)"
    case .optionalString: "optional_string(\(name))"
    case .generator: "optional_generator(\(name))"
    }
}

private func defaultInCpp(_ argument: Argument) -> String {
    switch argument.defaultValue {
    case "None", nil: "{}"
    case "True": "true"
    case "False": "false"
    case "Mean": "at::Reduction::Mean"
    case "[]": "{}"
    case .some(let value): value.replacing("'", with: "\"")
    }
}
