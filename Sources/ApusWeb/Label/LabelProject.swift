// A folder of pictures that is being labeled: pictures, vectors, labels, projections, suggestions.
import ApusCore
import ApusDatabase
import ApusFiles
import ApusVision
import Foundation
import Synchronization
import Torch

/// A folder of pictures with all that labeling them needs; what `apus label` shows, and usable without a page.
///
/// ```swift
/// let project = try LabelProject(folder, PictureEmbedder(.resnet18))
/// let places = try await project.projection(.neighbors, layer: project.layers.count)
/// for found in try await project.similar(to: [0], layer: 5, count: 20) { print(project.items[found.item]) }
/// try project.store.label(["a.jpg"], as: "cat")
/// try await project.train(layer: 5)
/// ```
/// Pictures are numbered from 0 on. What is kept (vectors, thumbnails, labels) lies in the hidden folder `.apus` beside the
/// pictures, or where it is asked to.
public final class LabelProject: Sendable {
    /// How vectors become places in two dimensions.
    public enum Projection: Sendable, Hashable {
        /// The two directions in which the vectors differ most.
        case principal
        /// Near vectors are near; see `NeighborEmbedding`.
        case neighbors
        /// The directions in which these labels lie apart; see `SeparatingProjection`.
        case separating([String])
    }

    /// A picture that was found, and how like the others it is: the cosine of the angle between the vectors, -1 to 1.
    public struct Match: Sendable, Hashable {
        public let item: Int
        public let similarity: Double
    }

    /// The folder of the pictures.
    public let folder: URL
    /// The pictures by their paths in the folder, in the order of these.
    public let items: [String]
    /// The pictures that could not be read and are left out.
    public let unreadable: [(file: URL, reason: String)]
    /// The layers whose vectors there are, in the order of running.
    public let layers: [PictureEmbedder.Layer]
    /// The number of the layer that the page begins with.
    public let firstLayer: Int
    /// The labels.
    public let store: LabelStore
    /// The file of a picture by its number.
    public let files: [URL]
    let sheets: ThumbnailSheets
    private let embedder: PictureEmbedder
    private let vectors: Tensor
    private let contents: [String]
    private let cache: FeatureCache
    private let state = Mutex(State())
    /// What takes long runs here, one after the other, and not on the threads that answer requests.
    private let arranging = DispatchQueue(label: "apus.label.arranging", qos: .userInitiated)
    private let training = DispatchQueue(label: "apus.label.training", qos: .userInitiated)

    private struct State {
        var projections: [String: Task<[Float], any Error>] = [:]
        var progress: [String: Double] = [:]
        var suggestions: LabelSuggestions?
    }

    /// Reads a folder: finds its pictures and makes the vectors that are not known yet.
    ///
    /// `Reporting.current` is told how far the work is. It may be ended and started again.
    /// - Parameters:
    ///   - folder: The folder; folders in it are searched, too.
    ///   - embedder: What sees the pictures.
    ///   - work: Where vectors, thumbnails and labels are kept; the folder `.apus` in `folder` by default.
    ///   - limit: How many pictures are taken at most, drawn at random where there are more, after those that have a
    ///     label.
    ///   - layer: The number of the layer that the page begins with, from 1 on; the last one by default.
    ///   - batchSize: How many pictures go through the model at once.
    /// - Throws: `DataError` for a folder without pictures, `ImageError` for one that cannot be read, `DatabaseError`.
    public init(
        _ folder: URL, _ embedder: PictureEmbedder, work: URL? = nil, limit: Int = 20_000, layer: Int? = nil,
        batchSize: Int = 64
    ) throws {
        let folder = folder.absoluteURL.standardizedFileURL
        let all = try imageFiles(in: folder)
        guard !all.isEmpty else {
            throw DataError("There are no pictures in \(folder.path); check the path.")
        }
        let work = work ?? folder.appending(path: ".apus", directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        } catch {
            throw DataError(
                "The folder \(work.path), in which labels are kept, cannot be made: \(error.systemReason). Give "
                    + "another one, with --work on the command line.")
        }
        store = try LabelStore(work.appending(path: "labels.sqlite", directoryHint: .notDirectory))
        let depth = folder.pathComponents.count
        func item(_ file: URL) -> String {
            file.standardizedFileURL.pathComponents.dropFirst(depth).joined(separator: "/")
        }
        let labels = try store.labels()
        let chosen = all.count <= limit ? all : Self.sample(of: all, limit) { labels[item($0)] != nil }
        let cache = try FeatureCache(work.appending(path: "features.sqlite", directoryHint: .notDirectory))
        let features = try cache.features(of: chosen, embedder, batchSize: batchSize)
        guard !features.files.isEmpty else {
            throw DataError(
                "None of the \(chosen.count) pictures in \(folder.path) can be read; the first: "
                    + (features.unreadable.first?.reason ?? ""))
        }
        (self.folder, self.cache) = (folder, cache)
        items = features.files.map(item)
        (files, contents, vectors, unreadable) = (
            features.files, features.contents, features.vectors, features.unreadable
        )
        (layers, self.embedder) = (embedder.layers, embedder)
        firstLayer = min(max(layer ?? embedder.layers.count, 1), embedder.layers.count)
        sheets = ThumbnailSheets(
            features.files, contents: features.contents,
            in: work.appending(path: "thumbnails", directoryHint: .isDirectory))
    }

    /// Some of the files in their order: those that must be there, and others drawn at random.
    private static func sample(of files: [URL], _ count: Int, mustHave: (URL) -> Bool) -> [URL] {
        var random = SeededRandom(seed: 0)
        let drawn = files.indices.shuffled(using: &random)
        let needed = drawn.filter { mustHave(files[$0]) }
        let others = drawn.filter { !mustHave(files[$0]) }
        return (needed + others).prefix(count).sorted().map { files[$0] }
    }

    /// What the model is called.
    public var model: String { embedder.name }

    /// The vectors after a layer, float32 `[pictures, numbers]`.
    ///
    /// - Parameter layer: The layer's number, from 1 on.
    /// - Throws: `DataError` for a layer that there is not.
    public func vectors(layer: Int) throws -> Tensor {
        try check(layer: layer)
        return try embedder.vectors(vectors, after: layers[layer - 1])
    }

    private func check(layer: Int) throws {
        guard (1...layers.count).contains(layer) else {
            throw DataError("There is no layer \(layer); \(model) has \(layers.count), from 1 on.")
        }
    }

    private func check(items numbers: [Int]) throws {
        if let wrong = numbers.first(where: { !items.indices.contains($0) }) {
            throw DataError("There is no picture \(wrong); there are \(items.count), from 0 on.")
        }
    }

    // MARK: Projections

    /// The places of all pictures, two numbers for each. Projections that do not hang on labels are kept in the work folder.
    ///
    /// - Throws: `DataError` for a layer that there is not, or for fewer than two labels to separate.
    public func projection(_ kind: Projection, layer: Int) async throws -> [Float] {
        let vectors = try vectors(layer: layer)
        if case .separating(let labels) = kind {
            let chosen = Set(labels)
            let given = try store.labels()
            let known = items.map { item in given[item].flatMap { chosen.contains($0) ? $0 : nil } }
            return try await Self.run(on: arranging) {
                let rows = try withTorchErrors { vectors.normalized() }
                return try SeparatingProjection(rows, labels: known).places(of: rows).array(of: Float.self)
            }
        }
        let key = "\(kind) \(layer)"
        let task = state.withLock { state in
            if let task = state.projections[key] { return task }
            let task = Task { try await self.arranged(kind, vectors, key: key) }
            state.projections[key] = task
            return task
        }
        do {
            return try await task.value
        } catch {
            state.withLock { $0.projections[key] = nil }
            throw error
        }
    }

    private func arranged(_ kind: Projection, _ vectors: Tensor, key: String) async throws -> [Float] {
        let name = sha256(of: ([embedder.fingerprint, key] + contents).joined(separator: "\n"))
        return try await Self.run(on: arranging) { [self] in
            if let kept = try cache.kept(name), kept.count == items.count * 8 {
                return try withTorchErrors {
                    Tensor(bytes: kept, shape: [items.count * 2], dtype: .float32).array(of: Float.self)
                }
            }
            defer { state.withLock { $0.progress[key] = nil } }
            let places = try withTorchErrors {
                let rows = vectors.normalized()
                if kind == .neighbors {
                    return try NeighborEmbedding().places(of: rows) { done in
                        self.state.withLock { $0.progress[key] = done }
                    }
                }
                let components = rows.principalComponents(min(2, items.count))
                return components.size(1) == 2
                    ? components : Tensor.cat([components, .zeros(like: components)], dim: 1)
            }
            try cache.keep(places.contiguous().bytes(), as: name)
            return places.array(of: Float.self)
        }
    }

    /// Which part of a projection that is being made is done; nil for one that is not, or has only begun.
    func progress(of kind: Projection, layer: Int) -> Double? { state.withLock { $0.progress["\(kind) \(layer)"] } }

    // MARK: Search

    /// The pictures most like some others, by the cosine of the angle with the mean of their vectors.
    ///
    /// - Parameters:
    ///   - numbers: The pictures that are shown.
    ///   - layer: Whose vectors are compared.
    ///   - count: How many pictures are found; those shown are not among them.
    /// - Throws: `DataError` for pictures or a layer that there is not.
    public func similar(to numbers: [Int], layer: Int, count: Int = 100) async throws -> [Match] {
        try check(items: numbers)
        guard !numbers.isEmpty, count > 0 else { return [] }
        let vectors = try vectors(layer: layer)
        let shown = Set(numbers)
        return try await Self.run(on: training) { [self] in
            let similarities = try withTorchErrors {
                let rows = vectors.normalized()
                let mean = rows.indexSelect(dim: 0, Tensor(numbers)).mean(dim: 0, keepDim: true).normalized()
                return rows.matmul(mean.transpose(0, 1)).flatten().array(of: Double.self)
            }
            return items.indices.filter { !shown.contains($0) }
                .sorted { (similarities[$1], $0) < (similarities[$0], $1) }.prefix(count)
                .map { Match(item: $0, similarity: similarities[$0]) }
        }
    }

    // MARK: Training

    /// Trains a head on what is labeled, and keeps what it says of all pictures as ``suggestions``.
    ///
    /// - Parameter layer: Whose vectors the head sees.
    /// - Throws: `DataError` for fewer than two labels, or a layer that there is not.
    @discardableResult
    public func train(layer: Int) async throws -> LabelSuggestions {
        let vectors = try vectors(layer: layer)
        let labels = try store.labels()
        let found = try await Self.run(on: training) { [items] in
            try LabelHead().suggestions(for: items, vectors, labels: labels)
        }
        state.withLock { $0.suggestions = found }
        return found
    }

    /// What the last head says; nil before the first training.
    public var suggestions: LabelSuggestions? { state.withLock { $0.suggestions } }

    // MARK: Threads

    /// Runs what takes long on a queue, with Swift's tasks free for others meanwhile.
    private static func run<Result: Sendable>(
        on queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
