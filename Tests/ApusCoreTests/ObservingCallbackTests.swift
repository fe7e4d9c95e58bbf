// Callbacks that look on: TensorBoard, activation statistics, loss graph, memory; and distillation.
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Observing callbacks") struct ObservingCallbackTests {
        @Test("events are the bytes of TensorBoard's own writer")
        func eventBytes() throws {
            // The check value of the CRC catalogs.
            #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
            let hexadecimal = Array(
                try #require(try Fixture.cases("callbacks.json")["events"]?["file"] as? String).utf8)
            let expected = try stride(from: 0, to: hexadecimal.count, by: 2).map { place in
                try #require(UInt8(String(decoding: hexadecimal[place..<place + 2], as: UTF8.self), radix: 16))
            }
            let histogram = EventContent.Histogram(
                minimum: -1, maximum: 2, count: 5, sum: 3.5, sumOfSquares: 7.25, limits: [0, 1, 2], counts: [1, 3, 1])
            let events: [(EventContent, Double, Int)] = [
                (.fileVersion, 1_700_000_000.25, 0), (.start, 1_700_000_001.5, 3),
                (.scalar(tag: "train_loss", value: 0.625), 1_700_000_001.5, 1),
                (.histogram(tag: "weights", histogram), 1_700_000_002, 70000),
                (.png(tag: "figure/ä", data: Data("PNG".utf8), width: 300, height: 2), 1_700_000_003, 200),
            ]
            let found = events.flatMap { content, time, step in content.record(wallTime: time, step: step) }
            #expect(found == expected)
        }

        /// The scalars of the event files of a folder by tag: value and step. Written for this test; the real reader is
        /// that of scripts/check-tensorboard.sh.
        static func files(_ folder: URL) throws -> [Data] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
                try Data(contentsOf: folder.appending(path: $0))
            }
        }

        @Test("a run's event file holds the losses, rates and metrics, whole at the end of each epoch")
        func tensorBoard() throws {
            // scripts/check-tensorboard.sh names a folder and reads it with TensorBoard.
            let kept = ProcessInfo.processInfo.environment["APUS_TENSORBOARD_FOLDER"].map { URL(filePath: $0) }
            try withTemporaryFolder { temporary in
                let folder = kept ?? temporary
                let trainer = try smallTrainer(8, batchSize: 2)
                trainer.metrics = []
                let log = TensorBoardLog(folder: folder.appending(path: "events"), logsParameters: true)
                log.now = { 1_700_000_000 }
                final class Figures: Callback {
                    override var order: Int { 62 }
                    override func afterEpoch(_ trainer: Trainer) throws {
                        let figure = Figure(Axes(title: "losses").line(trainer.recorder.losses))
                        try trainer.callback(TensorBoardLog.self)?.add(figure, as: "figure", trainer)
                    }
                }
                let added = [log, Figures(), CSVLog(to: folder.appending(path: "history.csv"))]
                try trainer.with(added) { try trainer.fit(2, learningRate: 0.01) }
                let file = try #require(try Self.files(log.folder).first)
                #expect(try Self.files(log.folder).count == 1)
                func holds(_ content: EventContent, step: Int) -> Bool {
                    file.range(of: Data(content.record(wallTime: 1_700_000_000, step: step))) != nil
                }
                #expect(file.starts(with: EventContent.fileVersion.record(wallTime: 1_700_000_000, step: 0)))
                for (index, row) in trainer.recorder.rows.enumerated() {
                    let step = 4 * (index + 1)
                    #expect(holds(.scalar(tag: "valid_loss", value: try #require(row.validLoss)), step: step))
                    #expect(holds(.scalar(tag: "train_loss", value: row.trainLoss), step: step))
                }
                for step in 1...8 { #expect(holds(.scalar(tag: "lr_0", value: 0.01), step: step)) }
                #expect(!holds(.scalar(tag: "lr_0", value: 0.01), step: 9))
            }
        }

        @Test("a histogram counts each element once, in buckets that end at the largest")
        func histogram() throws {
            try withTemporaryFolder { folder in
                let trainer = try smallTrainer()
                let log = TensorBoardLog(folder: folder)
                log.now = { 5 }
                try log.beforeFit(trainer)
                try log.add(Tensor([0, 1, 1, 4] as [Float]), as: "t", bins: 4, trainer)
                let said = message(of: TrainingError.self) { try log.add(Tensor([Float.nan]), as: "n", trainer) }
                #expect(said.contains("histogram n"))
                try log.afterFit(trainer)
                let expected = EventContent.Histogram(
                    minimum: 0, maximum: 4, count: 4, sum: 6, sumOfSquares: 18, limits: [1, 2, 3, 4],
                    counts: [1, 2, 0, 1])
                let record = EventContent.histogram(tag: "t", expected).record(wallTime: 5, step: 0)
                let file = try #require(try Self.files(folder).first)
                #expect(file.range(of: Data(record)) != nil)
            }
        }

        @Test("activation statistics are fastai's, batch by batch and layer by layer")
        func activations() throws {
            let expected = try #require(try Fixture.cases("callbacks.json")["activations"])
            let model = Sequential([Linear(3, 5), ReLU(), Linear(5, 1)])
            try model.loadStateDict(try Fixture.tensors(expected["initial"]))
            let trainer = try quietTrainer(
                inputs: Fixture.tensor(expected["inputs"]), targets: Fixture.tensor(expected["targets"]), model: model,
                optimizer: .sgd())
            let statistics = ActivationStatistics(gradients: true)
            try trainer.with([statistics]) { try trainer.fit(1, learningRate: 0.1) }
            #expect(statistics.layers.map(\.name) == ["0", "2"])
            for (place, layer) in statistics.layers.enumerated() {
                func values(_ key: String) throws -> [Double] {
                    try #require(expected[key] as? [[NSNumber]]).map { $0[place].doubleValue }
                }
                expectClose(layer.activations.map(\.mean), try values("mean"), "mean")
                expectClose(layer.activations.map(\.deviation), try values("std"), "deviation")
                expectClose(layer.activations.map(\.nearZero), try values("near_zero"), "near zero")
                let counts = try #require(expected["hist"] as? [[[Int]]]).map { $0[place] }
                #expect(layer.activations.map(\.histogram) == counts)
                #expect(layer.gradients.count == 3)
                // The mean squared error's gradient by the output is 2 (output - target) / 4: four elements, all of a
                // size that is counted.
                #expect(layer.gradients.allSatisfy { $0.histogram.reduce(0, +) > 0 })
            }
            let last = try #require(statistics.layers.last)
            #expect(last.gradients.allSatisfy { $0.histogram.reduce(0, +) == 4 })
            // The hooks are gone.
            _ = model(Tensor.ones(1, 3))
            try trainer.fit(1)
            #expect(statistics.layers[0].activations.count == 3)
            let every = ActivationStatistics([model], every: 2)
            try trainer.with([every]) { try trainer.fit(2) }
            #expect(every.layers.count == 1 && every.layers[0].activations.count == 4)
        }

        @Test("the figures of activations and losses are drawn; the loss graph is as wide as the fit")
        func figures() throws {
            try withTemporaryFolder { folder in
                let url = folder.appending(path: "graphs/loss.svg")
                let trainer = try smallTrainer(8, batchSize: 2)
                let statistics = ActivationStatistics(gradients: true)
                final class Sizes: Callback {
                    let url: URL
                    var seen = 0
                    init(_ url: URL) { self.url = url }
                    override var order: Int { 70 }
                    override var runsInValidation: Bool { false }
                    override func afterBatch(_ trainer: Trainer) {
                        if FileManager.default.fileExists(atPath: url.path) { seen += 1 }
                    }
                }
                let sizes = Sizes(url)
                try trainer.with([statistics, LossGraph(to: url, everyBatches: 3), sizes]) { try trainer.fit(2) }
                // From the third batch of the first epoch on.
                #expect(sizes.seen == 6)
                #expect(try String(contentsOf: url, encoding: .utf8).contains("<svg"))
                let image = Data([0x89, 0x50, 0x4E, 0x47])
                #expect(try statistics.plot().data(.png).starts(with: image))
                #expect(try statistics.plotHistograms().data(.png).starts(with: image))
                #expect(statistics.plotHistograms().panels.count == 2)
            }
        }

        @Test("the memory report has a row for each epoch, and reads what the driver says of this process")
        func memory() throws {
            let report = MemoryReport()
            let trainer = try smallTrainer()
            try trainer.with([report]) { try trainer.fit(2) }
            #expect(report.rows.map(\.epoch) == [0, 1])
            for row in report.rows {
                #expect(row.resident > 10 && row.peak >= row.resident && row.device == nil, "\(row)")
            }
            let text = "  912, 300\n 77, 1500\n77, 20\nbad line\n"
            #expect(ProcessMemory.used(by: 77, in: text) == 1520)
            #expect(ProcessMemory.used(by: 5, in: text) == nil)
        }

        /// Gives out what it holds.
        final class Constant: Module {
            @Parameter var logits: Tensor
            init(_ logits: Tensor) {
                self.logits = logits
                super.init()
            }
            override func forward(_ input: Tensor) -> Tensor { logits * 1 }
        }

        @Test("the distillation loss and its gradient are those of PyTorch's operators")
        func distillation() throws {
            let expected = try #require(try Fixture.cases("callbacks.json")["distillation"])
            let labels = try Fixture.tensor(expected["labels"])
            let student = Constant(try Fixture.tensor(expected["student"]))
            let teacher = Constant(try Fixture.tensor(expected["teacher"]))
            let trainer = try quietTrainer(
                inputs: Tensor.zeros(5, 1), targets: labels, batchSize: 5, model: student, loss: .crossEntropy(),
                optimizer: .sgd())
            final class Gradient: Callback {
                var found: Tensor?
                override func beforeStep(_ trainer: Trainer) { found = trainer.model.parameters()[0].grad }
            }
            let gradient = Gradient()
            let distillation = Distillation(
                teacher: teacher, temperature: try #require(expected["temperature"] as? Double),
                weight: try #require(expected["weight"] as? Double))
            try trainer.with([distillation, gradient]) { try trainer.fit(1, learningRate: 0) }
            expectClose(trainer.recorder.losses, [try #require(expected["loss"] as? Double)], "loss")
            expectClose(try #require(gradient.found), try Fixture.tensor(expected["gradient"]), "gradient")
            // Validation has the plain loss, and the teacher learned nothing.
            let plain = student.logits.detached().crossEntropy(labels).item()
            expectClose([try #require(trainer.recorder.rows[0].validLoss)], [plain], "valid")
            #expect(teacher.logits.grad == nil && !teacher.isTraining)
            func said(_ callback: Callback) -> String {
                message(of: CallbackError.self) { try trainer.with([callback]) { try trainer.fit(1) } }
            }
            #expect(said(Distillation(teacher: student)).contains("its own teacher"))
            #expect(said(Distillation(teacher: teacher, temperature: 0)).contains("temperature 0"))
            #expect(said(Distillation(teacher: Constant(.zeros(5, 3)))).contains("[5, 3]"))
        }
    }
}
