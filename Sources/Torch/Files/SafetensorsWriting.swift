// Writes safetensors files, byte for byte as the format's own library does.
import Foundation

extension Safetensors {
    /// Writes named tensors, from any device, into one file.
    ///
    /// The file appears complete or not at all. Tensors are written one after the other, so that memory for one copy of
    /// the largest is enough, and none is copied that is contiguous on the CPU. In the file they are sorted by dtype
    /// and name. Tensors that share memory are written each for itself.
    ///
    /// ```swift
    /// try Safetensors.save(model.stateDict(), metadata: ["classes": "cat,dog"], to: url)
    /// ```
    /// - Parameter metadata: Texts kept in the header, which any reader of the format shows.
    /// - Throws: ``TensorFileError`` when a name occurs twice, a dtype does not exist in the format (complex128), or
    ///   the file cannot be written.
    public static func save(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to url: URL
    ) throws {
        let path = url.path
        var names: Set<String> = ["__metadata__"]
        var entries: [(rank: Int, dtypeName: String, name: String, tensor: Tensor)] = []
        for (name, tensor) in tensors {
            guard names.insert(name).inserted else {
                throw TensorFileError.unwritable(
                    file: path, reason: "two tensors have the name \"\(name)\", or it is reserved; rename one")
            }
            guard tensor.isDefined else {
                throw TensorFileError.unwritable(
                    file: path, reason: "tensor \"\(name)\" is the result of an operator that failed")
            }
            guard let rank = SafetensorsDType.names.firstIndex(where: { $0.dtype == tensor.dtype }) else {
                throw TensorFileError.unwritable(
                    file: path,
                    reason: "tensor \"\(name)\" is \(tensor.dtype), which safetensors does not have; convert it first")
            }
            entries.append((rank, SafetensorsDType.names[rank].name, name, tensor))
        }
        entries.sort { $0.rank != $1.rank ? $0.rank > $1.rank : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }

        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var offset = 0
        for entry in entries {
            let end = offset + entry.tensor.count * entry.tensor.dtype.itemSize
            let shape = entry.tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(entry.name)):{\"dtype\":\"\(entry.dtypeName)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        // Spaces until the tensors begin at a multiple of eight bytes.
        header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))

        try replaceFile(at: url) { file in
            try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init))
            try file.write(header)
            for entry in entries { try file.write(entry.tensor) }
        }
    }

    /// Writes named tensors, from any device, into one file.
    ///
    /// - Throws: ``TensorFileError`` when a dtype does not exist in the format or the file cannot be written.
    public static func save(_ tensors: [String: Tensor], metadata: [String: String] = [:], to url: URL) throws {
        try save(tensors.map { ($0.key, $0.value) }, metadata: metadata, to: url)
    }

    /// A text as JSON, escaped no more than JSON demands.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{8}": quoted += "\\b"
            case "\u{c}": quoted += "\\f"
            case "\u{0}"..<"\u{20}": quoted += "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
