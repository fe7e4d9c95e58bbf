// Filling and preparing folders of pictures: downloading lists of them, making them smaller.
import ApusCore
import Foundation
import Synchronization

/// One of many files with which something failed.
public struct FileFailure: Sendable, CustomStringConvertible {
    /// The address or file.
    public let source: URL
    /// Why it failed.
    public let reason: String

    public var description: String { "\(source.isFileURL ? source.path : source.absoluteString): \(reason)" }
}

/// Downloads pictures into a folder, several at a time; gives those that failed, in the order given.
///
/// The files are called `00000000.jpg`, `00000001.png` and so on, after the place of their address in the list, as in
/// fastai. Files that are there already are kept, so that a second call fetches what is missing. What was fetched may
/// still be no picture: see ``verifyImages(_:delete:)``.
///
///     let failures = try downloadImages(addresses, to: folder.appending(path: "grizzly"))
///     _ = verifyImages(try imageFiles(in: folder), delete: true)
///
/// - Parameters:
///   - maxCount: How many addresses of the list are used at most; 1000 by default.
///   - workers: How many files are fetched at once; 8 by default.
///   - keepsNames: Whether files keep the names of their addresses; false by default.
/// - Throws: ``ImageError/unwritable(file:reason:)`` when the folder cannot be made.
@discardableResult
public func downloadImages(
    _ addresses: [URL], to folder: URL, maxCount: Int = 1000, workers: Int = 8, keepsNames: Bool = false
) throws -> [FileFailure] {
    try makeFolder(folder)
    let addresses = Array(addresses.prefix(max(maxCount, 0)))
    return forEach(addresses, workers: workers) { index, address in
        let name: String
        if keepsNames {
            name = try fileName(of: address)
        } else {
            let suffix = address.pathExtension.lowercased()
            let known = imageExtensions.contains(suffix) ? suffix : "jpg"
            name = String(format: "%08d", index) + "." + known
        }
        let file = folder.appending(path: name)
        if FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) { return }
        try download(from: address, to: file, progress: false)
    }
}

/// Makes the pictures of a folder smaller, in place or in another folder, so that training reads less; gives those that
/// failed, in the order of their paths.
///
/// Pictures keep their proportions; those that are small enough are copied, or left as they are in place. Orientation
/// tags are followed. Folders in the folder keep their names. Shared out among the cores. Not for masks, whose classes
/// would be blended.
///
///     let failures = try resizeImages(in: path, to: path.deletingLastPathComponent().appending(path: "small"), maxSide: 400)
///
/// - Parameters:
///   - destination: Where the smaller pictures go; in place when nil.
///   - maxSide: The longer side of the results at most, in pixels.
///   - recursive: Whether folders in the folder are searched too; true by default.
/// - Throws: ``ImageError`` when the folder cannot be read, the destination cannot be made or `maxSide` is below 1.
@discardableResult
public func resizeImages(
    in folder: URL, to destination: URL? = nil, maxSide: Int, recursive: Bool = true
) throws -> [FileFailure] {
    guard maxSide > 0 else { throw ImageError.invalidValue("A side has at least 1 pixel; \(maxSide) was given.") }
    let files = try imageFiles(in: folder, recursive: recursive)
    let base = folder.standardizedFileURL.pathComponents.count
    if let destination { try makeFolder(destination) }
    let workers = ProcessInfo.processInfo.activeProcessorCount
    return forEach(files, workers: workers) { _, file in
        var target = file
        if let destination {
            let parts = file.standardizedFileURL.pathComponents.dropFirst(base)
            target = parts.reduce(destination) { $0.appending(path: $1) }
            try makeFolder(target.deletingLastPathComponent())
        }
        try shrink(file, to: target, maxSide: maxSide)
    }
}

private func shrink(_ file: URL, to target: URL, maxSide: Int) throws {
    let source = try ImageSource(file: file, applyingOrientation: true)
    let size = source.size
    let longer = max(size.width, size.height)
    guard longer > maxSide else {
        guard target != file else { return }
        let data = try Data(contentsOf: file)
        return try data.write(to: target, options: .atomic)
    }
    func side(_ side: Int) -> Int {
        max(1, Int((Double(side) * Double(maxSide) / Double(longer)).rounded()))
    }
    let small = ImageSize(height: side(size.height), width: side(size.width))
    let image = try Image(contentsOf: file, atLeast: small)
    try image.resized(to: small, method: .squish).write(to: target)
}

private func makeFolder(_ folder: URL) throws(ImageError) {
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
        throw .unwritable(file: folder.path(percentEncoded: false), reason: error.reason)
    }
}

/// Does something with each of many files on some threads; gives those for which it threw, in their order.
private func forEach(
    _ sources: [URL], workers: Int, _ body: @escaping @Sendable (Int, URL) throws -> Void
) -> [FileFailure] {
    let state = WorkState()
    let group = DispatchGroup()
    // Threads of their own: downloads wait more than they work, and the system's pool has no more than cores.
    for _ in 0..<min(max(workers, 1), sources.count) {
        group.enter()
        Thread {
            while let index = state.takeIndex(below: sources.count) {
                do {
                    try body(index, sources[index])
                } catch {
                    state.failures.withLock { $0[index] = "\(error)" }
                }
            }
            group.leave()
        }.start()
    }
    group.wait()
    return state.failures.withLock { $0.sorted { $0.key < $1.key } }.map {
        FileFailure(source: sources[$0.key], reason: $0.value)
    }
}

/// Which file is next, and what failed.
private final class WorkState: Sendable {
    let next = Mutex(0)
    let failures = Mutex<[Int: String]>([:])

    func takeIndex(below count: Int) -> Int? {
        next.withLock { next in
            guard next < count else { return nil }
            defer { next += 1 }
            return next
        }
    }
}
