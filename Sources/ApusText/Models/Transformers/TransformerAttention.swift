// Attention of tokens to each other, and what all layers of a transformer know of a batch.
import Torch

/// What all layers of a transformer know of the batch that goes through them.
final class AttentionContext {
    /// bool `[batch, 1, 1, length]`, true for tokens that may be looked at; nil where all may be.
    var visible: Tensor?
    /// The vectors of DeBERTa's distances, from `length - 1` before a token to as many behind it, `[2 * length - 1, width]`.
    var distances: Tensor?
    /// Whether keys and values are kept for the tokens that follow.
    var isIncremental = false
}

/// The settings of an attention.
struct AttentionForm {
    let width: Int
    let heads: Int
    let dropout: Double
    let isCausal: Bool
    /// What scores are multiplied by.
    let scale: Double
    /// DeBERTa's distances, and the dropout of their vectors.
    var relative: TransformerConfiguration.RelativeAttention?
    var distanceDropout = 0.0

    init(_ configuration: TransformerConfiguration, layer: Int) {
        width = configuration.width
        heads = configuration.heads
        dropout = configuration.attentionDropout
        isCausal = configuration.isCausal
        relative = configuration.relative
        distanceDropout = configuration.dropout
        // DeBERTa's scores are sums of up to three products.
        let products =
            1 + (relative?.contentToPosition == true ? 1 : 0) + (relative?.positionToContent == true ? 1 : 0)
        let scale = configuration.scalesScores ? 1 / Double(width / heads * products).squareRoot() : 1
        self.scale = configuration.scalesScoresByLayer ? scale / Double(layer + 1) : scale
    }
}

/// Attention of a sequence `[batch, length, width]` to itself in several heads (Vaswani et al., 2017); with DeBERTa's
/// distances (He et al., 2020).
final class TransformerAttention: Module {
    /// Queries, keys and values of all heads, one behind the other.
    let qkv: Linear
    let output: Linear
    /// The projections of distances, where they have their own.
    let distanceKey: Linear?
    let distanceQuery: Linear?
    private let form: AttentionForm
    private let context: AttentionContext
    /// The keys and values of the tokens read so far, `[batch, heads, length, width / heads]`.
    var kept: (keys: Tensor, values: Tensor)?

    init(_ form: AttentionForm, _ context: AttentionContext) {
        qkv = Linear(form.width, 3 * form.width)
        output = Linear(form.width, form.width)
        let relative = form.relative.flatMap { $0.sharesProjections ? nil : $0 }
        distanceKey = relative?.contentToPosition == true ? Linear(form.width, form.width) : nil
        distanceQuery = relative?.positionToContent == true ? Linear(form.width, form.width) : nil
        (self.form, self.context) = (form, context)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        guard input.isDefined else { return .undefined }
        let parts = qkv(input).unflatten(dim: -1, [3, form.heads, -1]).permute(2, 0, 3, 1, 4).unbind(dim: 0)
        guard parts.count == 3 else { return .undefined }
        let queries = parts[0]
        var (keys, values) = (parts[1], parts[2])
        if context.isIncremental {
            if let kept {
                keys = .cat([kept.keys, keys], dim: 2)
                values = .cat([kept.values, values], dim: 2)
            }
            kept = (keys, values)
        }
        let bias = context.distances.flatMap { distanceScores(queries, keys, $0) }
        let heads = attention(queries, keys, values, bias: bias)
        return output(heads.transpose(1, 2).flatten(startDim: 2))
    }

    private func attention(_ queries: Tensor, _ keys: Tensor, _ values: Tensor, bias: Tensor?) -> Tensor {
        let dropout = isTraining ? form.dropout : 0
        // One token that goes on from others sees all of them.
        let isCausal = form.isCausal && queries.size(2) > 1
        if queries.dtype == .bfloat16, queries.device == .cpu {
            return shortAttention(queries, keys, values, bias: bias, isCausal: isCausal, dropout: dropout)
        }
        // The kernel takes a mask or a causal order.
        let mask = mask(bias: bias, isCausal: isCausal && context.visible != nil, length: queries.size(2))
        return queries.scaledDotProductAttention(
            keys, values, attnMask: mask, dropoutP: dropout, isCausal: isCausal && mask == nil, scale: form.scale)
    }

    /// What is added to the scores, or which of them count.
    private func mask(bias: Tensor?, isCausal: Bool, length: Int) -> Tensor? {
        var visible = context.visible
        if isCausal {
            let before = Tensor.ones([length, length], dtype: .bool, device: visible?.device ?? .cpu).tril()
            visible = visible.map { $0.logicalAnd(before) } ?? before
        }
        guard let bias else { return visible }
        return visible.map { bias.maskedFill($0.logicalNot(), -Double.infinity) } ?? bias
    }

    /// On processors LibTorch's kernel multiplies bfloat16 by way of float32, and automatic precision would compute the
    /// softmax in it; products of matrices in bfloat16 take half of the time.
    private func shortAttention(
        _ queries: Tensor, _ keys: Tensor, _ values: Tensor, bias: Tensor?, isCausal: Bool, dropout: Double
    ) -> Tensor {
        withAutocast(device: .cpu, enabled: false) {
            var scores = (queries * form.scale).matmul(keys.transpose(-2, -1))
            if let bias { scores = scores + bias.to(.bfloat16) }
            if let visible = mask(bias: nil, isCausal: isCausal, length: queries.size(2)) {
                scores = scores.maskedFill(visible.logicalNot(), -Double.infinity)
            }
            var weights = scores.softmax(dim: -1)
            if dropout > 0 { weights = weights.dropout(dropout, training: true) }
            return weights.matmul(values)
        }
    }

    // MARK: Distances

    /// The scores of distances, `[batch, heads, length, length]`.
    private func distanceScores(_ queries: Tensor, _ keys: Tensor, _ distances: Tensor) -> Tensor? {
        guard let relative = form.relative else { return nil }
        let distances = isTraining ? distances.dropout(form.distanceDropout, training: true) : distances
        var scores: Tensor?
        if relative.contentToPosition {
            // A key that is one place further on lies one distance nearer.
            let projected = heads(distanceKey?(distances) ?? shared(distances, part: 1)).flip([1])
            scores = queries.matmul(projected.transpose(-2, -1)).slanted()
        }
        if relative.positionToContent {
            let projected = heads(distanceQuery?(distances) ?? shared(distances, part: 0))
            let added = keys.matmul(projected.transpose(-2, -1)).slanted().transpose(-2, -1)
            scores = scores.map { $0 + added } ?? added
        }
        return scores
    }

    /// The distances through the words' projection: part 0 that of queries, part 1 that of keys.
    private func shared(_ distances: Tensor, part: Int) -> Tensor {
        let weight = qkv.weight.narrow(dim: 0, start: part * form.width, length: form.width)
        return distances.linear(weight, qkv.bias?.narrow(dim: 0, start: part * form.width, length: form.width))
    }

    /// `[distances, width]` as `[heads, distances, width / heads]`, by which scores get their scale.
    private func heads(_ projected: Tensor) -> Tensor {
        (projected * form.scale).unflatten(dim: -1, [form.heads, -1]).transpose(0, 1)
    }
}

extension Tensor {
    /// From the scores of each token with all distances, `[..., length, 2 * length - 1]`, those with each token,
    /// `[..., length, length]`: row `i` begins at column `length - 1 - i`.
    ///
    /// The shift is one of rows in memory (Dai et al., 2019), whose gradient is as cheap; `gather` takes several times as long.
    fileprivate func slanted() -> Tensor {
        guard isDefined else { return .undefined }
        let length = size(-2)
        guard length > 1 else { return self }
        let row = 2 * length - 2
        return flatten(startDim: -2).narrow(dim: -1, start: length - 1, length: length * row)
            .unflatten(dim: -1, [length, row]).narrow(dim: -1, start: 0, length: length)
    }
}
