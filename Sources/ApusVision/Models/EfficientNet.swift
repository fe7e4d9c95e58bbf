// EfficientNet and EfficientNet V2 in torchvision's form.
import Torch

/// An EfficientNet (Tan and Le, 2019) or EfficientNet V2 (Tan and Le, 2021) in torchvision's form: pictures
/// `[batch, channels, height, width]` to logits `[batch, classes]`. timm's are made by ``TimmEfficientNet``.
///
/// ```swift
/// let model = try Architecture.named("efficientnet_b0").make(classes: 10)
/// ```
public final class EfficientNet: Module {
    /// Blocks of one width.
    struct Stage: Sendable {
        /// Whether the convolution of each channel is one with the one that widens.
        let isFused: Bool
        let expansion: Int
        let kernel: Int
        let stride: Int
        let output: Int
        let count: Int

        init(
            fused: Bool = false, expand expansion: Int, kernel: Int = 3, stride: Int, _ output: Int, times count: Int
        ) {
            (isFused, self.expansion, self.kernel) = (fused, expansion, kernel)
            (self.stride, self.output, self.count) = (stride, output, count)
        }
    }

    /// What tells the variants apart.
    struct Configuration: Sendable {
        var stem: Int
        var stages: [Stage]
        var features: Int
        var dropout: Double
        var norm = BatchNormSettings()
    }

    public let features: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    /// The classifier, which may be replaced.
    public var classifier: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let norm = configuration.norm
        var channels = configuration.stem
        features = Sequential([
            convNormActivation(options.inputChannels, channels, kernelSize: 3, stride: 2, norm: norm, activation: .silu)
        ])
        let total = configuration.stages.reduce(0) { $0 + $1.count }
        var number = 0
        for stage in configuration.stages {
            let blocks = Sequential([])
            for index in 0..<stage.count {
                blocks.append(
                    Block(
                        channels, stage, stride: index == 0 ? stage.stride : 1, norm,
                        dropPath: 0.2 * Double(number) / Double(total)))
                channels = stage.output
                number += 1
            }
            features.append(blocks)
        }
        features.append(
            convNormActivation(channels, configuration.features, kernelSize: 1, norm: norm, activation: .silu))
        classifier = Sequential {
            Dropout(configuration.dropout)
            Linear(configuration.features, options.classes)
        }
        super.init()
        apply { module in
            if let conv = module as? Conv2d {
                Init.kaimingNormal_(conv.weight, mode: .fanOut)
                if let bias = conv.bias { Init.zeros_(bias) }
            } else if let linear = module as? Linear {
                let bound = 1 / Double(linear.outFeatures).squareRoot()
                Init.uniform_(linear.weight, -bound, bound)
                if let bias = linear.bias { Init.zeros_(bias) }
            }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        classifier(avgpool(features(input)).flatten(startDim: 1))
    }

    /// Layers that widen and narrow again, around which the input is added.
    private final class Block: Module {
        let block: Sequential
        private let dropPath: DropPath
        private let addsInput: Bool

        init(_ inputs: Int, _ stage: Stage, stride: Int, _ norm: BatchNormSettings, dropPath: Double) {
            let width = divisible(Double(inputs * stage.expansion))
            let (kernel, output) = (stage.kernel, stage.output)
            if stage.isFused {
                block = Sequential {
                    convNormActivation(
                        inputs, width == inputs ? output : width, kernelSize: kernel, stride: stride, norm: norm,
                        activation: .silu)
                    if width != inputs {
                        convNormActivation(width, output, kernelSize: 1, norm: norm, activation: nil)
                    }
                }
            } else {
                block = Sequential {
                    if width != inputs {
                        convNormActivation(inputs, width, kernelSize: 1, norm: norm, activation: .silu)
                    }
                    convNormActivation(
                        width, width, kernelSize: kernel, stride: stride, groups: width, norm: norm, activation: .silu)
                    SqueezeExcite(width, squeezed: max(1, inputs / 4), activation: SiLU())
                    convNormActivation(width, output, kernelSize: 1, norm: norm, activation: nil)
                }
            }
            self.dropPath = DropPath(dropPath)
            addsInput = stride == 1 && inputs == output
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            addsInput ? input + dropPath(block(input)) : block(input)
        }
    }

    /// B0 made wider and deeper.
    private static func scaled(
        width: Double, depth: Double, dropout: Double, norm: BatchNormSettings = BatchNormSettings()
    ) -> Configuration {
        func stage(_ expansion: Int, _ kernel: Int, _ stride: Int, _ output: Int, _ count: Int) -> Stage {
            Stage(
                expand: expansion, kernel: kernel, stride: stride, divisible(Double(output) * width),
                times: Int((Double(count) * depth).rounded(.up)))
        }
        return Configuration(
            stem: divisible(32 * width),
            stages: [
                stage(1, 3, 1, 16, 1), stage(6, 3, 2, 24, 2), stage(6, 5, 2, 40, 2), stage(6, 3, 2, 80, 3),
                stage(6, 5, 1, 112, 3), stage(6, 5, 2, 192, 4), stage(6, 3, 1, 320, 1),
            ], features: 4 * divisible(320 * width), dropout: dropout, norm: norm)
    }

    private static let original = BatchNormSettings(eps: 1e-3, momentum: 0.01)

    private static let v2S = Configuration(
        stem: 24,
        stages: [
            Stage(fused: true, expand: 1, stride: 1, 24, times: 2),
            Stage(fused: true, expand: 4, stride: 2, 48, times: 4),
            Stage(fused: true, expand: 4, stride: 2, 64, times: 4), Stage(expand: 4, stride: 2, 128, times: 6),
            Stage(expand: 6, stride: 1, 160, times: 9), Stage(expand: 6, stride: 2, 256, times: 15),
        ], features: 1280, dropout: 0.2, norm: BatchNormSettings(eps: 1e-3))

    private static let v2M = Configuration(
        stem: 24,
        stages: [
            Stage(fused: true, expand: 1, stride: 1, 24, times: 3),
            Stage(fused: true, expand: 4, stride: 2, 48, times: 5),
            Stage(fused: true, expand: 4, stride: 2, 80, times: 5), Stage(expand: 4, stride: 2, 160, times: 7),
            Stage(expand: 6, stride: 1, 176, times: 14), Stage(expand: 6, stride: 2, 304, times: 18),
            Stage(expand: 6, stride: 1, 512, times: 5),
        ], features: 1280, dropout: 0.3, norm: BatchNormSettings(eps: 1e-3))

    private static let v2L = Configuration(
        stem: 32,
        stages: [
            Stage(fused: true, expand: 1, stride: 1, 32, times: 4),
            Stage(fused: true, expand: 4, stride: 2, 64, times: 7),
            Stage(fused: true, expand: 4, stride: 2, 96, times: 7), Stage(expand: 4, stride: 2, 192, times: 10),
            Stage(expand: 6, stride: 1, 224, times: 19), Stage(expand: 6, stride: 2, 384, times: 25),
            Stage(expand: 6, stride: 1, 640, times: 7),
        ], features: 1280, dropout: 0.4, norm: BatchNormSettings(eps: 1e-3))

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(2),
        [
            "efficientnet_b0": scaled(width: 1, depth: 1, dropout: 0.2),
            "efficientnet_b1": scaled(width: 1, depth: 1.1, dropout: 0.2),
            "efficientnet_b2": scaled(width: 1.1, depth: 1.2, dropout: 0.3),
            "efficientnet_b3": scaled(width: 1.2, depth: 1.4, dropout: 0.3),
            "efficientnet_b4": scaled(width: 1.4, depth: 1.8, dropout: 0.4),
            "efficientnet_b5": scaled(width: 1.6, depth: 2.2, dropout: 0.4, norm: original),
            "efficientnet_b6": scaled(width: 1.8, depth: 2.6, dropout: 0.5, norm: original),
            "efficientnet_b7": scaled(width: 2, depth: 3.1, dropout: 0.5, norm: original),
            "efficientnet_v2_s": v2S, "efficientnet_v2_m": v2M, "efficientnet_v2_l": v2L,
        ], features: \.features, make: EfficientNet.init)
}
