// Transformers for texts: from tokens to a hidden state for each.
import ApusCore
import Torch

/// A transformer for texts without a head: BERT, DistilBERT, RoBERTa, DeBERTa v2 and v3, GPT-2.
///
/// Token numbers, int64 `[batch, length]`, give hidden states `[batch, length, width]`. Tokens of the number
/// ``TransformerConfiguration/padding`` are not looked at; put them at the end of a text.
///
/// ```swift
/// let folder = try TransformerFolder(URL(filePath: "bert-base-uncased"))
/// let bert = try folder.transformer()
/// let hidden = bert(Tensor([[101, 7592, 102, 0]]))        // [1, 4, 768]
/// ```
/// Parts of a text, such as the two sentences of a pair, are told apart by a second input of the same shape with 0 and 1.
public final class Transformer: Module, StoredModel, GroupedModule {
    public static let storedName = "Transformer"

    public typealias Configuration = TransformerConfiguration
    public let configuration: Configuration
    let embeddings: TransformerEmbeddings
    let distances: TransformerDistances?
    let convolution: TransformerConvolution?
    let layers: [TransformerLayer]
    let norm: LayerNorm?
    private let context = AttentionContext()
    /// How many tokens were read before, where keys and values are kept.
    private(set) var readCount = 0

    /// A transformer with initial weights: normal numbers of a deviation of 0.02.
    ///
    /// - Throws: ``TextError`` for sizes that are not possible.
    public init(_ configuration: Configuration) throws {
        try configuration.check()
        self.configuration = configuration
        embeddings = TransformerEmbeddings(configuration)
        distances = configuration.relative.map { TransformerDistances(configuration, $0) }
        convolution = configuration.convolution.map { TransformerConvolution(configuration, $0) }
        let context = context
        layers = (0..<configuration.layers).map { TransformerLayer(configuration, number: $0, context) }
        norm =
            configuration.normalizesFirst ? LayerNorm(configuration.width, eps: configuration.normEpsilon) : nil
        super.init()
        initializeTransformer(self)
        guard configuration.family == .gpt2 else { return }
        // What is added around each layer starts smaller the more layers there are.
        let deviation = 0.02 / Double(2 * configuration.layers).squareRoot()
        for layer in layers {
            for linear in [layer.attention.output, layer.outer] { Init.normal_(linear.weight, std: deviation) }
        }
    }

    /// Embeddings, then each layer by itself, so that layers are freed one after the other and have rates of their own.
    public var parameterGroups: [[Tensor]] {
        let first = embeddings.parameters() + (distances?.parameters() ?? []) + (convolution?.parameters() ?? [])
        var groups = [first] + layers.map { $0.parameters() }
        groups[groups.count - 1] += norm?.parameters() ?? []
        return groups
    }

    public override func forward(_ input: Tensor) -> Tensor { forward([input]) }

    /// The hidden states for token numbers, and where it is given a second input, for the parts they belong to.
    public override func forward(_ inputs: [Tensor]) -> Tensor { states(inputs, all: false).last ?? .undefined }

    /// The sum of the embeddings and the output of each layer, `[batch, length, width]`, as `transformers` gives them with
    /// `output_hidden_states`. The last is the model's output.
    public func hiddenStates(_ tokens: Tensor) -> [Tensor] { states([tokens], all: true) }

    /// Which tokens are no padding, bool `[batch, length]`; nil where the model knows no padding.
    public func isReal(_ tokens: Tensor) -> Tensor? { configuration.padding.map { tokens .!= $0 } }

    private func states(_ inputs: [Tensor], all: Bool) -> [Tensor] {
        guard let tokens = inputs.first, tokens.isDefined, check(tokens) else { return [] }
        let real = realTokens(tokens)
        context.visible = real.map { visible(of: $0) }
        context.distances = distances.map { $0(length: tokens.size(1)) }
        defer { (context.visible, context.distances) = (nil, nil) }
        var hidden = embeddings(
            tokens, types: inputs.count > 1 ? inputs[1] : nil, real: real, offset: context.isIncremental ? readCount : 0
        )
        let first = hidden
        var states: [Tensor] = []
        for (number, layer) in layers.enumerated() {
            if all { states.append(hidden) }
            hidden = layer(hidden)
            if number == 0, let convolution { hidden = convolution(hidden, input: first, real: real) }
        }
        if context.isIncremental { readCount += tokens.size(1) }
        return states + [norm?(hidden) ?? hidden]
    }

    /// ``isReal(_:)``; nil where nothing is padding, where that costs no waiting for the device.
    private func realTokens(_ tokens: Tensor) -> Tensor? {
        guard !context.isIncremental, let real = isReal(tokens) else { return nil }
        if tokens.device == .cpu, real.all().item() != 0 { return nil }
        return real
    }

    /// Which tokens may be looked at, bool `[batch, 1, 1, length]`; all of a row that is nothing but padding, since a mean
    /// over no token is not a number.
    private func visible(of real: Tensor) -> Tensor {
        real.logicalOr(real.any(dim: 1, keepDim: true).logicalNot()).unsqueeze(1).unsqueeze(1)
    }

    private func check(_ tokens: Tensor) -> Bool {
        func fail(_ reason: String) -> Bool {
            TorchError(operation: "Transformer", inputs: "\(tokens.shape) \(tokens.dtype)", reason: reason).report()
            return false
        }
        guard tokens.dim == 2, !tokens.dtype.isFloatingPoint, tokens.size(1) > 0 else {
            return fail("token numbers, int64 [batch, length], of at least one token are expected")
        }
        let length = tokens.size(1) + (context.isIncremental ? readCount : 0)
        if let most = configuration.maxLength, length > most {
            return fail(
                "the model knows the positions of \(most) tokens and not of \(length); cut texts to \(most) tokens")
        }
        return true
    }

    // MARK: Token by token

    /// Keeps keys and values from now on, of which there are none.
    func beginKeeping() {
        stopKeeping()
        context.isIncremental = true
    }

    /// Forgets keys and values.
    func stopKeeping() {
        context.isIncremental = false
        readCount = 0
        for layer in layers { layer.attention.kept = nil }
    }

    /// Takes the kept keys and values of other rows.
    func reorder(_ rows: Tensor) {
        for layer in layers {
            layer.attention.kept = layer.attention.kept.map {
                ($0.keys.indexSelect(dim: 0, rows), $0.values.indexSelect(dim: 0, rows))
            }
        }
    }
}

/// Gives linear layers and embeddings normal numbers of a deviation of 0.02, biases and the rows of padding zero.
func initializeTransformer(_ model: Module) {
    model.apply { module in
        if let linear = module as? Linear {
            Init.normal_(linear.weight, std: 0.02)
            if let bias = linear.bias { Init.zeros_(bias) }
        } else if let embedding = module as? Embedding {
            Init.normal_(embedding.weight, std: 0.02)
            if let padding = embedding.paddingIndex {
                withoutGradients { _ = embedding.weight.select(dim: 0, index: padding).zero_() }
            }
        }
    }
}
