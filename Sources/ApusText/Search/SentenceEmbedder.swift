// Texts as vectors, by a transformer and its tokenizer.
import ApusCore
import Torch

/// Makes vectors of texts: a tokenizer and a ``SentenceModel``.
///
/// ```swift
/// let embedder = try TransformerFolder.hub("sentence-transformers/all-MiniLM-L6-v2").sentenceEmbedder()
/// let vectors = try embedder.embed(["A man eats food.", "Someone is eating."])     // [2, 384]
/// print(vectors[0].cosineSimilarity(vectors[1], dim: 0).item())
/// ```
/// The model belongs to the embedder from then on. An embedder is used by one task at a time.
public final class SentenceEmbedder {
    public let model: SentenceModel
    public let tokenizer: any Tokenizer
    /// Where the model runs.
    public let device: Device
    private let vocabulary: TokenVocabulary

    /// - Parameters:
    ///   - model: The model; it is put into evaluation mode.
    ///   - tokenizer: The tokenizer that the model was trained with, which brings its vocabulary.
    ///   - device: Where the model runs.
    /// - Throws: ``TextError`` for a tokenizer without a vocabulary, or with more tokens than the model knows.
    public init(_ model: SentenceModel, _ tokenizer: any Tokenizer, device: Device = .default) throws {
        let known = model.configuration.transformer.vocabularySize
        guard let vocabulary = tokenizer.vocabulary else {
            throw TextError(
                "The tokenizer \(type(of: tokenizer).storedName) has no vocabulary; give the one that the model was trained "
                    + "with, as its folder has it.")
        }
        guard vocabulary.count <= known else {
            throw TextError(
                "The tokenizer has \(vocabulary.count) tokens, the model knows \(known); they are not of one folder.")
        }
        (self.model, self.tokenizer, self.vocabulary, self.device) = (model, tokenizer, vocabulary, device)
        model.to(device)
        model.eval()
    }

    /// The numbers of a vector.
    public var width: Int { model.configuration.width }

    /// The vectors of texts, `[texts, width]`, on the processor. Texts of a like length go through the model together;
    /// longer ones than it reads are cut.
    ///
    /// - Parameter batchSize: The texts of a batch.
    /// - Throws: ``TextError`` for a batch size below 1, what the tokenizer throws, or ``TorchError``.
    public func embed(_ texts: [String], batchSize: Int = 32) throws -> Tensor {
        guard batchSize > 0 else { throw TextError("A batch of \(batchSize) texts is not possible; give at least 1.") }
        guard !texts.isEmpty else { return Tensor.zeros([0, width]) }
        let tokenized = try tokenizer.tokenize(texts.map(TextSource.text)).numbered(by: vocabulary)
        let ids = texts.indices.map { cut(tokenized.ids(of: $0).array(of: Int.self)) }
        // The longest first, so that memory suffices for all when it does for the first; those of one length by place.
        let order = ids.indices.sorted { (ids[$1].count, $0) < (ids[$0].count, $1) }
        let parts = try withTorchErrors {
            withoutGradients {
                stride(from: 0, to: order.count, by: batchSize).map { start in
                    let batch = order[start..<min(start + batchSize, order.count)].map { ids[$0] }
                    return model(padded(batch).to(device)).to(.cpu).to(.float32)
                }
            }
        }
        var places = [Int](repeating: 0, count: order.count)
        for (place, text) in order.enumerated() { places[text] = place }
        return try withTorchErrors { Tensor.cat(parts).indexSelect(dim: 0, Tensor(places)) }
    }

    /// The vector of one text, `[width]`.
    ///
    /// - Throws: As ``embed(_:batchSize:)``.
    public func embed(_ text: String) throws -> Tensor { try embed([text])[0] }

    /// The numbers of a text's tokens, cut to what the model reads; the last token, such as `[SEP]`, stays.
    private func cut(_ ids: [Int]) -> [Int] {
        guard let last = ids.last else { return [vocabulary.padding] }
        guard let most = model.maxLength, ids.count > most else { return ids }
        return ids.prefix(most - 1) + [last]
    }

    private func padded(_ batch: [[Int]]) -> Tensor {
        let length = batch.map(\.count).max() ?? 1
        let padding = model.configuration.transformer.padding ?? vocabulary.padding
        let rows = batch.flatMap { $0 + Array(repeating: padding, count: length - $0.count) }
        return Tensor(rows, shape: [batch.count, length])
    }
}
