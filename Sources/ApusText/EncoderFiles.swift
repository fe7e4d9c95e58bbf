// Encoders in files: saved from a language model, loaded into a classifier with the same vocabulary.
import ApusCore
import Foundation
import Torch

extension Learner where Input == TextBlock {
    /// Writes the encoder with its vocabulary: what understands a text, without what the task adds.
    ///
    /// - Throws: ``TextError`` for a model without an ``AWDLSTM``, `TensorFileError` when the file cannot be written.
    public func saveEncoder(to file: URL) throws {
        let encoder = try encoder()
        let vocabulary = try pipeline.input.known()
        let tokens = String(decoding: try JSONEncoder().encode(vocabulary.tokens), as: UTF8.self)
        let options = String(decoding: try JSONEncoder().encode(encoder.options), as: UTF8.self)
        try Safetensors.save(
            encoder.stateDict().filter { $0.name != "encoder_dp.emb.weight" }
                .map { ($0.name, $0.tensor.detached().to(.cpu).contiguous()) },
            metadata: [
                TokenVocabulary.encoderKey: tokens, AWDLSTMOptions.encoderKey: options,
                EncoderReading.key: try EncoderReading(pipeline.input).text,
            ], to: file)
    }

    /// Takes the encoder of a language model from a file that ``saveEncoder(to:)`` or fastai's `save_encoder` wrote, and
    /// freezes all but the head.
    ///
    /// - Throws: ``TextError`` for an encoder of another vocabulary or direction, or a model without an ``AWDLSTM``; `ModuleError`
    ///   for one of other sizes; `TensorFileError` for a file that cannot be read.
    @discardableResult
    public func loadEncoder(from file: URL) throws -> Self {
        let encoder = try encoder()
        let vocabulary = try pipeline.input.known()
        let metadata = try Safetensors.isFormat(of: file) ? SafetensorsFile(file).metadata : [:]
        if let text = metadata[EncoderReading.key] {
            try EncoderReading(text: text).check(against: EncoderReading(pipeline.input), file, reporter)
        }
        if let text = metadata[TokenVocabulary.encoderKey] {
            let tokens = try JSONDecoder().decode([String].self, from: Data(text.utf8))
            if let place = (0..<max(tokens.count, vocabulary.count)).first(where: {
                !tokens.indices.contains($0) || !vocabulary.tokens.indices.contains($0)
                    || tokens[$0] != vocabulary.tokens[$0]
            }) {
                func token(_ list: [String]) -> String {
                    list.indices.contains(place) ? "\"\(list[place])\"" : "nothing"
                }
                throw TextError(
                    "\(file.lastPathComponent) is the encoder of another vocabulary: number \(place) is \(token(tokens)) there "
                        + "and \(token(vocabulary.tokens)) here. Make the texts with the language model's: "
                        + "TextBlock(vocabulary:).")
            }
        }
        var state = try LanguageModelWeights.tensors(of: file)
        if state["encoder_dp.emb.weight"] == nil { state["encoder_dp.emb.weight"] = state["encoder.weight"] }
        try encoder.loadStateDict(state)
        freeze()
        return self
    }

    /// Takes the weights of a language model, whose tokens are matched with the rows of the learner's vocabulary (new ones get
    /// the mean), and freezes all but the last parameter group.
    ///
    /// - Parameters:
    ///   - weights: `.pth` of fastai's `save`, or `.safetensors`.
    ///   - vocabulary: The pickle of its list of tokens, of which nothing is run.
    /// - Throws: As ``LanguageModelWeights/init(weights:vocabulary:)``, and `ModuleError` for a model of other sizes.
    @discardableResult
    public func loadPretrained(weights: URL, vocabulary: URL) throws -> Self {
        let pair = try LanguageModelWeights(weights: weights, vocabulary: vocabulary)
        let own = try pipeline.input.known()
        switch model {
        case let model as LanguageModel: try model.load(pair, for: own)
        case let model as TextModel: try model.loadEncoder(pair, for: own)
        default: throw Self.noEncoder(model)
        }
        freeze()
        return self
    }

    private func encoder() throws -> AWDLSTM {
        switch model {
        case let model as LanguageModel: model.encoder
        case let model as TextModel: model.encoder.module
        default: throw Self.noEncoder(model)
        }
    }

    private static func noEncoder(_ model: Module) -> TextError {
        TextError(
            "A \(model.typeName) has no AWD-LSTM for an encoder; make the learner with languageModelLearner or "
                + "textClassifierLearner.")
    }
}
