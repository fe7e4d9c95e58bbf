// Making folders for what is written.
import Foundation
import Torch

/// Makes a folder and those it lies in, where they are not there yet.
/// - Throws: `TensorFileError.unwritable` with the reason and the next step.
public func makeFolder(_ folder: URL) throws {
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
        throw TensorFileError.unwritable(
            file: folder.path, reason: "\(obstacle(to: folder) ?? error.systemReason); choose another folder")
    }
}

/// What is in the way of a folder, found at the nearest of its parents that is there; Foundation does not say.
private func obstacle(to folder: URL) -> String? {
    var path = folder.standardizedFileURL.path
    var isFolder: ObjCBool = false
    while !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
        guard path.count > 1 else { return nil }
        path = (path as NSString).deletingLastPathComponent
    }
    if !isFolder.boolValue { return "\(path) is a file" }
    return FileManager.default.isWritableFile(atPath: path) ? nil : "\(path) may not be written to"
}
