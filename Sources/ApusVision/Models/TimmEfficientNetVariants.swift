// The variants of timm's EfficientNets and MobileNets.
import Torch

extension TimmEfficientNet {
    private typealias Stages = [[Blocks]]

    private static func efficientNet(squeeze: Double = 0.25) -> Stages {
        [
            [Blocks(.separable, 1, stride: 1, 16, squeeze: squeeze)],
            [Blocks(.inverted, 2, stride: 2, expand: 6, 24, squeeze: squeeze)],
            [Blocks(.inverted, 2, kernel: 5, stride: 2, expand: 6, 40, squeeze: squeeze)],
            [Blocks(.inverted, 3, stride: 2, expand: 6, 80, squeeze: squeeze)],
            [Blocks(.inverted, 3, kernel: 5, stride: 1, expand: 6, 112, squeeze: squeeze)],
            [Blocks(.inverted, 4, kernel: 5, stride: 2, expand: 6, 192, squeeze: squeeze)],
            [Blocks(.inverted, 1, stride: 1, expand: 6, 320, squeeze: squeeze)],
        ]
    }

    private static let mobileNetV2: Stages = [
        [Blocks(.separable, 1, stride: 1, 16)], [Blocks(.inverted, 2, stride: 2, expand: 6, 24)],
        [Blocks(.inverted, 3, stride: 2, expand: 6, 32)], [Blocks(.inverted, 4, stride: 2, expand: 6, 64)],
        [Blocks(.inverted, 3, stride: 1, expand: 6, 96)], [Blocks(.inverted, 3, stride: 2, expand: 6, 160)],
        [Blocks(.inverted, 1, stride: 1, expand: 6, 320)],
    ]

    private static func mobileNetV3Large(firstAddsInput: Bool = true) -> Stages {
        [
            [Blocks(.separable, 1, stride: 1, 16, .relu, addsInput: firstAddsInput)],
            [
                Blocks(.inverted, 1, stride: 2, expand: 4, 24, .relu),
                Blocks(.inverted, 1, stride: 1, expand: 3, 24, .relu),
            ],
            [Blocks(.inverted, 3, kernel: 5, stride: 2, expand: 3, 40, squeeze: 0.25, .relu)],
            [
                Blocks(.inverted, 1, stride: 2, expand: 6, 80), Blocks(.inverted, 1, stride: 1, expand: 2.5, 80),
                Blocks(.inverted, 2, stride: 1, expand: 2.3, 80),
            ],
            [Blocks(.inverted, 2, stride: 1, expand: 6, 112, squeeze: 0.25)],
            [Blocks(.inverted, 3, kernel: 5, stride: 2, expand: 6, 160, squeeze: 0.25)],
            [Blocks(.plain, 1, kernel: 1, stride: 1, 960, addsInput: false)],
        ]
    }

    private static let mobileNetV3Small: Stages = [
        [Blocks(.separable, 1, stride: 2, 16, squeeze: 0.25, .relu)],
        [
            Blocks(.inverted, 1, stride: 2, expand: 4.5, 24, .relu),
            Blocks(.inverted, 1, stride: 1, expand: 3.67, 24, .relu),
        ],
        [
            Blocks(.inverted, 1, kernel: 5, stride: 2, expand: 4, 40, squeeze: 0.25),
            Blocks(.inverted, 2, kernel: 5, stride: 1, expand: 6, 40, squeeze: 0.25),
        ],
        [Blocks(.inverted, 2, kernel: 5, stride: 1, expand: 3, 48, squeeze: 0.25)],
        [Blocks(.inverted, 3, kernel: 5, stride: 2, expand: 6, 96, squeeze: 0.25)],
        [Blocks(.plain, 1, kernel: 1, stride: 1, 576, addsInput: false)],
    ]

    /// V2's stages: fused ones of (expansion, channels, blocks), then inverted ones; of all but the first and those
    /// with a stride of 1 the resolution halves.
    private static func v2(
        first: Blocks, fused: [(Int, Int)], inverted: [(stride: Int, expand: Double, output: Int, count: Int)]
    ) -> Stages {
        [[first]] + fused.map { [Blocks(.fused, $0.1, stride: 2, expand: 4, $0.0)] }
            + inverted.map {
                [Blocks(.inverted, $0.count, stride: $0.stride, expand: $0.expand, $0.output, squeeze: 0.25)]
            }
    }

    private static let v2Base = v2(
        first: Blocks(.plain, 1, stride: 1, 16), fused: [(32, 2), (48, 2)],
        inverted: [(2, 4, 96, 3), (1, 6, 112, 5), (2, 6, 192, 8)])

    private static func v2Small(isOwn: Bool) -> Stages {
        v2(
            first: Blocks(isOwn ? .fused : .plain, 2, stride: 1, 24), fused: [(48, 4), (64, 4)],
            inverted: [(2, 4, 128, 6), (1, 6, 160, 9), (2, 6, isOwn ? 272 : 256, 15)])
    }

    private static let v2Medium = v2(
        first: Blocks(.plain, 3, stride: 1, 24), fused: [(48, 5), (80, 5)],
        inverted: [(2, 4, 160, 7), (1, 6, 176, 14), (2, 6, 304, 18), (1, 6, 512, 5)])
    private static let v2Large = v2(
        first: Blocks(.plain, 4, stride: 1, 32), fused: [(64, 7), (96, 7)],
        inverted: [(2, 4, 192, 10), (1, 6, 224, 19), (2, 6, 384, 25), (1, 6, 640, 7)])
    private static let v2ExtraLarge = v2(
        first: Blocks(.plain, 4, stride: 1, 32), fused: [(64, 8), (96, 8)],
        inverted: [(2, 4, 192, 16), (1, 6, 256, 24), (2, 6, 512, 32), (1, 6, 640, 8)])

    /// Stages made wider and deeper.
    ///
    /// - Parameters:
    ///   - depths: By how much each stage is deeper.
    ///   - limit: How far rounding may narrow.
    private static func scaled(_ stages: Stages, width: Double, depths: [Double], limit: Double = 0.9) -> Stages {
        zip(stages, depths).map { stage, depth in
            var stage = stage
            // The first blocks of a stage grow last.
            var total = stage.reduce(0) { $0 + $1.count }
            var scaledTotal = Int((Double(total) * depth).rounded(.up))
            for index in stage.indices.reversed() {
                let count = stage[index].count
                let share = Double(count) / Double(total) * Double(scaledTotal)
                let scaledCount = max(1, Int(share.rounded(.toNearestOrEven)))
                total -= count
                scaledTotal -= scaledCount
                stage[index].count = scaledCount
                stage[index].output = divisible(Double(stage[index].output) * width, limit: limit)
            }
            return stage
        }
    }

    private static let tensorFlow = BatchNormSettings(eps: 1e-3)

    private static func b(_ width: Double, _ depth: Double, tensorFlow isOriginal: Bool = false) -> Configuration {
        Configuration(
            stages: scaled(efficientNet(), width: width, depths: Array(repeating: depth, count: 7)),
            stem: divisible(32 * width), head: divisible(1280 * width), activation: .silu,
            norm: isOriginal ? tensorFlow : BatchNormSettings(), padsSame: isOriginal)
    }

    /// Stem, head, and the depths of the first and last stage stay.
    private static func lite(_ width: Double, _ depth: Double, tensorFlow isOriginal: Bool = false) -> Configuration {
        let depths = [1] + Array(repeating: depth, count: 5) + [1]
        return Configuration(
            stages: scaled(efficientNet(squeeze: 0), width: width, depths: depths), stem: 32, head: 1280,
            activation: .relu6, norm: isOriginal ? tensorFlow : BatchNormSettings(), padsSame: isOriginal)
    }

    private static func v2Base(_ width: Double, _ depth: Double) -> Configuration {
        Configuration(
            stages: scaled(v2Base, width: width, depths: Array(repeating: depth, count: 6), limit: 0),
            stem: divisible(32 * width, limit: 0), head: divisible(1280 * width, limit: 0), activation: .silu,
            norm: tensorFlow, padsSame: true)
    }

    private static func v2(_ stages: Stages, stem: Int) -> Configuration {
        Configuration(stages: stages, stem: stem, head: 1280, activation: .silu, norm: tensorFlow, padsSame: true)
    }

    private static func v2Own(
        _ stages: Stages, width: Double = 1, depths: [Double] = [1, 1, 1, 1, 1, 1], head: Int
    ) -> Configuration {
        Configuration(
            stages: scaled(stages, width: width, depths: depths), stem: divisible(24 * width),
            head: divisible(Double(head) * width), activation: .silu)
    }

    private static func mobileNetV2(_ width: Double, depth: Double? = nil) -> Configuration {
        let depths = [1] + Array(repeating: depth ?? 1, count: 5) + [1]
        return Configuration(
            stages: scaled(mobileNetV2, width: width, depths: depths),
            stem: depth == nil ? divisible(32 * width) : 32,
            head: depth == nil ? max(1280, divisible(1280 * width)) : 1280, activation: .relu6)
    }

    private static func mobileNetV3(
        _ stages: Stages, width: Double = 1, depth: Double = 1, head: Int, squeeze: Squeeze = .hard
    ) -> Configuration {
        Configuration(
            stages: scaled(stages, width: width, depths: Array(repeating: depth, count: stages.count)),
            stem: width < 0.75 ? 16 : divisible(16 * width), head: head, activation: .hardswish, squeeze: squeeze,
            poolsFirst: true)
    }

    private static let mobileNetV3RW: Configuration = {
        var configuration = mobileNetV3(
            mobileNetV3Large(firstAddsInput: false), head: 1280, squeeze: .hardUnrounded)
        configuration.norm = tensorFlow
        configuration.hasHeadBias = false
        return configuration
    }()

    static let efficientNets = ModelFamily(
        .timm, cut: .features(pooled: false),
        [
            "efficientnet_b0": b(1, 1), "efficientnet_b1": b(1, 1.1), "efficientnet_b2": b(1.1, 1.2),
            "efficientnet_b3": b(1.2, 1.4), "efficientnet_b4": b(1.4, 1.8), "efficientnet_b5": b(1.6, 2.2),
            "efficientnet_lite0": lite(1, 1),
            "efficientnetv2_rw_t": v2Own(
                v2Small(isOwn: false), width: 0.8, depths: Array(repeating: 0.9, count: 6), head: 1280),
            "efficientnetv2_rw_s": v2Own(v2Small(isOwn: true), head: 1792),
            "efficientnetv2_rw_m": v2Own(
                v2Small(isOwn: true), width: 1.2, depths: [1.2, 1.2, 1.2, 1.2, 1.6, 1.6], head: 1792),
            "tf_efficientnet_b0": b(1, 1, tensorFlow: true), "tf_efficientnet_b1": b(1, 1.1, tensorFlow: true),
            "tf_efficientnet_b2": b(1.1, 1.2, tensorFlow: true), "tf_efficientnet_b3": b(1.2, 1.4, tensorFlow: true),
            "tf_efficientnet_b4": b(1.4, 1.8, tensorFlow: true), "tf_efficientnet_b5": b(1.6, 2.2, tensorFlow: true),
            "tf_efficientnet_b6": b(1.8, 2.6, tensorFlow: true), "tf_efficientnet_b7": b(2, 3.1, tensorFlow: true),
            "tf_efficientnet_b8": b(2.2, 3.6, tensorFlow: true), "tf_efficientnet_l2": b(4.3, 5.3, tensorFlow: true),
            "tf_efficientnet_lite0": lite(1, 1, tensorFlow: true),
            "tf_efficientnet_lite1": lite(1, 1.1, tensorFlow: true),
            "tf_efficientnet_lite2": lite(1.1, 1.2, tensorFlow: true),
            "tf_efficientnet_lite3": lite(1.2, 1.4, tensorFlow: true),
            "tf_efficientnet_lite4": lite(1.4, 1.8, tensorFlow: true), "tf_efficientnetv2_b0": v2Base(1, 1),
            "tf_efficientnetv2_b1": v2Base(1, 1.1), "tf_efficientnetv2_b2": v2Base(1.1, 1.2),
            "tf_efficientnetv2_b3": v2Base(1.2, 1.4), "tf_efficientnetv2_s": v2(v2Small(isOwn: false), stem: 24),
            "tf_efficientnetv2_m": v2(v2Medium, stem: 24), "tf_efficientnetv2_l": v2(v2Large, stem: 32),
            "tf_efficientnetv2_xl": v2(v2ExtraLarge, stem: 32),
        ] as KeyValuePairs<String, Configuration>, features: \.features, make: TimmEfficientNet.init)

    static let mobileNets = ModelFamily(
        .timm, cut: .features(pooled: false),
        [
            "mobilenetv2_050": mobileNetV2(0.5), "mobilenetv2_100": mobileNetV2(1),
            "mobilenetv2_110d": mobileNetV2(1.1, depth: 1.2), "mobilenetv2_120d": mobileNetV2(1.2, depth: 1.4),
            "mobilenetv2_140": mobileNetV2(1.4),
            "mobilenetv3_small_050": mobileNetV3(mobileNetV3Small, width: 0.5, head: 1024),
            "mobilenetv3_small_075": mobileNetV3(mobileNetV3Small, width: 0.75, head: 1024),
            "mobilenetv3_small_100": mobileNetV3(mobileNetV3Small, head: 1024),
            "mobilenetv3_large_100": mobileNetV3(mobileNetV3Large(), head: 1280),
            "mobilenetv3_large_150d": mobileNetV3(mobileNetV3Large(), width: 1.5, depth: 1.2, head: 1280),
            "mobilenetv3_rw": mobileNetV3RW,
        ] as KeyValuePairs<String, Configuration>, features: \.features, make: TimmEfficientNet.init)
}
