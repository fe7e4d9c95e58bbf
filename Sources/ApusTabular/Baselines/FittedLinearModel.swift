// A linear model with its weights: predictions, coefficients, files.
import ApusCore
import Foundation
import Torch

/// A linear model that ``LinearModel`` has fitted to the training rows.
public final class FittedLinearModel<Target: TargetBlock>: BaselineModel {
    /// How rows become tensors, and outputs become predictions.
    public let pipeline: Pipeline<TabularBlock, Target>
    /// The validation rows; nil for a loaded model.
    public let valid: (any BatchSource)?
    /// `[columns, outputs]`: a row for each value of each category, then for each number.
    private let weights: Tensor
    private let interceptValues: Tensor
    private let task: BaselineTask

    init(
        pipeline: Pipeline<TabularBlock, Target>, valid: (any BatchSource)?, weights: Tensor, intercepts: Tensor,
        task: BaselineTask
    ) {
        (self.pipeline, self.valid, self.task) = (pipeline, valid, task)
        (self.weights, interceptValues) = (weights, intercepts)
    }

    /// The outputs for prepared rows, `[rows, outputs]`: logarithms of probabilities for classes, else numbers.
    public func outputs(categories: Tensor, numbers: Tensor) throws -> Tensor {
        let design = LinearDesign(
            PreparedRows(categories: categories, numbers: numbers), columns: pipeline.input)
        let values = design.applied(weights) + interceptValues
        switch task {
        case .number: return values.to(.float32)
        // The softmax of a score and 0 is the sigmoid of the score.
        case .classes(2): return Tensor.cat([.zeros(like: values), values], dim: 1).logSoftmax(dim: 1).to(.float32)
        case .classes: return values.logSoftmax(dim: 1).to(.float32)
        }
    }

    /// The weights by name, such as `workclass=Private` or `age`; of two classes for the second, of more for each class,
    /// in the order of the vocabulary. Numbers are normalized.
    public var coefficients: [(name: String, values: [Double])] {
        let input = pipeline.input
        let names =
            input.categories.flatMap { column in column.classes.map { "\(column.name)=\($0)" } }
            + input.numbers.map(\.name)
        return names.indices.map { (names[$0], weights[$0].array(of: Double.self)) }
    }

    /// What is added to the weights of a row: one number for a number or two classes, else one for each class.
    public var intercepts: [Double] { interceptValues.array(of: Double.self) }

    /// Writes the model with all that prediction needs into one file, which ``init(from:)`` reads.
    public func export(to url: URL) throws {
        try write(
            [("weights", weights.contiguous()), ("intercepts", interceptValues.contiguous())],
            StoredDescription(StoredLinearModel.self, .init()), to: url)
    }

    /// Loads a linear model for prediction.
    ///
    /// - Throws: `ModelFileError` when the file is damaged, no exported model, or one of another kind.
    public convenience init(from url: URL) throws {
        let (pipeline, _, file) = try Self.read(url, as: StoredLinearModel.self)
        let (weights, intercepts, task) = try withTorchErrors {
            let task = try BaselineTask(pipeline.target)
            let (weights, intercepts) = (try file.tensor("weights"), try file.tensor("intercepts"))
            let width = pipeline.input.categories.reduce(pipeline.input.numbers.count) { $0 + $1.classes.count }
            let outputs = task == .classes(2) ? 1 : task.outputCount
            guard weights.shape == [width, outputs], intercepts.shape == [outputs] else {
                throw ModelFileError(
                    "\(url.lastPathComponent) holds weights \(weights.shape) where its columns need "
                        + "[\(width), \(outputs)]; export the model again.")
            }
            return (weights, intercepts, task)
        }
        self.init(pipeline: pipeline, valid: nil, weights: weights, intercepts: intercepts, task: task)
    }
}

/// How a file describes a ``FittedLinearModel``: by its tensors alone.
enum StoredLinearModel: ConfiguredType {
    static let storedName = "FittedLinearModel"

    struct Configuration: Codable {}

    static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? {
        description.name == "linear" ? Configuration() : nil
    }
}
