// Finding the files of a folder by the system's own calls: links are followed, loops end, and no name is dropped.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder that cannot be searched.
public enum FolderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder is missing, or may not be read; `reason` is the system's.
    case unreadable(file: String, reason: String)
    /// The name of a folder or file is not UTF-8 text, so that no path and no label can be made of it.
    case invalidName(file: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file) cannot be opened: \(reason). Check the path and its permissions."
        case .invalidName(let file):
            "The name of \(file) is not UTF-8 text (\\x and two digits stand for the bytes that are not). Rename it; "
                + "convmv -r -f latin1 -t utf8 --notest does so for all names in a folder that are in Latin-1."
        }
    }
}

/// The files of a folder, told by their extension, in the order of their paths.
///
/// Hidden files and folders are left out. Links to files and folders are followed, but not back to a folder that the link
/// lies in; a folder that several paths lead to is found under each of them, as in fastai.
///
/// ```swift
/// let sounds = try findFiles(in: folder, extensions: ["wav", "flac"])
/// ```
/// - Parameters:
///   - extensions: The extensions in lower case, without a period.
///   - recursive: Whether folders in the folder are searched too; true by default.
///   - folders: When given, only the folders of these names directly in `folder` are searched (and `"."` is `folder`
///     itself), as with fastai's `get_files`.
/// - Throws: ``FolderError`` when a folder is missing or may not be read, and for a folder or wanted file whose name is not
///   UTF-8.
public func findFiles(
    in folder: URL, extensions: Set<String>, recursive: Bool = true, folders: [String]? = nil
) throws(FolderError) -> [URL] {
    var files: [URL] = []
    func search(_ current: URL, within outer: [FolderIdentity]) throws(FolderError) {
        let identity = try FolderIdentity(of: current)
        guard !outer.contains(identity) else { return }
        let isTop = outer.isEmpty
        for entry in try entries(of: current, isWanted: extensions.contains) {
            if !entry.isFolder {
                let isChosen = !isTop || !recursive || folders?.contains(".") ?? true
                if isChosen { files.append(current.appending(path: entry.name, directoryHint: .notDirectory)) }
            } else if recursive, !isTop || folders?.contains(entry.name) ?? true {
                try search(
                    current.appending(path: entry.name, directoryHint: .isDirectory), within: outer + [identity])
            }
        }
    }
    try search(folder, within: [])
    return files.sorted { $0.path(percentEncoded: false) < $1.path(percentEncoded: false) }
}

/// What lies in a folder.
private struct FolderEntry {
    let name: String
    /// Whether it is a folder, or a link to one.
    let isFolder: Bool
}

/// Which folder of which disk: what tells that two paths lead to one folder.
private struct FolderIdentity: Hashable {
    private let device: UInt64
    private let number: UInt64

    /// - Throws: ``FolderError/unreadable(file:reason:)`` when there is no such folder.
    init(of folder: URL) throws(FolderError) {
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
/// - Throws: ``FolderError/unreadable(file:reason:)``, and ``FolderError/invalidName(file:)`` for a folder or a wanted file
///   whose name is not UTF-8.
private func entries(
    of folder: URL, isWanted: (_ fileExtension: String) -> Bool
) throws(FolderError) -> [FolderEntry] {
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
