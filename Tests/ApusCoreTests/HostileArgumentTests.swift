// Numbers that are not possible: errors or documented limits, never a trap. That this suite runs to its end is the test.
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusCore

let hostileInts: [Int] = [-1, 0, .min, .max]
let hostileDoubles: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308]

/// Runs what may throw, and as an operator may fail, with failures as errors.
func survives(_ body: () throws -> Void) { try? withTorchErrors { try body() } }

extension CoreTests {
    @Suite("Hostile arguments") struct HostileArgumentTests {
        @Test("batch sizes and workers below their least are refused everywhere, with the number named")
        func loaders() throws {
            let loaders = try parityLoaders()
            let pipeline = loaders.pipeline
            let items = rows(5)
            for size in [-1, 0, Int.min] {
                func refused(_ body: () throws -> Void) {
                    #expect(message(of: DataError.self, body).contains("A batch size of \(size) is not possible"))
                }
                refused { _ = try DataLoaders(pipeline: pipeline, train: items, LoaderOptions(batchSize: size)) }
                refused { _ = try loaders.with(batchSize: size) }
                refused { _ = try loaders.testLoader(items.map(\.input), batchSize: size).batches(epoch: 0) }
                refused { _ = try pipeline.loader(items.map(\.input), batchSize: size).batches(epoch: 0) }
                refused { _ = try DataLoader(TensorDataset(.ones(3), .ones(3)), batchSize: size) }
                let learner = try Learner(loaders, Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu))
                    .quiet()
                refused { _ = try learner.predict(items.map(\.input), batchSize: size) }
                refused { try learner.predictEach(items.map(\.input), batchSize: size) { _, _ in } }
                refused { _ = try learner.tta(items.map(\.input), batchSize: size) }
            }
            for workers in [-1, Int.min] {
                func refused(_ body: () throws -> Void) {
                    #expect(message(of: DataError.self, body).contains("\(workers) workers are not possible"))
                }
                refused { _ = try DataLoaders(pipeline: pipeline, train: items, LoaderOptions(workers: workers)) }
                refused { _ = try loaders.testLoader(items.map(\.input), workers: workers).batches(epoch: 0) }
                refused { _ = try pipeline.loader(items.map(\.input), workers: workers).batches(epoch: 0) }
                let learner = try Learner(loaders, Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu))
                    .quiet()
                refused { try learner.predictEach(items.map(\.input), workers: workers) { _, _ in } }
            }
            // The largest sizes are one batch.
            let whole = pipeline.loader(items.map(\.input), batchSize: .max, workers: 0)
            let only = try whole.batches(epoch: 0).next()
            #expect(whole.batchCount == 1 && only?.inputs[0].size(0) == 5)
            for place in hostileInts { survives { _ = try loaders.train.batches(epoch: place, from: place) } }
        }

        @Test("a limit below 1 leaves nothing where nothing is thrown, one above the number leaves all")
        func limits() throws {
            let prediction = CategoryPrediction(
                label: "b", index: 1, probabilities: [0.2, 0.5, 0.3], vocabulary: ["a", "b", "c"])
            #expect(prediction.top(-1).isEmpty && prediction.top(Int.min).isEmpty && prediction.top(0).isEmpty)
            #expect(prediction.top(Int.max).map { $0.label } == ["b", "c", "a"])
            let learner = try Learner(parityLoaders(), Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu))
                .quiet()
            let interpretation = try Interpretation(learner)
            for count in [-1, 0, Int.min] {
                #expect(throws: TrainingError.self) { try interpretation.topLosses(count) }
                #expect(throws: DataError.self) { try learner.plotResults(maxCount: count) }
                #expect(throws: (any Error).self) { try learner.loaders?.plotBatch(maxCount: count) }
            }
            #expect(try interpretation.topLosses(.max).count == 5)
            for count in hostileInts {
                survives { _ = try interpretation.plotTopLosses(count) }
                survives { _ = try interpretation.plotTopLosses(4, columns: count) }
                survives { _ = interpretation.mostConfused(minimum: count) }
                survives { _ = try interpretation.calibration(bins: count) }
                survives { _ = try learner.loaders?.plotBatch(maxCount: count) }
                survives { _ = try learner.loaders?.plotBatch(columns: count) }
                survives { _ = try learner.plotResults(maxCount: count) }
                survives { _ = try learner.plotResults(columns: count) }
                survives { _ = learner.recorder.plotLosses(skipStart: count) }
            }
        }

        @Test("fits take no number that is not one")
        func fits() async {
            // In a process of its own, so that a trap fails this test and no other.
            await #expect(processExitsWith: .success) { try CoreTests.HostileArgumentTests().tryFits() }
        }

        func tryFits() throws {
            let trainer = try smallTrainer()
            for epochs in [-1, Int.min] {
                #expect(throws: TrainingError.self) { try trainer.fit(epochs) }
                #expect(throws: TrainingError.self) { try trainer.fitOneCycle(epochs) }
                #expect(throws: TrainingError.self) { try trainer.fineTune(epochs) }
                #expect(throws: TrainingError.self) { try trainer.fitFlatCosine(epochs) }
            }
            for number in hostileInts {
                survives { try trainer.fitWarmRestarts(cycles: number) }
                if number < 1 {
                    survives { try trainer.fitWarmRestarts(cycles: 1, cycleLength: number) }
                    survives { try trainer.fineTune(0, freezeEpochs: number) }
                }
                survives { try trainer.fitWarmRestarts(cycles: 2, cycleLength: 1, cycleMultiplier: number) }
                survives { try trainer.freeze(to: number) }
                if number < 100 { survives { _ = try trainer.lrFind(iterations: number) } }
            }
            for value: Double in [-1, .nan, .infinity, -.infinity] {
                #expect(throws: (any Error).self) { try trainer.fit(1, learningRate: .all(value)) }
                #expect(throws: (any Error).self) { try trainer.fit(1, momentum: .all(value)) }
                #expect(throws: (any Error).self) { try trainer.fit(1, weightDecay: .all(value)) }
                #expect(throws: (any Error).self) { try trainer.fitOneCycle(1, learningRate: .range(value, value)) }
                #expect(throws: (any Error).self) { try trainer.fineTune(1, learningRate: value) }
                #expect(throws: (any Error).self) { _ = try trainer.lrFind(start: value) }
            }
            for value in hostileDoubles {
                survives { try trainer.fitOneCycle(1, startDivisor: value) }
                survives { try trainer.fitOneCycle(1, endDivisor: value) }
                survives { try trainer.fitOneCycle(1, startFraction: value) }
                survives { try trainer.fitFlatCosine(1, startFraction: value) }
                survives { try trainer.fineTune(1, firstGroupDivisor: value) }
                survives { _ = try trainer.lrFind(end: value, iterations: 6) }
                let schedules: [Schedule] = [
                    .constant(value), .linear(value, value), .cosine(value, 1), .exponential(value, value),
                    .polynomial(0, value, power: value), .combined([(value, .constant(value))]), .combined([]),
                    .combinedCosine(startFraction: value, start: 0, middle: value, end: 1),
                ]
                for schedule in schedules {
                    for place in hostileDoubles { _ = schedule.value(place) }
                    survives { try trainer.fit(1, learningRate: [schedule]) }
                }
            }
            survives { try trainer.fit(1, learningRate: [], momentum: []) }
            survives { try trainer.fit(1, learningRate: .each([])) }
        }

        @Test("a trainer without groups refuses to fit")
        func noGroups() throws {
            let empty = try quietTrainer(
                inputs: Tensor.ones(4, 2), targets: Tensor.ones(4, 1), model: Linear(2, 1), parameterGroups: [])
            #expect(throws: (any Error).self) { try empty.fineTune(1) }
            #expect(throws: (any Error).self) { try empty.fit(1) }
            survives { _ = try empty.lrFind(iterations: 6) }
            survives { empty.freeze() }
        }

        @Test("callbacks and optimizers refuse or bear what is not possible")
        func callbacks() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).png")
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { for place in [file, folder] { try? FileManager.default.removeItem(at: place) } }
            var callbacks: [() -> Callback] = []
            for number in hostileInts {
                callbacks += [
                    { GradientAccumulation(number) }, { EarlyStopping(patience: number) },
                    { ReduceOnPlateau(patience: number) }, { ShortEpochs(batches: number) },
                    { ActivationStatistics(every: number) }, { LossGraph(to: file, everyBatches: number) },
                    { Checkpoints(in: folder, every: .batches(number), keep: 1, resumes: false) },
                    { Checkpoints(in: folder, every: .epochs(number), keep: number, resumes: false) },
                ]
            }
            for value in hostileDoubles {
                callbacks += [
                    { GradientClipping(value) }, { GradientClipping(1, normType: value) }, { MixUp(alpha: value) },
                    { CutMix(alpha: value) }, { EarlyStopping(minDelta: value) }, { ReduceOnPlateau(factor: value) },
                    { ReduceOnPlateau(minLearningRate: value) }, { ShortEpochs(fraction: value) },
                    { Distillation(teacher: Linear(2, 1), temperature: value) },
                    { Distillation(teacher: Linear(2, 1), weight: value) },
                ]
            }
            for make in callbacks {
                let trainer = try smallTrainer()
                survives { try trainer.with([make()]) { try trainer.fit(2) } }
                try? FileManager.default.removeItem(at: folder)
            }
            for value in hostileDoubles {
                let makers: [OptimizerRecipe] = [
                    OptimizerRecipe.adam(momentum: value), OptimizerRecipe.adam(squaredMomentum: value),
                    OptimizerRecipe.adam(epsilon: value),
                    OptimizerRecipe.adamW(weightDecay: value), OptimizerRecipe.sgd(momentum: value),
                    OptimizerRecipe.sgd(weightDecay: value),
                    OptimizerRecipe.rmsProp(squaredMomentum: value), OptimizerRecipe.rAdam(squaredMomentum: value),
                    OptimizerRecipe.lamb(epsilon: value), OptimizerRecipe.adagrad(initialSquares: value),
                    OptimizerRecipe.ranger(alpha: value), OptimizerRecipe.lookahead(.sgd(), alpha: value),
                ]
                for maker in makers {
                    let trainer = try quietTrainer(
                        inputs: Tensor.ones(4, 2), targets: Tensor.ones(4, 1), model: Linear(2, 1), optimizer: maker)
                    survives { try trainer.fit(1) }
                }
            }
            for number in hostileInts {
                let trainer = try quietTrainer(
                    inputs: Tensor.ones(4, 2), targets: Tensor.ones(4, 1), model: Linear(2, 1),
                    optimizer: .ranger(interval: number))
                survives { try trainer.fit(1) }
            }
        }

        @Test("splitters, folds and means over augmented versions")
        func splits() async {
            // In a process of its own, so that a trap fails this test and no other.
            await #expect(processExitsWith: .success) { try CoreTests.HostileArgumentTests().trySplits() }
        }

        func trySplits() throws {
            let items = Array(0..<10)
            for value in hostileDoubles {
                survives { _ = try Splitter<[Int]>.random(value, seed: 1).split(items) }
                survives { _ = try Splitter<[Int]>.random(seed: 1).keeping(value).split(items) }
                survives { _ = try Splitter<[Int]>.stable(value) { "\($0)" }.split(items) }
            }
            for number in hostileInts {
                survives { _ = try Splitter<[Int]>.indices([number]).split(items) }
                survives { _ = try kFolds(10, folds: number) }
                if number < 1 { survives { _ = try kFolds(number, folds: 5) } }
                survives { _ = try kFolds(number, folds: number) }
                var random = SeededRandom(seed: number, number)
                #expect(random.integer(below: min(number, 0)) == 0)
                _ = random.integer(below: number)
            }
            survives { _ = try Splitter<[Int]>.random(seed: 1).split([]) }
            let learner = try Learner(parityLoaders(), Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu))
                .quiet()
            for number in hostileInts where number < 1 { survives { _ = try learner.tta(count: number) } }
            for value in hostileDoubles { survives { _ = try learner.tta(count: 1, beta: value) } }
            survives { _ = try Predictions<CategoryBlock>.ensemble([]) }
            let predictions = try learner.getPredictions()
            for weights in [[], [-1], [0], [.nan], [.infinity], [1, 1]] as [[Double]] {
                survives { _ = try Predictions.ensemble([predictions], weights: weights) }
            }
        }

        @Test("losses and metrics")
        func lossesAndMetrics() throws {
            let (output, classes) = (Tensor.ones(4, 3), Tensor([0, 1, 2, 0]))
            let (several, numbers) = (Tensor.ones(4, 3), Tensor.ones(4, 1))
            func run(_ loss: Loss, _ targets: Tensor) {
                survives { _ = loss.evaluate(output, [targets]) }
                survives { _ = loss.activation(output) }
                survives { _ = loss.perItem(output, [targets]) }
                survives { _ = loss.decision(output) }
            }
            func run(_ metric: Metric, _ targets: Tensor) {
                survives {
                    let accumulator = metric.makeAccumulator()
                    accumulator.update(output: output, targets: [targets])
                    accumulator.update(output: output, targets: [])
                    _ = accumulator.compute()
                }
            }
            for value in hostileDoubles {
                run(.crossEntropy(labelSmoothing: value), classes)
                run(.focal(gamma: value), classes)
                run(.dice(smooth: value), classes)
                run(.smoothL1(beta: value), several)
                run(.binaryCrossEntropyWithLogits(threshold: value), several)
                for metric in [
                    .fBeta(value), .accuracyMulti(threshold: value), .precisionMulti(threshold: value),
                    .fBetaMulti(value, threshold: value), .jaccardMulti(threshold: value),
                ] as [Metric] {
                    run(metric, classes)
                    run(metric, several)
                }
            }
            for number in hostileInts {
                run(.crossEntropy(dim: number), classes)
                run(.crossEntropy(ignoring: number), classes)
                run(.focal(dim: number), classes)
                for metric in [
                    .accuracy(dim: number), .accuracy(ignoring: number), .topKAccuracy(number), .errorRate(dim: number),
                    .precision(positive: number), .f1(dim: number), .perplexity(dim: number),
                    .diceMulti(ignoring: number),
                    .accuracy.forTarget(number, name: "a"),
                    .accuracy.forTarget(0, outputs: 0..<abs(max(number, -7)), name: "b"),
                ] as [Metric] {
                    run(metric, classes)
                    run(metric, numbers)
                }
                survives { _ = TargetLoss("x", .mse, outputs: number) }
                survives { run(.combined([TargetLoss("x", .mse, outputs: number)]), numbers) }
                survives { _ = try ClassificationReport(actual: [number], predicted: [0], vocabulary: ["a"]) }
                survives { _ = try ClassificationReport(actual: [], predicted: [number], vocabulary: []) }
            }
            run(.combined([]), numbers)
            survives { _ = try MultiLabelReport(probabilities: .ones(0, 0), targets: .ones(0, 0), vocabulary: []) }
        }

        @Test("blocks of no classes, empty lists and numbers that are none")
        func blocks() throws {
            let category = CategoryBlock(vocabulary: [])
            survives { _ = try category.fitted(to: []) }
            survives { try category.check(["a"]) }
            survives { _ = try category.collate(["a"]) }
            survives { _ = try category.collate([]) }
            survives { _ = try category.decode(Tensor(7)) }
            survives { _ = try CategoryBlock(vocabulary: ["a"]).prediction(from: Tensor.zeros(0)) }
            survives { _ = try CategoryBlock(vocabulary: ["a"]).decode(Tensor(-1)) }
            for threshold in hostileDoubles {
                let multi = MultiCategoryBlock(vocabulary: [], threshold: threshold)
                survives { _ = try multi.fitted(to: []) }
                survives { _ = try multi.collate([[]]) }
                survives { _ = try multi.prediction(from: Tensor.zeros(0)) }
                survives { _ = try MultiCategoryBlock(vocabulary: ["a"]).prediction(from: Tensor.zeros(5)) }
                survives { _ = try NumberBlock().load(threshold, hint: LoadHint()) }
                survives { _ = try NumberBlock(log: true).collate([threshold]) }
                survives { try NumberBlock(log: true).check([threshold]) }
            }
            survives { _ = try NumberBlock().collate([]) }
            survives { _ = try parityLoaders(0) }
            survives { _ = try VectorBlock().collate([]) }
            survives { _ = try DataLoader(TensorDataset(inputs: [], targets: [])) }
            survives { _ = try DataLoader(TensorDataset(inputs: [Tensor(1)], targets: [])) }
        }
    }
}
