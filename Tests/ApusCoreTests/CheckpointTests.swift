// Checkpoints: a run that ends at any moment and is started again ends as a run that never was.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// A folder in memory where there is one: some hundred checkpoints that are waited for take long on a disk.
private func withMemoryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let memory = URL(filePath: "/dev/shm/core-\(UUID().uuidString)")
    guard (try? FileManager.default.createDirectory(at: memory, withIntermediateDirectories: false)) != nil else {
        return try withTemporaryFolder(body)
    }
    defer { try? FileManager.default.removeItem(at: memory) }
    return try body(memory)
}

extension CoreTests {
    @Suite("Checkpoints") struct CheckpointTests {
        struct Killed: Error {}

        /// Ends the process's run, as far as the trainer can tell, the so-and-so-many-th time that an event occurs.
        final class Kill: Callback {
            let event: TrainingEvent
            var rest: Int
            let inTraining: Bool
            init(_ event: TrainingEvent, _ number: Int, inTraining: Bool = true) {
                self.event = event
                self.inTraining = inTraining
                rest = number
            }
            override var settings: String? { nil }
            // Before all others, so that they see as little as after a kill.
            override var order: Int { -100 }
            private func kill(_ event: TrainingEvent, _ trainer: Trainer) throws {
                guard event == self.event, trainer.isTraining == inTraining else { return }
                rest -= 1
                if rest == 0 { throw Killed() }
            }
            override func beforeBatch(_ trainer: Trainer) throws { try kill(.beforeBatch, trainer) }
            override func beforeStep(_ trainer: Trainer) throws { try kill(.beforeStep, trainer) }
            override func afterBatch(_ trainer: Trainer) throws { try kill(.afterBatch, trainer) }
            override func afterEpoch(_ trainer: Trainer) throws { try kill(.afterEpoch, trainer) }
            override func beforeEpoch(_ trainer: Trainer) throws { try kill(.beforeEpoch, trainer) }
            override func beforeFit(_ trainer: Trainer) throws { try kill(.beforeFit, trainer) }
            override func afterFit(_ trainer: Trainer) throws { try kill(.afterFit, trainer) }
        }

        /// Batches of a program's own: those of a loader, handed on.
        private final class HandedOn: BatchSource {
            let loader: any BatchSource
            init(_ loader: any BatchSource) { self.loader = loader }
            var batchCount: Int { loader.batchCount }
            var itemCount: Int { loader.itemCount }
            var batchSize: Int { loader.batchSize }
            func batches(epoch: Int) throws -> any BatchIterator { Each(try loader.batches(epoch: epoch)) }
            private final class Each: BatchIterator {
                let batches: any BatchIterator
                init(_ batches: any BatchIterator) { self.batches = batches }
                func next() throws -> Batch? { try batches.next() }
                func cancel() { batches.cancel() }
            }
        }

        @Test("batches of a source of one's own are counted on when a run is resumed twice in one epoch")
        func twiceInOneEpoch() throws {
            func end(_ folder: URL, _ kill: Kill?) throws -> [[Float]] {
                manualSeed(7)
                let model = Sequential([Linear(3, 6), ReLU(), Linear(6, 2)])
                let learner = try Learner(
                    parityLoaders(23, batchSize: 4, workers: 0, seed: 1, itemTransforms: []), model,
                    TrainingOptions(callbacks: kill.map { [$0] } ?? [], precision: .float32, device: .cpu)
                ).quiet()
                try learner.replaceData(train: HandedOn(learner.train), valid: learner.valid)
                learner.add(Checkpoints(in: folder, every: .batches(1)))
                try learner.fit(1, learningRate: 0.05)
                return model.parameters().map { $0.array(of: Float.self) }
            }
            let whole = try withTemporaryFolder { try end($0, nil) }
            try withTemporaryFolder { folder in
                for _ in 0..<2 { #expect(throws: CallbackError.self) { _ = try end(folder, Kill(.beforeBatch, 3)) } }
                let resumed = try end(folder, nil)
                #expect(resumed == whole)
            }
        }

        /// What a program has at its end.
        struct End: Equatable {
            var weights: [[Float]]
            var losses: [Double]
            var rows: [[Double?]]
            var random: Float
        }

        /// A program with dropout, batch norm, shuffling, random augmentation, loader threads and two phases.
        static func program(
            _ added: [Callback], folder: URL? = nil, epochs: Int = 3, seed: Int = 1, resumes: Bool = true,
            every: Checkpoints.Interval = .batches(2), workers: Int = 2, listens: Bool = false
        ) throws -> End {
            manualSeed(7)
            let model = Sequential([Linear(3, 6), BatchNorm1d(6), ReLU(), Dropout(0.3), Linear(6, 2)])
            let learner = try Learner(
                parityLoaders(23, batchSize: 4, workers: workers, seed: seed, itemTransforms: [Jittered()]), model,
                metrics: [.accuracy],
                parameterGroups: [Array(model.parameters().prefix(4)), Array(model.parameters().suffix(2))],
                TrainingOptions(callbacks: added, precision: .float32, device: .cpu)
            ).quiet()
            if let folder { learner.add(Checkpoints(in: folder, every: every, resumes: resumes)) }
            func train() throws { try learner.fineTune(epochs, learningRate: 0.05) }
            try listens ? learner.stoppingOnInterrupt(train) : train()
            return End(
                weights: model.stateDict().map { $0.tensor.detached().flatten().array() },
                losses: learner.recorder.losses,
                rows: learner.recorder.rows.map { [$0.trainLoss, $0.validLoss] + $0.metrics.map(\.value) },
                random: Tensor.rand(1).item(as: Float.self))
        }

        static let plain = Result { try program([]) }

        private func survives(
            _ kill: Kill, every: Checkpoints.Interval = .batches(2), with callbacks: (URL) -> [Callback] = { _ in [] }
        ) throws {
            try withMemoryFolder { folder in
                let others = callbacks(folder.appending(path: "a"))
                let expected = try others.isEmpty ? Self.plain.get() : Self.program(others)
                let mine = folder.appending(path: "b")
                let place = folder.appending(path: "run")
                #expect(throws: CallbackError.self) {
                    try Self.program(callbacks(mine) + [kill], folder: place, every: every)
                }
                let found = try Self.program(callbacks(mine), folder: place, every: every)
                #expect(found == expected, "\(kill.event) \(kill.inTraining)")
                // A program that was done does nothing, and ends alike.
                #expect(try Self.program(callbacks(mine) + [Kill(.beforeBatch, 1)], folder: place) == expected)
            }
        }

        // Five training batches and two validation batches an epoch; one epoch with the body frozen, three without.
        @Test(
            "a killed run ends with the bits of one that never was",
            arguments: [
                (TrainingEvent.beforeBatch, 1), (.beforeBatch, 4), (.beforeStep, 3), (.afterBatch, 5), (.afterEpoch, 1),
                (.afterFit, 1), (.beforeFit, 2), (.beforeBatch, 7), (.beforeEpoch, 3), (.beforeStep, 14),
                (.afterBatch, 15), (.afterEpoch, 4), (.afterFit, 2),
            ])
        func killed(_ event: TrainingEvent, _ number: Int) throws {
            let isOfBatch = [TrainingEvent.beforeBatch, .beforeStep, .afterBatch].contains(event)
            try survives(Kill(event, number, inTraining: isOfBatch))
        }

        @Test("also in validation, and with a checkpoint for each epoch alone", arguments: [1, 4, 8])
        func killedInValidation(_ number: Int) throws {
            try survives(Kill(.beforeBatch, number, inTraining: false))
            try survives(Kill(.afterBatch, number, inTraining: false), every: .epochs(1))
            try survives(Kill(.beforeStep, number * 2), every: .epochs(2))
        }

        @Test("callbacks go on too: gradients that add up, the best epoch, patience, a divided rate, the log")
        func callbacks() throws {
            for number in [3, 13, 18] {
                try survives(Kill(.beforeBatch, number)) { folder in
                    [
                        GradientAccumulation(12), GradientClipping(0.5), ReduceOnPlateau(minDelta: 0.01, factor: 2),
                        EarlyStopping(monitor: "accuracy", patience: 2),
                        SaveBest(to: folder.appending(path: "best.safetensors")), StopOnNaN(),
                        CSVLog(to: folder.appending(path: "log.csv")),
                    ]
                }
                try survives(Kill(.beforeBatch, min(number, 11))) { _ in [ShortEpochs(batches: 3)] }
            }
        }

        /// Draws random numbers before the batches of an epoch.
        final class Drawing: Callback {
            override func beforeFit(_ trainer: Trainer) { _ = Tensor.rand(2) }
            override func beforeEpoch(_ trainer: Trainer) { _ = Tensor.rand(3) }
            override func beforeTrain(_ trainer: Trainer) { _ = Tensor.rand(4) }
        }

        @Test("also where a callback draws random numbers before the batches", arguments: [4, 6, 13])
        func drawing(_ number: Int) throws {
            try survives(Kill(.beforeBatch, number)) { _ in [Drawing()] }
        }

        @Test("also in float16, with steps left out before and behind the kill", arguments: [4, 9, 14, 18])
        func float16(_ number: Int) throws {
            let isSkipped = Result { try Self.program([Self.float16()]) }
            #expect(try isSkipped.get() != Self.plain.get())
            try survives(Kill(.beforeBatch, number)) { _ in
                [Self.float16(), GradientAccumulation(8), GradientClipping(0.5)]
            }
        }

        /// Starts with a scale that is too large, and soon grows to one again.
        private static func float16() -> Callback {
            MixedPrecision(.float16, scaler: GradScaler(scale: 16_777_216, growthInterval: 1))
        }

        @Test("the log of a killed run has each epoch once")
        func log() throws {
            try withMemoryFolder { folder in
                let url = folder.appending(path: "log.csv")
                _ = try? Self.program([CSVLog(to: url), Kill(.beforeBatch, 13)], folder: folder.appending(path: "run"))
                let end = try Self.program([CSVLog(to: url)], folder: folder.appending(path: "run"))
                let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
                #expect(lines.count == 5)
                #expect(lines.dropFirst().map { Double($0.split(separator: ",")[2]) } == end.rows.map { $0[1] })
            }
        }

        @Test("a run may be killed again and again")
        func again() throws {
            try withMemoryFolder { folder in
                let expected = try Self.program([])
                var kills = 0
                while true {
                    do {
                        // Each life lasts three batches.
                        let found = try Self.program(
                            [Kill(.beforeBatch, 4)], folder: folder, every: .batches(1), workers: kills % 3)
                        #expect(found == expected)
                        break
                    } catch { kills += 1 }
                    if kills > 20 { break }
                }
                #expect(kills == 6)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
            }
        }

        @Test("checkpoints of another run are refused with a sentence that says what differs")
        func refused() throws {
            try withMemoryFolder { folder in
                #expect(throws: CallbackError.self) { try Self.program([Kill(.beforeBatch, 13)], folder: folder) }
                func said(_ body: () throws -> End) -> String { message(of: TrainingError.self) { _ = try body() } }
                #expect(said { try Self.program([], folder: folder, epochs: 4) }.contains("epochs 3 there, 4 here"))
                #expect(said { try Self.program([], folder: folder, seed: 2) }.contains("seed of the data 1 there"))
                #expect(said { try Self.program([], folder: folder, resumes: false) }.contains("holds checkpoints"))
                let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                // A damaged file: the one before it is taken.
                let newest = folder.appending(path: try #require(before.last))
                try Data("half a file".utf8).write(to: newest)
                #expect(try Self.program([], folder: folder) == Self.program([]))
            }
        }

        @Test("a run that loses a callback that remembers something is refused")
        func lostCallback() throws {
            try withMemoryFolder { folder in
                #expect(throws: CallbackError.self) {
                    try Self.program([GradientAccumulation(8), Kill(.beforeBatch, 13)], folder: folder)
                }
                let said = message(of: TrainingError.self) { _ = try Self.program([], folder: folder) }
                #expect(said.contains("callbacks GradientAccumulation there, none here"))
            }
        }

        @Test("a fit that failed and is called again in the same program counts once")
        func failedFit() throws {
            try withMemoryFolder { folder in
                func run(_ failing: Bool) throws -> Trainer {
                    manualSeed(4)
                    let trainer = try smallTrainer(8)
                    trainer.add(Checkpoints(in: folder))
                    if failing {
                        let wrong = EarlyStopping(monitor: "none")
                        #expect(throws: CallbackError.self) { try trainer.with([wrong]) { try trainer.fit(2) } }
                    }
                    try trainer.fit(2)
                    return trainer
                }
                let first = try run(true)
                #expect(first.recorder.losses.count == 8)
                let second = try run(false)
                #expect(second.recorder.losses == first.recorder.losses)
                let weights = [first, second].map { $0.model.parameters()[0].detached().array(of: Float.self) }
                #expect(weights[0] == weights[1])
            }
        }

        @Test("batches that were left out as unreadable do not move the place where a run goes on")
        func unreadable() throws {
            func run(_ added: [Callback]) throws -> [Double] {
                manualSeed(4)
                let items = (0..<9).map { number -> (input: [Float], target: Double) in
                    let first = Float(number)
                    return ([number % 3 == 1 ? -first : first, 1, 2], Double(number))
                }
                let loaders = try DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: NumberBlock(), itemTransforms: []), train: items,
                    LoaderOptions(batchSize: 1, workers: 0, seed: 3, unreadable: .skip))
                let learner = try Learner(
                    loaders, Linear(3, 1), TrainingOptions(callbacks: added, precision: .float32, device: .cpu)
                ).quiet()
                try learner.fit(2)
                return learner.recorder.losses
            }
            let expected = try run([])
            #expect(expected.count == 12)
            for number in 2...12 {
                try withMemoryFolder { folder in
                    func checkpoints() -> Callback { Checkpoints(in: folder, every: .batches(1)) }
                    #expect(throws: CallbackError.self) { try run([checkpoints(), Kill(.beforeBatch, number)]) }
                    let found = try run([checkpoints()])
                    #expect(found == expected, "\(number)")
                }
            }
        }

        @Test("Ctrl-C leaves a checkpoint of the batch, from which the run goes on")
        func interrupted() async {
            await #expect(processExitsWith: .success) {
                try withMemoryFolder { folder in
                    let expected = try CheckpointTests.program([])
                    for number in [3, 6, 12] {  // in training, in validation, in the second phase
                        let place = folder.appending(path: "\(number)")
                        _ = try CheckpointTests.program(
                            [InterruptTests.Interrupting(number)], folder: place, every: .epochs(1), listens: true)
                        let found = try CheckpointTests.program([], folder: place, every: .epochs(1))
                        #expect(found == expected, "\(number)")
                    }
                }
            }
        }

        @Test("batches from the middle of an epoch are those of the whole epoch")
        func middle() throws {
            let loader = try parityLoaders(23, batchSize: 4, itemTransforms: [Jittered()]).train
            func all(_ batches: any BatchIterator) throws -> [[Float]] {
                var found: [[Float]] = []
                while let batch = try batches.next() { found.append(batch.inputs[0].flatten().array()) }
                return found
            }
            let whole = try all(loader.batches(epoch: 3))
            #expect(whole.count == 5)
            #expect(try all(loader.batches(epoch: 3, from: 2)) == Array(whole[2...]))
            #expect(try all(loader.batches(epoch: 3, from: 5)).isEmpty)
        }
    }
}
