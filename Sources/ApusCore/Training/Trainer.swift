// The trainer: the training loop, and the state that callbacks read and change.
import Foundation
import Torch

/// The precision of the heavy operators in training and prediction.
public enum Precision: String, Sendable, CaseIterable {
    /// bfloat16 where the device multiplies it in hardware, float32 elsewhere.
    case automatic = "auto"
    /// float32 throughout: fastai's numerics.
    case float32
    /// Mixed precision with bfloat16.
    case bfloat16

    /// What the choice comes to on a device.
    public func resolved(on device: Device) -> Precision {
        guard self == .automatic else { return self }
        if case .cuda = device { return .bfloat16 }
        return device == .cpu && Machine.hasBFloat16 ? .bfloat16 : .float32
    }
}

/// Trains a model: the loop, the optimiser, and what callbacks see of a run.
///
/// ``Learner`` is a trainer that also knows what the data means; use that one.
open class Trainer {
    /// The model.
    public let model: Module
    /// The batches to train on.
    public private(set) var train: any BatchSource
    /// The batches to validate on.
    public private(set) var valid: (any BatchSource)?
    /// The loss.
    public let loss: Loss
    /// What is measured on the validation set.
    public var metrics: [any Metric]
    /// Where the model runs.
    public let device: Device
    /// The precision of the heavy operators, `.float32` or `.bfloat16`.
    public let precision: Precision
    /// The learning rate where none is given.
    public var learningRate: Double
    /// The weight decay of all groups.
    public var weightDecay: Double
    /// Whether weight decay also applies to biases and normalisation layers.
    public let decaysNormsAndBiases: Bool
    /// Whether batch normalisation goes on learning in frozen layers.
    public let trainsFrozenNorms: Bool
    /// The momentum at the start, the middle and the end of one cycle.
    public let momenta: (start: Double, middle: Double, end: Double)
    /// What happens in training beside the loop.
    public private(set) var callbacks: [Callback] = []
    /// What the run measures.
    public internal(set) var recorder = Recorder()
    /// Whether a table row is printed for each epoch, and a bar where there is a terminal.
    public var showsProgress = true

    /// The parameters by group, from the input to the head.
    public let parameterGroups: [[Tensor]]
    private let optimizerMaker: OptimizerMaker
    private var madeOptimizer: Optimizer?

    // MARK: The state of a run

    /// The current epoch of the fit, from 0.
    public internal(set) var epoch = 0
    /// The number of epochs of the fit.
    public internal(set) var epochs = 0
    /// The number of epochs in all fits so far; decides the order of the batches.
    public internal(set) var epochsDone = 0
    /// The current batch of the epoch, from 0.
    public internal(set) var batchIndex = 0
    /// The number of batches in the current part of the epoch.
    public internal(set) var batchCount = 0
    /// The part of the fit that is done, from 0 to 1.
    public internal(set) var progress = 0.0
    /// Whether the current batch is one to train on.
    public internal(set) var isTraining = false
    /// The inputs of the current batch; a callback may replace them.
    public var inputs: [Tensor] = []
    /// The targets of the current batch; a callback may replace them.
    public var targets: [Tensor] = []
    /// The places of the current batch's items in the data set.
    public internal(set) var indices: [Int] = []
    /// The model's raw output.
    public var output: Tensor = .undefined
    /// The loss of the current batch, a tensor that can be differentiated.
    public var batchLoss: Tensor = .undefined
    /// Whether the last fit was interrupted before its end.
    public internal(set) var wasInterrupted = false
    var validation: ValidationResult?

    /// - Parameters:
    ///   - parameterGroups: The parameters by group; one group of all by default.
    ///   - optimizer: Makes the optimiser; fastai's Adam by default.
    ///   - weightDecay: 0.01 by default, as in fastai.
    public init(
        train: any BatchSource, valid: (any BatchSource)?, model: Module, loss: Loss, metrics: [any Metric] = [],
        parameterGroups: [[Tensor]]? = nil, optimizer: @escaping OptimizerMaker = Optimizer.adam(),
        learningRate: Double = 1e-3, weightDecay: Double = 0.01, decaysNormsAndBiases: Bool = false,
        trainsFrozenNorms: Bool = true, momenta: (start: Double, middle: Double, end: Double) = (0.95, 0.85, 0.95),
        callbacks: [Callback] = [], precision: Precision = .automatic, device: Device = .best
    ) {
        self.train = train
        self.valid = valid
        self.model = model
        self.loss = loss
        self.metrics = metrics
        self.device = device
        self.precision = precision.resolved(on: device)
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.decaysNormsAndBiases = decaysNormsAndBiases
        self.trainsFrozenNorms = trainsFrozenNorms
        self.momenta = momenta
        self.parameterGroups = parameterGroups ?? [model.parameters()]
        optimizerMaker = optimizer
        model.to(device)
        model.toChannelsLast()
        for callback in [RecorderCallback(), InterruptCallback(), ProgressCallback()] + callbacks { add(callback) }
    }

    // MARK: Callbacks

    /// Adds a callback; it runs in its order among the others.
    public func add(_ callback: Callback) {
        callbacks.append(callback)
        callbacks = callbacks.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
            .map(\.element)
    }

    /// Takes a callback away.
    public func remove(_ callback: Callback) { callbacks.removeAll { $0 === callback } }

    /// Runs `body` with callbacks that are taken away afterwards.
    public func with<Result>(_ added: [Callback], _ body: () throws -> Result) rethrows -> Result {
        for callback in added { add(callback) }
        defer { for callback in added { remove(callback) } }
        return try body()
    }

    /// The first callback of a type.
    public func callback<Kind: Callback>(_ type: Kind.Type) -> Kind? { callbacks.lazy.compactMap { $0 as? Kind }.first }

    private func notify(_ event: TrainingEvent) throws {
        for callback in callbacks where isTraining || callback.runsInValidation || !event.isOfBatch {
            try callback.handle(event, self)
        }
    }

    /// Runs a phase between its events; a cancellation of the phase skips the rest of it and no more.
    private func phase(
        _ before: TrainingEvent, _ cancel: Cancel, _ canceled: TrainingEvent?, _ after: TrainingEvent,
        _ body: () throws -> Void
    ) throws {
        do {
            try notify(before)
            try body()
        } catch let thrown as Cancel where thrown == cancel {
            if let canceled { try notify(canceled) }
        }
        try notify(after)
    }

    // MARK: The loop

    /// Trains for a number of epochs with the callbacks that are in place.
    func run(epochs: Int) throws {
        self.epochs = epochs
        wasInterrupted = false
        defer { inputs = []; targets = []; output = .undefined; batchLoss = .undefined }
        try withTorchErrors {
            try phase(.beforeFit, .fit, .afterCancelFit, .afterFit) {
                for epoch in 0..<epochs {
                    self.epoch = epoch
                    try phase(.beforeEpoch, .epoch, .afterCancelEpoch, .afterEpoch) {
                        try trainEpoch()
                        try validateEpoch()
                    }
                    epochsDone += 1
                }
            }
        }
    }

    private func trainEpoch() throws {
        isTraining = true
        model.train()
        try phase(.beforeTrain, .train, .afterCancelTrain, .afterTrain) { try runBatches(of: train) }
    }

    private func validateEpoch() throws {
        guard let valid else { return }
        isTraining = false
        model.eval()
        try phase(.beforeValidate, .validate, .afterCancelValidate, .afterValidate) {
            try withoutGradients { try runBatches(of: valid) }
        }
    }

    private func runBatches(of source: any BatchSource) throws {
        batchCount = source.batchCount
        let batches = source.batches(epoch: epochsDone)
        defer { batches.cancel() }
        batchIndex = 0
        while let batch = try batches.next() {
            try runBatch(batch.to(device))
            batchIndex += 1
        }
    }

    private func runBatch(_ batch: Batch) throws {
        (inputs, targets, indices) = (batch.inputs, batch.targets, batch.indices)
        try phase(.beforeBatch, .batch, .afterCancelBatch, .afterBatch) {
            try inPrecision {
                output = model(inputs)
                try notify(.afterPrediction)
                guard !targets.isEmpty else { return }
                batchLoss = loss.function(output, targets)
            }
            if torchHasFailed { throw TrainingError("The model or the loss failed in batch \(batchIndex).") }
            try notify(.afterLoss)
            guard isTraining else { return }
            try phase(.beforeBackward, .backward, nil, .afterBackward) { batchLoss.backward() }
            try phase(.beforeStep, .step, nil, .afterStep) { optimizer.step() }
            optimizer.zeroGradients()
            if torchHasFailed { throw TrainingError("The backward pass failed in batch \(batchIndex).") }
        }
        if isTraining { progress += 1 / Double(max(1, batchCount * epochs)) }
    }

    /// Runs `body` with the heavy operators in the trainer's precision.
    package func inPrecision<Result>(_ body: () throws -> Result) rethrows -> Result {
        precision == .bfloat16 ? try withAutocast(.bfloat16, device: device, body) : try body()
    }

    // MARK: Fitting

    /// The optimiser; made at the first use.
    public var optimizer: Optimizer {
        if let madeOptimizer { return madeOptimizer }
        let undecayed = decaysNormsAndBiases ? [] : Set(model.normalizationParameters(withBiases: true).map(\.id))
        let made = optimizerMaker(
            parameterGroups.map {
                ParameterGroup(
                    parameters: $0, learningRate: learningRate, momentum: momenta.start, weightDecay: weightDecay)
            }, undecayed)
        madeOptimizer = made
        return made
    }

    /// Trains at a constant learning rate.
    ///
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, or what the data or a callback throws.
    public func fit(_ epochs: Int, learningRate: LearningRate? = nil, weightDecay: Double? = nil) throws {
        let rates = try (learningRate ?? .all(self.learningRate)).rates(groups: parameterGroups.count)
        try fit(epochs, rates: rates.map { .constant($0) }, momentum: nil, weightDecay: weightDecay)
    }

    /// Trains with the one-cycle policy (Smith 2018): the rate rises by a cosine to `maxLR` and falls to almost nothing,
    /// the momentum does the opposite.
    ///
    /// - Parameters:
    ///   - maxLR: The highest rate; the trainer's learning rate by default.
    ///   - div: The start is `maxLR / div`.
    ///   - finalDiv: The end is `maxLR / finalDiv`.
    ///   - startFraction: The part of the training in which the rate rises.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, or what the data or a callback throws.
    public func fitOneCycle(
        _ epochs: Int, maxLR: LearningRate? = nil, div: Double = 25, finalDiv: Double = 1e5,
        startFraction: Double = 0.25, weightDecay: Double? = nil
    ) throws {
        let rates = try (maxLR ?? .all(learningRate)).rates(groups: parameterGroups.count)
        try fit(
            epochs,
            rates: rates.map {
                .combinedCosine(startFraction: startFraction, start: $0 / div, middle: $0, end: $0 / finalDiv)
            },
            momentum: .combinedCosine(
                startFraction: startFraction, start: momenta.start, middle: momenta.middle, end: momenta.end),
            weightDecay: weightDecay)
    }

    /// Fine-tunes a pretrained model: one cycle with the body frozen, then one with everything at half the rate and
    /// lower rates for the earlier groups.
    ///
    /// - Parameters:
    ///   - epochs: The epochs of the second phase.
    ///   - baseLR: The rate of the head in the first phase.
    ///   - freezeEpochs: The epochs of the first phase.
    ///   - lrMult: The first group's rate in the second phase is the head's divided by this.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, or what the data or a callback throws.
    public func fineTune(
        _ epochs: Int, baseLR: Double = 2e-3, freezeEpochs: Int = 1, lrMult: Double = 100,
        startFraction: Double = 0.3, div: Double = 5
    ) throws {
        freeze()
        try fitOneCycle(freezeEpochs, maxLR: .last(baseLR), startFraction: 0.99)
        guard !wasInterrupted else { return }
        let rate = baseLR / 2
        unfreeze()
        try fitOneCycle(epochs, maxLR: .range(rate / lrMult, rate), div: div, startFraction: startFraction)
    }

    /// Trains with schedules for the groups' learning rates and for the momentum.
    public func fit(
        _ epochs: Int, rates: [Schedule], momentum: Schedule?, weightDecay: Double? = nil
    ) throws {
        guard epochs >= 0 else { throw TrainingError("\(epochs) epochs are not possible; give 0 or more.") }
        guard train.batchCount > 0 else {
            throw TrainingError("The training loader has no batches: it holds \(train.itemCount) items.")
        }
        guard rates.count == parameterGroups.count else {
            throw TrainingError(
                "\(rates.count) schedules were given for \(parameterGroups.count) parameter groups; give one for each.")
        }
        for index in optimizer.groups.indices {
            optimizer.update(group: index) { $0.weightDecay = weightDecay ?? self.weightDecay }
        }
        progress = 0
        try with([ScheduleCallback(learningRates: rates, momentum: momentum)]) { try run(epochs: epochs) }
    }

    // MARK: Freezing

    /// Freezes all groups but the last; batch normalisation stays trainable.
    public func freeze() { freeze(to: -1) }

    /// Makes all groups trainable.
    public func unfreeze() { freeze(to: 0) }

    /// Freezes the groups before `group`, counted from the end when it is negative; batch normalisation stays trainable.
    /// The optimiser forgets what it remembers.
    public func freeze(to group: Int) {
        let count = parameterGroups.count
        let first = min(max(group < 0 ? count + group : group, 0), count)
        let free = trainsFrozenNorms ? Set(model.normalizationParameters(withBiases: false).map(\.id)) : []
        for (index, parameters) in parameterGroups.enumerated() {
            for parameter in parameters { parameter.requiresGradient = index >= first || free.contains(parameter.id) }
        }
        optimizer.clearState()
    }

    // MARK: Evaluation

    /// The loss and the metrics on the validation set or another loader.
    /// - Throws: ``TrainingError`` when there is nothing to validate on.
    public func validate(_ source: (any BatchSource)? = nil) throws -> ValidationResult {
        guard let source = source ?? valid else {
            throw TrainingError("There is no validation set; give a loader, or a splitter that leaves one.")
        }
        let collector = ValidationCollector(metrics: metrics)
        try evaluate(source) { batch, output in
            guard !batch.targets.isEmpty else {
                throw TrainingError("The loader has no targets to validate against.")
            }
            collector.update(loss: loss.function(output, batch.targets), output: output, targets: batch.targets)
        }
        return collector.result
    }

    /// Runs the model over a loader in evaluation mode, without gradients.
    package func evaluate(_ source: any BatchSource, _ body: (Batch, Tensor) throws -> Void) throws {
        let wasTraining = model.isTraining
        model.eval()
        defer { model.train(wasTraining) }
        try withTorchErrors {
            try withInferenceMode {
                let batches = source.batches(epoch: 0)
                defer { batches.cancel() }
                while let batch = try batches.next() {
                    let batch = batch.to(device)
                    let output = inPrecision { model(batch.inputs) }
                    if torchHasFailed { return }
                    try body(batch, output)
                }
            }
        }
    }

    /// Gives the trainer other batches, of another size for example; weights and optimiser stay.
    public func replaceData(train: any BatchSource, valid: (any BatchSource)?) {
        self.train = train
        self.valid = valid
    }
}

extension TrainingEvent {
    /// Whether the event belongs to a batch.
    var isOfBatch: Bool {
        switch self {
        case .beforeBatch, .afterPrediction, .afterLoss, .beforeBackward, .afterBackward, .beforeStep, .afterStep,
            .afterCancelBatch, .afterBatch:
            true
        default: false
        }
    }
}

extension Module {
    /// The parameters of normalisation layers and, if wanted, the biases of all other layers.
    package func normalizationParameters(withBiases: Bool) -> [Tensor] {
        namedModules().flatMap { _, module -> [Tensor] in
            if module is BatchNorm || module is InstanceNorm || module is LayerNorm { return module.parameters() }
            guard withBiases else { return [] }
            return module.namedParameters().filter { $0.name == "bias" }.map(\.tensor)
        }
    }
}
