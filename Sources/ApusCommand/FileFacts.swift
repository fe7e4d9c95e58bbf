// What is known of files from an earlier look, so that a second run does not read them again.
import ApusCore
import ApusVision
import Foundation
import Synchronization

/// The sizes of pictures and the values of masks, kept in the per-user folder under path, size and time of change.
///
/// What cannot be kept is found out anew: neither a folder that may not be written to nor a damaged file is an error.
final class FileFacts: Sendable {
    /// What a look at a file showed.
    struct Fact: Sendable, Equatable {
        var size: ImageSize
        /// The bytes of a mask's pixels, each once, in their order; nil for pictures.
        var values: [UInt8]?
        /// Whether a mask's classes are colors.
        var isColored = false
    }

    /// What tells one state of a file from another.
    struct Identity: Sendable, Hashable {
        /// The file on its disk, whatever path leads to it.
        let device, number: UInt64
        let bytes: Int64
        /// Nanoseconds.
        let changed: Int64

        /// Nil where there is no such file.
        init?(of file: URL) {
            var facts = stat()
            guard stat(file.path, &facts) == 0 else { return nil }
            (device, number) = (UInt64(truncatingIfNeeded: facts.st_dev), UInt64(truncatingIfNeeded: facts.st_ino))
            bytes = Int64(facts.st_size)
            #if canImport(Darwin)
                let time = facts.st_mtimespec
            #else
                let time = facts.st_mtim
            #endif
            changed = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }

    private let file: URL
    private let old: [String: String]
    private let new = Mutex<[String: String]>([:])

    /// - Parameters:
    ///   - data: The folder of the data.
    ///   - folder: Where facts are kept; `checks` in the per-user folder by default.
    init(of data: URL, in folder: URL = perUserFolder().appending(path: "checks")) {
        // FNV-1a of the path: one file for each folder of data.
        let sum = data.absoluteURL.path.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        file = folder.appending(path: String(format: "%016llx.txt", sum))
        let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
        // A line is a key, a tab and a fact.
        old = Dictionary(
            lines.compactMap { line in
                line.lastIndex(of: "\t").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
            }, uniquingKeysWith: { _, last in last })
    }

    /// What is known of a file, or what `look` finds out now.
    ///
    /// - Parameter identity: The present state of the file.
    func fact(of file: URL, _ identity: Identity, asMask: Bool, look: () throws -> Fact) rethrows -> Fact {
        let key = "\(asMask ? "mask" : "picture") \(identity.bytes) \(identity.changed) \(file.absoluteURL.path)"
        // A file that was changed a moment ago may change again within the clock's tick.
        let isKept = !key.contains(where: { $0.isNewline || $0 == "\t" }) && Self.now - identity.changed > 2_000_000_000
        if isKept, let text = old[key], let fact = Self.fact(text), (fact.values != nil) == asMask {
            new.withLock { $0[key] = text }
            return fact
        }
        let fact = try look()
        if isKept { new.withLock { $0[key] = Self.text(fact) } }
        return fact
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

    /// Keeps what is known, where that is possible.
    func save() {
        let facts = new.withLock { $0 }
        guard facts != old else { return }
        let text = facts.map { "\($0.key)\t\($0.value)\n" }.sorted().joined()
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? Data(text.utf8).write(to: file, options: .atomic)
    }

    private static func text(_ fact: Fact) -> String {
        let size = "\(fact.size.width) \(fact.size.height)"
        guard let values = fact.values else { return size }
        return "\(size) \(fact.isColored ? "colored" : "plain") \(values.map(String.init).joined(separator: ","))"
    }

    private static func fact(_ text: String) -> Fact? {
        let parts = text.split(separator: " ")
        guard parts.count == 2 || parts.count == 4, let width = Int(parts[0]), let height = Int(parts[1]) else {
            return nil
        }
        var fact = Fact(size: ImageSize(height: height, width: width))
        guard parts.count == 4 else { return fact }
        let values = parts[3].split(separator: ",").map { UInt8($0) }
        guard !values.contains(nil) else { return nil }
        fact.values = values.compactMap(\.self)
        fact.isColored = parts[2] == "colored"
        return fact
    }
}
