// Metrics of text: perplexity, BLEU.
import Foundation
import Torch

extension Metric {
    /// The exponential of the mean cross-entropy over all tokens: among how many words a language model is undecided.
    public static let perplexity: Metric = perplexity()

    /// The exponential of the mean cross-entropy over all tokens.
    ///
    /// - Parameters:
    ///   - dim: The dimension of the vocabulary; by default the one that the targets lack.
    ///   - ignoring: A token that does not count, such as padding.
    public static func perplexity(dim: Int? = nil, ignoring: Int? = nil) -> Metric {
        sums("perplexity", improvement: .lower, finish: { exp($0) }) { output, targets in
            guard let (dim, target) = classDimension(output, targets, dim, for: "perplexity") else { return nil }
            let logits = output.movedim(dim, to: -1).reshape(-1, output.size(dim))
            let tokens = target.to(.int64).flatten()
            // Some rows at a time: logits of a large vocabulary are much of the memory, and a loss needs them twice.
            var sum = 0.0
            for first in stride(from: 0, to: tokens.count, by: 512) {
                let size = min(512, tokens.count - first)
                let rows = logits.narrow(dim: 0, start: first, length: size)
                let words = tokens.narrow(dim: 0, start: first, length: size)
                sum += rows.float().crossEntropy(words, reduction: .none, ignoreIndex: ignoring ?? -100)
                    .sum(dtype: .float64).item()
            }
            let count = ignoring.map { tokens.ne(Scalar($0)).sum().item() } ?? Double(tokens.count)
            return (sum, count)
        }
    }

    /// BLEU over the whole set: how many of the runs of one to four tokens of the most probable text are in the right one
    /// (Papineni and others 2002), of outputs `[batch, length, vocabulary]` and tokens `[batch, length]`.
    ///
    /// A text without a common run counts a part of one, halved each time (Chen and Cherry 2014, third method), as in
    /// fastai. NaN where no text has four tokens.
    public static let corpusBLEU = Metric("corpus_bleu", improvement: .higher) { _ in BLEUAccumulator() }
}

private final class BLEUAccumulator: MetricAccumulator {
    var (predictedLength, targetLength) = (0, 0)
    var right = [0.0, 0, 0, 0]
    var runs = [0.0, 0, 0, 0]
    var hasNaN = false

    func update(output: Tensor, targets: [Tensor]) {
        guard let target = targets.first, output.isDefined else { return }
        guard output.dim == 3, target.dim == 2, output.size(0) == target.size(0) else {
            return reportMismatch(
                "corpus_bleu", output, target,
                "the output must be [batch, length, vocabulary] and the targets [batch, length]")
        }
        hasNaN = hasNaN || output.isNaN().any().item(as: Bool.self)
        let best = output.argmax(dim: 2).unbind(dim: 0)
        for (predicted, actual) in zip(best, target.unbind(dim: 0)) {
            add(predicted.array(of: Int.self), actual.array(of: Int.self))
        }
    }

    private func add(_ predicted: [Int], _ actual: [Int]) {
        predictedLength += predicted.count
        targetLength += actual.count
        var share = 1.0
        for length in 1...4 {
            let (said, meant) = (counts(predicted, length), counts(actual, length))
            let common = said.reduce(0) { $0 + min($1.value, meant[$1.key] ?? 0) }
            if common == 0 { share /= 2 }
            right[length - 1] += common == 0 ? share : Double(common)
            runs[length - 1] += Double(max(predicted.count - length + 1, 0))
        }
    }

    private func counts(_ tokens: [Int], _ length: Int) -> [ArraySlice<Int>: Int] {
        guard tokens.count >= length else { return [:] }
        return (0...(tokens.count - length)).reduce(into: [:]) { $0[tokens[$1..<($1 + length)], default: 0] += 1 }
    }

    func compute() -> Double {
        guard runs[3] > 0, !hasNaN else { return .nan }
        let precisions = zip(right, runs).reduce(1) { $0 * $1.0 / $1.1 }
        let isShort = predictedLength < targetLength
        return (isShort ? exp(1 - Double(targetLength) / Double(predictedLength)) : 1) * pow(precisions, 0.25)
    }
}
