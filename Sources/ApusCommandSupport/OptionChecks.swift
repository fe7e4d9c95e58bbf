// What commands check before they begin, and options whose values are lists or scales.
import ApusCore
import ArgumentParser
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

extension NumberScaling: @retroactive ExpressibleByArgument {
    /// The help of `--target-scale`.
    public static let help = ArgumentHelp(
        "Learn a number by mean and deviation (standard), of logarithms where it is skewed (automatic), or as it is (none).",
        valueName: "automatic|standard|none")
}

extension NumberScale {
    /// What is said before a training; nil where numbers are learned as they are.
    public func sentence(about name: String) -> String? {
        if self == .identity { return nil }
        if isLogarithm {
            return "\(name) is skewed and above 0: its logarithms are learned (--target-scale standard does not)"
        }
        return "\(name) is learned by its \(String(format: "mean %.6g and deviation %.6g", mean, deviation))"
    }
}
