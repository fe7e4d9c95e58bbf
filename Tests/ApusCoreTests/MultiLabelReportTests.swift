// The report of a model of several labels against scikit-learn's.
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Report of several labels") struct MultiLabelReportTests {
        @Test(
            "scores, averages and best F1 are scikit-learn's",
            arguments: ["random", "a label that is absent", "equal probabilities", "nothing predicted"])
        func parity(_ name: String) throws {
            let expected = try #require(try Fixture.cases("multilabel.json")[name])
            let rows = try #require(expected["probabilities"] as? [Any]).map { try Fixture.numbers($0) }
            let targets = try #require(expected["targets"] as? [Any]).map { try Fixture.numbers($0) }
            let shape = [rows.count, rows[0].count]
            let probabilities = Tensor(rows.flatMap { $0 }.map(Float.init), shape: shape)
            let report = try MultiLabelReport(
                probabilities: probabilities, targets: Tensor(targets.flatMap { $0 }.map(Float.init), shape: shape),
                vocabulary: try #require(expected["vocabulary"] as? [String]),
                threshold: try #require(expected["threshold"] as? Double))
            let expectedRows = try #require(expected["rows"] as? [Any])
            #expect(report.rows.count == expectedRows.count)
            for (row, expected) in zip(report.rows, expectedRows) {
                let numbers = [row.precision, row.recall, row.f1Score, Double(row.support)]
                expectClose(numbers, try Fixture.numbers(expected), row.name, tolerance: 1e-12)
            }
            let averages = try #require(expected["averages"] as? [Any])
            let micro = report.microAverage
            let found =
                [[micro.precision, micro.recall, micro.f1Score, Double(micro.support)]]
                + [report.macroAverage, report.weightedAverage, report.samplesAverage].map {
                    [$0.precision, $0.recall, $0.f1Score, Double($0.support)]
                }
            for (found, expected) in zip(found, averages) {
                expectClose(found, try Fixture.numbers(expected), "average", tolerance: 1e-12)
            }
            expectClose(report.rows.map(\.bestF1Score), try Fixture.numbers(expected["best"]), "best", tolerance: 1e-12)
            expectClose(
                [report.microAverage.bestF1Score], [try #require(expected["best_of_all"] as? Double)], "best of all",
                tolerance: 1e-12)
            // The thresholds do give these scores.
            for (label, row) in report.rows.enumerated() {
                guard let threshold = row.bestThreshold else {
                    #expect(row.support == 0)
                    continue
                }
                let said = rows.map { $0[label] > threshold }
                let right = zip(said, targets).count { $0 && $1[label] > 0 }
                let f1Score = 2 * Double(right) / Double(said.count { $0 } + row.support)
                #expect(abs(f1Score - row.bestF1Score) < 1e-12, "\(row.name)")
            }
        }

        @Test("what are no probabilities of the labels is refused with a sentence")
        func refusals() {
            func said(_ probabilities: Tensor, _ targets: Tensor) -> String {
                message(of: TrainingError.self) {
                    _ = try MultiLabelReport(probabilities: probabilities, targets: targets, vocabulary: ["a", "b"])
                }
            }
            #expect(said(.zeros(3, 3), .zeros(3, 3)).contains("2 labels"))
            #expect(said(.zeros(3, 2), .zeros(2, 2)).contains("[3, 2]"))
            #expect(said(.zeros(0, 2), .zeros(0, 2)).contains("[0, 2]"))
            #expect(said(Tensor.zeros(1, 2) / 0, .zeros(1, 2)).contains("not all numbers"))
        }
    }
}
