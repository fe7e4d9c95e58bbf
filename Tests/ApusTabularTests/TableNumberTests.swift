// Numbers that a network cannot or should not learn from: constant, missing, infinite.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Odd numbers in tables") struct NumberTests {
        private func block(_ x: [Double?], others: [Double?] = [], processes: [TableProcess] = .standard) throws
            -> TabularBlock
        {
            let all = x + others
            return try TabularDataLoaders.fromTable(
                Table([("x", Column(all)), ("y", Column(all.indices.map { $0 % 2 == 0 ? "a" : "b" }))]), target: "y",
                continuous: ["x"], processes: processes, split: .indices(x.count..<all.count)
            ).pipeline.input
        }

        @Test("a column that is the same in all training rows has no say, whatever a new row has")
        func constant() throws {
            // 0.1 + 0.2 and 0.3 differ in the last digit; a million times 0.1 has a sum that is off by more.
            let rows: [[Double]] = [
                [20.5, 20.5, 20.5], [0.1 + 0.2, 0.3, 0.3], Array(repeating: 0.1, count: 1_000_000),
                [-7e150 / 1e3, -7e147],
            ]
            for (place, x) in rows.enumerated() {
                for processes in [[TableProcess].standard, [.categorify(), .fillMissing()]] {
                    let block = try block(x, processes: processes)
                    #expect(block.numbers[0].isConstant, "\(place)")
                    let table = try Table([("x", Column([x[0], x[0] + 0.1, nil, -1e9]))])
                    #expect(try block.tensors(of: table).numbers.array(of: Double.self) == [0, 0, 0, 0], "\(place)")
                    #expect(try block.tensors(of: [["x": .number(x[0] * 2)]])[1].item() == 0)
                    let shown = try block.value(of: [Tensor([] as [Int]), Tensor([0.0])])["x"]?.number ?? .nan
                    #expect(abs(shown / x[0] - 1) < 1e-12)
                }
            }
            // Numbers that differ keep their say, however close they lie.
            #expect(try !block([1e9, 1e9 + 1e-3]).numbers[0].isConstant)
            let ids = try TabularDataLoaders.fromTable(
                Table([("x", Column([1_000_000_000_000_000, 1_000_000_000_000_001])), ("y", Column(["a", "b"]))]),
                target: "y", continuous: ["x"], split: .none)
            #expect(!ids.pipeline.input.numbers[0].isConstant)
        }

        @Test("a number that no training row lacked is filled with their median, counted, or refused")
        func filling() throws {
            let table = try Table([
                ("x", Column([1.0, 2, 10, 4])), ("z", Column([1.0, nil, 3, 8])), ("k", Column(["p", "q", "p", "q"])),
                ("y", Column(["a", "b", "a", "b"])),
            ])
            let learner = try tabularLearner(
                TabularDataLoaders.fromTable(
                    table, target: "y", categorical: ["k"], continuous: ["x", "z"], split: .none,
                    LoaderOptions(batchSize: 4, seed: 1)), .init(layers: [4]), TrainingOptions(device: .cpu))
            learner.showsProgress = false
            let block = learner.pipeline.input
            // The medians of 1, 2, 4, 10 and of 1, 3, 8. Only z gets a column that tells where it was missing.
            #expect(block.numbers[0].fill == nil && block.numbers[0].fallback == 3 && block.numbers[1].fill == 3)
            #expect(block.categories.map(\.name) == ["k", "z_na"])
            let new = try Table([
                ("x", Column([nil, .nan, 5])), ("z", Column([nil, 2.0, 2])), ("k", Column(["p", "r", nil])),
            ])
            let filled = try new.setting("x", to: Column([3.0, 3, 5]))
            func probabilities(_ table: Table) throws -> [[Float]] { try learner.predict(table).map(\.probabilities) }
            #expect(try probabilities(new) == probabilities(filled))
            #expect(
                try learner.predict(["x": nil, "z": 2, "k": "p"]).probabilities
                    == learner.predict(["x": 3, "z": 2, "k": "p"]).probabilities)
            let found = try block.unfamiliarValues(in: new)
            #expect(
                found.sentences == [
                    "x is missing in 2 rows, and was in no training row; 3.0 takes its place.",
                    "z is missing in 1 row, as it was in training rows; 3.0 takes its place.",
                    "k is missing in 1 row, and was in no training row; the mean of what was learned of the known values takes its "
                        + "place.",
                    "\"r\" of k was in no training row; the mean of what was learned of the known ones takes its place.",
                ])
            var twice = found
            twice.add(found)
            #expect(twice.missing.map(\.rows) == [4, 2, 2] && twice.unseen.map(\.rows) == [2])
            #expect(twice.sentences[3].hasPrefix("k has values in 2 rows that no training row had, such as \"r\""))
            #expect(try block.unfamiliarValues(in: table).sentences == [found.sentences[1]])
            for body in [
                { _ = try learner.predict(new, ifMissing: .refuse) },
                { _ = try learner.addingPredictions(to: new, ifMissing: .refuse) },
            ] {
                #expect(dataError(body).contains("\"x\" is missing in 2 rows, and no training row lacked it"))
            }
            #expect(throws: Never.self) { try learner.predict(table, ifMissing: .refuse) }
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "m.safetensors")
                try learner.export(to: file)
                let loaded = try TabularClassifier(from: file, device: .cpu)
                #expect(loaded.pipeline.input.numbers == block.numbers)
                #expect(try loaded.predict(new).map(\.probabilities) == probabilities(new))
            }
        }

        @Test("an infinite number, or one whose square is, is found before training, with its column and row")
        func infinite() throws {
            let found = dataError { _ = try block([1, 2, .infinity, 4, -.infinity]) }
            #expect(found.contains("\"x\" is infinite in row 2") && found.contains("--missing inf"), "\(found)")
            #expect(dataError { _ = try block([1, 2, -1e308, 4, 5]) }.contains("-1e+308 in row 2"))
            #expect(dataError { _ = try block([1, nil, 2, .infinity]) }.contains("infinite in row 3"))
            // A validation row, and a row that is predicted.
            #expect(dataError { _ = try block([1, 2, 3], others: [4, .infinity]) }.contains("infinite in row 4"))
            let fitted = try block([1, 2, 3])
            let rows = try Table([("x", Column([1.0, .infinity]))])
            #expect(dataError { _ = try fitted.tensors(of: rows) }.contains("infinite in row 1"))
            #expect(dataError { _ = try fitted.tensors(of: [["x": .number(.infinity)]]) }.contains("infinite in row 0"))
            // Large numbers whose squares are finite are numbers like others.
            let large = try block([1e140, 2e140, 3e140])
            let numbers = try large.tensors(of: Table([("x", Column([1e140, 2e140, 3e140]))])).numbers
            expectClose(numbers.flatten(), Tensor([-1.5.squareRoot(), 0, 1.5.squareRoot()]), "large")
            // Without normalization, what float32 does not hold.
            #expect(dataError { _ = try block([1e39, 2], processes: [.categorify()]) }.contains("1e+39 in row 0"))
            let constant = try block([2, 2])
            #expect(
                dataError { _ = try constant.tensors(of: Table([("x", Column([2, .infinity]))])) }.contains("row 1"))
        }
    }
}
