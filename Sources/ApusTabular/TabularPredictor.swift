// What all models of tables have in common, so that they are judged and explained in the same way.
import ApusCore

/// A trained model of a table's rows: a network, trees or a linear model.
///
/// Metrics, permutation importance and partial dependence are the same for all of them:
///
/// ```swift
/// let forest = try RandomForest().fit(to: loaders)
/// print(try forest.measure(.accuracy), try learner.measure(.accuracy))
/// try forest.permutationImportance(metric: .accuracy).plot().save(to: URL(filePath: "importance.png"))
/// ```
public protocol TabularPredictor<Target> {
    associatedtype Target: TargetBlock
    /// How rows become tensors, and outputs become predictions.
    var pipeline: Pipeline<TabularBlock, Target> { get }
    /// The validation rows; nil for a loaded model.
    var valid: (any BatchSource)? { get }
    /// What the model says of the validation rows or of another loader.
    func getPredictions(_ source: (any BatchSource)?, withInputs: Bool) throws -> Predictions<Target>
}

extension Learner: TabularPredictor where Input == TabularBlock {}

extension TabularPredictor {
    /// A metric on the validation rows or another loader.
    ///
    /// - Throws: `TrainingError` where there are no rows, or none with labels.
    public func measure(_ metric: Metric, on source: (any BatchSource)? = nil) throws -> Double {
        try getPredictions(source, withInputs: false).measure(metric)
    }

    /// The rows to explain a model on.
    func rows(_ source: (any BatchSource)?) throws -> PreparedRows {
        guard let source = source ?? valid else {
            throw TrainingError("There are no validation rows; give a loader, such as loaders.testLoader(table).")
        }
        return try PreparedRows(source)
    }

    /// The number of a column among the continuous ones, and of the categorical ones that belong to it: itself, or what
    /// indicates its missing values.
    func places(of column: String) throws -> (number: Int?, categories: [Int]) {
        let input = pipeline.input
        let number = input.numbers.firstIndex { $0.name == column }
        let categories = input.categories.indices.filter {
            input.categories[$0].name == column || input.categories[$0].indicated == column
        }
        guard number != nil || !categories.isEmpty else {
            throw DataError(
                "The model does not know the column \"\(column)\"; its columns are "
                    + "\((input.categorical + input.continuous).listed).")
        }
        return (number, categories)
    }
}
