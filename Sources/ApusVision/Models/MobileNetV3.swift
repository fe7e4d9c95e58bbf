// MobileNet V3: inverted residuals with squeeze and excitation.
import Torch

/// A MobileNet V3 (Howard et al., 2019) in torchvision's form: pictures `[batch, channels, height, width]` to logits
/// `[batch, classes]`. timm's are made by ``TimmEfficientNet``.
///
/// ```swift
/// let model = try Architecture.named("mobilenet_v3_small").make(classes: 10)
/// ```
public final class MobileNetV3: Module {
    /// A block: how wide it is within, and whether it squeezes.
    struct Block: Sendable {
        let kernel: Int
        let expanded: Int
        let output: Int
        let squeezes: Bool
        let activation: Activation
        let stride: Int

        init(_ kernel: Int, _ expanded: Int, _ output: Int, se squeezes: Bool, _ activation: Activation, _ stride: Int)
        {
            (self.kernel, self.expanded, self.output) = (kernel, expanded, output)
            (self.squeezes, self.activation, self.stride) = (squeezes, activation, stride)
        }
    }

    /// What tells the variants apart.
    struct Configuration: Sendable {
        var blocks: [Block]
        /// The width of the layer before the classifier.
        var hidden: Int

        var features: Int { 6 * (blocks.last?.output ?? 0) }
    }

    public let features: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    /// The classifier, which may be replaced.
    public var classifier: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let norm = BatchNormSettings(eps: 1e-3, momentum: 0.01)
        var channels = 16
        features = Sequential([
            convNormActivation(
                options.inputChannels, channels, kernelSize: 3, stride: 2, norm: norm, activation: .hardswish)
        ])
        for block in configuration.blocks {
            features.append(Residual(channels, block, norm))
            channels = block.output
        }
        features.append(
            convNormActivation(channels, configuration.features, kernelSize: 1, norm: norm, activation: .hardswish))
        classifier = Sequential {
            Linear(configuration.features, configuration.hidden)
            Hardswish()
            Dropout(0.2)
            Linear(configuration.hidden, options.classes)
        }
        super.init()
        initializeMobileNet(self)
    }

    public override func forward(_ input: Tensor) -> Tensor {
        classifier(avgpool(features(input)).flatten(startDim: 1))
    }

    private final class Residual: Module {
        let block: Sequential
        private let addsInput: Bool

        init(_ inputs: Int, _ form: Block, _ norm: BatchNormSettings) {
            block = Sequential {
                if form.expanded != inputs {
                    convNormActivation(
                        inputs, form.expanded, kernelSize: 1, norm: norm, activation: form.activation)
                }
                convNormActivation(
                    form.expanded, form.expanded, kernelSize: form.kernel, stride: form.stride, groups: form.expanded,
                    norm: norm, activation: form.activation)
                if form.squeezes {
                    SqueezeExcite(
                        form.expanded, squeezed: divisible(Double(form.expanded / 4)), gate: Hardsigmoid())
                }
                convNormActivation(form.expanded, form.output, kernelSize: 1, norm: norm, activation: nil)
            }
            addsInput = form.stride == 1 && inputs == form.output
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { addsInput ? input + block(input) : block(input) }
    }

    private static let large = Configuration(
        blocks: [
            Block(3, 16, 16, se: false, .relu, 1), Block(3, 64, 24, se: false, .relu, 2),
            Block(3, 72, 24, se: false, .relu, 1), Block(5, 72, 40, se: true, .relu, 2),
            Block(5, 120, 40, se: true, .relu, 1), Block(5, 120, 40, se: true, .relu, 1),
            Block(3, 240, 80, se: false, .hardswish, 2), Block(3, 200, 80, se: false, .hardswish, 1),
            Block(3, 184, 80, se: false, .hardswish, 1), Block(3, 184, 80, se: false, .hardswish, 1),
            Block(3, 480, 112, se: true, .hardswish, 1), Block(3, 672, 112, se: true, .hardswish, 1),
            Block(5, 672, 160, se: true, .hardswish, 2), Block(5, 960, 160, se: true, .hardswish, 1),
            Block(5, 960, 160, se: true, .hardswish, 1),
        ], hidden: 1280)

    private static let small = Configuration(
        blocks: [
            Block(3, 16, 16, se: true, .relu, 2), Block(3, 72, 24, se: false, .relu, 2),
            Block(3, 88, 24, se: false, .relu, 1), Block(5, 96, 40, se: true, .hardswish, 2),
            Block(5, 240, 40, se: true, .hardswish, 1), Block(5, 240, 40, se: true, .hardswish, 1),
            Block(5, 120, 48, se: true, .hardswish, 1), Block(5, 144, 48, se: true, .hardswish, 1),
            Block(5, 288, 96, se: true, .hardswish, 2), Block(5, 576, 96, se: true, .hardswish, 1),
            Block(5, 576, 96, se: true, .hardswish, 1),
        ], hidden: 1024)

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(2), ["mobilenet_v3_small": small, "mobilenet_v3_large": large],
        features: \.features, make: MobileNetV3.init)
}
