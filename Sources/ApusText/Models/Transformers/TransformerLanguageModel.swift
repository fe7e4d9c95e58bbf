// GPT-2 as a language model, with keys and values kept from word to word.
import ApusCore
import Torch

/// A transformer that says which token follows: GPT-2 with its decoder, as `transformers`' `GPT2LMHeadModel`.
///
/// Token numbers, int64 `[batch, length]`, give logits `[batch, length, vocabulary]`. Token by token it is an
/// ``IncrementalLanguageModel``. A text that grows beyond the positions that the model knows goes on from its second half.
///
/// ```swift
/// let model = try TransformerFolder(URL(filePath: "gpt2")).languageModel()
/// let logits = model(Tensor([[15496, 995]]))        // [1, 2, 50257]
/// ```
public final class TransformerLanguageModel: Module, StoredModel, GroupedModule, IncrementalLanguageModel,
    DecodedLanguageModel
{
    public static let storedName = "TransformerLanguageModel"

    public typealias Configuration = TransformerConfiguration
    public let configuration: Configuration
    public let body: Transformer
    /// The decoder; nil where it shares the tokens' vectors.
    let decoder: Linear?
    /// The tokens whose keys and values are kept.
    private var read: Tensor?

    /// A language model with initial weights.
    ///
    /// - Throws: ``TextError`` for a family that does not read from left to right, and for sizes that are not possible.
    public init(_ configuration: Configuration) throws {
        guard configuration.isCausal else {
            throw TextError(
                "A \(configuration.family.rawValue) reads texts from both sides and cannot say which token follows; "
                    + "a language model is of the family gpt2.")
        }
        self.configuration = configuration
        body = try Transformer(configuration)
        decoder =
            configuration.tiesDecoder
            ? nil : Linear(configuration.width, configuration.vocabularySize, bias: false)
        super.init()
        if let decoder { initializeTransformer(decoder) }
    }

    /// The body's groups; a decoder of its own is in the last.
    public var parameterGroups: [[Tensor]] {
        var groups = body.parameterGroups
        groups[groups.count - 1] += decoder?.parameters() ?? []
        return groups
    }

    public override func forward(_ input: Tensor) -> Tensor { decoded(body(input)) }

    private func decoded(_ hidden: Tensor) -> Tensor {
        decoder.map { $0(hidden) } ?? hidden.linear(body.embeddings.tokens.weight)
    }

    public func hiddenOutputs(_ tokens: Tensor) -> [Tensor] { [body(tokens)] }

    public var decoderWeights: (weight: Tensor, bias: Tensor?) {
        (decoder?.weight ?? body.embeddings.tokens.weight, decoder?.bias)
    }

    // MARK: Token by token

    public func start(_ tokens: Tensor) -> Tensor {
        body.beginKeeping()
        guard tokens.isDefined, tokens.dim == 2, tokens.size(1) > 0 else {
            TorchError(
                operation: "start", inputs: "\(tokens.shape)",
                reason: "the beginnings of texts, int64 [batch, length], of at least one token are expected"
            ).report()
            return .undefined
        }
        let most = configuration.positions
        let length = min(tokens.size(1), most)
        return step(tokens.narrow(dim: 1, start: tokens.size(1) - length, length: length))
    }

    public func next(_ tokens: Tensor) -> Tensor {
        guard let read, tokens.dim == 1, tokens.size(0) == read.size(0) else {
            TorchError(
                operation: "next", inputs: "\(tokens.shape)",
                reason: read.map { "one token for each of \($0.size(0)) texts, int64 [batch], is expected" }
                    ?? "nothing was read before; call start first"
            ).report()
            return .undefined
        }
        let tokens = tokens.unsqueeze(1)
        guard read.size(1) >= configuration.positions else { return step(tokens) }
        let half = max(configuration.positions / 2, 1) - 1
        let rest = read.narrow(dim: 1, start: read.size(1) - half, length: half)
        return start(.cat([rest, tokens], dim: 1))
    }

    public func reorder(_ rows: Tensor) {
        read = read?.indexSelect(dim: 0, rows)
        body.reorder(rows)
    }

    public func reset() {
        body.stopKeeping()
        read = nil
    }

    private func step(_ tokens: Tensor) -> Tensor {
        read = body.readCount == 0 ? tokens : read.map { .cat([$0, tokens], dim: 1) }
        let hidden = body(tokens)
        guard hidden.isDefined else { return .undefined }
        return decoded(hidden.select(dim: 1, index: hidden.size(1) - 1))
    }
}
