// Metrics of how well probabilities rank: area under the ROC curve, average precision.
import Torch

/// How the area under the ROC curve is taken of more than two classes.
public enum MultiClass: Sendable {
    /// Each class against all others.
    case oneVsRest
    /// Each pair of classes, on the items of the two (Hand and Till 2001).
    case oneVsOne
}

extension Metric {
    /// The area under the receiver operating characteristic: the probability that an item of a class is ranked above an
    /// item of another, ties counted half. Of two classes (or one logit) it is that of class 1.
    ///
    /// NaN where it is undefined: where a class has no items or all of them; `.weighted` and `.micro` leave out a class
    /// without items. The outputs are logits.
    ///
    /// - Parameters:
    ///   - average: How the areas of more than two classes become one; `.oneVsOne` takes `.macro` and `.weighted`.
    ///   - multiClass: How more than two classes are compared.
    public static func rocAUC(average: LabelAverage = .macro, multiClass: MultiClass = .oneVsRest) -> Metric {
        let name = average.title("roc_auc_score") + (multiClass == .oneVsOne ? "_ovo" : "")
        return pooled(name, .higher) { output, targets in
            if multiClass == .oneVsOne, average == .micro || average == .samples {
                TorchError(
                    operation: name, reason: "one class against another takes the average .macro or .weighted"
                ).report()
            }
            return classScores(output, targets, for: name)
        } value: { pooled in
            let (scores, classes) = (pooled[0], pooled[1])
            if scores.size(1) == 1 { return single(rocAreas, scores.transpose(0, 1), classes.ne(0).unsqueeze(0)) }
            if scores.size(1) == 2 { return single(rocAreas, scores[0..., 1].unsqueeze(0), classes.eq(1).unsqueeze(0)) }
            return multiClass == .oneVsOne
                ? oneVsOneArea(scores, classes, average)
                : averaged(rocAreas, scores, isClass(classes, of: scores), average)
        }
    }

    /// The area under the ROC curve of each label, averaged; NaN where a label is at no item or at all of them.
    ///
    /// - Parameters:
    ///   - sigmoid: Whether the outputs are logits, which a sigmoid makes probabilities.
    ///   - average: How the areas become one.
    public static func rocAUCMulti(sigmoid: Bool = true, average: LabelAverage = .macro) -> Metric {
        labelRanking(average.title("roc_auc_score"), rocAreas, sigmoid, average)
    }

    /// The mean precision over the items of a class in the order of their probabilities, the area under the curve of
    /// precision and recall; 0 for a class without items. Of two classes (or one logit) it is that of class 1. The outputs
    /// are logits.
    ///
    /// - Parameter average: How the values of more than two classes become one.
    public static func averagePrecision(average: LabelAverage = .macro) -> Metric {
        let name = average.title("average_precision_score")
        return pooled(name, .higher) { output, targets in
            classScores(output, targets, for: name)
        } value: { pooled in
            let (scores, classes) = (pooled[0], pooled[1])
            if scores.size(1) > 2 { return averaged(averagePrecisions, scores, isClass(classes, of: scores), average) }
            return single(averagePrecisions, scores[0..., -1].unsqueeze(0), classes.eq(1).unsqueeze(0))
        }
    }

    /// The average precision of each label, averaged; 0 for a label that is nowhere.
    ///
    /// - Parameters:
    ///   - sigmoid: Whether the outputs are logits, which a sigmoid makes probabilities.
    ///   - average: How the values become one.
    public static func averagePrecisionMulti(sigmoid: Bool = true, average: LabelAverage = .macro) -> Metric {
        labelRanking(average.title("average_precision_score"), averagePrecisions, sigmoid, average)
    }
}

// MARK: - Collecting

/// A value for each row of scores `[rows, items]` and of what is positive among them.
private typealias RowValues = @Sendable (_ scores: Tensor, _ isPositive: Tensor) -> Tensor

private func labelRanking(
    _ name: String, _ values: @escaping RowValues, _ sigmoid: Bool, _ average: LabelAverage
) -> Metric {
    .pooled(name, .higher) { output, targets in
        let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output).ne(0)
        return [probabilities(output, sigmoid: sigmoid).flatten(startDim: 1), target.flatten(startDim: 1)]
    } value: { pooled in
        averaged(values, pooled[0], pooled[1], average)
    }
}

/// The probabilities `[items, classes]` and the right classes `[items]`.
private func classScores(_ output: Tensor, _ targets: [Tensor], for name: String) -> [Tensor] {
    if output.isDefined, output.dim != 2 {
        TorchError(
            operation: name, inputs: "\(output.shape) \(output.dtype)",
            reason: "the output must be [batch, classes]"
        ).report()
        return [.undefined, .undefined]
    }
    let target = fittedTarget(targets, as: [output.size(0)], for: name, of: output).to(.int64)
    return [output.size(1) == 1 ? output.float().sigmoid() : output.float().softmax(dim: 1), target]
}

private func isClass(_ classes: Tensor, of scores: Tensor) -> Tensor {
    classes.oneHot(numClasses: scores.size(1)).ne(0)
}

// MARK: - Averages

/// The value of one row.
private func single(_ values: RowValues, _ scores: Tensor, _ isPositive: Tensor) -> Double {
    scores.isNaN().any().item(as: Bool.self) ? .nan : values(scores, isPositive).item()
}

private func averaged(
    _ values: RowValues, _ scores: Tensor, _ isPositive: Tensor, _ average: LabelAverage
) -> Double {
    if scores.isNaN().any().item(as: Bool.self) { return .nan }
    switch average {
    case .micro: return values(scores.reshape(1, -1), isPositive.reshape(1, -1)).item()
    case .samples: return inParts(values, scores, isPositive).mean().item()
    case .macro: return inParts(values, scores.transpose(0, 1), isPositive.transpose(0, 1)).mean().item()
    case .weighted:
        let weights = isPositive.sum(dim: 0).to(.float64)
        let total = weights.sum().item()
        // A class without items does not count, also where its value is undefined.
        let found = inParts(values, scores.transpose(0, 1), isPositive.transpose(0, 1)).maskedFill(weights.eq(0), 0)
        return total == 0 ? 0 : (found * weights).sum().item() / total
    }
}

/// Many rows are taken a few at a time, so that the memory stays small.
private func inParts(_ values: RowValues, _ scores: Tensor, _ isPositive: Tensor) -> Tensor {
    let rows = max(1, 4_000_000 / max(scores.size(1), 1))
    return .cat(
        zip(scores.split(rows), isPositive.split(rows)).map { values($0.contiguous(), $1.contiguous()) })
}

private func oneVsOneArea(_ scores: Tensor, _ classes: Tensor, _ average: LabelAverage) -> Double {
    if scores.isNaN().any().item(as: Bool.self) { return .nan }
    let items = (0..<scores.size(1)).map { classes.eq(Scalar($0)).nonzero().flatten() }
    var (sum, weights) = (0.0, 0.0)
    for first in items.indices {
        for second in (first + 1)..<max(items.count, first + 1) {
            let both = Tensor.cat([items[first], items[second]])
            let isFirst = Tensor.arange(both.count) .< items[first].count
            let pair = scores.indexSelect(dim: 0, both)
            let areas = rocAreas(
                Tensor.stack([pair[0..., first], pair[0..., second]]), Tensor.stack([isFirst, isFirst.logicalNot()]))
            let weight = average == .weighted ? Double(both.count) : 1
            sum += weight * areas.mean().item()
            weights += weight
        }
    }
    return sum / weights
}

// MARK: - Values of rows

/// The area under the ROC curve of each row from the ranks of its positive items; NaN without any, or of nothing else.
private let rocAreas: RowValues = { scores, isPositive in
    let sums = (averageRanks(scores) * isPositive).sum(dim: 1)
    let positive = isPositive.sum(dim: 1).to(.float64)
    let negative = isPositive.logicalNot().sum(dim: 1).to(.float64)
    return (sums - positive * (positive + 1) / 2) / (positive * negative)
}

/// The average precision of each row: over its positive items, the part of positive ones among those of at least the
/// same score; 0 without any.
private let averagePrecisions: RowValues = { scores, isPositive in
    let (scores, count) = (scores.contiguous(), scores.size(1))
    let below = scores.sort(dim: 1).values.contiguous().searchsorted(scores)
    let ranks = below.maskedFill(isPositive.logicalNot(), -1)
    let positiveBelow = ranks.sort(dim: 1).values.contiguous().searchsorted(below)
    let precisions = (count - positiveBelow).to(.float64) / (count - below).to(.float64)
    return (precisions * isPositive).sum(dim: 1) / isPositive.sum(dim: 1).clamp(min: 1)
}

/// The ranks of the elements of each row from 1 on, equal ones with the mean of theirs.
func averageRanks(_ values: Tensor) -> Tensor {
    let values = values.contiguous()
    let sorted = values.sort(dim: -1).values.contiguous()
    return (sorted.searchsorted(values) + sorted.searchsorted(values, right: true) + 1).to(.float64) / 2
}
