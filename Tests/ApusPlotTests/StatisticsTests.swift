// Histograms and box plots against numpy's and matplotlib's numbers (Fixtures/make_statistics.py).

import Foundation
import Testing

@testable import ApusPlot

@Suite("Statistics")
struct StatisticsTests {
    struct Case: Decodable, CustomTestStringConvertible {
        struct Bins: Decodable {
            var bins: Int?
            var counts: [Int]
            var edges: [Double]
        }

        var name: String
        var values: [Double]
        var histograms: [Bins]
        var q1: Double
        var median: Double
        var q3: Double
        var lowerWhisker: Double
        var upperWhisker: Double
        var outliers: [Double]

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/statistics.json")
        do {
            return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        } catch { fatalError("The fixture \(file.path) cannot be read: \(error)") }
    }()

    @Test("the fixture is there")
    func fixture() {
        #expect(StatisticsTests.cases.map(\.name) == ["normal", "skewed", "ties", "two", "constant"])
    }

    @Test("histograms have numpy's edges and counts", arguments: cases)
    func histograms(sample: Case) {
        for expected in sample.histograms {
            let edges = Histogram.edges(for: sample.values, bins: expected.bins)
            #expect(edges.count == expected.edges.count, "bins \(expected.bins ?? 0)")
            #expect(zip(edges, expected.edges).allSatisfy { abs($0 - $1) < 1e-9 })
            #expect(Histogram(sample.values, edges: edges).counts == expected.counts)
        }
    }

    @Test("boxes have matplotlib's quartiles, whiskers and outliers", arguments: cases)
    func boxes(sample: Case) throws {
        let box = try #require(BoxSummary(sample.values.shuffled()))
        let numbers = [box.lowerQuartile, box.median, box.upperQuartile, box.lowerWhisker, box.upperWhisker]
        let expected = [sample.q1, sample.median, sample.q3, sample.lowerWhisker, sample.upperWhisker]
        #expect(zip(numbers, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(numbers) is not \(expected)")
        #expect(box.outliers == sample.outliers)
    }

    @Test("values that are NaN or infinite count nowhere")
    func notFinite() {
        let values = [1, 2, Double.nan, .infinity, 3]
        #expect(Histogram(values, edges: Histogram.edges(for: values, bins: 2)).counts == [1, 2])
        #expect(BoxSummary(values)?.median == 2)
        #expect(BoxSummary([.nan]) == nil)
        #expect(Histogram.edges(for: [], bins: nil).isEmpty)
    }
}
