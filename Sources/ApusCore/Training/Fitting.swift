// Fitting: the trainer's ways to train, each a choice of schedules.
import Torch

extension Trainer {
    /// Trains at a constant learning rate.
    ///
    /// - Parameters:
    ///   - learningRate: The trainer's by default.
    ///   - weightDecay: The trainer's by default; a value given here stays until another one is given.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
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
    ///   - weightDecay: The trainer's by default; a value given here stays until another one is given.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
    public func fitOneCycle(
        _ epochs: Int, maxLR: LearningRate? = nil, div: Double = 25, finalDiv: Double = 1e5,
        startFraction: Double = 0.25, weightDecay: Double? = nil
    ) throws {
        guard (0...1).contains(startFraction), div > 0, finalDiv > 0 else {
            throw TrainingError(
                "A cycle with startFraction \(startFraction), div \(div) and finalDiv \(finalDiv) is not possible; "
                    + "give a fraction of 0 to 1 and divisors above 0.")
        }
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
    ///   - startFraction: The part of the second phase in which the rate rises.
    ///   - div: The second phase starts at its highest rate divided by this.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
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
    ///
    /// - Parameters:
    ///   - rates: A schedule for each parameter group.
    ///   - momentum: The momentum of all groups; nil leaves it as it is.
    /// - Throws: ``TorchError`` when an operator fails, ``TrainingError``, ``CallbackError``, or what the data throws.
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
        if let weightDecay = weightDecay ?? self.weightDecay {
            for index in optimizer.groups.indices { optimizer.update(group: index) { $0.weightDecay = weightDecay } }
        }
        try with([ScheduleCallback(learningRates: rates, momentum: momentum)]) { try run(epochs: epochs) }
    }
}
