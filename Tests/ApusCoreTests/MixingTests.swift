// MixUp and CutMix against fastai's for given draws, and what they leave alone.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Mixes with given draws.
private final class GivenMix: MixingCallback {
    let given: [Int]
    let mixing: (inout [Tensor], Tensor) -> Tensor

    init(_ given: [Int], _ mixing: @escaping (inout [Tensor], Tensor) -> Tensor) {
        (self.given, self.mixing) = (given, mixing)
        super.init(alpha: 1)
    }

    override func order(of count: Int, random: inout SeededRandom) -> [Int] { given }
    override func mix(_ inputs: inout [Tensor], order: Tensor, random: inout SeededRandom) throws -> Tensor {
        mixing(&inputs, order)
    }
}

/// Puts out given numbers, and remembers what came in.
private final class GivenOutput: Module {
    @Parameter var shift = Tensor.zeros(1)
    let output: Tensor
    var seen: [Tensor] = []

    init(_ output: Tensor) { self.output = output }

    override func forward(_ input: Tensor) -> Tensor {
        seen.append(input)
        return output + shift
    }
}

private final class OneBatch: BatchSource, BatchIterator, @unchecked Sendable {
    var batch: Batch?
    init(_ batch: Batch?) { self.batch = batch }
    var batchCount: Int { 1 }
    var itemCount: Int { 4 }
    var batchSize: Int { 4 }
    func batches(epoch: Int) -> any BatchIterator { OneBatch(batch) }
    func next() -> Batch? {
        defer { batch = nil }
        return batch
    }
    func cancel() {}
}

extension CoreTests {
    @Suite("MixUp and CutMix") struct MixingTests {
        @Test("mixtures, targets and losses are fastai's", arguments: ["mixup", "cutmix", "mixup of numbers"])
        func fastaiNumbers(name: String) throws {
            let example = try #require(try Fixture.cases("mixing.json")[name])
            let share = try Fixture.tensor(example["share"])
            let order = try Fixture.tensor(example["order"]).array(of: Int.self)
            let mix = GivenMix(order) { inputs, order in
                if name == "cutmix" {
                    let (rows, columns) = CutMix.rectangle(share: 0.4, width: 8, height: 6, x: 5, y: 1)
                    inputs[0] = CutMix.mixed(inputs[0], order: order, rows: rows, columns: columns)
                    let part = Double(rows.count * columns.count) / 48
                    expectClose(Tensor([Float(1 - part)]), share, "the share")
                } else {
                    inputs = MixUp.mixed(inputs, order: order, share: share)
                }
                return share
            }
            let batch = Batch(
                inputs: [try Fixture.tensor(example["inputs"])], targets: [try Fixture.tensor(example["targets"])],
                indices: [0, 1, 2, 3])
            let model = GivenOutput(try Fixture.tensor(example["output"]))
            let isNumbers = name.hasSuffix("numbers")
            let trainer = Trainer(
                train: OneBatch(batch), valid: OneBatch(batch), model: model,
                loss: isNumbers ? .binaryCrossEntropyWithLogits() : .crossEntropy(),
                TrainingOptions(optimizer: .sgd(), callbacks: [mix], precision: .float32, device: .cpu))
            trainer.showsProgress = false
            try trainer.fit(1, learningRate: 0)
            expectClose(model.seen[0], try Fixture.tensor(example["mixed"]), "the inputs")
            expectClose(trainer.recorder.losses, try [Fixture.tensor(example["loss"]).item()], "the loss")
            // Validation sees the items as they are.
            expectClose(model.seen[1], batch.inputs[0], "the inputs of validation")
        }

        @Test("shares come from the beta distribution")
        func beta() {
            for (alpha, variance) in [(0.4, 1 / (4 * 1.8)), (1.0, 1 / 12.0), (3.0, 1 / 28.0)] {
                var random = SeededRandom(seed: 2)
                let draws = (0..<4000).map { _ in random.beta(alpha) }
                let mean = draws.reduce(0, +) / 4000
                let spread = draws.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4000
                #expect(abs(mean - 0.5) < 0.02 && abs(spread / variance - 1) < 0.08, "\(alpha)")
                #expect(draws.allSatisfy { (0...1).contains($0) })
            }
        }

        @Test("a seed repeats the mixtures; what cannot be mixed is refused")
        func seeds() throws {
            func losses(_ seed: Int, _ callback: Callback) throws -> [Double] {
                manualSeed(seed)
                let loaders = try DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: CategoryBlock(vocabulary: ["a", "b"])),
                    train: (0..<8).map { ([Float($0), 1], $0 % 2 == 0 ? "a" : "b") },
                    LoaderOptions(batchSize: 4, workers: 0, seed: 1))
                let learner = try Learner(
                    loaders, Linear(2, 2), TrainingOptions(callbacks: [callback], precision: .float32, device: .cpu)
                ).quiet()
                try learner.fit(2)
                return learner.recorder.losses
            }
            let first = try losses(1, MixUp())
            #expect(try losses(1, MixUp()) == first && losses(2, MixUp()) != first)
            #expect(throws: CallbackError.self) { _ = try losses(1, MixUp(alpha: 0)) }
            #expect(throws: CallbackError.self) { _ = try losses(1, CutMix()) }
        }
    }
}
