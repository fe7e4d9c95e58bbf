// Making folders for what is written, and reading texts in an encoding that is given.
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

/// Reads a text file.
///
/// - Parameters:
///   - what: What the file is in a sentence, such as "table".
///   - encoding: How its letters are written.
/// - Throws: ``DataError`` that names the file when it cannot be read, or is not in that encoding.
public func readText(_ file: URL, as what: String, encoding: String.Encoding = .utf8) throws -> String {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
        throw DataError("The \(what) \(file.path) cannot be read: \(error.systemReason). Check the path.")
    }
    guard let text = String(data: data, encoding: encoding) else {
        let name = encoding == .utf8 ? "UTF-8" : "\(encoding)"
        throw DataError(
            "The \(what) \(file.path) is not text in \(name); give its encoding, such as .isoLatin1 (apus: --encoding latin1)."
        )
    }
    return text
}
