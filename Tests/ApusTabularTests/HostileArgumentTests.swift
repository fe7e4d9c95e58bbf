// Numbers and lists that no table, model or recommendation can have: errors, never a trap. That this suite runs to its end
// is the test.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Hostile arguments of tables") struct HostileArgumentTests {
        private let ints: [Int] = [-1, 0, .min, .max, 1 << 40]
        private let doubles: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308]
        private func run(_ body: () throws -> Void) { _ = try? withTorchErrors { try body() } }

        private func table() throws -> Table {
            try Table([
                ("a", Column((0..<40).map { "k\($0 % 3)" })), ("b", Column((0..<40).map { Double($0) })),
                ("y", Column((0..<40).map { $0 % 2 == 0 ? "yes" : "no" })),
                ("n", Column((0..<40).map { Double($0) / 7 })),
            ])
        }

        @Test("cells of any literal and value are shown, stored and joined to columns, or named")
        func cells() throws {
            let literals: TableCells = [
                "a": 9_223_372_036_854_775_807, "b": -9_223_372_036_854_775_808, "c": 1e308, "d": -0.0, "e": "",
                "f": nil,
                "g": true, "h": "\u{0}\u{202E}",
            ]
            #expect(literals["a"] == .integer(.max) && literals["b"] == .integer(.min) && literals["f"] == .missing)
            #expect(
                literals["d"]?.description == "-0.0" && literals["e"] == .text("") && literals["g"] == .boolean(true))
            let odd = doubles.map { Cell.number($0) } + ints.map { Cell.integer($0) } + Array(literals.values)
            let moments = (doubles + [1e11, 2.6e11, -1e13]).map { Cell.time(Date(timeIntervalSince1970: $0)) }
            for cell in odd + moments {
                _ = (cell.description, cell.isMissing, cell.hashValue)
                run { _ = try Column(cells: [cell, .missing]).cells() }
                run { _ = try Column(cells: [cell, "text"]).cells() }
                run { _ = try Table(rows: [["x": cell]]) }
                let coder = JSONEncoder.withNonFinite
                if let data = try? coder.encode(cell) {
                    let again = try? JSONDecoder.withNonFinite.decode(Cell.self, from: data)
                    #expect(again == cell || cell.isMissing || again != nil)
                }
            }
            #expect(Cell.number(.nan).isMissing && !Cell.number(.infinity).isMissing)
            #expect(Cell.time(Date(timeIntervalSince1970: .infinity)).description == "inf s after 1970")
            let said = dataError { _ = try Column(cells: [.time(Date(timeIntervalSince1970: .infinity))]) }
            #expect(said.contains("seconds after 1970 is not one that a column can hold"))
        }

        @Test("columns and rows")
        func columns() throws {
            let table = try table()
            for n in ints {
                run { _ = (table.head(n), table.tail(n)) }
                run { _ = try table.rows(at: [n]) }
                run { _ = try Column(repeating: 1, count: n > 1 << 30 ? -5 : n) }
                run { _ = try table["b"].std(ddof: n) }
                run { _ = try table["b"][min(n, 0)..<max(n, 0)] }
                run { _ = try table[min(n, 0)..<max(n, 0)] }
                run { _ = try table.plotRows(n) }
                if n < 1 { #expect(throws: DataError.self) { try table.plotRows(n) } }
                run { _ = try table.addingElapsedTimes(["y"], date: "b", group: "a", window: n) }
                run { _ = try TableStream.sqlite(URL(filePath: "/none"), query: "select 1", batchRows: n).rest() }
                _ = TabularDefaults(rows: n)
                _ = EmbeddingRule { _ in n }.size(n)
                run { _ = try table.splitColumns(maxCardinality: n) }
                run { _ = try Splitter<Table>.indices([n]).split(table) }
                run { _ = try Splitter<Table>.last(n, of: "a", by: "b").split(table) }
                run { _ = EmbeddingRule.power.size(n) }
                _ = EmbeddingRule.power.size(n)
            }
            for d in doubles {
                run { _ = try table["b"].quantile(d) }
                run { _ = try Splitter<Table>.random(d, seed: 1).split(table) }
                run { _ = try Splitter<Table>.groups(of: "a", validFraction: d, seed: 1).split(table) }
                run { _ = try Splitter<Table>.latest(by: "b", validFraction: d).split(table) }
            }
            run { _ = try Table([]) }
            run { _ = try Table(rows: []) }
            run { _ = try table.select([]) }
            run { _ = try table.dropping(["a", "b", "y", "n"]) }
            run { _ = try table.grouped(by: [], []) }
            run { _ = try table.join(table, on: []) }
            run { _ = try Column([String]()).mode() }
            run { _ = try Column([Double]()).median() }
        }

        @Test("loaders, networks, trees and linear models")
        func models() async {
            // In a process of its own, so that a trap fails this test and no other.
            await #expect(processExitsWith: .success) { try TabularTests.HostileArgumentTests().tryModels() }
        }

        func tryModels() throws {
            let table = try table()
            for n in ints where n < 1 {
                run { _ = try TabularDataLoaders.fromTable(table, target: "y", LoaderOptions(batchSize: n)) }
                run {
                    let loaders = try TabularDataLoaders.fromTable(
                        table, target: "y", LoaderOptions(batchSize: 8, seed: 1))
                    _ = try tabularLearner(
                        loaders, .init(layers: [n]), TrainingOptions(precision: .float32, device: .cpu))
                }
                run { _ = try TabularModel(embeddings: [(n, n)], numberCount: n, outputCount: n) }
            }
            let loaders = try TabularDataLoaders.fromTable(table, target: "y", LoaderOptions(batchSize: 8, seed: 1))
            let learner = try tabularLearner(
                loaders, .init(layers: [4]), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            for n in ints {
                run { _ = try loaders.testLoader(table, batchSize: n).batches(epoch: 0) }
                run { _ = try learner.addingPredictions(to: table, batchSize: n) }
                run { _ = try learner.partialDependence(on: "b", points: n > 1000 ? 2 : n) }
                if n < 1 { run { _ = try learner.permutationImportance(repeats: n) } }
                run { _ = try loaders.plotBatch(maxCount: n) }
                run { _ = try GradientBoostedTrees(rounds: n > 0 ? 1 : n, leaves: n).fit(to: loaders) }
                var threaded = GradientBoostedTrees(rounds: 1, minRowsInLeaf: n)
                threaded.threads = min(n, 2)
                run { _ = try threaded.fit(to: loaders) }
                run { _ = try GradientBoostedTrees(rounds: 1, maxDepth: n, earlyStopping: n).fit(to: loaders) }
                run { _ = try RandomForest(trees: n > 0 ? 1 : n, leaves: n).fit(to: loaders) }
                run { _ = try LinearModel(maxSteps: n > 0 ? 3 : n).fit(to: loaders) }
            }
            let trees = try GradientBoostedTrees(rounds: 1, leaves: 4, minRowsInLeaf: 2).fit(to: loaders)
            let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            try trees.export(to: file)
            for n in ints {
                run { _ = try trees.plotImportance(count: n) }
                run { _ = try FittedTrees<CategoryBlock>(from: file, threads: min(n, 2)).predict(table) }
            }
            let importance = try learner.permutationImportance(repeats: 1)
            for n in ints { _ = importance.plot(n) }
            for d in doubles {
                var (some, few) = (GradientBoostedTrees(rounds: 1, learningRate: d), GradientBoostedTrees(rounds: 1))
                (some.rowFraction, some.l2, few.columnFraction) = (d, d, d)
                run { _ = try some.fit(to: loaders) }
                run { _ = try few.fit(to: loaders) }
                run { _ = try RandomForest(trees: 1, rowFraction: d, columnFraction: d).fit(to: loaders) }
                run { _ = try LinearModel(l2: d, maxSteps: 3).fit(to: loaders) }
                run {
                    _ = try tabularLearner(
                        loaders, .init(dropout: [d]), TrainingOptions(precision: .float32, device: .cpu))
                }
                run {
                    _ = try tabularLearner(
                        loaders, .init(embeddingDropout: d), TrainingOptions(precision: .float32, device: .cpu))
                }
                run { _ = try learner.predict(["a": "k1", "b": .number(d)]) }
            }
            run {
                _ = try tabularLearner(loaders, .init(layers: []), TrainingOptions(precision: .float32, device: .cpu))
            }
            let embedding = try learner.embedding(of: "a")
            for n in [-1, 0, Int.min] { #expect(throws: DataError.self) { try embedding.nearest(to: "k1", count: n) } }
            #expect(try embedding.nearest(to: "k1", count: .max).count == 2)
        }

        @Test("recommendations")
        func recommendations() async {
            // In a process of its own, so that a trap fails this test and no other.
            await #expect(processExitsWith: .success) { try TabularTests.HostileArgumentTests().tryRecommendations() }
        }

        func tryRecommendations() throws {
            let ratings = try Table([
                ("u", Column((0..<60).map { "u\($0 % 6)" })), ("i", Column((0..<60).map { "i\($0 % 10)" })),
                ("r", Column((0..<60).map { Double($0 % 5) })),
            ])
            for n in ints where n < 1 {
                run { _ = try CollabDataLoaders.fromTable(ratings, LoaderOptions(batchSize: n)) }
                run { _ = try CollabDataLoaders.fromChoices(ratings, negatives: n, LoaderOptions(batchSize: 8)) }
                run {
                    let loaders = try CollabDataLoaders.fromTable(ratings, LoaderOptions(batchSize: 8, seed: 1))
                    _ = try collabLearner(
                        loaders, .dotProduct(factors: n), TrainingOptions(precision: .float32, device: .cpu))
                }
                run { _ = EmbeddingDotBias(factors: n, users: n, items: n) }
            }
            let loaders = try CollabDataLoaders.fromTable(ratings, LoaderOptions(batchSize: 8, seed: 1))
            let learner = try collabLearner(
                loaders, .dotProduct(factors: 2), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            let interpretation = try CollabInterpretation(learner)
            for n in [-1, 0, Int.min] {
                #expect(throws: DataError.self) { try interpretation.mostLiked(n) }
                #expect(throws: DataError.self) { try interpretation.leastLiked(n) }
                #expect(throws: DataError.self) { try interpretation.mostRated(n) }
                #expect(throws: DataError.self) { try interpretation.nearest(to: "i1", count: n) }
                #expect(throws: DataError.self) { try learner.recommend(to: "u1", count: n) }
                #expect(throws: TrainingError.self) { try learner.rankingScores(at: n) }
                #expect(throws: (any Error).self) { try learner.predict(ratings, batchSize: n) }
            }
            for n in ints {
                run { _ = try interpretation.principalFactors(n) }
                run { _ = try interpretation.ends(ofComponent: n) }
                run { _ = try interpretation.ends(ofComponent: 0, count: n) }
                run { _ = try interpretation.plotFactors(components: (x: n, y: n)) }
                run { _ = try interpretation.nearest(to: "i1", count: n) }
                run { _ = try interpretation.mostLiked(n) }
                run { _ = try learner.recommend(to: "u1", count: n) }
                run { _ = try learner.rankingScores(at: n, maxUsers: n) }
                run { _ = try learner.predict(ratings, batchSize: n) }
            }
            run { _ = try interpretation.mostLiked(3, among: []) }
            run { _ = try interpretation.principalFactors(2, of: []) }
            run { _ = try interpretation.principalFactors(2, of: ["i1"]) }
        }
    }
}
