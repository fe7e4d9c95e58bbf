// IDX files: one array of numbers, as MNIST and data sets of its kind come.
//
// http://yann.lecun.com/exdb/mnist (at the foot of the page)
import Foundation

/// Arrays in the IDX format of MNIST.
///
/// ```swift
/// let images = try Idx.load(folder.appending(path: "train-images-idx3-ubyte.gz"))      // uint8 [60000, 28, 28]
/// let labels = try Idx.load(folder.appending(path: "train-labels-idx1-ubyte.gz"))      // uint8 [60000]
/// let x = images.unsqueeze(1).float() / 255
/// ```
public enum Idx {
    /// The array of an IDX file, plain or compressed with gzip.
    ///
    /// - Returns: A tensor of the file's own numbers: uint8, int8, int16, int32, float32 or float64.
    /// - Throws: ``TensorFileError`` when the file cannot be read, is damaged, or is of another kind.
    public static func load(_ url: URL) throws -> Tensor {
        let file = try MappedFile.unpacking(url)
        let kinds: [UInt8: DType] = [
            0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
        ]
        guard file.count >= 4, file.bytes(0..<2) == [0, 0], let dtype = kinds[file[2]] else {
            throw TensorFileError.foreign(file: file.path, expected: "an IDX file", found: file.foreignContent())
        }
        let dimensions = Int(file[3])
        let start = 4 + 4 * dimensions
        guard file.count >= start else {
            throw TensorFileError.damaged(file: file.path, problem: "its list of \(dimensions) sizes ends early")
        }
        let shape = (0..<dimensions).map { file.bytes(4 + 4 * $0..<8 + 4 * $0).reduce(0) { $0 << 8 | Int($1) } }
        guard let size = byteCount(of: shape, dtype), size == file.count - start else {
            throw TensorFileError.damaged(
                file: file.path,
                problem:
                    "an array of shape \(Shape(shape)) \(dtype) was announced, and \(file.count - start) bytes follow")
        }
        if dtype.itemSize == 1 { return try file.tensor(at: start, shape: shape, dtype: dtype) }
        // Numbers of several bytes have the largest first.
        var bytes = file.bytes(start..<file.count)
        for place in stride(from: 0, to: bytes.count, by: dtype.itemSize) {
            bytes[place..<place + dtype.itemSize].reverse()
        }
        return try withTorchErrors { Tensor(bytes: bytes, shape: shape, dtype: dtype) }
    }
}
