// Random forests: many trees, each grown on other rows and columns, of whose answers the mean counts.
import ApusCore

/// Many deep trees, each grown on a part of the rows and columns; the mean of their answers counts. Grown by LightGBM.
///
/// A forest can hardly be set up wrongly, which makes it the first model to train on a table and a measure for all
/// others.
///
/// ```swift
/// let forest = try RandomForest(trees: 100, minRowsInLeaf: 5).fit(to: loaders)
/// print(try forest.measure(.accuracy))
/// try forest.plotImportance().save(to: URL(filePath: "importance.png"))
/// ```
/// Breiman, *Random Forests*, 2001; lesson 6 of fast.ai's 2022 course.
public struct RandomForest: Sendable {
    /// How many trees are grown.
    public var trees: Int
    /// The most leaves of a tree.
    public var leaves: Int
    /// The most splits on the way to a leaf; nil for any.
    public var maxDepth: Int?
    /// The least rows of a leaf.
    public var minRowsInLeaf: Int
    /// The part of the rows that each tree sees, drawn without putting back; as many different ones as a bootstrap sample
    /// has by default.
    public var rowFraction: Double
    /// The part of the columns among which each split is chosen; nil for the square root of their number with classes,
    /// and for half of them with numbers, as in the lesson.
    public var columnFraction: Double?
    /// Decides which rows and columns are drawn.
    public var seed: Int
    /// The threads to use; 0 for all cores. The trees do not depend on it.
    public var threads = 0
    /// Further parameters of LightGBM by their own names; they go before the others.
    public var parameters: [String: String]

    public init(
        trees: Int = 100, leaves: Int = 1024, maxDepth: Int? = nil, minRowsInLeaf: Int = 5, rowFraction: Double = 0.632,
        columnFraction: Double? = nil, seed: Int = 0, parameters: [String: String] = [:]
    ) {
        self.trees = trees
        self.leaves = leaves
        self.maxDepth = maxDepth
        self.minRowsInLeaf = minRowsInLeaf
        self.rowFraction = rowFraction
        self.columnFraction = columnFraction
        self.seed = seed
        self.parameters = parameters
    }

    /// Grows trees on the training rows.
    ///
    /// - Throws: `TrainingError` when LightGBM is not installed or refuses a setting, or the target is neither a class nor
    ///   a number.
    public func fit<Target>(to loaders: DataLoaders<TabularBlock, Target>) throws -> FittedTrees<Target> {
        let input = loaders.pipeline.input
        let columns = Double(input.categories.count + input.numbers.count)
        let part = columnFraction ?? (loaders.pipeline.target.classCount != nil ? columns.squareRoot() / columns : 0.5)
        return try FittedTrees(
            loaders: loaders,
            settings: [
                ("boosting", "rf"), ("num_leaves", "\(leaves)"), ("max_depth", "\(maxDepth ?? -1)"),
                ("min_data_in_leaf", "\(minRowsInLeaf)"), ("bagging_fraction", "\(rowFraction)"), ("bagging_freq", "1"),
                ("feature_fraction_bynode", "\(part)"),
            ], rounds: trees, patience: nil, seed: seed, threads: threads, extra: parameters)
    }
}
