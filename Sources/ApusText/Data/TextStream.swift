// The batches of language models: all texts in one stream, cut into lanes that go on from batch to batch.
import ApusCore
import Torch

/// The batches of a language model: inputs and targets int64 `[batch, length]`, the targets one token further.
///
/// The stream is cut into as many lanes as a batch has items; a batch has the next tokens of each lane, so that what a net
/// carries from batch to batch goes on where it stopped (fastai's `LMDataLoader`).
final class TextStream: BatchSource {
    private let texts: [TextPiece]
    private let seqLen: Int
    private let isRandom: Bool
    private let isBackward: Bool
    private let shuffle: Bool
    private let orderSeed: Int
    let batchSize: Int
    /// The number of tokens from the beginning of a lane to that of the next.
    private let stride: Int
    /// The first token of each batch in a lane, and where the last batch ends.
    private let steps: [Int]

    /// - Throws: `DataError` when the texts have fewer tokens than a batch needs.
    init(
        _ texts: [TextPiece], seqLen: Int, isRandom: Bool, isBackward: Bool, shuffle: Bool, batchSize: Int, seed: Int
    ) throws {
        guard batchSize > 0 else { throw DataError("A batch size of \(batchSize) is not possible; give at least 1.") }
        (self.texts, self.seqLen, self.isRandom, self.isBackward) = (texts, seqLen, isRandom, isBackward)
        (self.shuffle, self.batchSize, orderSeed) = (shuffle, batchSize, seed)
        let total = texts.reduce(0) { $0 + $1.count }
        // The last target of a lane is the first token of the next one; in v1 each lane keeps its last token for it.
        stride = isRandom ? total / batchSize : max(total - 1, 0) / batchSize
        let usable = isRandom ? stride - 1 : stride
        guard usable > 0 else {
            throw DataError(
                "\(total) tokens are too few for batches of \(batchSize) lanes; give more text, or a smaller batch size."
            )
        }
        var steps = [0]
        var random = SeededRandom(seed: seed, -1)
        while let last = steps.last, last < usable {
            var length = seqLen
            if isRandom {
                // The first piece is the longest, so that a batch that is too large for the memory shows at once.
                let mean = random.bernoulli(0.95) ? Double(seqLen) : Double(seqLen) / 2
                let drawn = Int(random.normal() * 5 + mean)
                length = steps.count == 1 ? seqLen + 25 : min(max(drawn, 5), seqLen + 25)
            }
            steps.append(min(last + length, usable))
        }
        self.steps = steps
    }

    var batchCount: Int { steps.count - 1 }
    var itemCount: Int { batchCount * batchSize }
    /// An item is a piece of a lane, of which nobody thinks: tokens are counted.
    var amount: String { "\((steps.last ?? 0) * batchSize) tokens" }
    var seed: Int? { orderSeed }
    var workers: Int? { 0 }

    /// A number for each text, which depends on all of its tokens and their order.
    var contents: String? {
        texts.map { text in
            let ids = text.ids(in: 0..<text.count)
            return "\((ids * Tensor.arange(1, text.count + 1)).sum().item(as: Int.self))"
        }.joined(separator: " ")
    }

    func with(batchSize: Int) throws -> any BatchSource {
        try TextStream(
            texts, seqLen: seqLen, isRandom: isRandom, isBackward: isBackward, shuffle: shuffle, batchSize: batchSize,
            seed: orderSeed)
    }

    var inOrder: any BatchSource {
        guard shuffle,
            let ordered = try? TextStream(
                texts, seqLen: seqLen, isRandom: isRandom, isBackward: isBackward, shuffle: false, batchSize: batchSize,
                seed: orderSeed)
        else { return self }
        return ordered
    }

    func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        var order = texts
        if shuffle {
            var random = SeededRandom(seed: orderSeed, epoch, -1)
            order.shuffle(using: &random)
        }
        return Iterator(self, TextRow(order, isBackward: isBackward), next: max(first, 0))
    }

    private final class Iterator: BatchIterator {
        private let stream: TextStream
        private let row: TextRow
        private var place: Int

        init(_ stream: TextStream, _ row: TextRow, next: Int) { (self.stream, self.row, place) = (stream, row, next) }

        func next() throws -> Batch? {
            guard place < stream.batchCount else { return nil }
            defer { place += 1 }
            let (start, end) = (stream.steps[place], stream.steps[place + 1])
            return try withTorchErrors {
                let lanes = (0..<stream.batchSize).map { lane in
                    row.ids(in: lane * stream.stride + start..<lane * stream.stride + end + 1)
                }
                let ids = Tensor.stack(lanes)
                let length = end - start
                return Batch(
                    inputs: [ids.narrow(dim: 1, start: 0, length: length).contiguous()],
                    targets: [ids.narrow(dim: 1, start: 1, length: length).contiguous()])
            }
        }

        func cancel() { place = stream.batchCount }
        var passed: Int? { place }
    }
}

/// Texts one behind the other.
private struct TextRow {
    private let texts: [TextPiece]
    private let isBackward: Bool
    /// Where each text begins, and where the last ends.
    private let starts: [Int]

    init(_ texts: [TextPiece], isBackward: Bool) {
        (self.texts, self.isBackward) = (texts, isBackward)
        var starts = [0]
        starts.reserveCapacity(texts.count + 1)
        for text in texts { starts.append(starts[starts.count - 1] + text.count) }
        self.starts = starts
    }

    /// The numbers of a range of all tokens, int64.
    func ids(in range: Range<Int>) -> Tensor {
        var parts: [Tensor] = []
        var text = self.text(at: range.lowerBound)
        var place = range.lowerBound
        while place < range.upperBound {
            let end = min(range.upperBound, starts[text + 1])
            if end > place {
                parts.append(part(of: text, from: place - starts[text], to: end - starts[text]))
                place = end
            }
            text += 1
        }
        return parts.count == 1 ? parts[0] : Tensor.cat(parts)
    }

    private func part(of text: Int, from first: Int, to end: Int) -> Tensor {
        guard isBackward else { return texts[text].ids(in: first..<end) }
        let count = texts[text].count
        return texts[text].ids(in: count - end..<count - first).flip([0])
    }

    /// The text that a token belongs to.
    private func text(at place: Int) -> Int {
        var (low, high) = (0, texts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }
}
