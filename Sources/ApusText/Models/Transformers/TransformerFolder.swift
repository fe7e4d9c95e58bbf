// A folder of a transformer as on the Hugging Face hub: configuration, weights, tokenizer.
import ApusCore
import Foundation
import Torch

/// A transformer in a folder, as `save_pretrained` of `transformers` writes it and the Hugging Face hub has it: `config.json`,
/// the weights (`model.safetensors` or `pytorch_model.bin`, whole or in parts) and the tokenizer.
///
/// ```swift
/// let folder = try TransformerFolder.hub("microsoft/deberta-v3-small")     // or TransformerFolder(URL(filePath: "..."))
/// let model = try folder.classifier(outputs: 2)
/// ```
/// Nothing of a folder is executed: weights are read by the safe readers of ``Safetensors`` and ``TorchCheckpoint``.
public struct TransformerFolder: Sendable {
    /// The folder.
    public let url: URL
    /// What `config.json` says of the model.
    public let configuration: TransformerConfiguration
    /// The names of a fine-tuned model's classes in the order of its outputs; empty where `config.json` has none.
    public let labels: [String]
    /// The number of outputs of a fine-tuned model's head; nil where `config.json` does not say.
    public let outputs: Int?
    /// What the folder's model does, as far as `config.json` says.
    public let use: Use

    /// What a model does.
    public enum Use: Sendable {
        /// It gives hidden states; a head is to be trained.
        case body
        /// It says which token follows.
        case languageModel
        /// It tells one class of a text.
        case classification
        /// It tells any number of labels of a text.
        case labels
        /// It does something else, such as tags of tokens or numbers.
        case other(String)
    }

    /// - Throws: ``TextError`` for a folder without a `config.json` that can be read, and for a family that is not known.
    public init(_ url: URL) throws {
        let file = url.appending(path: "config.json", directoryHint: .notDirectory)
        let read = try HuggingFaceConfiguration.read(file)
        configuration = try read.configuration(file.path)
        (self.url, labels, outputs) = (url, read.labels, read.outputs)
        let saved = read.savedClass ?? ""
        if saved.hasSuffix("ForSequenceClassification") {
            switch read.problemType {
            case nil, "single_label_classification": use = read.outputs == 1 ? .other("regression") : .classification
            case "multi_label_classification": use = .labels
            case let type?: use = .other(type)
            }
        } else if saved.hasSuffix("LMHeadModel") {
            use = .languageModel
        } else {
            use = saved.contains("For") ? .other(saved) : .body
        }
    }

    /// A model of the Hugging Face hub, fetched when it is not there yet.
    ///
    /// - Parameters:
    ///   - name: Owner and name, "microsoft/deberta-v3-small".
    ///   - folder: Where models are kept; `weights` in the per-user folder by default, which is `$APUS_HOME`, or `~/.apus`.
    ///   - endpoint: The hub's address; by default that of the variable `HF_ENDPOINT`, or https://huggingface.co.
    ///   - progress: Whether ``Reporting/current`` is told how far downloads are.
    /// - Throws: ``DownloadError``, whose sentence says what to do where there is no network; what
    ///   ``init(_:)`` throws.
    public static func hub(
        _ name: String, folder: URL? = nil, endpoint: URL? = nil, progress: Bool = true
    ) throws -> TransformerFolder {
        let folder = folder ?? perUserFolder().appending(path: "weights", directoryHint: .isDirectory)
        let repository = try HubRepository(name, in: folder, endpoint: endpoint, progress: progress)
        // The configuration comes last, so that a folder that has it is whole and needs no network.
        if !repository.has("config.json") {
            try fetchWeights(of: repository)
            for file in smallFiles { _ = try repository.fileIfPresent(file) }
            _ = try repository.file("config.json")
        }
        return try TransformerFolder(repository.folder)
    }

    /// What a folder may have besides its configuration and its weights.
    private static let smallFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt",
        "spm.model", "sentencepiece.bpe.model", "added_tokens.json", "modules.json", "sentence_bert_config.json",
        "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "2_Dense/pytorch_model.bin",
    ]

    private static func fetchWeights(of repository: HubRepository) throws {
        for name in WeightFile.allCases {
            if try repository.fileIfPresent(name.rawValue) != nil { return }
            guard let index = try repository.fileIfPresent(name.index) else { continue }
            for part in try WeightFile.parts(of: index) { _ = try repository.file(part) }
            return
        }
        throw TextError(
            "\(repository.name) of the hub has none of \(WeightFile.allCases.map(\.rawValue).joined(separator: ", ")); "
                + "choose a repository with PyTorch's weights.")
    }

    // MARK: Models

    /// The model without a head.
    ///
    /// - Throws: ``TextError`` for weights that are missing or do not fit the configuration, ``TensorFileError`` for files
    ///   that are damaged.
    public func transformer() throws -> Transformer { try body(configuration, weights()) }

    private func body(_ configuration: TransformerConfiguration, _ weights: TransformerWeights) throws -> Transformer {
        let model = try Init.$isSkipped.withValue(true) { try Transformer(configuration) }
        try weights.load(into: model)
        return model
    }

    /// The model under a head for classes or numbers of whole texts. A fine-tuned model's own head is taken where it has
    /// this number of outputs; other heads have initial weights.
    ///
    /// - Parameter outputs: The number of classes, or of numbers; a fine-tuned model's own by default.
    /// - Throws: As ``transformer()``.
    public func classifier(outputs: Int? = nil) throws -> TransformerClassifier {
        try classifier(.init(configuration, outputs: outputs ?? self.outputs ?? 2))
    }

    func classifier(_ made: TransformerClassifier.Configuration) throws -> TransformerClassifier {
        let weights = try weights()
        let model = try TransformerClassifier(made, body: body(made.transformer, weights))
        try weights.load(into: model.head)
        return model
    }

    /// The model under a head for classes of each token.
    ///
    /// - Parameter outputs: The number of classes; a fine-tuned model's own by default.
    /// - Throws: As ``transformer()``.
    public func tokenClassifier(outputs: Int? = nil) throws -> TransformerTokenClassifier {
        let weights = try weights()
        let model = try TransformerTokenClassifier(
            .init(configuration, outputs: outputs ?? self.outputs ?? 2), body: body(configuration, weights))
        try weights.loadTokens(into: model.head)
        return model
    }

    /// The model under its decoder, for GPT-2.
    ///
    /// - Throws: As ``transformer()``, and ``TextError`` for a family that does not write texts.
    public func languageModel() throws -> TransformerLanguageModel { try languageModel(configuration) }

    func languageModel(_ made: TransformerConfiguration) throws -> TransformerLanguageModel {
        let model = try Init.$isSkipped.withValue(true) { try TransformerLanguageModel(made) }
        let weights = try weights()
        try weights.load(into: model.body)
        if let decoder = model.decoder { try weights.load(intoDecoder: decoder) }
        return model
    }

    // MARK: Files

    /// The tensors of the folder's weights by the names that the files have, which lie on the files' pages in memory.
    ///
    /// - Throws: ``TextError`` for a folder without weights or with some of their parts missing, ``TensorFileError`` for
    ///   files that are damaged.
    public func stateDict() throws -> [String: Tensor] { try stateAndSource().state }

    func weights() throws -> TransformerWeights {
        let (state, source) = try stateAndSource()
        return try TransformerWeights(state, of: configuration, source: source)
    }

    private func stateAndSource() throws -> (state: [String: Tensor], source: String) {
        for file in WeightFile.allCases {
            let whole = place(file.rawValue)
            if exists(whole) { return (try file.read(whole), whole.path) }
            let index = place(file.index)
            guard exists(index) else { continue }
            var state: [String: Tensor] = [:]
            for part in try WeightFile.parts(of: index) {
                guard exists(place(part)) else {
                    throw TextError(
                        "\(url.path) lacks \(part), which \(file.index) names; fetch all parts of the weights.")
                }
                state.merge(try file.read(place(part))) { first, _ in first }
            }
            return (state, index.path)
        }
        throw TextError(
            "\(url.path) has no weights: none of \(WeightFile.allCases.map(\.rawValue).joined(separator: ", ")). A folder of "
                + "a transformer has config.json, its weights and its tokenizer, as on the Hugging Face hub.")
    }

    func place(_ name: String) -> URL { url.appending(path: name, directoryHint: .notDirectory) }
    func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
}

/// The files that weights are in.
enum WeightFile: String, CaseIterable {
    case safetensors = "model.safetensors"
    case checkpoint = "pytorch_model.bin"

    /// The file that names the parts.
    var index: String { "\(rawValue).index.json" }

    func read(_ file: URL) throws -> [String: Tensor] {
        switch self {
        case .safetensors: try Safetensors.load(file)
        case .checkpoint:
            Dictionary(try TorchCheckpoint.stateDict(file).map { ($0.name, $0.tensor) }) { first, _ in first }
        }
    }

    /// The names of the files that an index names, sorted.
    static func parts(of index: URL) throws -> [String] {
        struct Index: Decodable {
            let weightMap: [String: String]
            enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
        }
        guard let read = try? JSONDecoder().decode(Index.self, from: Data(contentsOf: index)), !read.weightMap.isEmpty
        else {
            throw TextError("\(index.path) is no list of the parts of weights (weight_map); fetch the file again.")
        }
        let names = Set(read.weightMap.values)
        if let name = names.first(where: { $0.contains("/") || $0.hasPrefix(".") }) {
            throw TextError(
                "\(index.path) names the part \"\(name)\", which is not in its folder; fetch the file again.")
        }
        return names.sorted()
    }
}
