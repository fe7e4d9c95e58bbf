// Fetching a file by its address: checked, resumed where it broke off, and complete or not there at all.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Downloads a file, unless it is there already.
///
/// The file grows under a hidden name beside its place, is checked, and only then gets its name. A broken connection is
/// tried again a few times and goes on where it broke off, if the server can do that; so does the next run of a program
/// that was stopped, if there is a checksum or the server names the file's version (ETag). Several programs may ask for the same file at once: one fetches it. Blocks the
/// calling thread; cancelling its task ends the download.
///
/// ```swift
/// try download(from: URL(string: "https://example.org/weights.pth")!, to: file, sha256: "b627a593")
/// ```
/// - Parameters:
///   - address: `https`, or `http` of this computer itself (`127.0.0.1`, `::1`, `localhost`).
///   - file: Where to put it; its folder is created.
///   - sha256: The first digits of the file's SHA-256 sum, or all 64. With them a file that is there already is
///     kept if its sum is right and fetched again if not; without them it is always fetched again.
///   - progress: Whether ``Reporting/current`` is told how far the download is.
///   - limits: How long the server is waited for, and how often it is tried again.
/// - Throws: ``DownloadError``; `CancellationError` when the task was cancelled.
public func download(
    from address: URL, to file: URL, sha256: String? = nil, progress: Bool = true, limits: DownloadLimits = .file
) throws {
    let progress = progress ? DownloadProgress(name: file.lastPathComponent, reporter: Reporting.current) : nil
    try Download(address: address, file: file, sha256: sha256, progress: progress, limits: limits).run()
}

/// The last part of an address, as the name of a file in a folder of downloads.
///
/// - Throws: ``DownloadError/unsafeName(address:name:)`` for a name that is empty or hidden, or leads to another folder.
public func fileName(of address: URL) throws -> String {
    let encoded = address.path(percentEncoded: true).split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    let name = String(encoded).removingPercentEncoding ?? ""
    let isSafe =
        !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 200
        && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "\\" }
    guard isSafe else { throw DownloadError.unsafeName(address: address.absoluteString, name: name) }
    return name
}

/// Whether an address is one that is downloaded from: `https`, or `http` of this computer itself.
public func isDownloadable(_ address: URL) -> Bool { (try? Download.check(address)) != nil }

/// One download with its settings.
struct Download {
    let address: URL
    let file: URL
    let sha256: String?
    var progress: DownloadProgress?
    var limits = DownloadLimits.file
    /// The pauses in seconds before the second try, the third and so on; by default those of the limits.
    var pauses: [TimeInterval]?

    func run() throws {
        try Self.check(address)
        try limits.check()
        guard file.isFileURL else {
            throw DownloadError.unwritable(file: file.absoluteString, reason: "it is not the address of a local file")
        }
        if let sha256 {
            let isSum = (1...64).contains(sha256.utf8.count) && sha256.allSatisfy { $0.isASCII && $0.isHexDigit }
            guard isSum else { throw DownloadError.invalidChecksum(sha256) }
        }
        // A link is followed, so that the file it names is replaced and not the link.
        let target = file.resolvingSymlinksInPath()
        if try isComplete(target) { return }
        let partial = try PartialFile(beside: target, isCancelled: limits.isCancelled)
        // Another program may have fetched it while this one waited.
        if try isComplete(target) { return partial.remove() }
        do {
            try fetch(into: partial, for: target)
            try partial.commit(to: target)
        } catch {
            // Without a checksum and the server's name for this version nobody could tell whether what was fetched
            // belongs to the next run's file.
            let isKnown = sha256 != nil || partial.noted(of: address) != nil
            if try !isKnown || partial.size() == 0 { partial.remove() }
            throw error
        }
    }

    /// Whether the file is there and has the checksum asked for.
    private func isComplete(_ target: URL) throws -> Bool {
        guard let sha256, FileManager.default.fileExists(atPath: target.path) else { return false }
        return try ApusFiles.sha256(of: target).hasPrefix(sha256.lowercased())
    }

    private func fetch(into partial: PartialFile, for target: URL) throws {
        var known = RemoteFile()
        if sha256 == nil {
            if let noted = partial.noted(of: address) { known = noted } else { try partial.clear() }
        }
        var wasStarted = try partial.size() > 0
        var progress = progress
        progress?.begin(from: address.absoluteString, to: target.path)
        defer { progress?.end() }
        let (given, retries) = (pauses, pauses?.count ?? limits.retries)
        var tries = 0
        while true {
            let transfer = Transfer(
                partial, of: address, known: known, takesNotes: sha256 == nil, progress: progress)
            // Also where it throws, so that the progress ends.
            let outcome = Result { try transfer.run(within: limits) }
            (known, progress) = (transfer.remote, transfer.progress)
            switch try outcome.get() {
            case .complete:
                guard let sha256 else { return }
                let found = try ApusFiles.sha256(of: partial.url)
                if found.hasPrefix(sha256.lowercased()) { return }
                try partial.clear()
                // What an earlier run had left may have been another file's beginning.
                guard wasStarted else {
                    throw DownloadError.wrongChecksum(
                        address: address.absoluteString, expected: sha256.lowercased(), found: found)
                }
                (wasStarted, known) = (false, RemoteFile())
            case .changed:
                try partial.clear()
                (wasStarted, known) = (false, RemoteFile())
                try pause(.unreachable(address: address.absoluteString, reason: "it changes while it is read"))
            case .broken(let error):
                try pause(error)
            }
        }

        func pause(_ error: DownloadError) throws {
            guard tries < retries else { throw error }
            let seconds = given?[tries] ?? Double(1 << min(tries, 6))
            tries += 1
            progress?.retry(error.clause, in: seconds)
            let end = Date(timeIntervalSinceNow: seconds)
            while Date() < end {
                try limits.checkCancellation()
                Thread.sleep(forTimeInterval: min(0.1, seconds))
            }
        }
    }

    /// - Throws: ``DownloadError/invalidAddress(address:reason:)``.
    static func check(_ address: URL) throws {
        func failure(_ reason: String) -> DownloadError {
            .invalidAddress(address: address.absoluteString, reason: reason)
        }
        guard let host = address.host(percentEncoded: false), !host.isEmpty else {
            throw failure("it names no server")
        }
        switch address.scheme?.lowercased() {
        case "https": return
        case "http":
            let isHere = ["127.0.0.1", "::1", "[::1]", "localhost"].contains(host.lowercased())
            guard isHere else { throw failure("http, which anyone on the way can change, is for this computer alone") }
        default: throw failure("only https is fetched from")
        }
    }
}

extension DownloadError {
    /// Why, without the advice.
    fileprivate var reason: String {
        switch self {
        case .unreachable(_, let reason): reason
        case .refused(_, let status): "the server answered \(status)"
        default: description
        }
    }
}
