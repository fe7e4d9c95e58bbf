// Single steps of recurrent nets.

/// What the cells share; make an ``RNNCell``, ``LSTMCell`` or ``GRUCell``. All weights start uniform within
/// `1 / sqrt(hiddenSize)`.
public class RecurrentCell: Module {
    @Parameter public var weightIH: Tensor
    @Parameter public var weightHH: Tensor
    @Parameter public var biasIH: Tensor?
    @Parameter public var biasHH: Tensor?
    public let inputSize: Int
    public let hiddenSize: Int

    fileprivate init(layer: String, gates: Int, _ inputSize: Int, _ hiddenSize: Int, bias: Bool) {
        let reader = SizeReader(layer: layer, rank: 1)
        reader.check(inputSize, "inputSize")
        reader.check(hiddenSize, "hiddenSize")
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        let bound = 1 / Double(max(1, hiddenSize)).squareRoot()
        func weight(_ shape: Int...) -> Tensor { Init.uniform_(Tensor.empty(shape), -bound, bound) }
        weightIH = weight(gates &* hiddenSize, inputSize)
        weightHH = weight(gates &* hiddenSize, hiddenSize)
        biasIH = bias ? weight(gates &* hiddenSize) : nil
        biasHH = bias ? weight(gates &* hiddenSize) : nil
        super.init()
    }

    fileprivate func zeroState(for input: Tensor) -> Tensor {
        .zeros(Array(input.shape.sizes.dropLast()) + [hiddenSize], dtype: input.dtype, device: input.device)
    }

    public override var settings: String { "\(inputSize), \(hiddenSize)\(biasIH == nil ? ", bias: false" : "")" }
}

/// `RNNCell(inputSize, hiddenSize)`: one step of an ``RNN``; `[batch, inputSize]` gives `[batch, hiddenSize]`.
public final class RNNCell: RecurrentCell {
    public let nonlinearity: RNN.Nonlinearity

    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, nonlinearity: RNN.Nonlinearity = .tanh) {
        self.nonlinearity = nonlinearity
        super.init(layer: "RNNCell", gates: 1, inputSize, hiddenSize, bias: bias)
    }

    /// The step from a state of zeros.
    public override func forward(_ input: Tensor) -> Tensor { self(input, state: nil) }

    /// The state after the step, which is also the output.
    public func callAsFunction(_ input: Tensor, state: Tensor?) -> Tensor {
        let step = nonlinearity == .tanh ? Tensor.rnnTanhCellRaw : Tensor.rnnReLUCellRaw
        return step(input, state ?? zeroState(for: input), weightIH, weightHH, biasIH, biasHH)
    }
}

/// `GRUCell(inputSize, hiddenSize)`: one step of a ``GRU``; `[batch, inputSize]` gives `[batch, hiddenSize]`.
public final class GRUCell: RecurrentCell {
    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true) {
        super.init(layer: "GRUCell", gates: 3, inputSize, hiddenSize, bias: bias)
    }

    /// The step from a state of zeros.
    public override func forward(_ input: Tensor) -> Tensor { self(input, state: nil) }

    /// The state after the step, which is also the output.
    public func callAsFunction(_ input: Tensor, state: Tensor?) -> Tensor {
        .gruCellRaw(input, state ?? zeroState(for: input), weightIH, weightHH, biasIH, biasHH)
    }
}

/// `LSTMCell(inputSize, hiddenSize)`: one step of an ``LSTM``; `[batch, inputSize]` gives a state of
/// `[batch, hiddenSize]` each.
public final class LSTMCell: RecurrentCell {
    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true) {
        super.init(layer: "LSTMCell", gates: 4, inputSize, hiddenSize, bias: bias)
    }

    /// The hidden state of the step from a state of zeros.
    public override func forward(_ input: Tensor) -> Tensor { self(input, state: nil).hidden }

    /// The state after the step; its hidden part is also the output.
    public func callAsFunction(_ input: Tensor, state: LSTMState?) -> LSTMState {
        let zeros = state == nil ? zeroState(for: input) : Tensor.undefined
        let (hidden, cell) = Tensor.lstmCellRaw(
            input, [state?.hidden ?? zeros, state?.cell ?? zeros], weightIH, weightHH, biasIH, biasHH)
        return LSTMState(hidden: hidden, cell: cell)
    }
}
