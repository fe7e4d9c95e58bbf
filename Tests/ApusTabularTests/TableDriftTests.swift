// Columns that shift are told by their names, for networks and for trees.
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Drift of tables") struct DriftTests {
        /// Rows of people: the income depends on age and job.
        private func people(
            _ count: Int, seed: Int, older years: Double = 0, jobs: [String] = ["cook", "clerk", "nurse"]
        )
            -> [TableCells]
        {
            (0..<count).map { number in
                var random = SeededRandom(seed: seed, number)
                let age = 40 + 10 * random.normal()
                let job = jobs[random.integer(below: jobs.count)]
                let isRich = age + (job == "nurse" ? 10 : 0) + 5 * random.normal() > 45
                let height: Cell = random.bernoulli(0.1) ? .missing : .number(170 + 8 * random.normal())
                return [
                    "age": .number(age + years), "height": height, "job": .text(job),
                    "income": .text(isRich ? "high" : "low"),
                ]
            }
        }

        private func loaders() throws -> DataLoaders<TabularBlock, CategoryBlock> {
            let table = try Table(rows: people(900, seed: 1))
            return try TabularDataLoaders.fromTable(
                table, target: "income", categorical: ["job"], continuous: ["age", "height"],
                split: .indices(600..<900), LoaderOptions(batchSize: 64, seed: 1))
        }

        @Test("a network's file tells which column shifted, and new values of a category")
        func network() throws {
            try withTemporaryFolder { folder in
                let learner = try tabularLearner(
                    loaders(), .init(layers: [16]), TrainingOptions(precision: .float32, device: .cpu))
                learner.showsProgress = false
                try learner.fitOneCycle(2, learningRate: 1e-2)
                let file = folder.appending(path: "people.safetensors")
                try learner.export(to: file)
                let profile = try #require(try ModelFile(file).profile())
                #expect(
                    profile.quantities.map(\.name)
                        == ["job", "height_na", "age", "height", "class", "confidence", "distance"])
                let age = try #require(profile.quantities.first { $0.name == "age" })
                #expect(abs((age.mean ?? 0) - 40) < 2 && abs((age.deviation ?? 0) - 10) < 2)

                var predictor = try TabularClassifier(from: file)
                func report(_ rows: [TableCells]) throws -> DriftReport {
                    let monitor = try DriftMonitor(profile)
                    predictor.monitor = monitor
                    _ = try predictor.predict(rows)
                    return monitor.report
                }
                let same = try report(people(2000, seed: 2))
                #expect(!same.isDrifting, "\(same.sentence)")
                let older = try report(people(200, seed: 3, older: 15))
                #expect(older.quantities.contains { $0.name == "age" && $0.isDrifting })
                #expect(!older.quantities.contains { $0.name == "height" && $0.isDrifting })
                #expect(older.sentence.contains("\"age\" is 5") && older.sentence.contains("on average instead of "))
                let jobs = try report(people(200, seed: 4, jobs: ["cook", "pilot"]))
                let job = try #require(jobs.quantities.first { $0.name == "job" })
                #expect(job.isDrifting && job.change.contains("\"job\" is "))
            }
        }

        @Test("the file of trees has a profile, too")
        func trees() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "line.safetensors")
                try LinearModel().fit(to: loaders()).export(to: file)
                let profile = try #require(try ModelFile(file).profile())
                #expect(profile.itemCount == 300)
                #expect(profile.quantities.map(\.name).contains("age"))
                #expect(profile.quantities.last?.part == .distance)
            }
        }
    }
}
