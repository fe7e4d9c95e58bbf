// Attention with several heads.

/// `MultiHeadAttention(dim, heads:)`: attention of queries to keys and values in several subspaces (Vaswani et al.,
/// 2017), with PyTorch's parameter names.
///
/// Queries `[length, batch, dim]` and keys and values `[source, batch, dim]` (`[batch, length, dim]` with `batchFirst`)
/// give `[length, batch, dim]`. The weight of the input projections `[3 &* dim, dim]` starts with Glorot's uniform
/// numbers, that of the output projection as ``Linear``'s; biases start at zero.
///
/// ```swift
/// let attention = MultiHeadAttention(64, heads: 4, batchFirst: true)
/// let x = Tensor.randn(8, 20, 64)
/// attention(x).shape                                           // attention to itself: [8, 20, 64]
/// let (output, weights) = attention(query: x, key: y, value: y, needsWeights: true)
/// ```
public final class MultiHeadAttention: Module {
    @Parameter public var inProjWeight: Tensor
    @Parameter public var inProjBias: Tensor?
    public let outProj: Linear
    public let dim: Int
    public let heads: Int
    public var dropout: Double
    public let batchFirst: Bool

    /// - Parameters:
    ///   - dim: The width of queries, keys and values; the heads divide it among them.
    ///   - dropout: The probability with which attention is dropped in training.
    public init(_ dim: Int, heads: Int, dropout: Double = 0, bias: Bool = true, batchFirst: Bool = false) {
        let reader = SizeReader(layer: "MultiHeadAttention", rank: 1)
        reader.check(dim, "dim")
        reader.check(heads, "heads")
        if heads > 0, dim % heads != 0 { reader.fail("a width of \(dim) does not divide into \(heads) heads") }
        self.dim = dim
        self.heads = max(1, heads)
        self.dropout = dropout
        self.batchFirst = batchFirst
        // The output projection draws its numbers first, as in PyTorch.
        outProj = Linear(dim, dim, bias: bias)
        inProjWeight = Init.xavierUniform_(Tensor.empty([3 &* dim, dim]))
        inProjBias = bias ? Tensor.zeros(3 &* dim) : nil
        if let bias = outProj.bias { Init.zeros_(bias) }
        super.init()
    }

    /// Attention of a sequence to itself.
    public override func forward(_ input: Tensor) -> Tensor {
        attend(input, input, input, keyPaddingMask: nil, mask: nil, isCausal: false, needsWeights: false).output
    }

    /// Attention of `[query, key, value]`.
    public override func forward(_ inputs: [Tensor]) -> Tensor {
        guard inputs.count == 3 else { return super.forward(inputs) }
        return attend(
            inputs[0], inputs[1], inputs[2], keyPaddingMask: nil, mask: nil, isCausal: false, needsWeights: false
        ).output
    }

    /// Attention with masks.
    ///
    /// - Parameters:
    ///   - keyPaddingMask: `[batch, source]`, true for keys that nobody may look at.
    ///   - mask: `[length, source]` or `[batch, heads, length, source]`: booleans, true where a query may not look; or
    ///     numbers that are added to the scores.
    ///   - isCausal: Whether a query may only look at keys up to its own place.
    ///   - needsWeights: Whether the attention weights are wanted, which costs memory.
    /// - Returns: The output, and the weights `[batch, length, source]`, the mean of the heads, if wanted.
    public func callAsFunction(
        query: Tensor, key: Tensor, value: Tensor, keyPaddingMask: Tensor? = nil, mask: Tensor? = nil,
        isCausal: Bool = false, needsWeights: Bool = false
    ) -> (output: Tensor, weights: Tensor?) {
        var weights: Tensor?
        let output = withHooks([query, key, value]) { inputs in
            let result = attend(
                inputs[0], inputs[1], inputs[2], keyPaddingMask: keyPaddingMask, mask: mask, isCausal: isCausal,
                needsWeights: needsWeights)
            weights = result.weights
            return result.output
        }
        return (output, weights)
    }

    private func attend(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor?, mask: Tensor?, isCausal: Bool,
        needsWeights: Bool
    ) -> (output: Tensor, weights: Tensor?) {
        let (q, k, v) = project(query, key, value)
        let added = addedScores(
            like: q, source: k.isDefined ? k.shape[2] : 0, keyPaddingMask: keyPaddingMask, mask: mask,
            isCausal: isCausal)
        let p = isTraining ? dropout : 0
        var weights: Tensor?
        var heads: Tensor
        if needsWeights {
            var scores = (q * (1 / Double(dim / self.heads).squareRoot())).matmul(k.transpose(-2, -1))
            if let added { scores = scores + added }
            let attention = scores.softmax(dim: -1).dropout(p, training: p > 0)
            weights = attention.mean(dim: 1)
            heads = attention.matmul(v)
        } else {
            heads = q.scaledDotProductAttention(k, v, attnMask: added, dropoutP: p)
        }
        heads = heads.transpose(1, 2).flatten(startDim: 2)
        let output = outProj(heads)
        return (batchFirst ? output : output.transpose(0, 1), weights)
    }

    /// Queries, keys and values of each head, `[batch, heads, length, dim / heads]`.
    private func project(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> (Tensor, Tensor, Tensor) {
        let parts: [Tensor]
        if query.isIdentical(to: key), key.isIdentical(to: value) {
            parts = query.linear(inProjWeight, inProjBias).chunk(3, dim: -1)
        } else {
            let weights = inProjWeight.chunk(3)
            let biases = inProjBias?.chunk(3)
            parts = [query, key, value].enumerated().map { $1.linear(weights[$0], biases?[$0]) }
        }
        guard parts.count == 3 else { return (.undefined, .undefined, .undefined) }
        let split = parts.map { part in
            let batchMajor = batchFirst ? part : part.transpose(0, 1)
            return batchMajor.unflatten(dim: -1, [heads, -1]).transpose(1, 2)
        }
        return (split[0], split[1], split[2])
    }

    /// What the masks add to the scores: minus infinity where a query may not look.
    private func addedScores(
        like query: Tensor, source: Int, keyPaddingMask: Tensor?, mask: Tensor?, isCausal: Bool
    ) -> Tensor? {
        func numbers(_ mask: Tensor) -> Tensor {
            guard mask.dtype == .bool else { return mask.to(query.dtype) }
            return Tensor.zeros(mask.shape, dtype: query.dtype, device: query.device).maskedFill(
                mask, -Double.infinity)
        }
        var parts: [Tensor] = []
        if let mask { parts.append(numbers(mask)) }
        if let keyPaddingMask { parts.append(numbers(keyPaddingMask).unsqueeze(1).unsqueeze(1)) }
        if isCausal, query.isDefined {
            let ahead = Tensor.ones([query.shape[2], source], dtype: .bool, device: query.device).triu(1)
            parts.append(numbers(ahead))
        }
        guard var sum = parts.first else { return nil }
        for part in parts.dropFirst() { sum = sum + part }
        return sum
    }
}
