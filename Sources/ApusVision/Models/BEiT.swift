// BEiT and BEiT V2: vision transformers trained by filling in what was masked.
import Torch

/// A BEiT (Bao et al., 2022) or BEiT V2 (Peng et al., 2022) in timm's form: pictures `[batch, channels, size, size]`
/// to logits `[batch, classes]`.
///
/// ```swift
/// let model = try Architecture.named("beit_base_patch16_224").make(classes: 10)
/// ```
public final class BEiT: Module, FeatureModel {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        var width: Int
        var depth: Int
        var heads: Int
        /// The initial factor of each branch.
        var layerScale: Double
    }

    @Parameter var clsToken: Tensor
    let patchEmbed: PatchEmbed
    let blocks: [Block]
    let fcNorm: LayerNorm
    /// The classifier, which may be replaced.
    public var head: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let width = configuration.width
        clsToken = Init.truncatedNormal_(Tensor.empty([1, 1, width]), std: 0.02)
        patchEmbed = PatchEmbed(size: options.inputSize, patch: 16, channels: options.inputChannels, width: width)
        blocks = (0..<configuration.depth).map { _ in Block(configuration, side: options.inputSize / 16) }
        fcNorm = LayerNorm(width, eps: 1e-6)
        let classifier = Linear(width, options.classes)
        head = classifier
        super.init()
        initializeLinears(of: self)
        if Init.isSkipped { return }
        withoutGradients {
            for (index, block) in blocks.enumerated() {
                let scale = (2 * Double(index + 1)).squareRoot()
                block.attn.proj.weight.div_(.double(scale))
                if let last = block.mlp.fc2 as? Linear { last.weight.div_(.double(scale)) }
            }
            classifier.weight.mul_(0.001)
        }
    }

    public override func forward(_ input: Tensor) -> Tensor { head(forwardFeatures(input)) }

    /// The mean of the patches, normalized.
    func forwardFeatures(_ input: Tensor) -> Tensor {
        let patches = patchEmbed(input).flatten(startDim: 1, endDim: 2)
        guard patches.isDefined else { return .undefined }
        var tokens = Tensor.cat([clsToken.expand(patches.shape[0], -1, -1), patches], dim: 1)
        for block in blocks { tokens = block(tokens) }
        return fcNorm(tokens.narrow(dim: 1, start: 1, length: patches.shape[1]).mean(dim: 1))
    }

    func removeClassifier() { head = Identity() }

    /// Attention and a perceptron, each normalized first and scaled, around which the input is added.
    final class Block: Module {
        @Parameter("gamma_1") var gamma1: Tensor
        @Parameter("gamma_2") var gamma2: Tensor
        let norm1: LayerNorm
        let attn: Attention
        let norm2: LayerNorm
        let mlp: MLP

        init(_ configuration: Configuration, side: Int) {
            let width = configuration.width
            norm1 = LayerNorm(width, eps: 1e-6)
            attn = Attention(width, heads: configuration.heads, side: side)
            norm2 = LayerNorm(width, eps: 1e-6)
            mlp = MLP(width, hidden: 4 * width)
            super.init()
            gamma1 = Tensor.full([width], configuration.layerScale)
            gamma2 = Tensor.full([width], configuration.layerScale)
        }

        override func forward(_ input: Tensor) -> Tensor {
            let output = input + gamma1 * attn(norm1(input))
            return output + gamma2 * mlp(norm2(output))
        }
    }

    /// Attention with a learned bias for each offset of two patches.
    final class Attention: Module {
        @Parameter var qBias: Tensor
        @Parameter var vBias: Tensor
        @Parameter var relativePositionBiasTable: Tensor
        @Buffer(persistent: false) var index: Tensor
        let qkv: Linear
        let proj: Linear
        private let heads: Int

        init(_ width: Int, heads: Int, side: Int) {
            qBias = Tensor.zeros(width)
            vBias = Tensor.zeros(width)
            relativePositionBiasTable = Tensor.zeros((2 * side - 1) * (2 * side - 1) + 3, heads)
            qkv = Linear(width, 3 * width, bias: false)
            proj = Linear(width, width)
            self.heads = heads
            super.init()
            index = relativePositionIndex(size: side, classToken: true)
        }

        override func forward(_ input: Tensor) -> Tensor {
            let bias = Tensor.cat([qBias, Tensor.zeros(like: qBias), vBias])
            let parts = splitHeads(input.linear(qkv.weight, bias), heads)
            guard parts.count == 3, parts[0].isDefined else { return .undefined }
            let positions = relativePositionBias(relativePositionBiasTable, index, count: parts[0].shape[2])
            return proj(
                joinHeads(
                    parts[0].attending(to: parts[1], parts[2], bias: positions.to(parts[0].dtype))))
        }
    }

    private static func base(_ layerScale: Double) -> Configuration {
        Configuration(width: 768, depth: 12, heads: 12, layerScale: layerScale)
    }

    private static let large = Configuration(width: 1024, depth: 24, heads: 16, layerScale: 1e-5)

    static let family = ModelFamily(
        .timm, cut: .features(pooled: true), isFixedSize: true,
        [
            "beit_base_patch16_224": base(0.1), "beit_base_patch16_384": base(0.1), "beit_large_patch16_224": large,
            "beit_large_patch16_384": large, "beit_large_patch16_512": large, "beitv2_base_patch16_224": base(1e-5),
            "beitv2_large_patch16_224": large,
        ] as KeyValuePairs<String, Configuration>, features: \.width,
        renamed: { $0.hasSuffix("relative_position_index") ? nil : $0 }, make: BEiT.init)
}
