// Validating and predicting inside a fit: the same numbers as outside, and a fit that goes on as if nothing had been.
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Does something at one moment of a fit.
private final class Acting: Callback {
    typealias Action = (Learner<VectorBlock, CategoryBlock>) throws -> Void
    let event: TrainingEvent
    let action: Action
    let place: Int
    private(set) var times = 0
    private var isActing = false

    init(at event: TrainingEvent, order: Int, _ action: @escaping Action) {
        (self.event, place, self.action) = (event, order, action)
    }

    override var order: Int { place }
    override func handle(_ event: TrainingEvent, _ trainer: Trainer) throws {
        guard event == self.event, !isActing, let learner = trainer as? Learner<VectorBlock, CategoryBlock> else {
            return
        }
        isActing = true
        defer { isActing = false }
        times += 1
        try action(learner)
    }
}

/// Draws random numbers in evaluation too, as one does for uncertainties.
private final class Drawing: Module {
    let first = Linear(3, 6)
    let norm = BatchNorm1d(6)
    let dropout = Dropout(0.3)
    let second = Linear(6, 2)
    var draws = false
    override func forward(_ input: Tensor) -> Tensor {
        let hidden = dropout(norm(first(input)).relu())
        return second(draws ? hidden + Tensor.randn(hidden.shape.sizes) * 0.01 : hidden)
    }
}

extension CoreTests {
    @Suite("Passes inside a fit") struct PassTests {
        /// What is left of a fit.
        private struct Outcome: Equatable {
            var losses: [Double] = []
            var rows: [[Double]] = []
            var weights: [[Double]] = []
            var checkpoint: [[Double]] = []
            var best: [Double?] = []
            var log: [String] = []
            var random: [Int] = []
        }

        private static func numbers(_ tensors: [Tensor]) -> [[Double]] {
            tensors.map { $0.detached().to(.float64).flatten().array() }
        }

        /// A fit with everything that watches it, and what it leaves.
        private func fit(_ added: [Callback] = [], draws: Bool = false) throws -> Outcome {
            try withTemporaryFolder { folder in
                manualSeed(5)
                let model = Drawing()
                model.draws = draws
                let learner = try Learner(
                    parityLoaders(12, valid: 5, itemTransforms: [Jittered()]), model, metrics: [.accuracy, .f1()],
                    TrainingOptions(learningRate: 0.05, precision: .float32, device: .cpu)
                ).quiet()
                let watching: [MetricTracker] = [
                    EarlyStopping(minDelta: 0.3, patience: 2),
                    SaveBest(monitor: "accuracy", to: folder.appending(path: "best")),
                    ReduceOnPlateau(monitor: "valid_loss", minDelta: 0.2),
                ]
                let log = folder.appending(path: "log.csv")
                let others = [
                    CSVLog(to: log), Checkpoints(in: folder.appending(path: "run"), every: .batches(2), keep: 9),
                    GradientAccumulation(8),
                ]
                try learner.with(watching + others + added) { try learner.fit(4) }
                var outcome = Outcome()
                outcome.losses = learner.recorder.losses
                outcome.rows = learner.recorder.rows.map {
                    [$0.trainLoss, $0.validLoss ?? -1] + $0.metrics.map(\.value)
                }
                outcome.weights = Self.numbers(model.stateDict().map(\.tensor))
                outcome.best = watching.map(\.best)
                outcome.log = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map {
                    $0.split(separator: ",").dropLast().joined(separator: ",")
                }
                for name in try FileManager.default.contentsOfDirectory(
                    atPath: folder.appending(path: "run").path
                ).sorted() {
                    let file = try SafetensorsFile(folder.appending(path: "run/\(name)"))
                    outcome.checkpoint += try Self.numbers(file.names.sorted().map { try file.tensor($0) })
                }
                outcome.random = Generator.globalState().array(of: Int.self)
                return outcome
            }
        }

        private let actions: [(name: String, action: Acting.Action)] = [
            ("validate", { _ = try $0.validate() }),
            ("validate on the training set", { _ = try $0.validate($0.train) }),
            ("predict one", { _ = try $0.predict([1, 2, 3]) }),
            ("predict two", { _ = try $0.predict([[1, 2, 3], [3, 2, 1]]) }),
            ("predictEach", { try $0.predictEach([[1, 2, 3], [3, 2, 1]], workers: 0) { _, _ in } }),
            ("getPredictions", { _ = try $0.getPredictions() }),
            (
                "predictions without labels",
                { _ = try $0.getPredictions($0.pipeline.loader([[1, 2, 3], [4, 5, 6]], batchSize: 2)) }
            ),
            ("plotResults", { _ = try $0.plotResults(maxCount: 2) }),
            ("plotPredictions", { _ = try $0.plotPredictions(of: [[1, 2, 3]]) }),
            ("tta", { _ = try $0.tta(count: 2) }),
            ("Interpretation", { _ = try Interpretation($0).topLosses(1) }),
            ("summary", { _ = try $0.summary() }),
        ]

        @Test("a fit with a validation at any moment is the fit without")
        func validations() throws {
            let expected = try fit()
            for (number, event) in TrainingEvent.allCases.enumerated() {
                let acting = Acting(at: event, order: [-50, 0, 49, 55, 95][number % 5]) { _ = try $0.validate() }
                let found = try fit([acting])
                #expect(found == expected, "\(event)")
                if !event.rawValue.hasPrefix("afterCancel") { #expect(acting.times > 0, "\(event)") }
            }
        }

        @Test("a fit is the same whatever is predicted and shown inside it", arguments: [false, true])
        func predictions(draws: Bool) throws {
            let expected = try fit(draws: draws)
            for (name, action) in actions {
                for (event, order) in [
                    (TrainingEvent.afterEpoch, 0), (.afterEpoch, 95), (.afterBatch, 0), (.beforeStep, 20),
                    (.afterValidate, -30),
                ] {
                    let acting = Acting(at: event, order: order, action)
                    #expect(try fit([acting], draws: draws) == expected, "\(name) in \(event), order \(order)")
                    #expect(acting.times > 1)
                }
            }
        }

        @Test("a validation in the middle of a training batch gives the numbers that it gives outside")
        func sameNumbers() throws {
            var (inside, states): ([[Double]], [[(name: String, tensor: Tensor)]]) = ([], [])
            let acting = Acting(at: .afterStep, order: 0) { learner in
                let result = try learner.validate()
                inside.append([result.loss] + result.metrics.map(\.value))
                states.append(learner.model.stateDict().map { ($0.name, $0.tensor.detached().clone()) })
                #expect(learner.isTraining && learner.isFitting && learner.batchCount == 3)
                #expect(learner.batchLoss.isDefined && learner.inputs[0].shape == [4, 3])
                #expect(learner.model.namedModules().allSatisfy { $0.module.isTraining })
            }
            func learner() throws -> Learner<VectorBlock, CategoryBlock> {
                try Learner(
                    parityLoaders(12, valid: 9), Drawing(), metrics: [.accuracy, .errorRate],
                    TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
            }
            // Short epochs shorten the fit's own validation alone.
            let fitted = try learner()
            try fitted.with([acting, ShortEpochs(batches: 2)]) { try fitted.fit(2) }
            #expect(inside.count == 4)
            for (found, state) in zip(inside, states) {
                let other = try learner()
                try other.model.loadStateDict(state)
                let result = try other.validate()
                #expect(found == [result.loss] + result.metrics.map(\.value))
            }
        }

        @Test("modules that a callback has put into another mode stay in it")
        func modes() throws {
            final class FrozenNorm: Callback {
                override func beforeTrain(_ trainer: Trainer) { (trainer.model as? Drawing)?.norm.eval() }
                override func afterBatch(_ trainer: Trainer) throws {
                    guard trainer.isTraining, let model = trainer.model as? Drawing else { return }
                    _ = try trainer.validate()
                    #expect(!model.norm.isTraining && model.dropout.isTraining && model.isTraining)
                }
            }
            let learner = try Learner(
                parityLoaders(), Drawing(), TrainingOptions(callbacks: [FrozenNorm()], device: .cpu)
            ).quiet()
            try learner.fit(1)
            // Outside of a fit, too.
            let model = try #require(learner.model as? Drawing)
            model.train()
            model.norm.eval()
            _ = try learner.predict([1, 2, 3])
            _ = try learner.getPredictions()
            #expect(model.isTraining && !model.norm.isTraining && model.dropout.isTraining)
        }

        @Test("a search for a learning rate bears a callback that validates")
        func finder() throws {
            func rates(_ callbacks: [Callback]) throws -> [Double] {
                manualSeed(2)
                let learner = try Learner(
                    parityLoaders(), Drawing(), TrainingOptions(callbacks: callbacks, precision: .float32, device: .cpu)
                ).quiet()
                return try learner.lrFind(iterations: 8).losses
            }
            #expect(try rates([Acting(at: .afterBatch, order: 0) { _ = try $0.validate() }]) == rates([]))
        }

        @Test("a fit inside a fit is refused")
        func nested() throws {
            let actions: [Acting.Action] = [{ try $0.fit(1) }, { _ = try $0.lrFind(iterations: 6) }]
            for action in actions {
                let learner = try Learner(
                    parityLoaders(), Linear(3, 2),
                    TrainingOptions(callbacks: [Acting(at: .afterBatch, order: 0, action)], device: .cpu)
                ).quiet()
                #expect(message(of: TrainingError.self) { try learner.fit(1) }.contains("A fit is running"))
                // And the trainer can be used again.
                try learner.without(learner.callbacks.filter { $0 is Acting }) { try learner.fit(1) }
            }
        }
    }
}
