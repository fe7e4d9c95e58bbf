// Every layer against PyTorch: initial weights, outputs, gradients and running statistics.
import Testing

@testable import Torch

private let fixtures: [String: LayerFixture] = cases(of: "layers.json", count: 83)

// Seeds the global generator, so these tests run one after the other.
@Suite("Layers", .serialized)
struct NNLayerTests {
    @Test("the fixture has the states that are given, changed and evaluated")
    func optionalParts() {
        #expect(fixtures.values.count { $0.state != nil } == 11)
        #expect(fixtures.values.count { $0.train.stateAfter != nil } == 7)
        #expect(fixtures.values.count { $0.eval != nil } == 12)
    }

    @Test("a layer starts, runs, differentiates and keeps statistics as in PyTorch", arguments: fixtures.keys.sorted())
    func layer(name: String) throws {
        let fixture = try #require(fixtures[name])
        manualSeed(42)
        let layer = try #require(makeLayer(name), "no layer is made for \(name)")
        let state = layer.stateDict()
        #expect(Set(state.map(\.name)) == Set(fixture.initial.keys))
        for (key, tensor) in state {
            let expected = try #require(fixture.initial[key])
            expectClose(tensor, expected.tensor, tolerance: 1e-6, "initial \(key)")
        }
        if let given = fixture.state { try layer.loadStateDict(given.mapValues(\.tensor)) }

        let inputs = fixture.inputs.map { fixture in
            let tensor = fixture.tensor
            if tensor.dtype.isFloatingPoint { tensor.requiresGradient = true }
            return tensor
        }
        manualSeed(43)
        let outputs = run(layer, inputs)
        try compare(outputs, fixture.train.output, "training output")
        let wanted = fixture.train.inputGradients
        probe(outputs).backward()
        let gradients = inputs.compactMap(\.grad)
        #expect(gradients.count == wanted.count)
        for (found, expected) in zip(gradients, wanted) { expectClose(found, expected.tensor, "input's gradient") }
        for (key, parameter) in layer.namedParameters() {
            let expected = try #require(fixture.train.gradients[key] ?? nil)
            expectClose(try #require(parameter.grad), expected.tensor, "gradient of \(key)")
        }
        for (key, expected) in fixture.train.stateAfter ?? [:] {
            let found = try #require(layer.stateDict().first { $0.name == key })
            expectClose(found.tensor, expected.tensor, "\(key) after training")
        }
        layer.eval()
        try compare(run(layer, inputs), fixture.eval?.output ?? fixture.train.output, "evaluation output")
    }

    private func compare(_ found: [Tensor], _ expected: FixtureOutputs, _ what: String) throws {
        try #require(found.count == expected.tensors.count)
        for (found, expected) in zip(found, expected.tensors) { expectClose(found, expected.tensor, what) }
    }

    /// The number whose gradients the fixtures store.
    private func probe(_ outputs: [Tensor]) -> Tensor {
        let parts = outputs.map { output in
            (output.flatten() * Tensor.arange(output.count, dtype: output.dtype).cos()).sum()
        }
        return parts.dropFirst().reduce(parts[0], +)
    }

    /// All tensors that a layer returns, in PyTorch's order.
    private func run(_ layer: Module, _ inputs: [Tensor]) -> [Tensor] {
        switch layer {
        case let layer as RNN:
            let (output, state) = layer(inputs[0], state: nil)
            return [output, state]
        case let layer as GRU:
            let (output, state) = layer(inputs[0], state: nil)
            return [output, state]
        case let layer as LSTM:
            let (output, state) = layer(inputs[0], state: nil)
            return [output, state.hidden, state.cell]
        case let layer as LSTMCell:
            let state = layer(inputs[0], state: nil)
            return [state.hidden, state.cell]
        case let layer as MultiHeadAttention:
            let result = layer(query: inputs[0], key: inputs[0], value: inputs[0], needsWeights: true)
            return [result.output, result.weights ?? Tensor(0)]
        default:
            return [layer(inputs)]
        }
    }

    private func makeLayer(_ name: String) -> Module? {
        let makers: [String: () -> Module] = [
            "Linear(3, 2)": { Linear(3, 2) },
            "Linear(3, 2, bias=False)": { Linear(3, 2, bias: false) },
            "Conv1d(3, 2, 3, stride=2, padding=1)": { Conv1d(3, 2, kernelSize: 3, stride: 2, padding: 1) },
            "Conv2d(4, 3, 3)": { Conv2d(4, 3, kernelSize: 3) },
            "Conv2d(4, 2, (3, 2), stride=(1, 2), padding=(1, 0), dilation=(1, 2), bias=False)": {
                Conv2d(4, 2, kernelSize: [3, 2], stride: [1, 2], padding: [1, 0], dilation: [1, 2], bias: false)
            },
            "Conv2d(4, 4, 3, padding=1, groups=4)": { Conv2d(4, 4, kernelSize: 3, padding: 1, groups: 4) },
            "Conv2d(4, 2, 3, padding='same')": { Conv2d(4, 2, kernelSize: 3, padding: .same) },
            "Conv2d(4, 2, 3, padding=1, padding_mode='reflect')": {
                Conv2d(4, 2, kernelSize: 3, padding: 1, paddingMode: .reflect)
            },
            "Conv3d(2, 2, 2)": { Conv3d(2, 2, kernelSize: 2) },
            "ConvTranspose1d(3, 2, 3, stride=2)": { ConvTranspose1d(3, 2, kernelSize: 3, stride: 2) },
            "ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1)": {
                ConvTranspose2d(4, 2, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1)
            },
            "ConvTranspose3d(2, 1, 2, stride=2)": { ConvTranspose3d(2, 1, kernelSize: 2, stride: 2) },
            "BatchNorm1d(3)": { BatchNorm1d(3) },
            "BatchNorm1d(3, momentum=0.01)": { BatchNorm1d(3, momentum: 0.01) },
            "BatchNorm2d(4)": { BatchNorm2d(4) },
            "BatchNorm2d(4, affine=False)": { BatchNorm2d(4, affine: false) },
            "BatchNorm2d(4, track_running_stats=False)": { BatchNorm2d(4, trackRunningStats: false) },
            "BatchNorm3d(2, eps=1e-3)": { BatchNorm3d(2, eps: 1e-3) },
            "LayerNorm(3)": { LayerNorm(3) },
            "LayerNorm([3, 4])": { LayerNorm([3, 4]) },
            "GroupNorm(2, 4)": { GroupNorm(2, 4) },
            "InstanceNorm1d(3)": { InstanceNorm1d(3) },
            "InstanceNorm2d(4, affine=True)": { InstanceNorm2d(4, affine: true) },
            "InstanceNorm2d(4, affine=True, track_running_stats=True)": {
                InstanceNorm2d(4, affine: true, trackRunningStats: true)
            },
            "InstanceNorm3d(2)": { InstanceNorm3d(2) },
            "Dropout(0.5)": { Dropout(0.5) },
            "Dropout(0.25)": { Dropout(0.25) },
            "Dropout1d(0.5)": { Dropout1d(0.5) },
            "Dropout2d(0.5)": { Dropout2d(0.5) },
            "Embedding(4, 3)": { Embedding(4, 3) },
            "Embedding(4, 3, padding_idx=0)": { Embedding(4, 3, paddingIndex: 0) },
            "MaxPool1d(2)": { MaxPool1d(2) },
            "MaxPool2d(3, stride=2, padding=1)": { MaxPool2d(3, stride: 2, padding: 1) },
            "MaxPool2d(3, stride=2, ceil_mode=True)": { MaxPool2d(3, stride: 2, ceilMode: true) },
            "MaxPool3d(2)": { MaxPool3d(2) },
            "AvgPool1d(3, stride=1, padding=1)": { AvgPool1d(3, stride: 1, padding: 1) },
            "AvgPool2d(2)": { AvgPool2d(2) },
            "AvgPool3d(2)": { AvgPool3d(2) },
            "AdaptiveAvgPool1d(4)": { AdaptiveAvgPool1d(4) },
            "AdaptiveAvgPool2d(1)": { AdaptiveAvgPool2d(1) },
            "AdaptiveAvgPool2d((3, 2))": { AdaptiveAvgPool2d([3, 2]) },
            "AdaptiveMaxPool2d(2)": { AdaptiveMaxPool2d(2) },
            "AdaptiveConcatPool2d()": { AdaptiveConcatPool2d() },
            "Flatten()": { Flatten() },
            "Flatten(2)": { Flatten(startDim: 2) },
            "PixelShuffle(2)": { PixelShuffle(2) },
            "Upsample(scale_factor=2)": { Upsample(scaleFactor: 2) },
            "Upsample(scale_factor=2, mode='bilinear')": { Upsample(scaleFactor: 2, mode: .bilinear) },
            "Upsample(size=(3, 5), mode='bilinear', align_corners=True)": {
                Upsample(size: [3, 5], mode: .bilinear, alignCorners: true)
            },
            "SigmoidRange(0, 5.5)": { SigmoidRange(0, 5.5) },
            "Sequential(Linear(3, 4), ReLU(), Dropout(0.5), Linear(4, 2))": {
                Sequential {
                    Linear(3, 4)
                    ReLU()
                    Dropout(0.5)
                    Linear(4, 2)
                }
            },
            "Sequential(Conv2d(4, 3, 3, bias=False), BatchNorm2d(3), ReLU())": {
                Sequential {
                    Conv2d(4, 3, kernelSize: 3, bias: false)
                    BatchNorm2d(3)
                    ReLU(inplace: true)
                }
            },
            "RNN(3, 2, batch_first=True)": { RNN(3, 2, batchFirst: true) },
            "RNN(3, 2, nonlinearity='relu')": { RNN(3, 2, nonlinearity: .relu) },
            "LSTM(3, 2, batch_first=True)": { LSTM(3, 2, batchFirst: true) },
            "LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True)": {
                LSTM(3, 2, layers: 2, batchFirst: true, bidirectional: true)
            },
            "GRU(3, 2, batch_first=True)": { GRU(3, 2, batchFirst: true) },
            "GRU(3, 2, num_layers=2, bias=False)": { GRU(3, 2, layers: 2, bias: false) },
            "LSTMCell(3, 2)": { LSTMCell(3, 2) },
            "GRUCell(3, 2)": { GRUCell(3, 2) },
            "MultiheadAttention(4, 2, batch_first=True)": { MultiHeadAttention(4, heads: 2, batchFirst: true) },
            "ReLU()": { ReLU() },
            "LeakyReLU(0.2)": { LeakyReLU(0.2) },
            "PReLU()": { PReLU() },
            "GELU()": { GELU() },
            "GELU('tanh')": { GELU(approximate: .tanh) },
            "SiLU()": { SiLU() },
            "Mish()": { Mish() },
            "Sigmoid()": { Sigmoid() },
            "Tanh()": { Tanh() },
            "Softmax(1)": { Softmax(dim: 1) },
            "LogSoftmax(1)": { LogSoftmax(dim: 1) },
            "ELU()": { ELU() },
            "SELU()": { SELU() },
            "CELU()": { CELU() },
            "Softplus()": { Softplus() },
            "ReLU6()": { ReLU6() },
            "Hardswish()": { Hardswish() },
            "Hardsigmoid()": { Hardsigmoid() },
            "Hardtanh()": { Hardtanh() },
            "LogSigmoid()": { LogSigmoid() },
            "Softsign()": { Softsign() },
            "GLU(0)": { GLU(dim: 0) },
        ]
        return makers[name]?()
    }
}
