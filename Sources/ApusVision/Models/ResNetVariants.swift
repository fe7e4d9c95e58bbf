// The variants of residual nets, torchvision's and timm's.
import Torch

extension ResNet {
    static func basic(_ depths: Int...) -> Configuration {
        Configuration(depths: depths, hasBottlenecks: false)
    }

    private static func wide(_ third: Int, groups: Int = 1, width: Int) -> Configuration {
        Configuration(depths: [3, 4, third, 3], groups: groups, groupWidth: width)
    }

    private static let shared: KeyValuePairs<String, Configuration> = [
        "resnet18": basic(2, 2, 2, 2), "resnet34": basic(3, 4, 6, 3),
        "resnet50": Configuration(depths: [3, 4, 6, 3]), "resnet101": Configuration(depths: [3, 4, 23, 3]),
        "resnet152": Configuration(depths: [3, 8, 36, 3]),
    ]

    private static let wider: KeyValuePairs<String, Configuration> = [
        "resnext50_32x4d": wide(6, groups: 32, width: 4), "resnext101_32x8d": wide(23, groups: 32, width: 8),
        "resnext101_64x4d": wide(23, groups: 64, width: 4), "wide_resnet50_2": wide(6, width: 128),
        "wide_resnet101_2": wide(23, width: 128),
    ]

    /// torchvision's; fastai knows the groups of layers of the plain ones only.
    static let families = [
        ModelFamily(
            .torchvision, cut: .dropLast(2), shared, features: \.features, split: { _ in .layers(6) }, make: ResNet.init
        ),
        ModelFamily(.torchvision, cut: .dropLast(2), wider, features: \.features, make: ResNet.init),
        timmFamily(shared), timmFamily(wider), timmFamily(timmOnly),
    ]

    private static func timmFamily(_ variants: KeyValuePairs<String, Configuration>) -> ModelFamily {
        ModelFamily(.timm, cut: .features(pooled: false), variants, features: \.features) { configuration, options in
            var configuration = configuration
            configuration.startsAtZero = true
            return ResNet(configuration, options)
        }
    }

    private static let timmOnly: KeyValuePairs<String, Configuration> = [
        "resnet10t": Configuration(
            depths: [1, 1, 1, 1], hasBottlenecks: false, stem: .tiered(32), averagesShortcuts: true),
        "resnet14t": Configuration(depths: [1, 1, 1, 1], stem: .tiered(32), averagesShortcuts: true),
        "resnet18d": Configuration(
            depths: [2, 2, 2, 2], hasBottlenecks: false, stem: .deep(32), averagesShortcuts: true),
        "resnet26": Configuration(depths: [2, 2, 2, 2]),
        "resnet26d": Configuration(depths: [2, 2, 2, 2], stem: .deep(32), averagesShortcuts: true),
        "resnet26t": Configuration(depths: [2, 2, 2, 2], stem: .tiered(32), averagesShortcuts: true),
        "resnet34d": Configuration(
            depths: [3, 4, 6, 3], hasBottlenecks: false, stem: .deep(32), averagesShortcuts: true),
        "resnet50c": Configuration(depths: [3, 4, 6, 3], stem: .deep(32)),
        "resnet50d": Configuration(depths: [3, 4, 6, 3], stem: .deep(32), averagesShortcuts: true),
        "resnet50s": Configuration(depths: [3, 4, 6, 3], stem: .deep(64)),
        "resnet50t": Configuration(depths: [3, 4, 6, 3], stem: .tiered(32), averagesShortcuts: true),
        "resnet101c": Configuration(depths: [3, 4, 23, 3], stem: .deep(32)),
        "resnet101d": Configuration(depths: [3, 4, 23, 3], stem: .deep(32), averagesShortcuts: true),
        "resnet101s": Configuration(depths: [3, 4, 23, 3], stem: .deep(64)),
        "resnet152c": Configuration(depths: [3, 8, 36, 3], stem: .deep(32)),
        "resnet152d": Configuration(depths: [3, 8, 36, 3], stem: .deep(32), averagesShortcuts: true),
        "resnet152s": Configuration(depths: [3, 8, 36, 3], stem: .deep(64)),
        "resnet200d": Configuration(depths: [3, 24, 36, 3], stem: .deep(32), averagesShortcuts: true),
        "resnext50d_32x4d": Configuration(
            depths: [3, 4, 6, 3], groups: 32, groupWidth: 4, stem: .deep(32), averagesShortcuts: true),
        "resnext101_32x4d": wide(23, groups: 32, width: 4), "resnext101_32x16d": wide(23, groups: 32, width: 16),
        "resnext101_32x32d": wide(23, groups: 32, width: 32),
    ]
}
