// The learning-rate finder: a short training on trial at growing rates, and what its losses suggest.
import ApusPlot
import Foundation
import Torch

/// What a training on trial with growing learning rates found.
///
/// ```swift
/// let found = try learner.lrFind()
/// print(found)                                    // the four suggestions and the batch size
/// try found.plot().save(to: URL(filePath: "rates.png"))
/// try learner.fineTune(3, learningRate: found.valley ?? 2e-3)
/// ```
/// The idea is Smith's (2017, "Cyclical learning rates for training neural networks"), the suggestions are fastai's.
/// They hold for the batch size they were found with: larger batches bear larger rates.
public struct LearningRateSearch: Sendable {
    /// The learning rate of the last group at each batch.
    public let learningRates: [Double]
    /// The loss at each batch, smoothed as in ``Recorder/smoothLoss``.
    public let losses: [Double]
    /// The number of items of a batch.
    public let batchSize: Int
    /// The number of batches that were asked for; fewer were run where the loss diverged.
    public let iterations: Int

    /// A rate within the longest stretch of falling losses, a good choice in most cases; nil when no loss falls.
    public var valley: Double? { suggestions[.valley] }
    /// The rate at which the loss falls fastest; nil when it never falls.
    public var steepest: Double? { suggestions[.steepest] }
    /// A tenth of the rate with the least loss; nil when there are too few losses.
    public var minimum: Double? { suggestions[.minimum] }
    /// The rate at the start of the last interval over which the slope hardly changes, before the loss diverges; nil
    /// when there are too few losses.
    public var slide: Double? { suggestions[.slide] }

    /// The ways to suggest a rate.
    public enum Method: String, Sendable, CaseIterable {
        case valley, steepest, minimum, slide

        /// The name in texts and plots.
        public var title: String { self == .minimum ? "minimum / 10" : rawValue }
    }

    /// The suggested rates, by method; none where there are too few losses to tell.
    public let suggestions: [Method: Double]
    /// Why no rate is suggested and what to do, as a sentence; nil where there are enough losses.
    public let remark: String?

    /// So many losses say something of rates at least.
    private static let fewestLosses = 8

    init(learningRates: [Double], losses: [Double], batchSize: Int, iterations: Int) {
        self.learningRates = learningRates
        self.losses = losses
        self.batchSize = batchSize
        self.iterations = iterations
        let usable = Self.usable(losses, iterations: iterations)
        guard usable.count >= Self.fewestLosses else {
            suggestions = [:]
            if losses.count < iterations {
                remark =
                    "The trial ended after \(losses.count) of \(iterations) batches, too early to suggest a rate; if the loss "
                    + "grew at once, begin at a lower rate (start:, or --start)."
            } else {
                remark =
                    "\(iterations) batches are too few to suggest a rate, since the first and the last say nothing; try 30 or "
                    + "more (iterations:, or --iterations), which may go through the data several times."
            }
            return
        }
        suggestions =
            LearningRateCurve(
                rates: Array(learningRates[usable]), losses: Array(losses[usable])
            ).suggestions
        remark = nil
    }

    /// The part of the losses that says something: without the start, in which they settle, the last ones, in which they
    /// diverge, and those that are no numbers.
    private static func usable(_ losses: [Double], iterations: Int) -> Range<Int> {
        let firstBroken = losses.firstIndex(where: \.isNaN)
        // A trial ends at the first loss that is no number; fastai's goes on, and leaves out the end of what follows.
        let end = min(firstBroken ?? .max, (firstBroken == nil ? losses.count : iterations) - 5)
        let start = min(iterations / 10, losses.count)
        return start..<max(start, min(end, losses.count))
    }

    /// The losses over the rates, with the suggestions marked.
    public func plot() -> Figure {
        let shown = max(losses.count - 5, min(losses.count, 2))
        let (rates, losses) = (Array(learningRates.prefix(shown)), Array(losses.prefix(shown)))
        var axes = Axes(
            title: "Learning rates at batch size \(batchSize)", xLabel: "learning rate", yLabel: "loss (smoothed)",
            xScale: .log
        ).line(x: rates, y: losses)
        for method in Method.allCases {
            guard let rate = suggestions[method] else { continue }
            axes = axes.scatter(
                x: [rate], y: [loss(at: rate)], label: "\(method.title): \(Self.text(rate))", size: 9)
        }
        return Figure(axes)
    }

    /// The loss at a rate, between those measured.
    private func loss(at rate: Double) -> Double {
        guard let above = learningRates.firstIndex(where: { $0 >= rate }) else { return losses.last ?? .nan }
        guard above > 0 else { return losses.first ?? .nan }
        let part = log(rate / learningRates[above - 1]) / log(learningRates[above] / learningRates[above - 1])
        return losses[above - 1] + part * (losses[above] - losses[above - 1])
    }

    fileprivate static func text(_ rate: Double) -> String { String(format: "%.2g", rate) }
}

extension LearningRateSearch: CustomStringConvertible {
    public var description: String {
        let found = Method.allCases.map { method in
            "\(method.title) \(suggestions[method].map(Self.text) ?? "-")"
        }
        let range = [learningRates.first, learningRates.last].compactMap { $0.map(Self.text) }.joined(separator: " to ")
        let rates =
            "Learning rates at batch size \(batchSize): \(found.joined(separator: ", ")) "
            + "(\(losses.count) batches, \(range))"
        return remark.map { "\(rates). \($0)" } ?? rates
    }
}

extension Trainer {
    /// Trains on trial with a learning rate that grows from batch to batch, and tells which rates suit.
    ///
    /// Afterwards everything is as it was before, also when the trial fails or is interrupted: weights and buffers, the
    /// optimizer with its settings, the recorder, the random generator, the order of the batches to come. Callbacks take
    /// part unless their ``Callback/runsInLearningRateFinder`` says no.
    ///
    /// ```swift
    /// let found = try learner.lrFind()
    /// try learner.fitOneCycle(5, learningRate: found.valley ?? 1e-3)
    /// ```
    /// - Parameters:
    ///   - start: The rate of the first batch.
    ///   - end: The rate that the last batch comes close to.
    ///   - iterations: The number of batches; where an epoch has fewer, they go on with further epochs.
    ///   - stopsAtDivergence: Whether the trial ends when the smoothed loss is four times its least value so far. It always
    ///     ends when the loss is no number.
    /// - Throws: ``TrainingError`` when the rates are not possible or the first loss is no number, and what
    ///   ``fit(_:learningRate:momentum:weightDecay:)`` throws.
    public func lrFind(
        start: Double = 1e-7, end: Double = 10, iterations: Int = 100, stopsAtDivergence: Bool = true
    ) throws -> LearningRateSearch {
        guard start > 0, start < end, end.isFinite, iterations >= 6 else {
            throw TrainingError(
                "A search from \(start) to \(end) in \(iterations) batches is not possible; "
                    + "give a start above 0, a larger end, and 6 batches or more.")
        }
        try checkNotRunning()
        let epochs = iterations / max(train.batchCount, 1) + 1
        // The schedule's positions are parts of whole epochs, of which the last is left early.
        let stretch = Double(epochs * train.batchCount) / Double(iterations)
        let ramp = Schedule.exponential(start, end)
        let trial = TrialCallback(
            iterations: iterations, stopsAtDivergence: stopsAtDivergence,
            reporter: showsProgress ? usedReporter : SilentReporter())
        defer { trial.endProgress() }
        try puttingBackAll {
            callbacks = callbacks.filter(\.runsInLearningRateFinder)
            try with([trial]) { try fit(epochs, learningRate: [Schedule { ramp.value(min($0 * stretch, 1)) }]) }
        }
        guard let first = trial.losses.first else {
            throw TrainingError(
                "No batch had a loss, so that no learning rate can be suggested; check that the training data has "
                    + "targets and that no callback leaves out its batches.")
        }
        guard first.isFinite else {
            throw TrainingError(
                "The loss of the first batch is \(first), at a learning rate of only \(start): the weights or the data "
                    + "are spoiled. Make or load the model again, and look for inputs that are no numbers.")
        }
        return LearningRateSearch(
            learningRates: trial.learningRates, losses: trial.losses, batchSize: train.batchSize,
            iterations: iterations)
    }

    /// Runs `body` and puts everything back as it was, however it ends.
    private func puttingBackAll(_ body: () throws -> Void) throws {
        let (tensors, state) = savedState()
        let copies = tensors.map { (name: $0.name, tensor: $0.tensor.detached().clone()) }
        // Buffers that no file holds, too.
        let buffers = trainedBuffers.map { (own: $0, copy: $0.detached().clone()) }
        let (wasTraining, showed, kept) = (model.isTraining, showsProgress, callbacks)
        recorder = Recorder()
        showsProgress = false
        let outcome = Result { try body() }
        callbacks = kept
        showsProgress = showed
        setMode(training: wasTraining)
        optimizer.zeroGradients()
        try takeUp(state, copies)
        try withTorchErrors { withoutGradients { for (own, copy) in buffers { own.copy_(copy) } } }
        try outcome.get()
    }
}

/// Notes rates and losses of a trial and ends it.
private final class TrialCallback: Callback {
    private let iterations: Int
    private let stopsAtDivergence: Bool
    private let reporter: any Reporter
    private let start = ContinuousClock.now
    private var lastTold = ContinuousClock.now
    private(set) var learningRates: [Double] = []
    private(set) var losses: [Double] = []
    private var best = Double.infinity

    init(iterations: Int, stopsAtDivergence: Bool, reporter: any Reporter) {
        self.iterations = iterations
        self.stopsAtDivergence = stopsAtDivergence
        self.reporter = reporter
    }

    // Behind the recorder, before Ctrl-C ends the epoch.
    override var order: Int { 51 }
    override var name: String { "LearningRateSearch" }
    override var runsInValidation: Bool { false }

    // The trial's own validation, not one that a callback asks for.
    override func beforeValidate(_ trainer: Trainer) throws { if trainer.isFitting { throw Cancel.validate } }

    override func afterBatch(_ trainer: Trainer) throws {
        guard trainer.batchLoss.isDefined, let rate = trainer.recorder.learningRates.last else { return }
        let loss = trainer.recorder.smoothLoss
        learningRates.append(rate)
        losses.append(loss)
        best = min(best, loss)
        let isSpoilt = !loss.isFinite || trainer.recorder.losses.last?.isFinite == false
        let diverged = isSpoilt || stopsAtDivergence && loss > 4 * best
        if (ContinuousClock.now - lastTold).seconds > 0.1 { tellProgress() }
        if diverged || losses.count >= iterations { throw Cancel.fit }
    }

    private func tellProgress(isOver: Bool = false) {
        lastTold = .now
        reporter.progress(
            WorkProgress(
                name: "learning rates", done: losses.count, total: iterations, seconds: (lastTold - start).seconds,
                isOver: isOver))
    }

    func endProgress() { tellProgress(isOver: true) }
}
