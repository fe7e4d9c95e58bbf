// The vision learner: an architecture's body, a new head for the data, and a learner that fine-tunes them.
import ApusCore
import Foundation
import Torch

/// Where the weights of an architecture's body come from.
public enum WeightsSource: Sendable {
    /// The publisher's own address, downloaded once and checked.
    case published
    /// A file with a state dict: `.pth` of torch.save or `.safetensors`.
    case file(URL)
    /// A folder with the file, under its publisher's name or as in a copy of the hub's repository.
    case folder(URL)
    /// A repository of the Hugging Face hub, such as "timm/convnext_tiny.fb_in22k", fetched once.
    case hub(String)
    /// Random weights: training from scratch.
    case none
}

/// Joins data and an architecture to a learner for transfer learning, as fastai's `vision_learner`.
///
/// The architecture loses its classifier and gets a new head of two linear layers with as many outputs as the data asks
/// for. Pictures are normalized with the statistics that the weights were made with, unless the data already does; those of
/// a custom ``PictureBlock`` by their own. With
/// pretrained weights the body is frozen at first: ``Trainer/fineTune(_:learningRate:freezeEpochs:firstGroupDivisor:startFraction:startDivisor:)``
/// trains the head, then everything.
///
/// ```swift
/// let learner = try visionLearner(loaders, .resnet34, metrics: [.errorRate])
/// try learner.fineTune(4)
/// ```
/// - Parameters:
///   - weights: `.published` by default; `.none` trains from scratch.
///   - loss: The target's own by default.
///   - normalize: Whether ``Normalize`` is added where the data has none.
///   - head: fastai's by default: `.standard(outputs: 5, dropout: 0.3)` changes it, `.custom(module)` replaces it.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`.
/// - Throws: ``TrainingError`` when the loss does not fit the data, ``ArchitectureError`` when the weights are another
///   architecture's, ``DownloadError`` when they cannot be fetched.
public func visionLearner<Input: PictureBlock, Target: TargetBlock>(
    _ loaders: DataLoaders<Input, Target>, _ architecture: Architecture, weights: WeightsSource = .published,
    loss: Loss? = nil, metrics: [Metric] = [], normalize: Bool = true, head: VisionHead = .standard(),
    _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<Input, Target> {
    if !head.isCustom, loss == nil, loaders.pipeline.target.answer == .perPixel {
        throw TrainingError(
            "A head gives one answer for a picture, a \(Target.task) target wants one for each pixel; use unetLearner.")
    }
    let loaders = normalize ? try loaders.normalized(for: architecture) : loaders
    let state = try weights.state(of: architecture)
    let model = try withTorchErrors {
        let target = loaders.pipeline.target
        let model = try VisionModel(
            architecture, classes: target.outputCount, weights: state, inputChannels: loaders.pipeline.input.channels,
            head: head, scale: target.outputScale(for: loss))
        if case .options(_, outputs: nil) = head { target.startOutputs(of: model.head, for: loss) }
        return model
    }
    let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options)
    if state != nil { learner.freeze() }
    return learner
}

extension WeightsSource {
    /// The state of the whole architecture; nil for random weights.
    func state(of architecture: Architecture) throws -> [String: Tensor]? {
        switch self {
        case .published: try architecture.publishedState()
        case .file(let file): try Architecture.loadWeights(from: file)
        case .folder(let folder): try Architecture.loadWeights(from: architecture.weightsFile(in: folder))
        case .hub(let repository): try Architecture.loadWeights(from: fetchFromHub(repository))
        case .none: nil
        }
    }
}

extension Architecture {
    /// The model without its classifier, as ``body(weights:inputChannels:)``, with weights from a source, fetched where
    /// need be.
    ///
    /// ```swift
    /// let vgg = try Architecture.named("vgg16_bn").body(weights: .published)
    /// ```
    /// - Throws: ``ModuleError`` when the weights are another architecture's, ``DownloadError`` when they cannot be fetched.
    public func body(weights source: WeightsSource, inputChannels: Int = 3) throws -> Sequential {
        try body(weights: source.state(of: self), inputChannels: inputChannels)
    }

    /// The file of this architecture's weights in a folder.
    fileprivate func weightsFile(in folder: URL) throws -> URL {
        try (publishedWeights ?? .hub(name, classes: 1000)).file(in: folder)
    }

    /// The published weights, fetched at the first use.
    fileprivate func publishedState() throws -> [String: Tensor] {
        guard let publishedWeights else {
            throw TrainingError(
                "There are no published weights of \(name); give a file with weights: .file(url), or .none.")
        }
        return try Self.loadWeights(from: publishedWeights.fetch())
    }
}

/// What tells classes of pictures apart: of a file, or of a learner.
///
/// ```swift
/// let classifier = try ImageClassifier(from: URL(filePath: "pets.safetensors"))
/// print(try classifier.predict(photo).label)
/// ```
public typealias ImageClassifier = Predictor<ImageBlock, CategoryBlock>

/// What says which class each pixel of a picture is of.
public typealias ImageSegmenter = Predictor<ImageBlock, MaskBlock>

/// What finds points on a picture.
public typealias PointFinder = Predictor<ImageBlock, PointsBlock>

/// What says a number of a picture.
public typealias ImageRegressor = Predictor<ImageBlock, NumberBlock>

/// What turns a picture into another one, such as a restored one.
public typealias ImageTransformer = Predictor<ImageBlock, ImageBlock>
