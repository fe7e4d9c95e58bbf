// `apus embed`: vectors of texts, by a transformer that was trained for them.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation
import Torch

struct EmbedCommand: ParsableCommand {
    static let configuration = {
        var configuration = TextCommands.embed
        configuration.discussion = """
            The model is a folder of sentence-transformers, or its name on the Hugging Face hub, such as \
            sentence-transformers/all-MiniLM-L6-v2. Vectors are written as an array [texts, width] that NumPy reads (.npy), \
            or told as JSON.
            """
        return configuration
    }()

    @Argument(help: "The folder of the model, or its name on the hub.")
    var model: String
    @Argument(help: "Files of one text each, or folders of them.")
    var files: [String] = []
    @Option(help: "A text, in quotation marks; may be given several times.")
    var text: [String] = []
    @Option(help: "A table of texts: CSV, .parquet or .arrow.")
    var csv: String?
    @Option(help: ArgumentHelp("The column of --csv with the texts.", valueName: "column"))
    var column = "text"
    @Option(help: FileEncoding.help())
    var encoding = "utf-8"
    @Option(help: "Write the vectors to this file (.npy).")
    var out: String?
    @Option(help: "How many texts go through the model at once.")
    var batchSize = 32
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        guard [!text.isEmpty, !files.isEmpty, csv != nil].filter({ $0 }).count == 1 else {
            throw ValidationError("Give one of --text \"...\", files of texts, and --csv.")
        }
        if out == nil, !json { throw ValidationError("Give --out with a file for the vectors, or --json.") }
        if batchSize < 1 { throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.") }
        _ = try FileEncoding(named: encoding)
    }

    func run() throws {
        try computing.apply()
        try checkWritable(out, "--out", endings: ["npy"])
        let embedder = try TransformerFolder(named: model).sentenceEmbedder()
        let texts = try texts()
        let vectors = try embedder.embed(texts, batchSize: batchSize)
        if let out { try Npy.save(vectors, to: URL(filePath: out)) }
        if json {
            let rows = out == nil ? (0..<texts.count).map { vectors[$0].array(of: Float.self) } : nil
            try printJSON(Report(texts: texts.count, width: embedder.width, vectors: rows, out: out))
        } else if let out {
            print("The vectors of \(texts.count) texts, of \(embedder.width) numbers each, are in \(out).")
        }
    }

    private func texts() throws -> [String] {
        let chosen = try FileEncoding(named: encoding).text
        if !text.isEmpty { return text }
        if let csv {
            let written = try TextFormatOptions.parse(["--encoding", encoding])
            return try written.rows(of: csv).map { try $0.value(column) }
        }
        return try filesOfTexts(files).map { try TextSource.file($0).read(encoding: chosen) }
    }

    private struct Report: Encodable {
        let texts: Int
        let width: Int
        let vectors: [[Float]]?
        let out: String?
    }
}
