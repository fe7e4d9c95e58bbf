// Language models: an encoder of texts and a decoder that says which token comes next.
import ApusCore
import Torch

/// A linear layer from outputs to the tokens of a vocabulary, with dropout before it.
public final class LinearDecoder: Module {
    /// The layer `[vocabulary, width]`, whose weight may be the tokens' vectors.
    public let decoder: Linear
    let outputDp: RNNDropout

    /// - Parameter weight: The tokens' vectors, to have the same numbers at both ends; nil for a weight of its own.
    init(_ vocabularySize: Int, _ width: Int, dropout: Double, weight: Tensor?, bias: Bool) {
        decoder = Linear(width, vocabularySize, bias: bias)
        outputDp = RNNDropout(dropout)
        if let bias = decoder.bias { Init.zeros_(bias) }
        if let weight {
            decoder.weight = weight
        } else {
            Init.uniform_(decoder.weight, -0.1, 0.1)
        }
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { decoder(outputDp(input)) }
}

/// What predicts the next token at each place of a text: an ``AWDLSTM`` and a ``LinearDecoder``.
///
/// Tokens `[batch, length]` give logits `[batch, length, vocabulary]`. As in fastai the encoder is layer 0 and the decoder
/// layer 1, so that weights of fastai's language models load by their names.
///
/// ```swift
/// let model = try LanguageModel(vocabularySize: 20_000)
/// model(Tensor.zeros(64, 72, dtype: .int64)).shape        // [64, 72, 20000]
/// ```
public final class LanguageModel: Sequential, GroupedModule, MultiOutputModule, DecodedLanguageModel {
    /// The number of the token that fills texts up.
    public let padding: Int
    // As a pair, which is not searched for parameters: those of the layers have their names by place.
    private let parts: (encoder: AWDLSTM, decoder: LinearDecoder)

    /// - Parameters:
    ///   - vocabularySize: The number of tokens.
    ///   - padding: The number of the token that fills texts up.
    ///   - options: fastai's `awd_lstm_lm_config` by default.
    /// - Throws: ``TextError`` for a size or a probability that is not possible.
    public init(vocabularySize: Int, padding: Int = 1, _ options: AWDLSTMOptions = .languageModel) throws {
        let encoder = try AWDLSTM(vocabularySize: vocabularySize, padding: padding, options)
        let decoder = LinearDecoder(
            vocabularySize, options.embeddingSize, dropout: options.dropout.output,
            weight: options.tiesWeights ? encoder.encoder.weight : nil, bias: options.hasOutputBias)
        parts = (encoder, decoder)
        self.padding = padding
        super.init([encoder, decoder])
    }

    /// What understands the text so far.
    public var encoder: AWDLSTM { parts.encoder }
    /// What says which token comes next.
    public var decoder: LinearDecoder { parts.decoder }

    /// The outputs of the encoder, and those outputs of which dropout has left a part: what the decoder sees.
    public func hidden(_ input: Tensor) -> (raw: Tensor, dropped: Tensor) {
        let raw = encoder(input)
        return (raw, decoder.outputDp(raw))
    }

    /// The logits, the outputs of the encoder, and those outputs of which dropout has left a part.
    public func outputs(_ inputs: [Tensor]) -> [Tensor] {
        let (raw, dropped) = hidden(inputs.first ?? .undefined)
        return [decoder.decoder(dropped), raw, dropped]
    }

    public override func forward(_ input: Tensor) -> Tensor { outputs([input])[0] }

    public func hiddenOutputs(_ tokens: Tensor) -> [Tensor] {
        let (raw, dropped) = hidden(tokens)
        return [raw, dropped]
    }

    public var decoderWeights: (weight: Tensor, bias: Tensor?) { (decoder.decoder.weight, decoder.decoder.bias) }

    /// A group for each layer of the encoder, then the tokens' vectors with the decoder: fastai's `awd_lstm_lm_split`.
    public var parameterGroups: [[Tensor]] {
        let own = encoder.options.tiesWeights ? [] : [decoder.decoder.weight]
        let ends = [encoder.encoder.weight] + own + [decoder.decoder.bias].compactMap { $0 }
        return encoder.rnns.map { $0.parameters() } + [ends]
    }
}

extension LanguageModel: StoredModel {
    public static let storedName = "LanguageModel"

    /// What a ``LanguageModel`` is made from.
    public struct Configuration: Sendable, Equatable, Codable {
        /// The number of tokens.
        public var vocabularySize: Int
        /// The number of the token that fills texts up.
        public var padding: Int
        /// What the encoder is made of.
        public var options: AWDLSTMOptions
    }

    public var configuration: Configuration {
        Configuration(vocabularySize: encoder.encoder.count, padding: padding, options: encoder.options)
    }

    public convenience init(_ configuration: Configuration) throws {
        try self.init(
            vocabularySize: configuration.vocabularySize, padding: configuration.padding, configuration.options)
    }
}

extension LanguageModel: IncrementalLanguageModel {
    public func start(_ tokens: Tensor) -> Tensor {
        reset()
        return next(of: tokens)
    }

    public func next(_ tokens: Tensor) -> Tensor { next(of: tokens.unsqueeze(1)) }

    public func reorder(_ rows: Tensor) {
        encoder.carriedState = encoder.carriedState.map { $0.indexSelect(dim: 1, rows) }
    }

    public func reset() { encoder.carriedState = [] }

    /// The logits of the token behind `[batch, length]`; the others are not decoded.
    private func next(of tokens: Tensor) -> Tensor {
        let raw = encoder(tokens)
        guard raw.isDefined else { return .undefined }
        return decoder(raw.narrow(dim: 1, start: raw.size(1) - 1, length: 1)).squeeze(dim: 1)
    }
}
