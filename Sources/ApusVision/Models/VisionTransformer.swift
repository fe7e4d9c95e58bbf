// Vision transformers: ViT, DeiT, DeiT III, and those of CLIP and DINOv2.
import Torch

/// A vision transformer (Dosovitskiy et al., 2021) in timm's form: pictures `[batch, channels, size, size]` to logits
/// `[batch, classes]`. DeiT (Touvron et al., 2021), DeiT III (Touvron et al., 2022) and the image towers of CLIP
/// (Radford et al., 2021) and DINOv2 (Oquab et al., 2023) are of this class, too.
///
/// ```swift
/// let model = try Architecture.named("vit_tiny_patch16_224").make(classes: 10)
/// ```
public final class VisionTransformer: Module, FeatureModel, PlacedModel {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        var patch: Int
        var width: Int
        var depth: Int
        var heads: Int
        var hasQKVBias = true
        /// The initial factor of each branch; nil for none.
        var layerScale: Double?
        /// Whether the class token and registers have places of their own.
        var placesPrefix = true
        /// Tokens without a meaning of their own.
        var registers = 0
        /// Whether patches are normalized before the blocks (CLIP).
        var normalizesFirst = false
        var eps = 1e-6
        /// Whether a second token learned from a teacher (DeiT's distilled models).
        var isDistilled = false
    }

    @Parameter var clsToken: Tensor
    @Parameter var distToken: Tensor?
    @Parameter var regToken: Tensor?
    @Parameter var posEmbed: Tensor
    let patchEmbed: PatchEmbed
    let normPre: LayerNorm?
    let blocks: [TransformerBlock]
    let norm: LayerNorm
    /// The classifier, which may be replaced.
    public var head: Module
    var headDist: Module?
    private let placesPrefix: Bool
    /// The rows and columns of patches, and the places before theirs.
    private let grid: (side: Int, prefix: Int)

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let width = configuration.width
        let side = options.inputSize / configuration.patch
        let prefix = 1 + configuration.registers + (configuration.isDistilled ? 1 : 0)
        clsToken = Init.normal_(Tensor.empty([1, 1, width]), std: 1e-6)
        distToken = configuration.isDistilled ? Init.truncatedNormal_(Tensor.empty([1, 1, width]), std: 0.02) : nil
        regToken =
            configuration.registers == 0
            ? nil : Init.normal_(Tensor.empty([1, configuration.registers, width]), std: 1e-6)
        placesPrefix = configuration.placesPrefix
        grid = (side, placesPrefix ? prefix : 0)
        posEmbed = Init.truncatedNormal_(
            Tensor.empty([1, side * side + grid.prefix, width]), std: 0.02)
        patchEmbed = PatchEmbed(
            size: options.inputSize, patch: configuration.patch, channels: options.inputChannels, width: width,
            bias: !configuration.normalizesFirst)
        normPre = configuration.normalizesFirst ? LayerNorm(width, eps: configuration.eps) : nil
        blocks = (0..<configuration.depth).map { _ in
            TransformerBlock(
                width, heads: configuration.heads, eps: configuration.eps, qkvBias: configuration.hasQKVBias,
                layerScale: configuration.layerScale)
        }
        norm = LayerNorm(width, eps: configuration.eps)
        head = Linear(width, options.classes)
        headDist = configuration.isDistilled ? Linear(width, options.classes) : nil
        super.init()
        initializeLinears(of: self)
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let tokens = encode(input)
        let logits = head(tokens.select(dim: 1, index: 0))
        guard let headDist else { return logits }
        return (logits + headDist(tokens.select(dim: 1, index: 1))) / 2
    }

    /// The class token, or the mean of both.
    func forwardFeatures(_ input: Tensor) -> Tensor {
        let tokens = encode(input)
        let token = tokens.select(dim: 1, index: 0)
        return distToken == nil ? token : (token + tokens.select(dim: 1, index: 1)) / 2
    }

    func removeClassifier() {
        head = Identity()
        headDist = nil
    }

    func fitPlaces(of weights: inout [String: Tensor]) {
        guard let places = weights["pos_embed"] else { return }
        weights["pos_embed"] = resampled(places: places, toSide: grid.side, prefix: grid.prefix)
    }

    /// The tokens after all blocks, `[batch, tokens, width]`.
    private func encode(_ input: Tensor) -> Tensor {
        var tokens = patchEmbed(input).flatten(startDim: 1, endDim: 2)
        guard tokens.isDefined else { return .undefined }
        let prefix = [clsToken, distToken, regToken].compactMap { $0?.expand(tokens.shape[0], -1, -1) }
        if placesPrefix {
            tokens = .cat(prefix + [tokens], dim: 1) + posEmbed
        } else {
            tokens = .cat(prefix + [tokens + posEmbed], dim: 1)
        }
        if let normPre { tokens = normPre(tokens) }
        for block in blocks { tokens = block(tokens) }
        return norm(tokens)
    }
}

extension VisionTransformer {
    private static func tiny(_ patch: Int) -> Configuration {
        Configuration(patch: patch, width: 192, depth: 12, heads: 3)
    }
    private static func small(_ patch: Int) -> Configuration {
        Configuration(patch: patch, width: 384, depth: 12, heads: 6)
    }
    private static func base(_ patch: Int) -> Configuration {
        Configuration(patch: patch, width: 768, depth: 12, heads: 12)
    }
    private static func large(_ patch: Int) -> Configuration {
        Configuration(patch: patch, width: 1024, depth: 24, heads: 16)
    }
    private static func huge(_ patch: Int) -> Configuration {
        Configuration(patch: patch, width: 1280, depth: 32, heads: 16)
    }

    private static func changed(
        _ configuration: Configuration, _ change: (inout Configuration) -> Void
    ) -> Configuration {
        var configuration = configuration
        change(&configuration)
        return configuration
    }

    private static func clip(_ configuration: Configuration) -> Configuration {
        changed(configuration) {
            $0.normalizesFirst = true
            $0.eps = 1e-5
        }
    }

    private static func dino(_ configuration: Configuration, registers: Int = 0) -> Configuration {
        changed(configuration) {
            $0.layerScale = 1e-5
            $0.registers = registers
            $0.placesPrefix = registers == 0
        }
    }

    private static func distilled(_ configuration: Configuration) -> Configuration {
        changed(configuration) { $0.isDistilled = true }
    }

    private static func third(_ configuration: Configuration) -> Configuration {
        changed(configuration) {
            $0.layerScale = 1e-6
            $0.placesPrefix = false
        }
    }

    static let family = ModelFamily(
        .timm, cut: .features(pooled: true), isFixedSize: true,
        [
            "vit_tiny_patch16_224": tiny(16), "vit_tiny_patch16_384": tiny(16), "vit_small_patch32_224": small(32),
            "vit_small_patch32_384": small(32), "vit_small_patch16_224": small(16), "vit_small_patch16_384": small(16),
            "vit_small_patch8_224": small(8), "vit_base_patch32_224": base(32), "vit_base_patch32_384": base(32),
            "vit_base_patch16_224": base(16), "vit_base_patch16_384": base(16), "vit_base_patch8_224": base(8),
            "vit_large_patch32_384": large(32), "vit_large_patch16_224": large(16), "vit_large_patch16_384": large(16),
            "vit_base_patch16_224_miil": changed(base(16)) { $0.hasQKVBias = false },
            "vit_base_patch32_clip_224": clip(base(32)), "vit_base_patch32_clip_384": clip(base(32)),
            "vit_base_patch32_clip_448": clip(base(32)), "vit_base_patch16_clip_224": clip(base(16)),
            "vit_base_patch16_clip_384": clip(base(16)), "vit_large_patch14_clip_224": clip(large(14)),
            "vit_large_patch14_clip_336": clip(large(14)), "vit_huge_patch14_clip_224": clip(huge(14)),
            "vit_huge_patch14_clip_336": clip(huge(14)), "vit_small_patch14_dinov2": dino(small(14)),
            "vit_base_patch14_dinov2": dino(base(14)), "vit_large_patch14_dinov2": dino(large(14)),
            "vit_small_patch14_reg4_dinov2": dino(small(14), registers: 4),
            "vit_base_patch14_reg4_dinov2": dino(base(14), registers: 4),
            "vit_large_patch14_reg4_dinov2": dino(large(14), registers: 4),
            "deit_tiny_patch16_224": tiny(16), "deit_small_patch16_224": small(16), "deit_base_patch16_224": base(16),
            "deit_base_patch16_384": base(16), "deit_tiny_distilled_patch16_224": distilled(tiny(16)),
            "deit_small_distilled_patch16_224": distilled(small(16)),
            "deit_base_distilled_patch16_224": distilled(base(16)),
            "deit_base_distilled_patch16_384": distilled(base(16)), "deit3_small_patch16_224": third(small(16)),
            "deit3_small_patch16_384": third(small(16)),
            "deit3_medium_patch16_224": third(Configuration(patch: 16, width: 512, depth: 12, heads: 8)),
            "deit3_base_patch16_224": third(base(16)), "deit3_base_patch16_384": third(base(16)),
            "deit3_large_patch16_224": third(large(16)), "deit3_large_patch16_384": third(large(16)),
            "deit3_huge_patch14_224": third(huge(14)),
        ] as KeyValuePairs<String, Configuration>, features: \.width, patch: \.patch,
        // DeiT III's own files have another name for the branches' factors.
        renamed: { name in
            name.contains("pre_logits")
                ? nil : TorchvisionNames.vision(name).replacing(/gamma_([12])$/) { "ls\($0.1).gamma" }
        },
        make: VisionTransformer.init)
}
