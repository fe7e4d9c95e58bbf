// Looking at a tabular learner's results: its rows lie in memory as tensors, which tell of themselves.
import ApusCore
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Results of a tabular learner") struct ResultTests {
        private func trained() throws -> (learner: TabularClassifier, table: Table) {
            let table = try Table.readCSV(adultRows)
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "class", categorical: ["workclass"], continuous: ["age"], split: .indices(60..<80),
                LoaderOptions(batchSize: 16, seed: 1))
            let learner = try tabularLearner(
                loaders, .init(layers: [4]), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fit(1)
            return (learner, table)
        }

        @Test("the worst mistakes are rows as the table had them, with the losses of the predictions")
        func worst() throws {
            let (learner, table) = try trained()
            let interpretation = try Interpretation(learner)
            let losses = try #require(try learner.getPredictions().losses).array(of: Double.self)
            let ages = try table["age"].cells()
            let labels = try table["class"].cells().map(\.description)
            let worst = try interpretation.topLosses()
            #expect(worst.map(\.loss) == losses.sorted(by: >))
            for item in worst {
                #expect(item.loss == losses[item.index])
                #expect(item.actual == labels[60 + item.index])
                #expect(item.source["age"] == ages[60 + item.index])
            }
            #expect(interpretation.confusionMatrix.flatMap(\.self).reduce(0, +) == 20)
            let groups = try interpretation.groupErrors { $0["workclass"]?.description ?? "" }
            #expect(groups.overall.count == 20)
            guard case .table(let shown) = try interpretation.plotTopLosses(3).panels[0] else {
                Issue.record("rows are shown as a table")
                return
            }
            #expect(shown.header.prefix(2) == ["workclass", "age"])
            #expect(shown.rows.map(\.[1].text) == worst.prefix(3).map { $0.source["age"]?.description })
        }

        @Test("results are shown beside labels, and the report has all of its parts")
        func report() throws {
            let (learner, table) = try trained()
            guard case .table(let shown) = try learner.plotResults(maxCount: 4, shuffle: false).panels[0] else {
                Issue.record("rows are shown as a table")
                return
            }
            #expect(shown.header == ["workclass", "age", "actual", "predicted"])
            #expect(try shown.rows.map(\.[1].text) == table["age"][60..<64].cells().map(\.description))
            let counts = try learner.loaders?.classCounts
            #expect(counts?.reduce(0, +) == 60)
            try withTemporaryFolder { folder in
                let page = try String(contentsOf: learner.report(to: folder), encoding: .utf8)
                for text in ["60 items to train on", "Items of each class", "precision", "largest losses"] {
                    #expect(page.contains(text), "\(text)")
                }
            }
        }

        @Test("loaders of rows take another batch size, repeat rare rows and show one row")
        func others() throws {
            let loaders = try #require(try trained().learner.loaders)
            let smaller = try loaders.with(batchSize: 8)
            #expect(smaller.train.batchCount == 7 && smaller.valid?.batchCount == 3)
            #expect(throws: DataError.self) { try loaders.with(batchSize: 0) }
            let (counts, more) = (try loaders.classCounts, try loaders.oversampled())
            #expect(counts[0] != counts[1])
            #expect(try more.classCounts == counts.map { _ in counts.max() ?? 0 } && more.valid?.count == 20)
            let (first, _) = try loaders.train.item(0)
            guard case .table(let shown) = try loaders.plotBatch(maxCount: 3, unique: true).panels[0] else {
                Issue.record("a table was expected")
                return
            }
            #expect(shown.rows.map(\.[1].text) == Array(repeating: first["age"]?.description ?? "", count: 3))
        }
    }
}
