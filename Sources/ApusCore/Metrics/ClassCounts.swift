// How often each class was right, predicted and actual, and the scores that follow from these counts alone.
import Torch

/// How a score of several classes becomes one number, with scikit-learn's meanings.
public enum ClassAverage: String, Sendable {
    /// The score of one class of two, class 1 unless another is named.
    case binary
    /// The score of the counts of all classes together.
    case micro
    /// The mean of the scores of the classes that occur among the targets or the predictions.
    case macro
    /// The mean of the classes' scores, weighted by how often each occurs among the targets.
    case weighted
}

/// A score of one class: a multiple of its right predictions over a weighted sum of its counts.
struct ClassScore: Sendable {
    /// What the right predictions are multiplied by above the line.
    var numerator = 1.0
    /// The weights of the numbers of right predictions, of predictions and of actual items below the line.
    let denominator: (right: Double, predicted: Double, actual: Double)

    /// The part of the predictions of a class that is right.
    static let precision = ClassScore(denominator: (0, 1, 0))
    /// The part of the items of a class that is found.
    static let recall = ClassScore(denominator: (0, 0, 1))
    /// The weighted harmonic mean of precision and recall.
    static func fBeta(_ beta: Double) -> ClassScore {
        ClassScore(numerator: 1 + beta * beta, denominator: (0, 1, beta * beta))
    }
    /// Intersection over union.
    static let jaccard = ClassScore(denominator: (-1, 1, 1))

    /// The score; `undefined` where it is a division by zero.
    func callAsFunction(_ right: Double, _ predicted: Double, _ actual: Double, undefined: Double = 0) -> Double {
        let below = denominator.right * right + denominator.predicted * predicted + denominator.actual * actual
        return below == 0 ? undefined : numerator * right / below
    }

    /// The scores of many counts at once, 0 for a division by zero.
    func callAsFunction(_ right: Tensor, _ predicted: Tensor, _ actual: Tensor) -> Tensor {
        let below = right * denominator.right + predicted * denominator.predicted + actual * denominator.actual
        return (right * numerator / below).maskedFill(below.eq(0), 0)
    }
}

/// How often each class was predicted rightly, predicted, and actual.
struct ClassCounts: Sendable {
    private(set) var right: [Double]
    private(set) var predicted: [Double]
    private(set) var actual: [Double]

    init(classes: Int) {
        right = Array(repeating: 0, count: classes)
        predicted = right
        actual = right
    }

    /// The number of items.
    var total: Double { actual.reduce(0, +) }
    /// The classes that occur among the targets or the predictions.
    var present: [Int] { actual.indices.filter { actual[$0] + predicted[$0] > 0 } }

    mutating func add(right: [Double], predicted: [Double], actual: [Double]) {
        for index in self.right.indices {
            self.right[index] += right[index]
            self.predicted[index] += predicted[index]
            self.actual[index] += actual[index]
        }
    }

    func score(_ score: ClassScore, of index: Int, undefined: Double = 0) -> Double {
        score(right[index], predicted[index], actual[index], undefined: undefined)
    }

    /// The score over classes.
    /// - Parameter indices: The classes that count in `.micro` and `.macro`.
    func average(_ score: ClassScore, _ average: ClassAverage, positive: Int = 1, over indices: [Int]) -> Double {
        switch average {
        case .binary:
            return right.indices.contains(positive) ? self.score(score, of: positive) : 0
        case .micro:
            func sum(_ counts: [Double]) -> Double { indices.reduce(0) { $0 + counts[$1] } }
            return score(sum(right), sum(predicted), sum(actual))
        case .macro:
            return indices.isEmpty ? 0 : indices.reduce(0) { $0 + self.score(score, of: $1) } / Double(indices.count)
        case .weighted:
            return total == 0 ? 0 : indices.reduce(0) { $0 + actual[$1] * self.score(score, of: $1) } / total
        }
    }
}
