// How texts of different lengths become a batch.
import ApusCore

/// How texts become batches.
public enum TextLayout: Sendable, Codable, Equatable {
    /// Texts of a batch are filled up to the longest: in front by whole pieces of `seqLen` tokens, the rest at the back
    /// (fastai's `pad_chunk`), so that a recurrent net that reads in such pieces begins with the text itself.
    case chunked(seqLen: Int = 72)
    /// Texts of a batch are filled up to the longest in front.
    case front
    /// Texts of a batch are filled up to the longest at the back, as transformers take them.
    case back
    /// All texts in one stream, cut into as many lanes as a batch has items; a batch has the next `seqLen` tokens of each
    /// lane, and its targets are those one further, for language models. In training the texts come in another order in
    /// each epoch.
    ///
    /// - `isRandom`: Whether the lengths of the pieces vary about `seqLen`, as in fastai v1: the first is 25 longer, the
    ///   others are normally distributed with a deviation of 5, one in twenty about half as long. They depend on the
    ///   loader's seed alone. False by default, as in fastai v2.
    case stream(seqLen: Int = 72, isRandom: Bool = false)

    /// The number of tokens that a recurrent net reads at a time; nil where the layout does not say.
    public var seqLen: Int? {
        switch self {
        case .chunked(let seqLen), .stream(let seqLen, _): seqLen
        case .front, .back: nil
        }
    }

    func check() throws {
        if let seqLen, seqLen < 1 { throw DataError("Pieces of \(seqLen) tokens are not possible; give at least 1.") }
    }

    /// A text's numbers filled up to a length.
    func padded(_ ids: [Int], to length: Int, with padding: Int) -> [Int] {
        let missing = length - ids.count
        guard missing > 0 else { return ids }
        func filler(_ count: Int) -> [Int] { Array(repeating: padding, count: count) }
        switch self {
        case .chunked(let seqLen):
            let front = missing / seqLen * seqLen
            return filler(front) + ids + filler(missing - front)
        case .front: return filler(missing) + ids
        case .back, .stream: return ids + filler(missing)
        }
    }
}
