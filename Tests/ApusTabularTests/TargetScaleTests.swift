// Numbers to predict that are far from the size of 1, in tables.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Targets of any size") struct TargetScaleTests {
        private func table(_ y: (Double) -> Double) throws -> Table {
            let x = (0..<400).map { Double($0 * 37 % 400) / 100 - 2 }
            return try Table([("x", Column(x)), ("y", Column(x.map(y)))])
        }

        private func trained(
            _ table: Table, _ block: NumberBlock = NumberBlock(), range: ClosedRange<Double>? = nil, epochs: Int = 20
        ) throws -> Learner<TabularBlock, NumberBlock> {
            manualSeed(5)
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", targetBlock: block, categorical: [], continuous: ["x"],
                LoaderOptions(batchSize: 32, seed: 2))
            let learner = try tabularLearner(
                loaders, .init(layers: [32], range: range), metrics: [.r2, .rmse],
                TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fitOneCycle(epochs, learningRate: 2e-2)
            return learner
        }

        @Test("prices in hundreds of thousands are learned as they are, and a file keeps their units")
        func large() throws {
            let learner = try trained(table { 200_000 + 50_000 * $0 })
            #expect(try learner.measure(.r2) > 0.95)
            let price = try learner.predict(["x": 1.0])
            #expect(abs(price - 250_000) < 15_000, "\(price)")
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "price.safetensors")
                try learner.export(to: file)
                let loaded = try TabularRegressor(from: file, device: .cpu)
                #expect(abs(try loaded.predict(["x": 1.0]) / price - 1) < 1e-5)
                let answers = try loaded.addingPredictions(to: Table([("x", Column([1.0]))]))
                #expect(abs(try #require(answers["prediction"].values(as: Double.self)[0]) / price - 1) < 1e-5)
            }
        }

        @Test("skewed numbers above 0 are learned as logarithms, and metrics are in their own units")
        func skewed() throws {
            let table = try table { exp(2 * $0 + 3) }
            let learner = try trained(table)
            #expect(learner.pipeline.target.scale.isLogarithm && !learner.pipeline.target.log)
            #expect(abs(try learner.predict(["x": 1.0]) / exp(5) - 1) < 0.2)
            let predictions = try learner.getPredictions()
            let (outputs, targets) = (
                predictions.outputs.flatten().array(of: Double.self), predictions.targets[0].array(of: Double.self)
            )
            // By hand, from the numbers themselves.
            let squares = zip(outputs, targets).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
            let byHand = (squares / Double(outputs.count)).squareRoot()
            #expect(abs(try learner.measure(.rmse) / byHand - 1) < 1e-4)
            // exp(2 * 2 + 3) is 1097: the targets stay what they are.
            #expect((targets.max() ?? 0) > 500)
        }

        @Test("a range is in the targets' units; bare numbers are fastai's; trees and lines answer in the units")
        func units() throws {
            let table = try table { 200_000 + 50_000 * $0 }
            let ranged = try trained(table, range: 100_000...300_000)
            #expect(!ranged.model.namedModules().contains { $0.module is OutputScale })
            let outputs = try ranged.getPredictions().outputs
            #expect(outputs.min().item() >= 100_000 && outputs.max().item() <= 300_000)
            #expect(abs(try ranged.predict(["x": 0.0]) - 200_000) < 30_000)
            // Of bare numbers one epoch learns next to nothing beyond the mean, at which they start.
            let bare = try trained(table, NumberBlock(scaling: .none), epochs: 1)
            #expect(!bare.model.namedModules().contains { $0.module is OutputScale })
            #expect(abs(try bare.measure(.r2)) < 0.1)
            let loaders = try #require(ranged.loaders)
            #expect(try GradientBoostedTrees().fit(to: loaders).measure(.r2) > 0.95)
            #expect(abs(try LinearModel(l2: 0).fit(to: loaders).predict(["x": 1.0]) - 250_000) < 10)
        }

        @Test("the last layer starts at the training rows' mean, in a range and with bare numbers too")
        func start() throws {
            let table = try table { 200_000 + 50_000 * $0 }
            for block in [NumberBlock(), NumberBlock(scaling: .none)] {
                for range in [nil, 100_000.0...400_000] {
                    let learner = try trained(table, block, range: range, epochs: 0)
                    let model = try #require(learner.model as? TabularModel)
                    let last = try #require(model.layers.namedModules().compactMap { $0.module as? Linear }.last)
                    withoutGradients { _ = last.weight.fill_(0) }
                    let train = try #require(learner.loaders?.train)
                    let mean = try learner.getPredictions(train).targets[0].to(.float64).mean().item(as: Double.self)
                    // A scaled model's bias of chance is less than one over the root of its 32 inputs.
                    let margin = block.scaling != .none && range == nil ? 60_000 / 32.0.squareRoot() : 1
                    #expect(abs(try learner.predict(["x": 1.0]) - mean) < margin)
                }
            }
        }

        @Test("several numbers of different sizes are learned at once")
        func several() throws {
            manualSeed(8)
            let rows = (0..<300).map { Double($0 * 37 % 300) / 75 - 2 }
            let block = DataBlock<Int, TabularBlock, Targets<NumberBlock, NumberBlock>>(
                input: TabularBlock(categorical: [], continuous: ["x"]),
                target: Targets(NumberBlock(), NumberBlock(), names: ["price", "part"]),
                source: { ["x": .number(rows[$0])] },
                label: { (300_000 + 100_000 * rows[$0], 0.002 - 0.0005 * rows[$0]) }, split: .random(seed: 1))
            let loaders = try block.dataLoaders(of: Array(0..<300), LoaderOptions(batchSize: 32, seed: 2))
            let learner = try tabularLearner(
                loaders, .init(layers: [32]), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fitOneCycle(20, learningRate: 2e-2)
            let (price, part) = try learner.predict(["x": 1.0])
            #expect(abs(price - 400_000) < 30_000 && abs(part - 0.0015) < 0.00015, "\(price) \(part)")
        }
    }
}
