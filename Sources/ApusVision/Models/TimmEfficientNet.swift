// EfficientNet, EfficientNet V2, MobileNet V2 and MobileNet V3 in timm's form.
import Torch

/// An EfficientNet (Tan and Le, 2019, 2021) or MobileNet (Sandler et al., 2018; Howard et al., 2019) in timm's form:
/// pictures `[batch, channels, height, width]` to logits `[batch, classes]`.
///
/// ```swift
/// let model = try Architecture.named("tf_efficientnetv2_s.in21k").make()
/// ```
public final class TimmEfficientNet: Module, FeatureModel {
    /// Blocks of one kind.
    struct Blocks: Sendable {
        enum Kind: Sendable {
            /// One convolution.
            case plain
            /// A convolution of each channel, then a 1x1 one.
            case separable
            /// One that widens, one of each channel, one that narrows.
            case inverted
            /// One that widens, one that narrows.
            case fused
        }
        var kind: Kind
        var count: Int
        var kernel: Int
        var stride: Int
        var expansion: Double
        var output: Int
        /// The part of the channels that squeeze and excitation keeps; 0 for none.
        var squeeze: Double
        /// Another activation than the model's.
        var activation: Activation?
        /// Whether the input is added where the shapes allow it.
        var addsInput: Bool

        init(
            _ kind: Kind, _ count: Int, kernel: Int = 3, stride: Int, expand expansion: Double = 1, _ output: Int,
            squeeze: Double = 0, _ activation: Activation? = nil, addsInput: Bool = true
        ) {
            (self.kind, self.count, self.kernel, self.stride) = (kind, count, kernel, stride)
            (self.expansion, self.output, self.squeeze) = (expansion, output, squeeze)
            (self.activation, self.addsInput) = (activation, addsInput)
        }
    }

    /// How squeeze and excitation is made.
    enum Squeeze: Sendable {
        /// A part of the block's input channels.
        case ofInput
        /// A part of the channels within, as a multiple of 8, with ReLU and a gate of straight pieces (MobileNet V3).
        case hard
        /// A part of the channels within, with the block's activation and a gate of straight pieces.
        case hardUnrounded
    }

    /// What tells the variants apart.
    struct Configuration: Sendable {
        var stages: [[Blocks]]
        var stem: Int
        var head: Int
        var activation: Activation
        var norm = BatchNormSettings()
        var squeeze = Squeeze.ofInput
        /// Whether convolutions pad as TensorFlow's do.
        var padsSame = false
        /// Whether the pooling comes before the last convolution (MobileNet V3).
        var poolsFirst = false
        var hasHeadBias = true

        /// The channels that the body gives.
        var features: Int { poolsFirst ? stages.last?.last?.output ?? 0 : head }
    }

    let convStem: Module
    let bn1: BatchNorm2d
    let blocks: Sequential
    var convHead: Module
    var bn2: Module
    /// The classifier, which may be replaced.
    public var classifier: Module
    private let activation: Module
    private let poolsFirst: Bool

    init(_ configuration: Configuration, _ options: ModelOptions) {
        let norm = configuration.norm
        convStem = Self.convolution(
            options.inputChannels, configuration.stem, kernel: 3, stride: 2, configuration: configuration)
        bn1 = norm(configuration.stem)
        var channels = configuration.stem
        blocks = Sequential(
            configuration.stages.map { stage in
                Sequential(
                    stage.flatMap { form in
                        (0..<form.count).map { index in
                            let block = Self.block(
                                channels, form, stride: index == 0 ? form.stride : 1, configuration)
                            channels = form.output
                            return block
                        }
                    })
            })
        poolsFirst = configuration.poolsFirst
        convHead = Conv2d(
            channels, configuration.head, kernelSize: 1, bias: configuration.poolsFirst && configuration.hasHeadBias)
        bn2 = configuration.poolsFirst ? Identity() : norm(configuration.head)
        activation = configuration.activation.module
        classifier = Linear(configuration.head, options.classes)
        super.init()
        apply { module in
            if let conv = module as? Conv2d {
                let fan = conv.kernelSize.reduce(conv.outChannels / conv.groups, *)
                Init.normal_(conv.weight, std: (2 / Double(fan)).squareRoot())
                if let bias = conv.bias { Init.zeros_(bias) }
            } else if let linear = module as? Linear {
                let bound = 1 / Double(linear.outFeatures).squareRoot()
                Init.uniform_(linear.weight, -bound, bound)
                if let bias = linear.bias { Init.zeros_(bias) }
            }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        var output = forwardFeatures(input).adaptiveAvgPool2d([1, 1])
        if poolsFirst { output = activation(convHead(output)) }
        return classifier(output.flatten(startDim: 1))
    }

    func forwardFeatures(_ input: Tensor) -> Tensor {
        let output = blocks(activation(bn1(convStem(input))))
        return poolsFirst ? output : activation(bn2(convHead(output)))
    }

    func removeClassifier() {
        classifier = Identity()
        if poolsFirst { convHead = Identity() }
    }

    private static func convolution(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, groups: Int = 1, configuration: Configuration
    ) -> Module {
        guard configuration.padsSame, stride > 1 else {
            return Conv2d(
                inputs, outputs, kernelSize: kernel, stride: stride, padding: kernel / 2, groups: groups, bias: false)
        }
        return SamePaddedConv2d(inputs, outputs, kernelSize: kernel, stride: stride, groups: groups)
    }

    private static func block(
        _ inputs: Int, _ form: Blocks, stride: Int, _ configuration: Configuration
    ) -> ResidualBranch {
        let norm = configuration.norm
        let activation = form.activation ?? configuration.activation
        let width = form.kind == .separable ? inputs : divisible(Double(inputs) * form.expansion)
        func depthwise() -> Module {
            convolution(width, width, kernel: form.kernel, stride: stride, groups: width, configuration: configuration)
        }
        func full(_ outputs: Int) -> Module {
            convolution(inputs, outputs, kernel: form.kernel, stride: stride, configuration: configuration)
        }
        func narrow() -> Conv2d { Conv2d(width, form.output, kernelSize: 1, bias: false) }
        let squeeze: [(name: String, module: Module)] =
            form.squeeze == 0 ? [] : [("se", squeezeExcite(width, form, activation, configuration.squeeze))]
        let layers: [(name: String, module: Module)] =
            switch form.kind {
            case .plain: [("conv", full(form.output)), ("bn1", norm(form.output)), ("act1", activation.module)]
            case .separable:
                [("conv_dw", depthwise()), ("bn1", norm(width)), ("act1", activation.module)] + squeeze
                    + [("conv_pw", narrow()), ("bn2", norm(form.output))]
            case .inverted:
                [
                    ("conv_pw", Conv2d(inputs, width, kernelSize: 1, bias: false)), ("bn1", norm(width)),
                    ("act1", activation.module), ("conv_dw", depthwise()), ("bn2", norm(width)),
                    ("act2", activation.module),
                ] + squeeze + [("conv_pwl", narrow()), ("bn3", norm(form.output))]
            case .fused:
                [("conv_exp", full(width)), ("bn1", norm(width)), ("act1", activation.module)] + squeeze
                    + [("conv_pwl", narrow()), ("bn2", norm(form.output))]
            }
        return ResidualBranch(
            named: layers, addsInput: form.addsInput && stride == 1 && inputs == form.output)
    }

    private static func squeezeExcite(
        _ channels: Int, _ form: Blocks, _ activation: Activation, _ kind: Squeeze
    ) -> SqueezeExcite {
        let names = ("conv_reduce", "conv_expand")
        let kept = Double(channels) * form.squeeze
        switch kind {
        case .ofInput:
            let expansion = form.kind == .separable ? 1 : form.expansion
            let ratio = form.squeeze / expansion
            return SqueezeExcite(
                channels, squeezed: Int((Double(channels) * ratio).rounded(.toNearestOrEven)),
                activation: activation.module, names: names)
        case .hard:
            return SqueezeExcite(channels, squeezed: divisible(kept), gate: Hardsigmoid(), names: names)
        case .hardUnrounded:
            return SqueezeExcite(
                channels, squeezed: Int(kept.rounded(.toNearestOrEven)), activation: activation.module,
                gate: Hardsigmoid(), names: names)
        }
    }
}

/// A convolution without bias that pads as TensorFlow does: so much that the output has the input's size divided by the
/// stride, the odd one at the end.
private final class SamePaddedConv2d: Module {
    @Parameter var weight: Tensor
    private let kernelSize: Int
    private let stride: Int
    private let groups: Int

    init(_ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int, groups: Int) {
        (self.kernelSize, self.stride, self.groups) = (kernelSize, stride, groups)
        weight = Tensor.empty([outputs, inputs / groups, kernelSize, kernelSize])
        super.init()
        let fan = Double(kernelSize * kernelSize * outputs / groups)
        Init.normal_(weight, std: (2 / fan).squareRoot())
    }

    override func forward(_ input: Tensor) -> Tensor {
        guard input.isDefined, input.dim == 4 else {
            return input.conv2d(weight, nil, stride: [stride, stride], groups: groups)
        }
        func padding(_ size: Int) -> [Int] {
            let total = max(0, ((size + stride - 1) / stride - 1) * stride + kernelSize - size)
            return [total / 2, total - total / 2]
        }
        let padded = input.pad(padding(input.shape[3]) + padding(input.shape[2]), value: 0)
        return padded.conv2d(weight, nil, stride: [stride, stride], groups: groups)
    }
}
