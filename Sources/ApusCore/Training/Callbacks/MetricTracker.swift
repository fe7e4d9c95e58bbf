// Watching a loss or a metric from epoch to epoch: what early stopping and its kin have in common.
import Foundation

/// Keeps the best value of a loss or metric; a base for callbacks that act on it in ``update(_:improved:value:)``.
open class MetricTracker: Callback {
    /// The name that is watched: `train_loss`, `valid_loss`, a part of the loss (`valid_NAME`) or a metric's.
    public let monitor: String
    /// Which value is the better one: as it was given, else as the metric says it; nil before a fit where neither is known.
    public private(set) var improvement: Improvement?
    /// By how much a value must be better to count.
    public let minDelta: Double
    /// Whether each fit starts anew.
    public let resetsOnFit: Bool
    /// The best value so far; nil before the first epoch.
    public private(set) var best: Double?
    private let givenImprovement: Improvement?

    /// - Parameters:
    ///   - monitor: `train_loss`, `valid_loss`, a part of the loss (`valid_NAME`) or a metric's name.
    ///   - improvement: Which value is better; by default the lower one of a loss, and of a metric what ``Metric/improvement``
    ///     says. Needed for a metric that does not say it.
    ///   - minDelta: By how much a value must be better to count.
    ///   - resetsOnFit: Whether each fit starts anew.
    public init(
        monitor: String = "valid_loss", improvement: Improvement? = nil, minDelta: Double = 0, resetsOnFit: Bool = true
    ) {
        self.monitor = monitor
        self.improvement = improvement
        givenImprovement = improvement
        self.minDelta = minDelta
        self.resetsOnFit = resetsOnFit
    }

    open override var order: Int { 60 }
    open override var settings: String? {
        "\(monitor), \(givenImprovement.map(\.rawValue) ?? "as measured"), minDelta \(minDelta), resetsOnFit \(resetsOnFit)"
    }
    open override var runsInLearningRateFinder: Bool { false }
    open override var runsInValidation: Bool { false }
    open override func mustRun(after other: Callback) -> Bool { other is RecorderCallback }

    /// Forgets the best value where each fit starts anew.
    /// - Throws: ``TrainingError`` when nothing of the name is measured, or it is not known which values are better.
    open override func beforeFit(_ trainer: Trainer) throws {
        let measured = trainer.columns
        guard let found = measured.first(where: { $0.name == monitor }) else {
            throw TrainingError(
                "\(name) watches \"\(monitor)\", which is not measured; there are "
                    + measured.map(\.name).joined(separator: ", ")
                    + (trainer.valid == nil ? ", and no validation set for others." : "."))
        }
        improvement = givenImprovement ?? found.improvement
        if improvement == nil {
            throw TrainingError(
                "\(name) watches \"\(monitor)\", a metric that does not say which of its values are better; give "
                    + "\(name) improvement: .lower or .higher, or say it in the metric.")
        }
        if resetsOnFit { best = nil }
    }

    /// Compares the epoch's value; an epoch without one (an interrupted one, for example) counts for nothing.
    public final override func afterEpoch(_ trainer: Trainer) throws {
        guard let row = trainer.recorder.rows.last, let value = row.value(monitor) else { return }
        let difference = improvement == .lower ? (best ?? .infinity) - value : value - (best ?? -.infinity)
        let improved = difference > minDelta
        if improved { best = value }
        try update(trainer, improved: improved, value: value)
    }

    /// Acts on an epoch's value.
    open func update(_ trainer: Trainer, improved: Bool, value: Double) throws {}

    open override func state() throws -> Data? { try JSONEncoder.withNonFinite.encode([best]) }
    open override func restore(state: Data) throws {
        best = try JSONDecoder.withNonFinite.decode([Double?].self, from: state)[0]
    }
}

/// A tracker that counts the epochs without improvement.
open class PatientTracker: MetricTracker {
    /// How many epochs without improvement are waited for.
    public let patience: Int
    /// The epochs without improvement so far.
    public private(set) var waited = 0

    public init(
        monitor: String = "valid_loss", improvement: Improvement? = nil, minDelta: Double = 0, patience: Int = 1,
        resetsOnFit: Bool = true
    ) {
        self.patience = patience
        super.init(monitor: monitor, improvement: improvement, minDelta: minDelta, resetsOnFit: resetsOnFit)
    }

    open override var settings: String? { "\(super.settings ?? ""), patience \(patience)" }

    open override func beforeFit(_ trainer: Trainer) throws {
        guard patience > 0 else {
            throw TrainingError("\(name) with a patience of \(patience) is not possible; give 1 epoch or more.")
        }
        try super.beforeFit(trainer)
        waited = 0
    }

    public final override func update(_ trainer: Trainer, improved: Bool, value: Double) throws {
        waited = improved ? 0 : waited + 1
        if waited >= patience { try lostPatience(trainer) }
    }

    /// Acts after as many epochs without improvement as the patience says.
    open func lostPatience(_ trainer: Trainer) throws {}

    /// Waits from the start again.
    public func startWaiting() { waited = 0 }

    open override func state() throws -> Data? {
        try JSONEncoder.withNonFinite.encode([best, Double(waited)])
    }
    open override func restore(state: Data) throws {
        try super.restore(state: state)
        waited = Int(try JSONDecoder.withNonFinite.decode([Double?].self, from: state)[1] ?? 0)
    }
}
