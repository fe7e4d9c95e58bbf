// Callbacks: what happens in training beside the loop itself.
import Foundation

/// A moment of the training loop.
public enum TrainingEvent: String, Sendable, CaseIterable {
    case beforeFit, beforeEpoch, beforeTrain, beforeBatch, afterPrediction, afterLoss
    case beforeBackward, afterCancelBackward, afterBackward, beforeStep, afterCancelStep, afterStep
    case afterCancelBatch, afterBatch, afterCancelTrain, afterTrain
    case beforeValidate, afterCancelValidate, afterValidate, afterCancelEpoch, afterEpoch, afterCancelFit, afterFit

    /// Whether the event belongs to a batch.
    var isOfBatch: Bool {
        switch self {
        case .beforeBatch, .afterPrediction, .afterLoss, .beforeBackward, .afterCancelBackward, .afterBackward,
            .beforeStep, .afterCancelStep, .afterStep, .afterCancelBatch, .afterBatch:
            true
        default: false
        }
    }
}

/// An error that a callback threw.
public struct CallbackError: Error, CustomStringConvertible {
    /// The callback's name.
    public let callback: String
    /// The moment at which it failed.
    public let event: TrainingEvent
    /// What it threw.
    public let underlying: any Error

    public var description: String {
        let reason = "\(underlying)"
        return "The callback \(callback) failed at \(event.rawValue): \(reason)\(reason.hasSuffix(".") ? "" : ".") "
            + "Fix it, or remove it with remove(_:)."
    }
}

/// Thrown by a callback to leave a part of the loop; the loop goes on behind it.
public enum Cancel: Error, Sendable {
    /// The rest of this batch.
    case batch
    /// The rest of the epoch's training part.
    case train
    /// The rest of the validation.
    case validate
    /// The rest of the epoch.
    case epoch
    /// The rest of the fit.
    case fit
    /// The step of the optimizer.
    case step
    /// The backward pass; the step that follows moves only parameters that have gradients already.
    case backward
}

/// Something that happens at moments of the training loop: override the moments that matter.
///
/// The moments are fastai's. What the trainer shows at each: the batch's `inputs` and `targets` from `beforeBatch`,
/// `output` from `afterPrediction`, `batchLoss` from `afterLoss`, gradients from `afterBackward` to `afterStep`.
///
/// ```swift
/// final class PrintLoss: Callback {
///     override func afterEpoch(_ trainer: Trainer) { print(trainer.recorder.rows.count) }
/// }
/// ```
open class Callback: CustomStringConvertible {
    public init() {}

    /// Callbacks run in rising order, those of the same order as they were added. Those of the library lie between -20
    /// and 110; the recorder, which writes losses and metrics down, has 50.
    open var order: Int { 0 }
    /// The name that messages show.
    open var name: String { String(describing: type(of: self)) }
    /// Whether the callback also runs during validation.
    open var runsInValidation: Bool { true }
    /// Whether the callback also runs in ``Trainer/lrFind(start:end:iterations:stopsAtDivergence:)``, which trains on
    /// trial: not one that prints, saves, or ends a fit.
    open var runsInLearningRateFinder: Bool { true }
    /// Whether a trainer may hold only one callback of this name.
    open var isSingle: Bool { false }
    /// Whether the callback counts on a ``StandardStep``: one prediction, one loss and one step of the optimizer for each
    /// batch. A ``TrainingStep`` of another kind then refuses it before the first batch, unless it says that it can work
    /// with it.
    open var needsStandardStep: Bool { false }
    /// The columns that the callback adds to the table of epochs, whose values it gives with ``Trainer/report(_:as:)``; none
    /// by default.
    open func columns(of trainer: Trainer) -> [EpochColumn] { [] }
    /// What the callback adds to a learner's report, such as figures; nothing by default.
    open func reportSections(of trainer: Trainer) throws -> [ReportSection] { [] }
    /// Whether this callback is wrong before another one; a fit with such an order is refused.
    open func mustRun(after other: Callback) -> Bool { false }
    /// Why this callback cannot work beside another one, as a sentence that says what to do; nil, the default, where it can.
    /// A fit with both is refused before its first batch.
    open func conflict(with other: Callback) -> String? { nil }
    /// What the callback says of itself; its name by default.
    open var description: String { name }

    /// What decides how the callback acts on the training, as text; a run resumes from a checkpoint only with callbacks
    /// of the same settings. ``description`` by default; nil for one that only watches, prints or saves, which may come,
    /// go and change.
    open var settings: String? { description }

    /// What the callback has to remember when a run that was killed goes on from a checkpoint; nil for nothing.
    open func state() throws -> Data? { nil }
    /// Takes up what ``state()`` gave, after the callback's `beforeFit` or `beforeTrain`.
    open func restore(state: Data) throws {}

    open func beforeFit(_ trainer: Trainer) throws {}
    open func beforeEpoch(_ trainer: Trainer) throws {}
    open func beforeTrain(_ trainer: Trainer) throws {}
    open func beforeBatch(_ trainer: Trainer) throws {}
    open func afterPrediction(_ trainer: Trainer) throws {}
    open func afterLoss(_ trainer: Trainer) throws {}
    open func beforeBackward(_ trainer: Trainer) throws {}
    open func afterCancelBackward(_ trainer: Trainer) throws {}
    open func afterBackward(_ trainer: Trainer) throws {}
    open func beforeStep(_ trainer: Trainer) throws {}
    open func afterCancelStep(_ trainer: Trainer) throws {}
    open func afterStep(_ trainer: Trainer) throws {}
    open func afterCancelBatch(_ trainer: Trainer) throws {}
    open func afterBatch(_ trainer: Trainer) throws {}
    open func afterCancelTrain(_ trainer: Trainer) throws {}
    open func afterTrain(_ trainer: Trainer) throws {}
    open func beforeValidate(_ trainer: Trainer) throws {}
    open func afterCancelValidate(_ trainer: Trainer) throws {}
    open func afterValidate(_ trainer: Trainer) throws {}
    open func afterCancelEpoch(_ trainer: Trainer) throws {}
    open func afterEpoch(_ trainer: Trainer) throws {}
    open func afterCancelFit(_ trainer: Trainer) throws {}
    open func afterFit(_ trainer: Trainer) throws {}

    /// The sentence for two callbacks that would write one file.
    func sharing(_ url: URL, with other: URL?) -> String? {
        guard let other, url.standardizedFileURL == other.standardizedFileURL else { return nil }
        return
            "There are two callbacks \(name) that write to \(url.path); give each a place of its own, or take one away."
    }

    /// Calls the method of an event; an error that it throws comes out as a ``CallbackError``.
    func handle(_ event: TrainingEvent, _ trainer: Trainer) throws {
        do {
            try call(event, trainer)
        } catch let cancel as Cancel {
            throw cancel
        } catch {
            throw CallbackError(callback: name, event: event, underlying: error)
        }
    }

    private func call(_ event: TrainingEvent, _ trainer: Trainer) throws {
        switch event {
        case .beforeFit: try beforeFit(trainer)
        case .beforeEpoch: try beforeEpoch(trainer)
        case .beforeTrain: try beforeTrain(trainer)
        case .beforeBatch: try beforeBatch(trainer)
        case .afterPrediction: try afterPrediction(trainer)
        case .afterLoss: try afterLoss(trainer)
        case .beforeBackward: try beforeBackward(trainer)
        case .afterCancelBackward: try afterCancelBackward(trainer)
        case .afterBackward: try afterBackward(trainer)
        case .beforeStep: try beforeStep(trainer)
        case .afterCancelStep: try afterCancelStep(trainer)
        case .afterStep: try afterStep(trainer)
        case .afterCancelBatch: try afterCancelBatch(trainer)
        case .afterBatch: try afterBatch(trainer)
        case .afterCancelTrain: try afterCancelTrain(trainer)
        case .afterTrain: try afterTrain(trainer)
        case .beforeValidate: try beforeValidate(trainer)
        case .afterCancelValidate: try afterCancelValidate(trainer)
        case .afterValidate: try afterValidate(trainer)
        case .afterCancelEpoch: try afterCancelEpoch(trainer)
        case .afterEpoch: try afterEpoch(trainer)
        case .afterCancelFit: try afterCancelFit(trainer)
        case .afterFit: try afterFit(trainer)
        }
    }
}
