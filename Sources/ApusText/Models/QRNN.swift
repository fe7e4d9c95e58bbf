// Quasi-recurrent nets: all products of a text at once, and a recurrence without weights.
import ApusCore
import Torch

/// A quasi-recurrent net in one or both directions (Bradbury and others 2016, https://arxiv.org/abs/1611.01576), as the
/// layer of fastai's first version: an output gate, and a window of one or two tokens.
final class DroppedQRNN: RecurrentLayer {
    let layers: [QRNNDirection]
    let layersBwd: [QRNNDirection]
    private let inputSize: Int
    private let hiddenSize: Int
    private let window: Int

    /// - Parameter window: How many tokens a gate sees: 1, or 2 for the token before as well.
    init(_ inputSize: Int, _ hiddenSize: Int, window: Int, isBidirectional: Bool, weightDropout p: Double) {
        (self.inputSize, self.hiddenSize, self.window) = (inputSize, hiddenSize, window)
        func direction(_ isBackward: Bool) -> QRNNDirection {
            QRNNDirection(
                inputSize, hiddenSize, window: window, isBackward: isBackward, weightDropout: isBackward ? 0 : p)
        }
        layers = [direction(false)]
        layersBwd = isBidirectional ? [direction(true)] : []
        super.init()
    }

    private var directions: [QRNNDirection] { layers + layersBwd }

    override var stateSizes: [(directions: Int, width: Int)] {
        directions.flatMap { _ in [(1, hiddenSize)] + (window == 2 ? [(1, inputSize)] : []) }
    }

    override func run(_ input: Tensor, state: [Tensor]) -> (output: Tensor, state: [Tensor]) {
        let share = state.count / directions.count
        let results = directions.enumerated().map { place, direction in
            direction.run(input, state: Array(state[(place * share)..<((place + 1) * share)]))
        }
        let output = results.count == 1 ? results[0].output : Tensor.cat(results.map(\.output), dim: 2)
        return (output, results.flatMap(\.state))
    }

    override var settings: String { "\(inputSize), \(hiddenSize), window: \(window)" }
}

/// One direction of a quasi-recurrent net.
final class QRNNDirection: Module {
    /// A linear layer of whose weight a part is dropped in training.
    final class DroppedLinear: Module {
        /// What is not dropped.
        final class Bias: Module {
            @Parameter var bias: Tensor

            init(_ bias: Tensor) {
                self.bias = bias
                super.init()
            }
        }

        @Parameter var weightRaw: Tensor
        let module: Bias
        private let p: Double

        init(_ inputs: Int, _ outputs: Int, _ p: Double) {
            self.p = p
            let bound = 1 / Double(max(inputs, 1)).squareRoot()
            weightRaw = Init.uniform_(Tensor.empty([outputs, inputs]), -bound, bound)
            module = Bias(Init.uniform_(Tensor.empty([outputs]), -bound, bound))
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            input.linear(isTraining && p > 0 ? weightRaw.dropout(p, training: true) : weightRaw, module.bias)
        }
    }

    let linear: DroppedLinear
    private let window: Int
    private let isBackward: Bool

    init(_ inputSize: Int, _ hiddenSize: Int, window: Int, isBackward: Bool, weightDropout p: Double) {
        (self.window, self.isBackward) = (window, isBackward)
        linear = DroppedLinear(window * inputSize, 3 * hiddenSize, p)
        super.init()
    }

    /// - Parameter state: The cell `[1, batch, hiddenSize]`, and with a window of 2 the token's vector before,
    ///   `[1, batch, inputSize]`.
    func run(_ input: Tensor, state: [Tensor]) -> (output: Tensor, state: [Tensor]) {
        let length = input.size(1)
        guard length > 0 else { return (linear(input).narrow(dim: 2, start: 0, length: state[0].size(2)), state) }
        let gates = linear(source(input, state)).chunk(3, dim: 2)
        let candidates = gates[0].tanh().unbind(dim: 1)
        let kept = gates[1].sigmoid().unbind(dim: 1)
        var cell = state[0].squeeze(dim: 0).to(gates[0].dtype)
        var cells: [Tensor] = []
        for place in isBackward ? Array((0..<length).reversed()) : Array(0..<length) {
            cell = kept[place] * candidates[place] + (1 - kept[place]) * cell
            cells.append(cell)
        }
        if isBackward { cells.reverse() }
        let output = gates[2].sigmoid() * Tensor.stack(cells, dim: 1)
        let last = input.narrow(dim: 1, start: isBackward ? 0 : length - 1, length: 1).transpose(0, 1)
        return (output, [cell.unsqueeze(0)] + (window == 2 ? [last] : []))
    }

    /// What each token's gates see: its vector, with a window of 2 also the vector of the token before it.
    private func source(_ input: Tensor, _ state: [Tensor]) -> Tensor {
        guard window == 2 else { return input }
        let edge = state[1].transpose(0, 1).to(input.dtype)
        let rest = input.narrow(dim: 1, start: isBackward ? 1 : 0, length: input.size(1) - 1)
        return .cat([input, .cat(isBackward ? [rest, edge] : [edge, rest], dim: 1)], dim: 2)
    }
}
