// The kinds of dropout of recurrent nets: one mask for all tokens of a text, whole tokens, weights between states.
import ApusCore
import Torch

/// Dropout that is alike for all tokens of a text: of `[batch, length, width]` the same numbers of a text are set to zero at
/// each place, the others divided by `1 - p` (Gal and Ghahramani 2016, https://arxiv.org/abs/1512.05287).
///
/// ```swift
/// RNNDropout(0.3)(Tensor.ones(2, 5, 4))       // the rows of each text are equal
/// ```
public final class RNNDropout: Module {
    /// The probability of zero.
    public var p: Double

    public init(_ p: Double = 0.5) {
        self.p = p
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        guard isTraining, p > 0, input.isDefined, input.dim >= 2 else { return input }
        var sizes = input.shape.sizes
        sizes[1] = 1
        return input * dropoutMask(sizes, p, like: input)
    }

    public override var settings: String { "\(p)" }
}

/// Dropout of whole tokens: all places of a batch that have a dropped token get zeros.
final class EmbeddingDropout: Module {
    let emb: Embedding
    private let p: Double

    init(_ emb: Embedding, _ p: Double) {
        (self.emb, self.p) = (emb, p)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let vectors = emb(input)
        guard isTraining, p > 0, vectors.isDefined else { return vectors }
        // Only the rows that are looked up are multiplied, and not the whole table.
        let mask = dropoutMask([emb.count], p, like: emb.weight)
        return vectors * mask.indexSelect(dim: 0, input.flatten()).reshape(input.shape.sizes + [1])
    }

    override var settings: String { "\(p)" }
}

/// Zeros with probability `p`, else `1 / (1 - p)`.
private func dropoutMask(_ shape: [Int], _ p: Double, like other: Tensor) -> Tensor {
    let kept = Tensor.empty(shape, dtype: other.dtype, device: other.device).bernoulli_(p: 1 - p)
    return p < 1 ? kept.mul_(Tensor(1 / (1 - p))) : kept
}
