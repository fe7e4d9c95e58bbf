// The predictor: a model with all that turns raw inputs into answers, and nothing of a training.
import Foundation
import Torch

/// A trained model with its blocks and transforms: raw inputs in, answers out.
///
/// A file gives one, and so does a learner (``Learner/predictor``).
///
/// ```swift
/// let classifier = try ImageClassifier(from: URL(filePath: "pets.safetensors"))
/// print(try classifier.predict(photo).label)
/// ```
/// A predictor of a file may be shared between tasks: inputs are prepared side by side, and the model runs for one call at a
/// time. The first single prediction runs the model as it is, so that it is there soon; from the second on an
/// ``InferencePlan`` makes it faster, with answers that differ by roundings.
public struct Predictor<Input: InputBlock, Target: TargetBlock>: Predicting, Sendable {
    /// How raw values become batches, and outputs become answers. Transforms may be replaced, such as by ones for a
    /// larger size.
    public var pipeline: Pipeline<Input, Target>
    /// How the model's outputs are read.
    public let decoder: OutputDecoder
    /// The precision of the heavy operators.
    public let precision: Precision
    /// Where the model runs.
    public let device: Device
    /// What sees all items that are predicted and says when they are not as those of the training; nil, the default, for
    /// none. See ``DriftMonitor``.
    public var monitor: DriftMonitor?
    let runner: ModelRunner

    /// A predictor of a model in memory. The model is put into evaluation mode and belongs to the predictor from then on.
    ///
    /// - Parameters:
    ///   - pipeline: Blocks that have learned from training items, and the transforms.
    ///   - decoder: How outputs are read; as the target's default loss says by default.
    ///   - precision: The one that suits the model by default; see ``GroupedModule/preferredPrecision``.
    public init(
        _ pipeline: Pipeline<Input, Target>, _ model: sending Module, decoder: OutputDecoder? = nil,
        precision: Precision? = nil, device: Device = .default
    ) {
        let decoder = decoder ?? OutputDecoder(pipeline.target.defaultLoss(of: model), target: pipeline.target)
        self.init(evaluating: model, pipeline, decoder, precision, device)
    }

    private init(
        evaluating model: Module, _ pipeline: Pipeline<Input, Target>, _ decoder: OutputDecoder,
        _ precision: Precision?,
        _ device: Device
    ) {
        model.to(device)
        model.toChannelsLast()
        model.eval()
        let grouped = model as? any GroupedModule
        let threads = device == .cpu ? grouped?.singleThreadBatchSize ?? 0 : 0
        self.init(
            pipeline, decoder, (precision ?? grouped?.preferredPrecision ?? .automatic).resolved(on: device), device,
            ModelRunner(model, singleThreadBatchSize: threads))
    }

    init(
        _ pipeline: Pipeline<Input, Target>, _ decoder: OutputDecoder, _ precision: Precision, _ device: Device,
        _ runner: ModelRunner
    ) {
        self.pipeline = pipeline.adopting(decoder.decision)
        (self.decoder, self.precision, self.device, self.runner) = (decoder, precision, device, runner)
    }

    /// Loads a model that ``Learner/export(to:types:)`` wrote.
    ///
    /// ```swift
    /// let own = try Predictor<MyInput, MyTarget>(from: file, types: .standard.adding(MyCrop.self, MyNet.self))
    /// ```
    /// - Parameters:
    ///   - types: The custom types that the file names; see ``StoredTypes``.
    ///   - decoder: How outputs are read, for a model whose loss had a closure as its activation or decision; as the file
    ///     says by default.
    ///   - precision: The one that suits the model by default; see ``GroupedModule/preferredPrecision``.
    ///   - model: The model with any weights, where the file does not describe it: of a type that is not a
    ///     ``StoredModel``, or with such a part.
    /// - Throws: ``ModelFileError`` when the file is damaged, not an exported model, or one for another task or input;
    ///   ``ModuleError`` when the weights do not fit the model.
    public init(
        from url: URL, types: StoredTypes = .standard, decoder: OutputDecoder? = nil, precision: Precision? = nil,
        device: Device = .default, model: @autoclosure () throws -> Module? = nil
    ) throws {
        let file = try ModelFile(url)
        let manifest = try file.manifest(Input.self, Target.self, types: types)
        let decoder = try decoder ?? manifest.decoder(named: file.name)
        self.init(
            evaluating: try file.model(of: manifest, own: model), manifest.pipeline, decoder, precision, device)
    }

    public var predictor: Predictor { self }

    /// Runs `body` with the model in evaluation mode while no other task runs it, for a look at layers or weights.
    ///
    /// The model must not be kept or trained.
    public func withModel<Result>(_ body: (Module) throws -> Result) rethrows -> Result { try runner.withModel(body) }

    // MARK: Batches

    /// Runs the model over a loader, without gradients; `body` sees each batch with the model's raw output.
    ///
    /// - Throws: What the data, the model and `body` throw.
    public func run(_ source: any BatchSource, _ body: (_ batch: Batch, _ output: Tensor) throws -> Void) throws {
        try runScored(source) { batch, output, _ in try body(batch, output) }
    }

    /// The same with the out-of-domain score of each item; without any where the predictor has no monitor.
    func runScored(
        _ source: any BatchSource, _ body: (_ batch: Batch, _ output: Tensor, _ scores: [Double]) throws -> Void
    ) throws {
        try runTapping(source, monitor?.featureLayer) { batch, output, features in
            try body(batch, output, try monitored(batch, output, features))
        }
    }

    /// The same with what a layer reads.
    ///
    /// - Parameter own: What runs the model instead of the usual one.
    func runTapping(
        _ source: any BatchSource, _ layer: String?, by own: InferenceRunner? = nil,
        _ body: (_ batch: Batch, _ output: Tensor, _ features: Tensor?) throws -> Void
    ) throws {
        let source = try pipeline.fitted(source)
        try runner.onFewThreads(source.batchSize) {
            try withTorchErrors {
                let batches = try source.batches(epoch: 0)
                defer { batches.cancel() }
                while let batch = try batches.next() {
                    let batch = batch.to(device)
                    let (output, features) = try output(of: batch, tapping: layer, isPass: true, by: own)
                    try body(batch, output, features)
                }
            }
        }
    }

    private func output(
        of batch: Batch, tapping layer: String?, isPass: Bool, by own: InferenceRunner? = nil
    ) throws -> (output: Tensor, features: Tensor?) {
        let seen = withoutGradients {
            runner.output(
                for: batch.inputs, precision: precision, device: device, isPass: isPass, tapping: layer,
                by: own)
        }
        if torchHasFailed { throw TrainingError("The model failed.") }
        return seen
    }

    /// The raw output for a batch, which the monitor sees as well.
    func output(of batch: Batch, isPass: Bool) throws -> Tensor { try scoredOutput(of: batch, isPass: isPass).output }

    /// The same with the out-of-domain score of each item; without any where the predictor has no monitor.
    func scoredOutput(of batch: Batch, isPass: Bool) throws -> (output: Tensor, scores: [Double]) {
        let (output, features) = try output(of: batch, tapping: monitor?.featureLayer, isPass: isPass)
        return (output, try monitored(batch, output, features))
    }

    /// The out-of-domain scores of a batch, which the monitor notes.
    private func monitored(_ batch: Batch, _ output: Tensor, _ features: Tensor?) throws -> [Double] {
        guard let monitor else { return [] }
        return try withoutGradients {
            try monitor.note(ObservedItems(batch, output: output, features: features, pipeline, decoder))
        }
    }

    /// What the raw outputs of a batch say of each item, or the error of one that says nothing.
    public func answers(from output: Tensor) -> [Result<Target.Prediction, any Error>] {
        let (activated, decided) = decoder(output)
        return zip(activated.unbind(dim: 0), decided.unbind(dim: 0)).map { output, decision in
            Result { try pipeline.prediction(from: output, decision: decision) }
        }
    }

    /// The answer for one batch of one item, without threads.
    fileprivate func answer(_ batch: () throws -> Batch) throws -> Target.Prediction {
        try runner.onFewThreads(1) {
            // Errors may come from the transforms as well as from the model.
            try withTorchErrors {
                try withoutGradients {
                    let output = try output(of: try batch().to(device), isPass: false)
                    guard let answer = answers(from: output).first else { throw TrainingError("The model failed.") }
                    return try answer.get()
                }
            }
        }
    }
}

/// What predicts: a ``Predictor``, or a ``Learner``, whose answers are those of its ``Learner/predictor``.
public protocol Predicting<Input, Target> {
    associatedtype Input: InputBlock
    associatedtype Target: TargetBlock
    /// The model with its blocks and transforms.
    var predictor: Predictor<Input, Target> { get }
}

extension Predicting {
    /// The prediction for one raw input, such as a file.
    /// - Throws: What loading the input throws, or ``TorchError``.
    public func predict(_ source: Input.Source) throws -> Target.Prediction {
        let predictor = predictor
        return try predictor.answer {
            try predictor.pipeline.batch(
                inputs: [source], targets: nil, indices: [0], isTraining: false, draws: [SeededRandom(seed: 0)])
        }
    }

    /// The predictions for many raw inputs, prepared on the loader's threads.
    /// - Throws: ``DataError`` for a batch size below 1, or what the data and the model throw.
    public func predict(
        _ sources: [Input.Source], batchSize: Int = 64, workers: Int? = nil
    ) throws -> [Target.Prediction] {
        let predictor = predictor
        try DataLoader.check(batchSize: batchSize, workers: workers)
        guard !sources.isEmpty else { return [] }
        let loader = predictor.pipeline.loader(sources, batchSize: min(batchSize, sources.count), workers: workers)
        // Inputs of different lengths come in another order.
        var predictions: [Target.Prediction?] = Array(repeating: nil, count: sources.count)
        try predictor.run(loader) { batch, output in
            for (place, answer) in zip(batch.indices, predictor.answers(from: output)) {
                predictions[place] = try answer.get()
            }
        }
        let answered = predictions.compactMap(\.self)
        guard answered.count == sources.count else {
            throw TrainingError("The model answered \(answered.count) of \(sources.count) inputs.")
        }
        return answered
    }

    /// The prediction for an input that is loaded already, such as a picture in memory.
    /// - Throws: What the transforms and the model throw.
    public func predict(value: Input.Value) throws -> Target.Prediction {
        let predictor = predictor
        return try predictor.answer { try predictor.pipeline.batch(values: [value]) }
    }

    /// The predictions for inputs that are loaded already, in batches.
    /// - Throws: ``DataError`` for a batch size below 1, or what the transforms and the model throw.
    public func predict(values: [Input.Value], batchSize: Int = 64) throws -> [Target.Prediction] {
        let predictor = predictor
        try DataLoader.check(batchSize: batchSize, workers: nil)
        var predictions: [Target.Prediction] = []
        predictions.reserveCapacity(values.count)
        for start in stride(from: 0, to: values.count, by: batchSize) {
            let part = Array(values[start..<min(start + batchSize, values.count)])
            predictions += try predictor.answers { try predictor.pipeline.batch(values: part) }
        }
        return predictions
    }

    /// What the model says of the items of a loader, in their order, also where the loader shuffles them or leaves some out.
    ///
    /// - Parameters:
    ///   - items: Raw inputs without labels.
    ///   - withInputs: Whether what went into the model is kept too.
    /// - Throws: ``TrainingError`` when there is nothing to predict, or what the data and the model throw.
    public func getPredictions(
        of items: [Input.Source], batchSize: Int = 64, withInputs: Bool = false
    ) throws -> Predictions<Target> {
        try DataLoader.check(batchSize: batchSize, workers: nil)
        return try predictor.getPredictions(
            predictor.pipeline.loader(items, batchSize: batchSize), withInputs: withInputs)
    }
}

extension Predictor {
    fileprivate func answers(_ batch: () throws -> Batch) throws -> [Target.Prediction] {
        try withTorchErrors {
            try withoutGradients {
                let batch = try batch().to(device)
                return try runner.onFewThreads(batch.count) {
                    try answers(from: try output(of: batch, isPass: true)).map { try $0.get() }
                }
            }
        }
    }

    /// What the model says of all items of a loader, in their order, also where the loader shuffles them or leaves some out.
    /// Metrics are measured where it has labels; there are no losses.
    ///
    /// ```swift
    /// let held = try classifier.getPredictions(loaders.testLoader(labeled: items)).measure(.accuracy)
    /// ```
    /// - Parameter withInputs: Whether what went into the model is kept too.
    /// - Throws: ``TrainingError`` when there is nothing to predict, or what the data and the model throw.
    public func getPredictions(
        _ source: any BatchSource, withInputs: Bool = false
    ) throws -> Predictions<Target> {
        var collected = CollectedOutputs(decoder: decoder, withInputs: withInputs)
        try run(source.inOrder) { batch, output in collected.add(batch, output, loss: nil) }
        return try collected.predictions(pipeline, metricContext)
    }

    /// What metrics are told about the data.
    var metricContext: MetricContext {
        MetricContext { [pipeline] in
            try pipeline.input.undoBatchTransforms($0, transforms: pipeline.batchTransforms)
        }
    }
}

extension Pipeline {
    /// The batch of inputs that are loaded already, prepared as for validation.
    public func batch(values: [Input.Value]) throws -> Batch {
        var draws = values.indices.map { SeededRandom(seed: 0, $0) }
        let prepared = try values.indices.map { try self.prepared(value: values[$0], random: &draws[$0]) }
        return try batch(prepared: prepared, draws: &draws)
    }

    /// An input that is loaded already, after the transforms of items as in validation.
    func prepared(value: Input.Value, random: inout SeededRandom) throws -> Input.Value {
        var parts = input.parts(of: value)
        for transform in itemTransforms {
            try transform.apply(&parts, isTraining: false, random: &random)
        }
        return try typed(parts, hasTarget: false).input
    }

    /// The batch of inputs after the transforms of items, prepared as for validation.
    func batch(prepared values: [Input.Value], draws: inout [SeededRandom]) throws -> Batch {
        var batch = Batch(inputs: try input.tensors(of: values), targets: [], indices: Array(values.indices))
        try transform(&batch, isTraining: false, draws: &draws)
        return batch
    }
}
