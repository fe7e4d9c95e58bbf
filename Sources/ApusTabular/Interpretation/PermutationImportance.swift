// Permutation importance: how much worse a model becomes when a column's values are shuffled.
import ApusCore
import ApusPlot
import Torch

/// How much worse a model becomes when the values of one column are shuffled among the rows, for each column.
///
/// It says what any model makes of a column: a network, trees or a linear model. Columns that tell much the same stand in
/// for each other, so that each of them alone looks unimportant.
///
/// Breiman, *Random Forests*, 2001; fast.ai's machine-learning course, lesson 3.
public struct PermutationImportance: Sendable {
    /// One column's importance.
    public struct Column: Sendable {
        /// The column's name.
        public let name: String
        /// By how much the metric is worse with shuffled values, for each repetition; negative where it is better.
        public let values: [Double]
        /// The mean of the values.
        public var mean: Double { values.reduce(0, +) / Double(values.count) }
        /// The standard deviation of the values.
        public var std: Double {
            let mean = mean
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        }
    }

    /// The metric's name, or "loss".
    public let metric: String
    /// The metric of the rows as they are.
    public let base: Double
    /// The columns, the most important first.
    public let columns: [Column]

    /// Bars of the most important columns.
    ///
    /// - Parameter count: How many columns at most; 20 by default, none below 1.
    public func plot(_ count: Int = 20) -> Figure {
        let shown = columns.prefix(max(count, 0))
        return Figure(
            Axes(title: "Permutation importance", xLabel: "how much worse \(metric) becomes")
                .bars(shown.map(\.name), shown.map(\.mean), horizontal: true))
    }
}

extension TabularPredictor {
    /// How much worse the model becomes when a column's values are shuffled among the rows, for each column. What
    /// indicates a column's missing values is shuffled with it.
    ///
    /// ```swift
    /// let importance = try learner.permutationImportance(metric: .accuracy)
    /// for column in importance.columns.prefix(5) { print(column.name, column.mean, column.std) }
    /// try importance.plot().save(to: URL(filePath: "importance.png"))
    /// ```
    /// - Parameters:
    ///   - metric: The mean loss by default.
    ///   - improvement: Which value of the metric is better; by default what the metric says of itself. Needed for a
    ///     metric of your own that does not say it.
    ///   - repeats: How often each column is shuffled; 5 by default.
    ///   - seed: Decides the shuffling.
    ///   - source: The validation rows by default.
    /// - Throws: `TrainingError` when there are no rows, or none with labels, or the metric doesn't say which values are better.
    public func permutationImportance(
        metric: Metric? = nil, improvement: Improvement? = nil, repeats: Int = 5, seed: Int = 0,
        on source: (any BatchSource)? = nil
    ) throws -> PermutationImportance {
        guard repeats > 0 else { throw TrainingError("\(repeats) repetitions are not possible; give at least 1.") }
        let rows = try rows(source)
        guard !rows.targets.isEmpty else {
            throw TrainingError("The rows have no labels to measure the model against; give a loader of labeled ones.")
        }
        let name = metric?.name ?? "loss"
        guard let improvement = improvement ?? (metric == nil ? .lower : metric?.improvement) else {
            throw TrainingError(
                "The metric \(name) does not say which of its values are better; give permutationImportance "
                    + "improvement: .lower or .higher.")
        }
        let sign: Double = improvement == .lower ? 1 : -1
        func measure(_ rows: PreparedRows) throws -> Double {
            let predictions = try getPredictions(rows.loader(), withInputs: false)
            if let metric { return try predictions.measure(metric) }
            return predictions.losses?.to(.float64).mean().item() ?? .nan
        }
        let base = try measure(rows)
        let input = pipeline.input
        let columns = try (input.categorical + input.continuous).enumerated().map { number, column in
            let (place, categories) = try places(of: column)
            let values = try (0..<repeats).map { turn in
                var random = SeededRandom(seed: seed, number, turn)
                let order = Tensor(Array(0..<rows.count).shuffled(using: &random))
                var shuffled = rows
                try withTorchErrors {
                    if !categories.isEmpty { shuffled.categories = rows.categories.clone() }
                    if place != nil { shuffled.numbers = rows.numbers.clone() }
                    for category in categories {
                        let values = rows.categories.select(dim: 1, index: category).indexSelect(dim: 0, order)
                        _ = shuffled.categories.select(dim: 1, index: category).copy_(values)
                    }
                    if let place {
                        let values = rows.numbers.select(dim: 1, index: place).indexSelect(dim: 0, order)
                        _ = shuffled.numbers.select(dim: 1, index: place).copy_(values)
                    }
                }
                return try sign * (measure(shuffled) - base)
            }
            return PermutationImportance.Column(name: column, values: values)
        }
        return PermutationImportance(metric: name, base: base, columns: columns.sorted { $0.mean > $1.mean })
    }
}
