// A transformer that gives one vector for a whole text.
import ApusCore
import Foundation
import Torch

/// How the hidden states of a text's tokens become one vector.
public enum SentencePooling: String, Sendable, Codable, CaseIterable {
    /// The first token's, such as `[CLS]`.
    case first
    /// The last token's that is no padding.
    case last
    /// The mean over the tokens that are no padding.
    case mean
    /// The sum over them, divided by the root of their number.
    case meanOfRoot
    /// The largest number of each column.
    case max

    /// - Parameters:
    ///   - hidden: `[batch, length, width]`.
    ///   - real: bool `[batch, length]`, false for padding; nil without padding.
    func callAsFunction(_ hidden: Tensor, real: Tensor?) -> Tensor {
        let count = real.map { $0.sum(dim: 1).clamp(min: 1).unsqueeze(1) }
        switch self {
        case .first: return hidden.select(dim: 1, index: 0)
        case .last: return hidden.lastTokens(real: real)
        case .mean, .meanOfRoot:
            let sum = (real.map { hidden * $0.unsqueeze(-1) } ?? hidden).sum(dim: 1)
            let divisor = count?.to(sum.dtype) ?? Tensor(Double(hidden.size(1)), dtype: sum.dtype, device: sum.device)
            return sum / (self == .mean ? divisor : divisor.sqrt())
        case .max:
            let visible = real.map { hidden.maskedFill($0.logicalNot().unsqueeze(-1), -1e9) } ?? hidden
            return visible.amax(dim: 1)
        }
    }
}

extension Tensor {
    /// The state of the last token that is no padding, `[batch, width]`, from `[batch, length, width]`.
    ///
    /// - Parameter real: bool `[batch, length]`, false for padding; nil without padding.
    func lastTokens(real: Tensor?) -> Tensor {
        guard let real else { return select(dim: 1, index: size(1) - 1) }
        let places = Tensor.arange(0, size(1), dtype: .int64, device: device)
        let last = (real * places).argmax(dim: 1)
        return gather(dim: 1, last.reshape(-1, 1, 1).expand(-1, 1, size(2))).squeeze(dim: 1)
    }
}

/// A transformer that gives one vector for a whole text, as sentence-transformers builds it (Reimers and Gurevych, 2019).
///
/// Token numbers, int64 `[batch, length]`, give `[batch, width]`. Texts of a like meaning have vectors of a like direction.
///
/// ```swift
/// let model = try TransformerFolder.hub("sentence-transformers/all-MiniLM-L6-v2").sentenceModel()
/// ```
public final class SentenceModel: Module, StoredModel, GroupedModule {
    public static let storedName = "SentenceModel"

    /// What a ``SentenceModel`` is made from.
    public struct Configuration: Sendable, Codable, Equatable {
        public var transformer: TransformerConfiguration
        public var pooling: SentencePooling
        /// The linear layers behind the pooling, in order; none by default.
        public var dense: [DenseLayer]?
        /// Whether vectors have the length 1.
        public var isNormalized: Bool
        /// The tokens that are read of a text at most; nil for as many as the transformer takes.
        public var maxLength: Int?

        /// A linear layer with an activation, as sentence-transformers' `Dense`.
        public struct DenseLayer: Sendable, Codable, Equatable {
            public var inputs: Int
            public var outputs: Int
            public var hasBias: Bool
            /// What comes behind it; nil for nothing.
            public var activation: TransformerConfiguration.Activation?

            public init(
                inputs: Int, outputs: Int, hasBias: Bool = true,
                activation: TransformerConfiguration.Activation? = .tanh
            ) {
                (self.inputs, self.outputs, self.hasBias, self.activation) = (inputs, outputs, hasBias, activation)
            }
        }

        /// The numbers of a vector.
        public var width: Int { dense?.last?.outputs ?? transformer.width }

        public init(
            _ transformer: TransformerConfiguration, pooling: SentencePooling = .mean, isNormalized: Bool = true,
            maxLength: Int? = nil
        ) {
            (self.transformer, self.pooling) = (transformer, pooling)
            (self.isNormalized, self.maxLength) = (isNormalized, maxLength)
        }
    }

    public let configuration: Configuration
    public let body: Transformer
    let dense: [Linear]

    /// A model with initial weights.
    ///
    /// - Throws: ``TextError`` for sizes that are not possible.
    public convenience init(_ configuration: Configuration) throws {
        try self.init(configuration, body: Transformer(configuration.transformer))
    }

    init(_ configuration: Configuration, body: Transformer) throws {
        if let length = configuration.maxLength, length < 3 {
            throw TextError("A model of sentences that reads \(length) tokens is not possible; let it read at least 3.")
        }
        var width = configuration.transformer.width
        for layer in configuration.dense ?? [] {
            guard layer.inputs == width, (1...(1 << 20)).contains(layer.outputs) else {
                throw TextError(
                    "A dense layer of \(layer.inputs) to \(layer.outputs) numbers is not possible behind \(width); its inputs "
                        + "are what comes before it.")
            }
            width = layer.outputs
        }
        (self.configuration, self.body) = (configuration, body)
        dense = (configuration.dense ?? []).map { Linear($0.inputs, $0.outputs, bias: $0.hasBias) }
        super.init()
    }

    /// The tokens that are read of a text at most; nil where there is no limit.
    public var maxLength: Int? {
        let limits = [configuration.maxLength, configuration.transformer.maxLength].compactMap { $0 }
        return limits.min()
    }

    /// The body's groups; the dense layers are in the last.
    public var parameterGroups: [[Tensor]] {
        var groups = body.parameterGroups
        groups[groups.count - 1] += dense.flatMap { $0.parameters() }
        return groups
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let hidden = body(input)
        guard hidden.isDefined else { return .undefined }
        var vectors = configuration.pooling(hidden, real: body.isReal(input))
        for (layer, settings) in zip(dense, configuration.dense ?? []) {
            vectors = layer(vectors)
            if let activation = settings.activation { vectors = activation(vectors) }
        }
        return configuration.isNormalized ? vectors.normalized() : vectors
    }
}

extension Tensor {
    /// Rows of the length 1; zeros stay zeros.
    func normalized() -> Tensor {
        self / square().sum(dim: -1, keepDim: true).sqrt().clamp(min: 1e-12)
    }
}

extension TransformerFolder {
    /// The model that gives one vector for a text: pooling, dense layers and normalization as the folder's `modules.json`
    /// says, the mean of the tokens where there is none.
    ///
    /// - Throws: As ``transformer()``, and ``TextError`` for a pooling or a module that is not known here.
    public func sentenceModel() throws -> SentenceModel {
        let model = try SentenceModel(sentenceConfiguration(), body: transformer())
        for (layer, module) in zip(model.dense, try sentenceModules().filter { $0.kind == "Dense" }) {
            try layer.loadStateDict(
                denseWeights(of: module).map { name, tensor in
                    (name.hasPrefix("linear.") ? String(name.dropFirst(7)) : name, tensor)
                })
        }
        return model
    }

    private func sentenceModules() throws -> [SentenceModule] { try read("modules.json") ?? [] }

    private func denseWeights(of module: SentenceModule) throws -> [(name: String, tensor: Tensor)] {
        for file in WeightFile.allCases {
            let place = place("\(module.path)/\(file.rawValue)")
            if exists(place) { return try file.read(place).map { ($0.key, $0.value) } }
        }
        throw TextError(
            "\(url.path) lacks the weights of \(module.path), which modules.json names: none of "
                + WeightFile.allCases.map { "\(module.path)/\($0.rawValue)" }.joined(separator: ", ")
                + ". Fetch them again.")
    }

    /// The settings of a dense layer.
    private struct DenseSettings: Decodable {
        var inputs: Int
        var outputs: Int
        var bias: Bool?
        var activation: String?
        enum CodingKeys: String, CodingKey {
            case inputs = "in_features"
            case outputs = "out_features"
            case bias
            case activation = "activation_function"
        }
    }

    private func dense(_ module: SentenceModule) throws -> SentenceModel.Configuration.DenseLayer {
        guard let settings: DenseSettings = try read("\(module.path)/config.json") else {
            throw TextError("\(url.path) lacks \(module.path)/config.json, which modules.json names; fetch it again.")
        }
        var made = SentenceModel.Configuration.DenseLayer(
            inputs: settings.inputs, outputs: settings.outputs, hasBias: settings.bias ?? true)
        // The last part of the name, such as "torch.nn.modules.activation.Tanh".
        switch settings.activation?.split(separator: ".").last {
        case nil, "Tanh": made.activation = .tanh
        case "Identity": made.activation = nil
        case "ReLU": made.activation = .relu
        case "GELU": made.activation = .gelu
        case "SiLU": made.activation = .silu
        case let name?:
            throw TextError(
                "\(url.path)/\(module.path)/config.json asks for the activation \(name); known are Tanh, Identity, ReLU, GELU "
                    + "and SiLU.")
        }
        return made
    }

    private struct SentenceModule: Decodable {
        var path: String
        var type: String
        /// The last part of the type's name, such as "Pooling".
        var kind: Substring { type.split(separator: ".").last ?? "" }
    }

    private struct PoolingSettings: Decodable {
        var mode: String?
        var flags: [String: Bool]

        init(from decoder: any Decoder) throws {
            struct Key: CodingKey {
                var stringValue: String
                var intValue: Int? { nil }
                init(stringValue: String) { self.stringValue = stringValue }
                init?(intValue: Int) { nil }
            }
            let container = try decoder.container(keyedBy: Key.self)
            mode = try? container.decode(String.self, forKey: Key(stringValue: "pooling_mode"))
            flags = [:]
            for key in container.allKeys where key.stringValue.hasPrefix("pooling_mode_") {
                flags[key.stringValue] = try container.decode(Bool.self, forKey: key)
            }
        }
    }

    private struct ReadingSettings: Decodable {
        var maxLength: Int?
        enum CodingKeys: String, CodingKey { case maxLength = "max_seq_length" }
    }

    func sentenceConfiguration() throws -> SentenceModel.Configuration {
        var made = SentenceModel.Configuration(configuration)
        if let settings: ReadingSettings = try read("sentence_bert_config.json") { made.maxLength = settings.maxLength }
        let modules = try sentenceModules()
        guard !modules.isEmpty else { return made }
        made.isNormalized = false
        for module in modules {
            switch module.kind {
            case "Transformer": continue
            case "Normalize": made.isNormalized = true
            case "Dense":
                guard !made.isNormalized else {
                    throw TextError(
                        "\(url.path) normalizes vectors before the dense layer \(module.path), which is not known here; the "
                            + "order is Transformer, Pooling, Dense, Normalize.")
                }
                made.dense = (made.dense ?? []) + [try dense(module)]
            case "Pooling":
                guard let settings: PoolingSettings = try read("\(module.path)/config.json") else {
                    throw TextError(
                        "\(url.path) lacks \(module.path)/config.json, which modules.json names; fetch it again.")
                }
                made.pooling = try pooling(settings)
            default:
                throw TextError(
                    "\(url.path) has the module \(module.type) in modules.json; known are Transformer, Pooling, Dense and "
                        + "Normalize."
                )
            }
        }
        return made
    }

    private func pooling(_ settings: PoolingSettings) throws -> SentencePooling {
        let names: [String: SentencePooling] = [
            "cls": .first, "lasttoken": .last, "mean": .mean, "mean_sqrt_len_tokens": .meanOfRoot, "max": .max,
            "pooling_mode_cls_token": .first, "pooling_mode_lasttoken": .last, "pooling_mode_mean_tokens": .mean,
            "pooling_mode_mean_sqrt_len_tokens": .meanOfRoot, "pooling_mode_max_tokens": .max,
        ]
        let chosen = settings.mode.map { [$0] } ?? settings.flags.filter(\.value).map(\.key).sorted()
        guard chosen.count == 1, let pooling = names[chosen[0]] else {
            throw TextError(
                "\(url.path) pools by \(chosen.isEmpty ? "nothing" : chosen.joined(separator: " and ")); known is one of "
                    + "cls, lasttoken, mean, mean_sqrt_len_tokens and max.")
        }
        return pooling
    }

    /// A file of JSON in the folder; nil where there is none.
    private func read<Value: Decodable>(_ name: String) throws -> Value? {
        let file = place(name)
        guard exists(file) else { return nil }
        guard let value = try? JSONDecoder().decode(Value.self, from: Data(contentsOf: file)) else {
            throw TextError("\(file.path) is damaged or of another form; fetch it again.")
        }
        return value
    }
}
