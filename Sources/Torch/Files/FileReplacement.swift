// Writing a file so that nobody ever sees half of it: beside its place first, then renamed over it.
import CTorch
import Foundation

/// Writes a file under a temporary name in the same folder, has it stored on the disk, and renames it into place.
///
/// Until the rename, a file of that name from before is untouched, and readers that have it mapped keep the old one.
///
/// - Throws: ``TensorFileError/unwritable(file:reason:)``, or what `body` throws; the temporary file is removed.
package func replaceFile(at url: URL, _ body: (FileWriter) throws -> Void) throws {
    guard url.isFileURL else {
        throw TensorFileError.unwritable(
            file: url.absoluteString, reason: "it is not the address of a local file; write to a local path")
    }
    // A link is followed, so that the file it names is replaced and not the link.
    let target = url.resolvingSymlinksInPath()
    let folder = target.deletingLastPathComponent().path
    let temporary = "\(folder)/.\(target.lastPathComponent.prefix(40)).\(UInt64.random(in: 0...UInt64.max)).partial"

    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw writingFailure(target.path) }
    do {
        defer { close(descriptor) }
        try body(FileWriter(descriptor: descriptor, path: target.path))
        guard fsync(descriptor) == 0 else { throw writingFailure(target.path) }
    } catch {
        unlink(temporary)
        throw error
    }
    guard rename(temporary, target.path) == 0 else {
        let error = writingFailure(target.path)
        unlink(temporary)
        throw error
    }
    // The new name itself is stored too; where folders cannot be synchronized the rename still stands.
    let folderDescriptor = open(folder, O_RDONLY | O_CLOEXEC)
    if folderDescriptor >= 0 {
        fsync(folderDescriptor)
        close(folderDescriptor)
    }
}

/// The error of the last system call, with what can be done about it.
private func writingFailure(_ path: String) -> TensorFileError {
    let nextStep =
        switch errno {
        case ENOENT: "; create its folder first"
        case EACCES, EPERM, EROFS: "; choose a folder that may be written to"
        case ENOSPC, EDQUOT: "; make room on the disk"
        case EISDIR, ENOTDIR, ENOTEMPTY, EEXIST: "; choose another name"
        default: ""
        }
    return .unwritable(file: path, reason: systemErrorMessage() + nextStep)
}

/// Appends to a file that ``replaceFile(at:_:)`` has opened.
package struct FileWriter {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(write) }

    /// Writes the elements in order; only those of a tensor that is not contiguous on the CPU are copied.
    package func write(_ tensor: Tensor) throws {
        let source = try withTorchErrors { tensor.detached().to(.cpu).contiguous() }
        // A lazily conjugated tensor is contiguous, but its memory is not what its elements read.
        if source.dtype.isComplex { return try write(source.bytes()) }
        defer { extendLifetime(source) }
        try write(
            UnsafeRawBufferPointer(start: ct_data(source.handle.pointer), count: source.count * source.dtype.itemSize))
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            // One call of the system writes less than 2 GiB.
            let written = Foundation.write(descriptor, part.baseAddress, min(part.count, 1 << 30))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw writingFailure(path) }
            rest = rest.dropFirst(written)
        }
    }
}
