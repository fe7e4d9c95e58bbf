// Settings by parameter group: learning rates, momenta, weight decays.
import Foundation

/// A number for each parameter group of a model, from the input to the head: learning rates, momenta, weight decays.
///
/// ```swift
/// try learner.fitOneCycle(3, learningRate: 1e-3)                    // one rate for all groups
/// try learner.fitOneCycle(3, learningRate: .range(1e-5, 1e-3))      // the first group learns slowest
/// try learner.fit(3, weightDecay: .each([0, 0, 0.1]))
/// ```
public enum GroupValue: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// One number for all groups.
    case all(Double)
    /// A number for the last group and a tenth of it for the others: fastai's `slice(lr)`.
    case last(Double)
    /// From the first group to the last by equal factors: fastai's `slice(first, last)`.
    case range(Double, Double)
    /// A number for each group.
    case each([Double])

    public init(floatLiteral value: Double) { self = .all(value) }
    public init(integerLiteral value: Int) { self = .all(Double(value)) }

    /// What the numbers are, with what is possible.
    package enum Setting: String {
        case learningRate = "learning rate"
        case momentum
        case weightDecay = "weight decay"

        fileprivate func allows(_ value: Double) -> Bool {
            value.isFinite && value >= 0 && (self != .momentum || value < 1)
        }

        fileprivate var expected: String {
            switch self {
            case .learningRate: "a number of 0 or more, such as 1e-3"
            case .momentum: "a number from 0 to below 1, such as 0.9"
            case .weightDecay: "a number of 0 or more, such as 0.01"
            }
        }

        fileprivate var plural: String { self == .momentum ? "momenta" : rawValue + "s" }
    }

    /// The numbers of a number of groups.
    /// - Throws: ``TrainingError`` when one of them is not possible, or they do not fit the groups.
    package func values(groups: Int, of setting: Setting) throws -> [Double] {
        func checked(_ value: Double) throws -> Double {
            guard setting.allows(value) else {
                throw TrainingError("A \(setting.rawValue) of \(value) is not possible; give \(setting.expected).")
            }
            return value
        }
        guard groups > 0 else {
            throw TrainingError(
                "There are no parameter groups to give a \(setting.rawValue) to; give at least one group.")
        }
        switch self {
        case .all(let value): return Array(repeating: try checked(value), count: groups)
        case .last(let value): return Array(repeating: try checked(value) / 10, count: groups - 1) + [value]
        case .range(let first, let last):
            guard try checked(first) > 0, try checked(last) > 0 else {
                throw TrainingError(
                    "\(setting.plural.capitalizedFirst) from \(first) to \(last) have no equal factors; "
                        + "give numbers above 0, or each group's with .each.")
            }
            guard groups > 1 else { return [last] }
            let factor = pow(last / first, 1 / Double(groups - 1))
            return (0..<groups).map { first * pow(factor, Double($0)) }
        case .each(let values):
            guard values.count == groups else {
                throw TrainingError(
                    "\(values.count) \(setting.plural) were given for \(groups) parameter groups; give one for each.")
            }
            return try values.map(checked)
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
