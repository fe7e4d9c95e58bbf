// The generated files of the operator bindings: what they should hold, which are stale, and writing them.
import Foundation

/// Writes and checks the operator bindings of a checkout.
package enum OperatorGenerator {
    /// The generated files by path from the package's root, as the list in `root` asks.
    package static func files(root: URL) throws -> [String: String] {
        let list = try String(contentsOf: root.appending(path: "Sources/CTorch/operators.list"), encoding: .utf8)
        let sections = try parseOperatorList(list)
        return emitC(sections).merging(emitSwift(sections)) { first, _ in first }
    }

    /// The generated files that are missing or differ from what the list asks.
    package static func staleFiles(root: URL) throws -> [String] {
        try files(root: root).filter { path, text in
            (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) != text
        }.keys.sorted()
    }

    /// Writes the stale files and returns their paths.
    package static func write(root: URL) throws -> [String] {
        let files = try files(root: root)
        let stale = try staleFiles(root: root)
        for path in stale {
            let url = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(files[path]!.utf8).write(to: url, options: .atomic)
        }
        return stale
    }
}
