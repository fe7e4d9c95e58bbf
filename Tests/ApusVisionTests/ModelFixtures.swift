// What the tests of architectures share: their fixtures, and numbers that are the same on every processor.
import Foundation
import Testing
import Torch

/// A tensor as Tests/fixture_json.py writes it.
struct Numbers: Decodable, Sendable {
    let shape: [Int]
    let data: [Double]
    var tensor: Tensor { Tensor(data, shape: shape) }
}

/// The cases of a fixture. Another number of them stops all tests: a test that is given no cases would pass.
func modelCases<Value: Decodable>(_ name: String, count: Int) -> [String: Value] {
    let cases: [String: Value] = decodeFixture(name)
    guard cases.count == count else {
        fatalError("The fixture \(name) has \(cases.count) cases, \(count) were expected.")
    }
    return cases
}

/// Numbers of mean 0 and variance 1 from the global generator, the same bits on every processor, as `spread` of
/// Tests/fixture_json.py draws them: the last digits of `randn` depend on the processor's instructions.
func spread(_ shape: [Int]) -> Tensor { (Tensor.rand(shape) - 0.5) * 12.0.squareRoot() }

func relativeDifference(_ found: Tensor, _ expected: Tensor) -> Double {
    let (found, expected) = (found.detached().to(.float64), expected.to(.float64))
    return ((found - expected).square().sum().sqrt() / expected.square().sum().sqrt()).item()
}

/// Norm, first and last element against three expected numbers; elements, which may be near zero, are measured by the
/// typical size of all.
func expectClose(
    _ found: Tensor, _ expected: [Double], tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(expected.count == 3, "\(what)", sourceLocation: sourceLocation)
    guard expected.count == 3 else { return }
    let flat = found.detached().to(.float64).flatten()
    let norm = flat.square().sum().sqrt().item()
    #expect(
        abs(norm - expected[0]) <= tolerance * expected[0], "norm of \(what): \(norm) for \(expected[0])",
        sourceLocation: sourceLocation)
    let typical = expected[0] / Double(flat.count).squareRoot()
    for (index, expected) in zip([0, -1], expected.dropFirst()) {
        let element = flat.select(dim: 0, index: index).item()
        #expect(
            abs(element - expected) <= 10 * tolerance * max(typical, abs(expected)),
            "\(what)[\(index)]: \(element) for \(expected)", sourceLocation: sourceLocation)
    }
}

/// What gradients that were computed in float64 on both sides allow: the seven digits of the float32 weights they come from.
let storedDigits = 1e-6
