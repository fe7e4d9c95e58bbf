// The report of a classifier against scikit-learn's.
import Testing

@testable import ApusCore

extension CoreTests {
    @Suite("Classification report") struct ClassificationReportTests {
        @Test(
            "numbers and table are scikit-learn's",
            arguments: ["random, one class absent", "two classes", "one class only", "never right"])
        func parity(_ name: String) throws {
            let expected = try #require(try Fixture.cases("reports.json")[name])
            let report = try ClassificationReport(
                actual: try #require(expected["actual"] as? [Int]),
                predicted: try #require(expected["predicted"] as? [Int]),
                vocabulary: try #require(expected["vocabulary"] as? [String]))
            func numbers(_ row: ClassificationReport.Row) -> [Double] {
                [row.precision, row.recall, row.f1Score, Double(row.support)]
            }
            let rows = try #require(expected["rows"] as? [Any])
            #expect(report.rows.count == rows.count)
            for (row, expected) in zip(report.rows, rows) {
                expectClose(numbers(row), try Fixture.numbers(expected), row.name, tolerance: 1e-12)
            }
            expectClose(numbers(report.macroAverage), try Fixture.numbers(expected["macro"]), "macro")
            expectClose(numbers(report.weightedAverage), try Fixture.numbers(expected["weighted"]), "weighted")
            expectClose([report.accuracy], [try #require(expected["accuracy"] as? Double)], "accuracy")
            #expect(report.description + "\n" == expected["text"] as? String)
        }

        @Test("what is no class or has no pair is refused with a sentence")
        func refusals() throws {
            func said(_ actual: [Int], _ predicted: [Int]) -> String {
                message(of: TrainingError.self) {
                    _ = try ClassificationReport(actual: actual, predicted: predicted, vocabulary: ["a", "b"])
                }
            }
            #expect(said([0, 1], [0]).contains("2 actual classes and 1 predicted"))
            #expect(said([0, 1], [0, 2]).contains("Class 2") && said([-1], [0]).contains("from 0 to 1"))
            let empty = try ClassificationReport(actual: [], predicted: [], vocabulary: ["a", "b"])
            #expect(empty.accuracy.isNaN && empty.macroAverage.f1Score == 0 && empty.rows.count == 2)
        }
    }
}
