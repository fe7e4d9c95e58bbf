// Vectors of the pictures of a folder, kept in a file: pictures that have theirs are not seen by the model again.
import ApusCore
import ApusDatabase
import ApusFiles
import ApusVision
import Foundation
import Synchronization
import Torch

/// Keeps the vectors of pictures by the pictures' contents and the embedder's weights and settings.
///
/// A run that is ended goes on where it was; moved and renamed files keep their vectors. The file may be deleted.
///
/// ```swift
/// let cache = try FeatureCache(folder.appending(path: "features.sqlite"))
/// let features = try cache.features(of: files, PictureEmbedder(.resnet18))
/// ```
public final class FeatureCache: Sendable {
    /// The vectors of those pictures that could be read.
    public struct Features: Sendable {
        /// The pictures, in the order given.
        public let files: [URL]
        /// A sum over the contents of each.
        public let contents: [String]
        /// Their vectors after all layers, float32 `[pictures, numbers]`.
        public let vectors: Tensor
        /// The pictures that could not be read, with the reason.
        public let unreadable: [(file: URL, reason: String)]
    }

    private let database: Database

    /// Opens the file, which is made where there is none.
    ///
    /// - Throws: `DatabaseError` for a file that cannot be written or is another kind of file.
    public init(_ file: URL) throws {
        database = try Database(file)
        try database.transaction { connection in
            try connection.run(
                """
                CREATE TABLE IF NOT EXISTS files (
                    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified REAL NOT NULL, content TEXT NOT NULL)
                """)
            try connection.run(
                """
                CREATE TABLE IF NOT EXISTS vectors (
                    model TEXT NOT NULL, content TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, content))
                """)
            try connection.run("CREATE TABLE IF NOT EXISTS results (name TEXT PRIMARY KEY, bytes BLOB NOT NULL)")
        }
    }

    /// The vectors of pictures, from the file where they are known, else from the embedder.
    ///
    /// `Reporting.current` is told how far the work is.
    /// - Parameters:
    ///   - files: The pictures.
    ///   - embedder: What sees them.
    ///   - batchSize: How many go through the body at once.
    ///   - workers: The number of threads that read pictures; one for each core by default.
    /// - Throws: `DatabaseError`, `CancellationError` when the task is cancelled.
    public func features(
        of files: [URL], _ embedder: PictureEmbedder, batchSize: Int = 64, workers: Int? = nil
    ) throws -> Features {
        var (sums, reasons) = try contents(of: files)
        var known: [String: [UInt8]] = [:]
        for row in try database.rows(
            "SELECT content, vector FROM vectors WHERE model = ?", [.text(embedder.fingerprint)])
        {
            if let content = row[0].text, let vector = row[1].bytes, vector.count == embedder.width * 4 {
                known[content] = vector
            }
        }
        // Equal files are seen once.
        var missing: [String: URL] = [:]
        for (file, sum) in zip(files, sums) {
            if let sum, known[sum] == nil, missing[sum] == nil { missing[sum] = file }
        }
        let work = missing.sorted { $0.value.path < $1.value.path }
        let progress = WorkCount("features", total: work.count)
        defer { progress.end() }
        var fresh: [(content: String, vector: [UInt8])] = []
        func keep() throws {
            try database.transaction { connection in
                for (content, vector) in fresh {
                    try connection.run(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                        [.text(embedder.fingerprint), .text(content), .bytes(vector)])
                }
            }
            fresh = []
        }
        var failed: [String: String] = [:]
        try embedder.embedEach(work.map(\.value), batchSize: batchSize, workers: workers) { place, vector in
            try Task.checkCancellation()
            let content = work[place].key
            do {
                let bytes = try vector.get().contiguous().bytes()
                known[content] = bytes
                fresh.append((content, bytes))
            } catch { failed[content] = "\(error)" }
            if fresh.count >= 256 { try keep() }
            progress.advance()
        }
        try keep()
        for place in files.indices {
            if let sum = sums[place], let reason = failed[sum] { (sums[place], reasons[place]) = (nil, reason) }
        }
        let readable = files.indices.filter { sums[$0] != nil }
        let contents = readable.compactMap { sums[$0] }
        let bytes = contents.flatMap { known[$0] ?? [] }
        return Features(
            files: readable.map { files[$0] }, contents: contents,
            vectors: try withTorchErrors {
                Tensor(bytes: bytes, shape: [readable.count, embedder.width], dtype: .float32)
            },
            unreadable: files.indices.compactMap { place in reasons[place].map { (files[place], $0) } })
    }

    /// What was kept under a name, such as a projection; nil for nothing.
    func kept(_ name: String) throws -> [UInt8]? {
        try database.rows("SELECT bytes FROM results WHERE name = ?", [.text(name)]).first?[0].bytes
    }

    /// Keeps a result that took long to make.
    func keep(_ bytes: [UInt8], as name: String) throws {
        _ = try database.transaction {
            try $0.run("INSERT OR REPLACE INTO results VALUES (?, ?)", [.text(name), .bytes(bytes)])
        }
    }

    /// A sum over each file's contents; nil, with the reason, for one that cannot be read. A file whose size and time are
    /// known is not read again.
    private func contents(of files: [URL]) throws -> (sums: [String?], reasons: [String?]) {
        struct Content: Sendable {
            let size: Int
            let modified: Double
            let sum: String
            var isNew = true
        }
        var known: [String: Content] = [:]
        for row in try database.rows("SELECT path, size, modified, content FROM files") {
            known[row[0].text ?? ""] = Content(
                size: row[1].integer ?? -1, modified: row[2].real ?? 0, sum: row[3].text ?? "", isNew: false)
        }
        let progress = WorkCount("reading", total: files.count)
        defer { progress.end() }
        let found = Mutex<[Int: Result<Content, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: files.count) { [known] place in
            let file = files[place]
            let result = Result<Content, any Error> {
                let values = try file.resolvingSymlinksInPath().resourceValues(forKeys: [
                    .fileSizeKey, .contentModificationDateKey,
                ])
                let size = values.fileSize ?? -1
                let modified = values.contentModificationDate?.timeIntervalSince1970 ?? 0
                if let former = known[file.path], former.size == size, former.modified == modified { return former }
                return Content(size: size, modified: modified, sum: try sha256(of: file))
            }
            found.withLock { $0[place] = result }
            progress.advance()
        }
        let results = found.withLock { $0 }
        try database.transaction { connection in
            for (place, result) in results {
                guard case .success(let content) = result, content.isNew else { continue }
                try connection.run(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                    [
                        .text(files[place].path), .integer(content.size), .real(content.modified),
                        .text(content.sum),
                    ])
            }
        }
        var (sums, reasons): ([String?], [String?]) = ([], [])
        for place in files.indices {
            switch results[place] {
            case .success(let content)?:
                sums.append(content.sum)
                reasons.append(nil)
            case .failure(let error)?:
                sums.append(nil)
                reasons.append("\(error)")
            case nil:
                sums.append(nil)
                reasons.append("it was not read")
            }
        }
        return (sums, reasons)
    }
}
