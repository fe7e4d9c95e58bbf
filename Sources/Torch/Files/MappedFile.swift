// A file in memory without reading it: pages come from disk when they are touched, and tensors lie on them uncopied.
import CGzip
import CTorch
import Foundation

/// A whole file mapped into memory, unmapped when the last tensor on it is gone.
///
/// The mapping is private: writing to a tensor in place changes the memory, never the file. Replacing the file (writing
/// beside and renaming) leaves the mapping intact; cutting the file short while it is mapped does not.
// @unchecked: the address and the size never change; writes go through tensors, which share memory as tensors do. The
// unsafe pointer stays in this class, and every access through it is checked against the size of the file.
package final class MappedFile: @unchecked Sendable {
    package let path: String
    package let count: Int
    private let base: UnsafeMutableRawPointer?
    /// Whether the bytes are memory of their own, into which a compressed file was unpacked.
    private let isUnpacked: Bool

    /// The contents of a file, which are unpacked into memory where they are compressed with gzip.
    ///
    /// - Throws: ``TensorFileError/unreadable(file:reason:)``, ``TensorFileError/damaged(file:problem:)`` for a compressed file
    ///   that ends early or whose checksum is wrong.
    static func unpacking(_ url: URL) throws -> MappedFile {
        let file = try MappedFile(url)
        guard file.count > 2, file.bytes(0..<2) == [0x1F, 0x8B] else { return file }
        return try MappedFile(unpacking: file.path)
    }

    private init(unpacking path: String) throws {
        var count = 0
        var reason = [CChar](repeating: 0, count: 256)
        guard let base = cgzip_unpack(path, &count, &reason, reason.count) else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw TensorFileError.damaged(file: path, problem: "it cannot be unpacked with gzip (\(text))")
        }
        (self.path, self.count, self.base, isUnpacked) = (path, count, base, true)
    }

    /// - Throws: ``TensorFileError/unreadable(file:reason:)``.
    package init(_ url: URL) throws {
        isUnpacked = false
        path = url.isFileURL ? url.path : url.absoluteString
        guard url.isFileURL else {
            throw TensorFileError.unreadable(file: path, reason: "it is not the address of a local file")
        }
        // Without blocking: opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw TensorFileError.unreadable(file: path, reason: systemErrorMessage()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw TensorFileError.unreadable(file: path, reason: systemErrorMessage())
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
            throw TensorFileError.unreadable(file: path, reason: "it is \(kind), not a file")
        }
        count = Int(status.st_size)
        if count == 0 {
            base = nil
        } else {
            let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0)
            guard address != MAP_FAILED, let address else {
                throw TensorFileError.unreadable(file: path, reason: systemErrorMessage())
            }
            base = address
        }
    }

    deinit {
        guard let base else { return }
        if isUnpacked { free(base) } else { munmap(base, count) }
    }

    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "byte \(index) is outside \(path)")
        return base!.load(fromByteOffset: index, as: UInt8.self)
    }

    /// A copy of some bytes.
    package func bytes(_ range: Range<Int>) -> [UInt8] { withBytes(range) { Array($0) } }

    /// A little-endian number.
    package func integer<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        withBytes(offset..<offset + MemoryLayout<Number>.size) { Number(littleEndian: $0.loadUnaligned(as: type)) }
    }

    /// Calls `body` with some bytes in place.
    func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) are outside \(path)")
        return try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(start: base, count: count)[range]))
    }

    /// A contiguous tensor on the file's bytes, without a copy unless the bytes are not aligned to the element type.
    package func tensor(at offset: Int, shape: [Int], dtype: DType) throws -> Tensor {
        guard let size = byteCount(of: shape, dtype), offset >= 0, size <= count - offset else {
            throw TensorFileError.damaged(
                file: path, problem: "a tensor of shape \(Shape(shape)) \(dtype) does not fit into the file")
        }
        return try withTorchErrors {
            if size == 0 { return Tensor.empty(shape, dtype: dtype) }
            let address = base! + offset
            if Int(bitPattern: address) % dtype.alignment == 0 {
                return Tensor(memory: address, shape: shape, dtype: dtype, owner: self)
            }
            return Tensor(owning: ct_from_bytes(address, shape, shape.count, dtype.rawValue, Device.cpu.c))
        }
    }
}

extension DType {
    /// The address of an element is a multiple of this.
    var alignment: Int { isComplex ? itemSize / 2 : itemSize }
}

/// The most dimensions that LibTorch's kernels can walk.
let maximumRank = 64

/// The bytes of a contiguous tensor; nil for a negative size, too many dimensions or a count beyond any memory.
package func byteCount(of shape: [Int], _ dtype: DType) -> Int? {
    // Sizes of zero count as one here, because strides are products of the other sizes.
    var product = dtype.itemSize
    for size in shape {
        let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
        guard size >= 0, !overflow else { return nil }
        product = next
    }
    guard shape.count <= maximumRank else { return nil }
    return shape.contains(0) ? 0 : product
}

/// A place in a file that moves forward and never leaves its range.
struct FileCursor {
    let file: MappedFile
    private(set) var position: Int
    let end: Int
    /// What is being read, for messages: "the pickle".
    let subject: String

    init(_ file: MappedFile, _ range: Range<Int>, subject: String) {
        self.file = file
        position = range.lowerBound
        end = range.upperBound
        self.subject = subject
    }

    mutating func byte() throws -> UInt8 {
        guard position < end else { throw endsEarly }
        defer { position += 1 }
        return file[position]
    }

    mutating func integer<Number: FixedWidthInteger>(as type: Number.Type) throws -> Number {
        let range = try advance(by: MemoryLayout<Number>.size)
        return file.integer(at: range.lowerBound, as: type)
    }

    mutating func bytes(_ count: Int) throws -> [UInt8] { file.bytes(try advance(by: count)) }

    /// The bytes up to a line feed, which is passed over.
    mutating func line() throws -> [UInt8] {
        var line: [UInt8] = []
        while true {
            let next = try byte()
            if next == UInt8(ascii: "\n") { return line }
            line.append(next)
        }
    }

    /// Passes over some bytes.
    @discardableResult
    mutating func advance(by count: Int) throws -> Range<Int> {
        guard count >= 0, count <= end - position else { throw endsEarly }
        defer { position += count }
        return position..<position + count
    }

    private var endsEarly: TensorFileError {
        .damaged(file: file.path, problem: "\(subject) ends early, at byte \(end) of \(file.count)")
    }
}

extension MappedFile {
    /// What a file of another kind is, as far as its first bytes tell.
    func foreignContent() -> String {
        if count == 0 { return "it is empty; fetch or write it again" }
        let start = bytes(0..<min(count, 64))
        func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
        if begins("version https://git-lfs") {
            return "it is a Git LFS pointer to the file; run `git lfs pull` in its repository"
        }
        if begins("PK") { return "it is a zip archive; read it with TorchCheckpoint or Npy.loadArchive" }
        if begins("\u{1f}") && start.dropFirst().first == 0x8b { return "it is compressed with gzip; unpack it first" }
        if start.starts(with: [0x93]) && start.dropFirst().starts(with: "NUMPY".utf8) {
            return "it is a NumPy array; read it with Npy.load"
        }
        if start.first == 0x80 { return "it is a pickle; read it with TorchCheckpoint if torch.save wrote it" }
        let text = String(decoding: start, as: UTF8.self).lowercased().drop { $0.isWhitespace }
        if text.hasPrefix("<!doctype") || text.hasPrefix("<html") || text.hasPrefix("<?xml") {
            return "it is a web page, probably an error message saved under the file's name; fetch the file again"
        }
        if start.allSatisfy({ (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }) {
            return "it is text; check that it is the right file"
        }
        return "its first bytes belong to no format that is known here; check that it is the right file"
    }
}
