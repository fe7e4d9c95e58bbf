// The learning-rate finder: its suggestions and its trial against fastai's, and that it leaves no trace.
import Foundation
import Testing
import Torch

@testable import ApusCore
@testable import ApusPlot

extension CoreTests {
    @Suite("Learning-rate finder") struct LearningRateFinderTests {
        typealias Method = LearningRateSearch.Method
        static let keys: [Method: String] = [
            .valley: "valley", .steepest: "steep", .minimum: "minimum", .slide: "slide",
        ]

        func expect(_ found: [Method: Double], _ expected: [String: Any], without: Set<Method> = []) throws {
            for (method, key) in Self.keys {
                let rate = try #require(expected[key] as? NSNumber).doubleValue
                guard !without.contains(method) else {
                    #expect(found[method] == nil, "\(key)")
                    continue
                }
                let suggestion = try #require(found[method], "\(key)")
                #expect(abs(suggestion / rate - 1) < 1e-5, "\(key): \(suggestion) and \(rate)")
            }
        }

        @Test(
            "the suggestions for a curve are fastai's",
            arguments: ["a smooth basin", "a noisy basin", "a falling curve", "an early explosion"])
        func suggestions(_ name: String) throws {
            let expected = try #require(try Fixture.cases("finder.json")["suggestions of \(name)"])
            let curve = LearningRateCurve(
                rates: try Fixture.tensor(expected["lrs"]).array(of: Double.self),
                losses: try Fixture.tensor(expected["losses"]).array(of: Double.self))
            // Where no loss ever falls, fastai suggests the first rate.
            try expect(
                curve.suggestions, expected, without: name == "an early explosion" ? [.valley, .steepest] : [])
        }

        @Test("too few losses suggest nothing that they can't tell")
        func fewLosses() {
            #expect(LearningRateCurve(rates: [], losses: []).suggestions.isEmpty)
            #expect(LearningRateCurve(rates: [0.1], losses: [1]).suggestions == [.minimum: 0.01])
            let two = LearningRateCurve(rates: [0.1, 0.2], losses: [2, 1]).suggestions
            #expect(two[.steepest] == 0.1 && two[.slide] == nil && two[.valley] != nil)
        }

        @Test(
            "a whole trial has fastai's rates, losses and suggestions",
            arguments: [("as usual", 100, 10.0), ("of 60 batches", 60, 1), ("that diverges", 100, 1e4)])
        func parity(_ name: String, _ iterations: Int, _ end: Double) throws {
            let expected = try #require(try Fixture.cases("finder.json")["run \(name)"])
            let batchSize = try #require(expected["batch_size"] as? Int)
            let trainer = try OptimizerRunTests.trainer(batchSize: batchSize)
            let found = try trainer.lrFind(end: end, iterations: iterations)
            expectClose(
                found.learningRates.map(log), try Fixture.tensor(expected["lrs"]).array(of: Double.self).map(log),
                "rates")
            expectClose(
                found.losses, try Fixture.tensor(expected["losses"]).array(of: Double.self), "losses", tolerance: 1e-4)
            try expect(found.suggestions, expected)
            #expect(found.batchSize == batchSize && "\(found)".contains("batch size \(batchSize):"))
        }

        // MARK: No trace

        /// All that a trial could change.
        static func traces(_ trainer: Trainer) -> [String] {
            func bits(_ tensor: Tensor) -> String { "\(tensor.detached().to(.float64).array(of: Double.self))" }
            let (tensors, state) = trainer.savedState()
            return tensors.map { "\($0.name) \(bits($0.tensor))" }
                + ["\(state.frozen)", "\(state.epochsDone)", "\(state.groups)", "\(trainer.recorder)"]
                + trainer.model.parameters().map { "\($0.grad == nil)" }
                + ["\(trainer.model.isTraining)", "\(trainer.showsProgress)", trainer.callbacks.map(\.name).joined()]
        }

        /// A trainer with batch norm, dropout, a frozen group and a past.
        static func used() throws -> Trainer {
            let model = Sequential {
                Linear(2, 4)
                BatchNorm1d(4)
                Dropout(0.5)
                Linear(4, 1)
            }
            let inputs = Tensor((0..<24).map { Float($0 % 7) / 10 }, shape: [12, 2])
            let trainer = try quietTrainer(
                inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), model: model,
                parameterGroups: [model[0].parameters() + model[1].parameters(), model[3].parameters()],
                optimizer: .lookahead(.adam(), interval: 4))
            trainer.freeze()
            try trainer.fitOneCycle(2, learningRate: 0.01)
            model.eval()
            return trainer
        }

        @Test("everything is as it was, and the next fit as it would have been")
        func noTrace() throws {
            let trainer = try Self.used()
            let before = Self.traces(trainer)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "state.safetensors")
                try trainer.save(to: file)
                let found = try trainer.lrFind(iterations: 40, stopsAtDivergence: false)
                #expect(found.losses.count == 40)
                #expect(Self.traces(trainer) == before)
                try trainer.fit(2)
                let losses = trainer.recorder.losses
                try trainer.restoreState(from: file)
                try trainer.fit(2)
                #expect(trainer.recorder.losses == losses)
            }
        }

        /// Batches of another source that end in an error.
        final class Failing: BatchSource {
            let source: any BatchSource
            init(_ source: any BatchSource) { self.source = source }
            var batchCount: Int { source.batchCount }
            var itemCount: Int { source.itemCount }
            var batchSize: Int { source.batchSize }
            func batches(epoch: Int) throws -> any BatchIterator { Iterator(try source.batches(epoch: epoch)) }

            final class Iterator: BatchIterator {
                let batches: any BatchIterator
                var count = 0
                init(_ batches: any BatchIterator) { self.batches = batches }
                func next() throws -> Batch? {
                    count += 1
                    if count == 3 { throw DataError("the third batch is unreadable") }
                    return try batches.next()
                }
                func cancel() { batches.cancel() }
            }
        }

        @Test("also after an error, whether a callback's, an operator's, or the data's")
        func noTraceAfterErrors() throws {
            final class Spoiling: Callback {
                override func afterPrediction(_ trainer: Trainer) {
                    if trainer.batchIndex == 1 { trainer.output = Tensor.ones(3).matmul(Tensor.ones(4)) }
                }
            }
            func expectNoTrace<Failure: Error>(_ trainer: Trainer, _ type: Failure.Type) {
                let before = Self.traces(trainer)
                #expect(throws: Failure.self) { _ = try trainer.lrFind() }
                #expect(Self.traces(trainer) == before)
            }
            // Weights from which the trial does not diverge before the third batch.
            manualSeed(3)
            let trainer = try Self.used()
            trainer.with([CallbackTests.Noting(DataError("no"), at: .afterLoss)]) {
                expectNoTrace(trainer, CallbackError.self)
            }
            trainer.with([Spoiling()]) { expectNoTrace(trainer, TorchError.self) }
            try trainer.replaceData(train: Failing(trainer.train), valid: nil)
            expectNoTrace(trainer, DataError.self)
        }

        @Test("and after Ctrl-C, with the curve so far")
        func noTraceAfterInterrupt() async {
            await #expect(processExitsWith: .success) {
                let trainer = try LearningRateFinderTests.used()
                let before = LearningRateFinderTests.traces(trainer)
                let interrupting = InterruptTests.Interrupting(8)
                let found = try trainer.stoppingOnInterrupt {
                    try trainer.with([interrupting]) { try trainer.lrFind(stopsAtDivergence: false) }
                }
                #expect(found.losses.count == 8 && trainer.wasInterrupted)
                #expect(LearningRateFinderTests.traces(trainer) == before)
            }
        }

        @Test("callbacks that print, save or stop take no part")
        func callbacks() throws {
            final class Counting: Callback {
                let takesPart: Bool
                var batches = 0
                init(_ takesPart: Bool) { self.takesPart = takesPart }
                override var runsInLearningRateFinder: Bool { takesPart }
                override func afterBatch(_ trainer: Trainer) { batches += 1 }
            }
            let trainer = try smallTrainer()
            let (one, other) = (Counting(true), Counting(false))
            _ = try trainer.with([one, other]) { try trainer.lrFind(iterations: 7, stopsAtDivergence: false) }
            #expect(one.batches == 7 && other.batches == 0)
        }

        // MARK: What cannot be told

        @Test("a trial of few batches, or one that ends soon, suggests nothing and says what to do")
        func fewBatches() throws {
            let trainer = try smallTrainer()
            #expect(trainer.train.batchCount == 2)
            let few = try trainer.lrFind(iterations: 6, stopsAtDivergence: false)
            #expect(few.losses.count == 6 && few.suggestions.isEmpty && few.minimum == nil)
            #expect("\(few)".contains("6 batches are too few") && "\(few)".contains("--iterations"))
            let soon = try trainer.lrFind(start: 1e-3, end: 1e60)
            #expect(soon.losses.count < 23 && soon.suggestions.isEmpty)
            #expect(soon.remark?.contains("ended after \(soon.losses.count) of 100 batches") == true)
            // Two batches make an epoch, and all hundred are run.
            let whole = try trainer.lrFind(end: 1e-4, stopsAtDivergence: false)
            #expect(whole.losses.count == 100 && whole.remark == nil && whole.minimum != nil)
        }

        @Test("a first loss that is no number is told in a sentence")
        func spoiled() throws {
            let trainer = try smallTrainer()
            withoutGradients { _ = trainer.model.parameters()[0].fill_(Double.nan) }
            let said = message(of: TrainingError.self) { _ = try trainer.lrFind() }
            #expect(said.contains("first batch is nan") && said.contains("1e-07"))
        }

        @Test("a loss that is no number ends the trial")
        func diverged() throws {
            let trainer = try smallTrainer()
            let found = try trainer.lrFind(start: 1e-3, end: 1e60, stopsAtDivergence: false)
            #expect(found.losses.count < 100 && found.losses.last?.isFinite == false)
            #expect(trainer.model.parameters().allSatisfy { $0.detached().abs().sum().item(as: Float.self).isFinite })
        }

        @Test("what cannot be searched is refused")
        func refused() throws {
            let trainer = try smallTrainer()
            for (start, end, iterations) in [(0, 1, 100), (1, 0.1, 100), (1e-7, .infinity, 100), (1e-7, 1, 5)] {
                #expect(throws: TrainingError.self) {
                    _ = try trainer.lrFind(start: start, end: end, iterations: iterations)
                }
            }
            final class Skipping: Callback {
                override func beforeBatch(_ trainer: Trainer) throws { throw Cancel.batch }
            }
            trainer.add(Skipping())
            #expect(message(of: TrainingError.self) { _ = try trainer.lrFind() }.contains("No batch had a loss"))
        }

        // MARK: Figures

        @Test("the plot marks each suggestion with its rate, on the curve")
        func plot() throws {
            let rates = (0..<100).map { (place: Int) -> Double in pow(10, -6 + Double(place) / 16) }
            let losses = (0..<100).map { (place: Int) -> Double in
                let fall = 1.5 / (1 + exp(-Double(place - 50) / 6))
                return 2 - fall + max(0, Double(place - 85) / 3)
            }
            let found = LearningRateSearch(learningRates: rates, losses: losses, batchSize: 32, iterations: 100)
            guard case .axes(let axes) = found.plot().panels[0] else {
                Issue.record("no axes")
                return
            }
            #expect(axes.title == "Learning rates at batch size 32" && axes.xScale == .log)
            // The curve without its last five losses.
            #expect(axes.marks[0].x == Array(rates.prefix(95)) && axes.marks[0].y == Array(losses.prefix(95)))
            let marks = axes.marks.dropFirst()
            #expect(marks.count == 4)
            for (mark, method) in zip(marks, Method.allCases) {
                let rate = try #require(found.suggestions[method])
                #expect(mark.x == [rate])
                let label = try #require(mark.label)
                let written = try #require(Double(label.split(separator: " ").last ?? ""))
                #expect(label.hasPrefix(method.title) && abs(written / rate - 1) < 0.05, "\(label)")
                // Suggestions but the minimum's are rates of the curve.
                if method != .minimum { #expect(mark.y == [losses[try #require(rates.firstIndex(of: rate))]]) }
            }
            if let folder = ProcessInfo.processInfo.environment["APUS_KEEP_FIGURES"] {
                try found.plot().save(to: URL(filePath: "\(folder)/finder.png"))
            }
        }
    }
}
