// Recurrent nets over sequences: RNN, LSTM, GRU. RecurrentCells.swift has their single steps.

/// What recurrent nets share; make an ``RNN``, ``LSTM`` or ``GRU``.
///
/// Sequences are `[length, batch, inputSize]`, or `[batch, length, inputSize]` with `batchFirst`; without a batch
/// `[length, inputSize]`. The weights of layer 0 are `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, those
/// of the backward direction end in `_reverse`; all start uniform within `1 / sqrt(hiddenSize)`.
public class Recurrent: Module {
    public let inputSize: Int
    public let hiddenSize: Int
    public let layers: Int
    public let hasBias: Bool
    public let batchFirst: Bool
    /// The probability with which the outputs of each layer but the last are dropped in training.
    public var dropout: Double
    public let bidirectional: Bool
    private let parameterNames: [String]

    fileprivate init(
        layer: String, gates: Int, _ inputSize: Int, _ hiddenSize: Int, layers: Int, bias: Bool, batchFirst: Bool,
        dropout: Double, bidirectional: Bool
    ) {
        let reader = SizeReader(layer: layer, rank: 1)
        reader.check(inputSize, "inputSize")
        reader.check(hiddenSize, "hiddenSize")
        reader.check(layers, "layers")
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        self.layers = layers
        hasBias = bias
        self.batchFirst = batchFirst
        self.dropout = dropout
        self.bidirectional = bidirectional
        let directions = bidirectional ? 2 : 1
        var shapes: [(name: String, shape: [Int])] = []
        for index in 0..<max(0, layers) {
            for suffix in bidirectional ? ["", "_reverse"] : [""] {
                let width = index == 0 ? inputSize : hiddenSize &* directions
                shapes.append(("weight_ih_l\(index)\(suffix)", [gates &* hiddenSize, width]))
                shapes.append(("weight_hh_l\(index)\(suffix)", [gates &* hiddenSize, hiddenSize]))
                if bias {
                    shapes.append(("bias_ih_l\(index)\(suffix)", [gates &* hiddenSize]))
                    shapes.append(("bias_hh_l\(index)\(suffix)", [gates &* hiddenSize]))
                }
            }
        }
        parameterNames = shapes.map(\.name)
        super.init()
        let bound = 1 / Double(max(1, hiddenSize)).squareRoot()
        for (name, shape) in shapes { registerParameter(name, Init.uniform_(Tensor.empty(shape), -bound, bound)) }
    }

    /// The parameters in the order that LibTorch's kernels take them.
    final var flatWeights: [Tensor] { parameterNames.compactMap { registeredParameter($0) } }

    /// The sequence with a batch dimension, and whether it had none.
    fileprivate func batched(_ input: Tensor) -> (input: Tensor, wasSingle: Bool) {
        input.isDefined && input.dim == 2 ? (input.unsqueeze(batchFirst ? 0 : 1), true) : (input, false)
    }

    /// Whether a sequence with a batch dimension and its states fit the weights; reports what does not. Some of LibTorch's
    /// kernels do not compare sizes, and read what lies behind the weights.
    fileprivate func fits(_ sequence: Tensor, _ states: [Tensor]) -> Bool {
        func fail(_ reason: String) -> Bool {
            TorchFailure.report(TorchError(operation: "\(type(of: self))", reason: reason))
            return false
        }
        guard inputSize > 0, hiddenSize > 0, layers > 0, flatWeights.allSatisfy(\.isDefined) else {
            return fail("the layer has no weights: \(settings)")
        }
        guard sequence.isDefined else { return fail("the input is undefined") }
        let sizes = sequence.shape.sizes
        guard sizes.count == 3, sizes[2] == inputSize else {
            let expected = batchFirst ? "batch, length" : "length, batch"
            return fail("the input is \(sizes), expected [\(expected), \(inputSize)]; the batch may be missing")
        }
        let expected = [layers * (bidirectional ? 2 : 1), sizes[batchFirst ? 0 : 1], hiddenSize]
        for state in states where !state.isDefined || state.shape.sizes != expected {
            return fail("a state is \(state.isDefined ? "\(state.shape.sizes)" : "undefined"), expected \(expected)")
        }
        return true
    }

    fileprivate func single(_ output: Tensor) -> Tensor { output.squeeze(dim: batchFirst ? 0 : 1) }

    fileprivate func zeroState(for input: Tensor) -> Tensor {
        let batch = input.isDefined ? input.shape[batchFirst ? 0 : 1] : 0
        return .zeros(
            [layers &* (bidirectional ? 2 : 1), batch, hiddenSize], dtype: input.dtype, device: input.device)
    }

    public override var settings: String {
        var parts = ["\(inputSize), \(hiddenSize)"]
        if layers != 1 { parts.append("layers: \(layers)") }
        if !hasBias { parts.append("bias: false") }
        if batchFirst { parts.append("batchFirst: true") }
        if dropout != 0 { parts.append("dropout: \(dropout)") }
        if bidirectional { parts.append("bidirectional: true") }
        return parts.joined(separator: ", ")
    }
}

/// `RNN(inputSize, hiddenSize)`: the simple recurrent net, `h' = tanh(w_ih x + b_ih + w_hh h + b_hh)`.
///
/// ```swift
/// let rnn = RNN(10, 20, layers: 2, batchFirst: true)
/// let (output, hidden) = rnn(Tensor.randn(3, 5, 10), state: nil)      // [3, 5, 20], [2, 3, 20]
/// ```
public final class RNN: Recurrent {
    /// The function of each step.
    public enum Nonlinearity: Sendable {
        case tanh
        case relu
    }
    public let nonlinearity: Nonlinearity

    public init(
        _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, nonlinearity: Nonlinearity = .tanh, bias: Bool = true,
        batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false
    ) {
        self.nonlinearity = nonlinearity
        super.init(
            layer: "RNN", gates: 1, inputSize, hiddenSize, layers: layers, bias: bias, batchFirst: batchFirst,
            dropout: dropout, bidirectional: bidirectional)
    }

    /// The outputs alone, from a state of zeros.
    public override func forward(_ input: Tensor) -> Tensor { run(input, state: nil).output }

    /// The outputs of the last layer, and the last state of every layer and direction,
    /// `[layers * directions, batch, hiddenSize]`, to go on from; nil starts from zeros.
    public func callAsFunction(_ input: Tensor, state: Tensor?) -> (output: Tensor, state: Tensor) {
        var last = Tensor.undefined
        let output = withHooks([input]) { inputs in
            let result = run(inputs[0], state: state)
            last = result.state
            return result.output
        }
        return (output, last)
    }

    private func run(_ input: Tensor, state: Tensor?) -> (output: Tensor, state: Tensor) {
        let (sequence, wasSingle) = batched(input)
        let start = state.map { wasSingle ? $0.unsqueeze(1) : $0 } ?? zeroState(for: sequence)
        guard fits(sequence, [start]) else { return (.undefined, .undefined) }
        let kernel = nonlinearity == .tanh ? Tensor.rnnTanhRaw : Tensor.rnnReLURaw
        let (output, last) = kernel(
            sequence, start, flatWeights, hasBias, layers, dropout, isTraining, bidirectional, batchFirst)
        return wasSingle ? (single(output), last.squeeze(dim: 1)) : (output, last)
    }
}

/// `GRU(inputSize, hiddenSize)`: a recurrent net with an update and a reset gate (Cho et al., 2014).
///
/// ```swift
/// let gru = GRU(10, 20, batchFirst: true)
/// let (output, hidden) = gru(Tensor.randn(3, 5, 10), state: nil)      // [3, 5, 20], [1, 3, 20]
/// ```
public final class GRU: Recurrent {
    public init(
        _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0, bidirectional: Bool = false
    ) {
        super.init(
            layer: "GRU", gates: 3, inputSize, hiddenSize, layers: layers, bias: bias, batchFirst: batchFirst,
            dropout: dropout, bidirectional: bidirectional)
    }

    /// The outputs alone, from a state of zeros.
    public override func forward(_ input: Tensor) -> Tensor { run(input, state: nil).output }

    /// The outputs of the last layer, and the last state of every layer and direction,
    /// `[layers * directions, batch, hiddenSize]`, to go on from; nil starts from zeros.
    public func callAsFunction(_ input: Tensor, state: Tensor?) -> (output: Tensor, state: Tensor) {
        var last = Tensor.undefined
        let output = withHooks([input]) { inputs in
            let result = run(inputs[0], state: state)
            last = result.state
            return result.output
        }
        return (output, last)
    }

    private func run(_ input: Tensor, state: Tensor?) -> (output: Tensor, state: Tensor) {
        let (sequence, wasSingle) = batched(input)
        let start = state.map { wasSingle ? $0.unsqueeze(1) : $0 } ?? zeroState(for: sequence)
        guard fits(sequence, [start]) else { return (.undefined, .undefined) }
        let (output, last) = Tensor.gruRaw(
            sequence, start, flatWeights, hasBias, layers, dropout, isTraining, bidirectional, batchFirst)
        return wasSingle ? (single(output), last.squeeze(dim: 1)) : (output, last)
    }
}

/// What an ``LSTM`` or ``LSTMCell`` remembers between steps.
public struct LSTMState: Sendable {
    /// The hidden state, which is also the output.
    public var hidden: Tensor
    /// The cell state.
    public var cell: Tensor

    public init(hidden: Tensor, cell: Tensor) {
        self.hidden = hidden
        self.cell = cell
    }

    /// The same numbers outside the record for gradients, so that a long text is trained in pieces.
    public func detached() -> LSTMState { LSTMState(hidden: hidden.detached(), cell: cell.detached()) }
}

/// `LSTM(inputSize, hiddenSize)`: a recurrent net with a cell that input, forget and output gates guard (Hochreiter and
/// Schmidhuber, 1997).
///
/// ```swift
/// let lstm = LSTM(10, 20, layers: 2, batchFirst: true)
/// let (output, state) = lstm(Tensor.randn(3, 5, 10), state: nil)      // [3, 5, 20]; state.hidden is [2, 3, 20]
/// let (next, _) = lstm(Tensor.randn(3, 5, 10), state: state)
/// ```
public final class LSTM: Recurrent {
    public init(
        _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0, bidirectional: Bool = false
    ) {
        super.init(
            layer: "LSTM", gates: 4, inputSize, hiddenSize, layers: layers, bias: bias, batchFirst: batchFirst,
            dropout: dropout, bidirectional: bidirectional)
    }

    /// The outputs alone, from a state of zeros.
    public override func forward(_ input: Tensor) -> Tensor { run(input, state: nil).output }

    /// The outputs of the last layer, and the last state of every layer and direction, each
    /// `[layers * directions, batch, hiddenSize]`, to go on from; nil starts from zeros.
    public func callAsFunction(_ input: Tensor, state: LSTMState?) -> (output: Tensor, state: LSTMState) {
        var last = LSTMState(hidden: .undefined, cell: .undefined)
        let output = withHooks([input]) { inputs in
            let result = run(inputs[0], state: state)
            last = result.state
            return result.output
        }
        return (output, last)
    }

    private func run(_ input: Tensor, state: LSTMState?) -> (output: Tensor, state: LSTMState) {
        let (sequence, wasSingle) = batched(input)
        let zeros = state == nil ? zeroState(for: sequence) : Tensor.undefined
        let start = state.map { [$0.hidden, $0.cell] }.map { pair in wasSingle ? pair.map { $0.unsqueeze(1) } : pair }
        guard fits(sequence, start ?? [zeros, zeros]) else {
            return (.undefined, LSTMState(hidden: .undefined, cell: .undefined))
        }
        let (output, hidden, cell) = kernel(sequence, start ?? [zeros, zeros])
        if wasSingle {
            return (single(output), LSTMState(hidden: hidden.squeeze(dim: 1), cell: cell.squeeze(dim: 1)))
        }
        return (output, LSTMState(hidden: hidden, cell: cell))
    }

    private func kernel(_ sequence: Tensor, _ start: [Tensor]) -> (Tensor, Tensor, Tensor) {
        lstmKernel(
            sequence, start, flatWeights,
            .init(
                hasBias: hasBias, layers: layers, dropout: dropout, isTraining: isTraining,
                bidirectional: bidirectional, batchFirst: batchFirst))
    }
}

/// How LibTorch's kernel runs an LSTM.
private struct LSTMSettings {
    var hasBias = true
    var layers = 1
    var dropout = 0.0
    var isTraining = false
    var bidirectional = false
    var batchFirst = true
}

/// LibTorch's kernel, which fails in half precision where the processor has none for it: then it runs in float32.
private func lstmKernel(
    _ sequence: Tensor, _ start: [Tensor], _ weights: [Tensor], _ settings: LSTMSettings
) -> (Tensor, Tensor, Tensor) {
    func run(_ sequence: Tensor, _ start: [Tensor], _ weights: [Tensor]) -> (Tensor, Tensor, Tensor) {
        Tensor.lstmRaw(
            sequence, start, weights, settings.hasBias, settings.layers, settings.dropout, settings.isTraining,
            settings.bidirectional, settings.batchFirst)
    }
    guard sequence.isDefined, sequence.device == .cpu, let dtype = sequence.computedDType,
        !Machine.hasKernels(for: dtype)
    else { return run(sequence, start, weights) }
    return withAutocast(enabled: false) {
        let (output, hidden, cell) = run(
            sequence.to(.float32), start.map { $0.to(.float32) }, weights.map { $0.to(.float32) })
        return (output.to(dtype), hidden.to(dtype), cell.to(dtype))
    }
}

extension Tensor {
    /// One layer of an LSTM over the sequences of a batch (`self`, `[batch, length, inputSize]`) with weights that are not a
    /// module's own, such as weights of which dropout has left a part.
    ///
    /// ```swift
    /// let dropped = hiddenWeight.dropout(0.5, training: true)
    /// let (output, state) = input.lstm(weights: [inputWeight, dropped, inputBias, hiddenBias])
    /// ```
    /// - Parameters:
    ///   - weights: As PyTorch orders and names them: `weight_ih` `[4 * hiddenSize, inputSize]`, `weight_hh`
    ///     `[4 * hiddenSize, hiddenSize]`, `bias_ih` and `bias_hh` `[4 * hiddenSize]`; for both directions eight.
    ///   - state: Where to go on from, each `[directions, batch, hiddenSize]`; zeros by default.
    /// - Returns: The outputs `[batch, length, directions * hiddenSize]`, and the state behind the last token.
    public func lstm(weights: [Tensor], state: LSTMState? = nil) -> (output: Tensor, state: LSTMState) {
        func fail(_ reason: String) -> (output: Tensor, state: LSTMState) {
            TorchFailure.report(TorchError(operation: "lstm", inputs: isDefined ? "\(shape)" : "", reason: reason))
            return (.undefined, LSTMState(hidden: .undefined, cell: .undefined))
        }
        guard isDefined, dim == 3 else { return fail("the input must be [batch, length, inputSize]") }
        guard weights.count == 4 || weights.count == 8, weights.allSatisfy(\.isDefined), weights[0].dim == 2,
            weights[0].size(0) % 4 == 0
        else { return fail("four weights are expected, or eight for both directions") }
        let (hidden, directions) = (weights[0].size(0) / 4, weights.count / 4)
        let expected = [[4 * hidden, size(2)], [4 * hidden, hidden], [4 * hidden], [4 * hidden]]
        for (place, weight) in weights.enumerated() where weight.shape.sizes != expected[place % 4] {
            return fail("weight \(place) is \(weight.shape), expected \(expected[place % 4])")
        }
        let sizes = [directions, size(0), hidden]
        let start =
            state.map { [$0.hidden, $0.cell] } ?? (0..<2).map { _ in .zeros(sizes, dtype: dtype, device: device) }
        for state in start where !state.isDefined || state.shape.sizes != sizes {
            return fail("a state is \(state.isDefined ? "\(state.shape)" : "undefined"), expected \(sizes)")
        }
        let isRecorded = gradientsAreEnabled && ([self] + start + weights).contains(where: \.requiresGradient)
        let (output, last, cell) = lstmKernel(
            self, start, weights, LSTMSettings(isTraining: isRecorded, bidirectional: directions == 2))
        return (output, LSTMState(hidden: last, cell: cell))
    }
}
