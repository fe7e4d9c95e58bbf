// How often each class was right, predicted and actual, and the scores that follow from these counts alone.

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

/// A score of one class: a ratio of its counts, 0 where scikit-learn says 0 for a division by zero.
struct ClassScore: Sendable {
    /// Numerator and denominator from the numbers of right predictions, of predictions and of actual items.
    let parts: @Sendable (_ right: Double, _ predicted: Double, _ actual: Double) -> (Double, Double)

    /// The part of the predictions of a class that is right.
    static let precision = ClassScore { right, predicted, _ in (right, predicted) }
    /// The part of the items of a class that is found.
    static let recall = ClassScore { right, _, actual in (right, actual) }
    /// The weighted harmonic mean of precision and recall.
    static func fBeta(_ beta: Double) -> ClassScore {
        ClassScore { right, predicted, actual in
            ((1 + beta * beta) * right, beta * beta * actual + predicted)
        }
    }
    /// Intersection over union.
    static let jaccard = ClassScore { right, predicted, actual in (right, predicted + actual - right) }

    /// The score; `undefined` where it is a division by zero.
    func callAsFunction(_ right: Double, _ predicted: Double, _ actual: Double, undefined: Double = 0) -> Double {
        let (numerator, denominator) = parts(right, predicted, actual)
        return denominator == 0 ? undefined : numerator / denominator
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
