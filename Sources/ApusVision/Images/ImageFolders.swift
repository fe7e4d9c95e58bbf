// Preparing folders of pictures: making them smaller.
import ApusCore
import Foundation

/// One of many files with which something failed.
public struct FileFailure: Sendable, CustomStringConvertible {
    /// The address or file.
    public let source: URL
    /// Why it failed.
    public let reason: String

    public var description: String { "\(source.isFileURL ? source.path : source.absoluteString): \(reason)" }
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
/// - Throws: ``ImageError`` when the folder cannot be read, the destination cannot be made or `maxSide` is below 1; `CancellationError` when the
///   task was cancelled: files that are there are whole.
@discardableResult
public func resizeImages(
    in folder: URL, to destination: URL? = nil, maxSide: Int, recursive: Bool = true
) throws -> [FileFailure] {
    guard maxSide > 0 else { throw ImageError.invalidValue("A side has at least 1 pixel; \(maxSide) was given.") }
    let files = try imageFiles(in: folder, recursive: recursive)
    let base = folder.standardizedFileURL.pathComponents.count
    if let destination { try makeFolder(destination) }
    let results = try parallelMap(files) { file, _ in
        var target = file
        if let destination {
            let parts = file.standardizedFileURL.pathComponents.dropFirst(base)
            target = parts.reduce(destination) { $0.appending(path: $1) }
            try makeFolder(target.deletingLastPathComponent())
        }
        try shrink(file, to: target, maxSide: maxSide)
    }
    return failures(of: files, results)
}

/// The files with which something failed, in their order.
func failures(of files: [URL], _ results: [Result<Void, any Error>]) -> [FileFailure] {
    zip(files, results).compactMap { file, result in
        if case .failure(let error) = result { FileFailure(source: file, reason: "\(error)") } else { nil }
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

func makeFolder(_ folder: URL) throws(ImageError) {
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
        throw .unwritable(file: folder.path(percentEncoded: false), reason: error.systemReason)
    }
}
