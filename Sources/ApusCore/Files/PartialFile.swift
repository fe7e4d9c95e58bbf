// The file that a download grows in until it is complete.
import Foundation

/// A hidden file beside the target, locked against other programs that fetch the same file.
///
/// It stays when the program is killed, so that the next run goes on where this one ended.
struct PartialFile: Sendable {
    let url: URL
    private let handle: FileHandle

    /// Opens or creates the file. While another program holds it, waits for as long as it keeps growing.
    ///
    /// - Parameters:
    ///   - patience: For how many seconds a file held by another program may stay as it is.
    ///   - isCancelled: Whether the wait is to end.
    /// - Throws: ``DownloadError/busy(file:)``, ``DownloadError/unwritable(file:reason:)``.
    init(
        beside target: URL, patience: TimeInterval = 120, isCancelled: () -> Bool = { Task.isCancelled }
    ) throws {
        let folder = target.deletingLastPathComponent()
        url = folder.appendingPathComponent(".\(target.lastPathComponent.prefix(200)).partial")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw DownloadError.unwritable(file: target.path, reason: error.systemReason)
        }
        var lastSize = UInt64.max
        var lastGrowth = Date()
        while true {
            let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else {
                throw DownloadError.unwritable(file: url.path, reason: String(cString: strerror(errno)))
            }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            // The holder before may have renamed or removed the file that was opened here.
            if isLocked, Self.isSameFile(descriptor, url) {
                self.handle = handle
                return
            }
            if !isLocked {
                let size = (try? handle.seekToEnd()) ?? 0
                if size != lastSize { (lastSize, lastGrowth) = (size, Date()) }
                guard Date().timeIntervalSince(lastGrowth) < patience else {
                    throw DownloadError.busy(file: target.path)
                }
                if isCancelled() { throw CancellationError() }
                Thread.sleep(forTimeInterval: min(0.2, patience))
            }
        }
    }

    /// The number of bytes so far.
    func size() throws(DownloadError) -> Int64 { try writing { Int64(try handle.seekToEnd()) } }

    func append(_ data: Data) throws(DownloadError) { try writing { try handle.write(contentsOf: data) } }

    func clear() throws(DownloadError) { try writing { try handle.truncate(atOffset: 0) } }

    /// Has the bytes stored on the disk and gives the file its name.
    func commit(to target: URL) throws(DownloadError) {
        try writing { try handle.synchronize() }
        guard rename(url.path, target.path) == 0 else {
            throw DownloadError.unwritable(file: target.path, reason: String(cString: strerror(errno)))
        }
        unlink(notes.path)
    }

    func remove() {
        unlink(url.path)
        unlink(notes.path)
    }

    // MARK: What the server said

    /// The server's name for the version that the file is the beginning of.
    private struct Notes: Codable {
        let address: URL
        let size: Int64?
        let tag: String
    }

    private var notes: URL { url.appendingPathExtension("json") }

    /// Writes down of which version of the server's file this one is the beginning, so that the next run can tell.
    func note(_ remote: RemoteFile, of address: URL) {
        guard let tag = remote.tag else { return }
        // Without the notes the next run begins anew, which is no reason to fail now.
        try? JSONEncoder().encode(Notes(address: address, size: remote.size, tag: tag)).write(
            to: notes, options: .atomic)
    }

    /// Of which version of the server's file this one is the beginning; nil when that is not known.
    func noted(of address: URL) -> RemoteFile? {
        guard let data = try? Data(contentsOf: notes), let notes = try? JSONDecoder().decode(Notes.self, from: data),
            notes.address == address
        else { return nil }
        return RemoteFile(size: notes.size, tag: notes.tag)
    }

    private func writing<Result>(_ body: () throws -> Result) throws(DownloadError) -> Result {
        do { return try body() } catch {
            throw DownloadError.unwritable(file: url.path, reason: error.systemReason)
        }
    }

    private static func isSameFile(_ descriptor: Int32, _ url: URL) -> Bool {
        var opened = stat()
        var named = stat()
        return fstat(descriptor, &opened) == 0 && lstat(url.path, &named) == 0
            && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }
}
