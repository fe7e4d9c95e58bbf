// Files of a repository of the Hugging Face hub, fetched once.
import Foundation

/// A repository of the Hugging Face hub, whose files are fetched when they are not there yet.
///
/// ```swift
/// let repository = try HubRepository("microsoft/deberta-v3-small", in: folder)
/// let configuration = try repository.file("config.json")
/// ```
public struct HubRepository: Sendable {
    /// Owner and name, "microsoft/deberta-v3-small"; the name alone for the few that have no owner, such as "gpt2".
    public let name: String
    /// Where the files are kept: under the owner and the name.
    public let folder: URL
    private let hub: URL
    private let progress: Bool

    /// - Parameters:
    ///   - name: Owner and name.
    ///   - folder: The folder of all repositories.
    ///   - endpoint: The hub's address; by default that of the variable `HF_ENDPOINT`, or https://huggingface.co.
    ///   - progress: Whether ``Reporting/current`` is told how far a download is.
    /// - Throws: ``DownloadError/invalidAddress(address:reason:)`` for a name that is none.
    public init(_ name: String, in folder: URL, endpoint: URL? = nil, progress: Bool = true) throws {
        let variable = ProcessInfo.processInfo.environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : URL(string: $0) }
        guard let hub = endpoint ?? variable ?? URL(string: "https://huggingface.co") else {
            throw DownloadError.invalidAddress(address: "HF_ENDPOINT", reason: "it is no address")
        }
        guard name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)?/) != nil else {
            throw DownloadError.invalidAddress(
                address: name,
                reason: "a repository of the hub is an owner and a name, such as timm/resnet18.a1_in1k")
        }
        (self.name, self.hub, self.progress) = (name, hub, progress)
        self.folder = folder.appending(path: name, directoryHint: .isDirectory)
    }

    /// Where a file is, or will be.
    public func place(of path: String) -> URL { folder.appending(path: path, directoryHint: .notDirectory) }

    /// Whether a file is there. It is whole then: it gets its name when the last byte has come.
    public func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: place(of: path).path) }

    /// A file, fetched when it is not there yet.
    ///
    /// - Parameter path: The path in the repository, "config.json".
    /// - Throws: ``DownloadError``, whose sentence says what to do where there is no network.
    public func file(_ path: String) throws -> URL {
        guard !has(path) else { return place(of: path) }
        let isPlain = path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            $0.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]*/) != nil
        }
        guard isPlain else { throw DownloadError.unsafeName(address: "\(name)/\(path)", name: path) }
        try download(from: hub.appending(path: "\(name)/resolve/main/\(path)"), to: place(of: path), progress: progress)
        return place(of: path)
    }

    /// A file, or nil where the repository has none of the name.
    ///
    /// - Throws: ``DownloadError``, whose sentence says what to do where there is no network.
    public func fileIfPresent(_ path: String) throws -> URL? {
        do {
            return try file(path)
        } catch DownloadError.refused(_, 404) {
            return nil
        }
    }
}
