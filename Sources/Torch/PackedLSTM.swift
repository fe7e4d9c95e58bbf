// LSTM layers whose weights lie as the processor's kernels read them; SteadyLSTM uses them.
import CTorch

extension Machine {
    /// Whether the processor has such layers, in float32.
    static var canPackLSTM: Bool { ct_can_pack_lstm() }
}

extension Tensor {
    /// The weights of one direction, `[4 * hiddenSize, inputSize]` and `[4 * hiddenSize, hiddenSize]`, in the order in which the
    /// processor's kernels read them. ``lstm(packed:biases:hidden:cell:isReverse:)`` alone can use them.
    ///
    /// The sequences (`self`, `[length, batch, inputSize]`) are those for whose sizes the order is chosen.
    func packedLSTM(
        _ inputWeight: Tensor, _ hiddenWeight: Tensor, isReverse: Bool
    ) -> (input: Tensor, hidden: Tensor) {
        let result = ct_pack_lstm(
            inputWeight.handle.pointer, hiddenWeight.handle.pointer, isReverse, shape.sizes)
        extendLifetime((inputWeight, hiddenWeight))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Outputs `[length, batch, hiddenSize]`, last state and last cell of one direction over the sequences (`self`,
    /// `[length, batch, inputSize]`), which begin at a state and a cell `[batch, hiddenSize]`; without gradients.
    func lstm(
        packed weights: (input: Tensor, hidden: Tensor), biases: (input: Tensor, hidden: Tensor), hidden: Tensor,
        cell: Tensor, isReverse: Bool
    ) -> (output: Tensor, hidden: Tensor, cell: Tensor) {
        let result = ct_packed_lstm(
            handle.pointer, weights.input.handle.pointer, weights.hidden.handle.pointer, biases.input.handle.pointer,
            biases.hidden.handle.pointer, hidden.handle.pointer, cell.handle.pointer, isReverse)
        extendLifetime((self, weights, biases, hidden, cell))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2))
    }
}
