// MobileNet V2: inverted residuals for small devices.
import Torch

/// A MobileNet V2 (Sandler et al., 2018) in torchvision's form: pictures `[batch, channels, height, width]` to logits
/// `[batch, classes]`; 3,504,872 parameters for 1000 classes. timm's are made by ``TimmEfficientNet``.
///
/// ```swift
/// let model = try Architecture.named("mobilenet_v2").make(classes: 10)
/// ```
public final class MobileNetV2: Module {
    public let features: Sequential
    /// The classifier, which may be replaced.
    public var classifier: Module

    init(_ options: ModelOptions) {
        features = Sequential([
            convNormActivation(options.inputChannels, 32, kernelSize: 3, stride: 2, activation: .relu6)
        ])
        var channels = 32
        let stages = [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        ]
        for (expansion, width, count, stride) in stages {
            for index in 0..<count {
                features.append(Block(channels, width, stride: index == 0 ? stride : 1, expansion: expansion))
                channels = width
            }
        }
        features.append(convNormActivation(channels, 1280, kernelSize: 1, activation: .relu6))
        classifier = Sequential {
            Dropout(0.2)
            Linear(1280, options.classes)
        }
        super.init()
        initializeMobileNet(self)
    }

    public override func forward(_ input: Tensor) -> Tensor {
        classifier(features(input).adaptiveAvgPool2d([1, 1]).flatten(startDim: 1))
    }

    /// A 1x1 convolution that widens, one of each channel, and a 1x1 one that narrows.
    private final class Block: Module {
        let conv: Sequential
        private let addsInput: Bool

        init(_ inputs: Int, _ outputs: Int, stride: Int, expansion: Int) {
            let width = inputs * expansion
            conv = Sequential {
                if expansion != 1 { convNormActivation(inputs, width, kernelSize: 1, activation: .relu6) }
                convNormActivation(width, width, kernelSize: 3, stride: stride, groups: width, activation: .relu6)
                Conv2d(width, outputs, kernelSize: 1, bias: false)
                BatchNorm2d(outputs)
            }
            addsInput = stride == 1 && inputs == outputs
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { addsInput ? input + conv(input) : conv(input) }
    }

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(1), ["mobilenet_v2": ()] as KeyValuePairs<String, Void>, features: { 1280 },
        make: { _, options in MobileNetV2(options) })
}

/// The initial values of torchvision's MobileNets.
func initializeMobileNet(_ model: Module) {
    model.apply { module in
        if let conv = module as? Conv2d {
            Init.kaimingNormal_(conv.weight, mode: .fanOut)
            if let bias = conv.bias { Init.zeros_(bias) }
        } else if let linear = module as? Linear {
            Init.normal_(linear.weight, std: 0.01)
            if let bias = linear.bias { Init.zeros_(bias) }
        }
    }
}
