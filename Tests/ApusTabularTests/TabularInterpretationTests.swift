// Importance of columns, partial dependence, and what embeddings have learned.
import ApusCore
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Explaining models of tables") struct InterpretationTests {
        @Test("partial dependence is the mean of LightGBM's predictions with a column set to each value")
        func dependence() throws {
            let reference = try #require(try Fixture.cases("baselines.json")["dependence"])
            func numbers(_ name: String) throws -> [Double] {
                try #require(reference[name] as? [NSNumber]).map(\.doubleValue)
            }
            let trees = try BaselineTests.boosted.fit(to: BaselineTests.age())
            let work = try trees.partialDependence(on: "workclass")
            let classes = trees.pipeline.input.categories[0].classes
            #expect(work.values == (try numbers("codes")).map { .text(classes[Int($0)]) })
            #expect(work.counts.reduce(0, +) == 20)
            for (found, wanted) in zip(try work.curve(), try numbers("workclass")) {
                #expect(abs(found / wanted - 1) < 1e-6)
            }
            let education = try trees.partialDependence(on: "education-num")
            let learned = try #require(trees.pipeline.input.numbers.last)
            let grid = try numbers("grid").map { $0 * learned.std + learned.mean }
            #expect(education.values.count == grid.count)
            for (found, wanted) in zip(education.values, grid) { #expect(abs((found.number ?? 0) - wanted) < 1e-5) }
            for (found, wanted) in zip(try education.curve(), try numbers("education-num")) {
                #expect(abs(found / wanted - 1) < 1e-6)
            }
            #expect(try trees.partialDependence(on: "fnlwgt", points: 7).values.count == 7)
            #expect(dataError { _ = try trees.partialDependence(on: "height") }.contains("does not know the column"))
            let income = try LinearModel().fit(to: BaselineTests.income()).partialDependence(on: "age")
            #expect(income.outputs == ["<=50K", ">50K"])
            for pair in income.means { #expect(abs(pair[0] + pair[1] - 1) < 1e-6) }
            #expect(dataError { _ = try income.curve(of: "1M") }.contains("\"1M\""))
            #expect(throws: Never.self) { _ = try (income.plot().data(.png), work.plot().data(.png)) }
        }

        /// A line that is known: y = 3 a, whatever b and c are.
        private func line() throws -> FittedLinearModel<NumberBlock> {
            let a = (0..<200).map { Double(($0 * 37) % 101) }
            let table = try Table([
                ("a", Column(a)), ("b", Column((0..<200).map { Double(($0 * 53) % 89) })),
                ("c", Column((0..<200).map { $0 % 2 == 0 ? "x" : "y" })), ("y", Column(a.map { 3 * $0 })),
            ])
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", targetBlock: NumberBlock(), categorical: ["c"], continuous: ["a", "b"],
                split: .indices(100..<200), LoaderOptions(seed: 3))
            return try LinearModel(l2: 0).fit(to: loaders)
        }

        @Test("shuffling a column of a known line costs twice its variance, and an unused one nothing")
        func importance() throws {
            let line = try line()
            let found = try line.permutationImportance(repeats: 60, seed: 5)
            #expect(found.metric == "loss" && abs(found.base) < 1e-3)
            #expect(found.columns.map(\.name).first == "a")
            let a = (100..<200).map { Double(($0 * 37) % 101) }
            let mean = a.reduce(0, +) / 100
            let variance = a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100
            // The mean of (3 a - 3 a')^2 over all orders.
            #expect(abs(found.columns[0].mean / (9 * 2 * variance) - 1) < 0.05)
            #expect(found.columns[0].std > 0 && found.columns[0].values.count == 60)
            for column in found.columns.dropFirst() { #expect(abs(column.mean) < 1e-3) }
            let again = try line.permutationImportance(metric: .rmse, repeats: 2, seed: 5)
            #expect(again.metric == "rmse" && again.columns[0].name == "a" && again.columns[0].mean > 50)
            #expect(throws: Never.self) { _ = try again.plot().data(.png) }
            #expect(throws: TrainingError.self) { try line.permutationImportance(repeats: 0) }
            let unlabeled = try line.pipeline.input.loader(
                of: Table([("a", Column([1.0])), ("b", Column([1.0])), ("c", Column(["x"]))]), batchSize: 4)
            #expect(throws: TrainingError.self) { try line.permutationImportance(on: unlabeled) }
        }

        @Test("a network is explained as trees are")
        func network() throws {
            manualSeed(2)
            let learner = try tabularLearner(
                BaselineTests.income(), .init(layers: [8]), metrics: [.accuracy],
                TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fitOneCycle(4, learningRate: 1e-2)
            let found = try learner.permutationImportance(metric: .accuracy, repeats: 2)
            #expect(abs(found.base - (try learner.validate().metrics[0].value)) < 1e-12)
            #expect(
                Set(found.columns.map(\.name))
                    == Set(learner.pipeline.input.categorical + learner.pipeline.input.continuous))
            #expect(try learner.measure(.accuracy) == found.base)
            #expect(try learner.partialDependence(on: "relationship").counts.reduce(0, +) == 20)
        }

        @Test("embeddings by name, their neighbors, and as columns for other models")
        func embeddings() throws {
            let table = try Table([
                ("state", Column(["BE", "BY", "HH", nil])), ("x", Column([1.0, 2, 3, 4])),
                ("y", Column(["a", "b", "a", "b"])),
            ])
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", categorical: ["state"], continuous: ["x"], split: .none,
                LoaderOptions(batchSize: 2, seed: 1))
            let learner = try tabularLearner(
                loaders, .init(layers: [4]), embeddings: .power.with(["state": 2]),
                TrainingOptions(precision: .float32, device: .cpu))
            let model = try #require(learner.model as? TabularModel)
            let vectors: [[Double]] = [[0.5, 0.25], [1, 0], [0, 2], [3, 3]]
            withoutGradients { _ = model.embeds[0].weight.copy_(Tensor(vectors)) }
            let state = try learner.embedding(of: "state")
            #expect(state.classes == ["#na#", "BE", "BY", "HH"])
            #expect(try state.vector(of: "BY") == [0, 2])
            #expect(try learner.embeddings().map(\.column) == ["state"])
            let near = try state.nearest(to: "BE", count: 2)
            // #na# would be nearer, but is no state.
            #expect(near.map(\.value) == ["HH", "BY"])
            #expect(abs(near[0].similarity - 0.5.squareRoot()) < 1e-6 && abs(near[1].similarity) < 1e-6)
            #expect(throws: Never.self) { _ = try state.plot().data(.png) }
            let features = try learner.embeddingFeatures(of: table)
            #expect(features.columnNames == ["state_0", "state_1", "x", "y"])
            #expect(try features["state_0"].values(as: Double.self) == [1, 0, 3, 0.5])
            #expect(try features["state_1"].values(as: Double.self) == [0, 2, 3, 0.25])
            let unseen = try learner.embeddingFeatures(of: table.setting("state", to: Column(["?", "BE", "BE", "BE"])))
            #expect(try unseen["state_0"].values(as: Double.self) == [0.5, 1, 1, 1])
            #expect(dataError { _ = try learner.embedding(of: "x") }.contains("categorical ones state"))
            #expect(dataError { _ = try state.vector(of: "NW") }.contains("\"NW\""))
            #expect(
                dataError { _ = try learner.embeddingFeatures(of: table.dropping(["state"])) }.contains("\"state\""))
        }
    }
}
