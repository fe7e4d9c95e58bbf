// The texts that a block has tokenized: looked up instead of tokenizing them again.
import ApusCore
import Synchronization
import Torch

/// The numbers of the tokens of texts that were tokenized already.
final class TokenStore: Sendable {
    private struct Place {
        let part: Int
        let index: Int
    }
    private struct State {
        var places: [TextSource: Place] = [:]
        var parts: [NumberedTexts] = []
    }
    private let state = Mutex(State())

    /// Keeps the tokens of texts.
    func add(_ sources: [TextSource], _ texts: NumberedTexts) {
        state.withLock { state in
            let part = state.parts.count
            state.parts.append(texts)
            for (index, source) in sources.enumerated() { state.places[source] = Place(part: part, index: index) }
        }
    }

    /// The texts that are not there yet, each once.
    func missing(of sources: [TextSource]) -> [TextSource] {
        state.withLock { state in
            var seen: Set<TextSource> = []
            return sources.filter { state.places[$0] == nil && seen.insert($0).inserted }
        }
    }

    /// The numbers of tokens of texts; nil where one is not there.
    func lengths(of sources: [TextSource]) -> [Int]? {
        state.withLock { state in
            var lengths: [Int] = []
            lengths.reserveCapacity(sources.count)
            for source in sources {
                guard let place = state.places[source] else { return nil }
                lengths.append(state.parts[place.part].length(of: place.index))
            }
            return lengths
        }
    }

    /// The numbers of a text's tokens; nil where it is not there.
    func ids(of source: TextSource) -> [Int]? {
        let found = state.withLock { state in state.places[source].map { (state.parts[$0.part], $0.index) } }
        return found.map { texts, index in texts.ids(of: index).array(of: Int.self) }
    }

    /// Texts in an order, as parts of one stream; nil where one is not there.
    ///
    /// - Parameter maxLength: The most tokens of a text; the rest is left out.
    func stream(of sources: [TextSource], maxLength: Int?) -> [TextPiece]? {
        state.withLock { state in
            var pieces: [TextPiece] = []
            pieces.reserveCapacity(sources.count)
            for source in sources {
                guard let place = state.places[source] else { return nil }
                let texts = state.parts[place.part]
                let length = min(texts.length(of: place.index), maxLength ?? .max)
                pieces.append(TextPiece(texts: texts, index: place.index, count: length))
            }
            return pieces
        }
    }
}

/// One of many numbered texts.
struct TextPiece: Sendable {
    let texts: NumberedTexts
    let index: Int
    /// How many of its tokens count, from the first on.
    let count: Int

    /// The numbers of a range of the text's tokens, int64.
    func ids(in range: Range<Int>) -> Tensor {
        let start = texts.offsets[index]
        return texts.ids(in: start + range.lowerBound..<start + range.upperBound)
    }
}
