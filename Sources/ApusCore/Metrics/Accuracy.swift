// Accuracy, error rate, top-k and pixel accuracy of classifiers.
import Torch

extension Metric {
    /// The part of the items whose most probable class is the right one; of pixels or tokens where each has a class.
    ///
    /// The classes of the output are in dimension 1, or in the last one for text; NaN where an output is.
    public static let accuracy: Metric = accuracy()

    /// The part of the items (pixels, tokens) whose most probable class is the right one.
    ///
    /// - Parameters:
    ///   - dim: The dimension of the classes; by default the one that the targets lack.
    ///   - ignoring: A class whose items do not count, such as padding.
    public static func accuracy(dim: Int? = nil, ignoring: Int? = nil) -> Metric {
        rightPart("accuracy", .higher, dim: dim, ignoring: ignoring)
    }

    /// One less the accuracy.
    public static let errorRate: Metric = errorRate()

    /// One less ``accuracy(dim:ignoring:)``.
    public static func errorRate(dim: Int? = nil, ignoring: Int? = nil) -> Metric {
        rightPart("error_rate", .lower, dim: dim, ignoring: ignoring) { 1 - $0 }
    }

    /// The part of the pixels of masks `[batch, height, width]` whose class is right, of outputs
    /// `[batch, classes, height, width]`.
    ///
    /// - Parameter ignoring: A class whose pixels do not count: the "void" of street scenes (course v3, lesson 3), or the
    ///   background, which gives fastai's `foreground_acc`.
    public static func pixelAccuracy(ignoring: Int? = nil) -> Metric {
        rightPart("pixel_accuracy", .higher, dim: 1, ignoring: ignoring)
    }
}

private func rightPart(
    _ name: String, _ improvement: Improvement, dim: Int?, ignoring: Int?,
    finish: @escaping @Sendable (Double) -> Double = { $0 }
) -> Metric {
    .sums(name, improvement: improvement, finish: finish) { output, targets in
        guard let decisions = ClassDecisions(output, targets, dim: dim, ignoring: ignoring, for: name) else {
            return nil
        }
        let right = decisions.predicted.eq(decisions.actual).sum().item()
        return (decisions.hasNaN ? .nan : right, Double(decisions.actual.count))
    }
}

extension Metric {
    /// The part of the items whose right class is among the `k` most probable ones; all classes where there are fewer. The
    /// column is `top_k_accuracy`, as in fastai, or `top_3_accuracy` for another `k` than 5.
    ///
    /// - Parameter dim: The dimension of the classes; by default the one that the targets lack.
    public static func topKAccuracy(_ k: Int = 5, dim: Int? = nil) -> Metric {
        let name = k == 5 ? "top_k_accuracy" : "top_\(k)_accuracy"
        return sums(name, improvement: .higher) { output, targets in
            guard let (dim, target) = classDimension(output, targets, dim, for: name) else { return nil }
            let best = output.topk(min(k, output.size(dim)), dim: dim)
            let right = best.indices.eq(target.to(.int64).unsqueeze(dim)).sum().item()
            return (best.values.isNaN().any().item(as: Bool.self) ? .nan : right, Double(target.count))
        }
    }
}
