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
        /// Whether vectors have the length 1.
        public var isNormalized: Bool
        /// The tokens that are read of a text at most; nil for as many as the transformer takes.
        public var maxLength: Int?

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
        (self.configuration, self.body) = (configuration, body)
        super.init()
    }

    /// The tokens that are read of a text at most; nil where there is no limit.
    public var maxLength: Int? {
        let limits = [configuration.maxLength, configuration.transformer.maxLength].compactMap { $0 }
        return limits.min()
    }

    public var parameterGroups: [[Tensor]] { body.parameterGroups }

    public override func forward(_ input: Tensor) -> Tensor {
        let hidden = body(input)
        guard hidden.isDefined else { return .undefined }
        let pooled = configuration.pooling(hidden, real: body.isReal(input))
        return configuration.isNormalized ? pooled.normalized() : pooled
    }
}

extension Tensor {
    /// Rows of the length 1; zeros stay zeros.
    func normalized() -> Tensor {
        self / square().sum(dim: -1, keepDim: true).sqrt().clamp(min: 1e-12)
    }
}

extension TransformerFolder {
    /// The model that gives one vector for a text: pooling and normalization as the folder's `modules.json` says, the mean of
    /// the tokens where there is none.
    ///
    /// - Throws: As ``transformer()``, and ``TextError`` for a pooling or a module that is not known here.
    public func sentenceModel() throws -> SentenceModel {
        try SentenceModel(sentenceConfiguration(), body: transformer())
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
        guard let modules: [SentenceModule] = try read("modules.json") else { return made }
        made.isNormalized = false
        for module in modules {
            switch module.kind {
            case "Transformer": continue
            case "Normalize": made.isNormalized = true
            case "Pooling":
                guard let settings: PoolingSettings = try read("\(module.path)/config.json") else {
                    throw TextError(
                        "\(url.path) lacks \(module.path)/config.json, which modules.json names; fetch it again.")
                }
                made.pooling = try pooling(settings)
            default:
                throw TextError(
                    "\(url.path) has the module \(module.type) in modules.json; known are Transformer, Pooling and Normalize."
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
