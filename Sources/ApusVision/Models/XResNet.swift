// XResNet: fastai's residual nets.
import Torch

/// A residual net with the changes of "Bag of Tricks" (He et al., 2019) in fastai's form: pictures
/// `[batch, channels, height, width]` to logits `[batch, classes]`.
///
/// Three 3x3 convolutions take the place of the first one, shortcuts average before they narrow, and each branch
/// starts at zero. Parameters have fastai's names.
///
/// ```swift
/// let model = try Architecture.named("xresnet34").make(classes: 10)
/// ```
public final class XResNet: Sequential {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        var expansion: Int
        var depths: [Int]
        /// The groups of the 3x3 convolutions (xResNeXt).
        var groups = 1

        var features: Int { (depths.count > 4 ? 256 : 512) * expansion }
    }

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let widths = [64 / configuration.expansion, 64, 128, 256, 512].prefix(configuration.depths.count + 1)
        let sizes = widths + Array(repeating: 256, count: max(0, configuration.depths.count - 4))
        let (expansion, groups) = (configuration.expansion, configuration.groups)
        let stages = configuration.depths.indices.map { stage in
            let width = sizes[stage + 1]
            return Sequential(
                (0..<configuration.depths[stage]).map { index in
                    ResBlock(
                        expansion, index == 0 ? sizes[stage] : width, width, stride: stage > 0 && index == 0 ? 2 : 1,
                        groups: groups,
                        // Four channels of each group for every 64 of the block, as fastai counts them.
                        inner: groups == 1 ? width : width * 4 / 64 * groups)
                })
        }
        super.init(
            [
                ConvLayer(options.inputChannels, 32, stride: 2), ConvLayer(32, 32), ConvLayer(32, 64),
                MaxPool2d(3, stride: 2, padding: 1),
            ] + stages + [
                AdaptiveAvgPool2d(1), Flatten(), Dropout(0), Linear(configuration.features, options.classes),
            ])
        apply { module in
            if let conv = module as? Conv2d { Init.kaimingNormal_(conv.weight) }
            if let norm = module as? BatchNorm2d, let bias = norm.bias { Init.zeros_(bias) }
            if let linear = module as? Linear {
                Init.kaimingNormal_(linear.weight)
                if let bias = linear.bias { Init.zeros_(bias) }
            }
        }
    }

    private static func plain(_ expansion: Int, _ depths: Int..., groups: Int = 1) -> Configuration {
        Configuration(expansion: expansion, depths: depths, groups: groups)
    }

    static let family = ModelFamily(
        .fastai, cut: .dropLast(4),
        [
            "xresnet18": plain(1, 2, 2, 2, 2), "xresnet34": plain(1, 3, 4, 6, 3), "xresnet50": plain(4, 3, 4, 6, 3),
            "xresnet101": plain(4, 3, 4, 23, 3), "xresnet152": plain(4, 3, 8, 36, 3),
        ], features: \.features, split: { _ in .layers(3) }, make: XResNet.init)

    /// Nets whose groups of layers fastai does not know.
    static let furtherFamily = ModelFamily(
        .fastai, cut: .dropLast(4),
        [
            "xresnet18_deep": plain(1, 2, 2, 2, 2, 1, 1), "xresnet34_deep": plain(1, 3, 4, 6, 3, 1, 1),
            "xresnet50_deep": plain(4, 3, 4, 6, 3, 1, 1), "xresnet18_deeper": plain(1, 2, 2, 1, 1, 1, 1, 1, 1),
            "xresnet34_deeper": plain(1, 3, 4, 6, 3, 1, 1, 1, 1), "xresnet50_deeper": plain(4, 3, 4, 6, 3, 1, 1, 1, 1),
            "xresnext18": plain(1, 2, 2, 2, 2, groups: 32), "xresnext34": plain(1, 3, 4, 6, 3, groups: 32),
            "xresnext50": plain(4, 3, 4, 6, 3, groups: 32), "xresnext101": plain(4, 3, 4, 23, 3, groups: 32),
        ], features: \.features, make: XResNet.init)
}
