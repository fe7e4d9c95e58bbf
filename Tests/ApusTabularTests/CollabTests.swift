// Recommendations: the reference's numbers, training by rows, loaders, predictions and files.
import ApusCore
import Foundation
import RecommendationExamples
import Testing
import Torch

@testable import ApusTabular

/// The ratings of collab.json: sixty rows to train on, then fifteen with a user and a film of their own.
private func ratings(_ reference: [String: Any]) throws -> Table {
    let rows = try #require(reference["rows"] as? [String: Any])
    return try Table([
        ("user", Column(try #require(rows["user"] as? [Int]))),
        ("film", Column(try #require(rows["film"] as? [String]))),
        ("rating", Column(try #require(rows["rating"] as? [Double]))),
    ])
}

private func loaders(_ reference: [String: Any]) throws -> DataLoaders<CollabBlock, NumberBlock> {
    try CollabDataLoaders.fromTable(
        ratings(reference), split: .indices(60..<75), LoaderOptions(batchSize: 12, seed: 1, shuffle: false))
}

/// Keeps the loss of each batch that is trained on.
private final class KeepLosses: Callback {
    var losses: [Double] = []
    override func afterBatch(_ trainer: Trainer) {
        if trainer.isTraining { losses.append(trainer.batchLoss.item()) }
    }
}

extension TabularTests {
    @Suite("Recommendations") struct CollabTests {
        private func learner(
            _ name: String, _ reference: [String: Any], sparse: Bool = false, callbacks: [Callback] = []
        ) throws -> Learner<CollabBlock, NumberBlock> {
            let data = try loaders(reference)
            let learner =
                name == "network"
                ? try collabLearner(
                    data, .network(.init(layers: [6], range: 0...5.5), embeddings: .power.with(["user": 3])),
                    TrainingOptions(callbacks: callbacks, precision: .float32, device: .cpu))
                : try collabLearner(
                    data, .dotProduct(factors: 5, range: 0...5.5, sparse: sparse),
                    TrainingOptions(callbacks: callbacks, precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.model.loadStateDict(try tensors(reference["state"]))
            // In fastai the unknown user and item keep what chance gave them.
            if let product = learner.model as? EmbeddingDotBias {
                (product.unknownUserIsMean, product.unknownItemIsMean) = (false, false)
            }
            (learner.model as? TabularModel)?.untrainedRows = []
            return learner
        }

        @Test(
            "the same weights and batches give fastai's outputs, losses of 25 steps, and weights",
            arguments: ["dot product", "network"])
        func parity(name: String) throws {
            let reference = try #require(try Fixture.cases("collab.json")[name])
            let kept = KeepLosses()
            let learner = try learner(name, reference, callbacks: [kept])
            let input = learner.pipeline.input
            let classes = try #require(reference["classes"] as? [String: [String]])
            #expect(input.users.classes == classes["user"] && input.items.classes == classes["film"])
            let predictions = try learner.getPredictions(withInputs: true)
            #expect(predictions.inputs[0].equal(try tensor(reference["codes"])))
            let expected = try tensor(reference["output"])
            expectClose(predictions.outputs.flatten(), expected.flatten(), "outputs")
            try learner.fit(5, learningRate: 5e-3, weightDecay: 0.1)
            #expect(kept.losses.count == 25)
            expectClose(Tensor(kept.losses, shape: [25]), try tensor(reference["losses"]), "losses")
            for (key, value) in try tensors(reference["final"]) where value.dtype == .float32 && value.count > 0 {
                expectClose(try #require(learner.model.stateDict().first { $0.name == key }).tensor, value, key)
            }
            let validLoss = try #require(reference["valid_loss"] as? Double)
            #expect(abs(try learner.validate().loss - validLoss) < 1e-5)
        }

        @Test("rows of a sparse gradient move as PyTorch's SparseAdam moves them, in one pass and by operators")
        func sparseAdam() throws {
            let reference = try #require(try Fixture.cases("collab.json")["sparse Adam"])
            let indices = try tensor(reference["indices"])
            for dtype in [DType.float32, .float64] {
                let table = Embedding(7, 3, sparse: true)
                table.weight = try tensor(reference["start"]).to(dtype)
                let optimizer = OptimizerRecipe.adam(epsilon: 1e-20, weightDecay: 0).makeOptimizer(for: [
                    table.parameters()
                ])
                optimizer.update(group: 0) { $0.learningRate = 0.05 }
                for step in 0..<indices.size(0) {
                    let target = try tensor(reference["target"]).to(dtype)
                    (table(indices[step]) - target).square().mean().backward()
                    let gradient = try #require(table.weight.grad)
                    #expect(gradient.isSparse && gradient.toDense().shape == [7, 3])
                    optimizer.step()
                    optimizer.zeroGradients()
                }
                expectClose(table.weight, try tensor(reference["end"]), "\(dtype)", tolerance: 1e-5)
            }
        }

        @Test(
            "where a batch has all rows, a sparse table learns what a dense one learns, with either weight decay",
            arguments: [true, false])
        func sparseAndDense(decoupled: Bool) throws {
            func trained(sparse: Bool) -> Tensor {
                let table = Embedding(4, 3, sparse: sparse)
                table.weight = Tensor.arange(0, 12, dtype: .float32).reshape(4, 3) / 7
                let optimizer = OptimizerRecipe.adam(weightDecay: 0.3, decoupled: decoupled).makeOptimizer(for: [
                    table.parameters()
                ])
                optimizer.update(group: 0) { $0.learningRate = 0.1 }
                for step in 0..<6 {
                    (table(Tensor([0, 3, 1, 2, 3])).square().mean() * Double(step + 1)).backward()
                    optimizer.step()
                    optimizer.zeroGradients()
                }
                return table.weight
            }
            expectClose(trained(sparse: true), trained(sparse: false), "weights", tolerance: 1e-6)
        }

        @Test("other optimizers take a sparse gradient as one filled up with zeros; clipping sees its length")
        func otherOptimizers() throws {
            func trained(sparse: Bool, _ maker: OptimizerRecipe) -> Tensor {
                let table = Embedding(5, 2, sparse: sparse)
                table.weight = Tensor.arange(0, 10, dtype: .float32).reshape(5, 2)
                let optimizer = maker.makeOptimizer(for: [table.parameters()])
                optimizer.update(group: 0) { $0.learningRate = 0.1 }
                for _ in 0..<3 {
                    table(Tensor([0, 3, 3])).square().sum().backward()
                    optimizer.step()
                    optimizer.zeroGradients()
                }
                return table.weight
            }
            for maker in [OptimizerRecipe.sgd(momentum: 0.9), OptimizerRecipe.rmsProp(), OptimizerRecipe.lamb()] {
                expectClose(trained(sparse: true, maker), trained(sparse: false, maker), "weights", tolerance: 1e-6)
            }
            let reference = try #require(try Fixture.cases("collab.json")["dot product"])
            func norm(sparse: Bool) throws -> Double {
                let clipping = GradientClipping(1e-3)
                let learner = try learner("dot product", reference, sparse: sparse, callbacks: [clipping])
                try learner.fit(1, learningRate: 1e-4)
                return clipping.lastNorm
            }
            #expect(abs(try norm(sparse: true) / norm(sparse: false) - 1) < 1e-4)
        }

        @Test("a model of rows that are touched in turn trains, is saved and restored, and goes on the same")
        func sparseRun() throws {
            let reference = try #require(try Fixture.cases("collab.json")["dot product"])
            let whole = try learner("dot product", reference, sparse: true)
            try whole.fit(2, learningRate: 5e-3, weightDecay: 0.1)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "run.safetensors")
                let first = try learner("dot product", reference, sparse: true)
                try first.fit(1, learningRate: 5e-3, weightDecay: 0.1)
                try first.save(to: file)
                let second = try learner("dot product", reference, sparse: true)
                try second.restoreState(from: file)
                try second.fit(1, learningRate: 5e-3, weightDecay: 0.1)
                for ((_, ours), (name, expected)) in zip(second.model.stateDict(), whole.model.stateDict()) {
                    #expect(ours.equal(expected), "\(name)")
                }
            }
            // 944 users and 1665 films of 50 factors are few; a million users are not.
            let dense = try learner("dot product", reference).model as? EmbeddingDotBias
            #expect(dense?.uWeight.isSparse == false)
            let many = try Table([
                ("user", Column(Array(0..<60_000))), ("item", Column(Array(0..<60_000))),
                ("rating", Column(Array(repeating: 1.0, count: 60_000))),
            ])
            let large =
                try collabLearner(CollabDataLoaders.fromTable(many, LoaderOptions(seed: 1))).model as? EmbeddingDotBias
            #expect(large?.uWeight.isSparse == true)
        }

        @Test("pairs, rows and tables are predicted alike, unknown ones by the row #na#, also after export")
        func predictions() throws {
            for name in ["dot product", "network"] {
                let reference = try #require(try Fixture.cases("collab.json")[name])
                let learner = try learner(name, reference)
                let table = try ratings(reference)[60..<75]
                let expected = try tensor(reference["output"]).flatten()
                func check(_ found: [Double], _ place: String) {
                    expectClose(Tensor(found, shape: [found.count]).to(.float32), expected, "\(name), \(place)")
                }
                check(try learner.predict(table), "table")
                check(try learner.predict(table.rows()), "rows")
                check(try table.rows().map { try learner.predict(user: $0["user"]!, item: $0["film"]!) }, "pairs")
                try withTemporaryFolder { folder in
                    let file = folder.appending(path: "films.safetensors")
                    try learner.export(to: file)
                    let loaded = try Recommender(from: file, precision: .float32, device: .cpu)
                    check(try loaded.predict(table), "loaded")
                    #expect(try loaded.recommend(to: 3) == learner.recommend(to: 3))
                    #expect(try loaded.itemsSeen(by: 3) == learner.itemsSeen(by: 3))
                    #expect(throws: ModelFileError.self) { try TabularRegressor(from: file) }
                }
                let lacking = dataError { _ = try learner.predict(["user": 3]) }
                #expect(lacking.contains("lacks the column \"film\""), "\(lacking)")
                // A text among users of whole numbers is one that is not known.
                #expect(
                    try learner.predict(user: "ada", item: "Fargo") == learner.predict(user: nil, item: "Fargo"))
            }
        }

        @Test("the models of the course, written by hand, go the way that PyTorch's go")
        func examples() throws {
            let cases = try Fixture.cases("collab.json")
            func check(_ name: String, _ model: Module, _ keys: [String: String] = [:], decay: Double = 0) throws {
                let reference = try #require(cases[name])
                let state = try tensors(reference["state"])
                try model.loadStateDict(
                    Dictionary(
                        uniqueKeysWithValues: state.map { key, value in
                            // Rows of one number have no second dimension in a table of one's own.
                            keys[key].map { ($0, $0.hasSuffix("bias") ? value.squeeze(dim: 1) : value) } ?? (key, value)
                        }))
                let (codes, targets) = (try tensor(reference["codes"]), try tensor(reference["targets"]))
                let batches = (0..<25).map { step in
                    (
                        codes.narrow(dim: 0, start: step % 5 * 12, length: 12),
                        targets.narrow(dim: 0, start: step % 5 * 12, length: 12)
                    )
                }
                let losses = descend(model, batches: batches, learningRate: 0.1, weightDecay: decay)
                expectClose(Tensor(losses, shape: [25]), try tensor(reference["losses"]), name, tolerance: 2e-5)
            }
            let codes = try tensor(try #require(cases["scratch"])["codes"])
            let (users, items) = (
                codes.select(dim: 1, index: 0).max().item(as: Int.self) + 1,
                codes.select(dim: 1, index: 1).max().item(as: Int.self) + 1
            )
            try check("scratch", DotProduct(users: users, items: items, factors: 4))
            try check("scratch, range", DotProduct(users: users, items: items, factors: 4, range: 0...5.5))
            try check("scratch, bias", DotProductBias(users: users, items: items, factors: 4))
            let own = [
                "user_factors.weight": "user_factors", "item_factors.weight": "item_factors",
                "user_bias.weight": "user_bias", "item_bias.weight": "item_bias",
            ]
            try check("scratch, bias", OwnEmbedding(users: users, items: items, factors: 4), own)
            try check("scratch, decay", OwnEmbedding(users: users, items: items, factors: 4), own, decay: 0.02)
        }
    }
}
