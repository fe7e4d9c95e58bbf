// The linear model: a weight for each number and each value of a category; least squares, or logistic regression.
import ApusCore
import Foundation
import Torch

/// A weight for each number and each value of a category: ridge regression for numbers, logistic regression for classes.
///
/// What a network or a forest cannot beat clearly has no more than linear structure.
///
/// ```swift
/// let linear = try LinearModel().fit(to: loaders)
/// print(try linear.measure(.accuracy))
/// ```
/// The results are scikit-learn's `Ridge(alpha=l2)` and `LogisticRegression(C=1/l2)` on the same columns, with a column of
/// zeros and ones for each value of a category.
public struct LinearModel: Sendable {
    /// The penalty of the squared weights, without the intercepts; 0 for least squares, where the shortest weights
    /// decide among equal ones.
    public var l2: Double
    /// The most steps of the search for the weights of classes.
    public var maxSteps: Int

    public init(l2: Double = 1, maxSteps: Int = 500) {
        self.l2 = l2
        self.maxSteps = maxSteps
    }

    /// Finds the weights for the training rows.
    ///
    /// - Throws: `TrainingError` when a setting is not possible, or the target is neither a class nor a number.
    public func fit<Target>(to loaders: DataLoaders<TabularBlock, Target>) throws -> FittedLinearModel<Target> {
        guard l2 >= 0, l2.isFinite, maxSteps > 0 else {
            throw TrainingError(
                "A linear model with the penalty \(l2) and \(maxSteps) steps is not possible; give a penalty of 0 or more "
                    + "and at least 1 step.")
        }
        let task = try BaselineTask(loaders.pipeline.target)
        let rows = try PreparedRows(loaders.train)
        return try withTorchErrors {
            try withoutGradients {
                let design = LinearDesign(rows, columns: loaders.pipeline.input)
                let target = rows.targets[0]
                let found: (weights: Tensor, intercepts: Tensor)
                switch task {
                case .number: found = ridge(design, target.to(.float64))
                case .classes(let count):
                    let regression = LogisticRegression(l2: l2, maxSteps: maxSteps)
                    found = regression.weights(for: design, target, classes: count)
                }
                if torchHasFailed { throw TrainingError("The weights of the linear model cannot be found.") }
                return FittedLinearModel(
                    pipeline: loaders.pipeline, valid: loaders.valid, weights: found.weights,
                    intercepts: found.intercepts, task: task)
            }
        }
    }

    func ridge(_ design: LinearDesign, _ target: Tensor) -> (weights: Tensor, intercepts: Tensor) {
        let count = Double(design.count)
        if design.width > Self.mostExactColumns { return conjugate(design, target) }
        let (products, sums, moments) = design.products(with: target)
        let (means, mean) = (sums / count, target.mean())
        let centered = products - sums.outer(means)
        let (values, vectors) = (centered + Tensor.eye(design.width, dtype: .float64) * l2).eigh()
        // Columns that others add up to have eigenvalues of 0, up to rounding.
        let isThere = values .> values.max() * 1e-10
        let inverse = (1 / values).where(isThere, else: 0.0)
        let slope = vectors.transpose(0, 1).matmul(moments - sums * mean)
        let weights = vectors.matmul(inverse * slope)
        return (weights.unsqueeze(1), (mean - means.dot(weights)).reshape(1))
    }

    /// Up to how many columns the weights of numbers are found exactly: the work grows with their third power.
    static let mostExactColumns = 1024

    /// The weights of many columns by conjugate gradients (Hestenes and Stiefel 1952), which need the columns' products
    /// with vectors only.
    func conjugate(_ design: LinearDesign, _ target: Tensor) -> (weights: Tensor, intercepts: Tensor) {
        let count = Double(design.count)
        func column(_ values: Tensor) -> Tensor { values.reshape(-1, 1) }
        let ones = Tensor.ones([design.count, 1], dtype: .float64)
        let means = design.transposedApplied(ones) / count
        let mean = target.mean()
        /// The centered columns' product with weights, times those columns, and the penalty.
        func product(_ weights: Tensor) -> Tensor {
            let values = design.applied(weights) - means.flatten().dot(weights.flatten())
            return design.transposedApplied(values) - means * values.sum() + weights * l2
        }
        let centered = column(target - mean)
        var weights = Tensor.zeros([design.width, 1], dtype: .float64)
        var rest = design.transposedApplied(centered) - means * centered.sum()
        var direction = rest
        let first = rest.square().sum().item()
        var length = first
        for _ in 0..<maxSteps {
            guard length > 1e-18 * first, !torchHasFailed else { break }
            let image = product(direction)
            let step = length / direction.flatten().dot(image.flatten()).item()
            weights = weights + direction * step
            rest = rest - image * step
            let next = rest.square().sum().item()
            direction = rest + direction * (next / length)
            length = next
        }
        return (weights, (mean - means.flatten().dot(weights.flatten())).reshape(1))
    }
}

/// Rows as a linear model sees them: a column for each value of a category, then the numbers; never written out whole.
struct LinearDesign: LinearColumns {
    private let categories: Tensor
    private let numbers: Tensor
    /// How many values each categorical column has.
    private let sizes: [Int]

    var count: Int { categories.size(0) }
    /// The number of columns.
    var width: Int { sizes.reduce(0, +) + numbers.size(1) }

    init(_ rows: PreparedRows, columns: TabularBlock) {
        categories = rows.categories.to(.int64)
        numbers = rows.numbers.to(.float64)
        sizes = columns.categories.map(\.classes.count)
    }

    /// Each categorical column's codes with the place of its first column.
    private var codes: [Tensor] {
        var start = 0
        return sizes.enumerated().map { place, size in
            defer { start += size }
            return categories.select(dim: 1, index: place) + start
        }
    }

    /// The product with weights `[width, outputs]`.
    func applied(_ weights: Tensor) -> Tensor {
        let numeric = numbers.matmul(weights.narrow(dim: 0, start: width - numbers.size(1), length: numbers.size(1)))
        return codes.reduce(numeric) { $0 + weights.indexSelect(dim: 0, $1) }
    }

    /// The transposed matrix's product with values `[count, outputs]`.
    func transposedApplied(_ values: Tensor) -> Tensor {
        let result = Tensor.zeros([width - numbers.size(1), values.size(1)], dtype: .float64)
        for column in codes { _ = result.indexAdd_(dim: 0, column, values) }
        return .cat([result, numbers.transpose(0, 1).matmul(values)])
    }

    /// The columns' products with each other, their sums, and their products with a target.
    func products(with target: Tensor) -> (products: Tensor, sums: Tensor, moments: Tensor) {
        let result = Tensor.zeros([width, width], dtype: .float64)
        let codes = codes
        // Blocks of rows, so that a long table needs no more memory.
        for start in stride(from: 0, to: count, by: 16_384) {
            let length = Swift.min(16_384, count - start)
            let block = Tensor.zeros([length, width], dtype: .float64)
            for column in codes {
                _ = block.scatter_(dim: 1, column.narrow(dim: 0, start: start, length: length).unsqueeze(1), .double(1))
            }
            let first = width - numbers.size(1)
            _ = block.narrow(dim: 1, start: first, length: width - first)
                .copy_(numbers.narrow(dim: 0, start: start, length: length))
            _ = result.add_(block.transpose(0, 1).matmul(block))
        }
        let ones = Tensor.ones([count, 1], dtype: .float64)
        return (
            result, transposedApplied(ones).select(dim: 1, index: 0),
            transposedApplied(target.reshape(-1, 1)).select(dim: 1, index: 0)
        )
    }
}
