// NumPy's files: one array in a .npy file, several named ones in a .npz archive.
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import Foundation

/// Arrays in NumPy's file formats.
///
/// ```swift
/// let images = try Npy.load(folder.appending(path: "images.npy"))
/// try Npy.save(predictions, to: folder.appending(path: "predictions.npy"))
/// ```
public enum Npy {
    /// The array of a `.npy` file (format versions 1 to 3), or of one that is compressed with gzip (`.npy.gz`).
    ///
    /// The tensor of a file that is not compressed lies on the file's pages in memory, uncopied, where the elements are little-endian and aligned; an
    /// array in Fortran order keeps its order in memory. Unsigned numbers of 16 and 32 bits become int32 and int64, and
    /// those of 64 bits int64 if they fit.
    ///
    /// - Throws: ``TensorFileError`` when the file is damaged, or has objects, texts, dates or structures as elements.
    public static func load(_ url: URL) throws -> Tensor {
        let file = try MappedFile.unpacking(url)
        return try tensor(file, 0..<file.count)
    }

    /// The arrays of a `.npz` archive written by `numpy.savez`, in order and by the names they were given.
    ///
    /// - Throws: ``TensorFileError`` as ``load(_:)``, and for archives of `numpy.savez_compressed`.
    public static func loadArchive(_ url: URL) throws -> [(name: String, tensor: Tensor)] {
        let file = try MappedFile(url)
        guard ZipDirectory.isZip(file) else {
            throw TensorFileError.foreign(file: file.path, expected: "a .npz archive", found: file.foreignContent())
        }
        let archive = try ZipDirectory(file)
        return try archive.records.map { record in
            try archive.verify(record)
            let name = record.name.hasSuffix(".npy") ? String(record.name.dropLast(4)) : record.name
            return (name, try tensor(file, record.range))
        }
    }

    /// Writes a tensor, from any device, as a `.npy` file (format version 1).
    ///
    /// - Throws: ``TensorFileError/unwritable(file:reason:)``, also for bfloat16, which NumPy does not have.
    public static func save(_ tensor: Tensor, to url: URL) throws {
        let code: String
        switch tensor.dtype {
        case .float32: code = "<f4"
        case .float64: code = "<f8"
        case .float16: code = "<f2"
        case .int8: code = "|i1"
        case .int16: code = "<i2"
        case .int32: code = "<i4"
        case .int64: code = "<i8"
        case .uint8: code = "|u1"
        case .bool: code = "|b1"
        case .complex64: code = "<c8"
        case .complex128: code = "<c16"
        case .bfloat16:
            throw TensorFileError.unwritable(
                file: url.path, reason: "NumPy has no bfloat16; convert the tensor with .to(.float32) first")
        }
        guard tensor.isDefined else {
            throw TensorFileError.unwritable(
                file: url.path, reason: "the tensor is the result of an operator that failed")
        }
        let sizes = tensor.shape.map(String.init)
        let shape = sizes.count == 1 ? "(\(sizes[0]),)" : "(\(sizes.joined(separator: ", ")))"
        var text = "{'descr': '\(code)', 'fortran_order': False, 'shape': \(shape), }"
        // As NumPy does: room for the first size to grow to any number, so that rows can be appended in place.
        if let first = sizes.first { text += String(repeating: " ", count: 21 - first.count) }
        let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
        text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
        guard length <= UInt16.max else {
            throw TensorFileError.unwritable(file: url.path, reason: "a shape of \(sizes.count) dimensions is too long")
        }
        try replaceFile(at: url) { file in
            try file.write([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)])
            try file.write(Array(text.utf8))
            try file.write(tensor)
        }
    }

    /// The array in a part of a file.
    private static func tensor(_ file: MappedFile, _ range: Range<Int>) throws -> Tensor {
        let header = try NpyHeader(file, range)
        // In Fortran order the memory is that of the array with its dimensions reversed.
        let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
        let stored: Tensor
        switch header.element {
        case .dtype(let dtype) where !header.isBigEndian || dtype.itemSize == 1:
            stored = try file.tensor(at: header.data.lowerBound, shape: shape, dtype: dtype)
        case .dtype(let dtype):
            let bytes = reversing(file.bytes(header.data), every: dtype.alignment)
            stored = try withTorchErrors { Tensor(bytes: bytes, shape: shape, dtype: dtype) }
        case .unsigned(let size):
            let bytes = file.bytes(header.data)
            let littleEndian = header.isBigEndian ? reversing(bytes, every: size) : bytes
            stored = try widened(littleEndian, size: size, shape: shape, path: file.path)
        }
        guard header.isFortranOrder else { return stored }
        return try withTorchErrors { stored.permute((0..<shape.count).reversed()).detached() }
    }

    /// Bytes with the order within each number turned round.
    private static func reversing(_ bytes: [UInt8], every size: Int) -> [UInt8] {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count, by: size) {
            for place in 0..<size / 2 { bytes.swapAt(start + place, start + size - 1 - place) }
        }
        return bytes
    }

    /// Unsigned little-endian numbers in the next wider signed type.
    private static func widened(_ bytes: [UInt8], size: Int, shape: [Int], path: String) throws -> Tensor {
        func number(_ start: Int) -> UInt64 {
            (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) }
        }
        let numbers = stride(from: 0, to: bytes.count, by: size).map(number)
        if let tooLarge = numbers.first(where: { $0 > UInt64(Int64.max) }) {
            throw TensorFileError.unsupported(
                file: path, problem: "its unsigned number \(tooLarge) does not fit into int64",
                nextStep: "Save array.astype(numpy.float64).")
        }
        return try withTorchErrors {
            size == 2
                ? Tensor(numbers.map { Int32($0) }, shape: shape) : Tensor(numbers.map { Int64($0) }, shape: shape)
        }
    }
}
