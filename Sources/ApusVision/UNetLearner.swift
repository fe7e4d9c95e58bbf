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
///     pairs, .resnet34, unet: UNetOptions(blur: .all, selfAttention: true, range: -3...3, norm: .weight),
///     TrainingOptions(weightDecay: 1e-3))
/// ```
/// - Parameters:
///   - weights: `.published` by default; `.none` trains from scratch.
///   - loss: The target's own by default.
///   - normalize: Whether ``Normalize`` is added where the data has none.
///   - unet: What the U-Net is made of, such as its outputs; see ``UNetOptions``. A model with an activation of your own is
///     loaded with `Learner.load(from:makeModel:)`.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`.
/// - Throws: ``TrainingError`` when loss or architecture do not fit the data, ``ArchitectureError`` when the weights are another
///   architecture's, `TorchError` when the architecture gives no feature maps, ``DownloadError`` when the weights cannot
///   be fetched.
public func unetLearner<Target: TargetBlock>(
    _ loaders: DataLoaders<ImageBlock, Target>, _ architecture: Architecture, weights: WeightsSource = .published,
    loss: Loss? = nil, metrics: [Metric] = [], normalize: Bool = true, unet: UNetOptions = UNetOptions(),
    _ options: TrainingOptions = TrainingOptions()
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
    var unet = unet
    unet.outputs = unet.outputs ?? loaders.pipeline.target.outputCount
    let settings = DynamicUnet.Settings(architecture: architecture, imageSize: try loaders.imageSize(), options: unet)
    let model = try withTorchErrors {
        try DynamicUnet(architecture.body(weights: state, inputChannels: loaders.channels), settings)
    }
    let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options)
    if state != nil { learner.freeze() }
    return learner
}

extension DataLoaders where Input == ImageBlock {
    /// The size of the pictures as the network sees them in training.
    fileprivate func imageSize() throws -> ImageSize {
        let batch = try withTorchErrors {
            try train.count > 0 ? train.batch(at: [0]) : train.oneBatch()
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
        let made = settings.options
        return ModelDescription(
            name: Self.prefix + (settings.architecture?.name ?? ""),
            options: [
                "outputs": settings.outputs, "input_channels": settings.inputChannels,
                "height": settings.imageSize.height, "width": settings.imageSize.width,
                "blur": made.blur == .none ? 0 : 1, "blur_final": made.blur == .exceptLast ? 0 : 1,
                "self_attention": made.selfAttention ? 1 : 0, "last_cross": made.lastCross ? 1 : 0,
                "bottleneck": made.bottleneck ? 1 : 0,
            ],
            numbers: made.range.map { ["range": [$0.lowerBound, $0.upperBound]] },
            texts: made.norm.map { ["norm": $0.rawValue] },
            customPart: settings.architecture.flatMap { try? Architecture.named($0.name) } == nil
                ? "body" : made.activation == nil ? nil : "activation")
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
            architecture: architecture,
            imageSize: ImageSize(height: number("height", 224), width: number("width", 224)),
            options: UNetOptions(
                outputs: number("outputs", 1),
                blur: number("blur") != 1 ? .none : number("blur_final", 1) == 1 ? .all : .exceptLast,
                selfAttention: number("self_attention") == 1, range: description.range,
                lastCross: number("last_cross", 1) == 1, bottleneck: number("bottleneck") == 1, norm: norm))
        return try DynamicUnet(architecture.body(inputChannels: number("input_channels", 3)), settings)
    }
}
