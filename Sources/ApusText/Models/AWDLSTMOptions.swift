// What an AWD-LSTM is made of: its sizes and its probabilities of dropout.
import ApusCore

/// What an ``AWDLSTM`` is made of.
///
/// ```swift
/// var options = AWDLSTMOptions.languageModel       // 400-1152-1152-400
/// options.layers = 4
/// ```
public struct AWDLSTMOptions: Sendable, Codable, Equatable {
    /// The recurrent net of each layer.
    public enum Cell: String, Sendable, Codable {
        /// A long short-term memory.
        case lstm
        /// A quasi-recurrent net (Bradbury and others 2016), as fastai's first version had it: one product for all tokens, and
        /// a recurrence without weights.
        case qrnn
    }

    /// The width of the tokens' vectors, and of the outputs; 400 by default.
    public var embeddingSize: Int
    /// The width between the layers; 1152 by default.
    public var hiddenSize: Int
    /// The number of layers; 3 by default.
    public var layers: Int
    /// The recurrent net of each layer; an LSTM by default.
    public var cell: Cell
    /// Whether a second net reads each text backwards; false by default. Both then have half of the widths.
    public var isBidirectional: Bool
    /// Whether the decoder of a language model has the tokens' vectors as its weight; true by default.
    public var tiesWeights: Bool
    /// Whether the decoder of a language model has a bias; true by default.
    public var hasOutputBias: Bool
    /// The probabilities of dropout; those of a language model by default.
    public var dropout: AWDLSTMDropout

    /// Options that differ from those of fastai's language model in what is given.
    public init(
        embeddingSize: Int = 400, hiddenSize: Int = 1152, layers: Int = 3, cell: Cell = .lstm,
        isBidirectional: Bool = false, tiesWeights: Bool = true, hasOutputBias: Bool = true,
        dropout: AWDLSTMDropout = .languageModel
    ) {
        self.embeddingSize = embeddingSize
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.cell = cell
        self.isBidirectional = isBidirectional
        self.tiesWeights = tiesWeights
        self.hasOutputBias = hasOutputBias
        self.dropout = dropout
    }

    /// fastai's `awd_lstm_lm_config`.
    public static let languageModel = AWDLSTMOptions()
    /// fastai's `awd_lstm_clas_config`.
    public static let classifier = AWDLSTMOptions(dropout: .classifier)

    /// The same model with all probabilities of dropout times a number: fastai's `drop_mult`.
    public func dropping(times factor: Double) -> AWDLSTMOptions {
        var options = self
        options.dropout = dropout.times(factor)
        return options
    }

    /// The same sizes with other probabilities of dropout.
    func with(_ dropout: AWDLSTMDropout) -> AWDLSTMOptions {
        var options = self
        options.dropout = dropout
        return options
    }

    /// Refuses what is not possible.
    func check(vocabularySize: Int, padding: Int) throws {
        let sizes = 1...1_000_000
        for (name, size) in [
            ("an embedding size", embeddingSize), ("a hidden size", hiddenSize), ("a number of layers", layers),
        ] where !sizes.contains(size) {
            throw TextError("An AWD-LSTM cannot have \(name) of \(size); give 1 or more.")
        }
        guard (1...100_000_000).contains(vocabularySize) else {
            throw TextError("An AWD-LSTM cannot have a vocabulary of \(vocabularySize) tokens; give 1 or more.")
        }
        guard (0..<vocabularySize).contains(padding) else {
            throw TextError(
                "Token \(padding) cannot stand for padding in a vocabulary of \(vocabularySize) tokens; give one of them."
            )
        }
        if isBidirectional, embeddingSize % 2 != 0 || hiddenSize % 2 != 0 {
            throw TextError(
                "A bidirectional AWD-LSTM shares its widths between two directions; \(embeddingSize) and \(hiddenSize) must "
                    + "be even.")
        }
        for (name, p) in dropout.named where !(0...1).contains(p) {
            throw TextError(
                "A probability of \(name) dropout of \(p) is not possible; give one from 0 to 1, or a smaller multiplier."
            )
        }
    }
}

/// The probabilities of dropout of an ``AWDLSTM`` (Merity, Keskar and Socher 2017, https://arxiv.org/abs/1708.02182).
public struct AWDLSTMDropout: Sendable, Codable, Equatable {
    /// Of the outputs, before the decoder; in a classifier before its first layer.
    public var output: Double
    /// Of the outputs of each layer but the last, alike for all tokens of a text.
    public var hidden: Double
    /// Of the tokens' vectors, alike for all tokens of a text.
    public var input: Double
    /// Of whole tokens, alike for a batch.
    public var embedding: Double
    /// Of the weights from one state to the next.
    public var weight: Double

    public init(output: Double, hidden: Double, input: Double, embedding: Double, weight: Double) {
        self.output = output
        self.hidden = hidden
        self.input = input
        self.embedding = embedding
        self.weight = weight
    }

    /// fastai's for language models: 0.1, 0.15, 0.25, 0.02 and 0.2.
    public static let languageModel = AWDLSTMDropout(
        output: 0.1, hidden: 0.15, input: 0.25, embedding: 0.02, weight: 0.2)
    /// fastai's for classifiers: 0.4, 0.3, 0.4, 0.05 and 0.5.
    public static let classifier = AWDLSTMDropout(
        output: 0.4, hidden: 0.3, input: 0.4, embedding: 0.05, weight: 0.5)
    /// No dropout.
    public static let none = AWDLSTMDropout(output: 0, hidden: 0, input: 0, embedding: 0, weight: 0)

    /// All of them times a number.
    public func times(_ factor: Double) -> AWDLSTMDropout {
        AWDLSTMDropout(
            output: output * factor, hidden: hidden * factor, input: input * factor, embedding: embedding * factor,
            weight: weight * factor)
    }

    var named: [(name: String, p: Double)] {
        [("output", output), ("hidden", hidden), ("input", input), ("embedding", embedding), ("weight", weight)]
    }
}
