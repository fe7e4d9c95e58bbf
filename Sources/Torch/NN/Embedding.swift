// Embeddings: a learned vector for each whole number.

/// `Embedding(count, dim)`: looks up a row of the weight for each index.
///
/// Indices `[...]` (int64, `0..<count`) give `[..., dim]`. The weight is `[count, dim]` and starts with standard normal
/// numbers.
///
/// ```swift
/// let embedding = Embedding(1000, 50)
/// embedding(Tensor([3, 14, 159])).shape       // [3, 50]
/// ```
public final class Embedding: Module {
    @Parameter public var weight: Tensor
    public let count: Int
    public let dim: Int
    /// The index whose row starts at zero and gets no gradient.
    public let paddingIndex: Int?
    /// The largest norm of a row; longer rows that are looked up are shortened in place.
    public let maxNorm: Double?
    /// Whether the gradient holds the rows that were looked up, and no others.
    public let isSparse: Bool

    /// - Parameters:
    ///   - paddingIndex: The index of padding, whose row starts at zero and is not trained; a negative one counts from
    ///     the end.
    ///   - maxNorm: The largest norm of a row.
    ///   - sparse: Whether the gradient holds only the rows that were looked up, for tables of millions of rows. Adam
    ///     then moves those rows alone, as PyTorch's `SparseAdam`: averages and weight decay of the other rows stand
    ///     still. Other optimizers fill the gradient up with zeros first.
    public init(
        _ count: Int, _ dim: Int, paddingIndex: Int? = nil, maxNorm: Double? = nil, sparse: Bool = false
    ) {
        let reader = SizeReader(layer: "Embedding", rank: 1)
        reader.check(count, "count")
        reader.check(dim, "dim")
        self.count = count
        self.dim = dim
        self.maxNorm = maxNorm
        isSparse = sparse
        var padding = paddingIndex.map { $0 < 0 ? $0 + count : $0 }
        if let index = padding, !(0..<max(count, 0)).contains(index) {
            reader.fail("paddingIndex \(paddingIndex ?? index) is not an index of \(count) rows")
            padding = nil
        }
        self.paddingIndex = padding
        let weight = Init.normal_(Tensor.empty([count, dim]))
        if let padding { withoutGradients { _ = weight.select(dim: 0, index: padding).zero_() } }
        self.weight = weight
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        if let maxNorm { shorten(rows: input, to: maxNorm) }
        return .embedding(weight, input, paddingIdx: paddingIndex ?? -1, sparse: isSparse)
    }

    private func shorten(rows: Tensor, to maxNorm: Double) {
        withoutGradients {
            let looked = rows.reshape(-1)
            let found = weight.detached().indexSelect(dim: 0, looked)
            let norms = found.square().sum(dim: 1, keepDim: true).sqrt()
            let scale = (maxNorm / (norms + 1e-7)).clamp(max: 1)
            weight.detached().indexCopy_(dim: 0, looked, found * scale)
        }
    }

    public override var settings: String {
        "\(count), \(dim)" + (paddingIndex.map { ", paddingIndex: \($0)" } ?? "") + (isSparse ? ", sparse: true" : "")
    }
}

/// `EmbeddingBag(count, dim)`: the mean, sum or maximum of the rows of several indices.
///
/// Indices `[batch, length]` (int64) give `[batch, dim]`. The weight is `[count, dim]` and starts with standard normal
/// numbers.
///
/// ```swift
/// let bag = EmbeddingBag(1000, 50, mode: .sum)
/// bag(Tensor([[3, 14, 159], [2, 6, 5]])).shape       // [2, 50]
/// ```
public final class EmbeddingBag: Module {
    @Parameter public var weight: Tensor
    public let mode: BagMode

    public init(_ count: Int, _ dim: Int, mode: BagMode = .mean) {
        let reader = SizeReader(layer: "EmbeddingBag", rank: 1)
        reader.check(count, "count")
        reader.check(dim, "dim")
        self.mode = mode
        weight = Init.normal_(Tensor.empty([count, dim]))
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        guard input.dim == 2 || !input.isDefined else {
            TorchFailure.report(
                TorchError(
                    operation: "EmbeddingBag", inputs: "\(input.shape)", reason: "indices [batch, length] are expected")
            )
            return .undefined
        }
        let (batch, length) = (input.shape[0], input.shape[1])
        let offsets = Tensor.arange(0, batch, dtype: .int64, device: input.device) * length
        return .embeddingBag(weight, input.reshape(-1), offsets: offsets, mode: mode)
    }
}
