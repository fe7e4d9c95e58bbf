// Reading whole texts of a batch in pieces, and pooling what was read into one vector for each text.
import ApusCore
import Torch

/// Reads whole texts in pieces with an ``AWDLSTM``, whose state goes on from piece to piece.
///
/// Gradients go back through one piece, so that a text of any length needs no more memory than its last `maxLength` tokens.
/// Texts are filled up as fastai's `pad_input_chunk` does: at the front with whole pieces, behind the text with the rest; or
/// at the back alone.
public final class SentenceEncoder: Module {
    /// What reads the pieces.
    public let module: AWDLSTM
    /// The tokens of a piece.
    public let pieceLength: Int
    /// Of how many tokens at most the outputs are kept, those of the text's end; nil for all.
    public let maxLength: Int?
    /// The number of the token that fills texts up.
    public let padding: Int

    init(_ module: AWDLSTM, pieceLength: Int, maxLength: Int?, padding: Int) {
        (self.module, self.pieceLength, self.maxLength, self.padding) = (module, pieceLength, maxLength, padding)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { encode(input).output }

    /// The outputs for the tokens `[batch, length]` of whole texts: `[batch, kept length, width]`, zeros in pieces of padding
    /// alone, and which of their places are padding, `[batch, kept length]`.
    public func encode(_ tokens: Tensor) -> (output: Tensor, isPadding: Tensor) { encode(tokens, keptPlaces: nil) }

    /// ``encode(_:)`` that keeps what the gradient needs of some places only, from the end of the texts on, and computes the
    /// rest anew in the backward pass.
    ///
    /// - Parameter keptPlaces: Texts times tokens; nil for all.
    func encode(_ tokens: Tensor, keptPlaces: Int?) -> (output: Tensor, isPadding: Tensor) {
        guard tokens.isDefined, tokens.dim == 2, tokens.size(1) > 0 else {
            if tokens.isDefined {
                TorchError(
                    operation: "SentenceEncoder", inputs: "\(tokens.shape)",
                    reason: "texts [batch, length] of at least one token are expected"
                ).report()
            }
            return (.undefined, .undefined)
        }
        defer { module.carriedState = [] }
        module.carriedState = []
        let length = tokens.size(1)
        let starts = Array(stride(from: 0, to: length, by: pieceLength))
        let plan = PiecePlan(tokens.ne(Scalar(padding)), starts: starts, pieceLength: pieceLength)
        let rows = plan.order.map { tokens.indexSelect(dim: 0, $0) } ?? tokens
        let batch = tokens.size(0)
        var outputs: [Tensor] = []
        let first = firstRecorded(starts, plan.counts, length: length, keptPlaces)
        for (place, (start, count)) in zip(starts, plan.counts).enumerated() {
            let isKept = maxLength.map { length - start <= $0 } ?? true
            let size = min(pieceLength, length - start)
            let piece = rows.narrow(dim: 1, start: start, length: size).narrow(dim: 0, start: 0, length: count)
            guard isKept else {
                // Only the state behind it matters, which has no gradient.
                if count > 0 { _ = withoutGradients { module(piece) } }
                continue
            }
            let output =
                count == 0
                ? Tensor.zeros([0, size, module.options.embeddingSize]) : place < first ? again(piece) : module(piece)
            guard output.isDefined else { return (.undefined, .undefined) }
            let rest = [batch - count, size, output.size(2)]
            outputs.append(
                count == batch
                    ? output : .cat([output, .zeros(rest, dtype: output.dtype, device: tokens.device)], dim: 0))
        }
        let joined = outputs.count == 1 ? outputs[0] : Tensor.cat(outputs, dim: 1)
        let kept = joined.size(1)
        let isPadding = tokens.narrow(dim: 1, start: length - kept, length: kept).eq(Scalar(padding))
        return (plan.inverse.map { joined.indexSelect(dim: 0, $0) } ?? joined, isPadding)
    }

    /// The first piece of which what the gradient needs is kept.
    private func firstRecorded(_ starts: [Int], _ counts: [Int], length: Int, _ keptPlaces: Int?) -> Int {
        // Nothing is kept of layers that do not learn.
        guard let keptPlaces, gradientsAreEnabled, module.parameters().contains(where: \.requiresGradient) else {
            return 0
        }
        var (place, sum) = (starts.count, 0)
        while place > 0 {
            sum += counts[place - 1] * min(pieceLength, length - starts[place - 1])
            // The last piece costs nothing: its turn comes when the others are done.
            if sum > keptPlaces, place < starts.count { break }
            place -= 1
        }
        return place
    }

    /// The outputs for a piece, which are computed again from the same state when their gradient is known.
    private func again(_ piece: Tensor) -> Tensor {
        let before = module.carriedState
        return recomputed(on: piece.device) { [module] isAgain in
            let later = module.carriedState
            module.carriedState = before
            defer { if isAgain { module.carriedState = later } }
            return module(piece)
        }
    }

    public override var settings: String {
        "pieceLength: \(pieceLength), maxLength: \(maxLength.map(String.init) ?? "none")"
    }
}

/// Which texts of a batch are read in which piece: the first ones in an order in which texts that begin earlier come first.
private struct PiecePlan {
    /// The order of the texts, int64 `[batch]`; nil for their own.
    let order: Tensor?
    /// Where each text stands in that order.
    let inverse: Tensor?
    /// How many texts are read in each piece.
    let counts: [Int]

    init(_ isToken: Tensor, starts: [Int], pieceLength: Int) {
        let (device, batch, length) = (isToken.device, isToken.size(0), isToken.size(1))
        // A piece is read of a text that has a token in it.
        let flags = Tensor.stack(
            starts.map { start in
                isToken.narrow(dim: 1, start: start, length: min(pieceLength, length - start)).any(dim: 1)
            }, dim: 1
        ).to(.cpu).to(.int64).flatten().array(of: Int.self)
        func isRead(_ row: Int, _ piece: Int) -> Bool { flags[row * starts.count + piece] != 0 }
        let spans = (0..<batch).map { row in
            let read = starts.indices.filter { isRead(row, $0) }
            return (first: read.first ?? starts.count, last: read.last ?? -1)
        }
        let order = (0..<batch).sorted {
            let (one, other) = (spans[$0], spans[$1])
            if one.first != other.first { return one.first < other.first }
            return one.last != other.last ? one.last > other.last : $0 < $1
        }
        counts = starts.indices.map { piece in
            (order.lastIndex { spans[$0].first <= piece && piece <= spans[$0].last } ?? -1) + 1
        }
        guard order != Array(0..<batch) else {
            (self.order, inverse) = (nil, nil)
            return
        }
        var inverse = order
        for (place, row) in order.enumerated() { inverse[row] = place }
        self.order = Tensor(order, device: device)
        self.inverse = Tensor(inverse, device: device)
    }
}

/// One vector for each text: the output of its last token, the largest and the mean of its outputs, `[batch, 3 * width]`
/// (Howard and Ruder 2018, https://arxiv.org/abs/1801.06146).
///
/// The last token is the text's own. fastai counts padding in front of a text as padding behind it where the last piece is
/// shorter than the others, and then takes an earlier token.
///
/// - Parameters:
///   - output: `[batch, length, width]`.
///   - isPadding: Which places do not count, `[batch, length]`. A text of padding alone has zeros.
public func maskedConcatPool(_ output: Tensor, isPadding: Tensor) -> Tensor {
    guard output.isDefined, isPadding.isDefined else { return .undefined }
    let output = output.float()
    let mask = isPadding.unsqueeze(2)
    let counts = isPadding.logicalNot().sum(dim: 1).unsqueeze(1)
    let isEmpty = counts.eq(Scalar(0))
    let mean = output.maskedFill(mask, 0).sum(dim: 1) / counts.float().clamp(min: 1)
    let largest = output.maskedFill(mask, -Double.infinity).max(dim: 1).values.maskedFill(isEmpty, 0)
    let length = output.size(1)
    let places = Tensor.arange(0, length, dtype: .int64, device: output.device).unsqueeze(0)
    let last = places.expand(isPadding.shape.sizes).maskedFill(isPadding, 0).amax(dim: 1)
    let index = last.reshape(-1, 1, 1).expand([output.size(0), 1, output.size(2)])
    let final = output.gather(dim: 1, index).squeeze(dim: 1).maskedFill(isEmpty, 0)
    return .cat([final, largest, mean], dim: 1)
}
