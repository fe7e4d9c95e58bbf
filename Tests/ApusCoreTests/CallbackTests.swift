// Callbacks: the order of events, cancellations, and errors.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Callbacks") struct CallbackTests {
        /// fastai's names.
        static let events: [String: TrainingEvent] = Dictionary(
            uniqueKeysWithValues: TrainingEvent.allCases.map { event in
                let snake = event.rawValue.map { $0.isUppercase ? "_\($0.lowercased())" : "\($0)" }.joined()
                return (event == .afterPrediction ? "after_pred" : snake, event)
            })
        static let cancels: [String: Cancel] = [
            "Step": .step, "Backward": .backward, "Batch": .batch, "Train": .train, "Valid": .validate, "Epoch": .epoch,
            "Fit": .fit,
        ]

        /// One epoch of two training batches and one validation batch.
        static func trainer() throws -> Trainer { try smallTrainer(4, batchSize: 2, validBatchSize: 4) }

        @Test("events come in fastai's order, and a cancellation at any place leaves what fastai leaves")
        func order() throws {
            var cases = try Fixture.cases("events.json")
            let letters = try #require(cases.removeValue(forKey: "letters") as? [String: String])
            #expect(Set(letters.keys) == Set(Self.events.keys))
            let names = Dictionary(uniqueKeysWithValues: letters.map { (Character($1), $0) })
            for (name, expected) in cases {
                let place = name.components(separatedBy: " at ")
                let trainer = try Self.trainer()
                let noting = Noting(
                    place.count == 2 ? Self.cancels[place[0]] : nil, at: place.count == 2 ? Self.events[place[1]] : nil)
                trainer.add(noting)
                var escaped = false
                do { try trainer.fit(1) } catch is Cancel { escaped = true }
                let events = try #require(expected["events"] as? String).compactMap { names[$0] }
                #expect(noting.seen.map(\.rawValue) == events.compactMap { Self.events[$0]?.rawValue }, "\(name)")
                #expect(escaped == expected["escapes"] as? Bool, "\(name)")
            }
            #expect(cases.count > 100)
        }

        /// Notes every event and throws at the first of a kind.
        final class Noting: Callback {
            var seen: [TrainingEvent] = []
            let thrown: (any Error)?
            let place: TrainingEvent?

            init(_ thrown: (any Error)? = nil, at place: TrainingEvent? = nil) {
                self.thrown = thrown
                self.place = place
            }
            private func note(_ event: TrainingEvent) throws {
                seen.append(event)
                if let thrown, event == place, seen.count(where: { $0 == event }) == 1 { throw thrown }
            }
            override func beforeFit(_ trainer: Trainer) throws { try note(.beforeFit) }
            override func beforeEpoch(_ trainer: Trainer) throws { try note(.beforeEpoch) }
            override func beforeTrain(_ trainer: Trainer) throws { try note(.beforeTrain) }
            override func beforeBatch(_ trainer: Trainer) throws { try note(.beforeBatch) }
            override func afterPrediction(_ trainer: Trainer) throws { try note(.afterPrediction) }
            override func afterLoss(_ trainer: Trainer) throws { try note(.afterLoss) }
            override func beforeBackward(_ trainer: Trainer) throws { try note(.beforeBackward) }
            override func afterCancelBackward(_ trainer: Trainer) throws { try note(.afterCancelBackward) }
            override func afterBackward(_ trainer: Trainer) throws { try note(.afterBackward) }
            override func beforeStep(_ trainer: Trainer) throws { try note(.beforeStep) }
            override func afterCancelStep(_ trainer: Trainer) throws { try note(.afterCancelStep) }
            override func afterStep(_ trainer: Trainer) throws { try note(.afterStep) }
            override func afterCancelBatch(_ trainer: Trainer) throws { try note(.afterCancelBatch) }
            override func afterBatch(_ trainer: Trainer) throws { try note(.afterBatch) }
            override func afterCancelTrain(_ trainer: Trainer) throws { try note(.afterCancelTrain) }
            override func afterTrain(_ trainer: Trainer) throws { try note(.afterTrain) }
            override func beforeValidate(_ trainer: Trainer) throws { try note(.beforeValidate) }
            override func afterCancelValidate(_ trainer: Trainer) throws { try note(.afterCancelValidate) }
            override func afterValidate(_ trainer: Trainer) throws { try note(.afterValidate) }
            override func afterCancelEpoch(_ trainer: Trainer) throws { try note(.afterCancelEpoch) }
            override func afterEpoch(_ trainer: Trainer) throws { try note(.afterEpoch) }
            override func afterCancelFit(_ trainer: Trainer) throws { try note(.afterCancelFit) }
            override func afterFit(_ trainer: Trainer) throws { try note(.afterFit) }
        }

        @Test("an error of a callback names the callback and the event")
        func errors() throws {
            let trainer = try Self.trainer()
            let said = message(of: CallbackError.self) {
                try trainer.with([Noting(DataError("no room"), at: .afterLoss)]) { try trainer.fit(1) }
            }
            #expect(said.contains("Noting") && said.contains("afterLoss") && said.contains("no room"))
            // One full stop, whether the reason has its own or not.
            let sentence = CallbackError(callback: "Noting", event: .afterLoss, underlying: DataError("No room."))
            #expect(said.contains("no room. Fix") && sentence.description.contains("No room. Fix"))
            // The next fit runs as if nothing had been.
            try trainer.fit(1)
            #expect(trainer.recorder.rows.count == 1)
        }

        @Test("callbacks run in their order, and with(_:) takes them away, also after an error")
        func orderAndRemoval() throws {
            final class Log { var numbers: [Int] = [] }
            final class Ordered: Callback {
                let number: Int
                let log: Log
                init(_ number: Int, _ log: Log) { (self.number, self.log) = (number, log) }
                override var order: Int { number }
                override func beforeFit(_ trainer: Trainer) { log.numbers.append(number) }
            }
            let log = Log()
            let trainer = try Self.trainer()
            let before = trainer.callbacks.count
            try trainer.with([Ordered(3, log), Ordered(-1, log), Ordered(2, log)]) { try trainer.fit(0) }
            #expect(log.numbers == [-1, 2, 3])
            #expect(trainer.callbacks.count == before)
            #expect(throws: CallbackError.self) {
                try trainer.with([Noting(DataError("no"), at: .beforeFit)]) { try trainer.fit(1) }
            }
            #expect(trainer.callbacks.count == before)
            let added = Ordered(1, log)
            trainer.add(added)
            #expect(trainer.callback(Ordered.self) === added)
            trainer.remove(added)
            #expect(trainer.callback(Ordered.self) == nil)
        }

        @Test("an order that is wrong, a callback added twice and a second of a single kind are refused before a batch")
        func checkedOrder() throws {
            final class Late: Callback { override var order: Int { 200 } }
            final class AfterLate: Callback {
                override func mustRun(after other: Callback) -> Bool { other is Late }
            }
            func said(_ added: [Callback]) throws -> String {
                let trainer = try Self.trainer()
                defer { #expect(trainer.recorder.losses.isEmpty) }
                return message(of: TrainingError.self) { try trainer.with(added) { try trainer.fit(1) } }
            }
            #expect(try said([AfterLate(), Late()]).contains("AfterLate (order 0) must run after Late (order 200)"))
            let one = Late()
            #expect(try said([one, one]).contains("Late was added twice"))
            #expect(try said([ShortEpochs(batches: 1), ShortEpochs()]).contains("two callbacks ShortEpochs"))
            let trainer = try Self.trainer()
            try trainer.with([Late(), Late(), EarlyStopping(), EarlyStopping()]) { try trainer.fit(1) }
        }

        @Test("callbacks that save, log or end a fit stay out of a search for a learning rate")
        func trials() {
            let url = URL(filePath: "/tmp/none")
            let out: [Callback] = [
                EarlyStopping(), SaveBest(to: url), ReduceOnPlateau(), StopOnNaN(), ShortEpochs(), CSVLog(to: url),
                TensorBoardLog(folder: url), LossGraph(to: url), ActivationStatistics(), MemoryReport(),
                Checkpoints(in: url),
            ]
            for callback in out { #expect(!callback.runsInLearningRateFinder, "\(callback)") }
            let within: [Callback] = [GradientAccumulation(), GradientClipping(), MixedPrecision()]
            for callback in within { #expect(callback.runsInLearningRateFinder, "\(callback)") }
        }

        @Test("without(_:) takes callbacks away for a while and puts them back, also after an error")
        func without() throws {
            let trainer = try Self.trainer()
            let noting = Noting()
            trainer.add(noting)
            try trainer.without([noting]) { try trainer.fit(1) }
            #expect(noting.seen.isEmpty)
            #expect(throws: DataError.self) { try trainer.without([noting]) { throw DataError("no") } }
            #expect(trainer.callbacks.contains { $0 === noting })
            try trainer.fit(1)
            #expect(!noting.seen.isEmpty)
        }

        @Test("mixed precision is a callback: removing it trains in float32, adding it in bfloat16")
        func mixedPrecision() throws {
            final class Types: Callback {
                var seen: [DType] = []
                override func afterPrediction(_ trainer: Trainer) { seen.append(trainer.output.dtype) }
            }
            let inputs = Tensor.ones(4, 2)
            let loader = try DataLoader(TensorDataset(inputs: [inputs], targets: [Tensor.ones(4, 1)]), batchSize: 4)
            let trainer = Trainer(
                train: loader, valid: nil, model: Linear(2, 1), loss: .mse,
                TrainingOptions(precision: .bfloat16, device: .cpu))
            trainer.showsProgress = false
            let mixed = try #require(trainer.callback(MixedPrecision.self))
            #expect("\(mixed)".contains("bfloat16") && trainer.precision == .bfloat16)
            let types = Types()
            trainer.add(types)
            try trainer.fit(1)
            try trainer.without([mixed]) {
                #expect(trainer.precision == .float32)
                try trainer.fit(1)
            }
            trainer.remove(mixed)
            trainer.add(MixedPrecision())
            try trainer.fit(1)
            #expect(types.seen == [.bfloat16, .float32, .bfloat16])
        }

        @Test("a callback may replace the batch, and one that stays out of validation sees no batch of it")
        func batches() throws {
            final class Zeros: Callback {
                var count = 0
                override var runsInValidation: Bool { false }
                override func beforeBatch(_ trainer: Trainer) {
                    trainer.inputs = [trainer.inputs[0] * 0]
                    trainer.targets = [trainer.targets[0] * 0 + 2]
                    count += 1
                }
            }
            let trainer = try Self.trainer()
            let model = try #require(trainer.model as? Linear)
            try model.loadStateDict(["weight": Tensor.ones(1, 2), "bias": Tensor.zeros(1)])
            let zeros = Zeros()
            try trainer.with([zeros]) { try trainer.fit(1, learningRate: 0) }
            #expect(zeros.count == 2)
            #expect(trainer.recorder.losses == [4, 4])
            #expect(trainer.recorder.rows[0].validLoss == 0)
        }

        @Test("a canceled step leaves the parameters, a canceled batch is not counted")
        func canceled() throws {
            for place in [TrainingEvent.beforeStep, .beforeBackward] {
                let trainer = try Self.trainer()
                let before = trainer.model.parameters().map { $0.detached().clone() }
                let all = Always(place == .beforeStep ? .step : .backward, place)
                try trainer.with([all]) { try trainer.fit(1, learningRate: 1) }
                for (before, after) in zip(before, trainer.model.parameters()) {
                    expectClose(after, before, "\(place)", tolerance: 0)
                }
            }
            let trainer = try Self.trainer()
            try trainer.with([Always(.batch, .beforeBatch)]) { try trainer.fit(1) }
            #expect(trainer.recorder.losses.isEmpty)
            let row = try #require(trainer.recorder.rows.first)
            #expect(row.trainLoss.isNaN && row.validLoss?.isNaN == true)
        }

        final class Always: Callback {
            let thrown: Cancel
            let place: TrainingEvent
            init(_ thrown: Cancel, _ place: TrainingEvent) {
                self.thrown = thrown
                self.place = place
            }
            override func beforeBatch(_ trainer: Trainer) throws { if place == .beforeBatch { throw thrown } }
            override func beforeBackward(_ trainer: Trainer) throws { if place == .beforeBackward { throw thrown } }
            override func beforeStep(_ trainer: Trainer) throws { if place == .beforeStep { throw thrown } }
        }

        @Test("the position in a fit is right after an epoch that was left early")
        func progress() throws {
            final class Positions: Callback {
                var before: [Double] = []
                var after: [Double] = []
                override var runsInValidation: Bool { false }
                override func beforeBatch(_ trainer: Trainer) { before.append(trainer.progress) }
                override func afterBatch(_ trainer: Trainer) throws {
                    after.append(trainer.progress)
                    if trainer.epoch == 0 { throw Cancel.epoch }
                }
            }
            let trainer = try Self.trainer()
            let positions = Positions()
            try trainer.with([positions]) { try trainer.fit(2) }
            #expect(positions.before == [0, 0.5, 0.75])
            #expect(positions.after == [0.25, 0.75, 1])
        }
    }
}
