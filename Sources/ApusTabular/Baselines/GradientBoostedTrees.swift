// Gradient-boosted trees: each tree mends what those before it leave wrong.
import ApusCore

/// Trees of which each mends what those before it leave wrong, grown by LightGBM: with a random forest the first thing to
/// try on a table.
///
/// Categories are split as such, by groups of their values; numbers need no normalization, which does not harm either.
///
/// ```swift
/// let loaders = try TabularDataLoaders.fromCSV(file, target: "salary")
/// var recipe = GradientBoostedTrees(rounds: 1000, learningRate: 0.05, earlyStopping: 50)
/// recipe.columnFraction = 0.8                                   // what is seldom changed is a property
/// let trees = try recipe.fit(to: loaders)
/// print(trees.rounds, try trees.measure(.accuracy))
/// ```
/// Ke et al., *LightGBM: A Highly Efficient Gradient Boosting Decision Tree*, 2017. Defaults are LightGBM's.
public struct GradientBoostedTrees: Sendable {
    /// How many rounds of trees are grown.
    public var rounds: Int
    /// By how much of its answer a tree mends.
    public var learningRate: Double
    /// The most leaves of a tree.
    public var leaves: Int
    /// The most splits on the way to a leaf; nil for any.
    public var maxDepth: Int?
    /// The least rows of a leaf.
    public var minRowsInLeaf: Int
    /// The part of the rows that each tree sees.
    public var rowFraction = 1.0
    /// The part of the columns that each tree sees.
    public var columnFraction = 1.0
    /// The L2 penalty of the leaves' values.
    public var l2 = 0.0
    /// After how many rounds without a lower loss on the validation rows to stop, and go back to the best; nil for
    /// never.
    public var earlyStopping: Int?
    /// Decides which rows and columns each tree sees.
    public var seed: Int
    /// The threads to use; 0 for all cores. The trees do not depend on it.
    public var threads = 0
    /// Further parameters of LightGBM by their own names, such as `["max_bin": "63"]`; they go before the others.
    public var parameters: [String: String]

    public init(
        rounds: Int = 100, learningRate: Double = 0.1, leaves: Int = 31, maxDepth: Int? = nil, minRowsInLeaf: Int = 20,
        earlyStopping: Int? = nil, seed: Int = 0, parameters: [String: String] = [:]
    ) {
        self.rounds = rounds
        self.learningRate = learningRate
        self.leaves = leaves
        self.maxDepth = maxDepth
        self.minRowsInLeaf = minRowsInLeaf
        self.earlyStopping = earlyStopping
        self.seed = seed
        self.parameters = parameters
    }

    /// Grows trees on the training rows.
    ///
    /// - Throws: `TrainingError` when LightGBM is not installed or refuses a setting, or the target is neither a class nor
    ///   a number.
    public func fit<Target>(to loaders: DataLoaders<TabularBlock, Target>) throws -> FittedTrees<Target> {
        try FittedTrees(
            loaders: loaders,
            settings: [
                ("boosting", "gbdt"), ("learning_rate", "\(learningRate)"), ("num_leaves", "\(leaves)"),
                ("max_depth", "\(maxDepth ?? -1)"), ("min_data_in_leaf", "\(minRowsInLeaf)"),
                ("bagging_fraction", "\(rowFraction)"), ("bagging_freq", rowFraction < 1 ? "1" : "0"),
                ("feature_fraction", "\(columnFraction)"), ("lambda_l2", "\(l2)"),
            ], rounds: rounds, patience: earlyStopping, seed: seed, threads: threads, extra: parameters)
    }
}
