// Users, items and categories that no training row had: what stands for them, in predictions, files and figures.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Values that training never met") struct UnknownValueTests {
        /// Three users, two items and ratings, of which the last row may lack its user.
        private func ratings(lastUser: String? = "c") throws -> DataLoaders<CollabBlock, NumberBlock> {
            try CollabDataLoaders.fromTable(
                Table([
                    ("user", Column(["a", "b", "c", "a", lastUser])), ("item", Column(["x", "y", "x", "y", "y"])),
                    ("rating", Column([1.0, 2, 3, 4, 5])),
                ]), split: .none, LoaderOptions(batchSize: 5, seed: 1, shuffle: false))
        }

        /// Tables `[3, 2]` and `[4, 2]` with numbers that are easily averaged; the unknown ones' are far away.
        private func product(
            _ loaders: DataLoaders<CollabBlock, NumberBlock>
        ) throws -> Learner<CollabBlock, NumberBlock> {
            let learner = try collabLearner(loaders, .dotProduct(factors: 2), TrainingOptions(device: .cpu))
            learner.showsProgress = false
            let model = try #require(learner.model as? EmbeddingDotBias)
            withoutGradients {
                _ = model.uWeight.weight.copy_(Tensor([[99, -99], [1, 2], [3, 4], [5, 9]] as [[Float]]))
                _ = model.iWeight.weight.copy_(Tensor([[77, 70], [2, 1], [4, 3]] as [[Float]]))
                _ = model.uBias.weight.copy_(Tensor([[50], [0.5], [1], [1.5]] as [[Float]]))
                _ = model.iBias.weight.copy_(Tensor([[60], [0.25], [0.75]] as [[Float]]))
            }
            return learner
        }

        @Test("for an unknown user or item stands the mean of the known ones, also in a file and in recommendations")
        func product() throws {
            let learner = try product(ratings())
            // Users' means are (3, 5) and 1, items' (3, 2) and 0.5.
            let (x, y) = (12.25, 28.75)  // 3 * 2 + 5 * 1 + 1 + 0.25 and 3 * 4 + 5 * 3 + 1 + 0.75
            func check(_ learner: some Predicting<CollabBlock, NumberBlock>, _ place: String) throws {
                #expect(try learner.predict(user: "z", item: "x") == x, "\(place)")
                #expect(try learner.predict(user: "a", item: "w") == 8, "\(place)")
                #expect(try learner.predict(user: "z", item: "w") == 20.5, "\(place)")
                #expect(try learner.predict(user: "a", item: "x") == 4.75, "\(place)")
                let table = try Table([("user", Column(["a", "z"])), ("item", Column(["x", "y"]))])
                #expect(try learner.predict(table) == [4.75, y], "\(place)")
                let best = try learner.recommend(to: "z")
                #expect(best == [Recommendation(item: "y", score: y), Recommendation(item: "x", score: x)], "\(place)")
            }
            try check(learner, "trained")
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "m.safetensors")
                try learner.export(to: file)
                try check(Recommender(from: file, device: .cpu), "loaded")
            }
            // After a step the mean is that of the new numbers.
            try learner.fit(1, learningRate: 0.1)
            let model = try #require(learner.model as? EmbeddingDotBias)
            func mean(_ embedding: Embedding) -> Tensor { embedding.weight.detached()[1...].mean(dim: 0) }
            let bias = mean(model.uBias) + mean(model.iBias)
            let expected = ((mean(model.uWeight) * mean(model.iWeight)).sum() + bias).item()
            #expect(abs(expected - 20.5) > 0.1)
            #expect(abs(try learner.predict(user: "z", item: "w") - expected) < 1e-4)
        }

        @Test("where training rows lacked users, what was learned of those stands for the unknown ones")
        func missingUsers() throws {
            let learner = try product(ratings(lastUser: nil))
            #expect(learner.pipeline.input.users.untrained.isEmpty && learner.pipeline.input.items.untrained == [0])
            #expect(try learner.predict(user: "z", item: "x") == 149.25)
        }

        @Test("a network takes the mean of the vectors; an order's values without rows count as unknown")
        func network() throws {
            let table = try Table([
                ("size", Column(["s", "l", "s", "l"])), ("kind", Column(["p", nil, "q", "p"])),
                ("y", Column(["no", "yes", "no", "yes"])),
            ])
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", categorical: ["size", "kind"], continuous: [],
                processes: [.categorify(order: ["size": ["s", "m", "l"]])], split: .none,
                LoaderOptions(batchSize: 4, seed: 1))
            #expect(loaders.pipeline.input.categories.map(\.untrained) == [[0, 2], []])
            let learner = try tabularLearner(
                loaders, .init(normalizes: false, normalizesNumbers: false),
                embeddings: .power.with(["size": 2, "kind": 1]), TrainingOptions(device: .cpu))
            let model = try #require(learner.model as? TabularModel)
            model.embeds[0].weight = Tensor([[9, 9], [1, 3], [-7, -7], [3, 4]] as [[Float]])
            func vector(_ codes: [Int]) -> [Double] {
                var seen: [Double] = []
                let hook = model.layers.registerForwardPreHook { _, inputs in
                    seen = inputs[0].detached().array(of: Double.self)
                    return nil
                }
                defer { hook.remove() }
                _ = model([Tensor(codes, shape: [1, 2]), Tensor.empty([1, 0])])
                return Array(seen.prefix(2))
            }
            model.eval()
            #expect(vector([1, 1]) == [1, 3] && vector([3, 1]) == [3, 4])
            #expect(vector([0, 1]) == [2, 3.5] && vector([2, 0]) == [2, 3.5])
            model.train()
            #expect(vector([0, 1]) == [9, 9])
            let size = try learner.embedding(of: "size")
            #expect(try size.vector(of: "m") == [2, 3.5] && size.vector(of: "#na#") == [2, 3.5])
            // Neither #na# nor a value without rows is a neighbor.
            #expect(try size.nearest(to: "s").map(\.value) == ["l"])
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "m.safetensors")
                try learner.export(to: file)
                let loaded = try TabularClassifier(from: file, device: .cpu)
                #expect(loaded.withModel({ ($0 as? TabularModel)?.untrainedRows }) == [[0, 2], []])
                #expect(try loaded.embedding(of: "size").vector(of: "m") == [2, 3.5])
            }
        }

        @Test("a model that does not know what users have rated says so instead of calling some items most rated")
        func ratingCounts() throws {
            let table = try Table([
                ("user", Column([1, 1, 2, 2])), ("item", Column(["x", "y", "y", "w"])), ("r", Column([1.0, 2, 3, 4])),
            ])
            let loaders = try CollabDataLoaders.fromTable(
                table, split: .none, keepsSeen: false, LoaderOptions(batchSize: 4, seed: 1))
            let learned = try CollabInterpretation(
                collabLearner(loaders, .dotProduct(factors: 2), TrainingOptions(device: .cpu)))
            let said = #expect(throws: TrainingError.self) { try learned.mostRated(2) }
            #expect(said?.description.contains("keepsSeen: false") == true)
            #expect(throws: TrainingError.self) { try learned.plotFactors() }
            // All three items need no choice.
            #expect(try learned.principalFactors(2).shape == [3, 2])
        }

        @Test("choices with a range, and classes with one, are refused before training")
        func ranges() throws {
            let table = try Table([("user", Column([1, 2, 1])), ("item", Column(["x", "y", "y"]))])
            let choices = try CollabDataLoaders.fromChoices(table, split: .none, LoaderOptions(batchSize: 4, seed: 1))
            let said = #expect(throws: TrainingError.self) { try collabLearner(choices, .dotProduct(range: 0...1)) }
            #expect(said?.description.contains("range 0.0...1.0 would cut them off") == true, "\(said!)")
            #expect(throws: TrainingError.self) { try collabLearner(choices, .network(.init(range: 0...1))) }
            let squares = try collabLearner(choices, .dotProduct(factors: 2, range: 0...1), loss: .mse)
            #expect((squares.model as? EmbeddingDotBias)?.range == 0...1)
            let classes = try TabularDataLoaders.fromTable(table, target: "item", continuous: ["user"], split: .none)
            #expect(throws: TrainingError.self) { try tabularLearner(classes, .init(range: 0...1)) }
        }

        @Test("the network of a table or of ratings is the one that the options say")
        func options() throws {
            let options = TabularModel.Options(
                layers: [7, 5], dropout: [0.1, 0.2], embeddingDropout: 0.3, range: 0...6)
            let loaders = try ratings()
            let rows = try TabularDataLoaders.fromTable(
                Table([("x", Column([1.5, 2, 3])), ("y", Column([1.0, 2, 3]))]), target: "y",
                targetBlock: NumberBlock(), continuous: ["x"], split: .none, LoaderOptions(batchSize: 3))
            func made(_ learner: Learner<some InputBlock, some TargetBlock>) throws -> TabularModel.Options {
                try #require(learner.model as? TabularModel).options
            }
            #expect(try made(tabularLearner(rows, options)) == options)
            #expect(try made(collabLearner(loaders, .network(options))) == options)
            #expect(try made(tabularLearner(rows)) == TabularModel.Options())
        }
    }
}
