// Models of whole texts against fastai's: pieces, padding, pooling, the head; weights and vocabularies of language models.
import Foundation
import Testing

@testable import ApusText

@Suite("Models of whole texts", .serialized) struct TextModelTests {
    private typealias Fixture = AWDLSTMFixture

    private func model(_ data: [String: Any]) throws -> TextModel {
        let model = try TextModel(
            vocabularySize: 20, outputs: 3, head: TextHead(hidden: [5], dropout: 0, pieceLength: 4, maxLength: 8),
            Fixture.options())
        let state = try Fixture.tensors(data["state"])
        #expect(
            Set(model.stateDict().map(\.name).filter { !$0.hasSuffix("num_batches_tracked") })
                == Set(state.keys.filter { !$0.hasSuffix("num_batches_tracked") }))
        try model.loadStateDict(state)
        return model
    }

    @Test("answers, losses and gradients for texts in several pieces equal fastai's")
    func classifier() throws {
        let data = try Fixture.awdCase("classifier")
        try withTorchErrors {
            let model = try model(data)
            let (tokens, targets) = (try Fixture.tensor(data["tokens"]), try Fixture.tensor(data["targets"]))
            let outputs = model.outputs([tokens])
            Fixture.expectClose(outputs[0], try Fixture.tensor(data["logits"]), "the logits")
            Fixture.expectClose(outputs[1], try Fixture.tensor(data["output"]), "the outputs")
            let loss = Loss.crossEntropy().function(outputs[0], [targets])
            Fixture.expectClose(loss, try Fixture.tensor(data["plain"]), "the loss")
            let whole = Fixture.regularized(loss, outputs)
            Fixture.expectClose(whole, try Fixture.tensor(data["loss"]), "the loss with penalties")
            whole.backward()
            try Fixture.expectGradients(model, try Fixture.tensors(data["gradients"]))
            Fixture.expectClose(
                withoutGradients { model.eval()(tokens) }, try Fixture.tensor(data["evaluated"]), "evaluated")
            #expect(model.encoder.module.carriedState.isEmpty)
            #expect(model.parameterGroups.map(\.count) == [1, 4, 4, 6])
        }
    }

    @Test(
        "pieces that are computed again give the losses, gradients and random numbers of those that are kept",
        arguments: [0, 1])
    func again(cell: Int) throws {
        let data = try Fixture.awdCase("classifier")
        try withTorchErrors {
            let tokens = try Fixture.tensor(data["tokens"])
            let targets = try Fixture.tensor(data["targets"])
            var options = AWDLSTMOptions(
                embeddingSize: 6, hiddenSize: 8, layers: 2, cell: cell == 0 ? .lstm : .qrnn, dropout: .classifier)
            options.dropout.embedding = 0.2
            manualSeed(1)
            let model = try TextModel(
                vocabularySize: 20, outputs: 3, head: TextHead(hidden: [5], pieceLength: 2, maxLength: nil), options)
            func run(_ keptPlaces: Int?) -> (loss: Tensor, gradients: [String: Tensor], random: Tensor) {
                manualSeed(2)
                for parameter in model.parameters() { parameter.grad = nil }
                let outputs = model.outputs([tokens], keptPlaces: keptPlaces)
                let loss = Fixture.regularized(Loss.crossEntropy().function(outputs[0], [targets]), outputs)
                loss.backward()
                let gradients = model.namedParameters().compactMap { one in
                    one.tensor.grad.map { (one.name, $0.clone()) }
                }
                return (
                    loss.detached(), Dictionary(gradients) { first, _ in first },
                    Generator.globalState(device: .cpu).clone()
                )
            }
            let expected = run(nil)
            for keptPlaces in [0, 9, 20, 1000] {
                let found = run(keptPlaces)
                Fixture.expectClose(found.loss, expected.loss, "the loss", tolerance: 1e-6)
                #expect(Set(found.gradients.keys) == Set(expected.gradients.keys))
                for (name, gradient) in expected.gradients {
                    Fixture.expectClose(try #require(found.gradients[name]), gradient, name, tolerance: 1e-6)
                }
                #expect(found.random.equal(expected.random))
                #expect(model.encoder.module.carriedState.isEmpty)
            }
        }
    }

    @Test("the order of the texts and padding at the back change no answer")
    func order() throws {
        let data = try Fixture.awdCase("classifier")
        try withTorchErrors {
            let model = try model(data).eval()
            let tokens = try Fixture.tensor(data["tokens"])
            let expected = withoutGradients { model(tokens) }
            let order = Tensor([3, 0, 5, 1, 4, 2])
            let mixed = withoutGradients { model(tokens.indexSelect(dim: 0, order)) }
            Fixture.expectClose(mixed, expected.indexSelect(dim: 0, order), "another order", tolerance: 2e-6)
            // Each text alone, at first without padding, then with a piece of it at the back.
            for (row, text) in try Fixture.list(data["texts"]).enumerated() {
                let one = expected.narrow(dim: 0, start: row, length: 1)
                for count in [0, 4] {
                    let padded = Tensor.cat([text, .full([count], 1, dtype: .int64)], dim: 0).unsqueeze(0)
                    if count > 0, text.size(0) > 4 { continue }
                    Fixture.expectClose(
                        withoutGradients { model(padded) }, one, "text \(row) with \(count)", tolerance: 2e-6)
                }
            }
        }
    }

    @Test("pooling takes the last output, the largest and the mean of what is no padding")
    func pooling() throws {
        try withTorchErrors {
            let output = Tensor([[[1, -4], [3, -2], [9, 9]], [[5, 1], [2, 2], [8, 0]]] as [[[Float]]])
            let isPadding = Tensor([[false, false, true], [true, true, true]])
            let pooled = maskedConcatPool(output, isPadding: isPadding)
            #expect(pooled.array(of: Float.self) == [3, -2, 3, -2, 2, -3, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test("an empty batch of tokens, and sizes that are not possible, are refused")
    func refusals() throws {
        let model = try TextModel(vocabularySize: 20, outputs: 2, Fixture.options())
        #expect(throws: TorchError.self) { try withTorchErrors { model(Tensor.zeros(2, 0, dtype: .int64)) } }
        #expect(throws: TorchError.self) { try withTorchErrors { model(Tensor.zeros(2, dtype: .int64)) } }
        for head in [TextHead(hidden: [0]), TextHead(dropout: 2), TextHead(pieceLength: 0), TextHead(maxLength: 0)] {
            #expect(throws: TextError.self) {
                try TextModel(vocabularySize: 20, outputs: 2, head: head, Fixture.options())
            }
        }
        #expect(throws: TextError.self) { try TextModel(vocabularySize: 20, outputs: 0, Fixture.options()) }
    }

    @Test("a model is made again of its configuration")
    func configuration() throws {
        let model = try TextModel(
            vocabularySize: 20, outputs: 1, head: TextHead(hidden: [], range: 0...5), Fixture.options())
        let data = try JSONEncoder().encode(model.configuration)
        let again = try TextModel(JSONDecoder().decode(TextModel.Configuration.self, from: data))
        #expect(again.configuration == model.configuration)
        let answers = try withTorchErrors { again.eval()(Tensor([[2, 3, 4], [4, 5, 1]])).detached() }
        #expect(answers.array(of: Float.self).allSatisfy { (0...5).contains($0) })
    }

    // MARK: Pretrained weights

    @Test("rows are matched by their tokens, new ones get the mean, as fastai's match_embeds")
    func matching() throws {
        let data = try Fixture.awdCase("matching")
        let (old, new) = (data["old"] as? [String] ?? [], data["new"] as? [String] ?? [])
        try Fixture.withTemporaryFolder { folder in
            let weights = folder.appending(path: "weights.safetensors")
            try Safetensors.save(try Fixture.tensors(data["state"]), to: weights)
            let pair = try LanguageModelWeights(
                weights: weights, vocabulary: Fixture.file("pretrained.pkl"))
            #expect(pair.tokens.count == old.count)
            let matched = try LanguageModelWeights(state: pair.state, tokens: old).state(for: TokenVocabulary(new))
            for (name, tensor) in try Fixture.tensors(data["matched"]) {
                Fixture.expectClose(try #require(matched[name]), tensor, name, tolerance: 1e-6)
            }
        }
    }

    @Test("a pair of weights and vocabulary as fastai publishes them is loaded by names")
    func published() throws {
        let pair = try LanguageModelWeights(
            weights: Fixture.file("pretrained.pth"), vocabulary: Fixture.file("pretrained.pkl"))
        #expect(
            Array(pair.tokens.prefix(10)) == ["xxunk", "xxpad", "the", "a", "film", "was", "good", "bad", "é", "\n\n"])
        #expect(pair.state["0.rnns.0.module.weight_hh_l0"] == nil)
        let vocabulary = try TokenVocabulary(["xxunk", "xxpad", "film", "splendid"])
        let model = try LanguageModel(vocabularySize: 4, Fixture.options(2))
        try model.load(pair, for: vocabulary)
        let vectors = try #require(pair.state["0.encoder.weight"])
        Fixture.expectClose(model.encoder.encoder.weight[2], vectors[4], "film")
        Fixture.expectClose(model.encoder.encoder.weight[3], vectors.mean(dims: [0]), "splendid")
        Fixture.expectClose(model.decoder.decoder.weight, model.encoder.encoder.weight, "the decoder")
        let classifier = try TextModel(vocabularySize: 4, outputs: 2, Fixture.options(2))
        try classifier.loadEncoder(pair, for: vocabulary)
        Fixture.expectClose(classifier.encoder.module.encoder.weight, model.encoder.encoder.weight, "the classifier")
        #expect(throws: ModuleError.self) {
            try LanguageModel(vocabularySize: 4, Fixture.options(1)).load(pair, for: vocabulary)
        }
    }

    @Test("vocabularies execute nothing, and pairs that don't belong together are refused")
    func hostile() throws {
        try Fixture.withTemporaryFolder { folder in
            let vocabulary = folder.appending(path: "itos.pkl")
            func refuse(_ bytes: [UInt8], _ reason: String) throws {
                try Data(bytes).write(to: vocabulary)
                var said = ""
                do {
                    _ = try LanguageModelWeights(weights: Fixture.file("pretrained.pth"), vocabulary: vocabulary)
                } catch { said = "\(error)" }
                #expect(said.contains(reason), "\(said)")
            }
            // os.system("true") as protocol 2 writes it.
            try refuse(
                [0x80, 2] + Array("cposix\nsystem\nX".utf8) + [4, 0, 0, 0] + Array("true".utf8) + [0x85, 0x52, 0x2E],
                "posix.system")
            try refuse([0x80, 2, 0x5D, 0x4B, 1, 0x61, 0x2E], "other things than texts")
            try refuse([0x80, 2, 0x4B, 1, 0x2E], "no list of tokens")
            try refuse([0x80, 2, 0x5D, 0x2E], "vectors of 20 tokens and its vocabulary has 0")
            try refuse([0x80, 2, 0x5D], "damaged")
            try refuse(Array("the film".utf8), "not a pickle")
            #expect(throws: TextError.self) { try LanguageModelWeights(folder: folder) }
        }
    }
}
