// A published data set: fetched once, checked, unpacked into a folder of its own.
import Foundation

/// A data set at a public address, as an archive.
///
/// ```swift
/// let path = try await Datasets.pets.fetch()
/// let flowers = PublishedDataset("flowers", address: URL(string: "https://example.org/flowers.zip")!, sha256: "9ad36baa")
/// ```
public struct PublishedDataset: Sendable, Hashable {
    /// The name of its folder.
    public let name: String
    /// Where the archive is.
    public let address: URL
    /// The archive's size in bytes, where its publishers tell it.
    public let size: Int64?
    /// The MD5 sum of the archive's first 2^20 bytes, where its publishers tell it.
    public let startMD5: String?
    /// The first digits of the archive's SHA-256 sum, or all 64; nil where none is published.
    public let sha256: String?

    /// - Parameters:
    ///   - name: The name of its folder.
    ///   - address: `https`; the address of a tar, zip or 7z archive.
    ///   - size: The archive's size in bytes, where it is known.
    ///   - startMD5: The MD5 sum of its first 2^20 bytes, as fastai publishes it, where it is known.
    ///   - sha256: The first digits of its SHA-256 sum, or all 64, where they are known.
    public init(
        _ name: String, address: URL, size: Int64? = nil, startMD5: String? = nil, sha256: String? = nil
    ) {
        self.name = name
        self.address = address
        self.size = size
        self.startMD5 = startMD5
        self.sha256 = sha256
    }

    /// The data set's folder, fetched and unpacked when it is not there yet.
    ///
    /// The download goes on where it broke off, also in the next run. The archive is compared with all that is published
    /// of it, its own checksums are verified while it is unpacked (see ``unpack(_:to:)``), and it is then deleted. Its
    /// size and SHA-256 sum are written to `.name/record.json` beside the folder: should the folder be deleted and fetched
    /// again, a file of another sum is refused. Several programs may ask at once: one fetches.
    ///
    /// - Parameters:
    ///   - folder: Where data sets are kept; ``Datasets/folder`` by default.
    ///   - progress: Whether ``Reporting/current`` is told how far the download is, and when it is unpacked.
    /// - Returns: The folder `folder/name`. Where one folder holds all of the archive, it is that one.
    /// - Throws: ``DownloadError``, whose sentence says what to do where there is no network; ``ArchiveError``;
    ///   `CancellationError` when the task was cancelled.
    @discardableResult
    public func fetch(to folder: URL = Datasets.folder, progress: Bool = true) async throws -> URL {
        // Not on an actor, so that the caller's stays free.
        try fetchNow(to: folder, progress: progress)
    }

    /// As ``fetch(to:progress:)``, for a caller that waits for it.
    @discardableResult
    public func fetchNow(to folder: URL = Datasets.folder, progress: Bool = true) throws -> URL {
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), name.utf8.count <= 100 else {
            throw DownloadError.unsafeName(address: address.absoluteString, name: name)
        }
        let home = folder.appending(path: name, directoryHint: .isDirectory)
        if isThere(home) { return home }
        // The archive, its record and the lock lie in a hidden folder beside, where they are in nobody's way.
        let hidden = folder.appending(path: ".\(name)", directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: hidden, withIntermediateDirectories: true)
        } catch {
            throw DownloadError.unwritable(file: hidden.path, reason: error.systemReason)
        }
        return try withFileLock(hidden.appending(path: "lock")) {
            // Another program may have fetched it while this one waited.
            if isThere(home) { return home }
            let archive = hidden.appending(path: try fileName(of: address))
            try fetchArchive(archive, record: hidden.appending(path: "record.json"), progress: progress)
            if progress {
                Reporting.current.note("Unpacking \(archive.lastPathComponent) to \(home.path)")
            }
            do {
                try unpack(archive, to: home, through: hidden.appending(path: "unpacking"), dropsTop: true)
            } catch let error as ArchiveError {
                // One that cannot be unpacked would be found again in the next run.
                if case .unwritable = error { throw error }
                try? FileManager.default.removeItem(at: archive)
                throw error
            }
            try? FileManager.default.removeItem(at: archive)
            return home
        }
    }

    private func isThere(_ home: URL) -> Bool {
        ((try? FileManager.default.contentsOfDirectory(atPath: home.path)) ?? []).isEmpty == false
    }

    private func fetchArchive(_ archive: URL, record: URL, progress: Bool) throws {
        let earlier = (try? Data(contentsOf: record)).flatMap { try? JSONDecoder().decode(Record.self, from: $0) }
        let known = earlier?.address == address ? earlier?.sha256 : nil
        do {
            try download(from: address, to: archive, sha256: sha256 ?? known, progress: progress)
        } catch DownloadError.wrongChecksum(let address, let expected, let found) where sha256 == nil {
            throw DownloadError.changed(address: address, before: expected, found: found, record: record.path)
        }
        try check(archive)
        guard earlier == nil || earlier?.address != address else { return }
        let new = Record(address: address, size: try sizeOfFile(archive), sha256: try ApusFiles.sha256(of: archive))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(new).write(to: record, options: .atomic)
        } catch {
            throw DownloadError.unwritable(file: record.path, reason: error.systemReason)
        }
    }

    /// Compares an archive with what is published of it.
    private func check(_ archive: URL) throws {
        var difference: String?
        let found = try sizeOfFile(archive)
        if let size, found != size {
            difference = "it has \(found) bytes, \(size) were published"
        } else if let startMD5 {
            let sum = try md5(ofStartOf: archive, count: 1 << 20)
            if sum != startMD5 { difference = "the MD5 sum of its start is \(sum), \(startMD5) was published" }
        }
        guard let difference else { return }
        try? FileManager.default.removeItem(at: archive)
        throw DownloadError.notAsPublished(address: address.absoluteString, reason: difference)
    }

    private func sizeOfFile(_ file: URL) throws -> Int64 {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            return (attributes[.size] as? NSNumber)?.int64Value ?? 0
        } catch {
            throw DownloadError.unreadable(file: file.path, reason: error.systemReason)
        }
    }

    /// What was fetched, for the next time.
    private struct Record: Codable {
        let address: URL
        let size: Int64
        let sha256: String
    }
}
