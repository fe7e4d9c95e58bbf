// Transformers as models: token by token, in files, in groups, in training.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusText

@Suite("Transformers as models") struct TransformerModelTests {
    private func small(_ family: TransformerConfiguration.Family) -> TransformerConfiguration {
        var small = TransformerConfiguration(family, vocabularySize: 30, width: 16, layers: 2, heads: 4)
        small.positions = 16
        if family == .debertaV2 { small.relative = .init(maxDistance: 16, buckets: 4) }
        return small
    }

    // MARK: Token by token

    @Test("a token costs one step and has the logits of the whole text")
    func incremental() throws {
        manualSeed(1)
        let model = try TransformerLanguageModel(small(.gpt2))
        model.eval()
        let tokens = Tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])
        try withTorchErrors {
            withoutGradients {
                let whole = model(tokens)
                #expect(whole.shape == [2, 6, 30])
                #expect(model.start(tokens[0..., 0..<3]).allClose(whole[0..., 2], rtol: 1e-4, atol: 1e-5))
                for place in 3..<6 {
                    let logits = model.next(tokens[0..., place])
                    #expect(logits.allClose(whole[0..., place], rtol: 1e-4, atol: 1e-5), "token \(place)")
                }
                // What was read does not stay for other calls.
                model.reset()
                #expect(model(tokens).allClose(whole))
            }
        }
    }

    @Test("rows that are taken again go on from what they had read")
    func reorder() throws {
        manualSeed(2)
        let model = try TransformerLanguageModel(small(.gpt2))
        model.eval()
        let tokens = Tensor([[3, 1, 4], [2, 6, 5]])
        try withTorchErrors {
            withoutGradients {
                let whole = model(Tensor([[2, 6, 5, 7], [2, 6, 5, 8], [3, 1, 4, 9]]))
                _ = model.start(tokens)
                model.reorder(Tensor([1, 1, 0]))
                #expect(model.next(Tensor([7, 8, 9])).allClose(whole[0..., 3], rtol: 1e-4, atol: 1e-5))
            }
        }
    }

    @Test("a text beyond the model's positions goes on from its second half")
    func beyond() throws {
        manualSeed(3)
        let model = try TransformerLanguageModel(small(.gpt2))
        model.eval()
        let tokens = Tensor((0..<40).map { ($0 * 7) % 30 }).unsqueeze(0)
        try withTorchErrors {
            withoutGradients {
                // The beginning is longer than the 16 positions.
                #expect(
                    model.start(tokens[0..., 0..<20]).allClose(
                        model.start(tokens[0..., 4..<20]), rtol: 1e-4, atol: 1e-5))
                let next = model.next(tokens[0..., 20])
                #expect(next.allClose(model.start(tokens[0..., 13..<21]), rtol: 1e-4, atol: 1e-5))
            }
        }
    }

    @Test("steps without a beginning, and a family that does not write, are refused")
    func badSteps() throws {
        let model = try TransformerLanguageModel(small(.gpt2))
        let error = #expect(throws: TorchError.self) { try withTorchErrors { model.next(Tensor([1])) } }
        #expect("\(try #require(error))".contains("call start first"))
        _ = model.start(Tensor([[1, 2]]))
        #expect(throws: TorchError.self) { try withTorchErrors { model.next(Tensor([1, 2])) } }
        let other = #expect(throws: TextError.self) { try TransformerLanguageModel(small(.bert)) }
        #expect("\(try #require(other))".contains("A bert reads texts from both sides"))
    }

    // MARK: Groups and files

    @Test(
        "embeddings, each layer and the head are groups, and have all parameters",
        arguments: TransformerConfiguration.Family.allCases)
    func groups(family: TransformerConfiguration.Family) throws {
        let model = try TransformerClassifier(.init(small(family), outputs: 2))
        #expect(model.parameterGroups.count == 4)
        #expect(model.parameterGroups.flatMap { $0 }.count == model.parameters().count)
        #expect(model.parameterGroups.last?.map(\.shape) == model.head.parameters().map(\.shape))
    }

    @Test("a configuration makes the same model again", arguments: TransformerConfiguration.Family.allCases)
    func stored(family: TransformerConfiguration.Family) throws {
        let model = try TransformerClassifier(.init(small(family), outputs: 2))
        let json = try JSONEncoder().encode(model.configuration)
        let again = try TransformerClassifier(
            try JSONDecoder().decode(TransformerClassifier.Configuration.self, from: json))
        try again.loadStateDict(model.stateDict())
        model.eval()
        again.eval()
        let tokens = Tensor([[3, 1, 4, 1, 5], [2, 6, 5, 0, 0]])
        try withTorchErrors { #expect(model(tokens).equal(again(tokens))) }
    }

    @Test("sizes that are not possible are refused by value")
    func badSizes() throws {
        func message(_ change: (inout TransformerConfiguration) -> Void) throws -> String {
            var configuration = small(.debertaV2)
            change(&configuration)
            let error = #expect(throws: TextError.self) { try Transformer(configuration) }
            return "\(try #require(error))"
        }
        #expect(try message { $0.heads = 3 }.contains("a width of 16, which does not divide into 3 heads"))
        #expect(try message { $0.vocabularySize = 0 }.contains("a vocabulary of 0"))
        #expect(try message { $0.layers = .max }.contains("a number of layers of"))
        #expect(try message { $0.dropout = 1.5 }.contains("a dropout of 1.5"))
        #expect(try message { $0.relative?.maxDistance = 0 }.contains("distances up to 0"))
        #expect(try message { $0.convolution = .init(size: 4) }.contains("a convolution over 4 tokens"))
        #expect(throws: TextError.self) { try TransformerClassifier(.init(small(.bert), outputs: 0)) }
    }

    // MARK: Training

    /// Texts of random tokens, whose class is whether token 7 is in them.
    private func data(_ count: Int, seed: Int) throws -> TensorDataset {
        let generator = Generator(seed: seed)
        let ids = Tensor.randint(2..<30, [count, 8], generator: generator)
        let lengths = Tensor.randint(3..<9, [count, 1], generator: generator)
        let padded = ids.maskedFill(Tensor.arange(8).unsqueeze(0) .>= lengths, 0)
        return try TensorDataset(inputs: [padded], targets: [(padded .== 7).any(dim: 1).to(.int64)])
    }

    @Test(
        "a classifier learns with frozen layers and with rates of their own, in float32 and bfloat16",
        arguments: [Precision.float32, .bfloat16])
    func learns(precision: Precision) throws {
        manualSeed(4)
        var configuration = small(.bert)
        configuration.dropout = 0
        configuration.embeddingDropout = 0
        configuration.attentionDropout = 0
        configuration.classifierDropout = 0
        let model = try TransformerClassifier(.init(configuration, outputs: 2))
        let trainer = Trainer(
            train: try DataLoader(try data(512, seed: 1), batchSize: 32, shuffle: true),
            valid: try DataLoader(try data(128, seed: 2), batchSize: 64), model: model, loss: .crossEntropy(),
            metrics: [.accuracy])
        if let mixed = trainer.callback(MixedPrecision.self) { trainer.remove(mixed) }
        if precision == .bfloat16 { trainer.add(MixedPrecision(.bfloat16)) }
        let before = model.body.embeddings.tokens.weight.detached().clone()
        trainer.freeze()
        try trainer.fitOneCycle(1, learningRate: 1e-3)
        #expect(model.body.embeddings.tokens.weight.equal(before))
        trainer.unfreeze()
        try trainer.fitOneCycle(8, learningRate: .range(1e-3, 5e-3))
        #expect(!model.body.embeddings.tokens.weight.equal(before))
        let accuracy = try #require(trainer.recorder.rows.last?.metrics.last?.value)
        #expect(accuracy > 0.9, "accuracy \(accuracy)")
    }
}
