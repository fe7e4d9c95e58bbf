// What tells whether a file is still the one that was looked at.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which file a path leads to, and in what state; of a link, the link itself.
struct FileIdentity: Codable, Equatable, Sendable {
    let device, number, size, seconds, nanoseconds: Int64
    let isLink, isFolder: Bool

    /// nil where there is nothing at the path, or nothing that may be looked at.
    init?(of path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        (device, number) = (Int64(truncatingIfNeeded: facts.st_dev), Int64(truncatingIfNeeded: facts.st_ino))
        size = Int64(facts.st_size)
        #if canImport(Darwin)
            let time = facts.st_mtimespec
        #else
            let time = facts.st_mtim
        #endif
        (seconds, nanoseconds) = (Int64(time.tv_sec), Int64(time.tv_nsec))
        isLink = facts.st_mode & S_IFMT == S_IFLNK
        isFolder = facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether it is the same file, whatever has been written into it since, or one with its contents put in its place.
    func isSame(as other: FileIdentity) -> Bool {
        let isInPlace = device == other.device && number == other.number
        return isInPlace
            || size == other.size && seconds == other.seconds && nanoseconds == other.nanoseconds
    }

    /// Whether nothing has been written into the file since.
    func isUnchanged(since other: FileIdentity) -> Bool {
        size == other.size && seconds == other.seconds && nanoseconds == other.nanoseconds
    }
}
