// Changes of many files that end up done as a whole or undone as a whole, even where the program is killed half-way.
import ApusFiles
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One change of a file. Paths within the folder of the data are relative to it, so that the folder may be moved.
enum FileChange: Codable, Equatable, Sendable {
    /// Makes a folder, which an undo takes away again where it is empty.
    case makeFolder(String)
    /// Moves a file to a place where nothing is.
    case move(from: String, to: String, FileIdentity)
    /// Moves a file into the bin.
    case discard(String, FileIdentity)
    /// Replaces a file's contents by those that lie in the bin under a number.
    case replace(String, number: Int)
}

/// What is on disk of some changes: which they are, and how far they have come.
private struct ChangeLog: Codable {
    enum State: String, Codable { case applying, applied, undoing }

    var state: State
    var date: Date
    var changes: [FileChange]
}

/// Changes of the files of a folder, with a bin and a log for each set of them.
///
/// A set of changes is decided on by writing its log. From then on it is carried through: a program that finds a log whose
/// changes are not all done does the rest, each of which is done once only, however often it is tried. An undo does the
/// same in the other direction.
struct FileChanges {
    /// The folder of the data.
    let root: URL
    /// Is called before each step that changes something on disk; tests stop here.
    var beforeStep: () throws -> Void = {}

    init(of root: URL) { self.root = root }

    /// Where bins, logs and choices lie.
    var folder: URL { root.appending(path: ".apus-clean", directoryHint: .isDirectory) }
    private var bins: URL { folder.appending(path: "bin", directoryHint: .isDirectory) }

    /// The bin of a set of changes.
    func bin(_ number: Int) -> URL { bins.appending(path: "\(number)", directoryHint: .isDirectory) }

    /// The sets of changes that there are, the first one first.
    var numbers: [Int] {
        ((try? FileManager.default.contentsOfDirectory(atPath: bins.path)) ?? []).compactMap(Int.init).sorted()
            .filter { FileManager.default.fileExists(atPath: log($0).path) }
    }

    /// The number of the next set.
    var nextNumber: Int {
        1 + (((try? FileManager.default.contentsOfDirectory(atPath: bins.path)) ?? []).compactMap(Int.init).max() ?? 0)
    }

    private func log(_ number: Int) -> URL { bin(number).appending(path: "log.json") }
    private func before(_ number: Int, _ table: Int) -> URL { bin(number).appending(path: "table-\(table)-before") }
    private func after(_ number: Int, _ table: Int) -> URL { bin(number).appending(path: "table-\(table)-after") }

    // MARK: Doing

    /// Makes the changes.
    ///
    /// - Parameters:
    ///   - contents: The new contents of the files that are replaced, and those they must have until then, by their
    ///     numbers.
    /// - Returns: A sentence on each change that was not possible any more and was left out, by its place among the changes.
    /// - Throws: ``DataError`` when a file or folder may not be changed. What is left is done, or undone, by the next call.
    func apply(
        _ changes: [FileChange], contents: [Int: (before: Data, after: Data)] = [:]
    ) throws -> [Int: String] {
        try withLock {
            _ = try finishAll()
            let number = nextNumber
            try step { try make(bin(number)) }
            for (table, contents) in contents.sorted(by: { $0.key < $1.key }) {
                try step { try write(contents.before, to: before(number, table)) }
                try step { try write(contents.after, to: after(number, table)) }
            }
            let log = ChangeLog(state: .applying, date: Date(), changes: changes)
            try step { try save(log, number) }
            return try carryThrough(log, number)
        }
    }

    /// Does what is left of changes, or of an undo, that a program was stopped in.
    ///
    /// - Returns: Whether something was left, and a sentence on each change that was not possible any more.
    func finish() throws -> (wasNeeded: Bool, notes: [String]) {
        guard FileManager.default.fileExists(atPath: bins.path) else { return (false, []) }
        return try withLock {
            let isNeeded = try numbers.contains { try load($0).state != .applied }
            return (isNeeded, try finishAll())
        }
    }

    private func finishAll() throws -> [String] {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: bins.path)) ?? [] {
            // What a program has left that was stopped before it had decided on its changes.
            guard let number = Int(name), !numbers.contains(number) else { continue }
            let files = bin(number).appending(path: "files")
            if !FileManager.default.fileExists(atPath: files.path) {
                try? FileManager.default.removeItem(at: bin(number))
            }
        }
        return try numbers.flatMap { number in
            let log = try load(number)
            return log.state == .applied ? [] : try carryThrough(log, number).sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Undoes the last set of changes.
    ///
    /// - Returns: A sentence on each change that could not be undone; nil where there is nothing to undo.
    /// - Throws: ``DataError`` as ``apply(_:contents:)``.
    func undo() throws -> [String]? {
        guard FileManager.default.fileExists(atPath: bins.path) else { return nil }
        return try withLock {
            guard let number = numbers.last else { return nil }
            var log = try load(number)
            log.state = .undoing
            try step { try save(log, number) }
            return try carryThrough(log, number).sorted { $0.key > $1.key }.map(\.value)
        }
    }

    /// Goes through the changes of a log in its direction; those that are done already stay as they are.
    private func carryThrough(_ log: ChangeLog, _ number: Int) throws -> [Int: String] {
        var notes: [Int: String] = [:]
        if log.state == .undoing {
            for (place, change) in log.changes.enumerated().reversed() { notes[place] = try undo(change, number) }
            try step { try discard(number) }
        } else {
            for (place, change) in log.changes.enumerated() { notes[place] = try make(change, number) }
            var done = log
            done.state = .applied
            try step { try save(done, number) }
        }
        return notes
    }

    /// - Returns: A sentence where the change is not possible any more.
    private func make(_ change: FileChange, _ number: Int) throws -> String? {
        switch change {
        case .makeFolder(let path):
            try step { try make(url(path)) }
            return nil
        case .move(let from, let to, let identity):
            return try move(url(from).path, to: url(to).path, identity)
        case .discard(let path, let identity):
            return try move(url(path).path, to: discarded(path, number).path, identity)
        case .replace(let path, let table):
            return try replace(url(path), from: before(number, table), by: after(number, table))
        }
    }

    private func undo(_ change: FileChange, _ number: Int) throws -> String? {
        switch change {
        case .makeFolder(let path):
            // It stays where somebody has put something into it.
            try step { _ = rmdir(url(path).path) }
            return nil
        case .move(let from, let to, let identity):
            return try move(url(to).path, to: url(from).path, identity)
        case .discard(let path, let identity):
            return try move(discarded(path, number).path, to: url(path).path, identity)
        case .replace(let path, let table):
            return try replace(url(path), from: after(number, table), by: before(number, table))
        }
    }

    /// Moves a file unless it has been moved already.
    private func move(_ from: String, to: String, _ identity: FileIdentity) throws -> String? {
        let (source, target) = (FileIdentity(of: from), FileIdentity(of: to))
        guard let source, source.isSame(as: identity) else {
            if let target, target.isSame(as: identity) { return nil }
            return "\(from) \(source == nil ? "is gone" : "is another file now") and was left out."
        }
        if let target {
            // A move by way of a second name that was stopped between its two steps.
            let isHalfDone = target.device == source.device && target.number == source.number
            guard isHalfDone else { return "\(from) stays where it is: there is a file \(to) now." }
        }
        try make(URL(filePath: to).deletingLastPathComponent())
        if target == nil {
            // A second name is given only where nothing is, which a renaming would replace. File systems without second
            // names rename; between the look and the renaming nobody is expected.
            try beforeStep()
            if source.isLink || link(from, to) != 0 {
                guard FileIdentity(of: to) == nil else {
                    return "\(from) stays where it is: there is a file \(to) now."
                }
                guard rename(from, to) == 0 else { throw failure("moved to \(to)", from, errno) }
                return nil
            }
        }
        try step { if unlink(from) != 0 { throw failure("moved to \(to)", from, errno) } }
        return nil
    }

    /// Replaces a file's contents unless that is done; leaves it alone where it has other contents than expected.
    private func replace(_ file: URL, from old: URL, by new: URL) throws -> String? {
        let wanted = try read(new)
        guard let current = try? Data(contentsOf: file) else { return "\(file.path) is gone and was left out." }
        if current == wanted { return nil }
        guard try current == read(old) else { return "\(file.path) has been changed meanwhile and was left out." }
        try step { try write(wanted, to: file.resolvingSymlinksInPath()) }
        return nil
    }

    // MARK: Files

    /// The place of a path of a change.
    func url(_ path: String) -> URL {
        path.hasPrefix("/") ? URL(filePath: path) : root.appending(path: path, directoryHint: .notDirectory)
    }

    /// Where the bin has a file of a path.
    private func discarded(_ path: String, _ number: Int) -> URL {
        bin(number).appending(path: "files/" + (path.hasPrefix("/") ? "outside" + path : path))
    }

    /// The path of a file for a change: relative to the folder where it lies in it.
    func path(of file: URL) -> String {
        let (base, path) = (root.standardizedFileURL.path, file.standardizedFileURL.path)
        return path.hasPrefix(base + "/") ? String(path.dropFirst(base.count + 1)) : path
    }

    private func step(_ body: () throws -> Void) throws {
        try beforeStep()
        try body()
    }

    private func failure(_ what: String, _ path: String, _ code: Int32) -> DataError {
        let reason =
            code == EXDEV
            ? "it lies on another disk than the folder of the data; copy it into the folder"
            : String(cString: strerror(code))
        return DataError(
            "\(path) cannot be \(what): \(reason). Mend that and start again: what is left is done then, and --undo takes "
                + "all of it back.")
    }

    private func make(_ folder: URL) throws {
        guard !FileManager.default.fileExists(atPath: folder.path) else { return }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw DataError(
                "The folder \(folder.path) cannot be made: \(error.systemReason). Cleaning needs a folder that may be "
                    + "written to.")
        }
    }

    /// Writes a file whole, with the permissions of the one it replaces.
    private func write(_ data: Data, to file: URL) throws {
        let partial = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).apus-partial")
        do {
            let permissions = try? FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
            try data.write(to: partial)
            if let permissions {
                try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: partial.path)
            }
            guard rename(partial.path, file.path) == 0 else { throw failure("written", file.path, errno) }
        } catch let error as DataError {
            throw error
        } catch {
            throw DataError("\(file.path) cannot be written: \(error.systemReason).")
        }
    }

    private func read(_ file: URL) throws -> Data {
        do { return try Data(contentsOf: file) } catch {
            throw DataError(
                "\(file.path), a part of the undo log, cannot be read: \(error.systemReason). Without it the tables stay as "
                    + "they are; remove the folder \(file.deletingLastPathComponent().path) to go on.")
        }
    }

    private func save(_ log: ChangeLog, _ number: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try write(try encoder.encode(log), to: self.log(number))
    }

    private func load(_ number: Int) throws -> ChangeLog {
        do { return try JSONDecoder().decode(ChangeLog.self, from: Data(contentsOf: log(number))) } catch {
            throw DataError(
                "The undo log \(log(number).path) cannot be read. Move the folder \(bin(number).path) away to go on; the "
                    + "files that were deleted are in it.")
        }
    }

    /// Takes a bin away whose changes have been undone. Files that could not be put back stay in it.
    private func discard(_ number: Int) throws {
        let files = bin(number).appending(path: "files")
        let left = FileManager.default.enumerator(at: files, includingPropertiesForKeys: [.isDirectoryKey])?.contains {
            (try? ($0 as? URL)?.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) != true
        }
        // The log goes first: without it the set of changes is no more.
        guard unlink(log(number).path) == 0 else { throw failure("removed", log(number).path, errno) }
        if left != true { try? FileManager.default.removeItem(at: bin(number)) }
    }

    /// Runs something when no other program changes the same folder.
    private func withLock<Result>(_ body: () throws -> Result) throws -> Result {
        try make(folder)
        let lock = folder.appending(path: "lock")
        guard FileManager.default.isWritableFile(atPath: folder.path) else {
            throw DataError("The folder \(folder.path) may not be written to; cleaning needs one that may.")
        }
        return try withFileLock(lock) {
            // A server may add a line to its feedback meanwhile.
            let isFeedback = FileManager.default.fileExists(atPath: root.appending(path: "feedback.jsonl").path)
            return isFeedback ? try withFileLock(root.appending(path: "lock"), body) : try body()
        }
    }
}
