// The network for tables, against fastai's with the same weights.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

/// A tensor of the form that Tests/fixture_json.py describes.
func tensor(_ value: Any?) throws -> Tensor {
    let object = try #require(value as? [String: Any])
    let numbers = try #require(object["data"] as? [NSNumber]).map(\.doubleValue)
    let shape = try #require(object["shape"] as? [Int])
    let tensor = Tensor(numbers, shape: shape)
    return object["dtype"] as? String == "int64" ? tensor.to(.int64) : tensor.to(.float32)
}

func tensors(_ value: Any?) throws -> [String: Tensor] {
    try #require(value as? [String: Any]).mapValues { try tensor($0) }
}

func expectClose(_ found: Tensor, _ expected: Tensor, _ place: String, tolerance: Double = 1e-5) {
    #expect(found.shape == expected.shape, "\(place)")
    let difference = (found.detached().to(.float64) - expected.to(.float64)).abs().max().item()
    #expect(difference <= tolerance, "\(place) differs by \(difference)")
}

extension TabularTests {
    @Suite("The tabular model") struct ModelTests {
        private static let options: [String: TabularModel.Options] = [
            "model": .init(), "model, fastai 1 order": .init(range: 0.5...5.5, linearFirst: false),
            "model, bare": .init(normalizes: false, normalizesNumbers: false),
            "model, final norm": .init(normalizesOutput: true),
        ]

        @Test("outputs and gradients in training are fastai's", arguments: options.keys.sorted())
        func parity(name: String) throws {
            let reference = try #require(try Fixture.cases("tabular.json")[name])
            var options = try #require(Self.options[name])
            options.layers = [6, 5]
            let model = try TabularModel(
                embeddings: [(5, 3), (9, 4)], numberCount: 2, outputCount: 1, options: options)
            let state = try tensors(reference["state"])
            try model.loadStateDict(state)
            #expect(Set(model.stateDict().map(\.name)) == Set(state.keys))
            let output = model([try tensor(reference["codes"]), try tensor(reference["numbers"])])
            expectClose(output, try tensor(reference["output"]), "output")
            output.sin().sum().backward()
            let gradients = try tensors(reference["gradients"])
            for (name, parameter) in model.namedParameters() {
                expectClose(try #require(parameter.grad), try #require(gradients[name]), name)
            }
        }

        @Test("embedding sizes follow fastai's rules")
        func embeddingSizes() throws {
            let reference = try #require(try Fixture.cases("tabular.json")["embedding"])
            let counts = try #require(reference["counts"] as? [Int])
            #expect(counts.map { EmbeddingRule.power.size($0) } == reference["sizes"] as? [Int])
            // The pairs that fastai 1 printed for the Rossmann data.
            let printed = [
                (1116, 50), (8, 5), (4, 3), (13, 7), (32, 17), (3, 2), (26, 14), (27, 14), (5, 3), (24, 13), (9, 5),
                (53, 27), (22, 12), (7, 4),
            ]
            for (count, size) in printed { #expect(EmbeddingRule.half.size(count) == size) }
        }

        @Test("embeddings start small, dropout stands behind its layer, and wrong settings are refused")
        func settings() throws {
            manualSeed(1)
            let model = try TabularModel(
                embeddings: [(400, 30)], numberCount: 1, outputCount: 3,
                options: .init(layers: [8, 4], dropout: [0.25, 0], embeddingDropout: 0.1))
            let weight = model.embeds[0].weight
            #expect(weight.abs().max().item() <= 0.02)
            #expect(abs(weight.std().item() - 0.0088) < 0.0003)
            #expect(model.layers.description.contains("Dropout(0.25)"))
            #expect(model.embDrop.p == 0.1)
            #expect(throws: TrainingError.self) {
                try TabularModel(
                    embeddings: [], numberCount: 1, outputCount: 1, options: .init(layers: [8], dropout: [0.1, 0.2]))
            }
            #expect(throws: TrainingError.self) {
                try TabularModel(embeddings: [], numberCount: 0, outputCount: 1)
            }
            // Only categories, and only numbers.
            let codes = try TabularModel(
                embeddings: [(4, 2)], numberCount: 0, outputCount: 1, options: .init(layers: [3]))
            #expect(codes.eval()([Tensor([[1], [2]]), .empty([2, 0])]).shape == [2, 1])
            let numbers = try TabularModel(embeddings: [], numberCount: 2, outputCount: 1, options: .init(layers: [3]))
            #expect(numbers.eval()([Tensor.empty([2, 0], dtype: .int64), .ones([2, 2])]).shape == [2, 1])
        }

        @Test("small batches run on one thread; afterwards, and after an error, there are as many as before")
        func threads() throws {
            final class ThreadCounts: Callback {
                var seen: Set<Int> = []
                var fails = false
                override func afterBatch(_ trainer: Trainer) throws {
                    seen.insert(Machine.threadCount)
                    if fails { throw DataError("No.") }
                }
            }
            let before = Machine.threadCount
            defer { Machine.threadCount = before }
            Machine.threadCount = 2
            let counts = ThreadCounts()
            let learner = try tabularLearner(
                BaselineTests.income(), .init(layers: [8]),
                TrainingOptions(callbacks: [counts], precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fit(1)
            #expect(counts.seen == [1] && Machine.threadCount == 2)
            counts.fails = true
            #expect(throws: CallbackError.self) { try learner.fit(1) }
            #expect(Machine.threadCount == 2)
            counts.fails = false
            // Larger batches than that have all threads.
            learner.singleThreadBatchSize = 8
            counts.seen = []
            try learner.fit(1)
            #expect(counts.seen == [2])
            var trees = GradientBoostedTrees(rounds: 1)
            trees.threads = 1
            _ = try trees.fit(to: BaselineTests.income())
            #expect(Machine.threadCount == 2)
        }
    }
}
