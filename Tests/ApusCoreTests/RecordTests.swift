// What a run writes down and what watches it: columns, directions, smoothing, counts, times.
import Foundation
import Synchronization
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Records and watchers") struct RecordTests {
        /// A trainer whose loss has the parts "pixel" and "style".
        private func partsTrainer(_ metrics: [Metric] = []) throws -> Trainer {
            let inputs = Tensor((0..<16).map { Float($0) / 10 }, shape: [8, 2])
            let loss = Loss(
                name: "parts", partNames: ["pixel", "style"],
                parts: { output, targets in
                    [output.l1Loss(targets[0]), (output - targets[0]).square().mean() * 2]
                },
                perItem: { output, targets in (output - targets[0]).abs().mean(dim: 1) })
            return try quietTrainer(
                inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), model: Linear(2, 1), loss: loss,
                metrics: metrics)
        }

        @Test("each metric says which values are better")
        func directions() {
            let lower: [Metric] = [
                .errorRate, .errorRate(ignoring: 0), .mse, .rmse, .mae, .expRMSPE, .perplexity, .perplexity(dim: 1),
            ]
            let higher: [Metric] = [
                .accuracy, .accuracy(dim: 1), .topKAccuracy(), .pixelAccuracy(), .f1(), .fBeta(2), .precision(),
                .recall(),
                .jaccard(), .balancedAccuracy(), .matthewsCorrCoef, .cohenKappa(), .rocAUC(), .averagePrecision(),
                .accuracyMulti(), .f1Multi(), .fBetaMulti(), .precisionMulti(), .recallMulti(), .jaccardMulti(),
                .rocAUCMulti(), .averagePrecisionMulti(), .r2, .explainedVariance, .pearsonCorrCoef, .spearmanCorrCoef,
                .dice, .diceMulti(), .jaccardCoeff, .jaccardCoeffMulti(), .corpusBLEU,
            ]
            for metric in lower { #expect(metric.improvement == .lower, "\(metric.name)") }
            for metric in higher { #expect(metric.improvement == .higher, "\(metric.name)") }
            #expect(Metric.mse.named("distance").improvement == .lower)
            #expect(Metric.accuracy.forTarget(0, name: "error of a kind").improvement == .higher)
            #expect(Metric.mean("validation_error") { output, _ in output.sum() }.improvement == nil)
            #expect(Metric.mean("distance", improvement: .lower) { output, _ in output.sum() }.improvement == .lower)
            #expect(Metric.pooled("gain", improvement: .higher) { output, _ in output.sum() }.improvement == .higher)
        }

        @Test("a watcher takes the metric's direction, and asks where there is none")
        func watching() throws {
            // A metric that rises from epoch to epoch.
            final class Epochs: Sendable {
                let count = Mutex(0.0)
            }
            final class Accumulator: MetricAccumulator {
                let epochs: Epochs
                init(_ epochs: Epochs) { self.epochs = epochs }
                func update(output: Tensor, targets: [Tensor]) {}
                func compute() -> Double {
                    epochs.count.withLock {
                        $0 += 1
                        return $0
                    }
                }
            }
            func rising(_ improvement: Improvement?) -> Metric {
                let epochs = Epochs()
                return Metric("rising", improvement: improvement) { _ in Accumulator(epochs) }
            }
            func epochs(_ metric: Improvement?, _ given: Improvement? = nil) throws -> Int {
                let trainer = try partsTrainer([rising(metric)])
                let stopping = EarlyStopping(monitor: "rising", improvement: given)
                try trainer.with([stopping]) { try trainer.fit(4) }
                return trainer.recorder.rows.count
            }
            #expect(try epochs(.higher) == 4)
            // The first value is the best, and one epoch is waited for.
            #expect(try epochs(.lower) == 2)
            #expect(try epochs(.higher, .lower) == 2)
            #expect(try epochs(nil, .higher) == 4)
            for (callback, name) in [
                (EarlyStopping(monitor: "rising"), "EarlyStopping"),
                (ReduceOnPlateau(monitor: "rising"), "ReduceOnPlateau"),
                (SaveBest(monitor: "rising", to: URL(filePath: "/tmp/never/best")), "SaveBest"),
            ] as [(Callback, String)] {
                let trainer = try partsTrainer([rising(nil)])
                let said = message(of: CallbackError.self) { try trainer.with([callback]) { try trainer.fit(1) } }
                #expect(said.contains("\(name) watches \"rising\"") && said.contains(".lower or .higher"), "\(said)")
                #expect(trainer.recorder.losses.isEmpty)
            }
        }

        @Test("the parts of a loss are columns of the CSV log, and can be watched")
        func parts() throws {
            try withTemporaryFolder { folder in
                let url = folder.appending(path: "history.csv")
                let trainer = try partsTrainer([.mae])
                let stopping = EarlyStopping(monitor: "valid_pixel", minDelta: 1e9)
                let best = SaveBest(monitor: "valid_style", to: folder.appending(path: "best"))
                let plateau = ReduceOnPlateau(monitor: "valid_pixel", patience: 9)
                try trainer.with([CSVLog(to: url), stopping, best, plateau]) { try trainer.fit(4) }
                #expect(trainer.recorder.rows.count == 2 && stopping.improvement == .lower)
                let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
                    $0.split(separator: ",").map(String.init)
                }
                #expect(
                    lines[0]
                        == ["epoch", "train_loss", "valid_loss", "valid_pixel", "valid_style", "mae", "seconds"])
                for (line, row) in zip(lines.dropFirst(), trainer.recorder.rows) {
                    #expect(Double(line[3]) == row.value("valid_pixel") && Double(line[5]) == row.value("mae"))
                    // The mean absolute error is that part of the loss.
                    expectClose([try #require(Double(line[3]))], [try #require(Double(line[5]))], "the part")
                }
                let said = message(of: CallbackError.self) {
                    try trainer.with([EarlyStopping(monitor: "valid_pixels")]) { try trainer.fit(1) }
                }
                #expect(said.contains("train_loss, valid_loss, valid_pixel, valid_style, mae."))
            }
        }

        @Test("scores that are averaged in different ways have columns of their own")
        func averages() throws {
            let inputs = Tensor((0..<12).map { Float($0) / 10 }, shape: [6, 2])
            let trainer = try quietTrainer(
                inputs: inputs, targets: Tensor([0, 1, 2, 0, 0, 1]), model: Linear(2, 3), loss: .crossEntropy(),
                metrics: [.f1(average: .macro), .f1(average: .weighted), .topKAccuracy(2), .topKAccuracy()])
            try trainer.model.loadStateDict([
                ("weight", Tensor.zeros(3, 2)), ("bias", Tensor([1.0, 0, -1]).float()),
            ])
            let result = try trainer.validate()
            // All items are said to be of class 0: precision 3/6, recall 1.
            expectClose([result.metric("f1_score_macro") ?? .nan], [2.0 / 3 / 3], "macro")
            expectClose([result.metric("f1_score_weighted") ?? .nan], [2.0 / 3 / 2], "weighted")
            expectClose([result.metric("top_2_accuracy") ?? .nan], [5.0 / 6], "top 2")
            expectClose([result.metric("top_k_accuracy") ?? .nan], [1], "top 5")
        }

        @Test("two columns of one name are refused before anything runs, and named apart they are both there")
        func sameNames() throws {
            for metrics: [Metric] in [
                [.mae, .mse, .mae], [.mae.named("valid_loss")], [.mae.named("valid_pixel")], [.mae.named("train_loss")],
            ] {
                let trainer = try partsTrainer(metrics)
                let said = message(of: TrainingError.self) { try trainer.fit(1) }
                #expect(said.contains("two columns \"\(metrics[0].name)\"") && said.contains("named("), "\(said)")
                #expect(message(of: TrainingError.self) { _ = try trainer.validate() } == said)
                #expect(trainer.recorder.losses.isEmpty)
            }
            let result = try partsTrainer([.mae, .mae.named("again")]).validate()
            #expect(result.metric("mae") == result.metric("again") && result.metric("mae") != nil)
        }

        @Test("the smoothed loss starts anew in each fit, as in fastai")
        func smoothing() throws {
            let trainer = try smallTrainer(8, batchSize: 2)
            try trainer.fit(2)
            try trainer.fit(1)
            let (losses, smooth) = (trainer.recorder.losses, trainer.recorder.smoothLosses)
            #expect(losses.count == 12 && trainer.recorder.fitStarts == [0, 8])
            /// The weighted mean with weights of 0.98 to the power of the age.
            func expected(_ losses: ArraySlice<Double>) -> Double {
                var (sum, weights) = (0.0, 0.0)
                for (age, loss) in losses.reversed().enumerated() {
                    sum += pow(0.98, Double(age)) * loss
                    weights += pow(0.98, Double(age))
                }
                return sum / weights
            }
            for place in losses.indices {
                let start = place < 8 ? 0 : 8
                expectClose([smooth[place]], [expected(losses[start...place])], "batch \(place)", tolerance: 1e-9)
            }
            expectClose([trainer.recorder.rows[2].trainLoss], [smooth[11]], "the row", tolerance: 1e-12)
        }

        @Test("afterEpoch sees its epoch among those that are done, so that a state that is saved there goes on")
        func epochsDone() throws {
            final class Save: Callback {
                let url: URL
                var counts: [Int] = []
                init(_ url: URL) { self.url = url }
                override var order: Int { 70 }
                override func afterEpoch(_ trainer: Trainer) throws {
                    counts.append(trainer.epochsDone)
                    if counts.count == 2 { try trainer.save(to: url) }
                }
            }
            try withTemporaryFolder { folder in
                func trainer() throws -> Trainer {
                    manualSeed(1)
                    let inputs = Tensor((0..<24).map { Float(($0 * 7) % 11) / 10 }, shape: [12, 2])
                    let trainer = Trainer(
                        train: try DataLoader(
                            TensorDataset(inputs, inputs.sum(dim: 1).unsqueeze(1)), batchSize: 4, shuffle: true,
                            dropLast: false), valid: nil, model: Linear(2, 1), loss: .mse,
                        TrainingOptions(precision: .float32, device: .cpu))
                    trainer.showsProgress = false
                    return trainer
                }
                let save = Save(folder.appending(path: "state"))
                let first = try trainer()
                try first.with([save]) { try first.fit(4) }
                #expect(save.counts == [1, 2, 3, 4] && first.epochsDone == 4)
                let second = try trainer()
                try second.restoreState(from: save.url)
                try second.fit(2)
                #expect(second.recorder.losses == first.recorder.losses)
            }
        }

        @Test("a weight decay of one fit stays where the trainer has none, and gives way to the trainer's own")
        func weightDecay() throws {
            let trainer = try smallTrainer()
            #expect(trainer.optimizer.groups[0].weightDecay == 0.01)
            try trainer.fit(1, weightDecay: 0.3)
            try trainer.fit(1)
            #expect(trainer.optimizer.groups[0].weightDecay == 0.3)
            trainer.weightDecay = 0.2
            try trainer.fit(1, weightDecay: 0.4)
            #expect(trainer.optimizer.groups[0].weightDecay == 0.4)
            try trainer.fit(1)
            #expect(trainer.optimizer.groups[0].weightDecay == 0.2)
        }

        @Test(
            "times of more than an hour say so",
            arguments: zip(
                [0, 5, 310.4, 3599.4, 3599.6, 3600, 4510, 360_000, .nan],
                ["00:00", "00:05", "05:10", "59:59", "1:00:00", "1:00:00", "1:15:10", "100:00:00", "00:00"]))
        func times(_ seconds: Double, _ text: String) {
            #expect(clockTime(seconds) == text)
        }
    }
}
