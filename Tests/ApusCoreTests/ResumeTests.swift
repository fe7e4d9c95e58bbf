// A run is resumed only with what it was started with: each difference is named, and what may differ may.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Resuming with other settings") struct ResumeTests {
        /// Ends the run as far as the trainer can tell.
        final class Kill: Callback {
            override var settings: String? { nil }
            override func beforeBatch(_ trainer: Trainer) throws {
                if trainer.epoch == 1 { throw DataError("killed") }
            }
        }

        /// What a program is made of.
        struct Program {
            var labels = ["even", "odd"]
            var count = 12
            var workers = 0
            var transforms: [any ItemTransform] = [Jittered()]
            var shift: Float?
            var dropout = 0.1
            var loss = Loss.crossEntropy(labelSmoothing: 0.1)
            var optimizer = OptimizerRecipe.adam()
            var callbacks: [Callback] = [GradientClipping(0.5), EarlyStopping(patience: 9)]
            var groups = 2
            var freezes = false
            var rate = 0.01
            var momentum = 0.9
            var options = [(name: "--size", value: "32")]
            var unreadable = UnreadablePolicy.refuse

            static func with(_ change: (inout Program) -> Void) -> Program {
                var program = Program()
                change(&program)
                return program
            }

            func run(in folder: URL, killed: Bool = false) throws {
                manualSeed(7)
                let target = try CategoryBlock().fitted(to: labels)
                let items = (0..<count).map { (input: [Float($0), 1, 2], target: $0 % 2 == 0 ? labels[0] : labels[1]) }
                let loaders = try DataLoaders(
                    pipeline: Pipeline(
                        input: VectorBlock(), target: target, itemTransforms: transforms,
                        batchTransforms: shift.map { [Shifted(by: $0)] } ?? []), train: items,
                    valid: Array(items.prefix(4)),
                    LoaderOptions(batchSize: 4, workers: workers, seed: 1, unreadable: unreadable))
                let model = Sequential([Linear(3, 6), Dropout(dropout), Linear(6, 2)])
                let parameters = model.parameters()
                let learner = try Learner(
                    loaders, model, loss: loss,
                    parameterGroups: groups == 1 ? [parameters] : [Array(parameters[..<2]), Array(parameters[2...])],
                    TrainingOptions(optimizer: optimizer, callbacks: callbacks, precision: .float32, device: .cpu)
                ).quiet()
                learner.add(Checkpoints(in: folder, settings: options))
                if killed { learner.add(Kill()) }
                if freezes { learner.freeze() }
                try learner.fitOneCycle(3, learningRate: rate, momenta: (0.95, .all(momentum), 0.95))
            }
        }

        @Test("each setting that differs is named, and nothing is trained")
        func refused() throws {
            let changes: [(name: String, program: Program)] = [
                ("items of the training set", .with { $0.labels = ["odd", "even"] }),
                ("target {", .with { $0.labels = ["even", "rest"] }),
                ("training items 12 there, 13 here", .with { $0.count = 13 }),
                ("item transforms", .with { $0.transforms = [] }),
                ("batch transforms none there, Shifted {\"by\":2} here", .with { $0.shift = 2 }),
                ("model", .with { $0.dropout = 0.2 }),
                ("settings of the loss", .with { $0.loss = .crossEntropy(labelSmoothing: 0.2) }),
                ("loss crossEntropy there, focal here", .with { $0.loss = .focal() }),
                ("settings of the optimizer", .with { $0.optimizer = .adam(epsilon: 1e-8) }),
                ("optimizer Adam there, LAMB here", .with { $0.optimizer = .lamb() }),
                (
                    "callback GradientClipping norm 0.5 of the kind 2.0 there, norm 0.25 of the kind 2.0 here",
                    .with { $0.callbacks = [GradientClipping(0.25), EarlyStopping(patience: 9)] }
                ),
                (
                    "callback EarlyStopping",
                    .with { $0.callbacks = [GradientClipping(0.5), EarlyStopping(patience: 8)] }
                ),
                (
                    "callbacks GradientClipping, EarlyStopping there, GradientClipping here",
                    .with { $0.callbacks.removeLast() }
                ),
                ("callbacks", .with { $0.callbacks.append(MixUp()) }),
                ("parameter groups", .with { $0.groups = 1 }),
                ("frozen parameters 0 of 4 there, 2 of 4 here", .with { $0.freezes = true }),
                ("learning rates and momentum", .with { $0.rate = 0.02 }),
                ("learning rates and momentum", .with { $0.momentum = 0.8 }),
                ("--size 32 there, 64 here", .with { $0.options = [("--size", "64")] }),
                ("unreadable items refuse there, skip here", .with { $0.unreadable = .skip }),
            ]
            try withTemporaryFolder { folder in
                #expect(throws: CallbackError.self) { try Program().run(in: folder, killed: true) }
                for change in changes { try Self.refuse(change.program, in: folder, naming: change.name) }
            }
        }

        private static func refuse(_ program: Program, in folder: URL, naming name: String) throws {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            var said = "nothing"
            do { try program.run(in: folder) } catch let error as TrainingError { said = error.description }
            #expect(said.contains("is a checkpoint of another run: \(name)"), "\(said)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == files)
        }

        @Test("loader threads, places, options that nobody noted, and callbacks that only watch may differ")
        func allowed() throws {
            try withTemporaryFolder { folder in
                #expect(throws: CallbackError.self) { try Program().run(in: folder, killed: true) }
                let moved = folder.deletingLastPathComponent().appending(path: UUID().uuidString)
                try FileManager.default.copyItem(at: folder, to: moved)
                defer { try? FileManager.default.removeItem(at: moved) }
                var program = Program()
                program.workers = 2
                program.callbacks += [CSVLog(to: moved.appending(path: "log.csv")), MemoryReport()]
                program.options.append((name: "--new", value: "1"))
                try program.run(in: moved)
            }
        }

        @Test("a checkpoint of an earlier version is taken, and what it does not tell is named")
        func earlier() throws {
            let former = FitPlan(facts: [.init(name: "epochs", value: "3")])
            let now = FitPlan(
                facts: ["epochs", "model", "callbacks", "callback MixUp"].map { .init(name: $0, value: "3") })
            #expect(now.unknown(to: former) == ["model", "callbacks"])
            #expect(now.difference(from: former) == nil)
            let text =
                #"{"position":{"fit":0,"epoch":0,"batches":0,"batchesTaken":0,"isTrainingDone":false,"#
                + #""isFitDone":false},"plans":[],"callbacks":[]}"#
            #expect(try JSONDecoder().decode(RunRecord.self, from: Data(text.utf8)).settings == nil)
        }

        @Test("long settings are cut to where they differ")
        func cut() {
            let start = String(repeating: "a, ", count: 100)
            let difference = FitPlan.difference(
                of: [.init(name: "labels", value: start + "cat, dog" + start)],
                from: [.init(name: "labels", value: start + "cow, dog" + start)])
            #expect(difference?.contains("cow") == true && difference?.contains("cat") == true)
            #expect((difference ?? "").count < 200)
        }

        @Test("a fingerprint is the same for the same things, wherever they are and in whatever order sets give them")
        func fingerprints() {
            func sum(_ item: Any) -> String { Fingerprint(of: [item]).description }
            #expect(sum(URL(filePath: "/a/cats/1.png")) == sum(URL(filePath: "/b/c/cats/1.png")))
            #expect(sum(URL(filePath: "/a/cats/1.png")) != sum(URL(filePath: "/a/dogs/1.png")))
            let words = (0..<50).map { "w\($0)" }
            #expect(sum(Set(words)) == sum(Set(words.reversed())))
            #expect(sum(Set(words)) != sum(Set(words.dropLast())))
            #expect(sum(["a", "bc"]) != sum(["ab", "c"]))
            #expect(sum(1) != sum(2))
            #expect(sum(Tensor([1, 2] as [Float])) == sum(Tensor([1, 2] as [Float])))
            #expect(sum(Tensor([1, 2] as [Float])) != sum(Tensor([1, 3] as [Float])))
            #expect(sum((input: 1, target: "a")) != sum((input: 1, target: "b")))
        }
    }
}
