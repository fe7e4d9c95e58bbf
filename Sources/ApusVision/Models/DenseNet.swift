// DenseNet: each layer reads the outputs of all layers before it.
import Torch

/// A DenseNet (Huang et al., 2017) in torchvision's form: pictures `[batch, channels, height, width]` to logits
/// `[batch, classes]`.
///
/// ```swift
/// let model = try Architecture.named("densenet121").make(classes: 10)
/// ```
public final class DenseNet: Module {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        /// The layers of each block.
        var depths: [Int]
        /// The channels that each layer adds.
        var growth = 32
        /// The channels of the first layer.
        var initial = 64

        /// The channels of the last block.
        var features: Int {
            let last = depths.count - 1
            return depths.enumerated().reduce(initial) { channels, block in
                (channels + block.element * growth) / (block.offset == last ? 1 : 2)
            }
        }
    }

    public let features: Sequential
    /// The classifier, which may be replaced.
    public var classifier: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        var channels = configuration.initial
        var layers: [(name: String, module: Module)] = [
            ("conv0", Conv2d(options.inputChannels, channels, kernelSize: 7, stride: 2, padding: 3, bias: false)),
            ("norm0", BatchNorm2d(channels)), ("relu0", ReLU(inplace: true)),
            ("pool0", MaxPool2d(3, stride: 2, padding: 1)),
        ]
        for (index, depth) in configuration.depths.enumerated() {
            layers.append(("denseblock\(index + 1)", Block(channels, depth: depth, growth: configuration.growth)))
            channels += depth * configuration.growth
            if index < configuration.depths.count - 1 {
                let transition = Sequential(named: [
                    ("norm", BatchNorm2d(channels)), ("relu", ReLU(inplace: true)),
                    ("conv", Conv2d(channels, channels / 2, kernelSize: 1, bias: false)), ("pool", AvgPool2d(2)),
                ])
                layers.append(("transition\(index + 1)", transition))
                channels /= 2
            }
        }
        layers.append(("norm5", BatchNorm2d(channels)))
        features = Sequential(named: layers)
        let linear = Linear(channels, options.classes)
        if let bias = linear.bias { Init.zeros_(bias) }
        classifier = linear
        super.init()
        apply { module in
            if let conv = module as? Conv2d { Init.kaimingNormal_(conv.weight) }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        classifier(features(input).relu_().adaptiveAvgPool2d([1, 1]).flatten(startDim: 1))
    }

    /// Layers whose outputs are joined with their inputs.
    private final class Block: Sequential {
        init(_ channels: Int, depth: Int, growth: Int) {
            super.init(
                named: (0..<depth).map {
                    ("denselayer\($0 + 1)", Layer(channels + $0 * growth, growth: growth))
                })
        }

        override func forward(_ input: Tensor) -> Tensor {
            var outputs = [input]
            for layer in layers { outputs.append(layer(.cat(outputs, dim: 1))) }
            return .cat(outputs, dim: 1)
        }
    }

    /// A 1x1 convolution that narrows, then a 3x3 one.
    private final class Layer: Module {
        let norm1: BatchNorm2d
        let relu1 = ReLU(inplace: true)
        let conv1: Conv2d
        let norm2: BatchNorm2d
        let relu2 = ReLU(inplace: true)
        let conv2: Conv2d

        init(_ channels: Int, growth: Int) {
            norm1 = BatchNorm2d(channels)
            conv1 = Conv2d(channels, 4 * growth, kernelSize: 1, bias: false)
            norm2 = BatchNorm2d(4 * growth)
            conv2 = Conv2d(4 * growth, growth, kernelSize: 3, padding: 1, bias: false)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { conv2(relu2(norm2(conv1(relu1(norm1(input)))))) }
    }

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(1),
        [
            "densenet121": Configuration(depths: [6, 12, 24, 16]),
            "densenet161": Configuration(depths: [6, 12, 36, 24], growth: 48, initial: 96),
            "densenet169": Configuration(depths: [6, 12, 32, 32]),
            "densenet201": Configuration(depths: [6, 12, 48, 32]),
        ], features: \.features, split: { _ in .layersOfFirstChild(7) },
        // The published files have a dot in the names of a layer's parts: norm.1 for norm1.
        renamed: { $0.replacing(/\.(norm|conv)\.([12])\./) { ".\($0.1)\($0.2)." } }, make: DenseNet.init)
}
