// How long the vector of a category is.
import Foundation

/// A rule for the length of the vectors that stand for the values of a categorical column.
public enum EmbeddingRule: Sendable {
    /// `1.6 * count ** 0.56`, at most 600: fastai's own.
    case power
    /// Half of the values, at most 50: what fastai's first version used, `min(50, count / 2 + 1)`.
    case half

    /// The length for a number of values, the missing one included; a number below 1 counts as 1.
    public func size(_ count: Int) -> Int {
        let count = max(1, count)
        return switch self {
        case .power: min(600, Int((1.6 * pow(Double(count), 0.56)).rounded(.toNearestOrEven)))
        case .half: min(50, count / 2 + 1)
        }
    }
}

extension TabularBlock {
    /// How many values each categorical column has, and how long their vectors are.
    ///
    /// - Parameter sizes: Lengths of one's own, by the column's name.
    public func embeddingSizes(
        rule: EmbeddingRule = .power, sizes: [String: Int] = [:]
    ) -> [(count: Int, size: Int)] {
        categories.map { ($0.classes.count, sizes[$0.name] ?? rule.size($0.classes.count)) }
    }
}
