// safetensors: named tensors and a few words about them in one file, which can be read without running anything.
//
// Eight bytes with the length of a JSON header; the header, which gives each tensor its dtype, shape and place; the
// tensors' bytes without gaps. https://huggingface.co/docs/safetensors
import Foundation

/// Named tensors in one safetensors file.
///
/// ```swift
/// try Safetensors.save([("weight", weight), ("bias", bias)], metadata: ["epochs": "3"], to: url)
/// let weight = try Safetensors.load(url)["weight"]
/// ```
/// Use ``SafetensorsFile`` for the metadata, or for a few tensors of a large file.
public enum Safetensors {
    /// The tensors of a file by name.
    ///
    /// They lie on the file's pages in memory, which are read when they are first used. Writing to one in place changes
    /// this program's memory alone, never the file.
    ///
    /// - Throws: ``TensorFileError`` when the file cannot be read, breaks the format in any way, or has a dtype that
    ///   tensors do not have.
    public static func load(_ url: URL) throws -> [String: Tensor] {
        let file = try SafetensorsFile(url)
        return Dictionary(uniqueKeysWithValues: try file.names.map { ($0, try file.tensor($0)) })
    }

    /// Whether a file begins as safetensors do: with a header of JSON behind its length, which no other file of weights
    /// does. Whether the rest is whole is not looked at.
    ///
    /// - Throws: ``TensorFileError/unreadable(file:reason:)``.
    public static func isFormat(of url: URL) throws -> Bool {
        let file = try MappedFile(url)
        return file.count > 8 && file[8] == UInt8(ascii: "{")
    }
}

/// A safetensors file whose header has been read and checked; tensors are made when they are asked for.
///
/// ```swift
/// let file = try SafetensorsFile(url)
/// print(file.metadata["architecture"] ?? "unknown", file.names.count)
/// let head = try file.tensor("fc.weight")
/// ```
public struct SafetensorsFile: Sendable {
    /// What the header says about a tensor.
    public struct Info: Sendable, Equatable {
        /// The element type.
        public let dtype: DType
        /// The sizes of the dimensions.
        public let shape: Shape
        /// Where the elements are, in bytes from the start of the file.
        let offset: Int
    }

    /// The tensors' names in the order of the header.
    public let names: [String]
    /// The texts that came with the tensors; empty where the file has none.
    public let metadata: [String: String]
    private let infos: [String: Info]
    private let file: MappedFile

    /// Maps a file and checks its header; no tensor is read.
    ///
    /// - Throws: ``TensorFileError`` as ``Safetensors/load(_:)``.
    public init(_ url: URL) throws {
        file = try MappedFile(url)
        let header = try SafetensorsHeader(file)
        metadata = header.metadata
        names = header.entries.map(\.name)
        infos = Dictionary(uniqueKeysWithValues: header.entries)
    }

    /// The dtype and shape of a tensor, without reading it.
    ///
    /// - Throws: ``TensorFileError/notFound(file:name:available:)``.
    public func info(_ name: String) throws -> Info {
        guard let info = infos[name] else {
            throw TensorFileError.notFound(file: file.path, name: "tensor named \"\(name)\"", available: names)
        }
        return info
    }

    /// A tensor on the file's pages in memory, as ``Safetensors/load(_:)`` gives them all.
    ///
    /// - Throws: ``TensorFileError/notFound(file:name:available:)``.
    public func tensor(_ name: String) throws -> Tensor {
        let info = try info(name)
        return try file.tensor(at: info.offset, shape: info.shape.sizes, dtype: info.dtype)
    }
}

/// The dtypes of the format, in the format's own order, which decides the order of tensors in a file.
enum SafetensorsDType {
    static let names: [(name: String, dtype: DType)] = [
        ("BOOL", .bool), ("U8", .uint8), ("I8", .int8), ("I16", .int16), ("F16", .float16), ("BF16", .bfloat16),
        ("I32", .int32), ("F32", .float32), ("C64", .complex64), ("F64", .float64), ("I64", .int64),
    ]
    /// Dtypes of the format that tensors do not have here.
    static let foreign: Set<String> = [
        "U16", "U32", "U64", "F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
    ]
    static let byName = Dictionary(uniqueKeysWithValues: names.map { ($0.name, $0.dtype) })
}
