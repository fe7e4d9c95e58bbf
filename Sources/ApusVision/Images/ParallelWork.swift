// Work on many items on all cores: a map with places, a bar and errors by item, and folders that are derived from others.
import ApusCore
import Foundation
import Synchronization

/// Does something with each of many items on all cores, and gives what came of each, in their order: an error of one does not
/// stop the others.
///
/// ```swift
/// let sizes = try parallelMap(imageFiles(in: folder), progress: "sizes") { file, place in try Image.size(of: file) }
/// for case .failure(let error) in sizes { print(error) }
/// ```
/// Blocks the calling thread; cancelling its task ends the work.
///
/// - Parameters:
///   - name: What `Reporting.current` is told the work is called; nil, the default, for nothing.
///   - workers: The number of threads; one for each core by default.
///   - body: Gets an item and its place.
/// - Throws: `CancellationError` when the task was cancelled.
public func parallelMap<Item: Sendable, Output: Sendable>(
    _ items: [Item], progress name: String? = nil, workers: Int? = nil,
    _ body: @escaping @Sendable (_ item: Item, _ place: Int) throws -> Output
) throws -> [Result<Output, any Error>] {
    let count = name.map { WorkCount($0, total: items.count) }
    defer { count?.end() }
    let found = Mutex<[Result<Output, any Error>?]>(Array(repeating: nil, count: items.count))
    try WorkState().run(items.count, workers: workers ?? ProcessInfo.processInfo.activeProcessorCount) { place in
        let result = Result { try body(items[place], place) }
        found.withLock { $0[place] = result }
        count?.advance()
    }
    return found.withLock { $0.compactMap(\.self) }
}

/// Makes a picture of each picture of a folder and writes it into another one, under the same path; gives those that failed, in
/// the order of their paths.
///
/// The course's bad pictures for a model that learns to restore them:
///
/// ```swift
/// let failures = try deriveImages(of: photos, to: bad, as: "jpg") { picture, place in
///     var random = SeededRandom(seed: 42, place)
///     let quality = 10 + random.integer(below: 61)
///     let small = try picture.resized(shorterSide: 96)
///     let place = (x: random.uniform(0, Double(small.width) / 2), y: random.uniform(0, Double(small.height) / 2))
///     return try small.drawn([.text("\(quality)", x: place.x, y: place.y)]).compressed(quality: quality)
/// }
/// ```
/// On all cores; blocks the calling thread, and cancelling its task ends the work. Each file is written whole.
///
/// - Parameters:
///   - destination: Where the new pictures go, another folder; made when there is none.
///   - fileExtension: The format of the new files: png, jpg or webp. As that of the picture by default, and png where that is
///     none of these.
///   - progress: Whether `Reporting.current` is told how far the work is; true by default.
///   - change: Makes the new picture, from a picture and its place in the order of the paths.
/// - Throws: ``ImageError`` when the folder cannot be read, the destination is the folder itself or cannot be made;
///   `CancellationError` when the task was cancelled.
@discardableResult
public func deriveImages(
    of folder: URL, to destination: URL, as fileExtension: String? = nil, progress: Bool = true,
    _ change: @escaping @Sendable (_ picture: Image, _ place: Int) throws -> Image
) throws -> [FileFailure] {
    let files = try imageFiles(in: folder)
    let derived = try DerivedFiles(of: folder, in: destination, as: fileExtension)
    let results = try parallelMap(files, progress: progress ? "pictures" : nil) { file, place in
        try change(Image(contentsOf: file), place).write(to: derived.prepared(for: file))
    }
    return failures(of: files, results)
}

/// Where the files go that are made of those of a folder: under the same paths in another one.
struct DerivedFiles: Sendable {
    private let base: Int
    private let destination: URL
    private let fileExtension: String?

    /// - Throws: ``ImageError`` when the destination is the folder itself or cannot be made.
    init(of folder: URL, in destination: URL, as fileExtension: String?) throws(ImageError) {
        let parts = folder.resolvingSymlinksInPath().standardizedFileURL.pathComponents
        guard parts != destination.resolvingSymlinksInPath().standardizedFileURL.pathComponents else {
            throw .invalidValue(
                "The new pictures would replace those of \(folder.path) that they are made of; give another destination."
            )
        }
        if let fileExtension, Image.Format(fileExtension: fileExtension) == nil {
            throw .invalidValue(
                "Pictures are written as png, jpg, jpeg or webp; \"\(fileExtension)\" was given.")
        }
        base = folder.standardizedFileURL.pathComponents.count
        (self.destination, self.fileExtension) = (destination, fileExtension)
        try makeFolder(destination)
    }

    /// The new file for a file of the folder, with its folder made.
    func prepared(for file: URL) throws(ImageError) -> URL {
        let parts = file.standardizedFileURL.pathComponents.dropFirst(base)
        var target = parts.reduce(destination) { $0.appending(path: $1) }
        let own = file.pathExtension
        let wanted = fileExtension ?? (Image.Format(fileExtension: own) == nil ? "png" : own)
        if wanted != own { target = target.deletingPathExtension().appendingPathExtension(wanted) }
        try makeFolder(target.deletingLastPathComponent())
        return target
    }
}

extension Predicting where Input == ImageBlock, Target == ImageBlock {
    /// Writes what the model makes of each picture of a folder into another one, under the same path: what the course saves for
    /// the critic. Gives those that failed.
    ///
    /// ```swift
    /// try restorer.writePredictions(of: bad, to: folder.appending(path: "generated"), as: "jpg")
    /// ```
    /// - Parameters:
    ///   - destination: Where the new pictures go, another folder; made when there is none.
    ///   - fileExtension: The format of the new files; as for ``deriveImages(of:to:as:progress:_:)``.
    ///   - batchSize: How many pictures go through the model together at most.
    /// - Throws: ``ImageError`` when the folder cannot be read, the destination is the folder itself or cannot be made, else what
    ///   the model throws.
    @discardableResult
    public func writePredictions(
        of folder: URL, to destination: URL, as fileExtension: String? = nil, batchSize: Int = 16
    ) throws -> [FileFailure] {
        let files = try imageFiles(in: folder)
        let derived = try DerivedFiles(of: folder, in: destination, as: fileExtension)
        let count = WorkCount("pictures", total: files.count)
        defer { count.end() }
        var failures: [FileFailure] = []
        try predictEach(files, batchSize: batchSize) { place, result in
            do {
                try result.get().write(to: derived.prepared(for: files[place]))
            } catch {
                failures.append(FileFailure(source: files[place], reason: "\(error)"))
            }
            count.advance()
        }
        return failures
    }
}
