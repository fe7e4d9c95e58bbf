// Folders of transformers: forms of their weights, the hub, and what is wrong with them.
import ApusFiles
import Foundation
import LoopbackServer
import Testing
import Torch

@testable import ApusText

@Suite("Folders of transformers") struct TransformerFolderTests {
    private func logits(_ folder: TransformerFolder, _ expected: TransformerCase) throws -> Tensor {
        let model = try folder.classifier(outputs: 3)
        model.eval()
        return try withTorchErrors { withoutGradients { model(expected.ids.ids) } }
    }

    private func expectSame(_ folder: URL, _ expected: TransformerCase) throws {
        let found = try logits(try TransformerFolder(folder), expected)
        #expect(found.allClose(expected.logits.tensor.to(.float32), rtol: 1e-4, atol: 1e-4))
    }

    @Test("weights in parts, with the names of BERT's first years, wrapped or of a model without a head, are read")
    func forms() throws {
        try withTransformer("bert") { expected, folder in
            let state = expected.state()
            let url = folder.url
            let whole = url.appending(path: "model.safetensors")

            let first = state.filter { $0.key.contains("layer.0") }
            let rest = state.filter { !$0.key.contains("layer.0") }
            try Safetensors.save(first, to: url.appending(path: "model-00001-of-00002.safetensors"))
            try Safetensors.save(rest, to: url.appending(path: "model-00002-of-00002.safetensors"))
            let map = Dictionary(
                uniqueKeysWithValues: state.keys.map {
                    ($0, "model-0000\(first[$0] == nil ? 2 : 1)-of-00002.safetensors")
                })
            try JSONEncoder().encode(["weight_map": map]).write(
                to: url.appending(path: "model.safetensors.index.json"))
            try FileManager.default.removeItem(at: whole)
            try expectSame(url, expected)

            let early = state.map { name, tensor in
                let isNorm = name.contains("LayerNorm")
                let old = name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
                    .replacing("LayerNorm.bias", with: "LayerNorm.beta")
                return ("module." + (isNorm ? old : name), tensor)
            }
            try Safetensors.save(Dictionary(uniqueKeysWithValues: early), to: whole)
            try expectSame(url, expected)

            // A body alone, as BertModel has it, and float16.
            let body = state.filter { $0.key.hasPrefix("bert.") }.map {
                (String($0.key.dropFirst(5)), $0.value.to(.float16))
            }
            try Safetensors.save(Dictionary(uniqueKeysWithValues: body), to: whole)
            let model = try TransformerFolder(url).transformer()
            model.eval()
            let states = try withTorchErrors { model.hiddenStates(expected.ids.ids) }
            let real = try #require(model.isReal(expected.ids.ids))
            expectThree(states[0][real], expected.hidden[0], tolerance: 2e-3, "embeddings of float16")
        }
    }

    @Test("a checkpoint's last layer for another number of classes is made anew, the others are taken")
    func otherClasses() throws {
        try withTransformer("roberta") { expected, folder in
            let model = try folder.classifier(outputs: 5)
            let state = expected.state()
            #expect(model.head.output.weight.shape == [5, 16])
            let dense = try #require(model.head.dense)
            #expect(dense.weight.equal(try #require(state["classifier.dense.weight"])))
        }
    }

    @Test("weights that do not fit are refused by name")
    func misfits() throws {
        try withTransformer("distilbert") { expected, folder in
            let whole = folder.url.appending(path: "model.safetensors")
            func message(_ state: [String: Tensor]) throws -> String {
                try Safetensors.save(state, to: whole)
                let error = #expect(throws: TextError.self) { try folder.classifier(outputs: 3) }
                return "\(try #require(error))"
            }
            var state = expected.state()
            state["distilbert.transformer.layer.1.ffn.lin1.bias"] = nil
            #expect(
                try message(state).contains(
                    "lacks 1 of the 36 tensors of a distilbert of 2 layers: transformer.layer.1.ffn"))

            state = expected.state()
            state["distilbert.transformer.layer.1.attention.k_lin.weight"] = Tensor.zeros(16, 8)
            #expect(try message(state).contains("k_lin.weight of"))
            #expect(try message(state).contains("the shape [16, 8], by config.json it has the shape [16, 16]"))

            state = expected.state()
            state["distilbert.transformer.layer.2.attention.k_lin.weight"] = Tensor.zeros(16, 16)
            #expect(try message(state).contains("has 3 layers, by config.json there are 2"))

            #expect(try message(["conv1.weight": Tensor.zeros(2)]).contains("its tensors are called conv1.weight"))

            // Cut in the middle.
            let bytes = try Data(contentsOf: whole)
            try bytes.prefix(bytes.count / 2).write(to: whole)
            #expect(throws: TensorFileError.self) { try folder.classifier(outputs: 3) }
            try FileManager.default.removeItem(at: whole)
            let none = #expect(throws: TextError.self) { try folder.classifier(outputs: 3) }
            #expect("\(try #require(none))".contains("has no weights: none of model.safetensors, pytorch_model.bin"))
        }
    }

    @Test("a part of the weights that is missing, or lies elsewhere, is named")
    func missingPart() throws {
        try withTransformer("bert") { _, folder in
            try FileManager.default.removeItem(at: folder.url.appending(path: "model.safetensors"))
            let index = folder.url.appending(path: "model.safetensors.index.json")
            for (name, message) in [
                ("model-2.safetensors", "lacks model-2.safetensors"),
                ("../../etc/passwd", "which is not in its folder"),
            ] {
                try JSONEncoder().encode(["weight_map": ["a": name]]).write(to: index)
                let error = #expect(throws: TextError.self) { try folder.transformer() }
                #expect("\(try #require(error))".contains(message))
            }
        }
    }

    @Test(
        "a config.json that is not possible is refused with the value",
        arguments: [
            (#"{"model_type": "mamba"}"#, "\"mamba\"; known are bert, camembert"), ("{}", "lacks model_type"),
            (#"{"model_type": "bert"}"#, "lacks vocab_size of its bert"), (#"{"model_type": "be"#, "cut or damaged"),
            (#"{"model_type": "bert", "vocab_size": "many"}"#, "another kind for vocab"),
            (
                #"{"model_type": "bert", "vocab_size": 9, "hidden_size": 10, "num_hidden_layers": 1, "num_attention_heads": 3}"#,
                "a width of 10, which does not divide into 3 heads"
            ),
            (
                #"{"model_type": "gpt2", "vocab_size": 9, "n_embd": 8, "n_layer": -1, "n_head": 2}"#,
                "a number of layers of -1"
            ),
            (
                #"{"model_type": "bert", "vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "pad_token_id": 9}"#,
                "the padding token 9"
            ),
            (
                #"{"model_type": "bert", "vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_act": "snake"}"#,
                "the activation \"snake\""
            ),
            (
                #"{"model_type": "bert", "vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "position_embedding_type": "relative_key"}"#,
                "the positions \"relative_key\""
            ),
        ])
    func configurations(text: String, message: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(text.utf8).write(to: folder.appending(path: "config.json"))
        let error = #expect(throws: TextError.self) { try TransformerFolder(folder) }
        #expect("\(try #require(error))".contains(message))
    }

    @Test("a folder without config.json says what belongs into it")
    func empty() throws {
        let error = #expect(throws: TextError.self) { try TransformerFolder(URL(filePath: "/nowhere")) }
        #expect("\(try #require(error))".contains("has config.json, its weights and its tokenizer"))
    }

    @Test("a model of the hub is fetched once, and then found without a network")
    func hub() throws {
        try withTransformer("bert") { expected, source in
            let files = try Dictionary(
                uniqueKeysWithValues: ["config.json", "model.safetensors"].map {
                    ("/someone/bert/resolve/main/\($0)", [UInt8](try Data(contentsOf: source.url.appending(path: $0))))
                })
            let server = try LoopbackServer { request, _ in
                files[request.path].map { .file($0, tag: "\"1\"", for: request) } ?? .init(404)
            }
            let cache = source.url.appending(path: "cache")
            for _ in 0..<2 {
                let folder = try TransformerFolder.hub(
                    "someone/bert", folder: cache, endpoint: server.url(""), progress: false)
                try expectSame(folder.url, expected)
            }
            let asked = server.requests.map { $0.path.split(separator: "/").dropFirst(4).joined(separator: "/") }
            #expect(asked.first == "model.safetensors" && asked.last == "config.json")
            #expect(Set(asked).count == asked.count)

            let error = #expect(throws: TextError.self) {
                try TransformerFolder.hub("someone/other", folder: cache, endpoint: server.url(""), progress: false)
            }
            #expect("\(try #require(error))".contains("choose a repository with PyTorch's weights"))
        }
    }

    @Test("token numbers of another form, and texts longer than the positions, are refused")
    func tokens() throws {
        try withTransformer("roberta") { _, folder in
            let model = try folder.transformer()
            #expect(folder.configuration.maxLength == 18)
            for (tokens, message) in [
                (Tensor.zeros(2, 3), "int64 [batch, length]"),
                (Tensor.zeros([4], dtype: .int64), "int64 [batch, length]"),
                (Tensor.ones([1, 19], dtype: .int64), "positions of 18 tokens and not of 19"),
            ] {
                let error = #expect(throws: TorchError.self) { try withTorchErrors { model(tokens) } }
                #expect("\(try #require(error))".contains(message))
            }
            let error = #expect(throws: TorchError.self) { try withTorchErrors { model(Tensor([[2, 40]])) } }
            #expect(try #require(error).operation == "embedding")
        }
    }

    @Test("a text of nothing but padding gives numbers, and changes no other text")
    func onlyPadding() throws {
        try withTransformer("bert") { expected, folder in
            let model = try folder.classifier(outputs: 3)
            model.eval()
            try withTorchErrors {
                let ids = expected.ids.ids
                let more = model(.cat([ids, Tensor.zeros(like: ids)[0..<1]]))
                #expect(more.isFinite().all().item() == 1)
                #expect(more[0..<3].allClose(expected.logits.tensor.to(.float32), rtol: 1e-4, atol: 1e-4))
            }
        }
    }
}
