// AWD-LSTM and its language model against fastai's, from the same weights.
import ApusText
import Foundation
import Testing

@Suite("AWD-LSTM", .serialized) struct AWDLSTMTests {
    private typealias Fixture = AWDLSTMFixture

    private func checkLanguageModel(_ name: String, _ options: AWDLSTMOptions) throws {
        let data = try Fixture.awdCase(name)
        try withTorchErrors {
            let model = try LanguageModel(vocabularySize: 20, options)
            let state = try Fixture.tensors(data["state"])
            #expect(Set(model.stateDict().map(\.name)) == Set(state.keys))
            try model.loadStateDict(state)
            let losses = try Fixture.list(data["losses"])
            let plain = try Fixture.list(data["plain"])
            let logits = try Fixture.list(data["logits"])
            let targets = try Fixture.list(data["targets"])
            // The second batch goes on where the first ends, and has a text less.
            for (place, tokens) in try Fixture.list(data["tokens"]).enumerated() {
                for parameter in model.parameters() { parameter.grad = nil }
                let outputs = model.outputs([tokens])
                Fixture.expectClose(outputs[0], logits[place], "the logits of batch \(place)")
                let loss = Loss.crossEntropy(dim: -1).function(outputs[0], [targets[place]])
                Fixture.expectClose(loss, plain[place], "the loss of batch \(place)")
                let whole = Fixture.regularized(loss, outputs)
                Fixture.expectClose(whole, losses[place], "the loss with penalties of batch \(place)")
                whole.backward()
            }
            try Fixture.expectGradients(model, try Fixture.tensors(data["gradients"]))
        }
    }

    @Test("outputs, losses and gradients of a language model equal fastai's, the state carried on")
    func languageModel() throws { try checkLanguageModel("language model", Fixture.options()) }

    @Test("a bidirectional one equals fastai's")
    func bidirectional() throws {
        var options = Fixture.options()
        options.isBidirectional = true
        try checkLanguageModel("bidirectional", options)
    }

    @Test("a decoder with a weight of its own and without bias equals fastai's")
    func untied() throws {
        var options = Fixture.options(1)
        (options.tiesWeights, options.hasOutputBias) = (false, false)
        try checkLanguageModel("untied", options)
    }

    @Test("quasi-recurrent layers compute the paper's formulas, in one and in both directions")
    func qrnn() throws {
        for (name, isBidirectional) in [("qrnn", false), ("qrnn in both directions", true)] {
            let data = try Fixture.awdCase(name)
            var options = Fixture.options(2)
            (options.cell, options.isBidirectional) = (.qrnn, isBidirectional)
            try withTorchErrors {
                let net = try AWDLSTM(vocabularySize: 20, options)
                var state = try Fixture.tensors(data["state"])
                state["encoder_dp.emb.weight"] = state["encoder.weight"]
                try net.loadStateDict(state)
                let expected = try Fixture.list(data["outputs"])
                var output = Tensor.undefined
                for (place, tokens) in try Fixture.list(data["tokens"]).enumerated() {
                    output = net(tokens)
                    Fixture.expectClose(output, expected[place], "\(name), batch \(place)")
                }
                let weights = Tensor.arange(0, output.count, dtype: .float32).reshape(output.shape.sizes).cos()
                (output * weights).sum().backward()
                try Fixture.expectGradients(net, try Fixture.tensors(data["gradients"]))
            }
        }
    }

    @Test("texts that are added to a batch begin anew, and those of a batch without state as well")
    func otherBatch() throws {
        try withTorchErrors {
            manualSeed(1)
            let net = try AWDLSTM(vocabularySize: 20, Fixture.options())
            let tokens = Tensor([[3, 4], [5, 6], [7, 8]])
            let fresh = net(tokens)
            let two = tokens.narrow(dim: 0, start: 0, length: 2)
            net.carriedState = []
            _ = net(two)
            let grown = net(tokens)
            Fixture.expectClose(
                grown.narrow(dim: 0, start: 2, length: 1), fresh.narrow(dim: 0, start: 2, length: 1), "the third text",
                tolerance: 1e-6)
            #expect((grown - fresh).narrow(dim: 0, start: 0, length: 2).abs().max().item() > 1e-4)
        }
    }

    @Test("26 steps of fastai's learner have its losses, and the same weights and validation at the end")
    func run() throws {
        let data = try Fixture.awdCase("run")
        let model = try LanguageModel(vocabularySize: 20, Fixture.options())
        try model.loadStateDict(try Fixture.tensors(data["state"]))
        let (tokens, targets) = (try Fixture.tensor(data["tokens"]), try Fixture.tensor(data["targets"]))
        func loader(_ count: Int) throws -> DataLoader {
            try DataLoader(
                TensorDataset(
                    inputs: [tokens.narrow(dim: 0, start: 0, length: count)],
                    targets: [targets.narrow(dim: 0, start: 0, length: count)]), batchSize: 4)
        }
        for isInPieces in [true, false] {
            try model.loadStateDict(try Fixture.tensors(data["state"]))
            var options = TrainingOptions(callbacks: [ActivationRegularizer()], precision: .float32, device: .cpu)
            options.momenta = (0.8, 0.7, 0.8)
            let trainer = Trainer(
                train: try loader(52), valid: try loader(8), model: model, loss: .crossEntropy(dim: -1),
                metrics: [.accuracy], options)
            trainer.showsProgress = false
            if isInPieces { trainer.step = LanguageModelStep() }
            try trainer.fitOneCycle(2, learningRate: .range(1e-3, 1e-2))
            let losses = try #require(data["losses"] as? [Double])
            #expect(trainer.recorder.losses.count == 26)
            for (place, (found, expected)) in zip(trainer.recorder.losses, losses).enumerated() {
                #expect(abs(found - expected) <= 2e-5, "loss \(place) is \(found), expected \(expected)")
            }
            let rows = try #require(data["valid"] as? [[Double]])
            for (row, expected) in zip(trainer.recorder.rows, rows) {
                #expect(abs((row.validLoss ?? .nan) - expected[0]) <= 2e-5)
                #expect(abs((row.value("accuracy") ?? .nan) - expected[1]) <= 1e-6)
            }
            for (name, tensor) in try Fixture.tensors(data["final"]) {
                let found = try #require(model.stateDict().first { $0.name == name }?.tensor)
                Fixture.expectClose(found, tensor, name, tolerance: 1e-4)
            }
        }
    }

    @Test("the groups are fastai's: a layer each, then the vectors with the decoder")
    func groups() throws {
        let model = try LanguageModel(vocabularySize: 20, Fixture.options())
        #expect(model.parameterGroups.map(\.count) == [4, 4, 2])
        #expect(model.parameterGroups[2][0].shape == [20, 4])
        #expect(model.parameters().count == 10)
    }

    @Test("the table of layers has the recurrent ones, each with all of its weights")
    func summary() throws {
        let model = try LanguageModel(vocabularySize: 20, Fixture.options())
        let table = try model.summary(Tensor.zeros(3, 5, dtype: .int64))
        let layers = table.rows.filter { $0.type == "DroppedLSTM" }
        #expect(layers.map(\.name) == ["0.rnns.0", "0.rnns.1"])
        #expect(layers.map(\.outputShape) == [[3, 5, 6], [3, 5, 4]])
        // Four gates, each with weights from the input and the state, and two biases.
        #expect(layers.map(\.parameterCount) == [4 * 6 * (4 + 6 + 2), 4 * 4 * (6 + 4 + 2)])
        #expect(layers.allSatisfy { $0.isTrainable })
        // The vectors of the tokens are the decoder's weight, too, which the total has once.
        let sum = table.rows.reduce(0) { $0 + $1.parameterCount }
        #expect(sum == table.totalParameters + 20 * 4)

        var options = Fixture.options()
        options.cell = .qrnn
        let other = try LanguageModel(vocabularySize: 20, options)
        let rows = try other.summary(Tensor.zeros(3, 5, dtype: .int64)).rows.filter { $0.type == "DroppedLinear" }
        // Three gates: the first layer sees two tokens, the second one.
        #expect(rows.map(\.parameterCount) == [3 * 6 * (2 * 4 + 1), 3 * 4 * (6 + 1)])
    }

    @Test("hooks of a recurrent layer see its outputs")
    func hooks() throws {
        let encoder = try AWDLSTM(vocabularySize: 20, Fixture.options())
        var shapes: [[Int]] = []
        let hook = try encoder.submodule("rnns.1").registerForwardHook { _, _, output in
            shapes.append(output.shape.sizes)
            return output * 0
        }
        defer { hook.remove() }
        let output = encoder(Tensor.zeros(3, 5, dtype: .int64))
        #expect(shapes == [[3, 5, 4]] && output.abs().max().item() == 0)
        #expect(encoder.carriedState.count == 4)
    }

    @Test("a model is made again of its configuration, and sizes that are not possible are refused")
    func configuration() throws {
        var options = Fixture.options()
        options.cell = .qrnn
        let model = try LanguageModel(vocabularySize: 20, padding: 3, options)
        let data = try JSONEncoder().encode(model.configuration)
        let again = try LanguageModel(JSONDecoder().decode(LanguageModel.Configuration.self, from: data))
        #expect(again.configuration == model.configuration)
        for (name, change) in [
            ("embedding size of 0", { $0.embeddingSize = 0 }), ("layers of -1", { $0.layers = -1 }),
            ("hidden dropout of 1.5", { $0.dropout.hidden = 1.5 }),
            (
                "must be even",
                {
                    $0.isBidirectional = true
                    $0.hiddenSize = 7
                }
            ),
        ] as [(String, (inout AWDLSTMOptions) -> Void)] {
            var options = Fixture.options()
            change(&options)
            let error = #expect(throws: TextError.self) { try LanguageModel(vocabularySize: 20, options) }
            #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
        }
        #expect(throws: TextError.self) { try AWDLSTM(vocabularySize: 0) }
        #expect(throws: TextError.self) { try AWDLSTM(vocabularySize: 5, padding: 5) }
        _ = try withTorchErrors { try LanguageModel(vocabularySize: 1, Fixture.options())(Tensor([[0, 0]])) }
        #expect(throws: TorchError.self) { try withTorchErrors { model(Tensor([[0, 20]])) } }
    }

    // MARK: Dropout

    @Test("fastai's probabilities are the defaults, and a multiplier scales all of them")
    func probabilities() {
        let language = AWDLSTMOptions.languageModel.dropout
        #expect(language == AWDLSTMDropout(output: 0.1, hidden: 0.15, input: 0.25, embedding: 0.02, weight: 0.2))
        let classifier = AWDLSTMOptions.classifier.dropping(times: 0.5).dropout
        #expect(classifier == AWDLSTMDropout(output: 0.2, hidden: 0.15, input: 0.2, embedding: 0.025, weight: 0.25))
    }

    @Test("a mask is alike for all tokens of a text, differs between texts, and keeps the mean")
    func rnnDropout() throws {
        try withTorchErrors {
            manualSeed(2)
            let dropout = RNNDropout(0.3)
            let output = dropout(Tensor.ones(50, 7, 400))
            #expect(output.eq(output.narrow(dim: 1, start: 0, length: 1)).all().item(as: Bool.self))
            // 20,000 draws of 0.3: four standard deviations are 0.013.
            #expect(abs(output.eq(0).float().mean().item() - 0.3) < 0.013)
            #expect(abs(output.max().item() - 1 / 0.7) < 1e-6)
            #expect(output[0].ne(output[1]).any().item(as: Bool.self))
            dropout.eval()
            #expect(dropout(Tensor.ones(2, 3, 4)).eq(1).all().item(as: Bool.self))
            dropout.train()
            dropout.p = 1
            #expect(dropout(Tensor.ones(2, 3, 4)).eq(0).all().item(as: Bool.self))
        }
    }

    @Test("whole tokens are dropped, all places of one alike")
    func embeddingDropout() throws {
        try withTorchErrors {
            manualSeed(3)
            var options = Fixture.options(1)
            options.dropout.embedding = 0.4
            let net = try AWDLSTM(vocabularySize: 4000, options)
            let tokens = Tensor((0..<8000).map { 2 + $0 % 3998 }, shape: [2, 4000])
            let vectors = net.vectors(of: tokens)
            let isDropped = vectors.abs().sum(dim: 2).eq(0).flatten()
            #expect(abs(isDropped.float().mean().item() - 0.4) < 0.031)
            let parts = [0, 3998].map { isDropped.narrow(dim: 0, start: $0, length: 3998) }
            #expect(parts[0].eq(parts[1]).all().item(as: Bool.self))
            let kept = vectors.reshape(-1, 4)[1] / net.encoder.weight[3]
            #expect(kept.detached().array(of: Float.self).allSatisfy { abs($0) < 1e-6 || abs($0 - 1 / 0.6) < 1e-4 })
            #expect(net.eval().parameters().count > 0)
            #expect(net.vectors(of: tokens).reshape(-1, 4)[1].eq(net.encoder.weight[3]).all().item(as: Bool.self))
        }
    }

    @Test("weights between states are dropped anew with each batch, and whole in evaluation")
    func weightDropout() throws {
        try withTorchErrors {
            manualSeed(4)
            var options = Fixture.options(1)
            options.dropout.weight = 0.5
            let net = try AWDLSTM(vocabularySize: 20, options)
            let raw = try #require(net.namedParameters().first { $0.name == "rnns.0.weight_hh_l0_raw" }?.tensor)
            let tokens = Tensor([[2, 3, 4, 5, 6, 7, 8, 9]])
            var outputs: [Tensor] = []
            var parts: [Double] = []
            for _ in 0..<200 {
                net.carriedState = []
                raw.grad = nil
                let output = net(tokens)
                outputs.append(output.detached())
                output.square().sum().backward()
                parts.append(raw.grad!.eq(0).float().mean().item())
            }
            #expect((outputs[0] - outputs[1]).abs().max().item() > 1e-4)
            // 200 times 64 draws of 0.5: four standard deviations are 0.018.
            #expect(abs(parts.reduce(0, +) / 200 - 0.5) < 0.018)
            net.eval()
            net.carriedState = []
            let one = net(tokens)
            net.carriedState = []
            #expect(net(tokens).eq(one).all().item(as: Bool.self))
        }
    }
}
