// Many texts as tokens: what a tokenizer makes of a list of texts, before and after a vocabulary gives them numbers.
import ApusCore
import Torch

/// Many texts as the numbers of their tokens, one text behind the other in one tensor.
public struct NumberedTexts: Sendable {
    /// int32 `[tokens]`; may be a file that is mapped into memory.
    private let stored: Tensor
    /// int32 `[stored numbers]`: which number stands for a stored one; nil where they are the same.
    private let numbers: Tensor?
    /// Where each text begins, and where the last ends.
    public let offsets: [Int]

    /// - Parameters:
    ///   - ids: int32 `[tokens]`.
    ///   - offsets: Where each text begins, and where the last ends.
    public init(ids: Tensor, offsets: [Int]) { (stored, numbers, self.offsets) = (ids, nil, offsets) }

    private init(_ other: NumberedTexts, numbers: Tensor) {
        (stored, self.numbers, offsets) = (other.stored, numbers, other.offsets)
    }

    /// The number of texts.
    public var count: Int { max(offsets.count - 1, 0) }
    /// The number of tokens of all texts.
    public var tokenCount: Int { (offsets.last ?? 0) - (offsets.first ?? 0) }
    /// The number of tokens of a text.
    public func length(of index: Int) -> Int { offsets[index + 1] - offsets[index] }
    /// The number of tokens of each text.
    public var lengths: [Int] { (0..<count).map(length) }

    /// The numbers of a text's tokens, int64 `[tokens]`.
    public func ids(of index: Int) -> Tensor { ids(in: offsets[index]..<offsets[index + 1]) }

    /// The numbers of a range of all tokens, int64 `[tokens]`.
    public func ids(in range: Range<Int>) -> Tensor {
        let part = stored.narrow(dim: 0, start: range.lowerBound, length: range.count)
        return (numbers.map { $0.indexSelect(dim: 0, part) } ?? part).to(.int64)
    }

    /// The same texts with other numbers.
    ///
    /// - Parameter numbers: int32 `[stored numbers]`: which number stands for a stored one.
    func renumbered(_ numbers: Tensor) -> NumberedTexts { NumberedTexts(self, numbers: numbers) }
}

/// Many texts as tokens, before a vocabulary says which of them a model knows.
public struct TokenizedTexts: Sendable {
    /// The distinct tokens, by first appearance.
    public let tokens: [String]
    /// How often each of them comes.
    public let frequencies: [Int]
    /// The texts, whose numbers are places in ``tokens``.
    let texts: NumberedTexts

    init(tokens: [String], frequencies: [Int], texts: NumberedTexts) {
        (self.tokens, self.frequencies, self.texts) = (tokens, frequencies, texts)
    }

    /// The number of texts.
    public var count: Int { texts.count }
    /// The number of tokens of each text.
    public var lengths: [Int] { texts.lengths }
    /// Each distinct token with how often it comes, by first appearance: what a ``TokenVocabulary`` is made of.
    public var counts: [(token: String, count: Int)] { zip(tokens, frequencies).map { ($0, $1) } }

    /// The tokens of a text.
    public func tokens(of index: Int) -> [String] { texts.ids(of: index).array(of: Int.self).map { tokens[$0] } }

    /// The texts as the numbers that a vocabulary gives their tokens.
    public func numbered(by vocabulary: TokenVocabulary) -> NumberedTexts {
        texts.renumbered(Tensor(vocabulary.ids(of: tokens).map { Int32(clamping: $0) }))
    }
}
