// All pairs of the library's callbacks: both have their effect, or the fit is refused before its first batch.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Notes what a fit does, behind all other callbacks but the checkpoints.
private final class Trace: Callback {
    struct Step {
        let gradient: Tensor
        let rate: Double
    }
    var batches: [(epoch: Int, loss: Double, inputs: Tensor, rate: Double)] = []
    var validBatches: [Int] = []
    var steps: [Step] = []
    var epochWeights: [Tensor] = []
    override var order: Int { 95 }

    private func rate(_ trainer: Trainer) -> Double { trainer.optimizer.groups[0].learningRate }
    override func beforeStep(_ trainer: Trainer) {
        let gradients = trainer.model.parameters().compactMap { $0.grad?.detached().clone().flatten() }
        steps.append(Step(gradient: .cat(gradients), rate: rate(trainer)))
    }
    override func afterBatch(_ trainer: Trainer) {
        guard trainer.isTraining else { return validBatches.append(trainer.epoch) }
        batches.append((trainer.epoch, trainer.batchLoss.item(), trainer.inputs[0].clone(), rate(trainer)))
    }
    override func afterTrain(_ trainer: Trainer) { epochWeights.append(PairRun.weights(trainer.model)) }
}

/// A short fit on small pictures with some callbacks.
private final class PairRun {
    /// A teacher, always the same; making it leaves the random numbers as they are.
    static func teacher() -> Module {
        let random = Generator.globalState().clone()
        defer { Generator.setGlobalState(random) }
        manualSeed(3)
        return Sequential([Flatten(), Linear(16, 3)])
    }

    static func weights(_ model: Module) -> Tensor { .cat(model.parameters().map { $0.detached().clone().flatten() }) }

    let trace = Trace()
    let trainer: Trainer
    let final: Tensor

    /// - Parameter spoiled: Whether an item of the second batch is no number.
    init(_ callbacks: [Callback], rate: Double = 0.1, epochs: Int = 4, spoiled: Bool = false) throws {
        manualSeed(7)
        var inputs = Tensor.randn(16, 1, 4, 4)
        if spoiled {
            inputs = inputs.clone().maskedFill(
                Tensor((0..<16).map { $0 == 5 }).reshape(16, 1, 1, 1), Scalar.double(.nan))
        }
        trainer = try quietTrainer(
            inputs: inputs, targets: Tensor((0..<16).map { $0 % 3 }), batchSize: 4,
            model: Sequential([Flatten(), Linear(16, 3)]), loss: .crossEntropy(labelSmoothing: 0.1),
            optimizer: .sgd())
        let trainer = trainer
        do {
            try trainer.with(callbacks + [trace]) { try trainer.fit(epochs, learningRate: .all(rate)) }
        } catch let error as NonFiniteError {
            // What `StopOnNaN` ends a spoiled run with.
            guard spoiled else { throw error }
        }
        final = Self.weights(trainer.model)
    }

    /// What changes the batches' gradients, with the gradients and losses of the first epoch's batches when nothing moves.
    static func still(_ callbacks: [Callback]) throws -> (gradients: [Tensor], losses: [Double], inputs: [Tensor]) {
        let run = try PairRun(callbacks, rate: 0, epochs: 1)
        return (run.trace.steps.map(\.gradient), run.trace.batches.map(\.loss), run.trace.batches.map(\.inputs))
    }

    /// `KL(teacher ‖ student)` times the square of the temperature of 2, the mean over the items, for the initial student.
    static func distance(_ inputs: Tensor) throws -> Double {
        manualSeed(7)
        _ = Tensor.randn(16, 1, 4, 4)
        let student = Sequential([Flatten(), Linear(16, 3)])
        return withoutGradients {
            let (goal, said) = ((teacher()(inputs) / 2).softmax(dim: 1), (student(inputs) / 2).softmax(dim: 1))
            return 4 * (goal * (goal.log() - said.log())).sum(dim: 1).mean().item()
        }
    }
}

extension CoreTests {
    @Suite("Pairs of callbacks") struct CallbackPairTests {
        /// The callbacks of the library, in the order of the table in docs/callbacks.md. A new one belongs here too.
        static let names = [
            "ActivationStatistics", "Checkpoints", "CSVLog", "CutMix", "Distillation", "EarlyStopping",
            "GradientAccumulation", "GradientClipping", "LossGraph", "MemoryReport", "MixedPrecision", "MixUp",
            "ReduceOnPlateau", "SaveBest", "ShortEpochs", "StopOnNaN", "TensorBoardLog",
        ]

        /// The pairs that a fit refuses; every other one works.
        static func isRefused(_ one: String, _ other: String) -> Bool {
            let mixing: Set = ["CutMix", "MixUp"]
            let single: Set = [
                "Checkpoints", "Distillation", "GradientAccumulation", "GradientClipping", "MixedPrecision",
                "ShortEpochs",
            ]
            return mixing.isSuperset(of: [one, other]) || (one == other && single.contains(one))
        }

        static func make(_ name: String, _ folder: URL) throws -> Callback {
            let place = folder.appending(path: UUID().uuidString)
            switch name {
            case "ActivationStatistics": return ActivationStatistics()
            case "Checkpoints": return Checkpoints(in: place)
            case "CSVLog": return CSVLog(to: place)
            case "CutMix": return CutMix()
            case "Distillation": return Distillation(teacher: PairRun.teacher())
            case "EarlyStopping": return EarlyStopping(minDelta: 1e9, patience: 2)
            case "GradientAccumulation": return GradientAccumulation(8)
            case "GradientClipping": return GradientClipping(0.05)
            case "LossGraph": return LossGraph(to: place.appendingPathExtension("png"))
            case "MemoryReport": return MemoryReport()
            case "MixedPrecision": return MixedPrecision()
            case "MixUp": return MixUp()
            case "ReduceOnPlateau": return ReduceOnPlateau(minDelta: 1e9)
            case "SaveBest": return SaveBest(to: place, minDelta: 1e9)
            case "ShortEpochs": return ShortEpochs(batches: 2)
            case "StopOnNaN": return StopOnNaN()
            case "TensorBoardLog": return TensorBoardLog(folder: place)
            default: throw DataError("no callback \(name)")
            }
        }

        @Test("the list is that of the sources")
        func list() throws {
            let folder = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Sources/ApusCore/Training/Callbacks")
            var found: [String] = []
            for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                let pattern = /public final class (\w+): (Callback|MixingCallback|MetricTracker|PatientTracker)/
                found += text.matches(of: pattern).map { String($0.output.1) }
            }
            #expect(
                found.sorted { $0.lowercased() < $1.lowercased() }
                    == Self.names.sorted { $0.lowercased() < $1.lowercased() })
            #expect(Self.names.count == 17)
        }

        @Test("the page on callbacks has the table of all pairs")
        func page() throws {
            let width = Self.names.map(\.count).max() ?? 0
            let lines = Self.names.enumerated().map { row, name in
                let cells = Self.names[...row].map { Self.isRefused(name, $0) ? "x" : "+" }
                return name.padding(toLength: width, withPad: " ", startingAt: 0)
                    + String(format: " %2d  ", row + 1) + cells.joined(separator: "  ")
            }
            let head =
                String(repeating: " ", count: width + 4)
                + Self.names.indices.map { String(format: "%2d", $0 + 1) }.joined(separator: " ")
            let table = ([head] + lines).joined(separator: "\n")
            let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/callbacks.md")
            let text = try String(contentsOf: url, encoding: .utf8)
            #expect(text.contains(table), "the table is:\n\(table)")
        }

        @Test("both of two callbacks have their effect, or the fit is refused with a sentence", arguments: names)
        func pairs(_ first: String) throws {
            try withTemporaryFolder { folder in
                for second in Self.names.drop(while: { $0 != first }) {
                    let pair = "\(first) and \(second)"
                    let callbacks = try [first, second].map { try Self.make($0, folder) }
                    if Self.isRefused(first, second) {
                        let trace = Trace()
                        let trainer = try smallTrainer()
                        let said = message(of: TrainingError.self) {
                            try trainer.with(callbacks + [trace]) { try trainer.fit(1) }
                        }
                        #expect(
                            said.contains(first) && said.contains(second) && said.hasSuffix("."), "\(pair): \(said)")
                        #expect(trace.batches.isEmpty, "\(pair)")
                        continue
                    }
                    let run = try PairRun(callbacks)
                    if first == second { continue }
                    try expectSteps(of: run, [first, second], folder, pair)
                    try expectRows(of: run, [first, second], pair)
                    for (place, callback) in callbacks.enumerated() {
                        try expectEffect(of: callback, run, beside: [first, second][1 - place], folder, pair)
                    }
                }
            }
        }

        /// The first step's gradient and the first batch's loss follow from those of each callback alone.
        private func expectSteps(of run: PairRun, _ names: [String], _ folder: URL, _ pair: String) throws {
            let changing = names.filter { ["CutMix", "MixUp", "Distillation", "MixedPrecision"].contains($0) }
            let still = try PairRun.still(changing.map { try Self.make($0, folder) })
            let sums = names.contains("GradientAccumulation")
            var gradient = sums ? (still.gradients[0] + still.gradients[1]) / 2 : still.gradients[0]
            if names.contains("GradientClipping") {
                let norm: Double = gradient.norm(p: 2).item()
                #expect(norm > 0.05, "\(pair): nothing to clip")
                gradient = gradient * (0.05 / norm)
            }
            expectClose(run.trace.steps[0].gradient, gradient, "\(pair), the first step", tolerance: 1e-5)
            expectClose([run.trace.batches[0].loss], [still.losses[0]], "\(pair), the first loss")
            #expect(run.trace.steps.count == run.trace.batches.count / (sums ? 2 : 1), "\(pair)")

            let mixing = names.filter { ["CutMix", "MixUp"].contains($0) }
            let mixed = try PairRun.still(mixing.map { try Self.make($0, folder) })
            let plain = try PairRun.still([])
            #expect(run.trace.batches[0].inputs.equal(mixed.inputs[0]), "\(pair): the inputs")
            #expect(mixed.inputs[0].equal(plain.inputs[0]) == mixing.isEmpty, "\(pair): mixed inputs")
            if names.contains("Distillation") {
                let expected = try 0.5 * mixed.losses[0] + 0.5 * PairRun.distance(mixed.inputs[0])
                // bfloat16 has eight binary digits.
                let tolerance = names.contains("MixedPrecision") ? 0.02 : 1e-5
                expectClose([still.losses[0]], [expected], "\(pair), distillation", tolerance: tolerance)
            }
            if names.contains("MixedPrecision") {
                #expect(run.trainer.precision == .float32)  // taken away behind the fit
                let exact = try PairRun.still(
                    changing.filter { $0 != "MixedPrecision" }.map { try Self.make($0, folder) })
                expectClose([still.losses[0]], [exact.losses[0]], "\(pair), bfloat16", tolerance: 0.02)
                #expect(!still.gradients[0].equal(exact.gradients[0]), "\(pair): nothing is rounded")
            }
        }

        /// The number of epochs and batches, the rates, the weights at the end.
        private func expectRows(of run: PairRun, _ names: [String], _ pair: String) throws {
            let rows = run.trainer.recorder.rows
            #expect(rows.count == (names.contains("EarlyStopping") ? 3 : 4), "\(pair)")
            let batches = names.contains("ShortEpochs") ? 2 : 4
            for row in rows {
                #expect(run.trace.batches.count { $0.epoch == row.epoch } == batches, "\(pair)")
                #expect(run.trace.validBatches.count { $0 == row.epoch } == batches, "\(pair)")
                // The first value is the best; each further epoch has a tenth of the rate of the one before.
                let divisor = names.contains("ReduceOnPlateau") ? pow(10, Double(max(row.epoch - 1, 0))) : 1
                for batch in run.trace.batches where batch.epoch == row.epoch {
                    expectClose([batch.rate], [0.1 / divisor], "\(pair), rate of epoch \(row.epoch)", tolerance: 1e-9)
                }
            }
            let end = run.trace.epochWeights[names.contains("SaveBest") ? 0 : rows.count - 1]
            #expect(run.final.equal(end), "\(pair): the weights at the end")
        }

        /// What a callback writes or notes; what only looks on leaves the weights as the other one alone.
        private func expectEffect(
            of callback: Callback, _ run: PairRun, beside other: String, _ folder: URL, _ pair: String
        ) throws {
            let rows = run.trainer.recorder.rows
            switch callback {
            case let callback as ActivationStatistics:
                #expect(callback.layers.map(\.activations.count) == [run.trace.batches.count], "\(pair)")
            case let callback as Checkpoints:
                let files = try FileManager.default.contentsOfDirectory(atPath: callback.folder.path).sorted()
                let last = try SafetensorsFile(callback.folder.appending(path: try #require(files.last)))
                let saved = try ["model/1.weight", "model/1.bias"].map { try last.tensor($0).flatten() }
                #expect(Tensor.cat(saved).equal(run.final), "\(pair)")
            case let callback as CSVLog:
                let lines = try String(contentsOf: callback.url, encoding: .utf8).split(separator: "\n")
                #expect(lines.count == rows.count + 1, "\(pair)")
            case let callback as LossGraph:
                let state = try #require(try callback.state())
                let lists = try JSONDecoder.withNonFinite.decode([[Double]].self, from: state)
                #expect(lists[2] == rows.map { $0.validLoss ?? .nan }, "\(pair)")
                #expect(FileManager.default.fileExists(atPath: callback.url.path), "\(pair)")
            case let callback as MemoryReport: #expect(callback.rows.map(\.epoch) == rows.map(\.epoch), "\(pair)")
            case let callback as TensorBoardLog:
                let file = try #require(try FileManager.default.contentsOfDirectory(atPath: callback.folder.path).first)
                let data = try Data(contentsOf: callback.folder.appending(path: file))
                let text = String(decoding: data, as: Unicode.ASCII.self)
                #expect(text.components(separatedBy: "valid_loss").count == rows.count + 1, "\(pair)")
                #expect(text.components(separatedBy: "train_loss").count == run.trace.batches.count + 1, "\(pair)")
            case let callback as StopOnNaN:
                #expect(callback.finding == nil, "\(pair)")
                let again = try Self.make(other, folder)
                let spoiled = StopOnNaN()
                let stopped = try PairRun([again, spoiled], spoiled: true)
                #expect(spoiled.finding?.batch == 1 && spoiled.finding?.isTraining == true, "\(pair)")
                #expect(stopped.final.isFinite().all().item(as: Bool.self), "\(pair)")
            default: return
            }
            let alone = try PairRun([Self.make(other, folder)])
            #expect(alone.final.equal(run.final), "\(pair): \(callback.name) changes the run")
        }

        @Test("two that write to one place are refused")
        func places() throws {
            let (one, same) = (URL(filePath: "/tmp/never/a.png"), URL(filePath: "/tmp/never/b/../a.png"))
            for (first, second) in [
                (CSVLog(to: one), CSVLog(to: same)), (LossGraph(to: one), LossGraph(to: same)),
                (SaveBest(to: one), SaveBest(to: same)), (TensorBoardLog(folder: one), TensorBoardLog(folder: same)),
            ] as [(Callback, Callback)] {
                let trainer = try smallTrainer()
                let said = message(of: TrainingError.self) {
                    try trainer.with([first, second]) { try trainer.fit(1) }
                }
                #expect(said.contains("two callbacks \(first.name)") && said.contains("a.png"), "\(said)")
            }
        }

        @Test("a callback of one's own refuses another one with its sentence")
        func own() throws {
            final class Alone: Callback {
                override func conflict(with other: Callback) -> String? {
                    other is GradientClipping ? "Alone bears no clipping; take GradientClipping away." : nil
                }
            }
            for callbacks in [[Alone(), GradientClipping()], [GradientClipping(), Alone()]] {
                let trainer = try smallTrainer()
                let said = message(of: TrainingError.self) { try trainer.with(callbacks) { try trainer.fit(1) } }
                #expect(said == "Alone bears no clipping; take GradientClipping away.")
            }
        }

        @Test("label smoothing, MixUp and accumulation at once: the gradient is the mean of the mixtures'")
        func three() throws {
            let still = try PairRun.still([MixUp()])
            let run = try PairRun([GradientAccumulation(16), MixUp(), GradientClipping(1e9)], epochs: 1)
            #expect(run.trace.steps.count == 1)
            let mean = still.gradients.dropFirst().reduce(still.gradients[0], +) / 4
            expectClose(run.trace.steps[0].gradient, mean, "the step")
            expectClose(run.trace.batches.map(\.loss), still.losses, "the losses")
        }

        @Test("gradients that one fit leaves are not part of the next one's first step")
        func leftOver() throws {
            let run = try PairRun([GradientAccumulation(6)], rate: 0, epochs: 1)
            let trainer = run.trainer
            let trace = Trace()
            try trainer.with([trace]) { try trainer.fit(1, learningRate: 0) }
            expectClose(trace.steps[0].gradient, try PairRun.still([]).gradients[0], "the first step")
        }
    }
}
