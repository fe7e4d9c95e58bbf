// The encoder of language models and classifiers: a recurrent net with all kinds of dropout.
import ApusCore
import Torch

/// A recurrent net over texts with dropout of its weights, its inputs, its outputs and whole tokens (Merity, Keskar and
/// Socher 2017, https://arxiv.org/abs/1708.02182).
///
/// Tokens `[batch, length]` (int64) give outputs `[batch, length, embeddingSize]`. The state behind the last token is kept
/// for the next batch, whose texts go on where these end. Names of parameters are fastai's `AWD_LSTM`'s.
///
/// ```swift
/// let encoder = try AWDLSTM(vocabularySize: 20_000)
/// encoder(Tensor.zeros(64, 72, dtype: .int64)).shape      // [64, 72, 400]
/// ```
public final class AWDLSTM: Module, StatefulModule {
    /// The tokens' vectors.
    public let encoder: Embedding
    let encoderDp: EmbeddingDropout
    let rnns: [RecurrentLayer]
    let inputDp: RNNDropout
    let hiddenDps: [RNNDropout]
    /// What the net is made of.
    public let options: AWDLSTMOptions

    /// The state behind the last batch, two tensors `[directions, batch, width]` for each layer of LSTMs; empty for the
    /// beginning of a text.
    public var carriedState: [Tensor] = []

    /// - Parameters:
    ///   - vocabularySize: The number of tokens.
    ///   - padding: The number of the token that fills texts up; its vector is not trained here.
    ///   - options: fastai's language model by default.
    /// - Throws: ``TextError`` for a size or a probability that is not possible.
    public init(vocabularySize: Int, padding: Int = 1, _ options: AWDLSTMOptions = .languageModel) throws {
        let padding = vocabularySize == 1 ? 0 : padding
        try options.check(vocabularySize: vocabularySize, padding: padding)
        self.options = options
        encoder = Embedding(vocabularySize, options.embeddingSize, paddingIndex: padding)
        Init.uniform_(encoder.weight, -0.1, 0.1)
        encoderDp = EmbeddingDropout(encoder, options.dropout.embedding)
        let directions = options.isBidirectional ? 2 : 1
        rnns = (0..<options.layers).map { layer -> RecurrentLayer in
            let inputs = layer == 0 ? options.embeddingSize : options.hiddenSize
            let outputs = (layer == options.layers - 1 ? options.embeddingSize : options.hiddenSize) / directions
            return switch options.cell {
            case .lstm:
                DroppedLSTM(
                    inputs, outputs, isBidirectional: options.isBidirectional, weightDropout: options.dropout.weight)
            case .qrnn:
                DroppedQRNN(
                    inputs, outputs, window: layer == 0 ? 2 : 1, isBidirectional: options.isBidirectional,
                    weightDropout: options.dropout.weight)
            }
        }
        inputDp = RNNDropout(options.dropout.input)
        hiddenDps = (0..<options.layers).map { _ in RNNDropout(options.dropout.hidden) }
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { outputs(ofVectors: vectors(of: input)) }

    /// The vectors of tokens `[batch, length]`, of which training drops some: `[batch, length, embeddingSize]`.
    public func vectors(of tokens: Tensor) -> Tensor {
        guard tokens.isDefined, tokens.dim == 2 else {
            if tokens.isDefined {
                TorchError(
                    operation: "AWDLSTM", inputs: "\(tokens.shape)", reason: "tokens [batch, length] are expected"
                ).report()
            }
            return .undefined
        }
        return encoderDp(tokens)
    }

    /// The outputs for vectors `[batch, length, embeddingSize]` in the place of tokens, such as vectors whose gradients tell
    /// which words mattered.
    public func outputs(ofVectors vectors: Tensor) -> Tensor {
        guard vectors.isDefined else { return .undefined }
        let batch = vectors.size(0)
        var states = state(for: batch, like: vectors)
        var output = inputDp(vectors)
        for (place, rnn) in rnns.enumerated() {
            let result = rnn(output, state: states[place])
            states[place] = result.state.map { $0.detached() }
            output = place < rnns.count - 1 ? hiddenDps[place](result.output) : result.output
        }
        carriedState = states.flatMap { $0 }
        return output
    }

    /// The carried state of each layer for a batch: texts that are new begin with zeros, those behind the batch's end are
    /// forgotten.
    private func state(for batch: Int, like vectors: Tensor) -> [[Tensor]] {
        var carried = carriedState[...]
        return rnns.map { rnn in
            rnn.stateSizes.map { directions, width in
                guard let state = carried.popFirst(), state.device == vectors.device else {
                    return .zeros([directions, batch, width], dtype: vectors.dtype, device: vectors.device)
                }
                let (rows, known) = (state.size(1), state.to(vectors.dtype))
                if rows == batch { return known }
                if rows > batch { return known.narrow(dim: 1, start: 0, length: batch).contiguous() }
                let new = Tensor.zeros([directions, batch - rows, width], dtype: known.dtype, device: known.device)
                return .cat([known, new], dim: 1)
            }
        }
    }

    public override var settings: String {
        "\(encoder.count), \(options.embeddingSize), \(options.hiddenSize)"
    }
}
