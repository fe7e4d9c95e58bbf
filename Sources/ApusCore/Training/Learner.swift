// The learner: a trainer that knows what the data means, so that it predicts values, exports and loads models.
import Foundation
import Torch

/// Joins data, model and loss; trains, predicts, exports.
///
/// ```swift
/// let learner = try visionLearner(loaders, .resnet18, metrics: [.errorRate])
/// try learner.fineTune(3)
/// print(try learner.predict(photo).label)
/// try learner.export(to: URL(filePath: "model.safetensors"))
/// ```
public final class Learner<Input: InputBlock, Target: TargetBlock>: Trainer, Predicting {
    /// How raw values become batches, and outputs become predictions.
    public internal(set) var pipeline: Pipeline<Input, Target>
    /// How the model's outputs are read: what every prediction, value and figure of the learner follows.
    public private(set) var decoder: OutputDecoder
    /// The loaders of the data; nil for a loaded model.
    public internal(set) var loaders: DataLoaders<Input, Target>?

    /// - Parameters:
    ///   - loaders: The data.
    ///   - loss: The loss; by default the one that fits the target.
    ///   - metrics: What is measured on the validation set.
    ///   - parameterGroups: The parameters by group, from the input to the head; by default those of a ``GroupedModule``, one
    ///     group of all for other models.
    ///   - options: How the model is trained where nothing else is said; see ``TrainingOptions``.
    /// - Throws: ``TrainingError`` when the loss does not fit the kind of target.
    public init(
        _ loaders: DataLoaders<Input, Target>, _ model: Module, loss: Loss? = nil, metrics: [Metric] = [],
        parameterGroups: [[Tensor]]? = nil, _ options: TrainingOptions = TrainingOptions()
    ) throws {
        let loss = loss ?? loaders.pipeline.target.defaultLoss(of: model)
        try Self.check(loss, fits: loaders.pipeline.target)
        decoder = OutputDecoder(loss, target: loaders.pipeline.target)
        pipeline = loaders.pipeline.adopting(decoder.decision)
        self.loaders = loaders.to(options.device)
        super.init(
            train: loaders.train, valid: loaders.valid, model: model, loss: loss, metrics: metrics,
            parameterGroups: parameterGroups, options)
    }

    private static func check(_ loss: Loss, fits target: Target) throws {
        let given = target.kinds
        guard let kinds = loss.targetKinds, !kinds.isSuperset(of: given) else { return }
        throw TrainingError(
            "The loss \(loss.name) does not fit \(Target.self): it compares with targets of the kind "
                + "\(kinds.map(\.rawValue).sorted().joined(separator: " or ")), the data gives "
                + "\(given.map(\.rawValue).joined(separator: " and ")). Leave the loss out for the one that fits.")
    }

    public override func replaceLoss(_ loss: Loss) throws {
        try Self.check(loss, fits: pipeline.target)
        try super.replaceLoss(loss)
        decoder = OutputDecoder(loss, target: pipeline.target)
        pipeline = pipeline.adopting(decoder.decision)
    }

    private init(
        pipeline: Pipeline<Input, Target>, model: Module, loss: Loss, decoder: OutputDecoder, _ options: TrainingOptions
    ) {
        self.pipeline = pipeline.adopting(decoder.decision)
        self.decoder = decoder
        loaders = nil
        super.init(train: NoBatches(), valid: nil, model: model, loss: loss, options)
        model.eval()
    }

    // MARK: Checkpoints

    override func planFacts() throws -> [(String, String)] {
        var facts = try super.planFacts()
        if let model = model as? any StoredModel {
            facts.insert(("architecture", StoredDescription(model).sortedJSON), at: 0)
        }
        facts += [("input", pipeline.input.sortedJSON), ("target", pipeline.target.sortedJSON)]
        let transforms: [(String, [any Transform])] = [
            ("item transforms", pipeline.itemTransforms), ("batch transforms", pipeline.batchTransforms),
        ]
        facts += transforms.map { name, list in
            (name, list.map { "\(type(of: $0).storedName) \($0.sortedJSON)" }.joined(separator: ", "))
        }
        guard let loaders else { return facts }
        facts.append(("unreadable items", "\(loaders.options.unreadable)"))
        for part in [DataPart.train, .valid] {
            guard let loader = loaders.loader(of: part), let sum = try loader.fingerprint() else { continue }
            facts.append(("items of the \(part.name)", sum.description))
        }
        return facts
    }

    // MARK: Prediction

    /// The model as it is now, with the blocks and transforms: what ``Predicting/predict(_:)-(Input.Source)`` asks.
    ///
    /// It shares the model with the learner, and answers by its weights at the time of the call. Other tasks may use it while
    /// the learner does not train; for a model to share with them during a training, load an exported file.
    public var predictor: Predictor<Input, Target> { Predictor(pipeline, decoder, precision, device, runner) }

    private lazy var runner = ModelRunner(
        model, inference: inference, singleThreadBatchSize: singleThreadBatchSize
    ) { [fitting] in fitting.devices }

    override func prepared(_ source: any BatchSource) throws -> any BatchSource {
        source === valid || source === train ? source : try pipeline.fitted(source)
    }

    /// Trains and validates on other batches, which get the model's own classes and normalization. Results are then shown of
    /// loaders that are given, as for a loaded model.
    public override func replaceData(train: any BatchSource, valid: (any BatchSource)?) throws {
        try super.replaceData(train: train, valid: valid)
        loaders = nil
    }

    override var metricContext: MetricContext? {
        MetricContext { [pipeline] in
            try pipeline.input.undoBatchTransforms($0, transforms: pipeline.batchTransforms)
        }
    }

    // MARK: Files

    /// Loads a model that ``export(to:types:)`` wrote, to train it further or to measure it; for predictions alone a
    /// ``Predictor`` is lighter.
    ///
    /// ```swift
    /// let learner = try Learner<ImageBlock, CategoryBlock>(from: file)
    /// try learner.replaceData(loaders)
    /// try learner.fineTune(2)
    /// ```
    /// - Parameters:
    ///   - types: The custom types that the file names; see ``StoredTypes``.
    ///   - loss: The loss that ``Trainer/validate(_:)`` measures; the target's default by default. A model that was
    ///     trained with a loss whose activation is a closure is loaded with that loss. A threshold given to it rules.
    ///   - model: The model with any weights, where the file does not describe it; see ``Predictor``.
    ///   - options: How the model is trained where nothing else is said; see ``TrainingOptions``.
    /// - Throws: ``ModelFileError`` when the file is damaged, not an exported model, or one for another task or input;
    ///   ``ModuleError`` when the weights do not fit the model.
    public convenience init(
        from url: URL, types: StoredTypes = .standard, loss: Loss? = nil,
        model: @autoclosure () throws -> Module? = nil,
        _ options: TrainingOptions = TrainingOptions()
    ) throws {
        let file = try ModelFile(url)
        let manifest = try file.manifest(Input.self, Target.self, types: types)
        let decoder =
            try loss.map { try manifest.decoder(reading: $0, named: file.name) } ?? manifest.decoder(named: file.name)
        let made = try file.model(of: manifest, own: model)
        let usual = manifest.pipeline.target.defaultLoss(of: made)
        self.init(
            pipeline: manifest.pipeline, model: made, loss: loss ?? lossOfLoaded(manifest.loss, decoder, usual: usual),
            decoder: decoder, options)
        recorder.rows = manifest.training
    }
}

/// The loss of a model that was loaded without one: the target's usual loss where the model's outputs are read as that one
/// reads them, else one that can not be computed and says so.
private func lossOfLoaded(_ name: String, _ decoder: OutputDecoder, usual: Loss) -> Loss {
    guard usual.activation != decoder.activation else { return usual }
    let refuse: @Sendable (Tensor, [Tensor]) -> Tensor = { _, _ in
        TorchError(
            operation: "loss",
            reason: "the model was trained with the loss \(name), which its file does not hold; give it with loss: to "
                + "measure or to train on"
        ).report()
        return .undefined
    }
    return Loss(
        name: name, function: refuse, perItem: refuse, activation: decoder.activation, decision: decoder.decision)
}

/// The batches of a model that was loaded: none.
private final class NoBatches: BatchSource {
    var batchCount: Int { 0 }
    var itemCount: Int { 0 }
    var batchSize: Int { 1 }
    func batches(epoch: Int) -> any BatchIterator { Iterator() }
    private final class Iterator: BatchIterator {
        func next() -> Batch? { nil }
        func cancel() {}
    }
}
