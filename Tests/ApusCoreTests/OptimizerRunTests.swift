// Whole runs with each optimizer and schedule: against the reference, and saved in their middle.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Runs of optimizers and schedules") struct OptimizerRunTests {
        typealias Run = (optimizer: OptimizerRecipe, decaysAll: Bool, train: @Sendable (Trainer) throws -> Void)

        /// What each case of runs.json is in Swift.
        static let runs: [String: Run] = {
            let cycle: @Sendable (Trainer) throws -> Void = { try $0.fitOneCycle(7, learningRate: 0.02) }
            let constant: @Sendable (Trainer) throws -> Void = { try $0.fit(7, learningRate: 0.02) }
            let adam = OptimizerRecipe.adam()
            return [
                "SGD": (OptimizerRecipe.sgd(momentum: 0.9, weightDecay: 0.01), false, cycle),
                "RMSProp": (OptimizerRecipe.rmsProp(momentum: 0.9, weightDecay: 0.01), false, cycle),
                "Adam": (adam, false, cycle),
                "RAdam": (OptimizerRecipe.rAdam(weightDecay: 0.01), false, cycle),
                "LAMB": (OptimizerRecipe.lamb(weightDecay: 0.01), false, cycle),
                "Ranger": (OptimizerRecipe.ranger(), false, cycle),
                "Lookahead of Adam": (OptimizerRecipe.lookahead(adam, interval: 5), false, cycle),
                // PyTorch's optimizers decay all parameters.
                "AdamW of PyTorch": (OptimizerRecipe.adamW(), true, constant),
                "Adagrad of PyTorch": (OptimizerRecipe.adagrad(weightDecay: 0.01), true, constant),
                "Nesterov of PyTorch": (OptimizerRecipe.sgd(momentum: 0.9, nesterov: true), true, constant),
                "fit(7, 0.02)": (adam, false, constant),
                "fit_flat_cos(7, 0.02)": (adam, false, { try $0.fitFlatCosine(7, learningRate: 0.02) }),
                "fit_sgdr(2, 3, 0.02)": (
                    adam, false, { try $0.fitWarmRestarts(cycles: 2, cycleLength: 3, learningRate: 0.02) }
                ),
                "fit_one_cycle(7, 0.02, pct_start=0.4)": (
                    adam, false, { try $0.fitOneCycle(7, learningRate: 0.02, startFraction: 0.4) }
                ),
            ]
        }()

        /// The network of runs.json on its data.
        static func trainer(
            optimizer: OptimizerRecipe = .adam(), decaysAll: Bool = false, batchSize: Int = 4
        ) throws -> Trainer {
            let data = try #require(try Fixture.cases("runs.json")["data"])
            let model = Sequential {
                Linear(3, 4)
                Tanh()
                Linear(4, 1)
            }
            try model.loadStateDict(try Fixture.tensors(data["initial"]))
            return try quietTrainer(
                inputs: Fixture.tensor(data["inputs"]), targets: Fixture.tensor(data["targets"]), batchSize: batchSize,
                model: model, optimizer: optimizer, decaysNormsAndBiases: decaysAll)
        }

        @Test("25 steps and more give the reference's parameters", arguments: runs.keys.sorted())
        func parity(_ name: String) throws {
            let expected = try #require(try Fixture.cases("runs.json")[name])
            let run = try #require(Self.runs[name])
            let trainer = try Self.trainer(optimizer: run.optimizer, decaysAll: run.decaysAll)
            try run.train(trainer)
            #expect(trainer.recorder.losses.count >= 25)
            for (key, tensor) in try Fixture.tensors(expected["final"]) {
                let own = try #require(trainer.model.stateDict().first { $0.name == key }?.tensor)
                expectClose(own, tensor, "\(name), \(key)")
            }
            let loss = try #require(expected["loss"] as? NSNumber).doubleValue
            expectClose([try #require(trainer.recorder.losses.last)], [loss], "last loss")
        }

        @Test("every case of the reference is compared")
        func complete() throws {
            #expect(Set(try Fixture.cases("runs.json").keys) == Set(Self.runs.keys).union(["data"]))
        }

        @Test(
            "ten steps, saved and restored, and ten more are twenty steps, bit for bit",
            arguments: OptimizerTests.makers.keys.sorted())
        func saved(_ name: String) throws {
            let maker = try #require(OptimizerTests.makers[name])
            // A batch of two items: eight an epoch, so that the file is written within Lookahead's interval too.
            func steps(_ trainer: Trainer, _ count: Int) throws {
                final class Stop: Callback {
                    var left: Int
                    init(_ count: Int) { left = count }
                    // Behind the recorder.
                    override var order: Int { 70 }
                    override func afterBatch(_ trainer: Trainer) throws {
                        guard trainer.isTraining else { return }
                        left -= 1
                        if left == 0 { throw Cancel.fit }
                    }
                }
                try trainer.with([Stop(count)]) { try trainer.fit(9, learningRate: 0.05, momentum: 0.8) }
            }
            let straight = try Self.trainer(optimizer: maker, batchSize: 2)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "state.safetensors")
                let first = try Self.trainer(optimizer: maker, batchSize: 2)
                for trainer in [first, straight] { try steps(trainer, 10) }
                try first.save(to: file)
                let second = try Self.trainer(optimizer: maker, batchSize: 2)
                try second.restoreState(from: file)
                for trainer in [second, straight] { try steps(trainer, 10) }
                #expect(second.recorder.losses == straight.recorder.losses && second.recorder.losses.count == 20)
                for (one, other) in zip(second.model.stateDict(), straight.model.stateDict()) {
                    #expect(one.tensor.equal(other.tensor), "\(one.name)")
                }
                let other = try Self.trainer(optimizer: name == "SGD" ? .adam() : .sgd())
                if straight.optimizer.name != other.optimizer.name {
                    let said = message(of: TrainingError.self) { try other.restoreState(from: file) }
                    #expect(said.contains(straight.optimizer.name) && said.contains(other.optimizer.name))
                }
            }
        }
    }
}
