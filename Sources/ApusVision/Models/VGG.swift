// VGG: stacks of 3x3 convolutions.
import Torch

/// A VGG net (Simonyan and Zisserman, 2014) of 11 to 19 layers, with or without batch normalization, in torchvision's
/// form: pictures `[batch, channels, height, width]` to logits `[batch, classes]`.
///
/// ```swift
/// let model = try Architecture.named("vgg16_bn").make(classes: 10)
/// ```
public final class VGG: Module {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        /// The convolutions before each halving of the resolution.
        var depths: [Int]
        var normalizes: Bool
    }

    public let features: Sequential
    let avgpool = AdaptiveAvgPool2d(7)
    /// The classifier, which may be replaced.
    public var classifier: Sequential

    init(_ configuration: Configuration, _ options: ModelOptions) {
        var channels = options.inputChannels
        features = Sequential([])
        for (depth, width) in zip(configuration.depths, [64, 128, 256, 512, 512]) {
            for _ in 0..<depth {
                features.append(Conv2d(channels, width, kernelSize: 3, padding: 1))
                if configuration.normalizes { features.append(BatchNorm2d(width)) }
                features.append(ReLU(inplace: true))
                channels = width
            }
            features.append(MaxPool2d(2, stride: 2))
        }
        classifier = Sequential {
            Linear(512 * 7 * 7, 4096)
            ReLU(inplace: true)
            Dropout(0.5)
            Linear(4096, 4096)
            ReLU(inplace: true)
            Dropout(0.5)
            Linear(4096, options.classes)
        }
        super.init()
        apply { module in
            if let conv = module as? Conv2d {
                Init.kaimingNormal_(conv.weight, mode: .fanOut, nonlinearity: .relu)
                if let bias = conv.bias { Init.zeros_(bias) }
            } else if let linear = module as? Linear {
                Init.normal_(linear.weight, std: 0.01)
                if let bias = linear.bias { Init.zeros_(bias) }
            }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        classifier(avgpool(features(input)).flatten(startDim: 1))
    }

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(2),
        [
            "vgg11": Configuration(depths: [1, 1, 2, 2, 2], normalizes: false),
            "vgg11_bn": Configuration(depths: [1, 1, 2, 2, 2], normalizes: true),
            "vgg13": Configuration(depths: [2, 2, 2, 2, 2], normalizes: false),
            "vgg13_bn": Configuration(depths: [2, 2, 2, 2, 2], normalizes: true),
            "vgg16": Configuration(depths: [2, 2, 3, 3, 3], normalizes: false),
            "vgg16_bn": Configuration(depths: [2, 2, 3, 3, 3], normalizes: true),
            "vgg19": Configuration(depths: [2, 2, 4, 4, 4], normalizes: false),
            "vgg19_bn": Configuration(depths: [2, 2, 4, 4, 4], normalizes: true),
        ], features: { _ in 512 }, split: { $0.normalizes ? .layersOfFirstChild(22) : .whole }, make: VGG.init)
}
