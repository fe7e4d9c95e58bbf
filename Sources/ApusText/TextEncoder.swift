// Texts as one of several inputs: an encoder whose outputs are pooled to one vector for each text.
import ApusCore
import Torch

extension InputEncoder where Input == TextBlock {
    /// What reads a text beside pictures and rows: the encoder of an AWD-LSTM with its last, largest and mean output
    /// (`3 * embeddingSize` features), or a transformer with the mean of its tokens.
    ///
    /// ```swift
    /// let learner = try mixedLearner(loaders, .body(.resnet18), .tabular(), .text(.transformer(folder)))
    /// ```
    /// - Parameters:
    ///   - weights: fastai's model of Wikipedia by default, a transformer's own; `.none` trains from scratch.
    ///   - dropMultiplier: What all probabilities of dropout of an AWD-LSTM are multiplied by; 0.5 by default.
    ///   - maxLength: Of how many tokens at most, from the end of the text, an AWD-LSTM's outputs count; 1440 by default.
    public static func text(
        _ architecture: TextArchitecture = .awdLSTM, weights: TextWeights = .published, dropMultiplier: Double = 0.5,
        maxLength: Int? = 72 * 20
    ) -> InputEncoder {
        InputEncoder { block in
            let vocabulary = try block.known()
            switch architecture.form {
            case .transformer(let folder):
                let isPretrained = try weights.isOwn(of: folder)
                let body = try isPretrained ? folder.transformer() : Transformer(folder.configuration)
                let model = try SentenceModel(.init(folder.configuration, isNormalized: false), body: body)
                return EncoderModule(model, features: folder.configuration.width, isPretrained: isPretrained)
            case .awdLSTM(let options):
                let options = (options ?? .classifier).dropping(times: dropMultiplier)
                let model = try PooledTexts(
                    PooledTexts.Configuration(
                        vocabularySize: vocabulary.count, padding: vocabulary.padding,
                        pieceLength: block.layout.seqLen ?? 72, maxLength: maxLength, options: options))
                let pretrained = try weights.read(backward: block.isBackward)
                if let pretrained { try model.encoder.module.load(pretrained, for: vocabulary) }
                return EncoderModule(
                    model, features: 3 * options.embeddingSize, isPretrained: pretrained != nil)
            }
        }
    }
}

/// Reads whole texts with an ``AWDLSTM`` and pools its outputs: tokens `[batch, length]` to `[batch, 3 * embeddingSize]`.
public final class PooledTexts: Module, StoredModel, GroupedModule {
    public static let storedName = "PooledTexts"

    /// What a ``PooledTexts`` is made from.
    public struct Configuration: Sendable, Equatable, Codable {
        /// The number of tokens.
        public var vocabularySize: Int
        /// The number of the token that fills texts up.
        public var padding: Int
        /// The tokens that are read at once.
        public var pieceLength: Int
        /// Of how many tokens at most, from the end of the text, the outputs count; nil for all.
        public var maxLength: Int?
        /// What the encoder is made of.
        public var options: AWDLSTMOptions
    }

    public let configuration: Configuration
    let encoder: SentenceEncoder

    /// - Throws: ``TextError`` for a size that is not possible.
    public init(_ configuration: Configuration) throws {
        guard (1...1_000_000_000).contains(configuration.pieceLength), configuration.maxLength.map({ $0 > 0 }) ?? true
        else {
            throw TextError(
                "Pieces of \(configuration.pieceLength) tokens of at most \(configuration.maxLength ?? 0) are not possible; "
                    + "give 1 or more.")
        }
        self.configuration = configuration
        encoder = SentenceEncoder(
            try AWDLSTM(
                vocabularySize: configuration.vocabularySize, padding: configuration.padding, configuration.options),
            pieceLength: configuration.pieceLength,
            maxLength: configuration.maxLength.map { max($0, configuration.pieceLength) },
            padding: configuration.padding)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let (output, isPadding) = encoder.encode(input)
        return maskedConcatPool(output, isPadding: isPadding)
    }

    /// The tokens' vectors, then a group for each layer.
    public var parameterGroups: [[Tensor]] {
        [encoder.module.encoder.parameters()] + encoder.module.rnns.map { $0.parameters() }
    }
}
