// The trainer: the training loop, and the state that callbacks read and change.
import Foundation
import Torch

/// Trains a model: the loop, the optimizer, and what callbacks see of a run.
///
/// ``Learner`` is a trainer that also knows what the data means; use that one.
open class Trainer {
    /// The model.
    public let model: Module
    /// The batches to train on.
    public private(set) var train: any BatchSource
    /// The batches to validate on.
    public private(set) var valid: (any BatchSource)?
    /// The loss; ``replaceLoss(_:)`` gives another one.
    public private(set) var loss: Loss
    /// What is done with each batch of a fit or a validation; ``StandardStep`` by default. Another one is set before a fit.
    public var step: any TrainingStep = StandardStep() {
        didSet { gatherGroups() }
    }
    /// What is measured on the validation set.
    public var metrics: [Metric]
    /// Where the model runs.
    public var device: Device { options.device }
    /// The precision of the heavy operators: that of a ``MixedPrecision`` among the callbacks, else `.float32`.
    public private(set) var precision = Precision.float32
    /// How the trainer was made.
    private var options: TrainingOptions
    /// The learning rate where none is given.
    public var learningRate: Double {
        get { options.learningRate }
        set { options.learningRate = newValue }
    }
    /// The weight decay of all groups where none is given; nil for the optimizer's own.
    public var weightDecay: GroupValue? {
        get { options.weightDecay }
        set { options.weightDecay = newValue }
    }
    /// Whether weight decay also applies to biases and normalization layers.
    public var decaysNormsAndBiases: Bool { options.decaysNormsAndBiases }
    /// Whether normalization layers go on learning in frozen groups.
    public var trainsFrozenNorms: Bool { options.trainsFrozenNorms }
    /// The momentum at the start, the middle and the end of one cycle.
    public var momenta: (start: GroupValue, middle: GroupValue, end: GroupValue) {
        get { options.momenta }
        set { options.momenta = newValue }
    }
    /// What happens in training beside the loop, in the order in which it runs.
    public internal(set) var callbacks: [Callback] = [] {
        didSet { precision = callback(MixedPrecision.self)?.precision(on: device) ?? .float32 }
    }
    /// What the run measures.
    public internal(set) var recorder = Recorder()
    /// Whether the table of epochs, how far each is, and notes are reported; warnings always are.
    public var showsProgress = true
    /// The name of the stage that is trained, see ``stage(_:_:)``; nil outside of one.
    public internal(set) var stageName: String?
    /// Where this trainer's table, bars, notes and warnings go; ``Reporting/current`` where it is nil.
    public var reporter: (any Reporter)?
    /// Ends a fit from another thread.
    public let stopper = Stopper()
    /// How many fits are within one another, of which the outermost forgets an earlier stop.
    var fitDepth = 0

    /// The parameters by group: those of the model from the input to the head, where a loss learns with the last group; then
    /// those of the step.
    public private(set) var parameterGroups: [[Tensor]]
    /// The model's own groups.
    let modelGroups: [[Tensor]]
    private var madeOptimizer: Optimizer?
    let inference = InferenceRunner()
    /// Up to how many items of a batch the model runs on one thread: several threads that share work of microseconds
    /// mostly wait for each other, the longer the busier the cores are.
    package var singleThreadBatchSize: Int

    /// What metrics are told about the data.
    var metricContext: MetricContext? { nil }

    // MARK: The state of a run

    /// The current epoch of the fit, from 0.
    public internal(set) var epoch = 0
    /// The number of epochs of the fit.
    public internal(set) var epochs = 0
    /// The number of epochs in all fits so far, those that were left early among them; ``Callback/afterEpoch(_:)`` sees its
    /// own epoch counted. It decides the order of the batches.
    public internal(set) var epochsDone = 0
    /// The part of the fit that is done, from 0 to 1.
    public internal(set) var progress = 0.0
    /// Whether the last fit was stopped before its end, by ``stopper`` or Ctrl-C.
    public internal(set) var wasInterrupted = false
    /// Whether a fit is running, whatever else runs inside it.
    private(set) var isRunning = false {
        didSet { fitting.note(isRunning ? (device == .cpu ? [.cpu] : [.cpu, device]) : []) }
    }
    /// The devices from which a fit that is running draws random numbers, as a predictor of the model knows them.
    let fitting = FittingDevices()
    /// What belongs to the current pass over batches; see `Pass`.
    var pass = Pass()
    /// Whether the model carries state from batch to batch; found once, since every prediction asks.
    private(set) lazy var carriesState = !statefulModules.isEmpty
    /// The columns that values may be reported for.
    var reportable: Set<String> = []
    /// Why the fit ends before its end; thrown when the fit's events are over.
    var failure: NonFiniteError?

    /// - Parameters:
    ///   - parameterGroups: The parameters by group, each in one of them; by default those of a ``GroupedModule``, one group
    ///     of all for other models. A parameter that is to be in none needs `requiresGradient = false`.
    ///   - options: How the model is trained where nothing else is said; see ``TrainingOptions``.
    public init(
        train: any BatchSource, valid: (any BatchSource)?, model: Module, loss: Loss, metrics: [Metric] = [],
        parameterGroups: [[Tensor]]? = nil, _ options: TrainingOptions = TrainingOptions()
    ) {
        self.train = train
        self.valid = valid
        self.model = model
        self.loss = loss
        self.metrics = metrics
        self.options = options
        // Those that are removed later must not be held here.
        self.options.callbacks = []
        let device = options.device
        model.to(device)
        model.toChannelsLast()
        let grouped = model as? any GroupedModule
        modelGroups = parameterGroups ?? grouped?.parameterGroups ?? [model.parameters()]
        self.parameterGroups = modelGroups
        singleThreadBatchSize = device == .cpu ? grouped?.singleThreadBatchSize ?? 0 : 0
        for callback in [RecorderCallback(), InterruptCallback(), ProgressCallback()] + options.callbacks {
            add(callback)
        }
        if !loss.modules.isEmpty { gatherGroups() }
        let resolved = (options.precision ?? grouped?.preferredPrecision ?? .automatic).resolved(on: device)
        if resolved != .float32, callback(MixedPrecision.self) == nil { add(MixedPrecision(resolved)) }
    }

    // MARK: Events

    func notify(_ event: TrainingEvent) throws {
        try step.handle(event, self)
        for callback in callbacks where isTraining || callback.runsInValidation || !event.isOfBatch {
            try callback.handle(event, self)
        }
    }

    /// Runs a phase between its events; a cancellation of the phase skips the rest of it and no more.
    func phase(
        _ before: TrainingEvent, _ cancel: Cancel, _ canceled: TrainingEvent, _ after: TrainingEvent,
        _ body: () throws -> Void
    ) throws {
        do {
            try notify(before)
            try body()
        } catch let thrown as Cancel where thrown == cancel {
            try notify(canceled)
        }
        try notify(after)
    }

    // MARK: The loop

    /// Trains for a number of epochs with the callbacks that are in place.
    func run(epochs: Int) throws {
        try checkCallbacks()
        try checkColumns()
        self.epochs = epochs
        epoch = 0
        progress = 0
        wasInterrupted = false
        failure = nil
        isRunning = true
        pass = Pass(isFitting: true)
        inference.forget()
        // What a fit that failed has left would add to the first step.
        optimizer.zeroGradients()
        defer {
            isRunning = false
            pass = Pass()
        }
        try withTorchErrors {
            var checkpoint: Checkpoint?
            switch try callback(Checkpoints.self)?.start(self) ?? .beginning {
            case .beginning: break
            case .skip: return
            case .goOn(let found) where found.record.position.isFitDone: return try restore(found)
            case .goOn(let found): checkpoint = found
            }
            let position = checkpoint?.record.position
            try stoppable {
                try phase(.beforeFit, .fit, .afterCancelFit, .afterFit) {
                    if let checkpoint { try restore(checkpoint) }
                    for epoch in (position?.epoch ?? 0)..<epochs {
                        try runEpoch(epoch, from: epoch == position?.epoch ? checkpoint : nil)
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Refuses to train inside a training.
    func checkNotRunning() throws {
        if isRunning {
            throw TrainingError(
                "A fit is running; a callback cannot start another one of the same trainer. Call it behind the first.")
        }
    }

    private func runEpoch(_ number: Int, from checkpoint: Checkpoint?) throws {
        epoch = number
        pass.result = nil
        recorder.startEpoch()
        // The next epoch has another order, however this one ends.
        var isCounted = false
        func count() {
            if !isCounted { epochsDone += 1 }
            isCounted = true
        }
        defer { count() }
        try phase(.beforeEpoch, .epoch, .afterCancelEpoch, .afterEpoch) {
            defer { count() }
            try trainEpoch(from: checkpoint)
            guard let valid else { return }
            pass.collector = ValidationCollector(loss: loss, metrics: metrics, context: metricContext)
            defer { pass.collector = nil }
            try validateEpoch(valid)
        }
    }

    private func trainEpoch(from checkpoint: Checkpoint?) throws {
        pass.isTraining = true
        pass.batchesTaken = 0
        defer { pass.isTraining = false }
        setMode(training: true)
        resetCarriedState()
        try phase(.beforeTrain, .train, .afterCancelTrain, .afterTrain) {
            // A second time: the events since the first may have changed what the checkpoint says.
            if let checkpoint {
                try restore(checkpoint)
                // What was carried to the end of the epoch before does not go on in this one.
                if checkpoint.record.position.batches == 0 { resetCarriedState() }
            }
            try runBatches(of: train, from: checkpoint?.record.position)
        }
    }

    /// Runs the model over a loader without gradients, between the events of a validation.
    ///
    /// - Parameter body: Called after each batch that was not canceled.
    func validateEpoch(_ source: any BatchSource, _ body: () throws -> Void = {}) throws {
        setMode(training: false)
        resetCarriedState()
        try phase(.beforeValidate, .validate, .afterCancelValidate, .afterValidate) {
            try withoutGradients { try runBatches(of: source, from: nil, body) }
            pass.result = pass.collector?.result
        }
    }

    private func runBatches(
        of source: any BatchSource, from position: RunPosition? = nil, _ body: () throws -> Void = {}
    ) throws {
        let threads = Machine.threadCount
        if source.batchSize <= singleThreadBatchSize, threads != 1 { Machine.threadCount = 1 }
        defer { if Machine.threadCount != threads { Machine.threadCount = threads } }
        pass.batchCount = source.batchCount
        pass.batchIndex = position?.batches ?? 0
        pass.leavesPart = position?.isTrainingDone ?? false
        let taken = position?.batchesTaken ?? 0
        if isTraining { pass.batchesTaken = taken }
        let batches = try source.batches(epoch: epochsDone, from: taken)
        defer { batches.cancel() }
        let limits = TargetLimits()
        try TargetLimits.$ofPass.withValue(limits) {
            defer { limits.finish() }
            while !pass.leavesPart, let batch = try batches.next() {
                if isTraining {
                    pass.batchesTaken = batches.passed.map { taken + $0 } ?? pass.batchesTaken + 1
                }
                try runBatch(batch.to(device))
                if let collector = pass.collector, batchLoss.isDefined {
                    collector.update(
                        loss: batchLoss, parts: lossParts, output: output, targets: targets, items: batch.count)
                    try stopAfterFailure()
                }
                if batchLoss.isDefined || output.isDefined { try body() }
                pass.batchIndex += 1
            }
        }
        try stopAfterFailure()
    }

    private func runBatch(_ batch: Batch) throws {
        pass.take(batch)
        defer { pass.itemCount = nil }
        noteProgress(batches: batchIndex)
        try phase(.beforeBatch, .batch, .afterCancelBatch, .afterBatch) {
            defer { noteProgress(batches: batchIndex + 1) }
            if isTraining || pass.collector != nil || step is StandardStep {
                try step.run(self)
            } else {
                try inPrecision { try takeOutputs(modelOutputs()) }
            }
            try stopAfterFailure()
        }
        try stopAfterFailure()
    }

    private func noteProgress(batches: Int) {
        if isTraining { progress = (Double(epoch) + Double(batches) / Double(batchCount)) / Double(epochs) }
    }

    /// Ends the run when an operator has failed; `withTorchErrors` then throws that operator's error.
    func stopAfterFailure() throws {
        if torchHasFailed { throw TrainingError("An operator failed in batch \(batchIndex).") }
    }

    /// Runs `body` with the heavy operators in the trainer's precision, as a ``TrainingStep`` runs model and loss.
    public func inPrecision<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let dtype = precision.dtype else { return try body() }
        return try withAutocast(dtype, device: device, body)
    }

    // MARK: Parts

    /// What must be the same for a run to go on from a checkpoint beside what ``FitPlan`` knows of every trainer.
    func planFacts() throws -> [(String, String)] {
        [("model", Fingerprint(text: "\(model)").description)]
    }

    /// The optimizer; made at the first use.
    public var optimizer: Optimizer {
        if let madeOptimizer { return madeOptimizer }
        let spared = trainedModules.flatMap { $0.module.normalizationParameters(withBiases: true) }
        let undecayed = decaysNormsAndBiases ? [] : Set(spared.map(\.id))
        let made = options.optimizer.makeOptimizer(for: parameterGroups, undecayed: undecayed)
        // Values that do not fit are reported by `fit`.
        let decays = try? weightDecay.map { try groupValues($0, of: .weightDecay) }
        for index in made.groups.indices {
            made.update(group: index) { group in
                group.learningRate = learningRate
                if let decays, decays.indices.contains(index) { group.weightDecay = decays[index] }
            }
        }
        madeOptimizer = made
        return made
    }

    /// Takes other parameter groups, for which the optimizer is made anew.
    func takeGroups(_ groups: [[Tensor]]) {
        parameterGroups = groups
        madeOptimizer = nil
    }

    /// Gives the trainer another loss; weights stay, and so does the optimizer, unless one of the losses has parameters. A
    /// learner's predictions are then read as the new loss says: by its activation and its decision.
    ///
    /// - Throws: ``TrainingError`` when a learner's loss does not fit the kind of target, or a fit is running.
    public func replaceLoss(_ loss: Loss) throws {
        try checkNotRunning()
        self.loss = loss
        gatherGroups()
    }

    /// Gives the trainer other batches, of another size for example; weights and optimizer stay. A learner's
    /// ``Learner/replaceData(_:)`` also changes how it predicts.
    ///
    /// - Throws: ``TrainingError`` when a learner's model does not fit the data.
    public func replaceData(train: any BatchSource, valid: (any BatchSource)?) throws {
        take(train: try prepared(train), valid: try valid.map(prepared))
    }

    func take(train: any BatchSource, valid: (any BatchSource)?) {
        self.train = train
        self.valid = valid
    }

    /// The batches of a source as the model expects them.
    func prepared(_ source: any BatchSource) throws -> any BatchSource { source }
}
