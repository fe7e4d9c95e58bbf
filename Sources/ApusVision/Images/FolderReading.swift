// Reading folders by the system's own calls: links are followed, loops end, and no name is dropped.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What lies in a folder.
struct FolderEntry {
    let name: String
    /// Whether it is a folder, or a link to one.
    let isFolder: Bool
}

/// Which folder of which disk: what tells that two paths lead to one folder.
struct FolderIdentity: Hashable {
    private let device: UInt64
    private let number: UInt64

    /// - Throws: ``ImageError/unreadable(file:reason:)`` when there is no such folder.
    init(of folder: URL) throws(ImageError) {
        let path = folder.path(percentEncoded: false)
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        (device, number) = (UInt64(truncatingIfNeeded: facts.st_dev), UInt64(truncatingIfNeeded: facts.st_ino))
    }
}

/// The folders in a folder and the files that `isWanted` picks by their extension in lower case, in the order of their
/// names; hidden ones are left out.
///
/// (Foundation finds nothing in a link to a folder, and replaces what is not UTF-8 by a character that leads nowhere.)
/// - Throws: ``ImageError/unreadable(file:reason:)``, and ``ImageError/invalidName(file:)`` for a folder or a wanted file
///   whose name is not UTF-8.
func entries(
    of folder: URL, isWanted: (_ fileExtension: String) -> Bool
) throws(ImageError) -> [FolderEntry] {
    let path = folder.path(percentEncoded: false)
    guard let stream = opendir(path) else {
        throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    defer { closedir(stream) }
    var found: [FolderEntry] = []
    errno = 0
    while let entry = readdir(stream) {
        let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        guard bytes.first != UInt8(ascii: ".") else { continue }
        let isFolder = isFolder(entry, of: stream)
        let dot = bytes.lastIndex(of: UInt8(ascii: "."))
        let ending = dot.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self).lowercased() } ?? ""
        guard isFolder || isWanted(ending) else { continue }
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw .invalidName(file: (path.hasSuffix("/") ? path : path + "/") + escaped(bytes))
        }
        found.append(FolderEntry(name: name, isFolder: isFolder))
        errno = 0
    }
    guard errno == 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
    return found.sorted { $0.name < $1.name }
}

private func isFolder(_ entry: UnsafeMutablePointer<dirent>, of stream: OpaquePointer) -> Bool {
    let type = Int32(entry.pointee.d_type)
    if type == Int32(DT_DIR) { return true }
    // Links, and file systems that don't tell.
    guard type == Int32(DT_LNK) || type == Int32(DT_UNKNOWN) else { return false }
    var facts = stat()
    let isThere = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
            fstatat(dirfd(stream), $0, &facts, 0) == 0
        }
    }
    return isThere && facts.st_mode & S_IFMT == S_IFDIR
}

/// A name with its bytes beyond ASCII written as `\xE9`.
private func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { $0 < 0x80 ? String(UnicodeScalar($0)) : String(format: "\\x%02X", $0) }.joined()
}

/// A file under the name that the disk has for it.
///
/// A table and a disk may write the same accented letter in Unicode's two ways, of which a disk tells the bytes apart.
/// - Returns: The file as it is where it is there or there is none in the other form either.
public func storedFile(_ file: URL) -> URL {
    let path = file.path(percentEncoded: false)
    guard path.utf8.contains(where: { $0 >= 0x80 }), !FileManager.default.fileExists(atPath: path) else { return file }
    var found = ""
    for part in file.absoluteURL.pathComponents where part != "/" {
        let forms = [part, part.precomposedStringWithCanonicalMapping, part.decomposedStringWithCanonicalMapping]
        guard let form = forms.first(where: { FileManager.default.fileExists(atPath: "\(found)/\($0)") }) else {
            return file
        }
        found += "/\(form)"
    }
    return URL(filePath: found, directoryHint: .notDirectory)
}
