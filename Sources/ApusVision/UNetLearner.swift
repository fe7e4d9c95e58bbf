// The U-Net learner: a dynamic U-Net for data with an answer for each pixel, such as masks or restored pictures.
import ApusCore
import Foundation
import Torch

/// Joins data and an architecture to a learner whose model is a ``DynamicUnet``, as fastai's `unet_learner`.
///
/// The target decides how many numbers there are for each pixel: one for each class of a mask, one for each channel of a
/// picture. Pictures are normalized with the statistics that the weights were made with, unless the data already does.
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
///     loaded with `model:`; see `Predictor`.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`.
/// - Throws: ``TrainingError`` when loss or architecture do not fit the data, ``ArchitectureError`` when the weights are another
///   architecture's, `TorchError` when the architecture gives no feature maps, ``DownloadError`` when the weights cannot
///   be fetched.
public func unetLearner<Input: PictureBlock, Target: TargetBlock>(
    _ loaders: DataLoaders<Input, Target>, _ architecture: Architecture, weights: WeightsSource = .published,
    loss: Loss? = nil, metrics: [Metric] = [], normalize: Bool = true, unet: UNetOptions = UNetOptions(),
    _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<Input, Target> {
    if architecture.isPooled {
        throw TrainingError(
            "\(architecture.name) gives one vector for a picture, and a U-Net grows on feature maps; choose an architecture "
                + "such as resnet34 or convnext_tiny.")
    }
    if loss == nil, loaders.pipeline.target.answer == .perItem {
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
        try DynamicUnet(architecture.body(weights: state, inputChannels: loaders.pipeline.input.channels), settings)
    }
    let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options)
    if state != nil { learner.freeze() }
    return learner
}

extension DataLoaders where Input: PictureBlock {
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
        let bodyGroups = form.architecture?.parameterGroups(of: body) ?? [body.parameters()]
        return bodyGroups + [Sequential(Array(layers.dropFirst())).parameters()]
    }
}

extension DynamicUnet: StoredModel {
    public static let storedName = "DynamicUnet"

    /// What a ``DynamicUnet`` is made from.
    public struct Configuration: Sendable, Codable {
        /// The name of the body's architecture; empty for a custom body.
        public var architecture: String
        /// The size of the pictures that the architecture takes, where it is not that of the published weights.
        public var inputSize: Int?
        /// The pictures' channels.
        public var inputChannels: Int
        /// The size that pictures usually have.
        public var imageSize: ImageSize
        /// What the way up is made of.
        public var options: UNetOptions
        /// A custom body of a ``StoredModel`` type; nil for one of a known architecture.
        public var body: StoredDescription?
        /// Whether the custom body is the only layer of a `Sequential`.
        public var isBodyWrapped: Bool?
    }

    /// A custom body that describes itself.
    private var storedBody: StoredBody? { form.architecture?.isRegistered == true ? nil : StoredBody(self[0]) }

    public var configuration: Configuration {
        let body = storedBody
        let model = body?.model
        return Configuration(
            architecture: form.architecture?.name ?? "", inputSize: form.architecture?.ownInputSize,
            inputChannels: form.inputChannels, imageSize: form.imageSize, options: form.options,
            body: model.map { StoredDescription($0) }, isBodyWrapped: body?.isWrapped)
    }

    public var unstoredPart: String? {
        if form.options.activation != nil { return "activation" }
        if form.architecture?.isRegistered == true { return nil }
        guard let body = storedBody else { return "body" }
        return body.unstoredPart
    }

    /// - Throws: ``ArchitectureError`` for a name that is not known, else what makes a custom body.
    public convenience init(_ configuration: Configuration) throws {
        if let stored = configuration.body {
            try self.init(
                StoredBody.made(of: stored, isWrapped: configuration.isBodyWrapped == true),
                Settings(imageSize: configuration.imageSize, options: configuration.options))
            return
        }
        let architecture = try Architecture.stored(configuration.architecture, inputSize: configuration.inputSize)
        try self.init(
            architecture.body(inputChannels: configuration.inputChannels),
            Settings(
                architecture: architecture, imageSize: configuration.imageSize, options: configuration.options))
    }

    /// What stands before the architecture's name in files of format 1.
    static let format1Prefix = "unet:"

    /// The norms in the order by which the first files wrote them as numbers.
    private static let numberedNorms: [NormType] = [.batch, .batchZero, .weight, .spectral, .instance, .instanceZero]

    public static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? {
        // A custom activation was noted as a number at first.
        guard description.name.hasPrefix(format1Prefix), !description.flag("own_activation") else { return nil }
        let norm: NormType?
        if let name = description.texts["norm"] {
            norm = NormType(rawValue: name)
            if norm == nil {
                throw ModelFileError("The file's U-Net has the norm \"\(name)\", which this version does not know.")
            }
        } else {
            let place = description.options["norm"] ?? -1
            norm = numberedNorms.indices.contains(place) ? numberedNorms[place] : nil
        }
        let options = description.options
        return Configuration(
            architecture: String(description.name.dropFirst(format1Prefix.count)),
            inputChannels: options["input_channels"] ?? 3,
            imageSize: ImageSize(height: options["height"] ?? 224, width: options["width"] ?? 224),
            options: UNetOptions(
                outputs: options["outputs"] ?? 1,
                blur: !description.flag("blur")
                    ? .none : description.flag("blur_final", default: true) ? .all : .exceptLast,
                selfAttention: description.flag("self_attention"), range: try description.range(),
                lastCross: description.flag("last_cross", default: true), bottleneck: description.flag("bottleneck"),
                norm: norm))
    }
}
