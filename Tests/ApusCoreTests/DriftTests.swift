// Profiles of a training's data and the monitor that compares later items with them.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Columns of numbers.
private struct ColumnsBlock: InputBlock, TensorBlock {
    static let storedName = "DriftTestColumns"
    var kind: ElementKind { .row }
    func load(_ source: [Float], hint: LoadHint) throws -> [Float] {
        if source.isEmpty { throw DataError("the row is empty") }
        return source
    }
    func collate(_ values: [[Float]]) throws -> Tensor { Tensor(values) }
    func decode(_ tensor: Tensor) throws -> [Float] { tensor.array() }
}

/// A network of two layers, which a file describes.
private final class ColumnsNet: Module, StoredModel {
    static let storedName = "DriftTestNet"
    struct Configuration: Codable { var columns: Int }
    let configuration: Configuration
    let first: Linear
    let last = Linear(12, 2)

    init(_ configuration: Configuration) {
        self.configuration = configuration
        first = Linear(configuration.columns, 12)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { last(first(input).relu()) }
}

extension CoreTests {
    @Suite("Drift") struct DriftTests {
        private typealias Rows = [(input: [Float], target: String)]

        /// Items of two classes around (1, -1, ...) and (-1, 1, ...), whose last two columns are skewed and rounded.
        private func items(_ count: Int, seed: Int) -> Rows {
            (0..<count).map { number in
                var random = SeededRandom(seed: seed, number)
                let isOdd = random.bernoulli(0.4)
                let side: Float = isOdd ? 1 : -1
                var row = (0..<4).map { side * ($0 % 2 == 0 ? 1 : -1) + Float(random.normal()) }
                row.append(Float(exp(random.normal())))
                row.append(Float(random.integer(below: 4)))
                return (row, isOdd ? "odd" : "even")
            }
        }

        private func learner(valid: Int = 400) throws -> Learner<ColumnsBlock, CategoryBlock> {
            manualSeed(5)
            let pipeline = Pipeline(input: ColumnsBlock(), target: CategoryBlock(vocabulary: ["even", "odd"]))
            let loaders = try DataLoaders(
                pipeline: pipeline, train: items(600, seed: 1), valid: items(valid, seed: 2),
                LoaderOptions(batchSize: 64, workers: 0, seed: 1))
            let learner = try Learner(
                loaders, ColumnsNet(.init(columns: 6)), TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            try learner.fitOneCycle(3, learningRate: 1e-2)
            return learner
        }

        /// The reports while items come in batches of 50.
        private func reports(
            _ predictor: Predictor<ColumnsBlock, CategoryBlock>, _ rows: [[Float]]
        ) throws -> [DriftReport] {
            let monitor = try #require(predictor.monitor)
            return try stride(from: 0, to: rows.count, by: 50).map { start in
                _ = try predictor.predict(Array(rows[start..<min(start + 50, rows.count)]), workers: 0)
                return monitor.report
            }
        }

        @Test("the index and its limit are those of the formulas")
        func index() {
            // By numpy, with half an item more in each bin that has any.
            let two = StabilityIndex([10, 30], training: [40, 40], probability: 1e-6)
            expectClose([two.value], [0.2600857], "two bins", tolerance: 1e-6)
            let three = StabilityIndex([0, 5, 15, 0], training: [4, 50, 46, 0], probability: 1e-6)
            expectClose([three.value], [0.2935523], "an empty bin does not count", tolerance: 1e-6)
            #expect(StabilityIndex([50, 50], training: [500, 500], probability: 1e-6).value < 1e-12)
            #expect(StabilityIndex([0, 0], training: [5, 5], probability: 1e-6).value == 0)
            // By scipy; the approximation is on the safe side for few degrees of freedom.
            for (freedom, probability, expected) in [(9.0, 1e-6, 44.8109), (9, 1e-7, 50.1718), (20, 1e-8, 77.5980)] {
                #expect((1..<1.04).contains(chiSquared(freedom, above: probability) / expected))
            }
            #expect(chiSquared(1, above: 1e-6) > 23.9281 && chiSquared(1, above: 1e-6) < 28)
        }

        @Test("bins have equally many items, one for what is below, above and missing each; rare classes share one")
        func bins() {
            let values = (0..<200).map { Double($0 % 100) } + [.nan]
            let numbers = ProfiledQuantity(.init(part: .input, name: "n", values: values, classes: nil))
            #expect(numbers.bounds.count == 11 && numbers.bounds.first == 0 && numbers.bounds[1] == 10)
            #expect(numbers.counts == [0] + Array(repeating: 20, count: 10) + [0, 1])
            #expect(numbers.bin(of: -1) == 0 && numbers.bin(of: 0) == 1 && numbers.bin(of: 99) == 10)
            #expect(numbers.bin(of: 99.5) == 11 && numbers.bin(of: .infinity) == 12 && numbers.mean == 49.5)
            let classes = ProfiledQuantity(
                .init(
                    part: .answer, name: "c",
                    values: Array(repeating: 0, count: 60) + Array(repeating: 2, count: 39) + [1],
                    classes: ["a", "b", "c", "d"]))
            #expect(classes.counts == [60, 39, 1])
            #expect([0, 1, 2, 3, 9].map { classes.bin(of: $0) } == [0, 2, 1, 2, 2])
            #expect(classes.name(ofBin: 1) == "c" && classes.name(ofBin: 2) == "rare or unknown")
        }

        @Test("with as many directions as features the distance is Mahalanobis's")
        func distance() throws {
            let rows = (0..<100).map { number in
                var random = SeededRandom(seed: 3, number)
                let x = random.normal()
                return [Float(2 * x + 1), Float(x + 0.3 * random.normal())]
            }
            let (spread, held) = try #require(FeatureSpread.fitted(to: Tensor(rows), layer: nil))
            #expect(held.count == 50)
            let known = stride(from: 0, to: 100, by: 2).map { rows[$0].map(Double.init) }
            let mean = (0..<2).map { column in known.reduce(0) { $0 + $1[column] } / 50 }
            func covariance(_ a: Int, _ b: Int) -> Double {
                known.reduce(0) { $0 + ($1[a] - mean[a]) * ($1[b] - mean[b]) } / 49
            }
            let (p, q, r) = (covariance(0, 0), covariance(0, 1), covariance(1, 1))
            func mahalanobis(_ row: [Double]) -> Double {
                let (x, y) = (row[0] - mean[0], row[1] - mean[1])
                return ((r * x * x - 2 * q * x * y + p * y * y) / (p * r - q * q)).squareRoot()
            }
            let odd = stride(from: 1, to: 100, by: 2).map { mahalanobis(rows[$0].map(Double.init)) }
            // The unit is what one in a hundred of the other half exceeds.
            let limit = odd.sorted()[49]
            expectClose(held, odd.map { $0 / limit }, "held out", tolerance: 1e-3)
            let strange = spread.reader.distances(Tensor([[Float(1), 3], [.nan, 0]]))
            expectClose([strange[0]], [mahalanobis([1, 3]) / limit], "a strange one", tolerance: 1e-3)
            #expect(strange[0] > 2 && strange[1].isFinite)
            #expect(FeatureSpread.fitted(to: Tensor(Array(rows.prefix(19))), layer: nil) == nil)
        }

        @Test("ten thousand items of the same kind raise no alarm; a shifted column and other items do within 200")
        func told() throws {
            let learner = try learner()
            let profile = try learner.profile(of: #require(learner.loaders?.valid), items: 400)
            #expect(profile.itemCount == 400)
            #expect(
                profile.quantities.map(\.name)
                    == (1...6).map { "number \($0)" } + ["class", "confidence", "distance"])
            var predictor = learner.predictor
            predictor.monitor = try DriftMonitor(profile)
            let same = try reports(predictor, items(10_000, seed: 9).map(\.input))
            #expect(!same[0].isDrifting && same.count == 200)
            #expect(!same.contains { $0.isDrifting }, "\(same.first { $0.isDrifting }?.sentence ?? "")")
            let last = try #require(same.last)
            #expect(last.itemCount == 200 && last.totalCount == 10_000)
            #expect(last.sentence == "The last 200 items are as those of the training.")
            #expect(try #require(last.outOfDomainShare) < 0.05)

            // The second column is 1.2 of its deviations higher.
            let shifted = items(200, seed: 10).map { item in
                var row = item.input
                row[1] += 1.7
                return row
            }
            let later = try reports(predictor, shifted)
            let alarm = try #require(later.last)
            #expect(alarm.isDrifting)
            let column = try #require(alarm.quantities.first { $0.name == "number 2" })
            #expect(column.isDrifting && column.index > column.limit)
            #expect(alarm.sentence.contains("\"number 2\" is "))
            #expect(!alarm.quantities.contains { $0.name == "number 5" && $0.isDrifting })
            #expect(alarm.sentence.hasPrefix("The last 200 items are not as those of the training: "))

            // Another data set.
            predictor.monitor?.reset()
            let other = (0..<200).map { number in
                var random = SeededRandom(seed: 11, number)
                return (0..<6).map { _ in Float(random.uniform(-6, 6)) }
            }
            let strange = try reports(predictor, other)
            #expect(strange[1].isDrifting)
            #expect(try #require(strange.last?.outOfDomainShare) > 0.3)
        }

        @Test("a file keeps the profile, and each item has a score beside its answer")
        func files() throws {
            try withTemporaryFolder { folder in
                let learner = try learner()
                let types = StoredTypes.standard.adding(ColumnsNet.self)
                let (file, plain) = (folder.appending(path: "a.safetensors"), folder.appending(path: "b.safetensors"))
                try learner.export(to: file, types: types)
                try learner.export(to: plain, types: types, profileItems: 0)
                #expect(try ModelFile(plain).profile() == nil)
                let profile = try #require(try ModelFile(file).profile())
                let made = try learner.profile(of: #require(learner.loaders?.valid), items: 500)
                #expect(profile.quantities == made.quantities && profile.itemCount == 400)

                var predictor = try Predictor<ColumnsBlock, CategoryBlock>(
                    from: file, types: types, precision: .float32, device: .cpu)
                let monitor = try DriftMonitor(profile, window: 50)
                predictor.monitor = monitor
                var rows = items(60, seed: 12).map(\.input)
                rows[3] = [40, 40, -40, -40, 90, 60]
                rows[5] = []
                var scores: [Double?] = []
                try predictor.predictEach(rows, batchSize: 16, workers: 0) { place, result, score in
                    #expect(place == scores.count)
                    scores.append(score)
                }
                #expect(scores.count == 60 && scores[5] == nil)
                #expect(try #require(scores[3]) > 5)
                #expect(scores.compactMap(\.self).count { $0 > 1 } < 10)
                #expect(monitor.report.totalCount == 59 && monitor.report.itemCount == 50)
                // The answers are those of a predictor without a monitor, and single predictions count.
                let own = try learner.predict(rows[0])
                #expect(try predictor.predict(rows[0]).label == own.label)
                #expect(monitor.report.totalCount == 60)
                // A learner that was loaded has no data to make a profile of.
                let loaded = try Learner<ColumnsBlock, CategoryBlock>(from: file, types: types)
                try loaded.export(to: plain, types: types)
                #expect(try ModelFile(plain).profile() == nil)
            }
        }

        @Test("few items, a small window and the profile of another model are told")
        func refusals() throws {
            let learner = try learner(valid: 30)
            let profile = try learner.profile(of: #require(learner.loaders?.valid))
            let monitor = try DriftMonitor(profile)
            #expect(monitor.report.sentence == "0 items are too few to be compared with those of the training.")
            #expect(message(of: DataError.self) { _ = try DriftMonitor(profile, window: 20) }.contains("at least 50"))
            var other = try LearnerTests.learner().predictor
            other.monitor = monitor
            let said = message(of: DataError.self) { _ = try other.predict([1, 2, 3]) }
            #expect(said.contains("that of another model"))
        }
    }
}
