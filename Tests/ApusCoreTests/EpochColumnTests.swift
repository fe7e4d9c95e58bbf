// Columns of the table that callbacks give, and losses and devices that are changed on a learner that is there.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Reports the number of the batch, in training and in validation.
private final class BatchNumbers: Callback {
    override func columns(of trainer: Trainer) -> [EpochColumn] {
        [
            EpochColumn("train_number"), EpochColumn("valid_number", improvement: .lower), EpochColumn("epochs_left"),
        ]
    }
    override func afterBatch(_ trainer: Trainer) throws {
        try trainer.report(
            Double(trainer.batchIndex), as: trainer.isTraining ? "train_number" : "valid_number")
    }
    override func afterEpoch(_ trainer: Trainer) throws {
        try trainer.report(Tensor(Double(trainer.epochs - trainer.epoch - 1)), as: "epochs_left")
    }
}

extension CoreTests {
    @Suite("Columns from anywhere") struct EpochColumnTests {
        @Test("reported values are means over items, and stand in the rows, the CSV file and TensorBoard's file")
        func everywhere() throws {
            try withTemporaryFolder { folder in
                // 5 items in batches of 2: 2, 2 and 1.
                let trainer = try smallTrainer(5, batchSize: 2)
                let csv = folder.appending(path: "log.csv")
                let board = folder.appending(path: "board", directoryHint: .isDirectory)
                trainer.add(BatchNumbers())
                trainer.add(CSVLog(to: csv))
                trainer.add(TensorBoardLog(folder: board))
                #expect(
                    trainer.columns.map(\.name) == [
                        "train_loss", "valid_loss", "train_number", "valid_number", "epochs_left",
                    ])
                try trainer.fit(2)
                // Of the numbers 0, 0, 1, 1, 2.
                let mean: Double? = 0.8
                let rows = trainer.recorder.rows
                #expect(rows.map { $0.value("train_number") } == [mean, mean])
                #expect(rows.map { $0.value("valid_number") } == [mean, mean])
                #expect(rows.map { $0.value("epochs_left") } == [1, 0])
                let lines = try String(contentsOf: csv, encoding: .utf8).split(separator: "\n")
                #expect(lines[0] == "epoch,train_loss,valid_loss,train_number,valid_number,epochs_left,seconds")
                #expect(lines[1].split(separator: ",")[3...5].map(String.init) == ["0.8", "0.8", "1.0"])
                let files = try FileManager.default.contentsOfDirectory(at: board, includingPropertiesForKeys: nil)
                let events = try Data(contentsOf: try #require(files.first))
                #expect(events.range(of: Data("train_number".utf8)) != nil)
                #expect(events.range(of: Data("epochs_left".utf8)) != nil)
            }
        }

        @Test("reported columns are in an exported file, and in the rows of the learner that is loaded of it")
        func export() throws {
            try withTemporaryFolder { folder in
                let learner = try Learner(
                    parityLoaders(), LearnerTests.model(), metrics: [.accuracy],
                    TrainingOptions(callbacks: [BatchNumbers()], precision: .float32, device: .cpu)
                ).quiet()
                try learner.fit(2, learningRate: 1e-3)
                let file = folder.appending(path: "model.safetensors")
                try learner.export(to: file)
                let names = ["accuracy", "train_number", "valid_number", "epochs_left"]
                let rows = try ModelFile(file).summary().training
                #expect(rows.map { $0.metrics.map(\.name) } == [names, names])
                let loaded = try Learner<VectorBlock, CategoryBlock>(
                    from: file, model: LearnerTests.model(), TrainingOptions(precision: .float32, device: .cpu))
                for name in names {
                    let values = learner.recorder.rows.map { $0.value(name) }
                    #expect(loaded.recorder.rows.map { $0.value(name) } == values && !values.contains(nil), "\(name)")
                }
            }
        }

        @Test("early stopping watches a reported column by its name, and asks for a direction where it has none")
        func watching() throws {
            let trainer = try smallTrainer()
            trainer.add(BatchNumbers())
            try trainer.with([EarlyStopping(monitor: "valid_number")]) { try trainer.fit(5) }
            // The column never gets better.
            #expect(trainer.recorder.rows.count == 2)
            let error = #expect(throws: CallbackError.self) {
                try trainer.with([EarlyStopping(monitor: "train_number")]) { try trainer.fit(1) }
            }
            #expect("\(try #require(error))".contains("does not say which of its values are better"))
        }

        @Test("validate() gives reported values of its own and leaves those of the fit alone")
        func validation() throws {
            let trainer = try smallTrainer(4, batchSize: 2)
            trainer.add(BatchNumbers())
            #expect(try trainer.validate().metric("valid_number") == 0.5)
            final class Validating: Callback {
                override func afterBatch(_ trainer: Trainer) throws {
                    if trainer.isFitting, trainer.isTraining { _ = try trainer.validate() }
                }
            }
            trainer.add(Validating())
            try trainer.fit(1)
            #expect(trainer.recorder.rows[0].value("valid_number") == 0.5)
        }

        @Test("the metrics of the training batches are columns, which a model without dropout or learning shares")
        func trainingMetrics() throws {
            let inputs = Tensor((0..<10).map { Float($0) / 10 }, shape: [5, 2])
            let loss = Loss(
                name: "parts", partNames: ["l1", "l2"],
                parts: { output, targets in [output.l1Loss(targets[0]), output.mseLoss(targets[0])] },
                perItem: { output, targets in (output - targets[0]).abs().mean(dim: 1) })
            let trainer = try quietTrainer(
                inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), batchSize: 2, model: Linear(2, 1), loss: loss,
                metrics: [.mae])
            trainer.add(TrainingMetrics())
            try trainer.fit(1, learningRate: 0)
            let row = try #require(trainer.recorder.rows.first)
            #expect(
                row.metrics.map(\.name) == ["valid_l1", "valid_l2", "mae", "train_l1", "train_l2", "train_mae"])
            for name in ["l1", "l2"] { #expect(row.value("train_\(name)") == row.value("valid_\(name)")) }
            #expect(row.value("train_mae") == row.value("mae"))
        }

        @Test("columns that nobody declared and columns of one name are refused")
        func refusals() throws {
            final class Undeclared: Callback {
                override func afterEpoch(_ trainer: Trainer) throws { try trainer.report(1, as: "surprise") }
            }
            let trainer = try smallTrainer()
            let undeclared = Undeclared()
            let error = #expect(throws: CallbackError.self) { try trainer.with([undeclared]) { try trainer.fit(1) } }
            #expect("\(try #require(error))".contains("declare it with columns(of:)"))
            final class Same: Callback {
                override func columns(of trainer: Trainer) -> [EpochColumn] { [EpochColumn("valid_loss")] }
            }
            let twice = #expect(throws: TrainingError.self) { try trainer.with([Same()]) { try trainer.fit(1) } }
            #expect("\(try #require(twice))".contains("two columns \"valid_loss\""))
        }

        @Test("an epoch that was resumed in its middle has the same reported means")
        func resumed() throws {
            func rows(_ added: [Callback]) throws -> [[Double]] {
                manualSeed(1)
                let trainer = try smallTrainer(8, batchSize: 2)
                for callback in added + [BatchNumbers()] { trainer.add(callback) }
                try trainer.fit(2)
                return trainer.recorder.rows.map { $0.metrics.map(\.value) }
            }
            try withTemporaryFolder { folder in
                let whole = try rows([])
                #expect(throws: CallbackError.self) {
                    try rows([
                        Checkpoints(in: folder, every: .batches(1)), CheckpointTests.Kill(.beforeBatch, 3),
                    ])
                }
                #expect(try rows([Checkpoints(in: folder, every: .batches(1))]) == whole)
            }
        }
    }

    @Suite("Another loss on a learner that is there") struct ReplacedLossTests {
        @Test("the new loss is measured and trained, and predictions are read as it says")
        func replaced() throws {
            let loaders = try parityLoaders()
            let learner = try Learner(
                loaders, LearnerTests.model(), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            let smoothed = Loss.crossEntropy(labelSmoothing: 0.2)
            let other = try Learner(
                loaders, learner.model, loss: smoothed, TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            try learner.fit(1)
            let optimizer = learner.optimizer
            try learner.replaceLoss(smoothed)
            #expect(learner.loss.settings == smoothed.settings)
            #expect(try learner.validate().loss == other.validate().loss)
            // The optimizer and what it remembers stay.
            #expect(learner.optimizer === optimizer && !optimizer.state.isEmpty)
            let raw = Loss(
                name: "raw", function: { output, targets in output.crossEntropy(targets[0]) },
                perItem: { output, targets in output.crossEntropy(targets[0], reduction: .none) })
            try learner.replaceLoss(raw)
            // The raw outputs, which are no probabilities.
            let sum = try learner.predict([1, 2, 3]).probabilities.reduce(0, +)
            #expect(abs(sum - 1) > 1e-3)
        }

        @Test("a loss for another kind of target is refused, and so is one in the middle of a fit")
        func refusals() throws {
            let learner = try Learner(
                parityLoaders(), LearnerTests.model(), TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            let before = learner.loss.name
            let error = #expect(throws: TrainingError.self) { try learner.replaceLoss(.mse) }
            #expect("\(try #require(error))".contains("The loss mse does not fit"))
            #expect(learner.loss.name == before)
            final class Replacing: Callback {
                override func afterBatch(_ trainer: Trainer) throws { try trainer.replaceLoss(.crossEntropy()) }
            }
            #expect(throws: CallbackError.self) { try learner.with([Replacing()]) { try learner.fit(1) } }
        }

        @Test("binary cross-entropy tells targets that are no probabilities", arguments: [-0.1, 1.5, .nan, 2])
        func noProbabilities(value: Double) throws {
            let loss = Loss.binaryCrossEntropyWithLogits()
            let error = #expect(throws: TorchError.self) {
                try withTorchErrors { _ = loss.function(.zeros(2, 1), [Tensor([0.5, Float(value)], shape: [2, 1])]) }
            }
            #expect("\(try #require(error))".contains("is no probability; give targets from 0 to 1"))
            let fine = loss.function(.zeros(2, 1), [Tensor([0, 1] as [Float], shape: [2, 1])])
            #expect(abs(fine.item(as: Double.self) - log(2)) < 1e-6)
        }

        @Test("where reading waits, targets are looked at in a pass's first batch and at its end", arguments: [0, 1, 3])
        func readLate(place: Int) throws {
            // The CPU stands for a device that computes behind the program's back.
            let limits = TargetLimits { _ in true }
            let loss = Loss.binaryCrossEntropyWithLogits()
            var refusedAt: Int?
            let error = #expect(throws: TorchError.self) {
                try withTorchErrors {
                    TargetLimits.$ofPass.withValue(limits) {
                        for batch in 0..<4 {
                            let target: Float = batch == place ? 1.5 : 0.5
                            let isRefused = !loss.function(.zeros(2, 1), [Tensor([0.5, target], shape: [2, 1])]).isDefined
                            if isRefused, refusedAt == nil { refusedAt = batch }
                        }
                    }
                    limits.finish()
                }
            }
            #expect("\(try #require(error))".contains("a target of 1.5 is no probability"))
            #expect(refusedAt == (place == 0 ? 0 : nil))
        }

        @Test("a fit ends at targets that are no probabilities, wherever they are")
        func fitRefuses() throws {
            let targets = Tensor((0..<40).map { $0 == 39 ? 2 : Float($0 % 2) }, shape: [40, 1])
            let trainer = try quietTrainer(
                inputs: Tensor.ones(40, 2), targets: targets, model: Linear(2, 1), loss: .binaryCrossEntropyWithLogits())
            let error = #expect(throws: TorchError.self) { try trainer.fit(1) }
            #expect("\(try #require(error))".contains("a target of 2.0 is no probability"))
        }
    }

    @Suite("The default device") struct DefaultDeviceTests {
        @Test("what is given no device is made on the default one")
        func chosen() throws {
            #expect(Device.default == .best)
            Device.default = .cpu
            defer { Device.default = .best }
            #expect(TrainingOptions().device == .cpu)
            let trainer = Trainer(
                train: try smallTrainer().train, valid: nil, model: Linear(2, 1), loss: .mse, TrainingOptions())
            #expect(trainer.device == .cpu)
        }
    }
}
