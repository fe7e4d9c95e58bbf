// Schedules: settings of the optimizer as functions of how far the training is.
import Foundation

/// A setting as a function of the part of the training that is done, from 0 to 1.
public struct Schedule: Sendable {
    /// The value at a position of 0 to 1.
    public let value: @Sendable (_ position: Double) -> Double

    public init(_ value: @escaping @Sendable (Double) -> Double) { self.value = value }

    /// The same value throughout.
    public static func constant(_ value: Double) -> Schedule { Schedule { _ in value } }
    /// A straight line.
    public static func linear(_ start: Double, _ end: Double) -> Schedule {
        Schedule { start + $0 * (end - start) }
    }
    /// Half a period of the cosine: flat at both ends.
    public static func cosine(_ start: Double, _ end: Double) -> Schedule {
        Schedule { start + (1 + cos(.pi * (1 - $0))) * (end - start) / 2 }
    }
    /// The same factor at each step; start and end must be above 0.
    public static func exponential(_ start: Double, _ end: Double) -> Schedule {
        Schedule { start * pow(end / start, $0) }
    }
    /// A power of the position.
    public static func polynomial(_ start: Double, _ end: Double, power: Double) -> Schedule {
        Schedule { start + (end - start) * pow($0, power) }
    }

    /// Schedules one after the other, each for a part of the training; the last one lasts until the end.
    ///
    /// ```swift
    /// let rate = Schedule.combined([(0.1, .linear(0, 1e-3)), (0.6, .constant(1e-3)), (0.3, .cosine(1e-3, 0))])
    /// try learner.fit(5, learningRate: [rate])
    /// ```
    public static func combined(_ parts: [(fraction: Double, schedule: Schedule)]) -> Schedule {
        Schedule { position in
            var begin = 0.0
            for (index, part) in parts.enumerated() {
                let end = begin + part.fraction
                // A sum of fractions may lie a rounding error above the step that is to start the next part.
                if position < end - 1e-9 || index == parts.count - 1 {
                    let place = part.fraction > 0 ? (position - begin) / part.fraction : 1
                    return part.schedule.value(min(max(place, 0), 1))
                }
                begin = end
            }
            return 0
        }
    }

    /// Up by a cosine for the part `startFraction`, then down by a cosine.
    public static func combinedCosine(
        startFraction: Double, start: Double, middle: Double, end: Double
    ) -> Schedule {
        combined([
            (startFraction, .cosine(start, middle)), (1 - startFraction, .cosine(middle, end)),
        ])
    }
}

/// Sets the optimizer's settings before each training batch from schedules.
final class ScheduleCallback: Callback {
    private let learningRates: [Schedule]
    private let momenta: [Schedule]?

    init(learningRates: [Schedule], momenta: [Schedule]?) {
        self.learningRates = learningRates
        self.momenta = momenta
    }

    /// The settings at many places of the fit, which tell one schedule from another.
    var samples: [[Double]] {
        (learningRates + (momenta ?? [])).map { schedule in
            (0...32).map { schedule.value(Double($0) / 32) }
        }
    }

    override var order: Int { 60 }
    override var name: String { "Schedule" }
    // The plan of a fit has them as learning rates and momentum.
    override var settings: String? { nil }
    override var runsInValidation: Bool { false }

    override func beforeBatch(_ trainer: Trainer) {
        let position = trainer.progress
        for index in trainer.optimizer.groups.indices {
            trainer.optimizer.update(group: index) { group in
                group.learningRate = learningRates[index].value(position)
                if let momenta { group.momentum = momenta[index].value(position) }
            }
        }
    }
}
