// The second program, `apus-tables`: which commands are its own, and how `apus` becomes it.
import ApusCore
import ArgumentParser
import Foundation
import Torch

/// `apus-tables`, which has the commands for tables and recommendations. It is a program of its own because loading Arrow
/// would make each start of `apus` longer, and that of a prediction for a picture above all.
public enum TablesProgram {
    /// The program's name, which stands beside `apus`.
    public static let name = "apus-tables"

    /// Becomes `apus-tables` where the arguments ask for it; returns where they don't.
    ///
    /// - Parameter arguments: Those of the command line, the program's own name first.
    public static func runIfAsked(_ arguments: [String]) {
        let words = arguments.dropFirst()
        guard isAsked(Array(words.first == "help" ? words.dropFirst() : words)) else { return }
        let program = (Bundle.main.executableURL ?? URL(filePath: arguments[0])).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: name)
        var pointers = arguments.map { strdup($0) } + [nil]
        execv(program.path, &pointers)
        printError(
            "Tables and recommendations are the work of the program \(name), which should be at \(program.path) "
                + "(\(String(cString: strerror(errno)))). Build it with: swift build -c release --product \(name)")
        exit(1)
    }

    /// Whether a command, with the words that follow it, is one of tables: by its name, or by the model it is given.
    public static func isAsked(_ words: [String]) -> Bool {
        switch words.first {
        case "train": words.count > 1 && ["table", "ratings"].contains(words[1])
        case "recommend": true
        case "predict", "inspect", "report":
            // The model is the first word that is a file.
            if let file = words.dropFirst().first(where: { !$0.hasPrefix("-") && isFile($0) }) {
                isTableModel(URL(filePath: file))
            } else {
                words.contains { $0 == "--row" || $0 == "--csv" }
            }
        default: false
        }
    }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    /// Whether an exported model's input is of a table.
    private static func isTableModel(_ file: URL) -> Bool {
        (try? ModelFile(file)).map { ["TabularBlock", "CollabBlock"].contains($0.inputName) } ?? false
    }
}

/// The commands of `apus-tables` as the help of `apus` lists them.
public enum TablesCommands {
    public static let table = CommandConfiguration(
        commandName: "table", abstract: "Train a network on the rows of a table.")
    public static let ratings = CommandConfiguration(
        commandName: "ratings", abstract: "Train a model that recommends, on what users gave items.")
    public static let recommend = CommandConfiguration(
        commandName: "recommend", abstract: "List what a user may like best.")
}
