// What tells data and models of two runs apart: a short sum over what they consist of.
import Foundation
import Torch

/// The first digits of the SHA-256 sum over all of something.
///
/// Files count by their folder's and their own name, not by what is in them: data may be moved between two runs.
struct Fingerprint: CustomStringConvertible, Equatable {
    let description: String

    /// Of items: sources and labels in their order.
    init(of items: [Any]) {
        var text = ""
        for item in items {
            Self.write(item, to: &text)
            text += "\n"
        }
        self.init(text: text)
    }

    /// Of all batches of a loader, in the order of their items.
    init(of loader: any BatchSource) throws {
        var text = ""
        let batches = try loader.with(batchSize: max(loader.batchSize, 4096)).inOrder.batches(epoch: 0)
        while let batch = try batches.next() {
            for tensor in batch.inputs + batch.targets { Self.write(tensor, to: &text) }
        }
        self.init(text: text)
    }

    /// Of a model's parameters and buffers.
    init(of model: Module) {
        var text = ""
        for (name, tensor) in model.stateDict() {
            text += name
            Self.write(tensor, to: &text)
        }
        self.init(text: text)
    }

    init(text: String) { description = String(sha256(of: text).prefix(12)) }

    /// Writes a value in a form that is the same in each run of a program: what has no order is sorted, and objects count
    /// by their type.
    private static func write(_ value: Any, to text: inout String) {
        switch value {
        case let url as URL: text += url.pathComponents.suffix(2).joined(separator: "/") + ";"
        case let string as String: text += string + ";"
        case let bytes as [UInt8]: text += bytes.withUnsafeBytes { sha256(of: $0) } + ";"
        case let data as Data: text += data.withUnsafeBytes { sha256(of: $0) } + ";"
        case let tensor as Tensor: write(tensor, to: &text)
        case let list as [String]: text += list.joined(separator: ",") + ";"
        case is [Float], is [Double], is [Int], is any Numeric, is Bool, is Date: text += "\(value);"
        default: writeParts(of: value, to: &text)
        }
    }

    private static func write(_ tensor: Tensor, to text: inout String) {
        let tensor = tensor.detached().to(.cpu).contiguous()
        text += "\(tensor.dtype)\(tensor.shape)" + tensor.bytes().withUnsafeBytes { sha256(of: $0) } + ";"
    }

    private static func writeParts(of value: Any, to text: inout String) {
        let mirror = Mirror(reflecting: value)
        let parts = mirror.children.map { child in
            var part = ""
            write(child.value, to: &part)
            return part
        }
        switch mirror.displayStyle {
        case .set, .dictionary: text += "{" + parts.sorted().joined() + "}"
        // The name of a case, with what belongs to it.
        case .enum: text += parts.isEmpty ? "\(value);" : (mirror.children.first?.label ?? "") + parts.joined()
        case nil where parts.isEmpty: text += "\(type(of: value));"
        default: text += "(" + parts.joined() + ")"
        }
    }
}

extension Encodable {
    /// The value as JSON with sorted keys; its type's name where it cannot be written.
    var sortedJSON: String {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "\(type(of: self))"
    }
}
