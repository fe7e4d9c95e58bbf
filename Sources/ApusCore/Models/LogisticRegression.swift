// Logistic regression: a weight for each number and class, by which rows are told apart; softmax for several classes.
import Foundation
import Torch

/// Rows as a linear model sees them: all it asks for are products with their matrix `[count, width]`, which need not be
/// written out.
public protocol LinearColumns {
    /// The number of rows.
    var count: Int { get }
    /// The number of columns.
    var width: Int { get }
    /// The product with weights `[width, outputs]`, float64 `[count, outputs]`.
    func applied(_ weights: Tensor) -> Tensor
    /// The transposed matrix's product with values `[count, outputs]`, float64 `[width, outputs]`.
    func transposedApplied(_ values: Tensor) -> Tensor
}

/// Logistic regression on rows of numbers, such as the features of pictures: scikit-learn's
/// `LogisticRegression(C=1/l2)`.
///
/// ```swift
/// let fitted = try LogisticRegression().fit(features, classes: [0, 1, 1, 0], count: 2)
/// let probabilities = try fitted.probabilities(of: others)      // [rows, 2]
/// ```
public struct LogisticRegression: Sendable {
    /// The penalty of the squared weights, without the intercepts.
    public var l2: Double
    /// The most steps of the search for the weights.
    public var maxSteps: Int

    /// - Parameters:
    ///   - l2: The penalty of the squared weights, without the intercepts; 0 for none.
    ///   - maxSteps: The most steps of the search for the weights.
    public init(l2: Double = 1, maxSteps: Int = 500) { (self.l2, self.maxSteps) = (l2, maxSteps) }

    /// Finds the weights for rows `[rows, numbers]` of known classes.
    ///
    /// - Parameters:
    ///   - rows: The rows.
    ///   - classes: The class of each row, from 0 on.
    ///   - count: How many classes there are.
    /// - Throws: ``DataError`` for classes that do not go with the rows, ``TrainingError`` for settings that are not possible.
    public func fit(_ rows: Tensor, classes: [Int], count: Int) throws -> FittedLogisticRegression {
        guard l2 >= 0, l2.isFinite, maxSteps > 0 else {
            throw TrainingError(
                "A logistic regression with the penalty \(l2) and \(maxSteps) steps is not possible; give a penalty of 0 or "
                    + "more and at least 1 step.")
        }
        guard count >= 2, let last = classes.max(), last < count, classes.allSatisfy({ $0 >= 0 }) else {
            throw DataError(
                "A logistic regression tells at least 2 classes, numbered from 0 on; give rows whose classes are below "
                    + "\(max(count, 2)).")
        }
        return try withTorchErrors {
            guard rows.dim == 2, rows.size(0) == classes.count else {
                throw DataError(
                    "\(classes.count) classes do not belong to rows of the shape \(rows.shape); give one for each row.")
            }
            return try withoutGradients {
                let found = weights(
                    for: DenseColumns(rows: rows.to(.float64)), Tensor(classes).to(rows.device), classes: count)
                guard !torchHasFailed, found.weights.isFinite().all().item() != 0 else {
                    throw TrainingError(
                        "The weights of the logistic regression cannot be found; the rows have numbers "
                            + "that are not finite.")
                }
                return FittedLogisticRegression(weights: found.weights, intercepts: found.intercepts)
            }
        }
    }

    /// The weights `[width, outputs]` and intercepts `[outputs]` for columns of any form: one output of two classes, which
    /// is the second class's, else one for each class.
    ///
    /// - Parameters:
    ///   - columns: The rows.
    ///   - target: The class of each row, from 0 on.
    ///   - classes: How many classes there are.
    public func weights(
        for columns: some LinearColumns, _ target: Tensor, classes: Int
    ) -> (weights: Tensor, intercepts: Tensor) {
        let outputs = classes == 2 ? 1 : classes
        let (width, count) = (columns.width, Double(columns.count))
        let truth =
            classes == 2
            ? target.to(.float64).unsqueeze(1) : target.oneHot(numClasses: classes).to(.float64)
        func split(_ point: Tensor) -> (weights: Tensor, intercepts: Tensor) {
            let rows = point.reshape(width + 1, outputs)
            return (rows.narrow(dim: 0, start: 0, length: width), rows[width])
        }
        /// The mean loss with its penalty, and its gradient.
        func loss(_ point: Tensor) -> (value: Double, gradient: Tensor) {
            let (weights, intercepts) = split(point)
            let logits = columns.applied(weights) + intercepts
            let value =
                classes == 2
                ? (logits.clamp(min: 0) - logits * truth + (-logits.abs()).exp().log1p()).sum()
                : -(logits.logSoftmax(dim: 1) * truth).sum()
            let error = (classes == 2 ? logits.sigmoid() : logits.softmax(dim: 1)) - truth
            let gradient = Tensor.cat([
                columns.transposedApplied(error) + weights * l2, error.sum(dim: 0, keepDim: true),
            ])
            let total = value.item() + l2 / 2 * weights.square().sum().item()
            return (total / count, gradient.reshape(-1) / count)
        }
        let start = Tensor.zeros([(width + 1) * outputs], dtype: .float64, device: target.device)
        return split(minimizedByLBFGS(from: start, steps: maxSteps, loss))
    }
}

/// The weights that ``LogisticRegression`` has found.
public struct FittedLogisticRegression: Sendable {
    /// `[numbers, outputs]`: one output of two classes, which is the second class's, else one for each class.
    public let weights: Tensor
    /// `[outputs]`
    public let intercepts: Tensor

    /// The probability of each class for rows `[rows, numbers]`, float64 `[rows, classes]`.
    ///
    /// - Throws: ``TorchError`` for rows of another width.
    public func probabilities(of rows: Tensor) throws -> Tensor {
        try withTorchErrors {
            withoutGradients {
                let logits = rows.to(.float64).matmul(weights) + intercepts
                // The softmax of a score and 0 is the sigmoid of the score.
                let all = logits.size(1) == 1 ? Tensor.cat([.zeros(like: logits), logits], dim: 1) : logits
                return all.softmax(dim: 1)
            }
        }
    }
}

/// Rows that are written out.
private struct DenseColumns: LinearColumns {
    let rows: Tensor

    var count: Int { rows.size(0) }
    var width: Int { rows.size(1) }
    func applied(_ weights: Tensor) -> Tensor { rows.matmul(weights) }
    func transposedApplied(_ values: Tensor) -> Tensor { rows.transpose(0, 1).matmul(values) }
}

/// The point at which a smooth convex function is least, by L-BFGS (Nocedal 1980) with a memory of ten steps.
private func minimizedByLBFGS(
    from start: Tensor, steps: Int, _ function: (Tensor) -> (value: Double, gradient: Tensor)
) -> Tensor {
    var point = start
    var (value, gradient) = function(point)
    var memory: [(step: Tensor, change: Tensor, scale: Double)] = []
    for _ in 0..<steps {
        let steepness = gradient.abs().max().item()
        guard steepness > 1e-9, steepness.isFinite, !torchHasFailed else { break }
        var direction = -gradient
        var factors: [Double] = []
        for (step, change, scale) in memory.reversed() {
            let factor = scale * step.dot(direction).item()
            factors.append(factor)
            direction = direction - change * factor
        }
        if let (step, change, _) = memory.last {
            direction = direction * (step.dot(change).item() / change.dot(change).item())
        }
        for ((step, change, scale), factor) in zip(memory, factors.reversed()) {
            direction = direction + step * (factor - scale * change.dot(direction).item())
        }
        let slope = gradient.dot(direction).item()
        guard slope < 0 else { break }
        var length = memory.isEmpty ? Swift.min(1, 1 / steepness) : 1
        var next = function(point + direction * length)
        while !(next.value <= value + 1e-4 * length * slope), length > 1e-12 {
            length /= 2
            next = function(point + direction * length)
        }
        guard next.value < value else { break }
        let step = direction * length
        let change = next.gradient - gradient
        let product = step.dot(change).item()
        if product > 0 {
            memory.append((step, change, 1 / product))
            if memory.count > 10 { memory.removeFirst() }
        }
        point = point + step
        (value, gradient) = next
    }
    return point
}
