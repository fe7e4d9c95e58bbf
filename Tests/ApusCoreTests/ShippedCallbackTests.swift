// The shipped callbacks against fastai's runs with its own.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Shipped callbacks") struct ShippedCallbackTests {
        static func make(_ expression: String, folder: URL) throws -> Callback {
            switch expression {
            case "GradientAccumulation(8)": GradientAccumulation(8)
            case "GradientAccumulation(12)": GradientAccumulation(12)
            case "GradientAccumulation(6)": GradientAccumulation(6)
            case "GradientClip(0.2)": GradientClipping(0.2)
            case "EarlyStoppingCallback(patience=2)": EarlyStopping(patience: 2)
            case "EarlyStoppingCallback(min_delta=0.02, patience=2)": EarlyStopping(minDelta: 0.02, patience: 2)
            case "ReduceLROnPlateau(patience=1, factor=4)": ReduceOnPlateau(factor: 4)
            case "ReduceLROnPlateau(patience=1, factor=4, min_lr=0.2)": ReduceOnPlateau(factor: 4, minLearningRate: 0.2)
            case "SaveModelCallback()": SaveBest(to: folder.appending(path: "best.safetensors"))
            case "ShortEpochCallback(0.3, short_valid=False)": ShortEpochs(fraction: 0.3, shortensValidation: false)
            default: throw DataError("no callback for \(expression)")
            }
        }

        /// Notes the rate of each step.
        final class Rates: Callback {
            var rates: [Double] = []
            override var order: Int { 95 }
            override func beforeStep(_ trainer: Trainer) {
                rates.append(trainer.optimizer.groups[trainer.optimizer.groups.count - 1].learningRate)
            }
        }

        @Test(
            "steps, rates, validation losses and weights are fastai's",
            arguments: [
                "accumulation", "accumulation that carries on into the next epoch",
                "accumulation of items that the batch does not divide", "accumulation with a smaller last batch",
                "clipping", "early stopping", "early stopping with a least difference", "plateau",
                "plateau with a lowest rate", "save best", "short epochs",
            ])
        func run(_ name: String) throws {
            let expected = try #require(try Fixture.cases("callbacks.json")[name])
            let call = try #require(expected["call"] as? String).dropFirst(4).dropLast().split(separator: ",")
            let epochs = try #require(Int(call[0]))
            let rate = try #require(Double(call[1].trimmingCharacters(in: .whitespaces)))
            let model = Linear(3, 1)
            try model.loadStateDict(try Fixture.tensors(expected["initial"]))
            let trainer = try quietTrainer(
                inputs: Fixture.tensor(expected["inputs"]), targets: Fixture.tensor(expected["targets"]),
                batchSize: try #require(expected["batch_size"] as? Int), model: model, optimizer: .sgd())
            let rates = Rates()
            try withTemporaryFolder { folder in
                let callback = try Self.make(try #require(expected["callback"] as? String), folder: folder)
                try trainer.with([callback, rates]) { try trainer.fit(epochs, learningRate: .all(rate)) }
            }
            expectClose(rates.rates, try Fixture.numbers(expected["lr"]), "rates")
            let losses = try Fixture.numbers(expected["valid_losses"])
            // fastai's watch does not see the epoch in which a callback before it ends the fit.
            expectClose(
                trainer.recorder.rows.prefix(losses.count).map { $0.validLoss ?? .nan }, losses, "losses",
                tolerance: 1e-4)
            let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
            for (key, tensor) in try Fixture.tensors(expected["final"]) {
                expectClose(try #require(state[key]), tensor, key, tolerance: 1e-4)
            }
        }

        @Test("gradients added up over small batches make the step of the large batch, where there is no batch norm")
        func largeBatch() throws {
            func run(batchSize: Int, _ callbacks: [Callback]) throws -> (losses: [Double], weights: [Tensor]) {
                manualSeed(3)
                let model = Sequential([Linear(3, 8), LayerNorm(8), ReLU(), Linear(8, 1)])
                let generator = Generator(seed: 5)
                let inputs = Tensor.randn(64, 3, generator: generator)
                let trainer = try quietTrainer(
                    inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), batchSize: batchSize, model: model,
                    optimizer: .sgd(momentum: 0.9))
                try trainer.with(callbacks) { try trainer.fit(3, learningRate: 0.05) }
                return (trainer.recorder.losses, model.parameters())
            }
            let large = try run(batchSize: 32, [])
            let small = try run(batchSize: 8, [GradientAccumulation(32)])
            for (small, large) in zip(small.weights, large.weights) {
                expectClose(small, large, "weights", tolerance: 1e-6)
            }
            // What is recorded is each batch's own loss.
            #expect(small.losses.count == 24)
            expectNear(small.losses.prefix(4).reduce(0, +) / 4, large.losses[0], "loss")
            // Without the callback the weights are others.
            let plain = try run(batchSize: 8, [])
            #expect((plain.weights[0] - large.weights[0]).abs().max().item() > 1e-3)
        }

        private func expectNear(_ found: Double, _ expected: Double, _ place: String) {
            #expect(abs(found - expected) < 1e-6, "\(place)")
        }

        @Test("accumulation warns of batch normalization, and drops what the last fit left")
        func accumulation() throws {
            let accumulation = GradientAccumulation(64)
            let model = Sequential([Linear(2, 4), BatchNorm1d(4), ReLU(), Linear(4, 4), BatchNorm1d(4)])
            let warning = try #require(accumulation.warning(for: model))
            #expect(warning.contains("64 items") && warning.contains("(1 and 1 more)"))
            #expect(accumulation.warning(for: Linear(2, 1)) == nil)
            // Four items in batches of two never reach 64: nothing moves, and nothing is left for the next fit.
            let trainer = try smallTrainer()
            let before = trainer.model.parameters().map { $0.detached().clone() }
            try trainer.with([accumulation]) { try trainer.fit(2) }
            #expect(trainer.model.parameters()[0].grad != nil)
            try trainer.with([accumulation]) { try trainer.fit(0) }
            #expect(trainer.model.parameters()[0].grad == nil)
            for (before, after) in zip(before, trainer.model.parameters()) {
                expectClose(after, before, "weights", tolerance: 0)
            }
        }

        @Test("clipped gradients and their norm are PyTorch's", arguments: ["1.0", "2.0", "inf"])
        func clipping(_ type: String) throws {
            let expected = try #require(try Fixture.cases("callbacks.json")["clipping \(type)"])
            let gradients = try #require(expected["gradients"] as? [Any]).map { try Fixture.tensor($0) }
            let parameters = gradients.map { Tensor.zeros(like: $0).requiringGradient() }
            let trainer = try quietTrainer(
                inputs: Tensor.ones(2, 2), targets: Tensor.ones(2, 1), model: Linear(2, 1),
                parameterGroups: [parameters])
            for (parameter, gradient) in zip(parameters, gradients) { parameter.grad = gradient }
            let callback = GradientClipping(0.7, normType: try #require(Double(type)))
            callback.beforeStep(trainer)
            expectNear(callback.lastNorm, try #require(expected["norm"] as? Double), "norm")
            for (parameter, after) in zip(parameters, try #require(expected["after"] as? [Any])) {
                expectClose(try #require(parameter.grad), try Fixture.tensor(after), "gradient")
            }
        }

        @Test("a tracker of something that is not measured says what is, and bad settings are refused")
        func refused() throws {
            let trainer = try smallTrainer()
            func said(_ callback: Callback) -> String {
                message(of: CallbackError.self) { try trainer.with([callback]) { try trainer.fit(1) } }
            }
            let sentence = said(EarlyStopping(monitor: "accuracy"))
            #expect(sentence.contains("\"accuracy\"") && sentence.contains("train_loss, valid_loss."))
            #expect(said(EarlyStopping(patience: 0)).contains("patience of 0"))
            #expect(said(ReduceOnPlateau(factor: 1)).contains("divided by 1"))
            #expect(said(GradientAccumulation(0)).contains("0 items"))
            #expect(said(GradientClipping(-1)).contains("-1"))
            #expect(said(ShortEpochs(fraction: 1.5)).contains("1.5"))
            #expect(said(ShortEpochs(batches: 0)).contains("0 batches"))
            #expect(trainer.recorder.rows.isEmpty)
            try trainer.replaceData(train: trainer.train, valid: nil)
            #expect(said(SaveBest(to: URL(filePath: "/tmp/never"))).contains("no validation set"))
        }

        @Test("a value is better by at least the least difference, in the direction that was given")
        func improvement() throws {
            final class Metering: Callback {
                // The recorder has written the row; the tracker has not read it.
                override var order: Int { 55 }
                let values: [Double]
                init(_ values: [Double]) { self.values = values }
                override func afterEpoch(_ trainer: Trainer) {
                    let row = trainer.recorder.rows.removeLast()
                    trainer.recorder.rows.append(
                        Recorder.Row(
                            epoch: row.epoch, trainLoss: row.trainLoss, validLoss: values[row.epoch], metrics: [],
                            seconds: 0, trainSeconds: 0))
                }
            }
            let values = [5, 4, 3.95, .nan, 3.8, 3.75]
            for (delta, patience, epochs) in [(0.0, 1, 4), (0.1, 2, 4), (0.1, 3, 6), (0.3, 3, 5)] {
                let trainer = try smallTrainer()
                let stopping = EarlyStopping(minDelta: delta, patience: patience)
                try trainer.with([stopping, Metering(values)]) { try trainer.fit(6) }
                #expect(trainer.recorder.rows.count == epochs, "\(delta) \(patience)")
            }
            let trainer = try smallTrainer()
            let higher = EarlyStopping(improvement: .higher)
            try trainer.with([higher, Metering(values)]) { try trainer.fit(6) }
            #expect(trainer.recorder.rows.count == 2 && higher.best == 5)
        }

        @Test("a loss that is no number ends the fit before its step, and the batch is named")
        func notANumber() throws {
            var values = (0..<16).map { Float($0) / 10 }
            values[10] = .nan  // item 5, the second of batch 2
            let inputs = Tensor(values, shape: [8, 2])
            let trainer = try quietTrainer(
                inputs: inputs, targets: Tensor.ones(8, 1), batchSize: 2, model: Linear(2, 1))
            let stop = StopOnNaN()
            let said = message(of: NonFiniteError.self) { try trainer.with([stop]) { try trainer.fit(3) } }
            let finding = try #require(stop.finding)
            #expect(finding.loss.isNaN && finding.epoch == 0 && finding.batch == 2 && finding.isTraining)
            #expect(finding.items == [4, 5])
            #expect("\(finding)".contains("training batch 2 (items 4, 5)") && said == "\(finding)")
            #expect(trainer.recorder.losses.count == 2)
            #expect(trainer.model.parameters().allSatisfy { $0.isFinite().all().item() == 1 })
            // Validation alone is measured as it is.
            #expect(try trainer.with([stop]) { try trainer.validate() }.loss.isNaN)
        }

        @Test("short epochs end after some batches, with metrics of the part")
        func shortEpochs() throws {
            let trainer = try smallTrainer(20, batchSize: 2)
            try trainer.with([ShortEpochs(batches: 3)]) { try trainer.fit(2) }
            #expect(trainer.recorder.losses.count == 6 && trainer.recorder.rows.count == 2)
            #expect(trainer.recorder.rows[0].validLoss?.isFinite == true)
            let part = try #require(trainer.recorder.rows.last?.validLoss)
            // The last epoch's loss is that of its first three batches of validation.
            let (inputs, targets) = (
                Tensor((0..<12).map { Float($0) / 10 }, shape: [6, 2]), trainer.model
            )
            let difference = targets(inputs).flatten() - inputs.sum(dim: 1)
            expectNear(part, (difference * difference).mean().item(), "loss of six items")
        }

        @Test("the CSV log has a header and a row for each epoch of all fits, and goes on with an old one")
        func csvLog() throws {
            try withTemporaryFolder { folder in
                let url = folder.appending(path: "logs/history.csv")
                func lines() throws -> [[String]] {
                    try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
                        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
                }
                let trainer = try smallTrainer()
                let log = CSVLog(to: url)
                try trainer.with([log]) {
                    try trainer.fit(1)
                    try trainer.fit(2)
                }
                let rows = trainer.recorder.rows
                let written = try lines()
                #expect(written[0] == ["epoch", "train_loss", "valid_loss", "seconds"])
                #expect(written.dropFirst().map { $0[0] } == ["0", "0", "1"])
                #expect(written.dropFirst().map { Double($0[1]) } == rows.map(\.trainLoss))
                #expect(written.dropFirst().map { Double($0[2]) } == rows.map(\.validLoss))
                try trainer.with([CSVLog(to: url, appends: true)]) { try trainer.fit(1) }
                #expect(try lines().count == 5)
                try trainer.replaceData(train: trainer.train, valid: nil)
                try trainer.with([CSVLog(to: url)]) { try trainer.fit(1) }
                #expect(try lines().count == 2 && lines()[1][2] == "")
            }
        }
    }
}
