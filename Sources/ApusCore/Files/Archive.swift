// Unpacking archives: whole or not at all, and never outside their folder.
import CArchive
import Foundation

/// Unpacks an archive into a new folder: tar (plain, gzip, bzip2, xz, zstd), zip or 7z, told from its contents.
///
/// Everything is unpacked beside the folder's place first and then renamed, so that an archive that turns out to be
/// damaged or a program that is stopped leaves no half of it. Checksums that the format has are verified. Nothing is
/// written outside: an archive with an absolute path, a path with `..`, a link that leads out or a device is refused.
/// Owners, times and special permissions are not taken over. Cancelling the task ends the work.
///
/// ```swift
/// try unpack(downloads.appending(path: "planet.zip"), to: folder.appending(path: "planet"))
/// ```
/// - Parameters:
///   - archive: The file.
///   - folder: A folder that is not there yet, or empty; the folder that it lies in is created.
/// - Throws: ``ArchiveError``; `CancellationError` when the task was cancelled.
public func unpack(_ archive: URL, to folder: URL) throws {
    let name = ".\(folder.lastPathComponent.prefix(100)).\(UInt64.random(in: 0...UInt64.max)).unpacking"
    try unpack(archive, to: folder, through: folder.deletingLastPathComponent().appending(path: name))
}

/// Unpacks an archive into a temporary folder, which is then renamed.
///
/// - Parameters:
///   - temporary: A folder on the same disk as `folder`; what an earlier run left there is deleted.
///   - dropsTop: Whether a folder in which all of the archive lies becomes `folder` itself.
func unpack(_ archive: URL, to folder: URL, through temporary: URL, dropsTop: Bool = false) throws {
    let files = FileManager.default
    if let contents = try? files.contentsOfDirectory(atPath: folder.path), !contents.isEmpty {
        throw ArchiveError.exists(folder: folder.path)
    }
    do {
        try? files.removeItem(at: temporary)
        try files.createDirectory(at: temporary, withIntermediateDirectories: true)
    } catch {
        throw ArchiveError.unwritable(folder: temporary.path, reason: error.systemReason)
    }
    defer { try? files.removeItem(at: temporary) }
    try extract(archive, into: temporary)
    let result = dropsTop ? onlyFolder(in: temporary) ?? temporary : temporary
    guard rename(result.path, folder.path) == 0 else {
        throw ArchiveError.unwritable(folder: folder.path, reason: String(cString: strerror(errno)))
    }
}

private func extract(_ archive: URL, into folder: URL) throws {
    var failure = carchive_failure()
    // Asked on this thread, so that it is this task's answer.
    let count = carchive_unpack(archive.path, folder.path, { Task.isCancelled ? 1 : 0 }, &failure)
    guard count < 0 else { return }
    let kind = Int(failure.kind)
    if kind == CARCHIVE_STOPPED { throw CancellationError() }
    let (entry, detail) = (text(failure.entry), text(failure.detail))
    switch kind {
    case CARCHIVE_UNREADABLE: throw ArchiveError.unreadable(file: archive.path, reason: detail)
    case CARCHIVE_UNKNOWN: throw ArchiveError.notAnArchive(file: archive.path)
    case CARCHIVE_UNSAFE: throw ArchiveError.unsafe(file: archive.path, entry: entry, reason: detail)
    case CARCHIVE_UNWRITABLE: throw ArchiveError.unwritable(folder: folder.path, reason: detail)
    default:
        throw ArchiveError.damaged(file: archive.path, reason: entry.isEmpty ? detail : "\(entry): \(detail)")
    }
}

/// The folder in which all of another lies, files that begin with a dot and the Mac's notes not counted.
private func onlyFolder(in folder: URL) -> URL? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let visible = names.filter { !$0.hasPrefix(".") && $0 != "__MACOSX" }
    guard visible.count == 1 else { return nil }
    let only = folder.appending(path: visible[0])
    // A link to a folder is none.
    let type = try? FileManager.default.attributesOfItem(atPath: only.path)[.type] as? FileAttributeType
    return type == .typeDirectory && linksStay(in: only) ? only : nil
}

/// Whether no link in a folder leads up out of it. (The links of an archive begin with all their steps up.)
private func linksStay(in folder: URL) -> Bool {
    let files = FileManager.default
    for case let path as String in files.enumerator(atPath: folder.path) ?? .init() {
        guard let target = try? files.destinationOfSymbolicLink(atPath: folder.path + "/" + path) else { continue }
        let steps = target.split(separator: "/").prefix { $0 == ".." }.count
        if steps > path.split(separator: "/").count - 1 { return false }
    }
    return true
}

/// The text of a C array of characters.
private func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// An archive that could not be unpacked. Nothing of it was left on the disk.
public enum ArchiveError: Error, Equatable, Sendable {
    /// The folder has files already.
    case exists(folder: String)
    /// The archive cannot be read; `reason` is the system's.
    case unreadable(file: String, reason: String)
    /// The file is no tar, zip or 7z archive.
    case notAnArchive(file: String)
    /// The archive ends too early, or a checksum is wrong.
    case damaged(file: String, reason: String)
    /// An entry would have left the folder, or is neither file, folder nor link.
    case unsafe(file: String, entry: String, reason: String)
    /// The folder cannot be written to; `reason` is the system's.
    case unwritable(folder: String, reason: String)
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exists(let folder):
            "\(folder) has files already, so that nothing was unpacked into it. Give the name of a new folder, or delete "
                + "this one."
        case .unreadable(let file, let reason):
            "The archive \(file) cannot be read: \(reason). Check the path and its permissions."
        case .notAnArchive(let file):
            "\(file) is no tar, zip or 7z archive, or ends too early to be told as one. Look into it: a server may have "
                + "sent a page with a message instead."
        case .damaged(let file, let reason):
            "The archive \(file) is damaged: \(reason). Delete it and fetch it again."
        case .unsafe(let file, let entry, let reason):
            "The archive \(file) was not unpacked, since its entry \"\(entry)\" is not safe: \(reason). "
                + "If you trust where it comes from, unpack it by other means."
        case .unwritable(let folder, let reason):
            "\(folder) cannot be written: \(reason). Check the folder's permissions and the free space of its disk, or "
                + "choose another folder."
        }
    }
}
