// The initializers against PyTorch's numbers for one seed.
import Testing

@testable import Torch

private struct InitFixture: Decodable, Sendable {
    let call: String
    let shape: [Int]
    let output: FixtureTensor
}

private let fixtures: [String: InitFixture] = cases(of: "initialisers.json", count: 19)

@Suite("Initializers", .serialized)
struct NNInitTests {
    @Test("an initializer draws PyTorch's numbers", arguments: fixtures.keys.sorted())
    func initializer(name: String) throws {
        let fixture = try #require(fixtures[name])
        let weight = Tensor.zeros(fixture.shape)
        manualSeed(42)
        switch fixture.call {
        case "kaiming_normal_(weight)": Init.kaimingNormal_(weight)
        case "kaiming_normal_(weight, mode='fan_out', nonlinearity='relu')":
            Init.kaimingNormal_(weight, mode: .fanOut, nonlinearity: .relu)
        case "kaiming_uniform_(weight, a=5 ** 0.5)":
            Init.kaimingUniform_(weight, nonlinearity: .leakyReLU(5.0.squareRoot()))
        case "xavier_uniform_(weight)": Init.xavierUniform_(weight)
        case "xavier_normal_(weight, gain=2.0)": Init.xavierNormal_(weight, gain: 2)
        case "trunc_normal_(weight, std=0.02)": Init.truncatedNormal_(weight, std: 0.02)
        case "normal_(weight, 0, 0.01)": Init.normal_(weight, mean: 0, std: 0.01)
        case "uniform_(weight, -0.1, 0.1)": Init.uniform_(weight, -0.1, 0.1)
        case "orthogonal_(weight)": Init.orthogonal_(weight)
        case "constant_(weight, 0.3)": Init.constant_(weight, 0.3)
        case "eye_(weight)": Init.eye_(weight)
        default: Issue.record("no initializer for \(fixture.call)")
        }
        expectClose(weight, fixture.output.tensor, tolerance: 1e-6)
    }

    @Test("a vector has no connections to count")
    func vector() {
        #expect(throws: TorchError.self) { try withTorchErrors { Init.kaimingNormal_(.zeros(3)) } }
    }
}
