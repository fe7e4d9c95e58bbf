// Projections, nearest rows and logistic regression against scikit-learn and SciPy, on pictures of digits.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Projections") struct ProjectionTests {
        private let cases: [String: [String: Any]]
        /// 600 pictures of 8 x 8 levels, `[600, 64]`.
        private let digits: Tensor
        private let labels: [Int]

        init() throws {
            cases = try Fixture.cases("projections.json")
            let pixels = try #require(cases["digits"]?["pixels"] as? String)
            digits = Tensor(pixels.utf8.map { Float($0) - Float(UInt8(ascii: "a")) }, shape: [600, 64])
            labels = try #require(cases["digits"]?["labels"] as? String).compactMap(\.wholeNumberValue)
        }

        private func double(_ value: Any?) throws -> Tensor {
            let object = try #require(value as? [String: Any])
            return Tensor(
                try Fixture.numbers(object["data"]), shape: try #require(object["shape"] as? [Int]), dtype: .float64)
        }

        @Test("the nearest rows are scikit-learn's")
        func neighbors() throws {
            let (distances, places) = try withTorchErrors { digits.nearestRows(5) }
            let expected = try #require(cases["neighbors"])
            expectClose(
                distances.narrow(dim: 0, start: 0, length: 20), try Fixture.tensor(expected["distances"]), "distances",
                tolerance: 1e-4)
            let found = places.narrow(dim: 0, start: 0, length: 20).array(of: Int.self)
            #expect(found == (try Fixture.tensor(expected["places"])).array(of: Int.self))
        }

        @Test("the nearest rows of more than a block are those of all, and a row is not its own")
        func manyNeighbors() throws {
            let rows = Tensor((0..<2100).map { Float(($0 * 811) % 2100) }, shape: [2100, 1])
            let (distances, places) = try withTorchErrors { rows.nearestRows(2) }
            let values = rows.array(of: Float.self)
            for row in [0, 1023, 1024, 2099] {
                #expect(places[row].array(of: Int.self).allSatisfy { $0 != row && abs(values[$0] - values[row]) <= 2 })
                #expect(distances[row].array(of: Double.self)[0] == 1)
            }
            #expect(throws: TorchError.self) { try withTorchErrors { rows.nearestRows(2100) } }
        }

        @Test("principal components of many rows are scikit-learn's")
        func components() throws {
            let found = digits.to(.float64).principalComponents(2).narrow(dim: 0, start: 0, length: 20)
            expectClose(found, try double(cases["components"]?["places"]), "places", tolerance: 1e-9)
        }

        @Test("trustworthiness is scikit-learn's", arguments: [5, 15])
        func trust(neighbors: Int) throws {
            let expected = try #require(cases["trust"]?["principal"] as? [String: Double])["\(neighbors)"]
            let found = try trustworthiness(
                of: digits.to(.float64).principalComponents(2), in: digits, neighbors: neighbors)
            // Pixels are whole numbers, so that many distances are equal and have no order of their own; a place in the order
            // more or less counts 2 / (600 * 5 * 1184) = 6e-7.
            #expect(abs(found - (expected ?? 0)) < 5e-5)
        }

        @Test("the neighbor embedding keeps neighborhoods nearly as scikit-learn's t-SNE does, and a seed repeats it")
        func embedding() throws {
            var parts: [Double] = []
            let places = try NeighborEmbedding().places(of: digits) { parts.append($0) }
            #expect(places.shape == [600, 2] && parts.count == 300 && parts.last == 1)
            let tsne = try #require(cases["trust"]?["tsne"] as? [String: Double])
            for neighbors in [5, 15] {
                let found = try trustworthiness(of: places, in: digits, neighbors: neighbors)
                #expect(found > (tsne["\(neighbors)"] ?? 1) - 0.015, "\(neighbors) neighbors: \(found)")
            }
            let short = NeighborEmbedding(steps: 20, seed: 3)
            #expect(try short.places(of: digits).equal(short.places(of: digits)))
            #expect(try !short.places(of: digits).equal(NeighborEmbedding(steps: 20, seed: 4).places(of: digits)))
        }

        @Test("few, equal and single rows have places, rows without numbers an error", arguments: [1, 2, 3, 20])
        func fewRows(count: Int) throws {
            for rows in [Tensor.ones([count, 4]), digits.narrow(dim: 0, start: 0, length: count)] {
                let places = try NeighborEmbedding(steps: 30).places(of: rows)
                #expect(places.shape == [count, 2] && places.isFinite().all().item() == 1)
            }
            let spoiled = Tensor.full([count, 4], Double.nan)
            #expect(message(of: DataError.self) { _ = try NeighborEmbedding().places(of: spoiled) }.contains("finite"))
        }

        @Test("labels lie apart along SciPy's directions")
        func separating() throws {
            let chosen = labels.map { [0, 1, 4, 7].contains($0) ? "\($0)" : nil }
            let projection = try SeparatingProjection(digits, labels: chosen, shrinkage: 0.1)
            let found = try projection.places(of: digits.narrow(dim: 0, start: 0, length: 20))
            expectClose(found, try Fixture.tensor(cases["separating"]?["places"]), "places", tolerance: 1e-4)
        }

        @Test("two labels give two directions; fewer are refused")
        func twoLabels() throws {
            let two = labels.map { $0 < 2 ? "\($0)" : nil }
            let places = try SeparatingProjection(digits, labels: two).places(of: digits)
            #expect(places.shape == [600, 2] && places.isFinite().all().item() == 1)
            let first = places.select(dim: 1, index: 0).array(of: Double.self)
            let (zeros, ones) = (labels.indices.filter { labels[$0] == 0 }, labels.indices.filter { labels[$0] == 1 })
            let gap =
                (zeros.map { first[$0] }.min() ?? 0) > (ones.map { first[$0] }.max() ?? 0)
                || (zeros.map { first[$0] }.max() ?? 0) < (ones.map { first[$0] }.min() ?? 0)
            #expect(gap)
            #expect(places.select(dim: 1, index: 1).std(correction: 0).item() > 0)
            let one = message(of: DataError.self) {
                _ = try SeparatingProjection(digits, labels: labels.map { $0 == 1 ? "a" : nil })
            }
            #expect(one.contains("1 were given"))
        }

        @Test("logistic regression gives scikit-learn's probabilities", arguments: ["two", "ten"])
        func logistic(name: String) throws {
            let expected = try #require(cases["logistic \(name)"])
            let classes = try #require(expected["classes"] as? Int)
            let l2 = try #require(expected["l2"] as? Double)
            let known = (0..<400).filter { labels[$0] < classes }
            let rows = digits.to(.float64) / 16
            let fitted = try LogisticRegression(l2: l2).fit(
                rows.indexSelect(dim: 0, Tensor(known)), classes: known.map { labels[$0] }, count: classes)
            let found = try fitted.probabilities(of: rows.narrow(dim: 0, start: 400, length: 20))
            expectClose(found, try double(expected["probabilities"]), name, tolerance: 1e-5)
        }

        @Test("a logistic regression refuses what it cannot learn")
        func refused() {
            let rows = Tensor.ones([3, 2])
            #expect(throws: DataError.self) { try LogisticRegression().fit(rows, classes: [0, 1], count: 2) }
            #expect(throws: DataError.self) { try LogisticRegression().fit(rows, classes: [0, 1, 2], count: 2) }
            #expect(throws: DataError.self) { try LogisticRegression().fit(rows, classes: [0, 0, 0], count: 1) }
            #expect(throws: TrainingError.self) {
                try LogisticRegression(l2: -1).fit(rows, classes: [0, 1, 1], count: 2)
            }
        }
    }
}
