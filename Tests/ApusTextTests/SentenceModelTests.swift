// Vectors of texts and the search by them.
import ApusFiles
import Foundation
import Testing
import Torch

@testable import ApusText

/// Words between spaces, with a vocabulary.
private struct Words: Tokenizer {
    static let storedName = "SentenceTestWords"
    var vocabulary: TokenVocabulary?
    func tokens(of text: String) throws -> [String] { ["<s>"] + text.split(separator: " ").map(String.init) + ["</s>"] }
}

@Suite("Vectors of texts") struct SentenceModelTests {
    private func pooled(_ settings: String, _ folder: TransformerFolder) throws {
        let place = folder.url.appending(path: "1_Pooling")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Data(settings.utf8).write(to: place.appending(path: "config.json"))
    }

    @Test("each pooling of sentence-transformers gives its vectors")
    func poolings() throws {
        try withTransformer("bert") { expected, folder in
            var modules = [("Transformer", ""), ("Pooling", "1_Pooling")]
            func write() throws {
                let list = modules.map { ["type": "sentence_transformers.models.\($0)", "path": $1] }
                try JSONEncoder().encode(list).write(to: folder.url.appending(path: "modules.json"))
            }
            try write()
            let vectors = try #require(expected.pooled)
            #expect(vectors.count == 5)
            for (name, vector) in vectors {
                try pooled(#"{"word_embedding_dimension": 16, "pooling_mode_dct": false, "\#(name)": true}"#, folder)
                let model = try folder.sentenceModel()
                model.eval()
                let found = try withTorchErrors { model(expected.ids.ids) }
                #expect(found.allClose(vector.tensor.to(.float32), rtol: 1e-4, atol: 1e-4), "\(name)")
            }
            modules.append(("Normalize", "2_Normalize"))
            try write()
            try pooled(#"{"pooling_mode": "mean"}"#, folder)
            let model = try folder.sentenceModel()
            model.eval()
            let found = try withTorchErrors { model(expected.ids.ids) }
            let mean = try #require(vectors["pooling_mode_mean_tokens"]).tensor.to(.float32)
            let lengths = mean.square().sum(dim: 1, keepDim: true).sqrt()
            #expect(found.allClose(mean / lengths, rtol: 1e-4, atol: 1e-5))
        }
    }

    @Test("dense layers come behind the pooling, with their weights and activations")
    func dense() throws {
        try withTransformer("bert") { expected, folder in
            let modules = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Dense", "2_Dense"), ("Dense", "3_Dense")]
            func write(_ modules: [(String, String)]) throws {
                let list = modules.map { ["type": "sentence_transformers.models.\($0)", "path": $1] }
                try JSONEncoder().encode(list).write(to: folder.url.appending(path: "modules.json"))
            }
            try write(modules)
            try pooled(#"{"pooling_mode": "mean"}"#, folder)
            func layer(_ path: String, _ settings: String, _ state: [String: Tensor]) throws {
                let place = folder.url.appending(path: path)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                try Data(settings.utf8).write(to: place.appending(path: "config.json"))
                try Safetensors.save(state, to: place.appending(path: "model.safetensors"))
            }
            let weight = (Tensor.arange(48, dtype: .float32) / 48 - 0.5).reshape(3, 16)
            let bias = Tensor([0.5, -0.25, 0] as [Float])
            try layer(
                "2_Dense",
                #"{"in_features": 16, "out_features": 3, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh"}"#,
                ["linear.weight": weight, "linear.bias": bias])
            try layer(
                "3_Dense",
                #"{"in_features": 3, "out_features": 2, "bias": false, "activation_function": "torch.nn.modules.linear.Identity"}"#,
                ["linear.weight": Tensor([[1, 2, 3], [0, -1, 1]] as [[Float]])])
            let model = try folder.sentenceModel()
            model.eval()
            #expect(model.configuration.width == 2)
            let found = try withTorchErrors { model(expected.ids.ids) }
            let vectors = try #require(expected.pooled)
            let mean = try #require(vectors["pooling_mode_mean_tokens"]).tensor.to(.float32)
            let first = (mean.matmul(weight.transpose(0, 1)) + bias).tanh()
            let second = first.matmul(Tensor([[1, 0], [2, -1], [3, 1]] as [[Float]]))
            #expect(found.allClose(second, rtol: 1e-4, atol: 1e-5))

            func message() -> String {
                let error = #expect(throws: (any Error).self) { try folder.sentenceModel() }
                return error.map { "\($0)" } ?? ""
            }
            try write([modules[0], modules[1], ("Normalize", "4"), modules[2]])
            #expect(message().contains("normalizes vectors before the dense layer 2_Dense"))
            try write([modules[0], modules[1], modules[3]])
            #expect(message().contains("A dense layer of 3 to 2 numbers is not possible behind 16"))
            try write(modules)
            try FileManager.default.removeItem(at: folder.url.appending(path: "2_Dense/model.safetensors"))
            #expect(message().contains("lacks the weights of 2_Dense"))
            try layer(
                "2_Dense", #"{"in_features": 16, "out_features": 3, "activation_function": "x.Softplus"}"#,
                ["linear.weight": weight])
            #expect(message().contains("the activation Softplus"))
        }
    }

    @Test("a folder whose pooling or module is not known is refused by name")
    func unknown() throws {
        try withTransformer("bert") { _, folder in
            let file = folder.url.appending(path: "modules.json")
            func message(_ text: String) throws -> String {
                try Data(text.utf8).write(to: file)
                let error = #expect(throws: TextError.self) { try folder.sentenceModel() }
                return "\(try #require(error))"
            }
            #expect(
                try message(#"[{"type": "sentence_transformers.models.WordWeights", "path": "2_WordWeights"}]"#)
                    .contains(
                        "models.WordWeights"))
            #expect(
                try message(#"[{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}]"#).contains(
                    "lacks 2_Dense/config.json"))
            let pooling = #"[{"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}]"#
            #expect(try message(pooling).contains("lacks 1_Pooling/config.json"))
            try pooled(#"{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}"#, folder)
            #expect(try message(pooling).contains("pooling_mode_cls_token and pooling_mode_max_tokens"))
            #expect(try message("[{").contains("is damaged or of another form"))
        }
    }

    private func embedder(maxLength: Int? = nil) throws -> SentenceEmbedder {
        let words = ["<pad>", "<s>", "</s>", "<unk>"] + "a b c d e f g h".split(separator: " ").map(String.init)
        let vocabulary = try TokenVocabulary(words, unknown: "<unk>", padding: "<pad>")
        manualSeed(1)
        var small = TransformerConfiguration(.bert, vocabularySize: words.count, width: 8, layers: 1, heads: 2)
        small.positions = 12
        let model = try SentenceModel(.init(small, maxLength: maxLength))
        return try SentenceEmbedder(model, Words(vocabulary: vocabulary), device: .cpu)
    }

    @Test("texts in batches have the vectors that they have alone, in the order given")
    func batches() throws {
        let embedder = try embedder()
        let texts = ["a b c", "", "h", "d e f g h a", "a b", "nothing known", "h h h h"]
        let vectors = try embedder.embed(texts, batchSize: 3)
        #expect(vectors.shape == [7, 8])
        for (place, text) in texts.enumerated() {
            #expect(vectors[place].allClose(try embedder.embed(text), rtol: 1e-4, atol: 1e-5), "\(text)")
        }
        #expect(try embedder.embed([]).shape == [0, 8])
        #expect(throws: TextError.self) { try embedder.embed(texts, batchSize: 0) }
    }

    @Test("a text longer than the model reads is cut before its last token")
    func long() throws {
        let embedder = try embedder(maxLength: 4)
        let cut = try embedder.embed("a b c d e f g h")
        #expect(cut.allClose(try embedder.embed("a b")))
        #expect(!cut.allClose(try embedder.embed("a c")))
    }

    @Test("a search finds a passage by its own text first, equal ones by place, and is the same from its file")
    func search() throws {
        let embedder = try embedder()
        let passages = ["a b c", "d e f", "h h", "a b c"].enumerated().map {
            TextSearch.Passage(source: "\($0).txt", text: $1)
        }
        let search = try TextSearch(embedder, passages)
        let hits = try search.find("a b c", count: 9)
        #expect(hits.map(\.passage.source).prefix(2) == ["0.txt", "3.txt"])
        #expect(hits.count == 4 && abs(hits[0].score - 1) < 1e-5)
        #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })

        let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try search.save(to: file)
        #expect(try TextSearch(embedder, from: file).find("a b c", count: 9) == hits)

        manualSeed(2)
        let other = try SentenceModel(embedder.model.configuration)
        let stranger = try SentenceEmbedder(other, embedder.tokenizer, device: .cpu)
        let error = #expect(throws: TextError.self) { try TextSearch(stranger, from: file) }
        #expect("\(try #require(error))".contains("was made with another model"))
    }

    @Test("a folder of texts is cut into passages at its paragraphs")
    func folder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        let inner = folder.appending(path: "b")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("a b\nc\n\nd e\n \nf".utf8).write(to: folder.appending(path: "c.txt"))
        try Data("g h".utf8).write(to: inner.appending(path: "a.md"))
        try Data("h".utf8).write(to: folder.appending(path: "c.jpg"))
        let search = try TextSearch(embedder(), folder: folder, words: 5)
        #expect(search.passages.map(\.source) == ["b/a.md", "c.txt", "c.txt"])
        #expect(search.passages.map(\.text) == ["g h", "a b c\nd e", "f"])
        #expect(TextSearch.passages(of: "a b c d e", words: 2) == ["a b", "c d", "e"])
        #expect(throws: FolderError.self) { try TextSearch(embedder(), folder: inner.appending(path: "none")) }
        #expect(throws: TextError.self) { try TextSearch(embedder(), folder: inner, extensions: ["txt"]) }
    }
}
