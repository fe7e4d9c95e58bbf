// Schedules: settings of the optimiser as functions of how far the training is.
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
    /// The same factor at each step.
    public static func exponential(_ start: Double, _ end: Double) -> Schedule {
        Schedule { start * pow(end / start, $0) }
    }
    /// A power of the position.
    public static func polynomial(_ start: Double, _ end: Double, power: Double) -> Schedule {
        Schedule { start + (end - start) * pow($0, power) }
    }

    /// Schedules one after the other, each for a part of the training.
    public static func combined(_ parts: [(fraction: Double, schedule: Schedule)]) -> Schedule {
        Schedule { position in
            var begin = 0.0
            for (index, part) in parts.enumerated() {
                let end = begin + part.fraction
                if position < end || index == parts.count - 1 {
                    return part.schedule.value(part.fraction > 0 ? min((position - begin) / part.fraction, 1) : 1)
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

/// The learning rates of a model's parameter groups.
public enum LearningRate: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// One rate for all groups.
    case all(Double)
    /// A rate for the last group and a tenth of it for the others: fastai's `slice(lr)`.
    case last(Double)
    /// From the first group to the last by equal factors: fastai's `slice(first, last)`.
    case range(Double, Double)
    /// A rate for each group.
    case each([Double])

    public init(floatLiteral value: Double) { self = .all(value) }
    public init(integerLiteral value: Int) { self = .all(Double(value)) }

    /// The rates of a number of groups.
    /// - Throws: ``TrainingError`` when the rates given do not fit the groups.
    public func rates(groups: Int) throws -> [Double] {
        switch self {
        case .all(let rate): return Array(repeating: try checked(rate), count: groups)
        case .last(let rate): return Array(repeating: try checked(rate) / 10, count: groups - 1) + [rate]
        case .range(let first, let last):
            guard try checked(first) > 0, try checked(last) > 0 else {
                throw TrainingError(
                    "Learning rates from \(first) to \(last) have no equal factors; give rates above 0.")
            }
            guard groups > 1 else { return [last] }
            let factor = pow(last / first, 1 / Double(groups - 1))
            return (0..<groups).map { first * pow(factor, Double($0)) }
        case .each(let rates):
            guard rates.count == groups else {
                throw TrainingError(
                    "\(rates.count) learning rates were given for \(groups) parameter groups; give one for each.")
            }
            return try rates.map(checked)
        }
    }

    private func checked(_ rate: Double) throws -> Double {
        guard rate.isFinite, rate >= 0 else {
            throw TrainingError("A learning rate of \(rate) is not possible; give a number of 0 or more, such as 1e-3.")
        }
        return rate
    }
}
