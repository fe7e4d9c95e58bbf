// The programs beside `apus`: which commands are theirs, and how `apus` becomes them.
import ApusCore
import ArgumentParser
import Foundation
import Torch

/// A program beside `apus` with the commands of one application. It is one of its own because what it loads would make each
/// start of `apus` longer, and that of a prediction for a picture above all.
public struct SiblingProgram: Sendable {
    /// The program's name, which stands beside `apus`.
    public let name: String
    /// What it is about, as the beginning of a sentence.
    let subject: String
    /// What it trains and finds rates for: the commands behind `train` and `lr-find`.
    let trained: [CommandConfiguration]
    let found: [CommandConfiguration]
    /// Commands that no other program has.
    let commands: [CommandConfiguration]
    /// Options that ask for it where no model does.
    let options: Set<String>
    /// The input blocks of its models.
    let inputs: Set<String>

    /// `apus-tables`: tables and recommendations, which load Arrow.
    public static let tables = SiblingProgram(
        name: "apus-tables", subject: "Tables and recommendations are",
        trained: [TablesCommands.table, TablesCommands.ratings], found: [], commands: [TablesCommands.recommend],
        options: ["--row", "--csv"], inputs: ["TabularBlock", "CollabBlock"])
    /// `apus-text`: texts, which load ICU and SentencePiece, and Arrow for tables of texts.
    public static let texts = SiblingProgram(
        name: "apus-text", subject: "Texts are", trained: [TextCommands.text, TextCommands.language],
        found: [TextCommands.findText, TextCommands.findLanguage],
        commands: [TextCommands.generate, TextCommands.embed], options: ["--text"], inputs: ["TextBlock"])
    /// `apus-web`: a server for models, and pages that clean and label data.
    public static let web = SiblingProgram(
        name: "apus-web", subject: "Serving, cleaning and labeling are", trained: [], found: [],
        commands: [WebCommands.serve, WebCommands.clean, WebCommands.label], options: [], inputs: [])

    /// Becomes the program that the arguments ask for; returns where they ask for none.
    ///
    /// - Parameter arguments: Those of the command line, the program's own name first.
    public static func runIfAsked(_ arguments: [String]) {
        let words = arguments.dropFirst()
        let asked = program(for: Array(words.first == "help" ? words.dropFirst() : words))
        if let asked { asked.run(arguments) }
    }

    /// The program of a command, with the words that follow it; nil for commands of `apus` itself.
    public static func program(for words: [String]) -> SiblingProgram? {
        [texts, tables, web].first { $0.isAsked(words) }
    }

    /// Whether a command is the program's: by its name, or by the model it is given.
    private func isAsked(_ words: [String]) -> Bool {
        func names(_ commands: [CommandConfiguration], _ word: String?) -> Bool {
            commands.contains { $0.commandName == word }
        }
        switch words.first {
        case "train": return names(trained, words.dropFirst().first)
        case "lr-find": return names(found, words.dropFirst().first)
        case "predict", "inspect", "report":
            // A folder with a configuration is a transformer's.
            let folder = words.dropFirst().first { !$0.hasPrefix("-") }
            if let folder, Self.isFile("\(folder)/config.json") { return inputs.contains("TextBlock") }
            if let input = Self.input(of: words) { return input.map(inputs.contains) ?? false }
            return words.contains(where: options.contains)
        case "generate":
            // Language models write texts; generators of pictures are `apus`'s own. Where there is no such file, the
            // options tell.
            guard names(commands, "generate") else { return false }
            guard let input = Self.input(of: words) else { return !words.contains(where: pictureOptions.contains) }
            return input != "NoiseBlock"
        case let command?: return names(commands, command)
        case nil: return false
        }
    }

    /// The input block of the model among the words, which is the first one that is a file: nil where there is no file, nil
    /// within where it is no model.
    private static func input(of words: [String]) -> String?? {
        guard let file = words.dropFirst().first(where: { !$0.hasPrefix("-") && isFile($0) }) else { return nil }
        return .some(try? ModelFile(URL(filePath: file)).inputName)
    }

    /// The options of `apus generate` for generators of pictures.
    private var pictureOptions: Set<String> { ["--out", "--grid", "--path"] }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    private func run(_ arguments: [String]) -> Never {
        let program = (Bundle.main.executableURL ?? URL(filePath: arguments[0])).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: name)
        var pointers = arguments.map { strdup($0) } + [nil]
        execv(program.path, &pointers)
        printError(
            "\(subject) the work of the program \(name), which should be at \(program.path) "
                + "(\(String(cString: strerror(errno)))). Build it with: swift build -c release --product \(name)")
        exit(1)
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

/// The commands of `apus-text` as the help of `apus` lists them.
public enum TextCommands {
    public static let language = CommandConfiguration(
        commandName: "language", abstract: "Train a language model, which predicts the next word of texts.")
    public static let text = CommandConfiguration(
        commandName: "text", abstract: "Train a model that tells classes or numbers of texts.")
    public static let generate = CommandConfiguration(
        commandName: "generate",
        abstract: "Have a language model write a text on, or a generator make pictures of noise.")
    public static let embed = CommandConfiguration(
        commandName: "embed", abstract: "Write vectors of texts, which are near where meanings are.")
    public static let findLanguage = CommandConfiguration(
        commandName: "language", abstract: "Suggest a learning rate for a language model.")
    public static let findText = CommandConfiguration(
        commandName: "text", abstract: "Suggest a learning rate for a model of texts.")
}

/// The commands of `apus-web` as the help of `apus` lists them.
public enum WebCommands {
    public static let serve = CommandConfiguration(
        commandName: "serve", abstract: "Serve models over HTTP, with a page that answers.")
    public static let clean = CommandConfiguration(
        commandName: "clean", abstract: "Clean a data set in a browser, the model's worst mistakes first.")
    public static let label = CommandConfiguration(
        commandName: "label", abstract: "Label pictures in a browser, many at a time.")
}
