// Fitting: the trainer's ways to train, each a choice of schedules.
import Foundation
import Torch

extension Trainer {
    /// Trains at a constant learning rate.
    ///
    /// - Parameters:
    ///   - learningRate: The trainer's by default.
    ///   - momentum: As it is by default; a value given here stays until another one is given.
    ///   - weightDecay: The trainer's by default. Where the trainer has none, a value given here stays until another one is
    ///     given, as in fastai.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fit(
        _ epochs: Int, learningRate: GroupValue? = nil, momentum: GroupValue? = nil, weightDecay: GroupValue? = nil
    ) throws {
        try fit(
            epochs, learningRate: try rates(learningRate).map { .constant($0) },
            momentum: try momentum.map { try groupValues($0, of: .momentum).map { .constant($0) } },
            weightDecay: weightDecay)
    }

    /// Trains with the one-cycle policy (Smith 2018): the rate rises by a cosine to `learningRate` and falls to almost nothing,
    /// the momentum does the opposite.
    ///
    /// - Parameters:
    ///   - learningRate: The highest rate; the trainer's learning rate by default.
    ///   - startDivisor: The start is `learningRate / startDivisor`.
    ///   - endDivisor: The end is `learningRate / endDivisor`.
    ///   - startFraction: The part of the training in which the rate rises.
    ///   - momenta: The momentum at the start, the middle and the end; the trainer's by default.
    ///   - weightDecay: The trainer's by default. Where the trainer has none, a value given here stays until another one is
    ///     given, as in fastai.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fitOneCycle(
        _ epochs: Int, learningRate: GroupValue? = nil, startDivisor: Double = 25, endDivisor: Double = 1e5,
        startFraction: Double = 0.25, momenta: (start: GroupValue, middle: GroupValue, end: GroupValue)? = nil,
        weightDecay: GroupValue? = nil
    ) throws {
        try checkShape(startFraction, ["startDivisor": startDivisor, "endDivisor": endDivisor])
        let momenta = momenta ?? self.momenta
        let turns = try [momenta.start, momenta.middle, momenta.end].map {
            try groupValues($0, of: .momentum)
        }
        try fit(
            epochs,
            learningRate: try rates(learningRate).map {
                .combinedCosine(
                    startFraction: startFraction, start: $0 / startDivisor, middle: $0, end: $0 / endDivisor)
            },
            momentum: parameterGroups.indices.map {
                .combinedCosine(
                    startFraction: startFraction, start: turns[0][$0], middle: turns[1][$0], end: turns[2][$0])
            },
            weightDecay: weightDecay)
    }

    /// Trains at a constant learning rate that falls by a cosine at the end: the schedule for
    /// ``OptimizerRecipe/ranger(momentum:squaredMomentum:epsilon:weightDecay:interval:alpha:)`` and its like.
    ///
    /// - Parameters:
    ///   - learningRate: The trainer's by default.
    ///   - endDivisor: The end is `learningRate / endDivisor`.
    ///   - startFraction: The part of the training in which the rate is constant.
    ///   - weightDecay: The trainer's by default. Where the trainer has none, a value given here stays until another one is
    ///     given, as in fastai.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fitFlatCosine(
        _ epochs: Int, learningRate: GroupValue? = nil, endDivisor: Double = 1e5, startFraction: Double = 0.75,
        weightDecay: GroupValue? = nil
    ) throws {
        try checkShape(startFraction, ["endDivisor": endDivisor])
        try fit(
            epochs,
            learningRate: try rates(learningRate).map {
                .combinedCosine(startFraction: startFraction, start: $0, middle: $0, end: $0 / endDivisor)
            }, weightDecay: weightDecay)
    }

    /// Trains in cycles, each of which starts at `learningRate` again and falls by a cosine to 0: warm restarts (SGDR, Loshchilov
    /// and Hutter 2017).
    ///
    /// - Parameters:
    ///   - cycles: The number of cycles.
    ///   - cycleLength: The epochs of the first cycle.
    ///   - cycleMultiplier: How many times as long as the one before each cycle is: with 2, one epoch is followed by two
    ///     and four.
    ///   - learningRate: The rate at the start of each cycle; the trainer's learning rate by default.
    ///   - weightDecay: The trainer's by default. Where the trainer has none, a value given here stays until another one is
    ///     given, as in fastai.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fitWarmRestarts(
        cycles: Int, cycleLength: Int = 1, cycleMultiplier: Int = 2, learningRate: GroupValue? = nil,
        weightDecay: GroupValue? = nil
    ) throws {
        let lengths = (0..<min(max(cycles, 0), 1_000_001)).map {
            Double(cycleLength) * pow(Double(cycleMultiplier), Double($0))
        }
        let epochs = lengths.reduce(0, +)
        guard (1...1_000_000).contains(cycles), cycleLength >= 1, cycleMultiplier >= 1, epochs <= 1e9 else {
            throw TrainingError(
                "\(cycles) cycles from \(cycleLength) epochs with cycleMultiplier \(cycleMultiplier) are not possible; "
                    + "give numbers of 1 or more, at most a million cycles and a billion epochs in all.")
        }
        try fit(
            Int(epochs),
            learningRate: try rates(learningRate).map { rate in
                .combined(lengths.map { (fraction: $0 / epochs, schedule: .cosine(rate, 0)) })
            }, weightDecay: weightDecay)
    }

    /// Runs fits as a stage of a training, whose name stands above their tables.
    ///
    /// ```swift
    /// try learner.stage("stage 1 of 2: the head") { try learner.fitOneCycle(1) }
    /// ```
    /// - Parameter name: What the stage is; inside another stage both names are told.
    public func stage<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let outer = stageName
        stageName = outer.map { "\($0), \(name)" } ?? name
        defer { stageName = outer }
        return try body()
    }

    /// Fine-tunes a pretrained model: one cycle with the body frozen, then one with everything at half the rate and
    /// lower rates for the earlier groups.
    ///
    /// - Parameters:
    ///   - epochs: The epochs of the second phase.
    ///   - learningRate: The rate of the head in the first phase.
    ///   - freezeEpochs: The epochs of the first phase.
    ///   - firstGroupDivisor: The first group's rate in the second phase is the head's divided by this.
    ///   - startFraction: The part of the second phase in which the rate rises.
    ///   - startDivisor: The second phase starts at its highest rate divided by this.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fineTune(
        _ epochs: Int, learningRate: Double = 2e-3, freezeEpochs: Int = 1, firstGroupDivisor: Double = 100,
        startFraction: Double = 0.3, startDivisor: Double = 5
    ) throws {
        try checkNotRunning()
        try stoppable {
            freeze()
            try stage("stage 1 of 2: the last group of layers") {
                try fitOneCycle(freezeEpochs, learningRate: .last(learningRate), startFraction: 0.99)
            }
            guard !wasInterrupted else { return }
            let rate = learningRate / 2
            unfreeze()
            try stage("stage 2 of 2: all layers") {
                try fitOneCycle(
                    epochs, learningRate: .range(rate / firstGroupDivisor, rate), startDivisor: startDivisor,
                    startFraction: startFraction)
            }
        }
    }

    /// Trains with custom schedules, such as `.combined([(0.3, .linear(0, 1e-3)), (0.7, .cosine(1e-3, 0))])`.
    ///
    /// - Parameters:
    ///   - learningRate: A schedule for all parameter groups, or one for each.
    ///   - momentum: A schedule for all groups, or one for each; nil leaves the momentum as it is.
    ///   - weightDecay: The trainer's by default. Where the trainer has none, a value given here stays until another one is
    ///     given, as in fastai.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fit(
        _ epochs: Int, learningRate rates: [Schedule], momentum: [Schedule]? = nil, weightDecay: GroupValue? = nil
    ) throws {
        try checkNotRunning()
        guard epochs >= 0 else { throw TrainingError("\(epochs) epochs are not possible; give 0 or more.") }
        guard train.batchCount > 0 else {
            throw TrainingError("The training loader has no batches: it holds \(train.itemCount) items.")
        }
        try checkGroups()
        let count = parameterGroups.count
        func forEachGroup(_ schedules: [Schedule], of setting: GroupValue.Setting) throws -> [Schedule] {
            guard schedules.count == count || schedules.count == 1 else {
                throw TrainingError(
                    "\(schedules.count) schedules were given for \(count) parameter groups; "
                        + "give one for each, or one for all.")
            }
            // A look at some positions, so that what is no number there does not reach the weights.
            let values = schedules.flatMap { schedule in (0...8).map { schedule.value(Double($0) / 8) } }
            _ = try GroupValue.each(values).values(groups: values.count, of: setting)
            return schedules.count == 1 ? Array(repeating: schedules[0], count: count) : schedules
        }
        let schedule = ScheduleCallback(
            learningRates: try forEachGroup(rates, of: .learningRate),
            momenta: try momentum.map { try forEachGroup($0, of: .momentum) })
        if let problem = optimizer.problem { throw TrainingError(problem) }
        if let decays = try (weightDecay ?? self.weightDecay).map({ try groupValues($0, of: .weightDecay) }) {
            for (index, decay) in decays.enumerated() { optimizer.update(group: index) { $0.weightDecay = decay } }
        }
        try with([schedule]) { try run(epochs: epochs) }
    }

    private func rates(_ rate: GroupValue?) throws -> [Double] {
        try groupValues(rate ?? .all(learningRate), of: .learningRate)
    }

    private func checkShape(_ startFraction: Double, _ divisors: KeyValuePairs<String, Double>) throws {
        guard (0...1).contains(startFraction), divisors.allSatisfy({ $0.value > 0 && $0.value.isFinite }) else {
            let given = divisors.map { "\($0.key) \($0.value)" }.joined(separator: " and ")
            throw TrainingError(
                "A schedule with startFraction \(startFraction) and \(given) is not possible; "
                    + "give a fraction from 0 to 1 and divisors above 0.")
        }
    }
}

/// One number as the learning rate of all groups, as in `fitOneCycle(5, learningRate: found.valley ?? 1e-3)`.
extension Trainer {
    /// A constant learning rate for all groups.
    public func fit(
        _ epochs: Int, learningRate: Double, momentum: GroupValue? = nil, weightDecay: GroupValue? = nil
    ) throws {
        try fit(epochs, learningRate: .all(learningRate), momentum: momentum, weightDecay: weightDecay)
    }

    /// The one-cycle policy with one highest learning rate for all groups.
    public func fitOneCycle(
        _ epochs: Int, learningRate: Double, startDivisor: Double = 25, endDivisor: Double = 1e5,
        startFraction: Double = 0.25, momenta: (start: GroupValue, middle: GroupValue, end: GroupValue)? = nil,
        weightDecay: GroupValue? = nil
    ) throws {
        try fitOneCycle(
            epochs, learningRate: .all(learningRate), startDivisor: startDivisor, endDivisor: endDivisor,
            startFraction: startFraction, momenta: momenta, weightDecay: weightDecay)
    }

    /// A constant learning rate for all groups that falls by a cosine at the end.
    public func fitFlatCosine(
        _ epochs: Int, learningRate: Double, endDivisor: Double = 1e5, startFraction: Double = 0.75,
        weightDecay: GroupValue? = nil
    ) throws {
        try fitFlatCosine(
            epochs, learningRate: .all(learningRate), endDivisor: endDivisor, startFraction: startFraction,
            weightDecay: weightDecay)
    }

    /// Warm restarts with one learning rate for all groups.
    public func fitWarmRestarts(
        cycles: Int, cycleLength: Int = 1, cycleMultiplier: Int = 2, learningRate: Double,
        weightDecay: GroupValue? = nil
    ) throws {
        try fitWarmRestarts(
            cycles: cycles, cycleLength: cycleLength, cycleMultiplier: cycleMultiplier,
            learningRate: .all(learningRate), weightDecay: weightDecay)
    }
}
