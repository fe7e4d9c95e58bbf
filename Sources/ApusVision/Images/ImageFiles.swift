// Finding the image files of a folder, and finding those of them that cannot be read.
import ApusCore
import Foundation
import Synchronization

/// The extensions, in lower case, of the files that ``imageFiles(in:recursive:folders:)`` gives.
let imageExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "avif", "jxl", "jp2",
    "ppm", "pgm", "pbm", "pnm",
]

/// The image files of a folder, told by their extension, in the order of their paths.
///
/// Hidden files and folders are left out. Links to files and folders are followed, but not back to a folder that the link
/// lies in; a folder that several paths lead to is found under each of them, as in fastai.
///
/// - Parameters:
///   - recursive: Whether folders in the folder are searched too; true by default.
///   - folders: When given, only the folders of these names directly in `folder` are searched (and `"."` is `folder`
///     itself), as with fastai's `get_image_files`.
/// - Throws: ``ImageError/unreadable(file:reason:)`` when a folder is missing or may not be read,
///   ``ImageError/invalidName(file:)`` for a folder or picture whose name is not UTF-8.
public func imageFiles(
    in folder: URL, recursive: Bool = true, folders: [String]? = nil
) throws(ImageError) -> [URL] {
    do throws(FolderError) {
        return try findFiles(in: folder, extensions: imageExtensions, recursive: recursive, folders: folders)
    } catch {
        switch error {
        case .unreadable(let file, let reason): throw ImageError.unreadable(file: file, reason: reason)
        case .invalidName(let file): throw ImageError.invalidName(file: file)
        }
    }
}

/// Decodes every file and gives those that fail, in the order given, each with its reason.
///
/// The files are shared out among the cores.
///
///     for (file, reason) in verifyImages(try imageFiles(in: folder)) { print(reason) }
///
/// - Parameters:
///   - delete: Whether the files that fail are deleted; false by default. A file that cannot be deleted is reported with
///     that as its reason.
///   - progress: Whether `Reporting.current` is told how far the work is; true by default.
public func verifyImages(
    _ files: [URL], delete: Bool = false, progress: Bool = true
) -> [(file: URL, reason: ImageError)] {
    let count = progress ? WorkCount("pictures", total: files.count) : nil
    defer { count?.end() }
    let found = Mutex<[Int: ImageError]>([:])
    DispatchQueue.concurrentPerform(iterations: files.count) { index in
        defer { count?.advance() }
        guard let reason = reasonAgainst(files[index], delete: delete) else { return }
        found.withLock { $0[index] = reason }
    }
    return found.withLock { $0.sorted { $0.key < $1.key } }.map { (files[$0.key], $0.value) }
}

private func reasonAgainst(_ file: URL, delete: Bool) -> ImageError? {
    do throws(ImageError) {
        _ = try Image(contentsOf: file, atLeast: 32)
        return nil
    } catch {
        guard delete else { return error }
        do {
            try FileManager.default.removeItem(at: file)
            return error
        } catch {
            return .unwritable(file: file.path(percentEncoded: false), reason: error.systemReason)
        }
    }
}
