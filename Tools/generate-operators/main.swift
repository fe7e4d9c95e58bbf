// `swift run generate-operators` writes the operator bindings; with `--check` it only says which are stale.
import Foundation
import OperatorGenerator

let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
do {
    if CommandLine.arguments.contains("--check") {
        let stale = try OperatorGenerator.staleFiles(root: root)
        if stale.isEmpty {
            print("The generated files are current.")
        } else {
            print("Stale, run `swift run generate-operators`:", stale.joined(separator: " "))
            exit(1)
        }
    } else {
        let written = try OperatorGenerator.write(root: root)
        print(written.isEmpty ? "Nothing to write." : "Wrote " + written.joined(separator: " "))
    }
} catch {
    print("\(error)")
    exit(1)
}
