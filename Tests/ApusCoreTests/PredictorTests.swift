// Predictors: what they share with a learner, and what a fit around them does not notice.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// A model that says which mode it was run in.
private final class ModeNet: Module {
    let linear = Linear(3, 2)
    var modes: [Bool] = []

    override func forward(_ input: Tensor) -> Tensor {
        modes.append(isTraining)
        return linear(input)
    }
}

/// Predicts in the middle of a training.
private final class Asking: Callback {
    let ask: (Trainer) throws -> Void
    init(_ ask: @escaping (Trainer) throws -> Void) { self.ask = ask }
    override func afterBatch(_ trainer: Trainer) throws { if trainer.isTraining { try ask(trainer) } }
}

extension CoreTests {
    @Suite("Predictors") struct PredictorTests {
        private let rows: [[Float]] = [[1, 3, 0], [3, 1, 0.5], [0, 2, 1]]

        @Test("a learner and its predictor say the same, one by one, of many and of values")
        func roads() throws {
            let learner = try LearnerTests.learner()
            try learner.fit(1)
            let predictor = learner.predictor
            let expected = try rows.map { try predictor.predict($0).probabilities }
            func close(_ found: [CategoryPrediction]) -> Bool {
                found.count == 3
                    && zip(found, expected).allSatisfy { zip($0.probabilities, $1).allSatisfy { abs($0 - $1) < 1e-6 } }
            }
            #expect(close(try learner.predict(rows)))
            #expect(close(try predictor.predict(rows, batchSize: 2)))
            #expect(close(try predictor.predict(values: rows, batchSize: 2)))
            let rest = try predictor.predict(values: Array(rows[1...]))
            #expect(close([try predictor.predict(value: rows[0])] + rest))
            let outputs = try predictor.getPredictions(of: rows).outputs
            #expect(outputs.array(of: Float.self).count == 6)
            expectClose(outputs, Tensor(expected), "outputs", tolerance: 1e-6)
            // The weights of now answer, also through a predictor that was asked for before.
            withoutGradients { for parameter in learner.model.parameters() { parameter.fill_(0) } }
            #expect(try predictor.predict(rows[0]).probabilities == [0.5, 0.5])
        }

        @Test("predictions of a shuffled loader that leaves out its last batch are of all items, in their order")
        func allItems() throws {
            let loaders = try parityLoaders(7, batchSize: 4)
            let learner = try Learner(
                loaders, Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            #expect(loaders.train.batchCount == 1)
            let expected = try learner.predictor.getPredictions(of: loaders.trainItems.map(\.input))
            let found = try learner.predictor.getPredictions(loaders.train)
            #expect(found.count == 7)
            expectClose(found.outputs, expected.outputs, "outputs", tolerance: 1e-6)
        }

        @Test("metrics are measured by a predictor, where the loader has labels")
        func metrics() throws {
            let learner = try LearnerTests.learner()
            let items = try #require(learner.loaders).validItems
            let loader = try #require(learner.loaders).testLoader(labeled: items)
            let predictions = try learner.predictor.getPredictions(loader)
            #expect(try predictions.measure(.accuracy) == learner.getPredictions(loader).measure(.accuracy))
            #expect(predictions.losses == nil && predictions.count == items.count)
            #expect(throws: TrainingError.self) {
                try learner.predictor.getPredictions(of: rows).measure(.accuracy)
            }
        }

        @Test("a prediction inside a fit leaves the mode and the random numbers as they were")
        func insideFit() throws {
            func weights(_ ask: ((Trainer) throws -> Void)?) throws -> (Tensor, [Bool]) {
                manualSeed(3)
                let model = ModeNet()
                let learner = try Learner(
                    parityLoaders(), model, TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
                let row = rows[0]
                if ask != nil {
                    learner.add(
                        Asking { [unowned learner] _ in
                            _ = try learner.predict(row)
                            _ = try learner.predictor.predict([row, row])
                            #expect(learner.model.isTraining)
                        })
                }
                try learner.fit(2)
                return (model.linear.weight.detached().clone(), model.modes)
            }
            let plain = try weights(nil)
            let asked = try weights { _ in }
            #expect(plain.0.equal(asked.0))
            #expect(asked.1.count > plain.1.count && asked.1.count { $0 } == plain.1.count { $0 })
        }

        @Test("a predictor of blocks and a model in memory, and one whose decoder is given")
        func memory() throws {
            let pipeline = Pipeline(input: VectorBlock(), target: CategoryBlock(vocabulary: ["a", "b"]))
            let model = Linear(3, 2)
            try model.loadStateDict([
                "weight": Tensor([[1, 0, 0], [0, 1, 0]] as [[Float]]), "bias": Tensor([0, 0] as [Float]),
            ])
            let predictor = Predictor(pipeline, model, precision: .float32, device: .cpu)
            #expect(try predictor.predict([2, 1, 0]).label == "a")
            #expect(try predictor.predict([1, 2, 0]).label == "b")
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "m.safetensors")
                let loss = Loss(
                    name: "own", function: { output, targets in output.crossEntropy(targets[0]) },
                    perItem: { output, targets in output.crossEntropy(targets[0], reduction: .none) },
                    activation: .custom { $0.softmax(dim: 1) }, decision: .custom { $0.argmin(dim: 1) })
                let learner = try LearnerTests.learner(parityLoaders(), nil, loss: loss)
                try learner.export(to: file)
                let said = message(of: ModelFileError.self) {
                    _ = try Predictor<VectorBlock, CategoryBlock>(from: file, model: Linear(3, 2))
                }
                #expect(said.contains("decoder:") && said.contains("own"))
                let loaded = try Predictor<VectorBlock, CategoryBlock>(
                    from: file, decoder: OutputDecoder(loss, target: learner.pipeline.target), precision: .float32,
                    device: .cpu, model: Linear(3, 2))
                #expect(try loaded.predict(rows[0]).label == learner.predict(rows[0]).label)
            }
        }

        @Test("a type that is added takes the place of an earlier one of its name")
        func types() throws {
            struct Other: ItemTransform {
                static var storedName: String { "Doubled" }
                func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {}
            }
            let types = VectorBlock.storedTypes.adding(Other.self)
            #expect(types["Doubled"] == Other.self && types.names.sorted() == ["Doubled", "Jittered", "Shifted"])
            #expect(StoredTypes.standard.adding(types)["Shifted"] == Shifted.self && types["Magic"] == nil)
        }
    }
}
