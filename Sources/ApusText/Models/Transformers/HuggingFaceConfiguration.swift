// Reads config.json of the Hugging Face hub.
import Foundation

extension TransformerConfiguration {
    /// The configuration in a file `config.json` of the Hugging Face hub, whose values `transformers` gives the same meaning.
    ///
    /// - Throws: ``TextError`` for a file that cannot be read or is damaged, a family that is not known, and settings that
    ///   this library's models don't have.
    public init(huggingFace file: URL) throws {
        self = try HuggingFaceConfiguration.read(file).configuration(file.path)
    }
}

/// The values of `config.json` that matter here; each family has names of its own for some.
struct HuggingFaceConfiguration: Decodable {
    private var modelType: String?
    private var architectures: [String]?
    private var vocabSize: Int?
    private var hiddenSize, dim, nEmbd: Int?
    private var numHiddenLayers, nLayers, nLayer: Int?
    private var numAttentionHeads, nHeads, nHead: Int?
    private var intermediateSize, hiddenDim, nInner: Int?
    private var maxPositionEmbeddings, nPositions: Int?
    private var typeVocabSize: Int?
    private var hiddenAct, activation, activationFunction: String?
    private var layerNormEps, layerNormEpsilon: Double?
    private var padTokenId: Int?
    private var hiddenDropoutProb, dropout, residPdrop: Double?
    private var embdPdrop: Double?
    private var attentionProbsDropoutProb, attentionDropout, attnPdrop: Double?
    private var classifierDropout, seqClassifDropout, clsDropout, poolerDropout: Double?
    private var poolerHiddenAct: String?
    private var positionEmbeddingType: String?
    private var isDecoder, addCrossAttention: Bool?
    private var positionBiasedInput, relativeAttention, shareAttKey: Bool?
    private var posAttType: Words?
    private var maxRelativePositions, positionBuckets: Int?
    private var normRelEbd: String?
    private var embeddingSize: Int?
    private var convKernelSize, convGroups: Int?
    private var convAct: String?
    private var scaleAttnWeights, scaleAttnByInverseLayerIdx, tieWordEmbeddings: Bool?
    private var id2label: [String: String]?
    /// What a fine-tuned model's outputs are, such as "multi_label_classification".
    private(set) var problemType: String?

    /// A list of words, or a text in which they are separated by "|".
    private struct Words: Decodable {
        let words: [String]
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                words = text.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            } else {
                words = try container.decode([String].self)
            }
        }
    }

    /// - Throws: ``TextError`` for a file that cannot be read or is damaged.
    static func read(_ file: URL) throws -> HuggingFaceConfiguration {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            throw TextError(
                "There is no \(file.lastPathComponent) that can be read in \(file.deletingLastPathComponent().path); a "
                    + "folder of a transformer has config.json, its weights and its tokenizer, as on the Hugging Face hub."
            )
        }
        do {
            return try decoder.decode(HuggingFaceConfiguration.self, from: data)
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let name = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw TextError(
                "\(file.path) has a value of another kind for \(name.isEmpty ? "the whole" : name): "
                    + "\(context.debugDescription) Fetch the file again.")
        } catch {
            throw TextError("\(file.path) is not JSON that can be read; it is cut or damaged. Fetch the file again.")
        }
    }

    /// The names of a fine-tuned model's classes by their numbers; empty where there are none, or names such as "LABEL_0".
    var labels: [String] {
        guard let id2label, !id2label.isEmpty else { return [] }
        let names = (0..<id2label.count).compactMap { id2label[String($0)] }
        return names.count == id2label.count && !names.allSatisfy { $0.hasPrefix("LABEL_") } ? names : []
    }

    /// The number of outputs of a fine-tuned model's head; nil where the file does not say.
    var outputs: Int? { id2label?.count }

    /// What `architectures` names, such as "BertForSequenceClassification".
    var savedClass: String? { architectures?.first }

    // MARK: Meaning

    private static let families: [String: TransformerConfiguration.Family] = [
        "bert": .bert, "distilbert": .distilbert, "roberta": .roberta, "xlm-roberta": .roberta, "camembert": .roberta,
        "deberta-v2": .debertaV2, "gpt2": .gpt2,
    ]

    func configuration(_ file: String) throws -> TransformerConfiguration {
        let known = Self.families.keys.sorted().joined(separator: ", ")
        guard let modelType else {
            throw TextError("\(file) lacks model_type, which says what the model is; known are \(known).")
        }
        guard let family = Self.families[modelType] else {
            throw TextError(
                "\(file) describes a model of the type \"\(modelType)\"; known are \(known). Choose one of these.")
        }
        func need(_ value: Int?, _ name: String) throws -> Int {
            guard let value else { throw TextError("\(file) lacks \(name) of its \(modelType). Fetch the file again.") }
            return value
        }
        let layers = numHiddenLayers ?? nLayers ?? nLayer
        let heads = numAttentionHeads ?? nHeads ?? nHead
        var made = TransformerConfiguration(
            family, vocabularySize: try need(vocabSize, "vocab_size"),
            width: try need(hiddenSize ?? dim ?? nEmbd, "hidden_size"), layers: try need(layers, "num_hidden_layers"),
            heads: try need(heads, "num_attention_heads"))
        made.innerWidth = intermediateSize ?? hiddenDim ?? nInner ?? made.innerWidth
        made.positions = maxPositionEmbeddings ?? nPositions ?? made.positions
        made.tokenTypes = typeVocabSize ?? made.tokenTypes
        made.padding = padTokenId ?? made.padding
        made.normEpsilon = layerNormEps ?? layerNormEpsilon ?? (family == .roberta ? 1e-12 : made.normEpsilon)
        // Some models of the hub have -1 for none.
        if let padding = made.padding, padding < 0 { made.padding = nil }
        if let name = hiddenAct ?? activation ?? activationFunction {
            made.activation = try Self.activation(name, file)
        }
        takeDropout(&made)
        made.scalesScores = scaleAttnWeights ?? true
        made.scalesScoresByLayer = scaleAttnByInverseLayerIdx ?? false
        made.tiesDecoder = tieWordEmbeddings ?? true
        if let type = positionEmbeddingType, type != "absolute" {
            throw TextError(
                "\(file) asks for the positions \"\(type)\" (position_embedding_type); only \"absolute\" is known here."
            )
        }
        if family != .gpt2, isDecoder == true || addCrossAttention == true {
            throw TextError(
                "\(file) describes a \(modelType) as a decoder (is_decoder, add_cross_attention), which is not known here; "
                    + "the text model that writes is GPT-2.")
        }
        if family == .debertaV2 { try takeDistances(&made, file) }
        try made.check()
        return made
    }

    private func takeDropout(_ made: inout TransformerConfiguration) {
        made.dropout = hiddenDropoutProb ?? dropout ?? residPdrop ?? made.dropout
        made.embeddingDropout = embdPdrop ?? made.dropout
        made.attentionDropout = attentionProbsDropoutProb ?? attentionDropout ?? attnPdrop ?? made.attentionDropout
        switch made.family {
        case .bert, .roberta: made.classifierDropout = classifierDropout ?? made.dropout
        case .distilbert: made.classifierDropout = seqClassifDropout ?? made.classifierDropout
        case .debertaV2: made.classifierDropout = clsDropout ?? made.dropout
        case .gpt2: made.classifierDropout = classifierDropout ?? made.classifierDropout
        }
        made.poolerDropout = poolerDropout ?? 0
    }

    private func takeDistances(_ made: inout TransformerConfiguration, _ file: String) throws {
        made.addsPositions = positionBiasedInput ?? true
        made.embeddingWidth = embeddingSize ?? made.width
        if let poolerHiddenAct { made.poolerActivation = try Self.activation(poolerHiddenAct, file) }
        made.relative = nil
        if relativeAttention ?? false {
            let most = maxRelativePositions.flatMap { $0 < 1 ? nil : $0 } ?? made.positions
            var relative = TransformerConfiguration.RelativeAttention(
                maxDistance: most, buckets: positionBuckets.flatMap { $0 > 0 ? $0 : nil })
            relative.contentToPosition = posAttType?.words.contains("c2p") ?? false
            relative.positionToContent = posAttType?.words.contains("p2c") ?? false
            relative.sharesProjections = shareAttKey ?? false
            let norms = (normRelEbd ?? "none").lowercased().split(separator: "|")
            relative.isNormalized = norms.contains { $0.trimmingCharacters(in: .whitespaces) == "layer_norm" }
            made.relative = relative
        }
        if let size = convKernelSize, size > 0 {
            var convolution = TransformerConfiguration.Convolution(size: size)
            convolution.groups = convGroups ?? 1
            convolution.activation = try convAct.map { try Self.activation($0, file) } ?? .tanh
            made.convolution = convolution
        }
    }

    private static func activation(_ name: String, _ file: String) throws -> TransformerConfiguration.Activation {
        switch name {
        case "gelu", "gelu_python": return .gelu
        case "gelu_new", "gelu_fast", "gelu_pytorch_tanh": return .geluTanh
        case "relu": return .relu
        case "silu", "swish": return .silu
        case "tanh": return .tanh
        default:
            throw TextError(
                "\(file) asks for the activation \"\(name)\"; known are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, "
                    + "silu and tanh.")
        }
    }
}
