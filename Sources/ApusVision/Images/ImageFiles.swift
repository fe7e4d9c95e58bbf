// Finding the image files of a folder, and finding those of them that cannot be read.
import Foundation
import Synchronization

/// The extensions, in lower case, of the files that ``imageFiles(in:recursive:folders:)`` gives.
let imageExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "avif", "jxl", "jp2",
    "ppm", "pgm", "pbm", "pnm",
]

/// The image files of a folder, told by their extension, in the order of their paths.
///
/// Hidden files and folders are left out; links to folders are followed, each folder once.
///
/// - Parameters:
///   - recursive: Whether folders in the folder are searched too; true by default.
///   - folders: When given, only the folders of these names directly in `folder` are searched (and `"."` is `folder`
///     itself), as with fastai's `get_image_files`.
/// - Throws: ``ImageError/unreadable(file:reason:)`` when a folder is missing or may not be read.
public func imageFiles(
    in folder: URL, recursive: Bool = true, folders: [String]? = nil
) throws(ImageError) -> [URL] {
    var seen: Set<String> = []
    var files: [URL] = []
    var waiting = [folder]
    var isTop = true
    while let current = waiting.popLast() {
        guard seen.insert(current.resolvingSymlinksInPath().path(percentEncoded: false)).inserted else { continue }
        let contents: [URL]
        do {
            contents = try FileManager.default.contentsOfDirectory(at: current, includingPropertiesForKeys: nil)
        } catch {
            throw .unreadable(file: current.path(percentEncoded: false), reason: error.reason)
        }
        for entry in contents where !entry.lastPathComponent.hasPrefix(".") {
            let name = entry.lastPathComponent
            if isFolder(entry) {
                let isChosen = !isTop || folders?.contains(name) ?? true
                if recursive && isChosen { waiting.append(entry) }
            } else if imageExtensions.contains(entry.pathExtension.lowercased()) {
                let isChosen = !isTop || !recursive || folders?.contains(".") ?? true
                if isChosen { files.append(entry) }
            }
        }
        isTop = false
    }
    return files.sorted { $0.path(percentEncoded: false) < $1.path(percentEncoded: false) }
}

private func isFolder(_ file: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: file.path(percentEncoded: false), isDirectory: &isFolder)
        && isFolder.boolValue
}

/// Decodes every file and gives those that fail, in the order given, each with its reason.
///
/// The files are shared out among the cores.
///
///     for (file, reason) in verifyImages(try imageFiles(in: folder)) { print(reason) }
///
/// - Parameter delete: Whether the files that fail are deleted; false by default. A file that cannot be deleted is
///   reported with that as its reason.
public func verifyImages(_ files: [URL], delete: Bool = false) -> [(file: URL, reason: ImageError)] {
    let found = Mutex<[Int: ImageError]>([:])
    DispatchQueue.concurrentPerform(iterations: files.count) { index in
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
            return .unwritable(file: file.path(percentEncoded: false), reason: error.reason)
        }
    }
}
