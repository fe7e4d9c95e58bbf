// Weights of language models with the vocabulary that they were trained with: read, matched with another vocabulary, and
// taken by a model.
import ApusCore
import Foundation
import Torch

/// Where the weights of a language model come from that is trained further.
public enum TextWeights: Sendable {
    /// fastai's model of Wikipedia for the direction of the data, downloaded once; see ``PublishedLanguageModel``.
    case published
    /// A file of weights (`.pth` of fastai, or `.safetensors`) and the pickle of its vocabulary, a list of tokens.
    case files(weights: URL, vocabulary: URL)
    /// A folder with one file of weights and one `.pkl`.
    case folder(URL)
    /// A language model that a learner exported, such as one of articles that goes on with reviews. Where the architecture
    /// names no sizes, they are its own.
    case exported(URL)
    /// Random weights: training from scratch.
    case none
}

/// The language models that fastai publishes: AWD-LSTMs of 400-1152-1152-400, trained on the articles of WikiText-103.
///
/// No size and no checksum of these archives is published, so that a first download is only as sure as the connection to
/// their server (https). What can be told is checked: the archive's own sums, that the weights are of such a model and
/// finite, that the vocabulary has fastai's tokens, and, should the folder be fetched again, that it is the file of the
/// first time. A pair that you have checked yourself is ``TextWeights/files(weights:vocabulary:)``.
public enum PublishedLanguageModel {
    /// Which predicts the next word.
    public static let forward = PublishedDataset(
        "wt103-fwd", address: URL(string: "https://s3.amazonaws.com/fast-ai-modelzoo/wt103-fwd.tgz")!)
    /// Which predicts the word before.
    public static let backward = PublishedDataset(
        "wt103-bwd", address: URL(string: "https://s3.amazonaws.com/fast-ai-modelzoo/wt103-bwd.tgz")!)

    /// Where they are kept: `weights` in the per-user folder.
    public static var folder: URL { perUserFolder().appending(path: "weights", directoryHint: .isDirectory) }
}

/// The weights of a language model by name, with the tokens that the rows of its vectors stand for.
///
/// ```swift
/// let weights = try LanguageModelWeights(weights: folder.appending(path: "lstm_fwd.pth"),
///     vocabulary: folder.appending(path: "itos_wt103.pkl"))
/// let model = try LanguageModel(vocabularySize: vocabulary.count)
/// try model.load(weights, for: vocabulary)
/// ```
public struct LanguageModelWeights: Sendable {
    /// The tensors by fastai's names, such as `0.encoder.weight`.
    public let state: [String: Tensor]
    /// The token of each row.
    public let tokens: [String]
    /// What the model is made of, where its file says.
    public private(set) var options: AWDLSTMOptions?
    /// Whether the model reads texts from their end, where its file says.
    var isBackward: Bool?

    /// Those of a language model that a learner exported.
    ///
    /// - Throws: `ModelFileError` for a file that is no exported model, ``TextError`` for one that is no AWD-LSTM of a language
    ///   model.
    public init(exported file: URL) throws {
        let name = file.lastPathComponent
        let model = try ModelFile(file)
        guard model.inputName == TextBlock.storedName, try model.summary().task == NextTokenBlock.task else {
            throw TextError(
                "\(name) is no language model; give what `apus train language --export` or a language model's export(to:) "
                    + "wrote.")
        }
        let predictor = try LanguageModelPredictor(from: file, precision: .float32, device: .cpu)
        guard let vocabulary = predictor.pipeline.input.vocabulary,
            let (state, options) = predictor.withModel({ model -> ([String: Tensor], AWDLSTMOptions)? in
                guard let model = model as? LanguageModel else { return nil }
                let state = model.stateDict().map { ($0.name, $0.tensor.detached().clone()) }
                return (Dictionary(state) { first, _ in first }, model.configuration.options)
            })
        else {
            throw TextError(
                "\(name) has no AWD-LSTM, whose weights were asked for; a transformer goes on from its folder.")
        }
        try self.init(state: state, tokens: vocabulary.tokens, file: name)
        (self.options, isBackward) = (options, predictor.pipeline.input.isBackward)
    }

    /// - Parameters:
    ///   - weights: `.pth` of fastai's `save`, with or without the optimizer, or `.safetensors`.
    ///   - vocabulary: A pickle of a list of tokens, of which nothing is run.
    /// - Throws: `TensorFileError` for a file that cannot be read, ``TextError`` for one that is no language model or has
    ///   another number of rows than the vocabulary has tokens.
    public init(weights: URL, vocabulary: URL) throws {
        guard let items = try Pickle.load(vocabulary).items else {
            throw TextError(
                "\(vocabulary.path) holds no list of tokens; give the vocabulary that belongs to the weights.")
        }
        let tokens = items.compactMap(\.string)
        guard tokens.count == items.count else {
            throw TextError("\(vocabulary.path) holds other things than texts; give a list of tokens.")
        }
        try self.init(state: Self.tensors(of: weights), tokens: tokens, file: weights.lastPathComponent)
    }

    /// The files of a folder, of which one has weights and one, `.pkl`, a vocabulary.
    ///
    /// - Throws: As ``init(weights:vocabulary:)``, and ``TextError`` for a folder without the two.
    public init(folder: URL) throws {
        let files = ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        func file(_ kinds: [String]) throws -> URL {
            guard let found = files.first(where: { kinds.contains($0.pathExtension.lowercased()) }) else {
                throw TextError(
                    "\(folder.path) has no file of the kind \(kinds.joined(separator: " or ")); a pretrained language model is "
                        + "a file of weights and the pickle of its vocabulary.")
            }
            return found
        }
        try self.init(weights: file(["pth", "safetensors"]), vocabulary: file(["pkl"]))
    }

    /// - Parameters:
    ///   - state: The tensors by fastai's names.
    ///   - tokens: The token of each row.
    ///   - file: What the weights are called in messages.
    /// - Throws: ``TextError`` for tensors without vectors of tokens, or with another number of them.
    public init(state: [String: Tensor], tokens: [String], file: String = "The state") throws {
        guard let vectors = state["0.encoder.weight"], vectors.dim == 2 else {
            throw TextError(
                "\(file) has no 0.encoder.weight; give the weights of a language model of fastai or of this library.")
        }
        guard vectors.size(0) == tokens.count else {
            throw TextError(
                "\(file) has vectors of \(vectors.size(0)) tokens and its vocabulary has \(tokens.count); give the pair that "
                    + "belongs together.")
        }
        (self.state, self.tokens) = (state, tokens)
    }

    /// Refuses what cannot be a language model that fastai published, since no sum of these files is known.
    ///
    /// - Parameter place: Where the files are, for the message.
    func checkPublished(at place: String) throws {
        func refuse(_ reason: String) -> TextError {
            TextError(
                "What was fetched to \(place) is not fastai's language model: \(reason). Delete the folder and run this again, or "
                    + "give a pair of your own with .files(weights:vocabulary:).")
        }
        let options = AWDLSTMOptions.languageModel
        let width = state["0.encoder.weight"]?.size(1) ?? 0
        guard width == options.embeddingSize else {
            throw refuse("its vectors have \(width) numbers, \(options.embeddingSize) were expected")
        }
        let inner = state.filter { $0.key.hasPrefix("0.rnns.0.") && $0.key.contains("weight_hh") }.values
        guard let weight = inner.first, weight.dim == 2, weight.size(1) == options.hiddenSize,
            !state.keys.contains(where: { $0.hasPrefix("0.rnns.\(options.layers).") })
        else { throw refuse("its layers are not those of 400-1152-1152-400") }
        let known = Set(tokens)
        if let missing = [SpecialTokens.unknown, SpecialTokens.padding, SpecialTokens.beginning, "the", "."].first(
            where: { !known.contains($0) })
        {
            throw refuse("its vocabulary lacks \"\(missing)\"")
        }
        for (name, tensor) in state.sorted(by: { $0.key < $1.key }) where tensor.dtype.isFloatingPoint {
            guard tensor.isFinite().all().item(as: Bool.self) else {
                throw refuse("\(name) holds numbers that are infinite or NaN")
            }
        }
    }

    /// The tensors of a file without the dropped copies of weights that old files have.
    static func tensors(of file: URL) throws -> [String: Tensor] {
        let state =
            try Safetensors.isFormat(of: file)
            ? Safetensors.load(file)
            : Dictionary(TorchCheckpoint.stateDict(file).map { ($0.name, $0.tensor) }) { _, last in last }
        return state.filter { name, _ in
            guard let place = name.range(of: ".module.", options: .backwards) else { return true }
            return state["\(name[..<place.lowerBound]).\(name[place.upperBound...])_raw"] == nil
        }
    }

    /// The state for a vocabulary: the row of each token that is known, the mean of all rows for others, as fastai's
    /// `match_embeds`.
    public func state(for vocabulary: TokenVocabulary) throws -> [String: Tensor] {
        if vocabulary.tokens == tokens { return state }
        return try withTorchErrors {
            var places: [String: Int] = [:]
            for (place, token) in tokens.enumerated() { places[token] = place }
            // The row behind the last is the mean.
            let rows = Tensor(vocabulary.tokens.map { places[$0] ?? tokens.count })
            func matched(_ tensor: Tensor) -> Tensor {
                let tensor = tensor.detached().to(.cpu)
                return Tensor.cat([tensor, tensor.mean(dims: [0], keepDim: true)], dim: 0).indexSelect(dim: 0, rows)
            }
            var state = state
            let vectors = matched(state["0.encoder.weight"] ?? .undefined)
            for name in ["0.encoder.weight", "0.encoder_dp.emb.weight", "1.decoder.weight"] where state[name] != nil {
                state[name] = vectors
            }
            if let bias = state["1.decoder.bias"] { state["1.decoder.bias"] = matched(bias) }
            return state
        }
    }
}

extension LanguageModel {
    /// Takes the weights of another language model, whose tokens are matched with the rows of this one's vocabulary.
    ///
    /// - Throws: `ModuleError` for a model of other sizes.
    public func load(_ weights: LanguageModelWeights, for vocabulary: TokenVocabulary) throws {
        try loadStateDict(weights.state(for: vocabulary).completed)
    }
}

extension TextModel {
    /// Takes the encoder of a language model, whose tokens are matched with the rows of this model's vocabulary.
    ///
    /// - Throws: `ModuleError` for an encoder of other sizes.
    public func loadEncoder(_ weights: LanguageModelWeights, for vocabulary: TokenVocabulary) throws {
        try encoder.module.load(weights, for: vocabulary)
    }
}

extension AWDLSTM {
    /// Takes the encoder of a language model, whose tokens are matched with the rows of this one's vocabulary.
    ///
    /// - Throws: `ModuleError` for an encoder of other sizes.
    func load(_ weights: LanguageModelWeights, for vocabulary: TokenVocabulary) throws {
        let state = try weights.state(for: vocabulary).completed
        try loadStateDict(
            Dictionary(
                uniqueKeysWithValues: state.filter { $0.key.hasPrefix("0.") }.map {
                    (String($0.key.dropFirst(2)), $0.value)
                }))
    }
}

extension [String: Tensor] {
    /// With the tokens' vectors under each of their names, of which safetensors files may have one.
    fileprivate var completed: [String: Tensor] {
        var state = self
        if let vectors = state["0.encoder.weight"], state["0.encoder_dp.emb.weight"] == nil {
            state["0.encoder_dp.emb.weight"] = vectors
        }
        return state
    }
}
