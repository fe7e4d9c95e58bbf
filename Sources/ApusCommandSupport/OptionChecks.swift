// What commands check before they begin, and lists among their options.
import ApusCore
import Foundation

/// Refuses a file for a result that could not be written at the end.
///
/// - Parameters:
///   - option: The option that names the file.
///   - endings: What its name may end in; anything by default.
/// - Throws: `DataError` that says what to do.
public func checkWritable(_ path: String?, _ option: String, endings: [String] = []) throws {
    guard let path else { return }
    let url = URL(filePath: path)
    guard endings.isEmpty || endings.contains(url.pathExtension.lowercased()) else {
        throw DataError("\(option) \(path) does not end in .\(endings.joined(separator: ", .")); choose one of these.")
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
        throw DataError("\(option) \(path) is a folder; give the name of a file.")
    }
    let folder = url.deletingLastPathComponent()
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
        throw DataError("\(option) \(path) cannot be written: there is no folder \(folder.path); create it first.")
    }
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
        throw DataError(
            "\(option) \(path) cannot be written: \(folder.path) may not be written to; give another folder.")
    }
}

/// The formats of figures.
public let figureEndings = ["png", "svg", "pdf"]

/// The parts of a text between commas, without spaces around them.
public func listed(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
}
