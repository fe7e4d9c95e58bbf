// Embeddings of bags of words.

/// How the rows of a bag become one.
public enum BagMode: Int, Sendable {
    case sum = 0
    case mean = 1
    case max = 2
}

extension Tensor {
    /// The sums, means or maxima of bags of rows of `weight`, `[bags, width]`.
    ///
    /// - Parameters:
    ///   - weight: The rows, `[words, width]`.
    ///   - indices: The words of all bags, one after another.
    ///   - offsets: Where each bag begins.
    ///   - perSampleWeights: What each word counts, for `.sum` only.
    public static func embeddingBag(
        _ weight: Tensor, _ indices: Tensor, offsets: Tensor, mode: BagMode = .mean, perSampleWeights: Tensor? = nil
    ) -> Tensor {
        embeddingBagRaw(weight, indices, offsets, mode: mode.rawValue, perSampleWeights: perSampleWeights).0
    }
}
