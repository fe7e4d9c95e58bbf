// Reads the fixtures of layers and initializers, and compares tensors with them.
import Foundation
import Testing
import Torch

/// A tensor as Tests/fixture_json.py writes it.
struct FixtureTensor: Decodable, Sendable {
    enum Element: Decodable, Sendable {
        case number(Double)
        case bool(Bool)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var value: Double {
            switch self {
            case .number(let value): value
            case .bool(let value): value ? 1 : 0
            case .text("inf"): .infinity
            case .text("-inf"): -.infinity
            case .text: .nan
            }
        }
    }

    let dtype: String
    let shape: [Int]
    let data: [Element]

    var tensor: Tensor {
        guard let type = DType.allCases.first(where: { "\($0)" == dtype }) else {
            fatalError("The fixture has the unknown dtype \(dtype).")
        }
        return Tensor(data.map(\.value), shape: shape, dtype: .float64).to(type)
    }
}

/// One tensor, or a list of them.
struct FixtureOutputs: Decodable, Sendable {
    let tensors: [FixtureTensor]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(FixtureTensor.self) {
            tensors = [one]
        } else {
            tensors = try container.decode([FixtureTensor].self)
        }
    }
}

struct LayerFixture: Decodable, Sendable {
    struct Evaluation: Decodable, Sendable { let output: FixtureOutputs }
    struct Pass: Decodable, Sendable {
        let output: FixtureOutputs
        let inputGradients: [FixtureTensor]
        let gradients: [String: FixtureTensor?]
        let stateAfter: [String: FixtureTensor]?

        enum CodingKeys: String, CodingKey {
            case output, gradients
            case inputGradients = "input_gradients"
            case stateAfter = "state_after"
        }
    }
    let initial: [String: FixtureTensor]
    let state: [String: FixtureTensor]?
    let inputs: [FixtureTensor]
    let train: Pass
    let eval: Evaluation?
}

/// Expects two tensors to agree to a part of the larger one's norm, and their shapes to be the same.
func expectClose(
    _ found: Tensor, _ expected: Tensor, tolerance: Double = 1e-5, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
    guard found.shape == expected.shape else { return }
    let difference = (found.to(.float64) - expected.to(.float64)).abs().max().item()
    let size = max(expected.to(.float64).abs().max().item(), 1e-3)
    #expect(
        difference <= tolerance * size,
        "\(what): \(found.array(of: Float.self).prefix(8)) for \(expected.array(of: Float.self).prefix(8))",
        sourceLocation: sourceLocation)
}
