// Labels that are likely wrong, as cleanlab finds them, and items that are nearly the same, by numbers done by hand.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite struct CleaningFindingTests {
        @Test("thresholds, confident joint and suspected labels are cleanlab's", arguments: ["few", "many", "vague"])
        func confidentLearning(name: String) throws {
            let found = try #require(Fixture.cases("cleaning.json")[name])
            let rows = try #require(found["probabilities"] as? [[NSNumber]])
            let labels = try #require(found["labels"] as? [NSNumber]).map(\.intValue)
            let probabilities = Tensor(
                rows.flatMap { $0.map(\.doubleValue) }, shape: [rows.count, rows[0].count], dtype: .float64)
            let learning = try ConfidentLearning(probabilities: probabilities, labels: labels)
            expectClose(
                learning.thresholds.compactMap { $0 }, try Fixture.numbers(found["thresholds"]), name, tolerance: 1e-12)
            let joint = try #require(found["joint"] as? [[NSNumber]]).map { $0.map(\.intValue) }
            #expect(learning.confidentJoint == joint)
            #expect(learning.suspects.map(\.place) == (found["issues"] as? [NSNumber])?.map(\.intValue))
        }

        @Test(
            "the margin is the label's probability less the best other one, and classes without items have no threshold"
        )
        func margins() throws {
            // Thresholds: of class 0 (0.8 + 0.2 + 0.8) / 3 = 0.6, of class 1 0.7; class 2 has no items.
            let probabilities = Tensor(
                [0.8, 0.1, 0.1, 0.2, 0.75, 0.05, 0.8, 0.2, 0.0, 0.3, 0.7, 0.0], shape: [4, 3], dtype: .float64)
            let learning = try ConfidentLearning(probabilities: probabilities, labels: [0, 0, 0, 1])
            expectClose(learning.thresholds.compactMap { $0 }, [0.6, 0.7], "thresholds", tolerance: 1e-12)
            #expect(learning.thresholds[2] == nil)
            #expect(learning.confidentJoint == [[2, 1, 0], [0, 1, 0], [0, 0, 0]])
            #expect(learning.suspects.map(\.place) == [1] && learning.suspects[0].suggested == 1)
            #expect(abs(learning.suspects[0].margin + 0.55) < 1e-12)
        }

        @Test("labels and probabilities that do not go together are refused")
        func refusals() {
            let probabilities = Tensor([0.5, 0.5, 0.5, 0.5], shape: [2, 2])
            #expect(throws: TrainingError.self) { try ConfidentLearning(probabilities: probabilities, labels: [0]) }
            #expect(throws: TrainingError.self) { try ConfidentLearning(probabilities: probabilities, labels: [0, 2]) }
            #expect(throws: TrainingError.self) {
                try ConfidentLearning(probabilities: probabilities * Double.nan, labels: [0, 1])
            }
        }

        @Test("vectors of about one direction are groups, chains included, whatever their length")
        func duplicates() throws {
            // Angles 0, 2, 4, 90 and 180 degrees: the cosine of 2 degrees is 0.99939, of 4 degrees 0.99756.
            var numbers: [Double] = []
            for (place, degrees) in [0.0, 2, 4, 90, 180, 90].enumerated() {
                let (angle, length) = (degrees * Double.pi / 180, Double(place + 1))
                numbers += [length * cos(angle), length * sin(angle)]
            }
            let vectors = Tensor(numbers, shape: [6, 2])
            let groups = try nearDuplicates(of: vectors, threshold: 0.999, isCentered: false)
            #expect(groups.map(\.items) == [[3, 5], [0, 1, 2]])
            #expect(abs(groups[0].similarity - 1) < 1e-5 && abs(groups[1].similarity - 0.99939) < 1e-5)
            #expect(try nearDuplicates(of: vectors, threshold: 0.9999, isCentered: false).map(\.items) == [[3, 5]])
            // Without what all have in common: (2, 1) and (2, -1) are opposite, (2.2, 1.1) is no longer like (2, 1).
            let shifted = Tensor([2.0, 1, 2, -1, 2, 1, 2, -1], shape: [4, 2])
            #expect(try nearDuplicates(of: shifted).map(\.items) == [[0, 2], [1, 3]])
        }

        @Test("more vectors than one block are compared with all others")
        func duplicatesAcrossBlocks() throws {
            manualSeed(5)
            let vectors = Tensor.randn([700, 16])
            let copies = vectors.indexSelect(dim: 0, Tensor([3, 650]))
            let groups = try nearDuplicates(of: Tensor.cat([vectors, copies]), threshold: 0.999)
            #expect(Set(groups.map(\.items)) == [[3, 700], [650, 701]])
        }

        @Test("one vector, none, and thresholds that are no similarity")
        func fewVectors() throws {
            #expect(try nearDuplicates(of: Tensor.ones([1, 3])).isEmpty)
            #expect(try nearDuplicates(of: Tensor.zeros([0, 3])).isEmpty)
            #expect(throws: TrainingError.self) { try nearDuplicates(of: Tensor.ones([2, 3]), threshold: 0) }
            #expect(throws: TrainingError.self) { try nearDuplicates(of: Tensor.ones([6])) }
        }
    }
}
