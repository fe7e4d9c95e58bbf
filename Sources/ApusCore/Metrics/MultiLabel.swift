// Metrics of several labels at once: outputs and targets are both [batch, labels].
import Torch

/// How a score of several labels becomes one number, with scikit-learn's meanings.
public enum LabelAverage: String, Sendable {
    /// The score of all labels of all items together.
    case micro
    /// The mean of the labels' scores.
    case macro
    /// The mean of the labels' scores, weighted by how often each is there.
    case weighted
    /// The mean of the items' scores.
    case samples
}

/// The part of the labels of all items that is predicted rightly, there or not there.
///
/// - Parameters:
///   - threshold: The probability above which a label is predicted.
///   - sigmoid: Whether the outputs are logits, which a sigmoid makes probabilities.
public func accuracyMulti(threshold: Double = 0.5, sigmoid: Bool = true) -> any Metric {
    MeanMetric("accuracy_multi", .higher) { output, targets in
        let target = fittedTarget(targets, as: output.shape.sizes, for: "accuracy_multi", of: output)
        let right = probabilities(output, sigmoid: sigmoid).gt(Scalar(threshold)).eq(target.ne(0)).sum().item()
        return (output.isNaN().any().item(as: Bool.self) ? .nan : right, Double(output.count))
    }
}

/// The part of the predictions of a label that is right; 0 for a label that is never predicted.
///
/// - Parameters:
///   - threshold: The probability from which on a label is predicted.
///   - sigmoid: Whether the outputs are logits, which a sigmoid makes probabilities.
///   - average: How the scores of the labels become one; another than `.macro` is added to the column's name:
///     `precision_score_samples`.
public func precisionMulti(
    threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
) -> any Metric {
    LabelMetric(
        name: average.title("precision_score"), score: .precision, threshold: threshold, sigmoid: sigmoid,
        average: average)
}

/// The part of the items with a label that is found; 0 for a label that is nowhere. Parameters as for
/// ``precisionMulti(threshold:sigmoid:average:)``.
public func recallMulti(
    threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
) -> any Metric {
    LabelMetric(
        name: average.title("recall_score"), score: .recall, threshold: threshold, sigmoid: sigmoid, average: average)
}

/// The harmonic mean of precision and recall. Parameters as for ``precisionMulti(threshold:sigmoid:average:)``.
public func f1ScoreMulti(
    threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
) -> any Metric {
    LabelMetric(
        name: average.title("f1_score"), score: .fBeta(1), threshold: threshold, sigmoid: sigmoid, average: average)
}

/// The mean of precision and recall in which recall counts `beta` times as much. Other parameters as for
/// ``precisionMulti(threshold:sigmoid:average:)``.
///
/// By default the `fbeta` of the satellite images (course v3, lesson 3): recall counts twice, labels are predicted from a
/// probability of 0.2 on, and the mean is over items. fastai 2's `FBetaMulti` has
/// `fBetaMulti(threshold: 0.5, average: .macro)`.
public func fBetaMulti(
    _ beta: Double = 2, threshold: Double = 0.2, sigmoid: Bool = true, average: LabelAverage = .samples
) -> any Metric {
    LabelMetric(
        name: average.title("fbeta_score", usual: .samples), score: .fBeta(beta), threshold: threshold,
        sigmoid: sigmoid,
        average: average)
}

/// Right predictions of a label over all its predictions and items. Parameters as for
/// ``precisionMulti(threshold:sigmoid:average:)``.
public func jaccardMulti(
    threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
) -> any Metric {
    LabelMetric(
        name: average.title("jaccard_score"), score: .jaccard, threshold: threshold, sigmoid: sigmoid, average: average)
}

extension LabelAverage {
    /// The title of a score that is averaged so: scores side by side have different ones.
    func title(_ name: String, usual: LabelAverage = .macro) -> String {
        self == usual ? name : "\(name)_\(rawValue)"
    }
}

func probabilities(_ output: Tensor, sigmoid: Bool) -> Tensor { sigmoid ? output.float().sigmoid() : output.float() }

/// A score of labels, from their counts or from those of each item.
private struct LabelMetric: Metric {
    let name: String
    let score: ClassScore
    let threshold: Double
    let sigmoid: Bool
    let average: LabelAverage
    var improvement: Improvement? { .higher }

    func makeAccumulator() -> any MetricAccumulator { Accumulator(self) }

    private final class Accumulator: MetricAccumulator {
        let recipe: LabelMetric
        var counts: ClassCounts?
        var (sampleSum, samples) = (0.0, 0)
        var hasNaN = false

        init(_ recipe: LabelMetric) { self.recipe = recipe }

        func update(output: Tensor, targets: [Tensor]) { withoutGradients { count(output, targets) } }

        private func count(_ output: Tensor, _ targets: [Tensor]) {
            let items = output.size(0)
            let target = fittedTarget(targets, as: output.shape.sizes, for: recipe.name, of: output)
            guard items > 0, target.isDefined else { return }
            hasNaN = hasNaN || output.isNaN().any().item(as: Bool.self)
            let predicted = probabilities(output, sigmoid: recipe.sigmoid).ge(Scalar(recipe.threshold))
                .reshape(items, -1)
            let actual = target.ne(0).reshape(items, -1)
            func counted(_ labels: Tensor, _ dim: Int) -> Tensor { labels.sum(dim: dim).to(.cpu).to(.float64) }
            let right = predicted.logicalAnd(actual)
            samples += items
            if recipe.average == .samples {
                sampleSum += recipe.score(counted(right, 1), counted(predicted, 1), counted(actual, 1)).sum().item()
                return
            }
            counts = counts ?? ClassCounts(classes: predicted.size(1))
            counts?.add(
                right: counted(right, 0).array(), predicted: counted(predicted, 0).array(),
                actual: counted(actual, 0).array())
        }

        func compute() -> Double {
            guard samples > 0, !hasNaN else { return .nan }
            let labels = counts.map { Array($0.actual.indices) } ?? []
            switch recipe.average {
            case .samples: return sampleSum / Double(samples)
            case .micro: return counts?.average(recipe.score, .micro, over: labels) ?? .nan
            case .macro: return counts?.average(recipe.score, .macro, over: labels) ?? .nan
            case .weighted: return counts?.average(recipe.score, .weighted, over: labels) ?? .nan
            }
        }
    }
}
