// Swin Transformer and Swin Transformer V2: attention within windows that shift.
import Torch

/// A Swin Transformer (Liu et al., 2021) or Swin Transformer V2 (Liu et al., 2022) in timm's form: pictures
/// `[batch, channels, size, size]` to logits `[batch, classes]`.
///
/// ```swift
/// let model = try Architecture.named("swin_tiny_patch4_window7_224").make(classes: 10)
/// ```
public final class SwinTransformer: Module, FeatureModel {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        var width: Int
        var depths: [Int]
        var heads: [Int]
        var window: Int
        var isV2 = false
        /// The windows of each stage that the places were learned with, where they were smaller (V2).
        var pretrainedWindows = [0, 0, 0, 0]

        var features: Int { width << (depths.count - 1) }
    }

    let patchEmbed: PatchEmbed
    let layers: [Stage]
    let norm: LayerNorm
    var head: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        patchEmbed = PatchEmbed(
            size: options.inputSize, patch: 4, channels: options.inputChannels, width: configuration.width,
            normalizes: true)
        layers = configuration.depths.indices.map {
            Stage($0, side: (options.inputSize / 4) >> $0, configuration)
        }
        norm = LayerNorm(configuration.features)
        head = Sequential(named: [("fc", Linear(configuration.features, options.classes))])
        super.init()
        initializeLinears(of: self)
        guard configuration.isV2 else { return }
        for block in layers.flatMap(\.blocks) {
            // Branches start at zero.
            for norm in [block.norm1, block.norm2] { if let weight = norm.weight { Init.zeros_(weight) } }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        head(forwardFeatures(input).adaptiveAvgPool2d([1, 1]).flatten(startDim: 1))
    }

    func forwardFeatures(_ input: Tensor) -> Tensor {
        var output = patchEmbed(input)
        for layer in layers { output = layer(output) }
        return norm(output).permute(0, 3, 1, 2)
    }

    func removeClassifier() { head = Identity() }

    /// Blocks at one resolution, which halves before all stages but the first.
    final class Stage: Module {
        let downsample: PatchMerging?
        let blocks: [Block]

        init(_ index: Int, side: Int, _ configuration: Configuration) {
            let width = configuration.width << index
            downsample = index == 0 ? nil : PatchMerging(width / 2, normalizesFirst: !configuration.isV2)
            let window = min(side, configuration.window)
            blocks = (0..<configuration.depths[index]).map { number in
                let shift = number % 2 == 0 || side <= window ? 0 : configuration.window / 2
                return Block(width, stage: index, side: side, window: window, shift: shift, configuration)
            }
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            var output = downsample?(input) ?? input
            for block in blocks { output = block(output) }
            return output
        }
    }

    /// Four neighbors joined to one: `[batch, height, width, channels]` to
    /// `[batch, height / 2, width / 2, 2 * channels]`.
    final class PatchMerging: Module {
        let norm: LayerNorm
        let reduction: Linear
        private let normalizesFirst: Bool

        init(_ channels: Int, normalizesFirst: Bool) {
            norm = LayerNorm((normalizesFirst ? 4 : 2) * channels)
            reduction = Linear(4 * channels, 2 * channels, bias: false)
            self.normalizesFirst = normalizesFirst
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            let rows = input.unflatten(dim: 1, [-1, 2]).unflatten(dim: 3, [-1, 2])
            let merged = rows.permute(0, 1, 3, 4, 2, 5).flatten(startDim: 3)
            return normalizesFirst ? reduction(norm(merged)) : norm(reduction(merged))
        }
    }

    /// Attention within windows and a perceptron, around which the input is added.
    final class Block: Module {
        let norm1: LayerNorm
        let attn: Module
        let norm2: LayerNorm
        let mlp: MLP
        @Buffer(persistent: false) var mask: Tensor?
        private let window: Int
        private let shift: Int
        private let normalizesFirst: Bool

        init(_ width: Int, stage: Int, side: Int, window: Int, shift: Int, _ configuration: Configuration) {
            norm1 = LayerNorm(width)
            norm2 = LayerNorm(width)
            mlp = MLP(width, hidden: 4 * width)
            let heads = configuration.heads[stage]
            attn =
                configuration.isV2
                ? CosineWindowAttention(
                    width, heads: heads, window: window, pretrainedWindow: configuration.pretrainedWindows[stage])
                : WindowAttention(width, heads: heads, window: window)
            (self.window, self.shift) = (window, shift)
            normalizesFirst = !configuration.isV2
            super.init()
            if shift > 0 { mask = shiftMask(side: side, window: window, shift: shift) }
        }

        override func forward(_ input: Tensor) -> Tensor {
            guard normalizesFirst else {
                let output = input + norm1(attend(input))
                return output + norm2(mlp(output))
            }
            let output = input + attend(norm1(input))
            return output + mlp(norm2(output))
        }

        private func attend(_ input: Tensor) -> Tensor {
            let shifted = shift > 0 ? input.roll([-shift, -shift], dims: [1, 2]) : input
            guard shifted.isDefined else { return .undefined }
            let (batch, side) = (shifted.shape[0], shifted.shape[1])
            let windows = windowPartition(shifted, window)
            let attended = attn([windows] + [mask].compactMap { $0 })
            let count = side / window
            let joined = attended.view(batch, count, count, window, window, -1).permute(0, 1, 3, 2, 4, 5)
                .reshape(batch, side, side, -1)
            return shift > 0 ? joined.roll([shift, shift], dims: [1, 2]) : joined
        }
    }
}

extension SwinTransformer {
    private static func v1(
        _ width: Int, _ third: Int, heads: Int, window: Int = 7, isV2: Bool = false, from small: [Int] = [0, 0, 0, 0]
    ) -> Configuration {
        Configuration(
            width: width, depths: [2, 2, third, 2], heads: [heads, 2 * heads, 4 * heads, 8 * heads], window: window,
            isV2: isV2, pretrainedWindows: small)
    }

    private static func v2(
        _ width: Int, _ third: Int, heads: Int, window: Int, isLarger: Bool = false
    ) -> Configuration {
        v1(width, third, heads: heads, window: window, isV2: true, from: isLarger ? [12, 12, 12, 6] : [0, 0, 0, 0])
    }

    static let family = ModelFamily(
        .timm, cut: .features(pooled: false), isFixedSize: true,
        [
            "swin_tiny_patch4_window7_224": v1(96, 6, heads: 3), "swin_small_patch4_window7_224": v1(96, 18, heads: 3),
            "swin_base_patch4_window7_224": v1(128, 18, heads: 4),
            "swin_base_patch4_window12_384": v1(128, 18, heads: 4, window: 12),
            "swin_large_patch4_window7_224": v1(192, 18, heads: 6),
            "swin_large_patch4_window12_384": v1(192, 18, heads: 6, window: 12),
            "swinv2_tiny_window8_256": v2(96, 6, heads: 3, window: 8),
            "swinv2_tiny_window16_256": v2(96, 6, heads: 3, window: 16),
            "swinv2_small_window8_256": v2(96, 18, heads: 3, window: 8),
            "swinv2_small_window16_256": v2(96, 18, heads: 3, window: 16),
            "swinv2_base_window8_256": v2(128, 18, heads: 4, window: 8),
            "swinv2_base_window16_256": v2(128, 18, heads: 4, window: 16),
            "swinv2_base_window12_192": v2(128, 18, heads: 4, window: 12),
            "swinv2_base_window12to16_192to256": v2(128, 18, heads: 4, window: 16, isLarger: true),
            "swinv2_base_window12to24_192to384": v2(128, 18, heads: 4, window: 24, isLarger: true),
            "swinv2_large_window12_192": v2(192, 18, heads: 6, window: 12),
            "swinv2_large_window12to16_192to256": v2(192, 18, heads: 6, window: 16, isLarger: true),
            "swinv2_large_window12to24_192to384": v2(192, 18, heads: 6, window: 24, isLarger: true),
        ] as KeyValuePairs<String, Configuration>, features: \.features,
        namesOfFile: presentNames, make: SwinTransformer.init)

    /// Names of the makers' own files, which merge patches at the end of a stage and keep what is computed anew, and of
    /// torchvision's.
    @Sendable private static func presentNames(_ names: Set<String>) -> [String: String] {
        let isTorchvision = names.contains("features.0.0.weight")
        let isOld = names.contains("layers.0.downsample.reduction.weight")
        var present: [String: String] = [:]
        for name in names {
            if ["relative_position_index", "relative_coords_table", "attn_mask"].contains(where: name.hasSuffix) {
                continue
            }
            guard isOld else {
                present[name] = isTorchvision ? TorchvisionNames.swin(name) : name
                continue
            }
            present[name] =
                name.hasPrefix("head.")
                ? "head.fc." + name.dropFirst(5)
                : name.replacing(/^layers\.(\d+)\.downsample/) { "layers.\((Int($0.1) ?? 0) + 1).downsample" }
        }
        return present
    }
}
