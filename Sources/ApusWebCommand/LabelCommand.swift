// `apus label`.
import ApusCommandSupport
import ApusVision
import ApusWeb
import ArgumentParser
import Foundation

struct LabelCommand: AsyncParsableCommand {
    static let configuration = {
        var configuration = WebCommands.label
        configuration.discussion = """
            Prints an address for your browser: all pictures lie on a map, like beside like. Select many of them, give them a \
            label, train a head on what is labeled, look at what it is unsure of, and export. Labels are kept beside the \
            pictures, in the folder .apus, and are there again the next time.
            """
        return configuration
    }()

    @Argument(help: "The folder of the pictures.")
    var folder: String
    @Option(help: "What sees the pictures: an architecture, such as resnet18, or an exported model.")
    var model = "resnet18"
    @Option(help: "A file with the architecture's weights (.pth or .safetensors) instead of the published ones.")
    var weights: String?
    @Option(help: "The side of the squares that pictures are cut to for the model (default: that of its weights).")
    var size: Int?
    @Option(help: "The layer of the model that the page begins with, from 1 on (default: the last).")
    var layer: Int?
    @Option(help: "How many pictures at most, drawn at random where there are more.")
    var limit = 20_000
    @Option(help: "How many pictures go through the model at once.")
    var batchSize = 64
    @Option(help: "Keep labels and vectors in this folder (default: .apus in the folder of the pictures).")
    var work: String?
    @Option(help: "The folder that an export of folders makes (default: beside the pictures, called like theirs).")
    var export: String?
    @Option(help: "Write the labels into this file (.csv) and end.")
    var csv: String?
    @Option(help: "Where to listen; 127.0.0.1 is this computer alone.")
    var host = "127.0.0.1"
    @Option(help: "The port; 0 lets the system choose one.")
    var port = 8082
    @Option(help: "How many browsers may open the printed address.")
    var people = 1
    @OptionGroup var computing: DeviceOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit \(limit) is not possible; give at least 1.") }
        if batchSize < 1 { throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.") }
        if let size, size < 1 { throw ValidationError("--size \(size) is not possible; give at least 1.") }
        if people < 1 { throw ValidationError("--people \(people) is not possible; give at least 1.") }
        if !(0...65_535).contains(port) { throw ValidationError("--port \(port) is no port; give 0 to 65535.") }
    }

    func run() async throws {
        try computing.apply()
        let pictures = URL(filePath: folder, directoryHint: .isDirectory)
        if let csv {
            try checkWritable(csv, "--csv", endings: ["csv"])
            let kept = workFolder.appending(path: "labels.sqlite")
            guard FileManager.default.fileExists(atPath: kept.path) else {
                throw DataError("There are no labels in \(workFolder.path) yet; start without --csv and label some.")
            }
            return try LabelStore(kept).exportCSV(to: URL(filePath: csv))
        }
        let embedder = try embedder()
        if let layer, !(1...embedder.layers.count).contains(layer) {
            throw DataError("--layer \(layer) is not there; \(model) has \(embedder.layers.count) layers, from 1 on.")
        }
        let project = try LabelProject(
            pictures, embedder, work: workFolder, limit: limit, layer: layer, batchSize: batchSize)
        for (_, reason) in project.unreadable { printNote("left out: \(reason)") }
        print("\(project.items.count) pictures, seen by \(project.model)")
        let address = WebAddress(host: host, port: port)
        if !address.isLocal {
            printNote("The page is served to other computers, unencrypted: \(host) is not this computer alone.")
        }
        try await project.serve(
            at: address, people: people,
            export: export.map { URL(filePath: $0, directoryHint: .isDirectory) }
        ) { link in
            print("Open \(link)\nThe page ends with Ctrl-C; labels are kept.")
            fflush(nil)
        }
    }

    private var workFolder: URL {
        work.map { URL(filePath: $0, directoryHint: .isDirectory) }
            ?? URL(filePath: folder, directoryHint: .isDirectory).appending(path: ".apus", directoryHint: .isDirectory)
    }

    /// The model: a file where there is one of that name, else an architecture.
    private func embedder() throws -> PictureEmbedder {
        if FileManager.default.fileExists(atPath: model) {
            guard weights == nil else {
                throw DataError("--weights is for an architecture; \(model) is a file that has its own.")
            }
            return try PictureEmbedder(from: URL(filePath: model), size: size.map { ImageSize($0) })
        }
        return try PictureEmbedder(
            Architecture.named(model), weights: weights.map { .file(URL(filePath: $0)) } ?? .published,
            size: size.map { ImageSize($0) })
    }
}
