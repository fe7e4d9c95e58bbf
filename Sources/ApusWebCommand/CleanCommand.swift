// `apus clean`: looks through a data set with a model and opens the page on which it is cleaned.
import ApusCommandSupport
import ApusTabular
import ApusText
import ApusVision
import ApusWeb
import ArgumentParser
import Foundation

struct CleanCommand: AsyncParsableCommand {
    static let configuration = {
        var configuration = WebCommands.clean
        configuration.discussion = """
            The model looks at all items, and a page shows its worst mistakes first, likely wrong labels, near duplicates \
            and files that cannot be read. What is chosen there is kept beside the data. Files change when you have seen \
            the plan and agree to it: deleted ones go into the folder .apus-clean of the data, and --undo takes the last \
            changes back.
            Where labels are is said as in the training: folders of labels by default, --label-regex, or --csv. Give the \
            options and the seed of the training to see its split. For classifiers of pictures, texts and rows.
            """
        return configuration
    }()

    @Argument(help: "The exported model; left out with --undo.")
    var model: String
    @Argument(help: "The folder of the data; by default that of the first table of --csv.")
    var folder: String?
    @OptionGroup var data: CleaningDataOptions
    @Option(help: "The port of the page; 0 lets the system choose.")
    var port = 8081
    @Option(
        help: """
            Where the page is served: this computer alone by default. With another address everybody who has the printed \
            link can change the data, and what is sent is not encrypted.
            """)
    var host = "127.0.0.1"
    @Option(help: "How many items go through the model at once.")
    var batchSize = 64
    @Flag(help: "Take back what was last applied in the folder, and open no page.")
    var undo = false
    @OptionGroup var computing: DeviceOptions

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port \(port) is not possible; give a number from 0 to 65535.")
        }
        if batchSize < 1 { throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.") }
        if !undo, folder == nil, data.csv.isEmpty, data.feedback == nil {
            throw ValidationError("Give the folder of the data behind the model, tables with --csv, or --feedback.")
        }
        if folder != nil, data.feedback != nil {
            throw ValidationError("Give the folder of the data or --feedback, one after the other.")
        }
    }

    func run() async throws {
        let root = try data.root(folder ?? (undo && data.csv.isEmpty ? model : nil))
        if undo { return try takeBack(in: root) }
        try computing.apply()
        let finished = try DataCleaner.finish(in: root)
        if finished.wasNeeded { printNote("Changes that were stopped half-way have been carried through.") }
        finished.notes.forEach(printNote)
        let found = try CleaningItems.look(through: data, in: root, with: URL(filePath: model), batchSize: batchSize)
        var cleaner = found.cleaner
        let lost = try cleaner.restoreChoices()
        if !cleaner.choices.isEmpty { print("\(cleaner.choices.count) choices of an earlier start are there again.") }
        // Those that have just been carried through are not lost.
        if lost > 0, !finished.wasNeeded {
            printNote("\(lost) choices of an earlier start are of items that have gone or changed.")
        }
        let retraining = Retraining(
            model: model, root: root, data: data, kind: found.kind, drawsSplit: found.drawsSplit)
        let page = CleaningPage(
            cleaner, title: root.lastPathComponent, kind: found.kind, advice: { try retraining.advice(on: $0) })
        let address = WebAddress(host: host, port: port)
        if !address.isLocal {
            printNote("The page is served to other computers, unencrypted: \(host) is not this computer alone.")
        }
        try await page.run(at: address) { link in
            print("Open \(link)\nThe page ends with Ctrl-C; choices are kept.")
            fflush(nil)
        }
    }

    private func takeBack(in root: URL) throws {
        guard let notes = try DataCleaner.undo(in: root) else {
            throw DataError("Nothing has been applied in \(root.path) that could be undone.")
        }
        notes.forEach(printNote)
        print(notes.isEmpty ? "All files are where they were." : "The other files are where they were.")
    }
}

/// The command that trains on what is left, and what is to be known about it.
struct Retraining: Sendable {
    let model: String
    let root: URL
    let data: CleaningDataOptions
    let kind: CleaningPage.Kind
    /// Whether the validation items were drawn, so that others would be drawn from what is left.
    let drawsSplit: Bool

    func advice(on cleaner: DataCleaner) throws -> CleaningAdvice {
        if let feedback = data.feedback {
            return CleaningAdvice(notes: ["Train again with the data and --feedback \(feedback)."])
        }
        var notes = ["Give the options that the model was trained with besides, such as the number of epochs."]
        var words = ["apus", "train"]
        switch kind {
        case .pictures:
            words += ["image", root.relativePath]
            if let name = try? ModelFile(URL(filePath: model)).summary().model, name != "resnet18" {
                words += ["--arch", name]
            }
            words += data.imageOptions
            if drawsSplit {
                if let list = try validList(cleaner) {
                    words += ["--valid-list", list.relativePath]
                } else {
                    notes.append(
                        "Several files have the same name, so that the validation pictures are drawn anew: results before "
                            + "and after are not of the same pictures.")
                }
            } else {
                words += data.splitOptions
            }
        case .texts:
            words += ["text", data.csv.first ?? root.relativePath] + data.textOptions + data.splitOptions
        case .rows:
            words += ["table", data.csv.first ?? root.relativePath] + data.tableOptions + data.splitOptions
        }
        if drawsSplit, kind != .pictures {
            notes.append(
                "The validation items are drawn anew from what is left: results before and after are not of the same ones."
            )
        }
        if data.csv.count > 1 { notes.append("The command names the first table; put the others behind it.") }
        let stem = (model as NSString).deletingPathExtension
        words += ["--export", stem.hasSuffix("-cleaned") ? model : stem + "-cleaned.safetensors"]
        return CleaningAdvice(command: words.map(quoted).joined(separator: " "), notes: notes)
    }

    /// A list of the validation pictures that are left, so that the next training validates on the same ones; nil where
    /// names alone do not tell them.
    private func validList(_ cleaner: DataCleaner) throws -> URL? {
        let there = cleaner.items(by: .given).compactMap { item in
            item.place.file.map { (name: $0.lastPathComponent, isValid: item.part == .valid) }
        }
        guard Set(there.map(\.name)).count == there.count else { return nil }
        let list = cleaner.folder.appending(path: ".apus-clean/valid.txt")
        let names = there.filter(\.isValid).map { $0.name + "\n" }.sorted().joined()
        do { try Data(names.utf8).write(to: list, options: .atomic) } catch {
            throw DataError("\(list.path) cannot be written: check the folder.")
        }
        return list
    }

    /// A word of a command line for a shell.
    private func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-+:,=@%".unicodeScalars.contains($0)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
