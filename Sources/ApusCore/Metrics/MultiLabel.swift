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

extension Metric {
    /// The part of the labels of all items that is predicted rightly, there or not there.
    ///
    /// - Parameters:
    ///   - threshold: The probability above which a label is predicted.
    ///   - sigmoid: Whether the outputs are logits, which a sigmoid makes probabilities.
    public static func accuracyMulti(threshold: Double = 0.5, sigmoid: Bool = true) -> Metric {
        sums("accuracy_multi", improvement: .higher) { output, targets in
            let target = fittedTarget(targets, as: output.shape.sizes, for: "accuracy_multi", of: output)
            let right = probabilities(output, sigmoid: sigmoid).gt(Scalar(threshold)).eq(target.ne(0)).sum().item()
            return (output.isNaN().any().item(as: Bool.self) ? .nan : right, Double(output.count))
        }
    }

    /// The part of a critic's numbers that is right: each item's label, 0 or 1, is compared with all numbers that the model gives
    /// for the item, `[batch, numbers]`.
    ///
    /// - Parameters:
    ///   - threshold: The probability above which a number says 1.
    ///   - sigmoid: Whether the outputs are logits, which a sigmoid makes probabilities.
    public static func accuracyThresholdExpand(threshold: Double = 0.5, sigmoid: Bool = true) -> Metric {
        let name = "accuracy_thresh_expand"
        return sums(name, improvement: .higher) { output, targets in
            guard output.isDefined, output.dim > 0 else { return nil }
            let target = fittedTarget(targets, as: [output.size(0)], for: name, of: output)
            guard target.isDefined else { return nil }
            let sides = [output.size(0)] + Array(repeating: 1, count: output.dim - 1)
            let says = probabilities(output, sigmoid: sigmoid).gt(Scalar(threshold))
            let right = says.eq(target.ne(0).reshape(sides)).sum().item()
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
    public static func precisionMulti(
        threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
    ) -> Metric {
        labelScore(average.title("precision_score"), .precision, threshold, sigmoid, average)
    }

    /// The part of the items with a label that is found; 0 for a label that is nowhere. Parameters as for
    /// ``precisionMulti(threshold:sigmoid:average:)``.
    public static func recallMulti(
        threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
    ) -> Metric {
        labelScore(average.title("recall_score"), .recall, threshold, sigmoid, average)
    }

    /// The harmonic mean of precision and recall. Parameters as for ``precisionMulti(threshold:sigmoid:average:)``.
    public static func f1Multi(
        threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
    ) -> Metric {
        labelScore(average.title("f1_score"), .fBeta(1), threshold, sigmoid, average)
    }

    /// The mean of precision and recall in which recall counts `beta` times as much. Other parameters as for
    /// ``precisionMulti(threshold:sigmoid:average:)``.
    ///
    /// By default the `fbeta` of the satellite images (course v3, lesson 3): recall counts twice, labels are predicted from a
    /// probability of 0.2 on, and the mean is over items. fastai 2's `FBetaMulti` has
    /// `fBetaMulti(threshold: 0.5, average: .macro)`.
    public static func fBetaMulti(
        _ beta: Double = 2, threshold: Double = 0.2, sigmoid: Bool = true, average: LabelAverage = .samples
    ) -> Metric {
        labelScore(average.title("fbeta_score", usual: .samples), .fBeta(beta), threshold, sigmoid, average)
    }

    /// Right predictions of a label over all its predictions and items. Parameters as for
    /// ``precisionMulti(threshold:sigmoid:average:)``.
    public static func jaccardMulti(
        threshold: Double = 0.5, sigmoid: Bool = true, average: LabelAverage = .macro
    ) -> Metric {
        labelScore(average.title("jaccard_score"), .jaccard, threshold, sigmoid, average)
    }
}

extension LabelAverage {
    /// The title of a score that is averaged so: scores side by side have different ones.
    func title(_ name: String, usual: LabelAverage = .macro) -> String {
        self == usual ? name : "\(name)_\(rawValue)"
    }
}

func probabilities(_ output: Tensor, sigmoid: Bool) -> Tensor { sigmoid ? output.float().sigmoid() : output.float() }

/// A score of labels, better when higher.
private func labelScore(
    _ name: String, _ score: ClassScore, _ threshold: Double, _ sigmoid: Bool, _ average: LabelAverage
) -> Metric {
    Metric(name, improvement: .higher) { _ in LabelAccumulator(name, score, threshold, sigmoid, average) }
}

/// Counts labels over all items, or the score of each item.
private final class LabelAccumulator: MetricAccumulator {
    private let name: String
    private let score: ClassScore
    private let threshold: Double
    private let sigmoid: Bool
    private let average: LabelAverage
    private var counts: ClassCounts?
    private var (sampleSum, samples) = (0.0, 0)
    private var hasNaN = false

    init(_ name: String, _ score: ClassScore, _ threshold: Double, _ sigmoid: Bool, _ average: LabelAverage) {
        self.name = name
        self.score = score
        self.threshold = threshold
        self.sigmoid = sigmoid
        self.average = average
    }

    func update(output: Tensor, targets: [Tensor]) { withoutGradients { count(output, targets) } }

    private func count(_ output: Tensor, _ targets: [Tensor]) {
        let items = output.size(0)
        let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output)
        guard items > 0, target.isDefined else { return }
        hasNaN = hasNaN || output.isNaN().any().item(as: Bool.self)
        let predicted = probabilities(output, sigmoid: sigmoid).ge(Scalar(threshold))
            .reshape(items, -1)
        let actual = target.ne(0).reshape(items, -1)
        func counted(_ labels: Tensor, _ dim: Int) -> Tensor { labels.sum(dim: dim).to(.cpu).to(.float64) }
        let right = predicted.logicalAnd(actual)
        samples += items
        if average == .samples {
            sampleSum += score(counted(right, 1), counted(predicted, 1), counted(actual, 1)).sum().item()
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
        switch average {
        case .samples: return sampleSum / Double(samples)
        case .micro: return counts?.average(score, .micro, over: labels) ?? .nan
        case .macro: return counts?.average(score, .macro, over: labels) ?? .nan
        case .weighted: return counts?.average(score, .weighted, over: labels) ?? .nan
        }
    }
}
