// ConvNeXt and ConvNeXt V2.
import Torch

/// A ConvNeXt (Liu et al., 2022) or ConvNeXt V2 (Woo et al., 2023) in timm's form: pictures
/// `[batch, channels, height, width]` to logits `[batch, classes]`.
///
/// Parameters have timm's names, so that its weights load by name:
///
/// ```swift
/// let model = try Architecture.named("convnext_tiny.fb_in1k").make()
/// ```
public final class ConvNeXt: Module, FeatureModel {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        enum Stem: Sendable {
            /// Patches of 4 by 4 pixels.
            case patch
            /// Two overlapping convolutions.
            case overlap
            /// The first of them half as wide.
            case overlapTiered
        }
        var depths: [Int]
        var widths: [Int]
        var stem = Stem.patch
        /// Whether perceptrons are 1x1 convolutions.
        var usesConvolutions = false
        /// Whether it is a V2: responses are normalized, branches not scaled.
        var isV2 = false
        /// Whether normalization precedes the pooling.
        var normalizesFirst = false
        /// The width of a layer before the classifier.
        var hidden: Int?
        var eps = 1e-6
    }

    let stem: Sequential
    let stages: [Stage]
    let normPre: Module
    var head: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let widths = configuration.widths
        switch configuration.stem {
        case .patch:
            stem = Sequential {
                Conv2d(options.inputChannels, widths[0], kernelSize: 4, stride: 4)
                LayerNorm2d(widths[0], eps: configuration.eps)
            }
        case .overlap, .overlapTiered:
            // timm rounds half the width to a multiple of 8, by no more than a tenth down.
            let width = configuration.stem == .overlap ? widths[0] : divisible(Double(widths[0] / 2))
            stem = Sequential {
                Conv2d(options.inputChannels, width, kernelSize: 3, stride: 2, padding: 1)
                Conv2d(width, widths[0], kernelSize: 3, stride: 2, padding: 1)
                LayerNorm2d(widths[0], eps: configuration.eps)
            }
        }
        stages = configuration.depths.indices.map { index in
            Stage(
                inputs: widths[max(0, index - 1)], width: widths[index], depth: configuration.depths[index],
                configuration)
        }
        let features = widths[widths.count - 1]
        normPre = configuration.normalizesFirst ? LayerNorm2d(features, eps: configuration.eps) : Identity()
        head = Head(features, configuration, classes: options.classes)
        super.init()
        apply { module in
            if let layer = module as? Conv2d { initialize(layer.weight, layer.bias) }
            if let layer = module as? Linear { initialize(layer.weight, layer.bias) }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor { head(forwardFeatures(input)) }

    func forwardFeatures(_ input: Tensor) -> Tensor {
        var output = stem(input)
        for stage in stages { output = stage(output) }
        return normPre(output)
    }

    func removeClassifier() { head = Identity() }

    /// A number of blocks at one resolution, which halves before all stages but the first.
    final class Stage: Module {
        let downsample: Module
        let blocks: [Block]

        init(inputs: Int, width: Int, depth: Int, _ configuration: Configuration) {
            downsample =
                inputs == width
                ? Identity()
                : Sequential {
                    LayerNorm2d(inputs, eps: configuration.eps)
                    Conv2d(inputs, width, kernelSize: 2, stride: 2)
                }
            blocks = (0..<depth).map { _ in Block(width, configuration) }
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            var output = downsample(input)
            for block in blocks { output = block(output) }
            return output
        }
    }

    /// A wide convolution of each channel, then a perceptron of each pixel, around which the input is added.
    final class Block: Module {
        @Parameter var gamma: Tensor?
        let convDw: Conv2d
        let norm: Module
        let mlp: MLP
        private let usesConvolutions: Bool

        init(_ width: Int, _ configuration: Configuration) {
            usesConvolutions = configuration.usesConvolutions
            gamma = configuration.isV2 ? nil : Tensor.full([width], 1e-6)
            convDw = Conv2d(width, width, kernelSize: 7, padding: 3, groups: width)
            norm =
                usesConvolutions ? LayerNorm2d(width, eps: configuration.eps) : LayerNorm(width, eps: configuration.eps)
            mlp = MLP(
                width, hidden: 4 * width, usesConvolutions: usesConvolutions, normalizesResponse: configuration.isV2)
            super.init()
            // A layer that outlives its block is a plain one.
            (mlp.fc2 as? Linear)?.outputScale = { [weak self] in self?.gamma }
        }

        override func forward(_ input: Tensor) -> Tensor {
            var branch = convDw(input)
            if !usesConvolutions { branch = branch.permute(0, 2, 3, 1) }
            branch = mlp(norm(branch))
            if let gamma {
                // The sum stays in the scale's precision: in bfloat16 it would lose branches that are small at first.
                branch = usesConvolutions ? branch * gamma.view(1, -1, 1, 1) : branch.to(gamma.dtype)
            }
            return input + (usesConvolutions ? branch : branch.permute(0, 3, 1, 2))
        }
    }

    /// Pooling, normalization and the classifier.
    final class Head: Module {
        let norm: LayerNorm2d?
        let preLogits: Sequential?
        let fc: Linear

        init(_ features: Int, _ configuration: Configuration, classes: Int) {
            norm = configuration.normalizesFirst ? nil : LayerNorm2d(features, eps: configuration.eps)
            preLogits = configuration.hidden.map {
                Sequential(named: [("fc", Linear(features, $0)), ("act", GELU())])
            }
            fc = Linear(configuration.hidden ?? features, classes)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            let pooled = input.adaptiveAvgPool2d([1, 1])
            let vector = (norm?(pooled) ?? pooled).flatten(startDim: 1)
            return fc(preLogits?(vector) ?? vector)
        }
    }
}

extension ConvNeXt {
    private static func small(_ width: Int, third: Int = 6, _ stem: Configuration.Stem = .patch, isV2: Bool = false)
        -> Configuration
    {
        Configuration(
            depths: [2, 2, third, 2], widths: [width, 2 * width, 4 * width, 8 * width], stem: stem,
            usesConvolutions: true, isV2: isV2)
    }

    private static func large(_ width: Int, third: Int = 27, isV2: Bool = false, hidden: Int? = nil) -> Configuration {
        Configuration(
            depths: [3, 3, third, 3], widths: [width, 2 * width, 4 * width, 8 * width], isV2: isV2, hidden: hidden)
    }

    static let family = ModelFamily(
        .timm, cut: .features(pooled: false),
        [
            "convnext_atto": small(40), "convnext_atto_ols": small(40, .overlapTiered),
            "convnext_femto": small(48), "convnext_femto_ols": small(48, .overlapTiered),
            "convnext_pico": small(64), "convnext_pico_ols": small(64, .overlapTiered),
            "convnext_nano": small(80, third: 8), "convnext_nano_ols": small(80, third: 8, .overlap),
            "convnext_tiny_hnf": Configuration(
                depths: [3, 3, 9, 3], widths: [96, 192, 384, 768], usesConvolutions: true, normalizesFirst: true),
            "convnext_tiny": large(96, third: 9), "convnext_small": large(96), "convnext_base": large(128),
            "convnext_large": large(192), "convnext_large_mlp": large(192, hidden: 1536),
            "convnext_xlarge": large(256),
            "convnext_xxlarge": Configuration(depths: [3, 4, 30, 3], widths: [384, 768, 1536, 3072], eps: 1e-5),
            "convnextv2_atto": small(40, isV2: true), "convnextv2_femto": small(48, isV2: true),
            "convnextv2_pico": small(64, isV2: true), "convnextv2_nano": small(80, third: 8, isV2: true),
            "convnextv2_tiny": large(96, third: 9, isV2: true), "convnextv2_small": large(96, isV2: true),
            "convnextv2_base": large(128, isV2: true), "convnextv2_large": large(192, isV2: true),
            "convnextv2_huge": large(352, isV2: true),
        ] as KeyValuePairs<String, Configuration>, features: { $0.widths[3] }, namesOfFile: presentNames,
        make: ConvNeXt.init)

    /// Names of the makers' own files and of torchvision's.
    @Sendable private static func presentNames(_ names: Set<String>) -> [String: String] {
        if names.contains("features.0.0.weight") {
            return Dictionary(uniqueKeysWithValues: names.map { ($0, TorchvisionNames.convNeXt($0)) })
        }
        let isOwn = names.contains("downsample_layers.0.0.weight")
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                guard isOwn else { return (name, name) }
                let present = name.replacing("downsample_layers.0.", with: "stem.")
                    .replacing(/^stages\.(\d+)\.(\d+)/) { "stages.\($0.1).blocks.\($0.2)" }
                    .replacing(/^downsample_layers\.(\d+)/) { "stages.\($0.1).downsample" }
                    .replacing("dwconv", with: "conv_dw").replacing("pwconv", with: "mlp.fc")
                    .replacing("grn.gamma", with: "mlp.grn.weight").replacing("grn.beta", with: "mlp.grn.bias")
                    .replacing(/^head\./, with: "head.fc.").replacing(/^norm\./, with: "head.norm.")
                return (name, present)
            })
    }
}
