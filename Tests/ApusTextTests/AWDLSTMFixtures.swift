// What the tests of AWD-LSTM share: fixtures of fastai's, and models with their weights.
import ApusText
import Foundation
import Testing

enum AWDLSTMFixture {
    static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    }

    static func awdCase(_ name: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file("awdlstm.json")))
        return try #require((object as? [String: [String: Any]])?[name], "there is no case \(name)")
    }

    /// A tensor of the form that Tests/fixture_json.py describes.
    static func tensor(_ value: Any?) throws -> Tensor {
        let object = try #require(value as? [String: Any])
        let numbers = try #require(object["data"] as? [NSNumber]).map(\.doubleValue)
        let shape = try #require(object["shape"] as? [Int])
        let tensor = Tensor(numbers, shape: shape)
        return object["dtype"] as? String == "int64" ? tensor.to(.int64) : tensor.to(.float32)
    }

    static func list(_ value: Any?) throws -> [Tensor] { try #require(value as? [Any]).map { try tensor($0) } }

    static func tensors(_ value: Any?) throws -> [String: Tensor] {
        try #require(value as? [String: Any]).mapValues { try tensor($0) }
    }

    /// The sizes of the fixtures' models: 20 tokens, vectors of 4, 6 hidden numbers, no dropout.
    static func options(_ layers: Int = 2) -> AWDLSTMOptions {
        AWDLSTMOptions(embeddingSize: 4, hiddenSize: 6, layers: layers, dropout: .none)
    }

    static func expectClose(_ found: Tensor, _ expected: Tensor, _ place: String, tolerance: Double = 1e-5) {
        #expect(found.shape == expected.shape, "\(place)")
        guard found.shape == expected.shape else { return }
        let difference = (found.detached().to(.float64) - expected.to(.float64)).abs().max().item()
        #expect(difference <= tolerance, "\(place) differs by \(difference)")
    }

    /// Compares the gradients of all parameters with those of fastai; one that fastai has not is zero or absent.
    static func expectGradients(_ model: Module, _ expected: [String: Tensor]) throws {
        let found = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.tensor) })
        #expect(Set(found.keys) == Set(expected.keys))
        for (name, gradient) in expected {
            expectClose(try #require(found[name]?.grad, "\(name) has no gradient"), gradient, "the gradient of \(name)")
        }
    }

    /// The loss with fastai's regularizers, alpha 2 and beta 1.
    static func regularized(_ loss: Tensor, _ outputs: [Tensor]) -> Tensor {
        let (raw, dropped) = (outputs[1], outputs[2])
        let length = raw.size(1)
        let change = raw.narrow(dim: 1, start: 1, length: length - 1) - raw.narrow(dim: 1, start: 0, length: length - 1)
        return loss + dropped.square().mean() * 2 + change.square().mean()
    }

    static func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}
