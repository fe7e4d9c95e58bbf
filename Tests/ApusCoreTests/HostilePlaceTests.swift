// Places, counts and groups that are not there: errors, never a trap. That this suite runs to its end is the test.
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Hostile places and counts") struct HostilePlaceTests {
        @Test("items and batches of places that are not there are refused, with the place named")
        func places() throws {
            let loaders = try parityLoaders()
            for place in [-1, 12, .max, .min] {
                let said = [
                    message(of: DataError.self) { _ = try loaders.train.batch(at: [0, place]) },
                    message(of: DataError.self) { _ = try loaders.train.item(place) },
                    message(of: DataError.self) { _ = try loaders.train.subset([place]) },
                ]
                for sentence in said { #expect(sentence.contains("\(place)")) }
                let own = try TensorDataset(.ones(3, 2), .ones(3))
                let random = [SeededRandom(seed: 0), SeededRandom(seed: 1)]
                #expect(throws: TorchError.self) { try withTorchErrors { try own.batch(at: [place], random: random) } }
                survives { _ = try own.batch(at: [place, 1], random: random) }
                let splitter = Splitter<[Int]>(name: "own") { _, _ in
                    Split(train: [0, place], valid: [1], test: [place])
                }
                survives {
                    let block = DataBlock<Int, VectorBlock, NumberBlock>(
                        input: VectorBlock(), target: NumberBlock(), source: { [Float($0), 1] }, label: { Double($0) },
                        split: splitter)
                    _ = try block.dataLoaders(of: Array(0..<3))
                }
            }
            for epoch in [-1, .max, .min] {
                survives { _ = try loaders.train.order(epoch: epoch) }
                survives { _ = try loaders.train.batches(epoch: epoch) }
            }
            for folds in hostileInts where folds < 1 {
                survives {
                    let block = DataBlock<Int, VectorBlock, NumberBlock>(
                        input: VectorBlock(), target: NumberBlock(), source: { [Float($0), 1] }, label: { Double($0) })
                    _ = try block.crossValidate(Array(0..<3), folds: folds) { _, _ in throw DataError("a fold") }
                }
            }
        }

        @Test("samplers of impossible counts")
        func samplers() async {
            // In a process of its own, so that a trap fails this test and no other.
            await #expect(processExitsWith: .success) { CoreTests.HostilePlaceTests().trySamplers() }
        }

        func trySamplers() {
            let numbers: [Int] = [-1, 0, .min, .max, 1 << 40]
            func ask(_ sampler: any Sampler) {
                for size in numbers {
                    for count in [-1, 0, 5, .min] {
                        survives {
                            _ = try sampler.order(
                                SamplerRequest(count: count, batchSize: size, epoch: size, seed: size))
                        }
                    }
                    for count in numbers { _ = sampler.itemCount(of: count, batchSize: size) }
                }
            }
            ask(.sequential)
            ask(.random)
            ask(.contiguous)
            for number in numbers {
                ask(.weighted([1, 2, 3, 4, 5], count: number))
                ask(.byLength([3, 1, 2, 5, 4], chunk: number))
                ask(.byLength([number, 1, 2, 5, 4]))
                for rank in numbers {
                    survives { ask(try DistributedSampler(rank: rank, worldSize: number)) }
                    survives { ask(try DistributedSampler(rank: rank, worldSize: number, base: .contiguous)) }
                }
            }
            for value in hostileDoubles {
                ask(.weighted([value, 1, 1, 1, 1]))
                var random = SeededRandom(seed: 1)
                _ = (random.uniform(value, 1), random.uniform(0, value), random.bernoulli(value))
            }
            ask(.weighted([]))
            ask(.byLength([]))
        }

        @Test("optimizers are asked for groups that are not there, and made of numbers that are none")
        func optimizers() throws {
            for place in [-1, 1, .max, .min] {
                let weight = Tensor.ones(2).requiringGradient()
                let optimizer = SGD(groups: [ParameterGroup(parameters: [weight])])
                for body in [
                    { optimizer.step(groups: [place]) }, { optimizer.zeroGradients(groups: [place]) },
                    { optimizer.update(group: place) { $0.learningRate = 1 } },
                ] {
                    let error = #expect(throws: TorchError.self) { try withTorchErrors(body) }
                    #expect("\(try #require(error))".contains("no parameter group \(place) among 1"))
                }
                survives { try smallTrainer().stepOptimizer(groups: [place]) }
                survives { try smallTrainer().descend(Tensor(1.0), groups: [place]) }
            }
            for value in hostileDoubles {
                func run(_ make: ([ParameterGroup]) -> Optimizer) {
                    survives {
                        let weight = Tensor.ones(2).requiringGradient()
                        let group = ParameterGroup(
                            parameters: [weight], learningRate: value, momentum: value, weightDecay: value)
                        let optimizer = make([group])
                        weight.grad = .ones(2)
                        optimizer.step()
                    }
                }
                run { Adagrad(groups: $0, initialSquares: value, epsilon: value) }
                run { RMSProp(groups: $0, squaredMomentum: value, epsilon: value) }
                run { Lookahead(SGD(groups: $0), interval: -1, alpha: value) }
                run { Lookahead(SGD(groups: $0), interval: 0, alpha: value) }
                let scaler = GradScaler(scale: Float(value), growthFactor: Float(value), backoffFactor: Float(value))
                survives { _ = scaler }
                survives {
                    _ = OutputScale([NumberScale(mean: value, deviation: value, isLogarithm: true)])(.ones(2, 1))
                }
                survives { _ = try NumberBlock().appearance(of: value, on: nil) }
            }
        }

        @Test("histograms for TensorBoard of impossible bins, resizing to impossible sizes, and metrics")
        func others() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: folder) }
            let log = TensorBoardLog(folder: folder)
            let trainer = try smallTrainer()
            for bins in hostileInts {
                #expect(throws: TrainingError.self) { try log.add(.ones(3), as: "a", bins: bins, trainer) }
            }
            for value in hostileDoubles {
                survives { try log.add(value, as: "a", trainer) }
                survives { try log.add(Tensor([value, 1]), as: "a", trainer) }
                survives { try trainer.report(value, as: "nothing") }
            }
            let learner = try Learner(parityLoaders(), Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu))
                .quiet()
            for size in hostileInts where size < 1 {
                #expect(throws: TrainingError.self) {
                    try learner.fitProgressively(sizes: [size], epochs: 1) { _ in try parityLoaders() }
                }
                survives {
                    try learner.fitProgressively(sizes: [8], epochs: min(size, -1)) { _ in try parityLoaders() }
                }
            }
            let metrics: [Metric] =
                hostileInts.flatMap { number -> [Metric] in
                    [
                        .recall(positive: number), .jaccard(positive: number, dim: number),
                        .pixelAccuracy(ignoring: number),
                        .jaccardCoeffMulti(ignoring: number),
                    ]
                }
                + hostileDoubles.flatMap { value -> [Metric] in
                    [.recallMulti(threshold: value), .f1Multi(threshold: value)]
                }
            for metric in metrics {
                for (output, target) in [
                    (Tensor.ones(4, 3), Tensor([0, 1, 2, 0])), (.ones(4, 3), .ones(4, 3)), (.zeros(0, 3), .zeros(0)),
                ] {
                    survives {
                        let accumulator = metric.makeAccumulator()
                        accumulator.update(output: output, targets: [target])
                        _ = accumulator.compute()
                    }
                }
            }
        }
    }
}
