// The parts of a transformer: embeddings, layers, DeBERTa's distances and convolution.
import Torch

/// The vectors of tokens, with those of their positions and of the parts of the text.
final class TransformerEmbeddings: Module {
    let tokens: Embedding
    let positions: Embedding?
    let types: Embedding?
    let projection: Linear?
    let norm: LayerNorm?
    private let configuration: TransformerConfiguration

    init(_ configuration: TransformerConfiguration) {
        let width = configuration.embeddingWidth
        tokens = Embedding(configuration.vocabularySize, width, paddingIndex: configuration.padding)
        let isRoberta = configuration.family == .roberta
        positions =
            configuration.addsPositions
            ? Embedding(configuration.positions, width, paddingIndex: isRoberta ? configuration.padding : nil) : nil
        types = configuration.tokenTypes > 0 ? Embedding(configuration.tokenTypes, width) : nil
        projection = width == configuration.width ? nil : Linear(width, configuration.width, bias: false)
        norm =
            configuration.normalizesFirst ? nil : LayerNorm(configuration.width, eps: configuration.normEpsilon)
        self.configuration = configuration
        super.init()
    }

    /// - Parameters:
    ///   - ids: int64 `[batch, length]`.
    ///   - types: Which part of the text a token belongs to, int64 `[batch, length]`; the first by default.
    ///   - real: bool `[batch, length]`, false for padding; nil without padding.
    ///   - offset: How many tokens were read before.
    func callAsFunction(_ ids: Tensor, types given: Tensor?, real: Tensor?, offset: Int) -> Tensor {
        var sum = tokens(ids)
        if let positions {
            let places: Tensor
            if configuration.family == .roberta {
                // Padding has the position of the padding's number, tokens count from behind it.
                let counted = (real ?? Tensor.ones(ids.shape, dtype: .bool, device: ids.device)).to(.int64)
                places = counted.cumsum(dim: 1) * counted + (configuration.firstPosition - 1)
            } else {
                places = Tensor.arange(offset, offset + ids.size(1), dtype: .int64, device: ids.device)
            }
            sum = sum + positions(places)
        }
        if let types { sum = sum + (given.map { types($0) } ?? types.weight.select(dim: 0, index: 0)) }
        if let projection { sum = projection(sum) }
        if let norm { sum = norm(sum) }
        // DeBERTa's padding is nothing but zeros.
        if configuration.family == .debertaV2, let real { sum = sum * real.unsqueeze(-1) }
        return isTraining ? sum.dropout(configuration.embeddingDropout, training: true) : sum
    }
}

/// Attention, and two linear layers for each token by itself; the input is added around each of both.
final class TransformerLayer: Module {
    let attention: TransformerAttention
    let attentionNorm: LayerNorm
    let inner: Linear
    let outer: Linear
    let outputNorm: LayerNorm
    private let activation: TransformerConfiguration.Activation
    private let dropout: Double
    private let attentionOutputDropout: Double
    private let normalizesFirst: Bool

    init(_ configuration: TransformerConfiguration, number: Int, _ context: AttentionContext) {
        let (width, eps) = (configuration.width, configuration.normEpsilon)
        attention = TransformerAttention(AttentionForm(configuration, layer: number), context)
        attentionNorm = LayerNorm(width, eps: eps)
        inner = Linear(width, configuration.innerWidth)
        outer = Linear(configuration.innerWidth, width)
        outputNorm = LayerNorm(width, eps: eps)
        activation = configuration.activation
        dropout = configuration.dropout
        // DistilBERT drops nothing behind its attention.
        attentionOutputDropout = configuration.family == .distilbert ? 0 : configuration.dropout
        normalizesFirst = configuration.normalizesFirst
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        if normalizesFirst {
            let hidden = input + dropped(attention(attentionNorm(input)), attentionOutputDropout)
            return hidden + dropped(outer(activation(inner(outputNorm(hidden)))), dropout)
        }
        let hidden = attentionNorm(input + dropped(attention(input), attentionOutputDropout))
        return outputNorm(hidden + dropped(outer(activation(inner(hidden))), dropout))
    }

    private func dropped(_ input: Tensor, _ p: Double) -> Tensor {
        isTraining && p > 0 ? input.dropout(p, training: true) : input
    }
}

/// The vectors of DeBERTa's distances.
final class TransformerDistances: Module {
    let vectors: Embedding
    let norm: LayerNorm?
    private let relative: TransformerConfiguration.RelativeAttention

    init(_ configuration: TransformerConfiguration, _ relative: TransformerConfiguration.RelativeAttention) {
        vectors = Embedding(2 * relative.span, configuration.width)
        norm = relative.isNormalized ? LayerNorm(configuration.width, eps: configuration.normEpsilon) : nil
        self.relative = relative
        super.init()
    }

    /// The vectors of the distances from `-(length - 1)` to `length - 1`, `[2 * length - 1, width]`.
    func callAsFunction(length: Int) -> Tensor {
        let table = norm.map { $0(vectors.weight) } ?? vectors.weight
        return table.indexSelect(dim: 0, classes(length: length).to(table.device))
    }

    /// The class of each of these distances, int64 `[2 * length - 1]`.
    func classes(length: Int) -> Tensor {
        let distances = Tensor.arange(1 - length, length, dtype: .int64)
        let classes = relative.buckets.map { shared(distances, buckets: $0) } ?? distances
        return (classes + relative.span).clamp(min: 0, max: Double(2 * relative.span - 1)).to(.int64)
    }

    /// Distances of up to half of the buckets have one each; those beyond share the other half by their logarithm.
    private func shared(_ distances: Tensor, buckets: Int) -> Tensor {
        let middle = Double(buckets / 2)
        guard middle > 0 else { return distances }
        let size = distances.abs()
        // float32 throughout, since a class may end at a rounding.
        let range = Tensor((Double(relative.maxDistance) - 1) / middle, dtype: .float32).log()
        let far = ((size.to(.float32) / middle).log() / range * (middle - 1)).ceil() + middle
        let signed = (far * distances.sign().to(.float32)).to(.int64)
        return distances.where(size .<= middle, else: signed)
    }
}

/// The convolution beside the first layer of large DeBERTa v2 models.
final class TransformerConvolution: Module {
    let conv: Conv1d
    let norm: LayerNorm
    private let activation: TransformerConfiguration.Activation
    private let dropout: Double

    init(_ configuration: TransformerConfiguration, _ form: TransformerConfiguration.Convolution) {
        let width = configuration.width
        conv = Conv1d(width, width, kernelSize: form.size, padding: form.size / 2, groups: form.groups)
        norm = LayerNorm(width, eps: configuration.normEpsilon)
        activation = form.activation
        dropout = configuration.dropout
        super.init()
    }

    /// The output of the first layer with what the convolution of its input adds, `[batch, length, width]`.
    func callAsFunction(_ output: Tensor, input: Tensor, real: Tensor?) -> Tensor {
        var added = conv(input.transpose(1, 2)).transpose(1, 2)
        if let real { added = added * real.unsqueeze(-1) }
        if isTraining { added = added.dropout(dropout, training: true) }
        let sum = norm(output + activation(added))
        return real.map { sum * $0.unsqueeze(-1) } ?? sum
    }
}
