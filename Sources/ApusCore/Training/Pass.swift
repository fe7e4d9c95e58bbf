// A pass over batches: all that belongs to it alone, so that one inside another leaves that one as it was.
import Torch

/// The state of a pass: of a fit with the parts of its epochs, or of a validation or prediction by itself.
///
/// A validation or prediction that a callback starts in the middle of a fit gets a pass of its own, behind which the fit's is
/// put back.
struct Pass {
    var isFitting = false
    var isTraining = false
    /// Whether batches are only to be predicted, by the quickest way.
    var isPredicting = false
    var batchIndex = 0
    var batchCount = 0
    /// The batches of the loader that the training part has used up, with those that were left out as unreadable.
    var batchesTaken = 0
    /// Ends the current part of the epoch behind the batch.
    var leavesPart = false
    /// Measures the batches of a validation; nil where nobody asks for the numbers.
    var collector: ValidationCollector?
    /// What the collector found, when the validation came to its end.
    var result: ValidationResult?

    var inputs: [Tensor] = []
    var targets: [Tensor] = []
    var indices: [Int] = []
    var outputs: [Tensor] = []
    /// What gives the main output of the batch when it is first read; nil where it is there.
    var deferredOutput: (() -> Tensor)?
    var batchLoss: Tensor = .undefined
    var lossParts: [Tensor] = []
    /// The number of items of the current batch; nil between batches.
    var itemCount: Int?
    /// What was reported for columns, outside of a fit.
    var reported: [String: ReportedMean] = [:]
    /// The places of the parameter groups that move in the current step; nil for all.
    var steppedGroups: [Int]?
    /// What the loss is multiplied by before it is differentiated; ``MixedPrecision`` sets it for the current batch.
    var lossScale = 1.0
    /// The loss of this batch in place of the trainer's: a callback that changes what is compared sets it in `beforeBatch`.
    var lossOfBatch: ((_ output: Tensor, _ targets: [Tensor]) -> Tensor)?

    /// Begins a batch.
    mutating func take(_ batch: Batch) {
        (inputs, targets, indices) = (batch.inputs, batch.targets, batch.indices)
        (outputs, deferredOutput, batchLoss, lossParts, lossOfBatch) = ([], nil, .undefined, [], nil)
        (lossScale, steppedGroups, itemCount) = (1, nil, batch.count)
    }
}

extension Trainer {
    /// The current batch of the epoch, from 0.
    public var batchIndex: Int { pass.batchIndex }
    /// The number of batches in the current part of the epoch.
    public var batchCount: Int { pass.batchCount }
    /// Whether the current batch is one to train on.
    public var isTraining: Bool { pass.isTraining }
    /// Whether the current batch is one of a fit; false in a validation or prediction by itself, also inside a fit.
    public var isFitting: Bool { pass.isFitting }
    /// The inputs of the current batch; a callback may replace them.
    public var inputs: [Tensor] {
        get { pass.inputs }
        set { pass.inputs = newValue }
    }
    /// The targets of the current batch; a callback may replace them.
    public var targets: [Tensor] {
        get { pass.targets }
        set { pass.targets = newValue }
    }
    /// The places of the current batch's items in the data set.
    public var indices: [Int] { pass.indices }
    /// The model's raw output for the current batch: the first of ``outputs``, which predictions, metrics and the loss read.
    public var output: Tensor {
        get { outputs.first ?? .undefined }
        set {
            pass.outputs = [newValue] + pass.outputs.dropFirst()
            pass.deferredOutput = nil
        }
    }
    /// All outputs for the current batch: those of a ``MultiOutputModule`` or of the step, the main one first. A main output
    /// that a step has deferred (``StandardStep/deferredOutputs(of:)``) is computed now.
    public var outputs: [Tensor] {
        if let deferred = pass.deferredOutput {
            pass.deferredOutput = nil
            pass.outputs = [inPrecision(deferred)] + pass.outputs.dropFirst()
        }
        return pass.outputs
    }
    /// The outputs behind the main one, which is not computed for them where a step has deferred it.
    public var otherOutputs: [Tensor] { Array(pass.outputs.dropFirst()) }
    /// The loss of the current batch, a tensor that can be differentiated.
    public var batchLoss: Tensor {
        get { pass.batchLoss }
        set { pass.batchLoss = newValue }
    }
    /// The parts that add up to the loss of the current batch, in the order of the loss's names for them.
    public var lossParts: [Tensor] { pass.lossParts }

    /// Runs `body` as a pass of its own. Whatever runs around it, such as a fit in the middle of a batch, goes on as if
    /// nothing had been.
    func inPass<Result>(_ own: Pass, _ body: () throws -> Result) rethrows -> Result {
        try leavingNoTrace {
            let outer = pass
            pass = own
            defer { pass = outer }
            return try body()
        }
    }

    /// Runs `body`, which evaluates the model, and puts back each module's mode and, inside a fit, the random numbers.
    func leavingNoTrace<Result>(_ body: () throws -> Result) rethrows -> Result {
        let modes = trainedModules.flatMap { $0.module.namedModules() }.map { ($0.module, $0.module.isTraining) }
        let carried = statefulModules.map { ($0.module, $0.module.carriedState) }
        let random = isRunning ? randomStates() : []
        defer {
            for (module, isTraining) in modes where module.isTraining != isTraining { module.restoreMode(isTraining) }
            for (module, state) in carried { module.carriedState = state }
            for (device, state) in random { Generator.setGlobalState(state, device: device) }
        }
        return try body()
    }

    /// Runs `body` with the model in evaluation mode, for a look at it of one's own. What is around it, such as a fit in the
    /// middle of a batch, goes on as if nothing had been: each module's mode and, inside a fit, the random numbers are put
    /// back.
    ///
    /// ```swift
    /// override func afterEpoch(_ trainer: Trainer) throws {
    ///     let output = trainer.inEvaluationMode { withoutGradients { trainer.model(example) } }
    /// }
    /// ```
    public func inEvaluationMode<Result>(_ body: () throws -> Result) rethrows -> Result {
        try leavingNoTrace {
            setMode(training: false)
            resetCarriedState()
            return try body()
        }
    }

    /// The states of the global generators that a run draws from.
    private func randomStates() -> [(device: Device, state: Tensor)] {
        (device == .cpu ? [.cpu] : [.cpu, device]).map { ($0, Generator.globalState(device: $0).clone()) }
    }
}
