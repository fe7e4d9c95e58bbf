// What a trainer does with a batch: the step, which can be replaced.
import Foundation
import Torch

/// What a trainer does with a batch of a fit or a validation: by default one prediction, one loss, one backward pass and one
/// step of the optimizer, ``StandardStep``.
///
/// Another step may train two models in turn, or take several backward passes. What it trains besides the trainer's model,
/// it names as ``modules``: they move to the trainer's device, learn in groups of their own behind those of the model, and
/// are part of saved states and checkpoints. ``GANStep`` is one; a small GAN of your own:
///
/// ```swift
/// final class DuelStep: TrainingStep {
///     let critic = Sequential { Linear(2, 32); ReLU(); Linear(32, 1) }
///     var modules: [(name: String, module: Module)] { [("critic", critic)] }
///
///     func run(_ trainer: Trainer) throws {
///         let real = trainer.inputs[0]
///         let fake = trainer.model(Tensor.randn(real.size(0), 8))
///         let criticLoss = (critic(fake.detached()) - critic(real)).mean()
///         if trainer.isTraining { try trainer.descend(criticLoss, groups: [1]) }
///         let generatorLoss = -critic(fake).mean()
///         if trainer.isTraining { try trainer.descend(generatorLoss, groups: [0]) }
///         try trainer.takeLoss(generatorLoss)
///     }
/// }
/// learner.step = DuelStep()
/// ```
/// A prediction is always the model's alone: the step takes part in fits and in ``Trainer/validate(_:)``.
public protocol TrainingStep: AnyObject {
    /// The name in messages and checkpoints; the type's by default.
    var name: String { get }
    /// What decides how the step acts, as text; a run resumes from a checkpoint only with a step of the same settings. Empty
    /// by default.
    var settings: String { get }
    /// What has parameters or buffers besides the trainer's model, each under a name of its own; nothing by default.
    var modules: [(name: String, module: Module)] { get }
    /// The parameters that the step trains besides the model's, by group; a group for each of ``modules`` by default. Groups
    /// of the model come first: where it has two, these are groups 2, 3, ... ``Trainer/freeze()`` leaves them as they are.
    var parameterGroups: [[Tensor]] { get }
    /// The columns that the step adds to the table of epochs, whose values it gives with ``Trainer/report(_:as:)``.
    func columns(of trainer: Trainer) -> [EpochColumn]
    /// Does what there is to do with the current batch: gives the trainer its outputs (``Trainer/takeOutputs(_:)``) and its
    /// loss (``Trainer/takeLoss(_:parts:)``), and, where ``Trainer/isTraining`` says so, moves parameters
    /// (``Trainer/backward(_:groups:retainGraph:)``, ``Trainer/stepOptimizer(groups:)``).
    func run(_ trainer: Trainer) throws
    /// Why the step cannot work with a callback, as a sentence that says what to do; a fit with both is refused before its
    /// first batch. By default a step works with all but those that count on a ``StandardStep``; see
    /// ``Callback/needsStandardStep``.
    func conflict(with callback: Callback) -> String?
    /// Called at each moment of the loop before the callbacks are; does nothing by default.
    func handle(_ event: TrainingEvent, _ trainer: Trainer) throws
    /// What the step has to remember besides its modules when a run that was killed goes on; nil, the default, for nothing.
    func state() throws -> Data?
    /// Takes up what ``state()`` gave.
    func restore(state: Data) throws
}

extension TrainingStep {
    public var name: String { String(describing: type(of: self)) }
    public var settings: String { "" }
    public var modules: [(name: String, module: Module)] { [] }
    public var parameterGroups: [[Tensor]] { modules.map { $0.module.parameters() } }
    public func columns(of trainer: Trainer) -> [EpochColumn] { [] }
    public func conflict(with callback: Callback) -> String? {
        guard callback.needsStandardStep else { return nil }
        return
            "The callback \(callback.name) counts on one prediction, one loss and one step for each batch, which \(name) may "
            + "not have; remove it with remove(_:), or have the step's conflict(with:) give nil where it has."
    }
    public func handle(_ event: TrainingEvent, _ trainer: Trainer) throws {}
    public func state() throws -> Data? { nil }
    public func restore(state: Data) throws {}
}

/// The usual step: the model's outputs, their loss, one backward pass and one step of the optimizer, with fastai's moments
/// between them.
///
/// A subclass may change how outputs are made or compared, and all callbacks go on working:
///
/// ```swift
/// final class Reconstruction: StandardStep {
///     override func loss(of outputs: [Tensor], _ trainer: Trainer) -> (loss: Tensor, parts: [Tensor]) {
///         (outputs[0].mseLoss(trainer.inputs[0]), [])
///     }
/// }
/// ```
open class StandardStep: TrainingStep {
    public init() {}

    open var settings: String { "" }
    open var modules: [(name: String, module: Module)] { [] }
    open func columns(of trainer: Trainer) -> [EpochColumn] { [] }

    /// The outputs for the current batch, the main one first: the model's by default.
    open func outputs(of trainer: Trainer) -> [Tensor] { trainer.modelOutputs() }

    /// The outputs for the current batch where the main one is only computed when somebody reads it, such as a metric or a
    /// callback: a large output that ``loss(of:_:)`` does without. nil, the default, for ``outputs(of:)``.
    ///
    /// `loss(of:_:)` is then given an undefined main output, unless a callback has read or replaced it.
    open func deferredOutputs(of trainer: Trainer) -> (main: () -> Tensor, others: [Tensor])? { nil }

    /// The loss of the current batch, with the parts that its columns show; the trainer's loss of the first output by
    /// default, undefined without targets.
    open func loss(of outputs: [Tensor], _ trainer: Trainer) -> (loss: Tensor, parts: [Tensor]) {
        guard !trainer.targets.isEmpty, let output = outputs.first else { return (.undefined, []) }
        return trainer.loss.evaluate(output, trainer.targets)
    }

    open func conflict(with callback: Callback) -> String? {
        guard type(of: self) != StandardStep.self, callback is MixingCallback else { return nil }
        return
            "\(callback.name) mixes the values of the trainer's own loss, which \(name) may replace; remove it with "
            + "remove(_:), or have the step's conflict(with:) give nil where it does not."
    }

    open func handle(_ event: TrainingEvent, _ trainer: Trainer) throws {}
    open func state() throws -> Data? { nil }
    open func restore(state: Data) throws {}

    public final func run(_ trainer: Trainer) throws {
        var result: (loss: Tensor, parts: [Tensor]) = (.undefined, [])
        try trainer.inPrecision {
            if let (main, others) = deferredOutputs(of: trainer) {
                try trainer.takeOutputs([.undefined] + others, main: main)
            } else {
                try trainer.takeOutputs(outputs(of: trainer))
            }
            result =
                trainer.pass.lossOfBatch.map { ($0(trainer.output, trainer.targets), []) }
                ?? loss(of: trainer.pass.outputs, trainer)
        }
        try trainer.takeLoss(result.loss, parts: result.parts)
        guard trainer.isTraining, trainer.batchLoss.isDefined else { return }
        try trainer.backward()
        try trainer.stepOptimizer()
    }
}

/// A model that gives more than its answer, such as hidden states for a regularizer.
///
/// In fits and validations the trainer takes all outputs (``Trainer/outputs``); metrics, the loss and every prediction read
/// the first, which `forward` gives alone.
///
/// ```swift
/// final class Net: Module, MultiOutputModule {
///     let body = Linear(8, 16), head = Linear(16, 2)
///     func outputs(_ inputs: [Tensor]) -> [Tensor] {
///         let hidden = body(inputs[0]).relu()
///         return [head(hidden), hidden]
///     }
///     override func forward(_ input: Tensor) -> Tensor { outputs([input])[0] }
/// }
/// ```
public protocol MultiOutputModule: Module {
    /// The outputs for a batch: the answer first, then the others.
    func outputs(_ inputs: [Tensor]) -> [Tensor]
}

// MARK: - What a step is made of

extension Trainer {
    /// The model's outputs for the current batch, the answer first: those of a ``MultiOutputModule``, else one.
    public func modelOutputs() -> [Tensor] {
        if pass.isPredicting {
            return [inference.output(of: model, for: inputs, precision: precision, device: device, isPass: true)]
        }
        return (model as? any MultiOutputModule)?.outputs(inputs) ?? [model(inputs)]
    }

    /// Takes the outputs of the current batch, the main one first, and calls `afterPrediction`.
    ///
    /// - Throws: What a callback throws, or ``TorchError`` when an operator has failed.
    public func takeOutputs(_ outputs: [Tensor]) throws { try takeOutputs(outputs, main: nil) }

    func takeOutputs(_ outputs: [Tensor], main: (() -> Tensor)?) throws {
        (pass.outputs, pass.deferredOutput) = (outputs, main)
        try stopAfterFailure()
        try notify(.afterPrediction)
    }

    /// Takes the loss of the current batch, which the recorder and the validation show, and calls `afterLoss`.
    ///
    /// - Parameter parts: The values of the loss's ``Loss/partNames``, in their order.
    /// - Throws: What a callback throws, or ``TorchError`` when an operator has failed.
    public func takeLoss(_ loss: Tensor, parts: [Tensor] = []) throws {
        (pass.batchLoss, pass.lossParts) = (loss, parts)
        try stopAfterFailure()
        try notify(.afterLoss)
    }

    /// Computes gradients between `beforeBackward` and `afterBackward`, where they add up to those that are there.
    ///
    /// - Parameters:
    ///   - loss: What is differentiated; by default ``batchLoss``, as the callbacks have left it.
    ///   - groups: The places of the parameter groups that get gradients; all by default. Others keep theirs.
    ///   - retainGraph: Whether a second backward pass through the same computation follows.
    /// - Throws: What a callback throws, or ``TorchError`` when an operator has failed.
    public func backward(_ loss: Tensor? = nil, groups: [Int]? = nil, retainGraph: Bool = false) throws {
        try checkTrains(groups)
        try phase(.beforeBackward, .backward, .afterCancelBackward, .afterBackward) {
            let loss = loss ?? batchLoss
            let scaled = pass.lossScale == 1 ? loss : loss * pass.lossScale
            let inputs = groups.map { parameters(of: $0).filter(\.requiresGradient) }
            if inputs?.isEmpty == true { return }
            scaled.backward(inputs: inputs, retainGraph: retainGraph)
        }
        try stopAfterFailure()
    }

    /// Moves parameters by their gradients, between `beforeStep` and `afterStep`, and forgets these gradients.
    ///
    /// - Parameter groups: The places of the parameter groups that move; all by default.
    /// - Throws: What a callback throws, or ``TorchError`` when an operator has failed.
    public func stepOptimizer(groups: [Int]? = nil) throws {
        try checkTrains(groups)
        pass.steppedGroups = groups
        defer { pass.steppedGroups = nil }
        try phase(.beforeStep, .step, .afterCancelStep, .afterStep) { optimizer.step(groups: steppedGroups) }
        optimizer.zeroGradients(groups: steppedGroups)
    }

    /// One descent: the gradients of a loss for some parameter groups alone, and their step.
    ///
    /// - Throws: What a callback throws, or ``TorchError`` when an operator has failed.
    public func descend(_ loss: Tensor, groups: [Int]? = nil, retainGraph: Bool = false) throws {
        try backward(loss, groups: groups, retainGraph: retainGraph)
        try stepOptimizer(groups: groups)
    }

    /// The places of the parameter groups that the current step of the optimizer moves: all, unless a ``TrainingStep`` moves
    /// some alone.
    public var steppedGroups: [Int] { pass.steppedGroups ?? Array(parameterGroups.indices) }

    /// The parameters that the current step of the optimizer moves.
    public var steppedParameters: [Tensor] { parameters(of: steppedGroups) }

    private func parameters(of groups: [Int]) -> [Tensor] { groups.flatMap { optimizer.groups[$0].parameters } }

    private func checkTrains(_ groups: [Int]?) throws {
        guard isTraining else {
            throw TrainingError(
                "\(step.name) computes gradients or moves parameters in a validation; do so only where trainer.isTraining is "
                    + "true.")
        }
        guard let wrong = groups?.first(where: { !parameterGroups.indices.contains($0) }) else { return }
        throw TrainingError(
            "\(step.name) trains parameter group \(wrong); there are \(parameterGroups.count), from 0 on: "
                + "\(describedGroups).")
    }
}
