// The expected results of transformers that Fixtures/make_transformer_fixtures.py wrote, and the weights they were made with.
import Foundation
import Testing
import Torch

@testable import ApusText

/// A transformer as Hugging Face's `transformers` computes it.
struct TransformerCase: Decodable, Sendable {
    /// A tensor as Tests/fixture_json.py writes it.
    struct Numbers: Decodable, Sendable {
        let dtype: String
        let shape: [Int]
        let data: [Double]
        var tensor: Tensor { Tensor(data, shape: shape) }
        var ids: Tensor { tensor.to(.int64) }
    }

    let `class`: String
    let config: JSONValue
    let weights: [String: [Int]]
    let ids: Numbers
    let types: Numbers?
    let hidden: [[Double]]
    let last: Numbers
    let logits: Numbers
    let loss: Double
    let gradients: [String: [Double]]
    let words: Numbers?
    let pooled: [String: Numbers]?

    static let all: [String: TransformerCase] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/transformers.json")
        do {
            let cases = try JSONDecoder().decode([String: TransformerCase].self, from: Data(contentsOf: file))
            guard cases.count == 11 else { fatalError("\(file.path) has \(cases.count) cases, 11 were expected.") }
            return cases
        } catch { fatalError("The fixture \(file.path) cannot be read: \(error)") }
    }()

    static func named(_ name: String) throws -> TransformerCase { try #require(all[name]) }

    /// The weights by the names of `transformers`, drawn as the script says: the same bits on every processor.
    func state() -> [String: Tensor] {
        let generator = Generator(seed: 7)
        var state: [String: Tensor] = [:]
        for (name, shape) in weights.sorted(by: { $0.key < $1.key }) {
            let spread = { (Tensor.rand(shape, generator: generator) - 0.5) * 12.0.squareRoot() }
            if name.hasSuffix("bias") {
                state[name] = spread() * 0.1
            } else {
                state[name] = shape.count == 1 ? Tensor.rand(shape, generator: generator) * 0.5 + 0.75 : spread() * 0.35
            }
        }
        return state
    }

    /// Writes a folder as `save_pretrained` does.
    func write(to folder: URL, _ state: [String: Tensor]? = nil) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(config).write(to: folder.appending(path: "config.json"))
        try Safetensors.save(state ?? self.state(), to: folder.appending(path: "model.safetensors"))
    }
}

/// Any value of JSON.
enum JSONValue: Codable, Sendable {
    case null, bool(Bool), number(Double), text(String), list([JSONValue]), object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

/// Calls `body` with a folder of a case, which is deleted afterwards.
func withTransformer<Result>(
    _ name: String, _ body: (TransformerCase, TransformerFolder) throws -> Result
) throws -> Result {
    let expected = try TransformerCase.named(name)
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try expected.write(to: folder)
    return try body(expected, try TransformerFolder(folder))
}

/// Norm, first and last element against three expected numbers; elements are measured by the typical size of all.
func expectThree(
    _ found: Tensor, _ expected: [Double], tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let flat = found.detached().to(.float64).flatten()
    let norm = flat.square().sum().sqrt().item()
    let typical = expected[0] / Double(flat.count).squareRoot()
    let differences = [
        (norm - expected[0]) / expected[0], (flat[0].item() - expected[1]) / typical,
        (flat[-1].item() - expected[2]) / typical,
    ]
    for (difference, part) in zip(differences, ["norm", "first", "last"]) {
        #expect(abs(difference) <= tolerance, "\(part) of \(what)", sourceLocation: sourceLocation)
    }
}
