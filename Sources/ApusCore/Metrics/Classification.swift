// Precision, recall and their kin for classifiers, with scikit-learn's meanings.
import Foundation
import Torch

extension Metric {
    /// The part of the predictions of a class that is right; 0 for a class that is never predicted.
    ///
    /// - Parameters:
    ///   - average: How the scores of several classes become one; more than two classes need another than `.binary`, which
    ///     is added to the column's name: `precision_score_macro`.
    ///   - positive: The class whose score `.binary` gives, by its place in the vocabulary.
    ///   - dim: The dimension of the classes; by default the one that the targets lack.
    public static func precision(average: ClassAverage = .binary, positive: Int = 1, dim: Int? = nil) -> Metric {
        scored("precision_score", .precision, average, positive, dim)
    }

    /// The part of the items of a class that is found; 0 for a class without items. Parameters as for
    /// ``precision(average:positive:dim:)``.
    public static func recall(average: ClassAverage = .binary, positive: Int = 1, dim: Int? = nil) -> Metric {
        scored("recall_score", .recall, average, positive, dim)
    }

    /// The harmonic mean of precision and recall. Parameters as for ``precision(average:positive:dim:)``.
    public static func f1(average: ClassAverage = .binary, positive: Int = 1, dim: Int? = nil) -> Metric {
        scored("f1_score", .fBeta(1), average, positive, dim)
    }

    /// The mean of precision and recall in which recall counts `beta` times as much. Other parameters as for
    /// ``precision(average:positive:dim:)``.
    public static func fBeta(
        _ beta: Double, average: ClassAverage = .binary, positive: Int = 1, dim: Int? = nil
    ) -> Metric {
        scored("fbeta_score", .fBeta(beta), average, positive, dim)
    }

    /// Right predictions of a class over all its predictions and items, intersection over union. Parameters as for
    /// ``precision(average:positive:dim:)``.
    public static func jaccard(average: ClassAverage = .binary, positive: Int = 1, dim: Int? = nil) -> Metric {
        scored("jaccard_score", .jaccard, average, positive, dim)
    }
}

private func scored(
    _ name: String, _ score: ClassScore, _ average: ClassAverage, _ positive: Int, _ dim: Int?
) -> Metric {
    .counts(
        average == .binary ? name : "\(name)_\(average.rawValue)", dim: dim,
        refusal: { classes in
            guard average == .binary else { return nil }
            if classes > 2 {
                return "\(classes) classes need an average: .macro, .micro or .weighted; .binary is for two"
            }
            return (0..<2).contains(positive)
                ? nil : "the positive class \(positive) is none of two classes; give 0 or 1"
        },
        value: { $0.average(score, average, positive: positive, over: $0.present) })
}

extension Metric {
    /// The mean of the recalls of the classes that have items: the accuracy as if all classes were of one size.
    ///
    /// - Parameter adjusted: Whether the value is stretched so that chance gives 0; NaN when there is only one class.
    public static func balancedAccuracy(adjusted: Bool = false) -> Metric {
        counts(adjusted ? "balanced_accuracy_score_adjusted" : "balanced_accuracy_score") { counts in
            let recalls = counts.actual.indices.filter { counts.actual[$0] > 0 }.map { counts.score(.recall, of: $0) }
            let mean = recalls.reduce(0, +) / Double(recalls.count)
            let chance = 1 / Double(recalls.count)
            if !adjusted { return mean }
            return recalls.count == 1 ? .nan : (mean - chance) / (1 - chance)
        }
    }

    /// Matthews' correlation of predictions and right classes, of two or more classes (Gorodkin 2004); 0 where either is
    /// one class only.
    public static let matthewsCorrCoef: Metric = counts("matthews_corrcoef") { counts in
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let total = counts.total
        let spread =
            (total * total - dot(counts.predicted, counts.predicted))
            * (total * total - dot(counts.actual, counts.actual))
        let agreement = counts.right.reduce(0, +) * total - dot(counts.predicted, counts.actual)
        return spread == 0 ? 0 : agreement / spread.squareRoot()
    }
}

/// How much a confusion of two classes counts in ``cohenKappa(weights:)``.
public enum KappaWeights: Sendable {
    /// All confusions alike.
    case none
    /// By the distance of the classes, as for grades.
    case linear
    /// By the square of the distance.
    case quadratic
}

extension Metric {
    /// Cohen's kappa: the agreement of predictions and right classes beyond chance; NaN where both are one and the same
    /// class.
    ///
    /// - Parameter weights: How much a confusion counts. Distances are counted among the classes that occur, as
    ///   scikit-learn counts them.
    public static func cohenKappa(weights: KappaWeights = .none) -> Metric {
        let name =
            switch weights {
            case .none: "cohen_kappa_score"
            case .linear: "cohen_kappa_score_linear"
            case .quadratic: "cohen_kappa_score_quadratic"
            }
        return Metric(name, improvement: .higher) { _ in KappaAccumulator(weights) }
    }
}

private final class KappaAccumulator: MetricAccumulator {
    let weights: KappaWeights
    var pairs: [[Int]: Double] = [:]
    var hasNaN = false

    init(_ weights: KappaWeights) { self.weights = weights }

    func update(output: Tensor, targets: [Tensor]) {
        let decided = withoutGradients {
            ClassDecisions(output, targets, dim: nil, ignoring: nil, for: "cohen_kappa_score")
        }
        guard let decided else { return }
        hasNaN = hasNaN || decided.hasNaN
        let (codes, _, counts) = (decided.actual * decided.classes + decided.predicted).uniqueCounts()
        for (code, count) in zip(codes.array(of: Int.self), counts.array(of: Double.self)) {
            pairs[[code / decided.classes, code % decided.classes], default: 0] += count
        }
    }

    func compute() -> Double {
        guard !pairs.isEmpty, !hasNaN else { return .nan }
        let present = Set(pairs.keys.joined()).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(present, 0...))
        func weight(_ a: Int, _ b: Int) -> Double {
            switch weights {
            case .none: a == b ? 0 : 1
            case .linear: Double(abs(a - b))
            case .quadratic: Double((a - b) * (a - b))
            }
        }
        var actual = Array(repeating: 0.0, count: present.count)
        var (predicted, observed, expected) = (actual, 0.0, 0.0)
        for (pair, count) in pairs {
            let (row, column) = (places[pair[0]] ?? 0, places[pair[1]] ?? 0)
            actual[row] += count
            predicted[column] += count
            observed += weight(row, column) * count
        }
        for (row, rows) in actual.enumerated() where rows > 0 {
            for (column, columns) in predicted.enumerated() { expected += weight(row, column) * rows * columns }
        }
        return 1 - observed * actual.reduce(0, +) / expected
    }
}
