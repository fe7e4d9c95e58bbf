// An LSTM layer for predictions, whose weights stay the same from call to call.

/// Runs an LSTM layer whose weights stay the same from call to call, with the results of ``Tensor/lstm(weights:state:)``.
///
/// LibTorch lays the weights out for the processor's kernels in each call, which for one sentence takes as long as the layer
/// itself. From the second call with the same weights on this holds a copy that is laid out; weights that were changed or
/// replaced are laid out anew. Where gradients are recorded, in other precisions than float32 and on other devices than the CPU
/// it is the operator itself.
///
/// ```swift
/// let layer = SteadyLSTM()
/// let (output, state) = layer(words, weights: weights)
/// ```
public final class SteadyLSTM {
    /// The weights of the last call, held so that no other tensors can take their place.
    private var sources: [(tensor: Tensor, version: Int64)] = []
    /// Of each direction the two weights as the processor's kernels read them.
    private var packed: [(input: Tensor, hidden: Tensor)] = []
    /// Whether the weights of the last call are laid out.
    var isLaidOut: Bool { !packed.isEmpty }

    public init() {}

    /// - Parameters:
    ///   - input: The sequences of a batch, `[batch, length, inputSize]`.
    ///   - weights: Four, or eight for both directions, as ``Tensor/lstm(weights:state:)`` orders them.
    ///   - state: Where to go on from, each `[directions, batch, hiddenSize]`; zeros by default.
    /// - Returns: The outputs `[batch, length, directions * hiddenSize]`, and the state behind the last token.
    public func callAsFunction(
        _ input: Tensor, weights: [Tensor], state: LSTMState? = nil
    ) -> (output: Tensor, state: LSTMState) {
        guard isSuitable(input, weights, state) else { return input.lstm(weights: weights, state: state) }
        let isKnown =
            sources.count == weights.count
            && zip(sources, weights).allSatisfy { $0.tensor.isIdentical(to: $1) && $0.version == $1.version }
        guard isKnown else {
            forget()
            sources = weights.map { ($0, $0.version) }
            return input.lstm(weights: weights, state: state)
        }
        let sequence = input.transpose(0, 1)
        if packed.isEmpty {
            packed = stride(from: 0, to: weights.count, by: 4).map {
                sequence.packedLSTM(weights[$0], weights[$0 + 1], isReverse: $0 > 0)
            }
        }
        let sizes = [input.size(0), weights[1].size(1)]
        let ends = packed.enumerated().map { direction, packed in
            sequence.lstm(
                packed: packed, biases: (weights[4 * direction + 2], weights[4 * direction + 3]),
                hidden: state.map { $0.hidden[direction] } ?? .zeros(sizes),
                cell: state.map { $0.cell[direction] } ?? .zeros(sizes), isReverse: direction > 0)
        }
        let output = ends.count == 1 ? ends[0].output : Tensor.cat(ends.map(\.output), dim: 2)
        return (
            output.transpose(0, 1),
            LSTMState(hidden: .stack(ends.map(\.hidden)), cell: .stack(ends.map(\.cell)))
        )
    }

    /// Lets go of the weights and of their copy, as before a training.
    public func forget() {
        sources = []
        packed = []
    }

    /// Whether the layer can run with weights that are laid out. What does not fit is left to the operator, which says so.
    private func isSuitable(_ input: Tensor, _ weights: [Tensor], _ state: LSTMState?) -> Bool {
        guard Machine.canPackLSTM, !gradientsAreEnabled, !torchHasFailed, input.isDefined, input.dim == 3,
            input.count > 0, input.computedDType == .float32, weights.count == 4 || weights.count == 8
        else { return false }
        let states = state.map { [$0.hidden, $0.cell] } ?? []
        guard ([input] + weights + states).allSatisfy({ $0.isDefined && $0.dtype == .float32 && $0.device == .cpu })
        else { return false }
        guard weights[1].dim == 2 else { return false }
        let hidden = weights[1].size(1)
        let expected = [[4 * hidden, input.size(2)], [4 * hidden, hidden], [4 * hidden], [4 * hidden]]
        return hidden > 0
            && weights.enumerated().allSatisfy { $1.shape.sizes == expected[$0 % 4] }
            && states.allSatisfy { $0.shape.sizes == [weights.count / 4, input.size(0), hidden] }
    }
}
