// Residual nets.
import Torch

/// A residual net (He et al., 2015) in torchvision's form: pictures `[batch, channels, height, width]` to logits
/// `[batch, classes]`.
///
/// Parameters have torchvision's names and initial values, so that its weights load by name:
///
/// ```swift
/// let model = ResNet.resnet18()
/// try model.loadStateDict(TorchCheckpoint.stateDict(file))     // resnet18-f37072fd.pth
/// ```
public final class ResNet: Module {
    let conv1: Conv2d
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
        ResNet(BasicBlock.self, [2, 2, 2, 2], classes, inputChannels)
    }

    /// ResNet-34: 21,797,672 parameters for 1000 classes.
    public static func resnet34(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(BasicBlock.self, [3, 4, 6, 3], classes, inputChannels)
    }

    /// ResNet-50: 25,557,032 parameters for 1000 classes.
    public static func resnet50(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(Bottleneck.self, [3, 4, 6, 3], classes, inputChannels)
    }

    /// ResNet-101: 44,549,160 parameters for 1000 classes.
    public static func resnet101(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(Bottleneck.self, [3, 4, 23, 3], classes, inputChannels)
    }

    /// ResNet-152: 60,192,808 parameters for 1000 classes.
    public static func resnet152(classes: Int = 1000, inputChannels: Int = 3) -> ResNet {
        ResNet(Bottleneck.self, [3, 8, 36, 3], classes, inputChannels)
    }

    private init<Block: ResidualBlock>(_ block: Block.Type, _ counts: [Int], _ classes: Int, _ inputChannels: Int) {
        // Layers are made in torchvision's order, so that one seed gives the same weights.
        conv1 = Conv2d(inputChannels, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
        bn1 = BatchNorm2d(64)
        var channels = 64
        func layer(_ width: Int, _ count: Int, stride: Int) -> Sequential {
            let output = width * Block.expansion
            var downsample: Sequential?
            if stride != 1 || channels != output {
                downsample = Sequential {
                    Conv2d(channels, output, kernelSize: 1, stride: stride, bias: false)
                    BatchNorm2d(output)
                }
            }
            let blocks = (0..<count).map { index in
                let block = Block(
                    channels, width, stride: index == 0 ? stride : 1, downsample: index == 0 ? downsample : nil)
                channels = output
                return block
            }
            return Sequential(blocks)
        }
        layer1 = layer(64, counts[0], stride: 1)
        layer2 = layer(128, counts[1], stride: 2)
        layer3 = layer(256, counts[2], stride: 2)
        layer4 = layer(512, counts[3], stride: 2)
        fc = Linear(512 * Block.expansion, classes)
        super.init()
        apply { module in
            guard let conv = module as? Conv2d else { return }
            Init.kaimingNormal_(conv.weight, mode: .fanOut, nonlinearity: .relu)
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let stem = maxpool(relu(bn1(conv1(input))))
        return fc(avgpool(layer4(layer3(layer2(layer1(stem))))).flatten(startDim: 1))
    }
}

/// What the two kinds of blocks of a residual net have in common.
private protocol ResidualBlock: Module {
    /// The output's channels over the block's width.
    static var expansion: Int { get }
    init(_ channels: Int, _ width: Int, stride: Int, downsample: Sequential?)
}

/// Two 3x3 convolutions around which the input is added.
private final class BasicBlock: Module, ResidualBlock {
    static let expansion = 1
    let conv1: Conv2d
    let bn1: BatchNorm2d
    let relu = ReLU(inplace: true)
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let downsample: Sequential?

    init(_ channels: Int, _ width: Int, stride: Int, downsample: Sequential?) {
        conv1 = Conv2d(channels, width, kernelSize: 3, stride: stride, padding: 1, bias: false)
        bn1 = BatchNorm2d(width)
        conv2 = Conv2d(width, width, kernelSize: 3, padding: 1, bias: false)
        bn2 = BatchNorm2d(width)
        self.downsample = downsample
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let output = bn2(conv2(relu(bn1(conv1(input)))))
        return relu(output.add_(downsample?(input) ?? input))
    }
}

/// A 3x3 convolution between two 1x1 ones that narrow and widen, around which the input is added; the stride is in the
/// 3x3 one, as torchvision has it.
private final class Bottleneck: Module, ResidualBlock {
    static let expansion = 4
    let conv1: Conv2d
    let bn1: BatchNorm2d
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let conv3: Conv2d
    let bn3: BatchNorm2d
    let relu = ReLU(inplace: true)
    let downsample: Sequential?

    init(_ channels: Int, _ width: Int, stride: Int, downsample: Sequential?) {
        conv1 = Conv2d(channels, width, kernelSize: 1, bias: false)
        bn1 = BatchNorm2d(width)
        conv2 = Conv2d(width, width, kernelSize: 3, stride: stride, padding: 1, bias: false)
        bn2 = BatchNorm2d(width)
        conv3 = Conv2d(width, width * Self.expansion, kernelSize: 1, bias: false)
        bn3 = BatchNorm2d(width * Self.expansion)
        self.downsample = downsample
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let output = bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(input))))))))
        return relu(output.add_(downsample?(input) ?? input))
    }
}
