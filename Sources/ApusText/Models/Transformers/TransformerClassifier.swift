// Transformers with a head for classes or numbers, of whole texts or of each token.
import ApusCore
import Torch

/// A transformer under a head for whole texts, as `transformers` builds it (`BertForSequenceClassification` and its
/// relatives), so that checkpoints of fine-tuned models load.
///
/// Token numbers, int64 `[batch, length]`, give logits `[batch, outputs]`, or numbers for a regression. BERT, RoBERTa,
/// DistilBERT and DeBERTa judge by the first token, GPT-2 by the last that is no padding.
///
/// ```swift
/// let model = try TransformerFolder(folder).classifier(outputs: 2)
/// model.parameterGroups.count       // embeddings, each layer, head
/// ```
public final class TransformerClassifier: Module, StoredModel, GroupedModule {
    public static let storedName = "TransformerClassifier"

    /// What a ``TransformerClassifier`` is made from.
    public struct Configuration: Sendable, Codable, Equatable {
        public var transformer: TransformerConfiguration
        /// The number of classes, or of numbers of a regression.
        public var outputs: Int
        /// The scale of each output of a regression; nil where outputs are taken as they are.
        public var scales: [NumberScale]?

        public init(_ transformer: TransformerConfiguration, outputs: Int, scales: [NumberScale]? = nil) {
            (self.transformer, self.outputs, self.scales) = (transformer, outputs, scales)
        }
    }

    public let configuration: Configuration
    public let body: Transformer
    let head: TransformerHead
    private let scale: OutputScale?

    /// A classifier with initial weights.
    ///
    /// - Throws: ``TextError`` for sizes that are not possible.
    public convenience init(_ configuration: Configuration) throws {
        try self.init(configuration, body: Transformer(configuration.transformer))
    }

    init(_ configuration: Configuration, body: Transformer) throws {
        try checkOutputs(configuration.outputs)
        self.configuration = configuration
        self.body = body
        head = TransformerHead(configuration.transformer, outputs: configuration.outputs)
        scale = configuration.scales.map { OutputScale($0) }
        super.init()
        initializeTransformer(head)
    }

    /// The body's groups, then the head.
    public var parameterGroups: [[Tensor]] { body.parameterGroups + [head.parameters()] }

    public override func forward(_ input: Tensor) -> Tensor { forward([input]) }

    public override func forward(_ inputs: [Tensor]) -> Tensor {
        let hidden = body(inputs)
        guard hidden.isDefined, let tokens = inputs.first else { return .undefined }
        let outputs = head(state(of: hidden, tokens))
        return scale?(outputs) ?? outputs
    }

    /// The state that stands for the text, `[batch, width]`.
    private func state(of hidden: Tensor, _ tokens: Tensor) -> Tensor {
        configuration.transformer.isCausal
            ? hidden.lastTokens(real: body.isReal(tokens)) : hidden.select(dim: 1, index: 0)
    }
}

/// A transformer under a linear layer for each token, as `transformers` builds it (`BertForTokenClassification` and its
/// relatives): for names, parts of speech and other tags.
///
/// Token numbers, int64 `[batch, length]`, give logits `[batch, length, outputs]`.
public final class TransformerTokenClassifier: Module, StoredModel, GroupedModule {
    public static let storedName = "TransformerTokenClassifier"

    public typealias Configuration = TransformerClassifier.Configuration
    public let configuration: Configuration
    public let body: Transformer
    let head: TransformerHead

    /// A classifier of tokens with initial weights.
    ///
    /// - Throws: ``TextError`` for sizes that are not possible.
    public convenience init(_ configuration: Configuration) throws {
        try self.init(configuration, body: Transformer(configuration.transformer))
    }

    init(_ configuration: Configuration, body: Transformer) throws {
        try checkOutputs(configuration.outputs)
        self.configuration = configuration
        self.body = body
        head = TransformerHead(tokensOf: configuration.transformer, outputs: configuration.outputs)
        super.init()
        initializeTransformer(head)
    }

    /// The body's groups, then the head.
    public var parameterGroups: [[Tensor]] { body.parameterGroups + [head.parameters()] }

    public override func forward(_ input: Tensor) -> Tensor { forward([input]) }
    public override func forward(_ inputs: [Tensor]) -> Tensor { head(body(inputs)) }
}

private func checkOutputs(_ outputs: Int) throws {
    guard (1...(1 << 24)).contains(outputs) else {
        throw TextError("A transformer's head of \(outputs) outputs is not possible; give at least 1.")
    }
}

/// The layers between the state of a token, `[..., width]`, and the outputs.
final class TransformerHead: Module {
    let dense: Linear?
    let output: Linear
    private let activation: TransformerConfiguration.Activation
    private let dropoutBefore: Double
    private let dropout: Double

    /// The head for whole texts.
    init(_ configuration: TransformerConfiguration, outputs: Int) {
        let width = configuration.width
        let isCausal = configuration.isCausal
        dense = isCausal ? nil : Linear(width, width)
        // GPT-2's has no bias.
        output = Linear(width, outputs, bias: !isCausal)
        switch configuration.family {
        case .bert: (activation, dropoutBefore) = (.tanh, 0)
        case .roberta: (activation, dropoutBefore) = (.tanh, configuration.classifierDropout)
        case .distilbert: (activation, dropoutBefore) = (.relu, 0)
        case .debertaV2: (activation, dropoutBefore) = (configuration.poolerActivation, configuration.poolerDropout)
        case .gpt2: (activation, dropoutBefore) = (.tanh, 0)
        }
        dropout = isCausal ? 0 : configuration.classifierDropout
        super.init()
    }

    /// The head for each token.
    init(tokensOf configuration: TransformerConfiguration, outputs: Int) {
        dense = nil
        output = Linear(configuration.width, outputs)
        (activation, dropoutBefore, dropout) = (.tanh, 0, configuration.classifierDropout)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        guard let dense else { return output(dropped(input, dropout)) }
        return output(dropped(activation(dense(dropped(input, dropoutBefore))), dropout))
    }

    private func dropped(_ input: Tensor, _ p: Double) -> Tensor {
        isTraining && p > 0 ? input.dropout(p, training: true) : input
    }
}
