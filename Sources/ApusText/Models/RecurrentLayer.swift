// A layer of an AWD-LSTM: a recurrent net whose state goes on from piece to piece of a text, with dropout of its weights.
import ApusCore
import Torch

/// A recurrent net over `[batch, length, inputSize]` whose state is carried by its model.
class RecurrentLayer: Module {
    /// The tensors that the layer carries, each with the batch in dimension 1: their other sizes, `[directions, width]`.
    var stateSizes: [(directions: Int, width: Int)] { [] }
    /// The state behind the last token of the call that runs.
    private var lastState: [Tensor] = []

    /// The outputs `[batch, length, outputSize]`, and the state behind the last token; hooks see the outputs.
    ///
    /// - Parameter state: The tensors of ``stateSizes``.
    final func callAsFunction(_ input: Tensor, state: [Tensor]) -> (output: Tensor, state: [Tensor]) {
        defer { lastState = [] }
        let output = self([input] + state)
        return (output, lastState)
    }

    final override func forward(_ inputs: [Tensor]) -> Tensor {
        let result = run(inputs[0], state: Array(inputs.dropFirst()))
        lastState = result.state
        return result.output
    }

    /// The same without hooks, which each kind of layer computes in its way.
    func run(_ input: Tensor, state: [Tensor]) -> (output: Tensor, state: [Tensor]) { (.undefined, state) }
}

/// An LSTM in one or both directions. In training a part of the weights from one state to the next is dropped
/// (DropConnect), those of the backward direction excepted, as in fastai.
final class DroppedLSTM: RecurrentLayer {
    /// The weights that are not dropped.
    final class Weights: Module {}

    let module = Weights()
    private let hiddenSize: Int
    private let directions: Int
    private let p: Double
    private let predicting = SteadyLSTM()
    private static let droppedName = "weight_hh_l0_raw"

    init(_ inputSize: Int, _ hiddenSize: Int, isBidirectional: Bool, weightDropout p: Double) {
        self.hiddenSize = hiddenSize
        directions = isBidirectional ? 2 : 1
        self.p = p
        super.init()
        let bound = 1 / Double(hiddenSize).squareRoot()
        func parameter(_ shape: [Int]) -> Tensor { Init.uniform_(Tensor.empty(shape), -bound, bound) }
        for suffix in isBidirectional ? ["", "_reverse"] : [""] {
            module.registerParameter("weight_ih_l0\(suffix)", parameter([4 * hiddenSize, inputSize]))
            let hidden = parameter([4 * hiddenSize, hiddenSize])
            if suffix.isEmpty {
                registerParameter(Self.droppedName, hidden)
            } else {
                module.registerParameter("weight_hh_l0\(suffix)", hidden)
            }
            for name in ["bias_ih_l0", "bias_hh_l0"] {
                module.registerParameter("\(name)\(suffix)", parameter([4 * hiddenSize]))
            }
        }
    }

    override var stateSizes: [(directions: Int, width: Int)] { [(directions, hiddenSize), (directions, hiddenSize)] }

    override func run(_ input: Tensor, state: [Tensor]) -> (output: Tensor, state: [Tensor]) {
        let raw = registeredParameter(Self.droppedName) ?? .undefined
        let dropped = isTraining && p > 0 ? raw.dropout(p, training: true) : raw
        let weights = ["", "_reverse"].prefix(directions).flatMap { suffix in
            ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"].map { name in
                module.registeredParameter("\(name)\(suffix)") ?? dropped
            }
        }
        let start = LSTMState(hidden: state[0], cell: state[1])
        // A training would keep what predictions lay out, and change the weights.
        if isTraining { predicting.forget() }
        let (output, last) =
            isTraining ? input.lstm(weights: weights, state: start) : predicting(input, weights: weights, state: start)
        return (output, [last.hidden, last.cell])
    }

    override var settings: String { "\(hiddenSize)\(directions == 2 ? ", both directions" : ""), weightDropout: \(p)" }
}
