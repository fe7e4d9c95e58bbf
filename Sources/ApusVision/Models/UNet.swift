// The dynamic U-Net: a picture of numbers for each pixel, on the body of any convolutional architecture.
import Torch

/// A U-Net (Ronneberger et al., 2015) that grows on any body, as fastai's `DynamicUnet`: pictures
/// `[batch, channels, height, width]` to `[batch, outputs, height, width]`.
///
/// Going up, each block doubles the picture by ``PixelShuffleICNR``, joins what the body had at this size, and runs two
/// convolutions. At the end the input itself is joined, and a residual block runs on both. Where the body halves the
/// picture is found by running it once; pictures of other sizes than `imageSize` can be given later.
///
/// ```swift
/// let unet = try DynamicUnet(
///     Architecture.resnet34.body(), imageSize: ImageSize(height: 360, width: 480),
///     UNetOptions(outputs: 12, bottleneck: true))
/// unet.parameterCount()       // 41,133,018
/// ```
/// ``unetLearner(_:_:weights:loss:metrics:normalize:unet:_:)`` joins it with data. Parameters have fastai's names.
public final class DynamicUnet: SequentialEx {
    let configuration: Settings

    /// - Parameters:
    ///   - body: What makes the feature maps; it becomes a part of the U-Net.
    ///   - imageSize: The size that pictures usually have.
    ///   - options: What the way up is made of; the number of outputs must be given.
    /// - Throws: `TorchError` when the body does not run or gives no feature maps, or without outputs.
    public convenience init(_ body: Sequential, imageSize: ImageSize, _ options: UNetOptions) throws {
        try self.init(body, Settings(imageSize: imageSize, options: options))
    }

    /// What a U-Net is made from besides its body.
    struct Settings {
        /// The body's architecture, where it is one of the known ones.
        var architecture: Architecture?
        var inputChannels = 3
        var imageSize: ImageSize
        var options: UNetOptions

        var outputs: Int { options.outputs ?? 0 }
    }

    init(_ body: Sequential, _ settings: Settings) throws {
        var settings = settings
        settings.inputChannels = body.parameters().first { $0.dim == 4 }?.size(1) ?? 3
        guard settings.outputs > 0 else {
            throw TorchError(
                operation: "DynamicUnet",
                reason: settings.options.outputs == nil
                    ? "the number of outputs is missing; give it with UNetOptions(outputs:)"
                    : "\(settings.outputs) outputs are not possible; give at least 1")
        }
        configuration = settings
        let stages = try UNetStages(of: body, channels: settings.inputChannels, imageSize: settings.imageSize)
        super.init(try withTorchErrors { Self.layers(body, stages, settings) })
    }

    /// The part that makes the feature maps.
    public var body: Sequential { self[0] as? Sequential ?? Sequential([self[0]]) }

    private static func layers(_ body: Sequential, _ stages: UNetStages, _ settings: Settings) -> [Module] {
        let options = settings.options
        let norm = options.norm
        // In place: what is activated here is nobody else's.
        let activation = options.activation ?? { ReLU(inplace: true) }
        let features = stages.output[1]
        let middle = Sequential([
            ConvLayer(features, 2 * features, norm: norm, activation: activation),
            ConvLayer(2 * features, features, norm: norm, activation: activation),
        ])
        initialize(middle)
        var layers: [Module?] = [body, NormType.batch.layer(features), ReLU(inplace: true), middle]
        var channels = features
        for (index, stage) in stages.skips.enumerated() {
            let isFinal = index == stages.skips.count - 1
            let block = UNetBlock(
                channels, skip: SkipConnection(from: stage), skipChannels: stage.channels, isFinal: isFinal,
                blur: options.blur == .all || (options.blur == .exceptLast && !isFinal),
                selfAttention: options.selfAttention && index == stages.skips.count - 3, norm: norm,
                activation: activation)
            layers.append(block)
            channels = block.outputChannels
        }
        if stages.stages[0].size != [settings.imageSize.height, settings.imageSize.width] {
            layers.append(PixelShuffleICNR(channels, norm: norm, activation: activation))
        }
        layers.append(ResizeToInput())
        if options.lastCross {
            layers.append(MergeLayer(dense: true))
            channels += settings.inputChannels
            let block = ResBlock(
                1, channels, channels, inner: options.bottleneck ? channels / 2 : nil, norm: norm,
                activation: activation)
            initialize(block)
            layers.append(block)
        }
        layers.append(ConvLayer(channels, settings.outputs, kernelSize: 1, norm: norm, activation: nil))
        if let range = options.range { layers.append(SigmoidRange(range.lowerBound, range.upperBound)) }
        return layers.compactMap(\.self)
    }

    /// Gives plain convolutions He's normal numbers, and biases of all zeros.
    fileprivate static func initialize(_ module: Module) {
        module.apply { layer in
            guard let conv = layer as? Convolution else { return }
            if conv.parameters().contains(where: { $0.isIdentical(to: conv.weight) }) {
                Init.kaimingNormal_(conv.weight)
            }
            if let bias = conv.bias { Init.zeros_(bias) }
        }
    }
}

/// What a ``DynamicUnet`` is made of on its way up.
public struct UNetOptions: Sendable {
    /// Where enlarged feature maps are smoothed, so that pictures as outputs have no pattern of squares.
    public enum Blur: String, Sendable, Codable {
        /// Nowhere.
        case none
        /// In each block: fastai's `blur=True`.
        case all
        /// In each block but the last one: fastai's `blur=True, blur_final=False`.
        case exceptLast
    }

    /// The numbers for each pixel; nil, the default, for as many as the target asks for.
    public var outputs: Int?
    /// Where enlarged feature maps are smoothed; nowhere by default.
    public var blur: Blur
    /// Whether the third block from the end has ``SelfAttention``; not by default.
    public var selfAttention: Bool
    /// Between which numbers the output is held by a sigmoid; nil, the default, for any.
    public var range: ClosedRange<Double>?
    /// Whether the input is joined at the end; it is by default.
    public var lastCross: Bool
    /// Whether the last residual block has half as many channels inside; not by default.
    public var bottleneck: Bool
    /// How the convolutions on the way up are normalized: not at all by default, `.weight` for restoring pictures.
    public var norm: NormType?
    /// Makes the activations on the way up; nil, the default, for ReLU.
    public var activation: ActivationMaker?

    public init(
        outputs: Int? = nil, blur: Blur = .none, selfAttention: Bool = false, range: ClosedRange<Double>? = nil,
        lastCross: Bool = true, bottleneck: Bool = false, norm: NormType? = nil, activation: ActivationMaker? = nil
    ) {
        (self.outputs, self.blur, self.selfAttention, self.range) = (outputs, blur, selfAttention, range)
        (self.lastCross, self.bottleneck, self.norm, self.activation) = (lastCross, bottleneck, norm, activation)
    }
}

/// What a stage of the body gave in the last run, until a block has taken it.
// Not a module, so that the stage is not listed a second time.
private final class SkipConnection {
    private var stored: Tensor?

    init(from stage: UNetStages.Stage) {
        stage.module.registerForwardHook { [weak self] _, _, output in
            self?.stored = stage.layout.channelsFirst(output)
            return nil
        }
    }

    /// The stage's output; it is not held any longer.
    func take() -> Tensor {
        defer { stored = nil }
        return stored ?? .undefined
    }
}

/// One step up: twice as large, joined with the body's feature maps of this size, two convolutions.
private final class UNetBlock: Module {
    let shuf: PixelShuffleICNR
    let bn: Module
    let conv1: ConvLayer
    let conv2: ConvLayer
    let relu: Module
    let outputChannels: Int
    private let skip: SkipConnection

    init(
        _ inChannels: Int, skip: SkipConnection, skipChannels: Int, isFinal: Bool, blur: Bool, selfAttention: Bool,
        norm: NormType?, activation: @escaping ActivationMaker
    ) {
        self.skip = skip
        shuf = PixelShuffleICNR(inChannels, inChannels / 2, blur: blur, norm: norm, activation: activation)
        bn = NormType.batch.layer(skipChannels) ?? Identity()
        let joined = inChannels / 2 + skipChannels
        outputChannels = isFinal ? joined / 2 : joined
        conv1 = ConvLayer(joined, outputChannels, norm: norm, activation: activation)
        conv2 = ConvLayer(
            outputChannels, outputChannels, norm: norm, activation: activation,
            extra: selfAttention ? SelfAttention(outputChannels) : nil)
        relu = activation()
        super.init()
        DynamicUnet.initialize(conv1)
        DynamicUnet.initialize(conv2)
    }

    override func forward(_ input: Tensor) -> Tensor {
        let carried = skip.take()
        let enlarged = shuf(input).resized(like: carried)
        return conv2(conv1(relu(.cat([enlarged, bn(carried)], dim: 1))))
    }
}

/// Brings a picture to the size of the block's input, where it is not of that size yet.
private final class ResizeToInput: Module, BlockInputLayer {
    override func forward(_ inputs: [Tensor]) -> Tensor {
        inputs.count == 2 ? inputs[0].resized(like: inputs[1]) : inputs[0]
    }
}

extension Tensor {
    /// The nearest pixels at the size of another picture.
    fileprivate func resized(like other: Tensor) -> Tensor {
        guard isDefined, other.isDefined, dim == 4, other.dim == 4 else { return other.isDefined ? self : other }
        let size = [other.size(2), other.size(3)]
        return [self.size(2), self.size(3)] == size ? self : interpolate(size: size, mode: .nearest)
    }
}
