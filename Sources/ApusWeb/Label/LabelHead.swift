// A head on the features of pictures: learned in seconds from what is labeled, it suggests labels for the rest.
import ApusCore
import Foundation
import Torch

/// What a head that was trained on some labels says of all items.
public struct LabelSuggestions: Sendable {
    /// How often the head is right about items that it has not seen.
    public struct Estimate: Sendable, Hashable {
        /// Of so many labeled items, each judged by a head that was trained without it.
        public let count: Int
        /// How many of them it was right about.
        public let correct: Int

        /// The share of right answers.
        public var accuracy: Double { Double(correct) / Double(count) }

        /// The share's bounds, between which the true one lies in 95 of 100 cases (Wilson 1927).
        public var bounds: ClosedRange<Double> {
            let (n, p, z) = (Double(count), accuracy, 1.959963984540054)
            let center = (p + z * z / (2 * n)) / (1 + z * z / n)
            let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
            return max(0, center - half)...min(1, center + half)
        }
    }

    /// The items.
    public let items: [String]
    /// The labels that the head knows.
    public let labels: [String]
    /// The probability of each label for each item, float64 `[items, labels]`.
    public let probabilities: Tensor
    /// What cross-validation says; nil where a label has a single item, or there is one label alone.
    public let estimate: Estimate?

    /// The most probable label of each item, with its probability.
    public func best() -> [(label: Int, probability: Double)] {
        let best = probabilities.max(dim: 1)
        return Array(zip(best.indices.array(of: Int.self), best.values.array(of: Double.self))).map { ($0, $1) }
    }

    /// The most probable label and its probability by item.
    func byItem() -> [String: (label: String, probability: Double)] {
        Dictionary(zip(items, best().map { (labels[$0.label], $0.probability) }), uniquingKeysWith: { $1 })
    }
}

/// Trains heads on features: logistic regression, which a few labels suffice for.
///
/// ```swift
/// let suggestions = try LabelHead().suggestions(for: items, features, labels: store.labels())
/// print(suggestions.estimate?.accuracy ?? .nan)
/// ```
public struct LabelHead: Sendable {
    /// The penalty of the squared weights.
    public var l2: Double
    /// Into how many parts labeled items are dealt for the estimate; fewer where a label has fewer items.
    public var folds: Int
    /// Decides the parts.
    public var seed: Int

    /// - Parameters:
    ///   - l2: The penalty of the squared weights.
    ///   - folds: Into how many parts labeled items are dealt for the estimate.
    ///   - seed: Decides the parts.
    public init(l2: Double = 1, folds: Int = 5, seed: Int = 0) { (self.l2, self.folds, self.seed) = (l2, folds, seed) }

    /// What a head that is trained on the labels says of all items.
    ///
    /// - Parameters:
    ///   - items: The items.
    ///   - features: Their features, `[items, numbers]`; each is brought to the length 1 and the mean of all is subtracted.
    ///   - labels: The labels of some of the items.
    /// - Throws: `DataError` for fewer than two labels, `CancellationError` when the task is cancelled.
    public func suggestions(for items: [String], _ features: Tensor, labels: [String: String]) throws
        -> LabelSuggestions
    {
        let names = Set(items.compactMap { labels[$0] }).sorted()
        guard names.count >= 2 else {
            throw DataError(
                "A head is trained on pictures of at least two labels; \(names.count == 1 ? "one was" : "none were") given. "
                    + "Label some of another kind, too.")
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        let known = items.indices.filter { labels[items[$0]] != nil }
        let classes = known.compactMap { labels[items[$0]].flatMap { numbers[$0] } }
        return try withTorchErrors {
            let rows = Self.prepared(features)
            let labeled = rows.indexSelect(dim: 0, Tensor(known))
            let head = LogisticRegression(l2: l2)
            let fitted = try head.fit(labeled, classes: classes, count: names.count)
            return LabelSuggestions(
                items: items, labels: names, probabilities: try fitted.probabilities(of: rows),
                estimate: try estimate(head, labeled, classes, names.count))
        }
    }

    /// Features of the length 1 around their mean, scaled so that a number's square is 1 in the mean.
    private static func prepared(_ features: Tensor) -> Tensor {
        let rows = features.to(.float64).normalized()
        let centered = rows - rows.mean(dim: 0, keepDim: true)
        return centered / centered.square().mean().sqrt().clamp(min: 1e-12)
    }

    /// Cross-validation in which each part has about as many items of each label.
    private func estimate(
        _ head: LogisticRegression, _ rows: Tensor, _ classes: [Int], _ count: Int
    ) throws -> LabelSuggestions.Estimate? {
        let places = (0..<count).map { label in classes.indices.filter { classes[$0] == label } }
        let parts = min(folds, places.map(\.count).min() ?? 0)
        guard parts >= 2 else { return nil }
        var part = [Int](repeating: 0, count: classes.count)
        var next = 0
        var random = SeededRandom(seed: seed)
        for places in places {
            // Dealt on from label to label, so that parts are of one size.
            for place in places.shuffled(using: &random) {
                part[place] = next % parts
                next += 1
            }
        }
        var correct = 0
        for held in 0..<parts {
            try Task.checkCancellation()
            let training = classes.indices.filter { part[$0] != held }
            let testing = classes.indices.filter { part[$0] == held }
            let fitted = try head.fit(
                rows.indexSelect(dim: 0, Tensor(training)), classes: training.map { classes[$0] }, count: count)
            let answers = try fitted.probabilities(of: rows.indexSelect(dim: 0, Tensor(testing))).argmax(dim: 1)
            correct += zip(answers.array(of: Int.self), testing).count { $0 == classes[$1] }
        }
        return LabelSuggestions.Estimate(count: classes.count, correct: correct)
    }
}
