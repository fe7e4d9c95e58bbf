// Distances between sets of features against NumPy and SciPy, as functions and as metrics; refusals.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Feature distances") struct FeatureDistanceTests {
        @Test("Fréchet and kernel distance are SciPy's and NumPy's, also of fewer examples than features")
        func values() throws {
            let cases = try Fixture.cases("distances.json")
            #expect(cases.count == 2)
            for (name, value) in cases {
                let (a, b) = (try Fixture.tensor(value["a"]), try Fixture.tensor(value["b"]))
                let expected = try Fixture.numbers([value["frechet"], value["kernel"]])
                // sqrtm of a singular product is good to about the root of the rounding.
                expectClose([try frechetDistance(a, b), try kernelDistance(a, b)], expected, name, tolerance: 1e-5)
                #expect(try frechetDistance(a, a) < 1e-5)
            }
        }

        @Test("as a metric, the features of all batches together are measured")
        func metric() throws {
            let value = try #require(try Fixture.cases("distances.json")["sets"])
            let (a, b) = (try Fixture.tensor(value["a"])[..<30], try Fixture.tensor(value["b"]))
            // Feature maps of one value everywhere: their mean is the feature.
            func maps(_ features: Tensor) -> Tensor { features.unsqueeze(2).unsqueeze(3) * Tensor.ones(1, 1, 2, 3) }
            for (metric, expected) in [
                (Metric.frechetDistance(by: Identity()), try frechetDistance(a, b)),
                (Metric.kernelDistance(by: Identity()), try kernelDistance(a, b)),
            ] {
                let accumulator = metric.makeAccumulator()
                for rows in [0..<12, 12..<20, 20..<30] {
                    accumulator.update(output: maps(a[rows]), targets: [maps(b[rows])])
                }
                expectClose([accumulator.compute()], [expected], metric.name, tolerance: 1e-6)
            }
        }

        @Test("sets that cannot be compared are refused")
        func refusals() {
            let good = Tensor.randn(5, 3)
            let shapes = message(of: TrainingError.self) { _ = try frechetDistance(good, .randn(5, 4)) }
            #expect(shapes.contains("[5, 3] and [5, 4] cannot be compared"))
            let few = message(of: TrainingError.self) { _ = try kernelDistance(good, .randn(1, 3)) }
            #expect(few.contains("at least 2 examples"))
            let bad = message(of: TrainingError.self) { _ = try frechetDistance(good, good * Double.nan) }
            #expect(bad.contains("infinite or NaN"))
        }
    }
}
