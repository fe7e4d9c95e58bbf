// Numbers that are not finite: the fit ends with the last good weights, and no file gets the spoilt ones.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Numbers that are not finite") struct NonFiniteTests {
        /// Sets the rate of a step, counted from 0.
        final class Exploding: Callback {
            let step: Int
            let rate: Double
            private var steps = 0
            init(step: Int, rate: Double = 1e30) { (self.step, self.rate) = (step, rate) }
            override var settings: String? { nil }
            override var order: Int { 70 }
            override func beforeStep(_ trainer: Trainer) {
                if steps == step { trainer.optimizer.update(group: 0) { $0.learningRate = rate } }
                steps += 1
            }
        }

        private func state(_ trainer: Trainer) -> [[Float]] {
            trainer.model.stateDict().map { $0.tensor.detached().flatten().array() }
        }

        private func trainer() throws -> Trainer {
            manualSeed(2)
            let inputs = Tensor.randn(12, 3)
            let trainer = try quietTrainer(
                inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1),
                model: Sequential([Linear(3, 4), BatchNorm1d(4), Linear(4, 1)]), optimizer: .sgd())
            return trainer
        }

        @Test("a fit whose loss is no number ends with an error and the weights and statistics of the last good epoch")
        func lastGood() throws {
            let good = try trainer()
            try good.fit(2, learningRate: 0.01)
            let spoilt = try trainer()
            let stop = StopOnNaN()
            let said = message(of: NonFiniteError.self) {
                // Three steps an epoch: the second of the third epoch.
                try spoilt.with([stop, Exploding(step: 7)]) { try spoilt.fit(5, learningRate: 0.01) }
            }
            #expect(said.contains("in epoch 2, training batch 2 (items 8, 9, 10, 11)"))
            #expect(said.contains("Lower the learning rate") && stop.finding?.batch == 2)
            #expect(spoilt.recorder.rows.count == 2)
            #expect(state(spoilt) == state(good))
            // A further fit starts from there.
            try spoilt.with([StopOnNaN()]) { try spoilt.fit(1, learningRate: 0.01) }
            #expect(spoilt.model.firstNonFinite() == nil && spoilt.recorder.rows.count == 3)
        }

        @Test("a last step that spoils the weights counts, too")
        func lastStep() throws {
            let good = try trainer()
            try good.fit(1, learningRate: 0.01)
            let spoilt = try trainer()
            // Without a validation no loss would tell.
            try spoilt.replaceData(train: spoilt.train, valid: nil)
            let said = message(of: NonFiniteError.self) {
                try spoilt.with([StopOnNaN(), Exploding(step: 5, rate: .infinity)]) {
                    try spoilt.fit(2, learningRate: 0.01)
                }
            }
            #expect(said.contains("0.weight of the model is not finite after epoch 1"))
            #expect(state(spoilt) == state(good))
        }

        @Test("fine-tuning ends with its first phase, and the best weights are taken up where they were saved")
        func phases() throws {
            try withTemporaryFolder { folder in
                let trainer = try trainer()
                let best = SaveBest(to: folder.appending(path: "best.safetensors"))
                #expect(throws: NonFiniteError.self) {
                    try trainer.with([StopOnNaN(), best, Exploding(step: 4)]) {
                        try trainer.fineTune(2, freezeEpochs: 3)
                    }
                }
                #expect(trainer.recorder.rows.count == 1 && trainer.epochs == 3)
                let saved = try SafetensorsFile(folder.appending(path: "best.safetensors"))
                let weight = try saved.tensor("model/0.weight").flatten().array(of: Float.self)
                #expect(state(trainer)[0] == weight)
            }
        }

        @Test("a run that ended so is no run that is done: it comes to the same end when it is started again")
        func resumed() throws {
            try withTemporaryFolder { folder in
                // The run that is started again begins with the seventh step.
                for step in [7, 1] {
                    let trainer = try trainer()
                    #expect(throws: NonFiniteError.self) {
                        try trainer.with([StopOnNaN(), Checkpoints(in: folder), Exploding(step: step)]) {
                            try trainer.fit(5, learningRate: 0.01)
                        }
                    }
                    #expect(trainer.recorder.rows.count == 2)
                    #expect(trainer.model.firstNonFinite() == nil)
                }
            }
        }

        @Test("export refuses weights that are no numbers, and names the tensor; the file of before stays")
        func export() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                for (path, value) in [("1.weight", Float.nan), ("1.running_var", .infinity), ("0.bias", -.infinity)] {
                    let model = Sequential([Linear(3, 4), BatchNorm1d(4), Linear(4, 2)])
                    let learner = try Learner(
                        parityLoaders(), model, TrainingOptions(precision: .float32, device: .cpu)
                    ).quiet()
                    try Data("before".utf8).write(to: file)
                    let tensor = try #require(model.stateDict().first { $0.name == path }?.tensor)
                    withoutGradients { _ = tensor[0].fill_(Scalar(value)) }
                    let said = message(of: ModelFileError.self) { try learner.export(to: file) }
                    #expect(said.contains("its tensor \(path) holds numbers that are infinite or NaN"))
                    #expect(try String(contentsOf: file, encoding: .utf8) == "before")
                    withoutGradients { _ = tensor[0].fill_(1) }
                    try learner.export(to: file)
                }
            }
        }
    }
}
