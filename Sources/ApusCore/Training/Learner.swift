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
public final class Learner<Input: InputBlock, Target: TargetBlock>: Trainer {
    /// How raw values become batches, and outputs become predictions.
    public internal(set) var pipeline: Pipeline<Input, Target>
    /// How the model's outputs are read: what every prediction, value and figure of the learner follows.
    public let decoder: OutputDecoder
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
        let given = loaders.pipeline.target.kinds
        if let kinds = loss.targetKinds, !kinds.isSuperset(of: given) {
            throw TrainingError(
                "The loss \(loss.name) does not fit \(Target.self): it compares with targets of the kind "
                    + "\(kinds.map(\.rawValue).sorted().joined(separator: " or ")), the data gives "
                    + "\(given.map(\.rawValue).joined(separator: " and ")). Leave the loss out for the one that fits.")
        }
        decoder = OutputDecoder(loss, target: loaders.pipeline.target)
        pipeline = loaders.pipeline.adopting(decoder.decision)
        self.loaders = loaders.to(options.device)
        super.init(
            train: loaders.train, valid: loaders.valid, model: model, loss: loss, metrics: metrics,
            parameterGroups: parameterGroups, options)
    }

    private init(
        pipeline: Pipeline<Input, Target>, model: Module, loss: Loss, decoder: OutputDecoder, precision: Precision,
        device: Device
    ) {
        self.pipeline = pipeline.adopting(decoder.decision)
        self.decoder = decoder
        loaders = nil
        super.init(
            train: NoBatches(), valid: nil, model: model, loss: loss,
            TrainingOptions(precision: precision, device: device))
        model.eval()
    }

    // MARK: Checkpoints

    override func planFacts() throws -> [(String, String)] {
        var facts = try super.planFacts()
        if let model = model as? any DescribedModel {
            facts.insert(("architecture", model.modelDescription.sortedJSON), at: 0)
        }
        facts += [("input", pipeline.input.sortedJSON), ("target", pipeline.target.sortedJSON)]
        let transforms: [(String, [any Transform])] = [
            ("item transforms", pipeline.itemTransforms), ("batch transforms", pipeline.batchTransforms),
        ]
        facts += transforms.map { name, list in
            (name, list.map { "\(type(of: $0).name) \($0.sortedJSON)" }.joined(separator: ", "))
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

    /// The prediction for one raw input, such as a file.
    /// - Throws: What loading the input throws, or ``TorchError``.
    public func predict(_ source: Input.Source) throws -> Target.Prediction { try predict(source, by: pipeline) }

    /// The same with the input prepared in another way than the model's own.
    package func predict(_ source: Input.Source, by pipeline: Pipeline<Input, Target>) throws -> Target.Prediction {
        if model.isTraining || isRunning {
            return try inEvaluationMode { try predictOne(source, by: pipeline) }
        }
        return try predictOne(source, by: pipeline)
    }

    private func predictOne(_ source: Input.Source, by pipeline: Pipeline<Input, Target>) throws -> Target.Prediction {
        let threads = Machine.threadCount
        if singleThreadBatchSize > 0, threads != 1 { Machine.threadCount = 1 }
        defer { if Machine.threadCount != threads { Machine.threadCount = threads } }
        // Errors may come from the transforms as well as from the model.
        return try withTorchErrors {
            try withoutGradients {
                let batch = try pipeline.batch(
                    inputs: [source], targets: nil, indices: [0], isTraining: false, draws: [SeededRandom(seed: 0)]
                ).to(device)
                let output = inference.output(
                    of: model, for: batch.inputs, precision: precision, device: device)
                if torchHasFailed { throw TrainingError("The model failed.") }
                guard let prediction = predictions(from: output).first else { throw TrainingError("The model failed.") }
                return try prediction.get()
            }
        }
    }

    /// The predictions for many raw inputs, prepared on the loader's threads.
    /// - Throws: ``DataError`` for a batch size below 1, or what the data and the model throw.
    public func predict(_ sources: [Input.Source], batchSize: Int = 64) throws -> [Target.Prediction] {
        let loader = pipeline.loader(sources, batchSize: min(batchSize, max(sources.count, 1)))
        var predictions: [Target.Prediction] = []
        try evaluate(loader, isPrediction: true) { _, output in
            predictions += try self.predictions(from: output).map { try $0.get() }
        }
        return predictions
    }

    /// What the raw outputs of a batch say of each item, or the error of one that says nothing.
    public func predictions(from output: Tensor) -> [Result<Target.Prediction, any Error>] {
        let (activated, decided) = decoder(output)
        return zip(activated.unbind(dim: 0), decided.unbind(dim: 0)).map { output, decision in
            Result { try pipeline.prediction(from: output, decision: decision) }
        }
    }

    override func prepared(_ source: any BatchSource) throws -> any BatchSource {
        source === valid || source === train ? source : try fitted(source)
    }

    /// Trains and validates on other batches, which get the model's own classes and normalisation. Results are then shown of
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

    /// Loads an exported model for prediction.
    ///
    /// - Parameters:
    ///   - loss: The loss that ``Trainer/validate(_:)`` measures; the target's default by default. A model that was
    ///     trained with a loss whose activation is a closure is loaded with that loss. A threshold given to it rules.
    ///   - makeModel: Makes the model from its description; a model of one's own has none, and is made by the closure
    ///     alone.
    /// - Throws: ``ModelFileError`` when the file is damaged, no exported model, or one for another task or input;
    ///   ``ModuleError`` when the weights do not fit the model.
    public static func load(
        from url: URL, loss: Loss? = nil, precision: Precision = .automatic, device: Device = .default,
        makeModel: (_ description: ModelDescription?) throws -> Module
    ) throws -> Learner {
        let file = try SafetensorsFile(url)
        let name = url.lastPathComponent
        let manifest = try ModelManifest(of: file, named: name)
        let pipeline = try manifest.pipeline(input: Input.self, target: Target.self, named: name)
        let decoder = try manifest.decoder(for: pipeline.target, loss: loss, named: name)
        let learner = try withTorchErrors {
            // Every number is about to be loaded: drawing initial weights would take longer than reading them.
            let model = try Init.$isSkipped.withValue(true) { try makeModel(manifest.model) }
            try model.loadStateDict(try file.names.map { (name: $0, tensor: try file.tensor($0)) })
            return Learner(
                pipeline: pipeline, model: model,
                loss: loss ?? lossOfLoaded(manifest.loss, decoder, usual: pipeline.target.defaultLoss(of: model)),
                decoder: decoder, precision: precision, device: device)
        }
        learner.recorder.rows = manifest.training
        return learner
    }
}

/// The loss of a model that was loaded without one: the target's usual loss where the model's outputs are read as that one
/// reads them, else one that can not be computed and says so.
private func lossOfLoaded(_ name: String, _ decoder: OutputDecoder, usual: Loss) -> Loss {
    guard usual.activation != decoder.activation else { return usual }
    let refuse: @Sendable (Tensor, [Tensor]) -> Tensor = { _, _ in
        TorchError(
            operation: "loss",
            reason: "the model was trained with the loss \(name), which its file does not hold; give it to load "
                + "with loss: to measure or to train on"
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
