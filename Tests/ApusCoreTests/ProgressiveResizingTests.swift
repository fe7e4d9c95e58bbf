// New data for a learner, and training at one size after the other.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("New data") struct ProgressiveResizingTests {
        /// Loaders whose "size" is a shift of the inputs.
        static func loaders(shift: Int?, vocabulary: [String] = ["even", "odd"], count: Int = 12) throws
            -> DataLoaders<VectorBlock, CategoryBlock>
        {
            let block = CategoryBlock(vocabulary: vocabulary)
            return try DataLoaders(
                pipeline: Pipeline(
                    input: VectorBlock(), target: block,
                    batchTransforms: shift.map { [Shifted(by: Float($0))] } ?? []),
                train: rows(count).filter { vocabulary.contains($0.target) },
                LoaderOptions(batchSize: 4, workers: 0, seed: 1))
        }

        @Test("weights and optimizer stay, prediction and export use the new transforms")
        func replaced() throws {
            let learner = try LearnerTests.learner()
            try learner.fit(1)
            let weight = try #require(learner.model.parameters().first).detached().clone()
            let mean = try #require(learner.optimizer.state[learner.model.parameters()[0].id]?["mean"]).clone()
            let raw = try learner.predict([3, 1, 0]).probabilities
            // The vocabulary is given here and learned there, which makes no difference.
            try learner.replaceData(Self.loaders(shift: 2))
            #expect(learner.model.parameters()[0].equal(weight))
            #expect(learner.optimizer.state[learner.model.parameters()[0].id]?["mean"]?.equal(mean) == true)
            #expect(learner.loaders?.trainItems.count == 12 && learner.valid == nil)
            let shifted = try learner.predict([3, 1, 0]).probabilities
            // By hand: logits of the shifted row.
            let output = learner.model(Tensor([[5, 3, 2]] as [[Float]])).softmax(dim: 1).array(of: Float.self)
            #expect(zip(shifted, output).allSatisfy { abs($0 - $1) < 1e-6 } && shifted != raw)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try learner.export(to: file)
                let loaded = try Learner<VectorBlock, CategoryBlock>(from: file, model: Linear(3, 2))
                #expect((loaded.pipeline.batchTransforms.first as? Shifted)?.by == 2)
            }
        }

        @Test(
            "data of other classes is refused, and changes nothing",
            arguments: [
                (["even", "odd", "prime"], "3 classes, the model 2; new are prime"),
                (["even"], "missing are odd"), (["odd", "even"], "another order"),
            ])
        func otherClasses(_ vocabulary: [String], _ said: String) throws {
            let learner = try LearnerTests.learner(Self.loaders(shift: nil))
            let loaders = try Self.loaders(shift: 1, vocabulary: vocabulary)
            #expect(message(of: TrainingError.self) { try learner.replaceData(loaders) }.contains(said))
            #expect(learner.pipeline.batchTransforms.isEmpty)
        }

        @Test("one cycle at each size, on that size's data, with one optimizer")
        func progressive() throws {
            let learner = try LearnerTests.learner(Self.loaders(shift: nil))
            final class Watch: Callback {
                var first: [Float] = []
                override func beforeBatch(_ trainer: Trainer) {
                    // The last number of each row is 1 before the shift.
                    first.append(trainer.inputs[0][0, 2].item(as: Float.self) - 1)
                }
            }
            let watch = Watch()
            learner.add(watch)
            var asked: [Int] = []
            try learner.fitProgressively(sizes: [64, 128], epochs: 2, learningRate: 0.01) { size in
                asked.append(size)
                #expect(watch.first.isEmpty)
                return try Self.loaders(shift: size)
            }
            #expect(asked == [64, 128])
            #expect(watch.first == Array(repeating: 64, count: 6) + Array(repeating: 128, count: 6))
            // Each size has its own cycle of 6 batches: the first rate is the highest divided by 25.
            let rates = learner.recorder.learningRates
            #expect(rates.count == 12 && rates[6] == 0.01 / 25 && rates[..<6] == rates[6...])
            #expect(learner.optimizer.state[learner.model.parameters()[0].id]?["step"]?.item() == 12)
            #expect((learner.pipeline.batchTransforms.first as? Shifted)?.by == 128)
        }

        @Test("a size whose data does not fit is refused before the first is trained")
        func refusedBefore() throws {
            let learner = try LearnerTests.learner(Self.loaders(shift: nil))
            #expect(throws: TrainingError.self) {
                try learner.fitProgressively(sizes: [64, 128], epochs: 1) { size in
                    try Self.loaders(shift: size, vocabulary: size == 64 ? ["even", "odd"] : ["even"])
                }
            }
            #expect(throws: TrainingError.self) {
                try learner.fitProgressively(sizes: [], epochs: 1) { try Self.loaders(shift: $0) }
            }
            #expect(learner.recorder.losses.isEmpty && learner.pipeline.batchTransforms.isEmpty)
        }
    }
}
