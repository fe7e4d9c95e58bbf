// The model of whole texts: an AWD-LSTM that reads them in pieces, under a head for the task.
import ApusCore
import Torch

/// How a ``TextModel`` reads a text, and what its head is made of.
public struct TextHead: Sendable, Codable, Equatable {
    /// The widths of the layers between the pooled outputs and the answer; `[50]` by default.
    public var hidden: [Int]
    /// The probability of dropout before each of these layers' successors; 0.1 by default.
    public var dropout: Double
    /// The tokens that are read at once; nil, the default, for those of the data's pieces, or 72.
    public var pieceLength: Int?
    /// Of how many tokens at most, from the end of the text, the head sees the outputs; 1440 by default, nil for all.
    public var maxLength: Int?
    /// Between which numbers a sigmoid holds the outputs; nil, the default, for any.
    public var range: ClosedRange<Double>?

    /// A head that differs from fastai's in what is given.
    public init(
        hidden: [Int] = [50], dropout: Double = 0.1, pieceLength: Int? = nil, maxLength: Int? = 72 * 20,
        range: ClosedRange<Double>? = nil
    ) {
        self.hidden = hidden
        self.dropout = dropout
        self.pieceLength = pieceLength
        self.maxLength = maxLength
        self.range = range
    }
}

/// Pools the outputs for whole texts into one vector and makes the answer of it: blocks of batch normalization, dropout and a
/// linear layer, as fastai's `PoolingLinearClassifier`.
final class PoolingHead: Module {
    let layers: Sequential

    init(widths: [Int], dropout: [Double], range: ClosedRange<Double>?, scale: OutputScale?) {
        var blocks: [Module] = zip(zip(widths, widths.dropFirst()), dropout).enumerated().map { place, block in
            let ((inputs, outputs), p) = block
            var parts: [Module] = [BatchNorm1d(inputs)]
            if p != 0 { parts.append(Dropout(p)) }
            parts.append(Linear(inputs, outputs, bias: false))
            if place < widths.count - 2 { parts.append(ReLU()) }
            return Sequential(parts)
        }
        if let range {
            blocks.append(SigmoidRange(range.lowerBound, range.upperBound))
        } else if let scale {
            blocks.append(scale)
        }
        layers = Sequential(blocks)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { layers(input) }
}

/// What answers for whole texts: an ``AWDLSTM`` that reads them in pieces, pooled outputs, a head.
///
/// Tokens `[batch, length]` give `[batch, outputs]`. As in fastai the encoder is layer 0 and the head layer 1, so that weights
/// of fastai's classifiers load by their names. Howard and Ruder 2018, https://arxiv.org/abs/1801.06146.
///
/// ```swift
/// let model = try TextModel(vocabularySize: 20_000, outputs: 2)
/// ```
public final class TextModel: Sequential, GroupedModule, MultiOutputModule {
    public let configuration: Configuration
    // As a pair, which is not searched for parameters: those of the layers have their names by place.
    private let parts: (encoder: SentenceEncoder, head: PoolingHead)

    /// What reads the texts.
    public var encoder: SentenceEncoder { parts.encoder }

    /// - Parameters:
    ///   - vocabularySize: The number of tokens.
    ///   - outputs: The numbers of an answer.
    ///   - padding: The number of the token that fills texts up.
    ///   - head: fastai's by default.
    ///   - scale: The last layer, which gives the outputs the targets' own units; it takes no part beside a range.
    ///   - options: What the encoder is made of; fastai's `awd_lstm_clas_config` by default.
    /// - Throws: ``TextError`` for a size or a probability that is not possible.
    public convenience init(
        vocabularySize: Int, outputs: Int, padding: Int = 1, head: TextHead = TextHead(), scale: OutputScale? = nil,
        _ options: AWDLSTMOptions = .classifier
    ) throws {
        try self.init(
            Configuration(
                vocabularySize: vocabularySize, outputs: outputs, padding: padding, head: head, options: options,
                scales: head.range == nil ? scale?.scales : nil))
    }

    private init(_ encoder: SentenceEncoder, _ head: PoolingHead, _ configuration: Configuration) {
        (parts, self.configuration) = ((encoder, head), configuration)
        super.init([encoder, head])
    }

    /// The answer, and the outputs for all tokens twice: where a language model has them with and without dropout.
    public func outputs(_ inputs: [Tensor]) -> [Tensor] { outputs(inputs, keptPlaces: nil) }

    /// ``outputs(_:)`` that keeps what the gradient needs of some places, texts times tokens, alone.
    func outputs(_ inputs: [Tensor], keptPlaces: Int?) -> [Tensor] {
        let (output, isPadding) = encoder.encode(inputs.first ?? .undefined, keptPlaces: keptPlaces)
        return [parts.head(maskedConcatPool(output, isPadding: isPadding)), output, output]
    }

    public override func forward(_ input: Tensor) -> Tensor { outputs([input])[0] }

    /// The tokens' vectors, a group for each layer of the encoder, the head: fastai's `awd_lstm_clas_split`.
    public var parameterGroups: [[Tensor]] {
        let net = encoder.module
        return [net.encoder.parameters()] + net.rnns.map { $0.parameters() } + [parts.head.parameters()]
    }
}

extension TextModel: StoredModel {
    public static let storedName = "TextModel"

    /// What a ``TextModel`` is made from.
    public struct Configuration: Sendable, Equatable, Codable {
        /// The number of tokens.
        public var vocabularySize: Int
        /// The numbers of an answer.
        public var outputs: Int
        /// The number of the token that fills texts up.
        public var padding: Int
        /// How texts are read, and what the head is made of.
        public var head: TextHead
        /// What the encoder is made of.
        public var options: AWDLSTMOptions
        /// The scale of each output; nil where numbers are learned as they are.
        public var scales: [NumberScale]?
    }

    public convenience init(_ configuration: Configuration) throws {
        let (head, options) = (configuration.head, configuration.options)
        let pieceLength = head.pieceLength ?? 72
        for (name, size) in [("outputs", configuration.outputs), ("tokens in a piece", pieceLength)]
            + head.hidden.map({ ("numbers in a layer", $0) })
            + (head.maxLength.map { [("tokens of a text", $0)] } ?? [])
        where !(1...1_000_000_000).contains(size) {
            throw TextError("A model of texts cannot have \(size) \(name); give 1 or more.")
        }
        guard (0...1).contains(head.dropout) else {
            throw TextError("A probability of dropout of \(head.dropout) is not possible; give one from 0 to 1.")
        }
        let net = try AWDLSTM(
            vocabularySize: configuration.vocabularySize, padding: configuration.padding, options)
        let encoder = SentenceEncoder(
            net, pieceLength: pieceLength, maxLength: head.maxLength.map { max($0, pieceLength) },
            padding: configuration.padding)
        let pooled = PoolingHead(
            widths: [3 * options.embeddingSize] + head.hidden + [configuration.outputs],
            dropout: [options.dropout.output] + head.hidden.map { _ in head.dropout }, range: head.range,
            scale: configuration.scales.map { OutputScale($0) })
        self.init(encoder, pooled, configuration)
    }
}
