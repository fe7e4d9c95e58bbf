// The blocks of layers against fastai's: initial weights, outputs, gradients and what training changes.
import Foundation
import Testing

@testable import Torch

/// A tensor's shape, norm, and the sum of its elements times cos(i).
private struct Digest: Decodable, Sendable {
    let shape: [Int]
    let norm: Double
    let probe: Double

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        shape = try list.decode([Int].self)
        norm = try list.decode(Double.self)
        probe = try list.decode(Double.self)
    }
}

private struct BlockFixture: Decodable, Sendable {
    let input: FixtureTensor
    let initial: [String: Digest]
    let output: Digest
    let inputGradient: Digest
    let gradients: [String: Digest]
    let after: [String: Digest]
    let evaluated: Digest

    enum CodingKeys: String, CodingKey {
        case input, initial, output, gradients, after, evaluated
        case inputGradient = "input_gradient"
    }
}

private let fixtures: [String: BlockFixture] = cases(of: "blocks.json", count: 25)

private func expect(
    _ tensor: Tensor, _ digest: Digest?, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let digest = try #require(digest, "\(what) is not in the fixture", sourceLocation: sourceLocation)
    #expect(tensor.shape.sizes == digest.shape, "\(what)", sourceLocation: sourceLocation)
    let flat = tensor.detached().to(.float64).flatten()
    let found = (flat.norm().item(), (flat * Tensor.arange(flat.count, dtype: .float64).cos()).sum().item())
    let tolerance = 2e-5 * max(digest.norm, 1e-2)
    #expect(
        abs(found.0 - digest.norm) < tolerance && abs(found.1 - digest.probe) < tolerance,
        "\(what): \(found) for \((digest.norm, digest.probe))", sourceLocation: sourceLocation)
}

// Seeds the global generator, so these tests run one after the other.
@Suite("Blocks", .serialized)
struct NNBlockTests {
    @Test(
        "a block starts, runs, differentiates and changes as in fastai, wherever its weights have their channels",
        arguments: fixtures.keys.sorted(), [false, true])
    func block(name: String, hasChannelsLast: Bool) throws {
        let fixture = try #require(fixtures[name])
        manualSeed(42)
        let make = try #require(Self.blocks[name], "no block is made for \(name)")
        let block = make()
        let state = block.stateDict()
        #expect(Set(state.map(\.name)) == Set(fixture.initial.keys))
        for (key, tensor) in state { try expect(tensor, fixture.initial[key], "initial \(key)") }
        withoutGradients {
            for (number, (key, tensor)) in state.enumerated() where tensor.dim == 1 && tensor.dtype.isFloatingPoint {
                if key.contains("running") || key.hasSuffix("_u") || key.hasSuffix("_v") { continue }
                manualSeed(300 + number)
                tensor.copy_((Tensor.randn(tensor.shape) * 0.5 * 1000).round() / 1000)
            }
        }
        if hasChannelsLast { block.toChannelsLast() }
        let input = fixture.input.tensor.requiringGradient()
        let output = block(hasChannelsLast && input.dim == 4 ? input.channelsLast() : input)
        try expect(output, fixture.output, "output")
        (output.flatten() * Tensor.arange(output.count, dtype: .float32).cos()).sum().backward()
        try expect(try #require(input.grad), fixture.inputGradient, "the input's gradient")
        #expect(Set(block.namedParameters().map(\.name)) == Set(fixture.gradients.keys))
        for (key, parameter) in block.namedParameters() {
            try expect(try #require(parameter.grad, "\(key)"), fixture.gradients[key], "the gradient of \(key)")
        }
        for (key, digest) in fixture.after {
            let changed = try #require(block.stateDict().first { $0.name == key })
            try expect(changed.tensor, digest, "\(key) after the pass")
        }
        block.eval()
        try expect(withoutGradients { block(input) }, fixture.evaluated, "evaluation output")
    }

    private static let blocks: [String: @Sendable () -> Module] = [
        "weight_norm(nn.Linear(3, 2))": { weightNorm(Linear(3, 2)) },
        "weight_norm(nn.ConvTranspose2d(4, 2, 2))": { weightNorm(ConvTranspose2d(4, 2, kernelSize: 2)) },
        "spectral_norm(nn.Conv2d(4, 3, 3))": { spectralNorm(Conv2d(4, 3, kernelSize: 3)) },
        "spectral_norm(nn.ConvTranspose2d(4, 2, 2), dim=1)": { spectralNorm(ConvTranspose2d(4, 2, kernelSize: 2)) },
        "ConvLayer(4, 3)": { ConvLayer(4, 3) },
        "ConvLayer(4, 3, stride=2, bn_1st=False)": { ConvLayer(4, 3, stride: 2, normFirst: false) },
        "ConvLayer(4, 3, ks=1, norm_type=None, act_cls=None)": {
            ConvLayer(4, 3, kernelSize: 1, norm: nil, activation: nil)
        },
        "ConvLayer(4, 3, norm_type=Weight, act_cls=nn.Sigmoid)": {
            ConvLayer(4, 3, norm: .weight, activation: { Sigmoid() })
        },
        "ConvLayer(4, 3, norm_type=Spectral, act_cls=nn.LeakyReLU)": {
            ConvLayer(4, 3, norm: .spectral, activation: { LeakyReLU() })
        },
        "ConvLayer(4, 3, norm_type=Instance)": { ConvLayer(4, 3, norm: .instance) },
        "ConvLayer(3, 4, ndim=1, norm_type=NormType.BatchZero)": { ConvLayer(3, 4, rank: 1, norm: .batchZero) },
        "ConvLayer(4, 3, ks=2, stride=2, transpose=True)": {
            ConvLayer(4, 3, kernelSize: 2, stride: 2, transposed: true)
        },
        "ConvLayer(4, 3, xtra=nn.MaxPool2d(2))": { ConvLayer(4, 3, extra: MaxPool2d(2)) },
        "ResBlock(1, 4, 4)": { ResBlock(1, 4, 4) },
        "ResBlock(1, 4, 6, stride=2)": { ResBlock(1, 4, 6, stride: 2) },
        "ResBlock(2, 4, 3, act_cls=nn.SiLU)": { ResBlock(2, 4, 3, activation: { SiLU() }) },
        "ResBlock(1, 8, 8, reduction=2)": { ResBlock(1, 8, 8, reduction: 2) },
        "ResBlock(1, 4, 4, dw=True, norm_type=None)": { ResBlock(1, 4, 4, isDepthwise: true, norm: nil) },
        "ResBlock(1, 4, 4, sa=True, norm_type=Spectral)": { ResBlock(1, 4, 4, selfAttention: true, norm: .spectral) },
        "SequentialEx(ConvLayer(4, 4), ConvLayer(4, 4), MergeLayer(dense=True))": { DenseBlock(4) },
        "SequentialEx(ConvLayer(4, 4), MergeLayer())": { SequentialEx([ConvLayer(4, 4), MergeLayer()]) },
        "SelfAttention(8)": { SelfAttention(8) },
        "SimpleSelfAttention(4)": { SimpleSelfAttention(4) },
        "PixelShuffle_ICNR(4, 2)": { PixelShuffleICNR(4, 2) },
        "PixelShuffle_ICNR(4, blur=True, norm_type=None)": { PixelShuffleICNR(4, blur: true, norm: nil) },
    ]

    @Test("the four pixels that ICNR makes from one are equal at the start")
    func icnr() {
        let shuffled = PixelShuffleICNR(6, 3, activation: nil)(Tensor.randn(1, 6, 2, 2))
        let means = shuffled.avgPool2d([2, 2]).interpolate(size: [4, 4])
        #expect(shuffled.allClose(means, atol: 1e-6))
    }

    @Test("an inference plan folds normalized weights and notices when they change")
    func plan() throws {
        let model = Sequential([ConvLayer(3, 4, norm: .weight), ConvLayer(4, 2, norm: .spectral), BatchNorm2d(2)])
        model.eval()
        let input = Tensor.randn(2, 3, 5, 5)
        let expected = withoutGradients { model(input) }
        let plan = try InferencePlan(model, example: [input])
        #expect(plan.isCurrent)
        expectClose(plan([input]), expected)
        _ = withoutGradients { model.stateDict()[1].tensor.mul_(2) }
        #expect(!plan.isCurrent)
    }

    @Test("a normalized weight is read as it is used, and setting it ends the normalization")
    func normalizedWeight() throws {
        let conv = Conv2d(2, 3, kernelSize: 1, bias: false)
        let plain = conv.weight
        weightNorm(conv)
        expectClose(conv.weight, plain, tolerance: 1e-6)
        _ = withoutGradients { conv.stateDict()[0].tensor.mul_(3) }
        expectClose(conv.weight, plain * 3, tolerance: 1e-6)
        conv.weight = Tensor.ones(3, 2, 1, 1)
        #expect(conv.stateDict().map(\.name) == ["weight"])
    }

    @Test("a range is not left where inputs are bfloat16")
    func rangeOfShortNumbers() {
        // 1.2 itself is 1.203125 in bfloat16.
        let outputs = SigmoidRange(-1.2, 1.2)(Tensor([-100.0, 100]).to(.bfloat16))
        expectEqual(outputs, Tensor([-1.2, 1.2]))
    }

    @Test("what cannot be normalized or merged says so")
    func refusals() {
        #expect(throws: TorchError.self) { try withTorchErrors { _ = weightNorm(ReLU()) } }
        #expect(throws: TorchError.self) { try withTorchErrors { _ = weightNorm(weightNorm(Linear(2, 2))) } }
        // Where nothing gives them the block's input.
        for layer in [MergeLayer(), ProductLayer()] {
            let error = #expect(throws: TorchError.self) {
                try withTorchErrors { _ = Sequential([layer])(Tensor.ones(1)) }
            }
            #expect(error?.description.contains("stands in a SequentialEx") == true)
        }
        for reduction in [0, -2] {
            #expect(throws: TorchError.self) { try withTorchErrors { _ = ResBlock(1, 4, 4, reduction: reduction) } }
        }
        #expect(throws: TorchError.self) { try withTorchErrors { _ = SigmoidRange(2, 2) } }
        #expect(throws: TorchError.self) { try withTorchErrors { _ = SigmoidRange(0, .infinity) } }
        #expect(throws: TorchError.self) { try withTorchErrors { _ = ConvLayer(3, 3, rank: 4) } }
        #expect(throws: TorchError.self) { try withTorchErrors { _ = Init.icnr_(Tensor.ones(6, 2, 1, 1)) } }
    }

    @Test("the debugger layer passes on what it shows")
    func debugger() {
        var seen: [Tensor] = []
        let input = Tensor([1.0, 2, 3, 6] as [Float])
        let output = Debugger { seen.append($0) }(input)
        #expect(output.isIdentical(to: input) && seen.count == 1)
        #expect(Debugger.line(of: input) == "[4] float32, mean 3, std 1.871, min 1, max 6")
    }
}
