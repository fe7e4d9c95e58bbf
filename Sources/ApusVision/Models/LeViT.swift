// LeViT: a vision transformer with convolutions first, made for speed.
import Torch

/// A LeViT (Graham et al., 2021) in timm's form: pictures `[batch, channels, size, size]` to logits `[batch, classes]`,
/// the mean of two classifiers, one of which learned from a teacher.
///
/// ```swift
/// let model = try Architecture.named("levit_128s").make(classes: 10)
/// ```
public final class LeViT: Module, FeatureModel {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        var widths: [Int]
        /// The width of a key of each head.
        var key: Int
        var heads: [Int]
        var depths: [Int]
    }

    let stem: Sequential
    let stages: [Stage]
    var head: Module
    var headDist: Module?
    private let size: Int

    init(_ configuration: Configuration, _ options: ModelOptions) {
        var channels = options.inputChannels
        var layers: [(name: String, module: Module)] = []
        for (number, divisor) in [8, 4, 2, 1].enumerated() {
            if number > 0 { layers.append(("act\(number)", Hardswish())) }
            let width = configuration.widths[0] / divisor
            layers.append(("conv\(number + 1)", ConvNorm(channels, width)))
            channels = width
        }
        stem = Sequential(named: layers)
        size = options.inputSize
        var side = options.inputSize / 16
        stages = configuration.widths.indices.map { index in
            let stage = Stage(index, side: side, configuration)
            if index > 0 { side = (side + 1) / 2 }
            return stage
        }
        let features = configuration.widths[configuration.widths.count - 1]
        head = NormLinear(features, options.classes)
        headDist = NormLinear(features, options.classes)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let features = forwardFeatures(input)
        guard let headDist else { return head(features) }
        return (head(features) + headDist(features)) / 2
    }

    func forwardFeatures(_ input: Tensor) -> Tensor {
        guard hasFixedSize(input, size, model: "LeViT") else { return .undefined }
        var tokens = stem(input).flatten(startDim: 2).transpose(1, 2)
        for stage in stages { tokens = stage(tokens) }
        return tokens.mean(dim: 1)
    }

    func removeClassifier() {
        head = Identity()
        headDist = nil
    }

    /// Blocks at one resolution, which halves before all stages but the first.
    final class Stage: Module {
        let downsample: Downsample?
        let blocks: [Block]

        init(_ index: Int, side: Int, _ configuration: Configuration) {
            let width = configuration.widths[index]
            downsample =
                index == 0
                ? nil : Downsample(configuration.widths[index - 1], width, key: configuration.key, side: side)
            let side = index == 0 ? side : (side + 1) / 2
            blocks = (0..<configuration.depths[index]).map { _ in
                Block(width, key: configuration.key, heads: configuration.heads[index], side: side)
            }
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            var output = downsample?(input) ?? input
            for block in blocks { output = block(output) }
            return output
        }
    }

    /// Attention and a perceptron, around which the input is added.
    final class Block: Module {
        let attn: Attention
        let mlp: Perceptron

        init(_ width: Int, key: Int, heads: Int, side: Int) {
            attn = Attention(width, key: key, heads: heads, side: side)
            mlp = Perceptron(width)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            let output = input + attn(input)
            return output + mlp(output)
        }
    }

    /// Attention of every second token of every second row to all tokens, then a perceptron.
    final class Downsample: Module {
        let attnDownsample: DownsamplingAttention
        let mlp: Perceptron

        init(_ inputs: Int, _ width: Int, key: Int, side: Int) {
            attnDownsample = DownsamplingAttention(inputs, width, key: key, side: side)
            mlp = Perceptron(width)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            let output = attnDownsample(input)
            return output + mlp(output)
        }
    }
}

extension LeViT {
    private static func configuration(_ widths: [Int], key: Int, heads: [Int], depths: [Int] = [4, 4, 4])
        -> Configuration
    {
        Configuration(widths: widths, key: key, heads: heads, depths: depths)
    }

    static let family = ModelFamily(
        .timm, cut: .features(pooled: true), isFixedSize: true,
        [
            "levit_128s": configuration([128, 256, 384], key: 16, heads: [4, 6, 8], depths: [2, 3, 4]),
            "levit_128": configuration([128, 256, 384], key: 16, heads: [4, 8, 12]),
            "levit_192": configuration([192, 288, 384], key: 32, heads: [3, 5, 6]),
            "levit_256": configuration([256, 384, 512], key: 32, heads: [4, 6, 8]),
            "levit_384": configuration([384, 512, 768], key: 32, heads: [6, 9, 12]),
        ], features: { $0.widths[2] }, renamed: { $0.hasSuffix("attention_bias_idxs") ? nil : $0 }, make: LeViT.init)
}
