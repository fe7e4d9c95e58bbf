// The commands for texts: which program they are for, and what they make of texts, files and tables.
import ApusCommandSupport
import ApusTabular
import ApusText
import ArgumentParser
import Foundation
import Testing

@testable import ApusTextCommand

@Suite("The command line for texts", .serialized) struct TextCommandTests {
    @Test("commands of texts are known by their names, and by the model they are given")
    func dispatch() throws {
        let folder = try TemporaryFolder()
        let model = try classifier(in: folder).path
        for words in [
            ["train", "text", "x.csv"], ["train", "language"], ["lr-find", "text", "x"], ["generate", "x", "y"],
            ["embed"],
            ["predict", model], ["predict", "--top", "2", model, "--text", "a"], ["inspect", model],
            ["report", "--json", model], ["predict", "nowhere.safetensors", "--text", "a"],
        ] { #expect(SiblingProgram.program(for: words)?.name == "apus-text", "\(words)") }
        for words in [
            [], ["train"], ["train", "image", "text"], ["lr-find", model], ["inspect", "nowhere.safetensors"],
            ["--help"],
        ] { #expect(SiblingProgram.program(for: words) == nil, "\(words)") }
        #expect(SiblingProgram.program(for: ["predict", "nowhere", "--csv", "x"])?.name == "apus-tables")
    }

    @Test("a table's rows come back in their order with predictions, other columns as the text they were")
    func tables() throws {
        let folder = try TemporaryFolder()
        let model = try classifier(in: folder)
        let (rows, out) = (folder.url.appending(path: "rows.csv"), folder.url.appending(path: "out.csv"))
        var text = "id,text\n"
        for row in 0..<50 { text += "00\(row),\"a \(row % 3 == 0 ? "good" : "bad") film, \(row % 7)\"\n" }
        try Data(text.utf8).write(to: rows)
        try run(PredictTextCommand.self, [model.path, "--csv", rows.path, "--out", out.path])
        let written = try Table.readCSV(out, format: CSVFormat(kinds: ["id": .text]))
        #expect(try written["id"].values(as: String.self) == (0..<50).map { "00\($0)" })
        let predictor = try Predictor<TextBlock, CategoryBlock>(from: model, precision: .float32)
        let expected = try predictor.predict(
            (0..<50).map { TextSource.text("a \($0 % 3 == 0 ? "good" : "bad") film, \($0 % 7)") })
        #expect(try written["prediction"].values(as: String.self) == expected.map(\.label))
        let chances = try written["probability_pos"].values(as: Double.self).compactMap { $0 }
        #expect(zip(chances, expected).allSatisfy { abs($0 - Double($1.probabilities[1])) < 1e-5 })

        let said = #expect(throws: (any Error).self) {
            try run(
                PredictTextCommand.self,
                [model.path, "--csv", rows.path, "--out", out.path, "--column", "review"])
        }
        #expect("\(try #require(said))".contains("review"))
        // The file of before is still there.
        #expect(try Table.readCSV(out).rowCount == 50)
    }

    @Test("texts, files and folders are predicted, and what is wrong is said")
    func predict() throws {
        let folder = try TemporaryFolder()
        let model = try classifier(in: folder).path
        let texts = folder.url.appending(path: "texts")
        try FileManager.default.createDirectory(at: texts, withIntermediateDirectories: true)
        try Data("a good film".utf8).write(to: texts.appending(path: "one.txt"))
        try run(PredictTextCommand.self, [model, "--text", "a good film", "--text", "", "--json"])
        try run(PredictTextCommand.self, [model, texts.path])
        try run(PredictTextCommand.self, [model, texts.appending(path: "one.txt").path, "--encoding", "latin1"])
        func said(_ words: String...) -> String {
            do {
                try run(PredictTextCommand.self, words)
                return ""
            } catch { return PredictTextCommand.message(for: error) }
        }
        #expect(said(model).contains("Give one of --text"))
        #expect(said(model, "--text", "a", "--csv", "b", "--out", "c").contains("Give one of --text"))
        #expect(said(model, "--csv", "b").contains("--csv and --out go together"))
        #expect(said(model, "nowhere.txt").contains("nowhere.txt does not exist"))
        #expect(said(model, "--text", "a", "--encoding", "runes").contains("--encoding runes is not known"))
        let none = folder.url.appending(path: "none")
        try FileManager.default.createDirectory(at: none, withIntermediateDirectories: true)
        #expect(said(model, none.path).contains("There are no text files"))
        #expect(said(texts.appending(path: "one.txt").path, "--text", "a") != "")
    }

    @Test("a report is written on the validation texts of the training")
    func report() throws {
        let folder = try TemporaryFolder()
        let model = try classifier(in: folder).path
        let (table, out) = (folder.url.appending(path: "reviews.csv"), folder.url.appending(path: "page"))
        try Data(reviews.utf8).write(to: table)
        try run(ReportTextCommand.self, [model, table.path, "--target", "label", "--out", out.path, "--json"])
        let page = try String(contentsOf: out.appending(path: "report.html"), encoding: .utf8)
        #expect(page.contains("accuracy"))
        let said = #expect(throws: DataError.self) {
            try run(
                ReportTextCommand.self,
                [model, table.path, "--target", "label", "--label-delim", " ", "--out", out.path])
        }
        #expect(said?.description.contains("the options ask for") == true)
    }

    // MARK: Models

    private let reviews =
        "text,label\n"
        + (0..<60).map { "a \($0 % 2 == 0 ? "good" : "bad") film \($0 % 5),\($0 % 2 == 0 ? "pos" : "neg")\n" }.joined()

    private func configuration(_ family: TransformerConfiguration.Family, _ block: TextBlock)
        -> TransformerConfiguration
    {
        let count = block.vocabulary?.count ?? 0
        var configuration = TransformerConfiguration(family, vocabularySize: count, width: 16, layers: 1, heads: 2)
        if family != .gpt2 { configuration.padding = block.vocabulary?.padding }
        return configuration
    }

    /// The exported model of a short training: whether a film is good.
    private func classifier(in folder: TemporaryFolder) throws -> URL {
        let (table, model) = (folder.url.appending(path: "train.csv"), folder.url.appending(path: "model.safetensors"))
        try Data(reviews.utf8).write(to: table)
        let loaders = try TextDataLoaders.fromCSV(
            table, block: TextBlock(minFrequency: 1, layout: .back), target: CategoryBlock(),
            LoaderOptions(batchSize: 8, seed: 1))
        let net = try TransformerClassifier(.init(configuration(.bert, loaders.pipeline.input), outputs: 2))
        let learner = try Learner(loaders, net, metrics: [.accuracy])
        learner.showsProgress = false
        try learner.fitOneCycle(2, learningRate: 1e-2)
        try learner.export(to: model)
        return model
    }

    private func run<Command: ParsableCommand>(_ command: Command.Type, _ words: [String]) throws {
        var parsed = try command.parse(words)
        try parsed.run()
    }
}

/// A folder that is removed with its owner.
private final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-text-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
}
