// The constant: what is said without looking at a row.
import ApusCore
import Torch

/// The model that says the same of every row: the mean of the training rows' numbers, or how frequent each class is.
///
/// What does no better has learned nothing from the columns.
///
/// ```swift
/// print(try ConstantModel().fit(to: loaders).measure(.accuracy))     // how frequent the most frequent class is
/// ```
public struct ConstantModel: Sendable {
    public init() {}

    /// Counts the training rows.
    ///
    /// - Throws: `TrainingError` when the target is neither a class nor a number, or there are no rows.
    public func fit<Target>(to loaders: DataLoaders<TabularBlock, Target>) throws -> FittedConstant<Target> {
        let task = try BaselineTask(loaders.pipeline.target)
        let target = try PreparedRows(loaders.train).targets[0]
        return try withTorchErrors {
            let answer =
                switch task {
                case .number: target.to(.float64).mean().reshape(1, 1)
                case .classes(let count):
                    task.outputs(target.oneHot(numClasses: count).to(.float64).mean(dim: 0, keepDim: true))
                }
            return FittedConstant(
                pipeline: loaders.pipeline, valid: loaders.valid, outputs: answer.to(.float32).array(of: Float.self))
        }
    }
}

/// A constant that ``ConstantModel`` has found.
public struct FittedConstant<Target: TargetBlock>: BaselineModel {
    /// How rows become tensors, and outputs become predictions.
    public let pipeline: Pipeline<TabularBlock, Target>
    /// The validation rows.
    public let valid: (any BatchSource)?
    /// What is put out for each row: a number, or logarithms of probabilities.
    public let outputs: [Float]

    /// The same outputs for each row, `[rows, outputs]`.
    public func outputs(categories: Tensor, numbers: Tensor) throws -> Tensor {
        Tensor([outputs]).expand(categories.size(0), outputs.count)
    }
}
