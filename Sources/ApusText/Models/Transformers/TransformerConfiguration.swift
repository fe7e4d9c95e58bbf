// What a transformer for texts is made from.
import Foundation
import Torch

/// What a transformer for texts is made from: the family and its sizes.
///
/// The values are those of Hugging Face's `config.json`, which ``init(huggingFace:)`` reads. One of your own:
///
/// ```swift
/// var small = TransformerConfiguration(.bert, vocabularySize: 8000, width: 128, layers: 2, heads: 2)
/// small.dropout = 0
/// let model = try Transformer(small)
/// ```
public struct TransformerConfiguration: Sendable, Codable, Equatable {
    /// The kinds of transformers.
    public enum Family: String, Sendable, Codable, CaseIterable {
        /// BERT (Devlin et al., 2018), and models of its form such as MiniLM.
        case bert
        /// DistilBERT (Sanh et al., 2019).
        case distilbert
        /// RoBERTa (Liu et al., 2019), XLM-RoBERTa and CamemBERT.
        case roberta
        /// DeBERTa (He et al., 2020) of versions 2 and 3, with attention to distances.
        case debertaV2 = "deberta-v2"
        /// GPT-2 (Radford et al., 2019), which reads from left to right.
        case gpt2
    }

    /// The nonlinear functions between two layers.
    public enum Activation: String, Sendable, Codable {
        case gelu
        /// GELU by its approximation with tanh.
        case geluTanh = "gelu_tanh"
        case relu, silu, tanh
    }

    /// How DeBERTa attends to distances.
    public struct RelativeAttention: Sendable, Codable, Equatable {
        /// The distance from which on all count as one.
        public var maxDistance: Int
        /// The number of classes for distances of one sign: near ones have one each, far ones share them by the logarithm;
        /// nil for one class for each distance.
        public var buckets: Int?
        /// Whether words attend to distances ("c2p").
        public var contentToPosition = true
        /// Whether distances attend to words ("p2c").
        public var positionToContent = true
        /// Whether distances go through the words' projections, as in version 3, or through their own.
        public var sharesProjections = true
        /// Whether the vectors of distances are normalized.
        public var isNormalized = true

        public init(maxDistance: Int, buckets: Int?) { (self.maxDistance, self.buckets) = (maxDistance, buckets) }

        /// The classes for distances of one sign.
        var span: Int { buckets ?? maxDistance }
    }

    /// The convolution over neighboring tokens beside the first layer of large DeBERTa v2 models.
    public struct Convolution: Sendable, Codable, Equatable {
        /// The number of tokens that it sees.
        public var size: Int
        public var groups = 1
        public var activation = Activation.tanh

        public init(size: Int) { self.size = size }
    }

    public var family: Family
    /// The number of tokens that the model knows.
    public var vocabularySize: Int
    /// The width of the hidden states.
    public var width: Int
    /// The number of layers.
    public var layers: Int
    /// The heads of the attention, which divide the width among them.
    public var heads: Int
    /// The width between the two linear layers that follow the attention; four times ``width`` by default.
    public var innerWidth: Int
    /// The width of the tokens' vectors, which are projected to ``width`` where it differs.
    public var embeddingWidth: Int
    /// The number of vectors for positions; 512 by default.
    public var positions = 512
    /// Whether the vectors of positions are added to those of tokens; false for DeBERTa v3, which knows distances alone.
    public var addsPositions = true
    /// The kinds of parts of a text, such as the first and second sentence of a pair; 0 for none.
    public var tokenTypes: Int
    public var activation: Activation
    /// Added to the variance in the normalization of layers.
    public var normEpsilon: Double
    /// The number of the token that texts are filled up with; nil where the model knows none.
    public var padding: Int?
    /// The probability with which hidden states are dropped in training; 0.1 by default, as for all below.
    public var dropout = 0.1
    /// The probability with which the sums of embeddings are dropped.
    public var embeddingDropout = 0.1
    /// The probability with which attention is dropped.
    public var attentionDropout = 0.1
    /// The probability with which the inputs of a classifier's last layer are dropped.
    public var classifierDropout = 0.1
    /// The probability with which the first token's state is dropped before it goes into DeBERTa's classifier; 0 by default.
    public var poolerDropout = 0.0
    /// The activation in DeBERTa's classifier.
    public var poolerActivation = Activation.gelu
    /// How DeBERTa attends to distances; nil for the other families.
    public var relative: RelativeAttention?
    /// The convolution of large DeBERTa v2 models; nil for none.
    public var convolution: Convolution?
    /// Whether scores are divided by the square root of a head's width.
    public var scalesScores = true
    /// Whether scores of a layer are also divided by the layer's number, from 1 on.
    public var scalesScoresByLayer = false
    /// Whether the decoder of a language model has the tokens' vectors as its weight.
    public var tiesDecoder = true

    /// The configuration of a family with its usual settings.
    ///
    /// - Parameters:
    ///   - family: The form of the model.
    ///   - vocabularySize: The number of tokens.
    ///   - width: The width of the hidden states.
    ///   - layers: The number of layers.
    ///   - heads: The heads of the attention; they divide the width among them.
    public init(_ family: Family, vocabularySize: Int, width: Int, layers: Int, heads: Int) {
        self.family = family
        self.vocabularySize = vocabularySize
        (self.width, self.layers, self.heads) = (width, layers, heads)
        innerWidth = 4 &* width
        embeddingWidth = width
        tokenTypes = family == .bert || family == .roberta ? 2 : 0
        activation = family == .gpt2 ? .geluTanh : .gelu
        switch family {
        case .bert: (normEpsilon, padding) = (1e-12, 0)
        case .distilbert: (normEpsilon, padding, classifierDropout) = (1e-12, 0, 0.2)
        case .roberta: (normEpsilon, padding, positions) = (1e-5, 1, 514)
        case .debertaV2:
            (normEpsilon, padding, addsPositions) = (1e-7, 0, false)
            relative = RelativeAttention(maxDistance: 512, buckets: 256)
        case .gpt2: (normEpsilon, padding, positions) = (1e-5, nil, 1024)
        }
    }

    /// The most tokens of a text; nil for a model that knows distances alone.
    public var maxLength: Int? {
        guard addsPositions else { return nil }
        return family == .roberta ? positions - firstPosition : positions
    }

    /// The position of the first token: RoBERTa counts from behind the padding's number on.
    var firstPosition: Int { family == .roberta ? (padding ?? -1) + 1 : 0 }

    /// Whether layers normalize their inputs, as GPT-2's, or their outputs.
    var normalizesFirst: Bool { family == .gpt2 }

    /// Whether tokens see those before them alone.
    var isCausal: Bool { family == .gpt2 }

    /// - Throws: ``TextError`` for sizes that are not possible.
    func check() throws {
        let sizes = [
            ("a vocabulary of", vocabularySize), ("a width of", width), ("a number of layers of", layers),
            ("a number of heads of", heads), ("an inner width of", innerWidth),
            ("an embedding width of", embeddingWidth),
            ("a number of positions of", positions),
        ]
        for (name, size) in sizes where !(1...Self.largest).contains(size) {
            throw problem("\(name) \(size)", "give one of 1 to \(Self.largest)")
        }
        guard (0...Self.largest).contains(tokenTypes) else {
            throw problem("\(tokenTypes) token types", "give 0 or more")
        }
        guard width % heads == 0 else {
            throw problem(
                "a width of \(width), which does not divide into \(heads) heads", "give a multiple of the heads")
        }
        if let padding, !(0..<vocabularySize).contains(padding) {
            throw problem(
                "the padding token \(padding), which is none of its \(vocabularySize) tokens",
                "give the number of a token, or nil")
        }
        guard (maxLength ?? 1) > 0 else {
            throw problem(
                "\(positions) positions, of which RoBERTa leaves the first \(firstPosition) out", "give more positions")
        }
        let rates = [dropout, embeddingDropout, attentionDropout, classifierDropout, poolerDropout]
        if let rate = rates.first(where: { !(0...1).contains($0) }) {
            throw problem("a dropout of \(rate)", "give probabilities from 0 to 1")
        }
        if let relative,
            !(1...Self.largest).contains(relative.maxDistance) || !(2...Self.largest).contains(relative.span)
        {
            throw problem(
                "distances up to \(relative.maxDistance) in \(relative.span) classes", "give at least 1 and 2")
        }
        if let convolution {
            let isPossible = convolution.size % 2 == 1 && (1...1024).contains(convolution.size)
            guard isPossible, convolution.groups > 0, width % convolution.groups == 0 else {
                throw problem(
                    "a convolution over \(convolution.size) tokens in \(convolution.groups) groups",
                    "give an odd size, and groups that divide the width of \(width)")
            }
        }
    }

    private static let largest = 1 << 24

    private func problem(_ what: String, _ advice: String) -> TextError {
        TextError(
            "A transformer of the family \(family.rawValue) is to have \(what), which is not possible; \(advice).")
    }
}

extension TransformerConfiguration.Activation {
    func callAsFunction(_ input: Tensor) -> Tensor {
        switch self {
        case .gelu: input.gelu(approximate: "none")
        case .geluTanh: input.gelu(approximate: "tanh")
        case .relu: input.relu()
        case .silu: input.silu()
        case .tanh: input.tanh()
        }
    }
}
