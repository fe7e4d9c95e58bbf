// Metrics of numbers: mean errors, explained parts, correlations.
import Foundation
import Torch

extension Metric {
    /// The mean squared error.
    public static let mse: Metric = errorMean("mse") { ($0 - $1).square() }

    /// The root of the mean squared error, in the targets' unit.
    public static let rmse: Metric = errorMean("rmse", finish: { $0.squareRoot() }) { ($0 - $1).square() }

    /// The mean absolute error, in the targets' unit.
    public static let mae: Metric = errorMean("mae") { ($0 - $1).abs() }

    /// The root mean squared percentage error of outputs and targets that are logarithms, undone first: 0.1 is an error of
    /// a tenth (course v3, lesson 6, the sales of Rossmann).
    public static let expRMSPE: Metric = errorMean("exp_rmspe", finish: { $0.squareRoot() }) { output, target in
        (1 - (output - target).exp()).square()
    }

    /// The part of the targets' variance that the outputs explain, R²: 1 for no error, 0 for what the mean would give,
    /// negative below that.
    ///
    /// Of targets that are all equal it is 1 without errors and 0 with them; of fewer than two items NaN.
    public static let r2: Metric = pooledNumbers("r2_score") { output, target in
        target.count < 2 ? .nan : explained((target - output).square().sum().item(), of: target)
    }

    /// ``r2`` as if the outputs' mean error were corrected.
    public static let explainedVariance: Metric = pooledNumbers("explained_variance_score") { output, target in
        explained(squaredDeviations(target - output), of: target)
    }

    /// Pearson's correlation of outputs and targets; NaN where either is constant or there are fewer than two items.
    public static let pearsonCorrCoef: Metric = pooledNumbers("pearsonr", value: correlation)

    /// Spearman's correlation: that of the ranks, equal numbers with the mean of theirs; NaN as for ``pearsonCorrCoef``.
    public static let spearmanCorrCoef: Metric = pooledNumbers("spearmanr") { output, target in
        // A rank would hide that it stands for no number.
        if (output + target).isNaN().any().item(as: Bool.self) { return .nan }
        return correlation(averageRanks(output), averageRanks(target))
    }
}

// MARK: -

/// Output and target of one shape in float64, so that sums over many items stay exact.
private func numbers(_ output: Tensor, _ targets: [Tensor], for name: String) -> (output: Tensor, target: Tensor) {
    let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output)
    return (output.to(.float64), target.to(.float64))
}

/// The mean of a function of outputs and targets over all elements.
private func errorMean(
    _ name: String, finish: @escaping @Sendable (Double) -> Double = { $0 },
    _ error: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> Metric {
    .sums(name, improvement: .lower, finish: finish) { output, targets in
        let (output, target) = numbers(output, targets, for: name)
        return (error(output, target).sum().item(), Double(target.count))
    }
}

/// A function of all outputs and targets, both flat.
private func pooledNumbers(
    _ name: String, value: @escaping @Sendable (_ output: Tensor, _ target: Tensor) -> Double
) -> Metric {
    .pooled(name, .higher) { output, targets in
        let (output, target) = numbers(output, targets, for: name)
        return [output.flatten(), target.flatten()]
    } value: { pooled in
        value(pooled[0], pooled[1])
    }
}

private func isConstant(_ values: Tensor) -> Bool { values.min().equal(values.max()) }

private func squaredDeviations(_ values: Tensor) -> Double {
    isConstant(values) ? 0 : (values - values.mean()).square().sum().item()
}

private func explained(_ unexplained: Double, of target: Tensor) -> Double {
    let all = squaredDeviations(target)
    if unexplained.isNaN || all.isNaN { return .nan }
    return all == 0 ? (unexplained == 0 ? 1 : 0) : 1 - unexplained / all
}

@Sendable private func correlation(_ a: Tensor, _ b: Tensor) -> Double {
    if a.count < 2 || isConstant(a) || isConstant(b) { return .nan }
    let (a, b) = (a - a.mean(), b - b.mean())
    let value = (a / a.square().sum().sqrt()).dot(b / b.square().sum().sqrt()).item()
    return value.isNaN ? .nan : min(max(value, -1), 1)
}
