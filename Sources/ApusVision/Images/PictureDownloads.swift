// Downloading lists of pictures into a folder: several at a time, no server too often, each address once.
import ApusCore
import Foundation
import Synchronization

/// What became of a list of pictures to download.
public struct DownloadedImages: Sendable, CustomStringConvertible {
    /// The files that were fetched, in the order of their addresses.
    public let fetched: [URL]
    /// The files that were there already.
    public let kept: [URL]
    /// The addresses that failed, with the reason.
    public let failures: [FileFailure]

    public var description: String {
        func count(_ number: Int) -> String { "\(number) picture\(number == 1 ? "" : "s")" }
        return "\(count(fetched.count)) fetched, \(kept.count) there already, \(failures.count) failed"
    }
}

/// Downloads pictures into a folder, several at a time; says which were fetched, which were there, and which failed.
///
/// The files are called after their addresses (16 digits of the SHA-256 sum), so that the pictures of several queries may
/// go into one folder, and a second call fetches what is missing. What was fetched may still be no picture: see
/// ``verifyImages(_:delete:progress:)``.
///
///     let found = try downloadImages(addresses, to: folder.appending(path: "grizzly"))
///     print(found, found.failures)
///     _ = verifyImages(try imageFiles(in: folder), delete: true)
///
/// A picture at an `http` address is fetched by `https`, without which anyone on the way could change it. A server that
/// does not answer within 10 seconds is tried once more; where three pictures of a server failed so, its others are not
/// tried. A picture has a minute. Blocks the calling thread; cancelling its task ends the downloads.
///
/// - Parameters:
///   - maxCount: How many addresses of the list are used at most; 1000 by default.
///   - workers: How many files are fetched at once; 8 by default.
///   - keepsNames: Whether files keep the names of their addresses; of two addresses with one name the second file's gets
///     a number behind it, and a file of the name that is there already is kept, wherever it came from. False by default.
///   - progress: Whether `Reporting.current` is told how far the downloads are; true by default.
/// - Throws: ``ImageError/unwritable(file:reason:)`` when the folder cannot be made; `CancellationError` when the task was
///   cancelled: files that are there are whole.
@discardableResult
public func downloadImages(
    _ addresses: [URL], to folder: URL, maxCount: Int = 1000, workers: Int = 8, keepsNames: Bool = false,
    progress: Bool = true
) throws -> DownloadedImages {
    return try fetchImages(
        Array(addresses.prefix(max(maxCount, 0))), to: folder, workers: workers, keepsNames: keepsNames,
        showsProgress: progress,
        limits: .picture)
}

/// Downloads the pictures that a text file lists; see ``downloadImages(_:to:maxCount:workers:keepsNames:progress:)``.
///
///     try downloadImages(listedIn: URL(filePath: "urls_grizzly.txt"), to: folder.appending(path: "grizzly"))
///
/// - Throws: Also what ``imageAddresses(in:)`` throws.
@discardableResult
public func downloadImages(
    listedIn file: URL, to folder: URL, maxCount: Int = 1000, workers: Int = 8, keepsNames: Bool = false,
    progress: Bool = true
) throws -> DownloadedImages {
    try downloadImages(
        try imageAddresses(in: file), to: folder, maxCount: maxCount, workers: workers, keepsNames: keepsNames,
        progress: progress)
}

/// The addresses in a text file: one on each line; empty lines and those that begin with `#` don't count.
///
/// - Throws: `DataError` when the file cannot be read or a line is no address, with its number.
public func imageAddresses(in file: URL) throws -> [URL] {
    let text: String
    do { text = try String(contentsOf: file, encoding: .utf8) } catch {
        throw DataError("The list \(file.path) cannot be read as text: \(error.systemReason). Check the path.")
    }
    return try text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
        number, line in
        let line = line.trimmingCharacters(in: .whitespaces)
        if line.isEmpty || line.hasPrefix("#") { return nil }
        guard let url = URL(string: line), ["http", "https"].contains(url.scheme?.lowercased()), url.host() != nil
        else {
            throw DataError(
                "Line \(number + 1) of \(file.lastPathComponent) is no address: \"\(line)\"; give one that begins with "
                    + "https:// on each line.")
        }
        return url
    }
}

/// The address by `https` for one by `http` of another computer.
func secured(_ address: URL) -> URL {
    guard address.scheme?.lowercased() == "http", !isDownloadable(address),
        var parts = URLComponents(url: address, resolvingAgainstBaseURL: true)
    else { return address }
    parts.scheme = "https"
    if parts.port == 80 { parts.port = nil }
    return parts.url ?? address
}

func fetchImages(
    _ addresses: [URL], to folder: URL, workers: Int, keepsNames: Bool, showsProgress: Bool = false,
    limits: DownloadLimits
) throws -> DownloadedImages {
    try makeFolder(folder)
    var seen: Set<URL> = []
    let addresses = addresses.filter { seen.insert(secured($0)).inserted }
    let names = names(of: addresses, keepsNames: keepsNames)
    let kept = Mutex<Set<Int>>([])
    let servers = SilentServers()
    let state = WorkState()
    var limits = limits
    limits.isCancelled = { state.isCancelled }
    let given = limits
    let count = showsProgress ? WorkCount("pictures", total: addresses.count) : nil
    defer { count?.end() }
    try state.run(addresses.count, workers: workers) { place in
        defer { count?.advance() }
        let file = folder.appending(path: try names[place].get())
        if FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) {
            kept.withLock { _ = $0.insert(place) }
            return
        }
        let address = secured(addresses[place])
        try servers.visit(address) { try download(from: address, to: file, progress: false, limits: given) }
    }
    let failures = state.failures
    let (there, failed) = (kept.withLock { $0 }, Set(failures.map(\.place)))
    func files(_ isWanted: (Int) -> Bool) -> [URL] {
        addresses.indices.filter(isWanted).compactMap { place in
            (try? names[place].get()).map { folder.appending(path: $0) }
        }
    }
    return DownloadedImages(
        fetched: files { !there.contains($0) && !failed.contains($0) }, kept: files(there.contains),
        failures: failures.map { FileFailure(source: addresses[$0.place], reason: $0.reason) })
}

/// The names of the files for some addresses, each once.
private func names(of addresses: [URL], keepsNames: Bool) -> [Result<String, any Error>] {
    var used: Set<String> = []
    return addresses.map { address in
        Result {
            let digits = String(sha256(of: secured(address).absoluteString).prefix(16))
            guard keepsNames else {
                let suffix = address.pathExtension.lowercased()
                return digits + "." + (imageExtensions.contains(suffix) ? suffix : "jpg")
            }
            let name = try fileName(of: address)
            if used.insert(name.lowercased()).inserted { return name }
            let parts = URL(filePath: name)
            let suffix = parts.pathExtension.isEmpty ? "" : "." + parts.pathExtension
            return parts.deletingPathExtension().lastPathComponent + "-" + digits.prefix(8) + suffix
        }
    }
}

/// Which servers have not answered: after three pictures in a row they are left alone.
private final class SilentServers: Sendable {
    private let failures = Mutex<[String: Int]>([:])
    private let most = 3

    func visit(_ address: URL, _ body: () throws -> Void) throws {
        let host = "\(address.host() ?? ""):\(address.port ?? 443)"
        if failures.withLock({ $0[host, default: 0] >= most }) {
            throw DownloadError.unreachable(
                address: address.absoluteString,
                reason: "its server has not answered for \(most) other pictures, so that it was not asked again")
        }
        do {
            try body()
            failures.withLock { $0[host] = 0 }
        } catch let error as DownloadError {
            failures.withLock { counts in
                if case .unreachable = error { counts[host, default: 0] += 1 } else { counts[host] = 0 }
            }
            throw error
        }
    }
}
