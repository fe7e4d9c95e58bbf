// One program at a time: a lock on a file among the programs of this computer.
import Foundation

/// Runs `body` while no other program holds the lock of a file, which is created and stays, empty.
///
/// Waits for as long as another one holds it; cancelling the task ends the waiting. The system releases the lock of a
/// program that ends in whatever way.
///
/// - Throws: ``DownloadError/unwritable(file:reason:)``, `CancellationError`, or what `body` throws.
public func withFileLock<Result>(_ file: URL, _ body: () throws -> Result) throws -> Result {
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
        throw DownloadError.unwritable(file: file.path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        guard errno == EWOULDBLOCK || errno == EINTR else {
            throw DownloadError.unwritable(file: file.path, reason: String(cString: strerror(errno)))
        }
        try Task.checkCancellation()
        Thread.sleep(forTimeInterval: 0.1)
    }
    return try body()
}
