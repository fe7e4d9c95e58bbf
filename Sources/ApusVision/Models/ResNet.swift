// Residual nets: ResNet, ResNeXt, wide nets, and timm's variants with other stems and shortcuts.
import Torch

/// A residual net (He et al., 2015) in torchvision's and timm's form: pictures `[batch, channels, height, width]` to
/// logits `[batch, classes]`. ResNeXt (Xie et al., 2017), wide nets (Zagoruyko and Komodakis, 2016) and the variants
/// "c", "d", "s" and "t" (He et al., 2019) are of this class, too.
///
/// Parameters have torchvision's names and initial values, so that its weights load by name:
///
/// ```swift
/// let model = ResNet.resnet18()
/// try model.loadStateDict(TorchCheckpoint.stateDict(file))     // resnet18-f37072fd.pth
/// ```
public final class ResNet: Module, FeatureModel {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        enum Stem: Sendable {
            /// One 7x7 convolution.
            case plain
            /// Three 3x3 convolutions, two of this width and one of twice as much.
            case deep(Int)
            /// The same, the first with three quarters of the width.
            case tiered(Int)
        }
        var depths: [Int]
        var hasBottlenecks = true
        /// The groups of the 3x3 convolutions, more than one in ResNeXt.
        var groups = 1
        /// The width of a group in the first stage.
        var groupWidth = 64
        var stem = Stem.plain
        /// Whether shortcuts average before they narrow.
        var averagesShortcuts = false
        /// Whether the branches' last normalization starts at zero, as in timm.
        var startsAtZero = false

        var features: Int { hasBottlenecks ? 2048 : 512 }
    }

    let conv1: Module
    let bn1: BatchNorm2d
    let relu = ReLU(inplace: true)
    let maxpool = MaxPool2d(3, stride: 2, padding: 1)
    public let layer1: Sequential
    public let layer2: Sequential
    public let layer3: Sequential
    public let layer4: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    /// The classifier, which may be replaced.
    public var fc: Module

    /// ResNet-18: 11,689,512 parameters for 1000 classes.
    public static func resnet18(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(basic(2, 2, 2, 2), ModelOptions(classes: classes, inputChannels: inputChannels))
    }

    /// ResNet-34: 21,797,672 parameters for 1000 classes.
    public static func resnet34(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(basic(3, 4, 6, 3), ModelOptions(classes: classes, inputChannels: inputChannels))
    }

    /// ResNet-50: 25,557,032 parameters for 1000 classes.
    public static func resnet50(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(Configuration(depths: [3, 4, 6, 3]), ModelOptions(classes: classes, inputChannels: inputChannels))
    }

    /// ResNet-101: 44,549,160 parameters for 1000 classes.
    public static func resnet101(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(Configuration(depths: [3, 4, 23, 3]), ModelOptions(classes: classes, inputChannels: inputChannels))
    }

    /// ResNet-152: 60,192,808 parameters for 1000 classes.
    public static func resnet152(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(Configuration(depths: [3, 8, 36, 3]), ModelOptions(classes: classes, inputChannels: inputChannels))
    }

    init(_ configuration: Configuration, _ options: ModelOptions) {
        // Layers are made in torchvision's order, so that one seed gives the same weights.
        var channels = 64
        switch configuration.stem {
        case .plain:
            conv1 = Conv2d(options.inputChannels, channels, kernelSize: 7, stride: 2, padding: 3, bias: false)
        case .deep(let width):
            channels = 2 * width
            conv1 = Self.deepStem(options.inputChannels, width, width)
        case .tiered(let width):
            channels = 2 * width
            conv1 = Self.deepStem(options.inputChannels, 3 * (width / 4), width)
        }
        bn1 = BatchNorm2d(channels)
        func layer(_ width: Int, _ count: Int, stride: Int) -> Sequential {
            Sequential(
                (0..<count).map { index in
                    let shape = BlockShape(channels, width, stride: index == 0 ? stride : 1, configuration)
                    channels = shape.output
                    return configuration.hasBottlenecks ? Bottleneck(shape) : BasicBlock(shape)
                })
        }
        layer1 = layer(64, configuration.depths[0], stride: 1)
        layer2 = layer(128, configuration.depths[1], stride: 2)
        layer3 = layer(256, configuration.depths[2], stride: 2)
        layer4 = layer(512, configuration.depths[3], stride: 2)
        fc = Linear(configuration.features, options.classes)
        super.init()
        apply { module in
            if let conv = module as? Conv2d {
                Init.kaimingNormal_(conv.weight, mode: .fanOut, nonlinearity: .relu)
            }
            guard configuration.startsAtZero else { return }
            let last = (module as? BasicBlock)?.bn2 ?? (module as? Bottleneck)?.bn3
            if let weight = last?.weight { Init.zeros_(weight) }
        }
    }

    private static func deepStem(_ channels: Int, _ first: Int, _ width: Int) -> Sequential {
        Sequential {
            Conv2d(channels, first, kernelSize: 3, stride: 2, padding: 1, bias: false)
            BatchNorm2d(first)
            ReLU(inplace: true)
            Conv2d(first, width, kernelSize: 3, padding: 1, bias: false)
            BatchNorm2d(width)
            ReLU(inplace: true)
            Conv2d(width, 2 * width, kernelSize: 3, padding: 1, bias: false)
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        fc(avgpool(forwardFeatures(input)).flatten(startDim: 1))
    }

    func forwardFeatures(_ input: Tensor) -> Tensor {
        let stem = maxpool(relu(bn1(conv1(input))))
        return layer4(layer3(layer2(layer1(stem))))
    }

    func removeClassifier() { fc = Identity() }
}

/// The channels and the stride of a block.
private struct BlockShape {
    let input: Int
    /// The channels within.
    let width: Int
    let output: Int
    let stride: Int
    let groups: Int
    let averages: Bool

    init(_ input: Int, _ width: Int, stride: Int, _ configuration: ResNet.Configuration) {
        self.input = input
        self.width = width * configuration.groupWidth / 64 * configuration.groups
        output = configuration.hasBottlenecks ? 4 * width : width
        self.stride = stride
        groups = configuration.groups
        averages = configuration.averagesShortcuts
    }

    /// What brings the input to the output's form; nil where it has it.
    var shortcut: Sequential? {
        if stride == 1, input == output { return nil }
        guard averages else {
            return Sequential {
                Conv2d(input, output, kernelSize: 1, stride: stride, bias: false)
                BatchNorm2d(output)
            }
        }
        return Sequential {
            stride == 1 ? Identity() : AvgPool2d(2, stride: stride, ceilMode: true, countIncludePad: false) as Module
            Conv2d(input, output, kernelSize: 1, bias: false)
            BatchNorm2d(output)
        }
    }
}

/// Two 3x3 convolutions around which the input is added.
private final class BasicBlock: Module {
    let conv1: Conv2d
    let bn1: BatchNorm2d
    let relu = ReLU(inplace: true)
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let downsample: Sequential?

    init(_ shape: BlockShape) {
        downsample = shape.shortcut
        conv1 = Conv2d(shape.input, shape.width, kernelSize: 3, stride: shape.stride, padding: 1, bias: false)
        bn1 = BatchNorm2d(shape.width)
        conv2 = Conv2d(shape.width, shape.output, kernelSize: 3, padding: 1, bias: false)
        bn2 = BatchNorm2d(shape.output)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let output = bn2(conv2(relu(bn1(conv1(input)))))
        return relu(output.add_(downsample?(input) ?? input))
    }
}

/// A 3x3 convolution between two 1x1 ones that narrow and widen, around which the input is added; the stride is in the
/// 3x3 one, as torchvision has it.
private final class Bottleneck: Module {
    let conv1: Conv2d
    let bn1: BatchNorm2d
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let conv3: Conv2d
    let bn3: BatchNorm2d
    let relu = ReLU(inplace: true)
    let downsample: Sequential?

    init(_ shape: BlockShape) {
        downsample = shape.shortcut
        conv1 = Conv2d(shape.input, shape.width, kernelSize: 1, bias: false)
        bn1 = BatchNorm2d(shape.width)
        conv2 = Conv2d(
            shape.width, shape.width, kernelSize: 3, stride: shape.stride, padding: 1, groups: shape.groups,
            bias: false)
        bn2 = BatchNorm2d(shape.width)
        conv3 = Conv2d(shape.width, shape.output, kernelSize: 1, bias: false)
        bn3 = BatchNorm2d(shape.output)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let output = bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(input))))))))
        return relu(output.add_(downsample?(input) ?? input))
    }
}
