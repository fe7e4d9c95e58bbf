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
            // Options of generators of pictures tell where there is no such model.
            ["generate", "nowhere.safetensors", "--out", "x"], ["generate", "nowhere.safetensors", "--grid", "x.png"],
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
        let picture = folder.url.appending(path: "why.svg")
        try run(PredictTextCommand.self, [model, "--text", "a good film", "--attention", picture.path])
        #expect(try Data(contentsOf: picture).count > 500)
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
        #expect(said(model, "--text", "a", "--text", "b", "--attention", "c.png").contains("give one --text"))
        #expect(said(model, "nowhere.txt").contains("nowhere.txt does not exist"))
        #expect(said(model, "--text", "a", "--encoding", "runes").contains("--encoding runes is not known"))
        let none = folder.url.appending(path: "none")
        try FileManager.default.createDirectory(at: none, withIntermediateDirectories: true)
        #expect(said(model, none.path).contains("There are no text files"))
        #expect(said(texts.appending(path: "one.txt").path, "--text", "a").contains("it is text; check"))
        let data = try TextDataOptions.parse([folder.url.path, "--valid", "test"])
        let error = #expect(throws: DataError.self) { try data.files() }
        #expect(try #require(error).description.contains("No text lies in a folder \"test\""))
    }

    @Test("a transformer's folder answers and writes as it is, where it carries a head")
    func folders() throws {
        let place = try TemporaryFolder()
        let bert = place.url.appending(path: "bert")
        try FileManager.default.createDirectory(at: bert, withIntermediateDirectories: true)
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"]
        try Data(words.joined(separator: "\n").utf8).write(to: bert.appending(path: "vocab.txt"))
        func configuration(_ saved: String, _ more: String = "") throws {
            let text = """
                {"model_type": "bert", "architectures": ["\(saved)"], "vocab_size": 8, "hidden_size": 8, \
                "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, \
                "max_position_embeddings": 16\(more)}
                """
            try Data(text.utf8).write(to: bert.appending(path: "config.json"))
        }
        #expect(SiblingProgram.program(for: ["predict", bert.path, "x.txt"]) == nil)
        try configuration("BertForSequenceClassification", #", "id2label": {"0": "neg", "1": "pos"}"#)
        #expect(SiblingProgram.program(for: ["predict", bert.path, "x.txt"])?.name == "apus-text")
        // By the names of transformers.
        var state: [String: Tensor] = [:]
        func add(_ name: String, _ shape: Int...) { state[name] = Tensor.rand(shape) }
        add("bert.embeddings.word_embeddings.weight", 8, 8)
        add("bert.embeddings.position_embeddings.weight", 16, 8)
        add("bert.embeddings.token_type_embeddings.weight", 2, 8)
        for name in ["query", "key", "value"].map({ "attention.self.\($0)" }) + ["attention.output.dense"] {
            add("bert.encoder.layer.0.\(name).weight", 8, 8)
            add("bert.encoder.layer.0.\(name).bias", 8)
        }
        for name in ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"] {
            add("bert.\(name).LayerNorm.weight", 8)
            add("bert.\(name).LayerNorm.bias", 8)
        }
        add("bert.encoder.layer.0.intermediate.dense.weight", 16, 8)
        add("bert.encoder.layer.0.intermediate.dense.bias", 16)
        add("bert.encoder.layer.0.output.dense.weight", 8, 16)
        add("bert.encoder.layer.0.output.dense.bias", 8)
        func said(_ words: String...) -> String {
            do {
                try run(PredictTextCommand.self, [bert.path] + words)
                return ""
            } catch { return PredictTextCommand.message(for: error) }
        }
        try Safetensors.save(state, to: bert.appending(path: "model.safetensors"))
        #expect(said("--text", "good film").contains("have no trained head for classes"))
        add("bert.pooler.dense.weight", 8, 8)
        add("bert.pooler.dense.bias", 8)
        add("classifier.weight", 2, 8)
        add("classifier.bias", 2)
        try Safetensors.save(state, to: bert.appending(path: "model.safetensors"))
        try run(PredictTextCommand.self, [bert.path, "--text", "good film", "--text", "bad"])
        let found = try TextClassifier(TransformerFolder(bert), precision: .float32, device: .cpu)
        let model = try TransformerFolder(bert).classifier().eval()
        let expected = withoutGradients { model(Tensor([[2, 5, 7, 3]])).softmax(dim: 1) }[0].array(of: Float.self)
        let prediction = try found.predict("good film")
        #expect(prediction.vocabulary == ["neg", "pos"])
        #expect(zip(prediction.probabilities, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        try configuration("BertForMaskedLM")
        #expect(said("--text", "good film").contains("a model of another kind (BertForMaskedLM)"))
        try configuration("BertModel")
        #expect(said("--text", "good film").contains("a model without a head"))
        let error = #expect(throws: (any Error).self) { try run(GenerateCommand.self, [bert.path, "good"]) }
        #expect("\(try #require(error))".contains("reads texts from both sides"))
    }

    @Test("with --backward the answers are the mean of both models")
    func backward() throws {
        let place = try TemporaryFolder()
        let forward = try classifier(in: place).path
        let error = #expect(throws: TextError.self) {
            try run(PredictTextCommand.self, [forward, "--backward", forward, "--text", "a good film"])
        }
        #expect(try #require(error).description.contains("The backward model reads texts from their beginning"))
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

    @Test("what a file says of itself stands under one name for every kind of model")
    func inspected() throws {
        let folder = try TemporaryFolder()
        let summary = try ExportSummary(of: classifier(in: folder))
        func keys(_ report: some Encodable) throws -> [String] {
            let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report))
            return try #require(object as? [String: Any]).keys.sorted()
        }
        #expect(try keys(InspectReport(summary)) == ["model"])
        #expect(try keys(InspectReport(summary, and: ["tokenizer": "Words"])) == ["model", "tokenizer"])
    }

    @Test("a language model, another one that goes on from it, its encoder, a classifier on top: sizes go along")
    func stages() throws {
        let folder = try TemporaryFolder()
        func path(_ name: String) -> String { folder.url.appending(path: name).path }
        try Data(reviews.utf8).write(to: URL(filePath: path("reviews.csv")))
        let common = [
            path("reviews.csv"), "--min-frequency", "1", "--batch-size", "4", "--seq-len", "8", "--epochs", "1",
        ]
        let sizes = ["--weights", "none", "--embedding-size", "8", "--hidden-size", "12", "--layers", "2"]
        try run(TrainLanguageCommand.self, common + sizes + ["--export", path("first.safetensors")])
        try run(
            TrainLanguageCommand.self,
            common + ["--weights", path("first.safetensors"), "--save-encoder", path("encoder.safetensors")])
        try run(
            TrainTextCommand.self,
            common + ["--encoder", path("encoder.safetensors"), "--export", path("reviews.safetensors")])
        try run(InspectTextCommand.self, [path("reviews.safetensors")])
        let summary = try ExportSummary(of: URL(filePath: path("reviews.safetensors")))
        #expect(summary.description.contains("classification of text\n"))
        let learner = try Learner<TextBlock, CategoryBlock>(from: URL(filePath: path("reviews.safetensors")))
        #expect((learner.model as? TextModel)?.encoder.module.options.hiddenSize == 12)
        func said(_ words: [String]) -> String {
            do {
                try run(TrainLanguageCommand.self, words)
                return ""
            } catch { return TrainLanguageCommand.message(for: error) }
        }
        #expect(said(common + ["--hidden-size", "12"]).contains("give --weights none too"))
        #expect(said(common + sizes + ["--layers", "0"]).contains("--layers 0 is not possible"))
        #expect(said(common + ["--weights", path("none.safetensors")]).contains("does not exist"))
        #expect(said(common + ["--weights", path("reviews.safetensors")]).contains("is no language model"))
    }

    @Test("texts of other languages are cut by their rules, and the model's file reads so")
    func tokenizers() throws {
        let folder = try TemporaryFolder()
        func path(_ name: String) -> String { folder.url.appending(path: name).path }
        let lines = (0..<40).map {
            "\($0 % 2 == 0 ? "\u{826F}\u{3044}" : "\u{60AA}\u{3044}")\u{6620}\u{753B},\($0 % 2)"
        }
        try Data(("text,label\n" + lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path("ja.csv")))
        let words = [
            path("ja.csv"), "--weights", "none", "--embedding-size", "8", "--hidden-size", "8", "--layers", "1",
            "--epochs",
            "1", "--batch-size", "8", "--tokenizer", "words:ja", "--export", path("ja.safetensors"),
        ]
        try run(TrainTextCommand.self, words)
        let input = try Predictor<TextBlock, CategoryBlock>(from: URL(filePath: path("ja.safetensors"))).pipeline.input
        #expect(((input.tokenizer as? RuledTokenizer)?.tokenizer as? WordBoundaries)?.locale == "ja")
        // "A good film": two words.
        #expect(input.vocabulary?.id(of: "\u{6620}\u{753B}") != nil)
        func said(_ words: [String]) -> String {
            do {
                try run(TrainTextCommand.self, words)
                return ""
            } catch { return TrainTextCommand.message(for: error) }
        }
        #expect(said([path("ja.csv"), "--tokenizer", "words:ja"]).contains("reads English words"))
        #expect(
            said([path("ja.csv"), "--tokenizer", "spacy"]).contains("--tokenizer spacy is not known; give english"))
        #expect(said([path("ja.csv"), "--tokenizer", "words:?"]).contains("names no locale"))
        for name in ["english", "words", "sentencepiece", "characters", "whitespace"] {
            _ = try TextDataOptions.parse([path("ja.csv"), "--tokenizer", name])
        }
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
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-text-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
}
