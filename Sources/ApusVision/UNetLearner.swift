// The U-Net learner: a dynamic U-Net for data with an answer for each pixel, such as masks or restored pictures.
import ApusCore
import Foundation
import Torch

/// Joins data and an architecture to a learner whose model is a ``DynamicUnet``, as fastai's `unet_learner`.
///
/// The target decides how many numbers there are for each pixel: one for each class of a mask, one for each channel of a
/// picture. Pictures are normalised with the statistics that the weights were made with, unless the data already does.
/// With pretrained weights the body is frozen at first.
///
/// ```swift
/// let learner = try unetLearner(street, .resnet34)
/// try learner.fineTune(8)
///
/// // Restoring pictures:
/// let restorer = try unetLearner(
///     pairs, .resnet34, blur: true, selfAttention: true, range: -3...3, norm: .weight, weightDecay: 1e-3)
/// ```
/// - Parameters:
///   - weights: `.published` by default; `.none` trains from scratch.
///   - outputs: The numbers for each pixel; as the target asks for by default.
///   - loss: The target's own by default.
///   - normalize: Whether ``Normalize`` is added where the data has none.
///   - blur: Whether enlarged feature maps are smoothed, which pictures as outputs want.
///   - blurFinal: Whether the last block smooths, too, where `blur` asks for it.
///   - selfAttention: Whether one of the blocks has ``SelfAttention``.
///   - range: Between which numbers the output is held by a sigmoid; nil for any.
///   - lastCross: Whether the input is joined at the end.
///   - bottleneck: Whether the last residual block has half as many channels inside.
///   - norm: How the convolutions on the way up are normalised; not at all by default.
///   - activation: Makes the activations on the way up; ReLU by default. A model with another one is loaded with
///     `Learner.load(from:makeModel:)`.
///   - decaysNormsAndBiases: Whether weight decay also applies to biases and normalisation layers.
///   - trainsFrozenNorms: Whether normalisation layers go on learning in frozen groups.
/// - Throws: ``TrainingError`` when loss or architecture do not fit the data, ``ArchitectureError`` when the weights are another
///   architecture's, `TorchError` when the architecture gives no feature maps, ``DownloadError`` when the weights cannot
///   be fetched.
public func unetLearner<Target: TargetBlock>(
    _ loaders: DataLoaders<ImageBlock, Target>, _ architecture: Architecture, weights: WeightsSource = .published,
    outputs: Int? = nil, loss: Loss? = nil, metrics: [Metric] = [], normalize: Bool = true, blur: Bool = false,
    blurFinal: Bool = true, selfAttention: Bool = false, range: ClosedRange<Double>? = nil, lastCross: Bool = true,
    bottleneck: Bool = false, norm: NormType? = nil, activation: ActivationMaker? = nil,
    optimizer: OptimizerRecipe = .adam(), learningRate: Double = 1e-3, weightDecay: GroupValue? = nil,
    decaysNormsAndBiases: Bool = false, trainsFrozenNorms: Bool = true, callbacks: [Callback] = [],
    precision: Precision = .automatic, device: Device = .best
) throws -> Learner<ImageBlock, Target> {
    if architecture.isPooled {
        throw TrainingError(
            "\(architecture.name) gives one vector for a picture, and a U-Net grows on feature maps; choose an architecture "
                + "such as resnet34 or convnext_tiny.")
    }
    if loss == nil, Target.self == CategoryBlock.self || Target.self == MultiCategoryBlock.self {
        throw TrainingError(
            "A U-Net gives an answer for each pixel, a \(Target.task) target wants one for the picture; use visionLearner."
        )
    }
    let loaders = normalize ? try loaders.normalized(for: architecture) : loaders
    let state = try weights.state(of: architecture)
    let settings = DynamicUnet.Settings(
        architecture: architecture, outputs: outputs ?? loaders.pipeline.target.outputCount,
        imageSize: try loaders.imageSize(), blur: blur, blurFinal: blurFinal, selfAttention: selfAttention,
        range: range, lastCross: lastCross, bottleneck: bottleneck, norm: norm, activation: activation)
    let model = try withTorchErrors {
        try DynamicUnet(architecture.body(weights: state, inputChannels: loaders.channels), settings)
    }
    let learner = try Learner(
        loaders, model, loss: loss, metrics: metrics, optimizer: optimizer, learningRate: learningRate,
        weightDecay: weightDecay, decaysNormsAndBiases: decaysNormsAndBiases, trainsFrozenNorms: trainsFrozenNorms,
        callbacks: callbacks, precision: precision, device: device)
    if state != nil { learner.freeze() }
    return learner
}

extension DataLoaders where Input == ImageBlock {
    /// The size of the pictures as the network sees them in training.
    fileprivate func imageSize() throws -> ImageSize {
        let batch = try withTorchErrors {
            try pipeline.batch(
                inputs: [trainItems[0].input], targets: nil, indices: [0], isTraining: true,
                draws: [SeededRandom(seed: 0)])
        }
        return ImageSize(height: batch.inputs[0].size(2), width: batch.inputs[0].size(3))
    }
}

extension DynamicUnet: GroupedModule {
    /// The parameters in groups for discriminative learning rates: those of the body as its architecture splits it, then
    /// those of the way up.
    public var parameterGroups: [[Tensor]] {
        let bodyGroups = configuration.architecture?.parameterGroups(of: body) ?? [body.parameters()]
        return bodyGroups + [Sequential(Array(layers.dropFirst())).parameters()]
    }
}

extension DynamicUnet: DescribedModel {
    /// What stands before the architecture's name in the description of a U-Net.
    private static let prefix = "unet:"

    public var modelDescription: ModelDescription {
        let settings = configuration
        return ModelDescription(
            name: Self.prefix + (settings.architecture?.name ?? ""),
            options: [
                "outputs": settings.outputs, "input_channels": settings.inputChannels,
                "height": settings.imageSize.height, "width": settings.imageSize.width, "blur": settings.blur ? 1 : 0,
                "blur_final": settings.blurFinal ? 1 : 0, "self_attention": settings.selfAttention ? 1 : 0,
                "last_cross": settings.lastCross ? 1 : 0, "bottleneck": settings.bottleneck ? 1 : 0,
            ],
            numbers: settings.range.map { ["range": [$0.lowerBound, $0.upperBound]] },
            texts: settings.norm.map { ["norm": $0.rawValue] },
            customPart: settings.architecture.flatMap { try? Architecture.named($0.name) } == nil
                ? "body" : settings.activation == nil ? nil : "activation")
    }

    public static func standardModel(of description: ModelDescription) throws -> Module? { try make(from: description) }

    /// The norms in the order by which earlier versions wrote them as numbers.
    private static let numberedNorms: [NormType] = [.batch, .batchZero, .weight, .spectral, .instance, .instanceZero]

    /// Whether a description is that of a U-Net.
    static func isDescribed(by description: ModelDescription) -> Bool { description.name.hasPrefix(prefix) }

    /// The model of a description, with initial weights.
    /// - Throws: ``ModelFileError`` when the body or the activation was one of the user's own, ``ArchitectureError`` for a
    ///   name that is not known.
    static func make(from description: ModelDescription) throws -> DynamicUnet {
        let options = description.options
        func number(_ name: String, _ standard: Int = 0) -> Int { options[name] ?? standard }
        try description.checkIsComplete()
        guard description.name != prefix, number("own_activation") == 0 else {
            throw ModelFileError(
                "The file holds a U-Net with a body or an activation of its maker's own; load it with "
                    + "load(from:makeModel:) and make it there.")
        }
        let architecture = try Architecture.named(String(description.name.dropFirst(prefix.count)))
        // By name; by number in earlier files.
        let norm: NormType?
        if let name = description.texts?["norm"] {
            norm = NormType(rawValue: name)
            if norm == nil {
                throw ModelFileError("The file's U-Net has the norm \"\(name)\", which this version does not know.")
            }
        } else {
            let place = number("norm", -1)
            norm = numberedNorms.indices.contains(place) ? numberedNorms[place] : nil
        }
        let settings = Settings(
            architecture: architecture, outputs: number("outputs", 1),
            imageSize: ImageSize(height: number("height", 224), width: number("width", 224)),
            blur: number("blur") == 1, blurFinal: number("blur_final", 1) == 1,
            selfAttention: number("self_attention") == 1,
            range: description.range,
            lastCross: number("last_cross", 1) == 1, bottleneck: number("bottleneck") == 1,
            norm: norm)
        return try DynamicUnet(architecture.body(inputChannels: number("input_channels", 3)), settings)
    }
}
