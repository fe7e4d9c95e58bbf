// How long the vector of a category is.
import ApusCore
import Foundation

/// A rule for the length of the vectors that stand for the values of categorical columns.
///
/// ```swift
/// let rule = EmbeddingRule.power.with(["store": 10])
/// rule.size(1116, of: "store")      // 10
/// rule.size(8, of: "weekday")       // 5
/// ```
public struct EmbeddingRule: Sendable {
    private let rule: @Sendable (Int) -> Int
    /// The lengths of columns that the rule is not asked for, by the column's name.
    public private(set) var sizes: [String: Int] = [:]

    /// - Parameter size: The length for a number of values, the missing one included, which is at least 1.
    public init(_ size: @escaping @Sendable (_ count: Int) -> Int) { rule = size }

    /// `1.6 * count ** 0.56`, at most 600: fastai's own.
    public static let power = EmbeddingRule { min(600, Int((1.6 * pow(Double($0), 0.56)).rounded(.toNearestOrEven))) }
    /// Half of the values, at most 50: what fastai's first version used, `min(50, count / 2 + 1)`.
    public static let half = EmbeddingRule { min(50, $0 / 2 + 1) }

    /// The rule with other lengths for some columns, by the column's name.
    public func with(_ sizes: [String: Int]) -> EmbeddingRule {
        var rule = self
        rule.sizes.merge(sizes) { $1 }
        return rule
    }

    /// The length for a number of values, the missing one included; a number below 1 counts as 1.
    public func size(_ count: Int) -> Int { rule(max(1, count)) }

    /// The length for a column with a number of values.
    public func size(_ count: Int, of column: String) -> Int { sizes[column] ?? size(count) }

    /// Refuses lengths of columns that are not there, and lengths below 1.
    func check(columns: [String], of kind: String) throws {
        for (name, size) in sizes.sorted(by: { $0.key < $1.key }) {
            guard columns.contains(name) else {
                throw TrainingError(
                    "An embedding size is given for \"\(name)\", which is not among \(kind) \(columns.listed).")
            }
            if size < 1 {
                throw TrainingError("An embedding of width \(size) for \"\(name)\" is not possible; give at least 1.")
            }
        }
    }
}

extension TabularBlock {
    /// How many values each categorical column has, and how long their vectors are.
    public func embeddingSizes(_ rule: EmbeddingRule = .power) -> [(count: Int, size: Int)] {
        categories.map { ($0.classes.count, rule.size($0.classes.count, of: $0.name)) }
    }
}
