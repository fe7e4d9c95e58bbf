// Convolutions, pooling, normalization, activations and resizing: results and gradients against PyTorch's.
import Testing
import Torch

@Suite("Functions")
struct FunctionTests {
    private static let cases = fixtures("functions.json", count: 87)
    /// The recurrent kernels are tested with the modules that call them.
    private static let recurrent: Set = ["lstm", "gru", "rnn_tanh"]

    @Test(
        "gives PyTorch's results and gradients",
        arguments: cases.keys.filter { !recurrent.contains(cases[$0]!.function) }.sorted())
    func function(name: String) throws {
        let fixture = Self.cases[name]!
        let gradients = fixture.json["gradients"]
        var inputs: [String: Tensor] = [:]
        guard case .object(let members)? = fixture.json["inputs"] else {
            Issue.record("the case has no inputs")
            return
        }
        for (name, member) in members {
            inputs[name] = member.tensor!.requiringGradient(gradients?[name] != nil)
        }
        let output = try withTorchErrors { try Self.output(fixture, inputs) }
        expectClose(output, fixture.outputs[0], rtol: 2e-5, atol: 2e-6)
        #expect(output.requiresGradient)
        probe(output).backward()
        for (name, input) in inputs {
            guard let expected = gradients?[name]?.tensor else { continue }
            expectClose(try #require(input.grad), expected, rtol: 1e-4, atol: 1e-5, "the gradient of \(name)")
        }
    }

    private static func output(_ fixture: Fixture, _ inputs: [String: Tensor]) throws -> Tensor {
        let function = fixture.function
        let x = inputs["input"] ?? inputs["input1"] ?? inputs["x1"] ?? inputs["theta"] ?? inputs["query"]!
        let (weight, bias) = (inputs["weight"], inputs["bias"])
        let rank = x.dim - 2
        func int(_ name: String) -> Int { fixture.argument(name)!.int! }
        func double(_ name: String) -> Double { fixture.argument(name)!.double! }
        func bool(_ name: String, _ standard: Bool = false) -> Bool { fixture.argument(name)?.bool ?? standard }
        /// One number for each dimension behind batch and channels.
        func sizes(_ name: String, _ standard: Int) -> [Int] {
            let list = fixture.argument(name)?.ints ?? [standard]
            return list.count == 1 ? Array(repeating: list[0], count: rank) : list
        }
        func convolution(_ call: (Tensor, Tensor?, [Int], [Int], [Int], Int) -> Tensor) -> Tensor {
            call(
                weight!, bias, sizes("stride", 1), sizes("padding", 0), sizes("dilation", 1),
                fixture.argument("groups")?.int ?? 1)
        }
        func transposed(_ call: (Tensor, Tensor?, [Int], [Int], [Int]) -> Tensor) -> Tensor {
            call(weight!, bias, sizes("stride", 1), sizes("padding", 0), sizes("output_padding", 0))
        }
        /// Kernel, stride (the kernel by default) and padding.
        func pooling(_ call: ([Int], [Int], [Int]) -> Tensor) -> Tensor {
            call(sizes("kernel", 1), fixture.argument("stride") == nil ? [] : sizes("stride", 1), sizes("padding", 0))
        }
        if let activation = activations[function], fixture.argument("approximate") == nil { return activation(x) }
        switch function {
        case "conv1d":
            return convolution { x.conv1d($0, $1, stride: $2, padding: $3, dilation: $4, groups: $5) }
        case "conv2d":
            return convolution { x.conv2d($0, $1, stride: $2, padding: $3, dilation: $4, groups: $5) }
        case "conv3d":
            return convolution { x.conv3d($0, $1, stride: $2, padding: $3, dilation: $4, groups: $5) }
        case "conv_transpose1d":
            return transposed { x.convTranspose1d($0, $1, stride: $2, padding: $3, outputPadding: $4) }
        case "conv_transpose2d":
            return transposed { x.convTranspose2d($0, $1, stride: $2, padding: $3, outputPadding: $4) }
        case "conv_transpose3d":
            return transposed { x.convTranspose3d($0, $1, stride: $2, padding: $3, outputPadding: $4) }
        case "linear": return x.linear(weight!, bias)
        case "bilinear": return .bilinear(x, inputs["input2"]!, weight!, bias)
        case "unfold":
            return x.im2col(
                kernelSize: sizes("kernel", 1), dilation: [1, 1], padding: sizes("padding", 0),
                stride: sizes("stride", 1))
        case "fold":
            let (kernel, stride) = (int("kernel"), int("stride"))
            return x.col2im(
                outputSize: fixture.argument("size")!.ints!, kernelSize: [kernel, kernel], dilation: [1, 1],
                padding: [0, 0], stride: [stride, stride])
        case "max_pool1d": return pooling { x.maxPool1d($0, stride: $1, padding: $2) }
        case "max_pool2d": return pooling { x.maxPool2d($0, stride: $1, padding: $2, ceilMode: bool("ceil_mode")) }
        case "max_pool3d": return pooling { x.maxPool3d($0, stride: $1, padding: $2) }
        case "avg_pool1d": return pooling { x.avgPool1d($0, stride: $1, padding: $2) }
        case "avg_pool2d":
            return pooling {
                x.avgPool2d($0, stride: $1, padding: $2, countIncludePad: bool("count_include_pad", true))
            }
        case "avg_pool3d": return pooling { x.avgPool3d($0, stride: $1, padding: $2) }
        case "adaptive_avg_pool1d": return x.adaptiveAvgPool1d(sizes("size", 1))
        case "adaptive_avg_pool2d": return x.adaptiveAvgPool2d(sizes("size", 1))
        case "adaptive_max_pool2d": return x.adaptiveMaxPool2d(sizes("size", 1)).values
        case "batch_norm":
            let mean = fixture.argument("running_mean")!.tensor!
            let variance = fixture.argument("running_var")!.tensor!
            let output = x.batchNorm(
                weight, bias, mean, variance, training: bool("training"), momentum: double("momentum"),
                eps: double("eps"), cudnnEnabled: true)
            if let after = fixture.json["running_mean_after"]?.tensor { expectClose(mean, after) }
            if let after = fixture.json["running_var_after"]?.tensor { expectClose(variance, after) }
            return output
        case "layer_norm": return x.layerNorm(fixture.argument("shape")!.ints!, weight, bias, eps: double("eps"))
        case "group_norm": return x.groupNorm(int("groups"), weight, bias, eps: double("eps"))
        case "instance_norm":
            return x.instanceNorm(
                weight, bias, nil, nil, useInputStats: true, momentum: 0.1, eps: double("eps"), cudnnEnabled: true)
        case "normalize": return x.normalized(p: double("p"), dim: int("dim"))
        case "cosine_similarity": return x.cosineSimilarity(inputs["x2"]!, dim: int("dim"))
        case "leaky_relu": return x.leakyReLU(negativeSlope: .double(double("slope")))
        case "celu": return x.celu(alpha: .double(double("alpha")))
        case "gelu": return x.gelu(approximate: fixture.argument("approximate")!.string!)
        case "softmax": return x.softmax(dim: int("dim"))
        case "log_softmax": return x.logSoftmax(dim: int("dim"))
        case "glu": return x.glu(dim: int("dim"))
        case "prelu": return x.prelu(weight!)
        case "interpolate":
            let name = fixture.argument("mode")!.string!
            let mode = InterpolationMode(rawValue: name == "nearest-exact" ? "nearestExact" : name)!
            if let factor = fixture.argument("scale_factor")?.double {
                return x.interpolate(scaleFactor: factor, mode: mode, alignCorners: bool("align_corners"))
            }
            return x.interpolate(
                size: fixture.argument("size")!.ints!, mode: mode, alignCorners: bool("align_corners"),
                antialias: bool("antialias"))
        case "grid_sample":
            let modes: [String: SamplingMode] = ["bilinear": .bilinear, "nearest": .nearest, "bicubic": .bicubic]
            let paddings: [String: SamplingPadding] = [
                "zeros": .zeros, "border": .border, "reflection": .reflection,
            ]
            return x.gridSample(
                inputs["grid"]!, mode: modes[fixture.argument("mode")!.string!]!,
                padding: paddings[fixture.argument("padding_mode")!.string!]!, alignCorners: bool("align_corners"))
        case "affine_grid":
            return x.affineGrid(size: fixture.argument("size")!.ints!, alignCorners: bool("align_corners"))
        case "pixel_shuffle": return x.pixelShuffle(int("factor"))
        case "pad": return x.pad(fixture.argument("padding")!.ints!, mode: fixture.argument("mode")!.string!)
        case "embedding": return .embedding(weight!, x, paddingIdx: fixture.argument("padding_idx")?.int ?? -1)
        case "scaled_dot_product_attention":
            return x.scaledDotProductAttention(inputs["key"]!, inputs["value"]!, isCausal: bool("is_causal"))
        default:
            Issue.record("the case has no Swift spelling: \(function)")
            return x
        }
    }

    private static let activations: [String: @Sendable (Tensor) -> Tensor] = [
        "relu": { $0.relu() }, "relu6": { $0.relu6() }, "elu": { $0.elu() }, "selu": { $0.selu() },
        "gelu": { $0.gelu() }, "silu": { $0.silu() }, "mish": { $0.mish() }, "softplus": { $0.softplus() },
        "softsign": { $0 / ($0.abs() + 1) }, "hardswish": { $0.hardswish() }, "hardsigmoid": { $0.hardsigmoid() },
        "hardtanh": { $0.hardtanh() }, "sigmoid": { $0.sigmoid() }, "logsigmoid": { $0.logSigmoid() },
        "tanh": { $0.tanh() },
    ]

    @Test("bags of embeddings: sums, means and maxima")
    func embeddingBag() {
        let weight = Tensor([[1.0, 2], [3, 4], [5, 6]])
        let (words, starts) = (Tensor([0, 2, 1]), Tensor([0, 2]))
        func bag(_ mode: BagMode) -> [Float] { Tensor.embeddingBag(weight, words, offsets: starts, mode: mode).array() }
        #expect(bag(.sum) == [6, 8, 3, 4])
        #expect(bag(.mean) == [3, 4, 3, 4])
        #expect(bag(.max) == [5, 6, 3, 4])
    }

    @Test("the inverse of the short-time Fourier transform gives the signal back")
    func stft() {
        let signal = Tensor.randn([64], generator: Generator(seed: 4))
        let window = Tensor.hannWindow(16)
        let frames = signal.stft(nFFT: 16, hopLength: 4, window: window)
        #expect(frames.shape == [9, 17] && frames.dtype == .complex64)
        expectClose(frames.istft(nFFT: 16, hopLength: 4, window: window, length: 64), signal, rtol: 1e-4, atol: 1e-5)
    }
}
