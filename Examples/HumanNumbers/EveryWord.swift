// Models that say the next word behind each word.
import ApusText

/// A loop that says the next word behind each word; it begins anew with each batch.
///
/// `[batch, length]` numbers of words give `[batch, length, vocabulary]`.
public final class EveryWord: Module {
    let embedding: Embedding
    let hidden: Linear
    let output: Linear
    let norm: BatchNorm1d

    public init(vocabulary: Int, width: Int = 64) {
        embedding = Embedding(vocabulary, width)
        hidden = Linear(width, width)
        output = Linear(width, vocabulary)
        norm = BatchNorm1d(width)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        var state = Tensor.zeros(input.size(0), hidden.weight.size(0), device: input.device)
        let outputs = (0..<input.size(1)).map { place in
            state = hidden(state + embedding(input[0..., place])).relu()
            return output(norm(state))
        }
        return Tensor.stack(outputs, dim: 1)
    }
}

/// A loop that goes on where the last batch ended. What it carries over is detached: gradients end at the batch's beginning.
public final class CarriedState: Module, StatefulModule {
    let embedding: Embedding
    let hidden: Linear
    let output: Linear
    let norm: BatchNorm1d
    public var carriedState: [Tensor] = []

    public init(vocabulary: Int, width: Int = 64) {
        embedding = Embedding(vocabulary, width)
        hidden = Linear(width, width)
        output = Linear(width, vocabulary)
        norm = BatchNorm1d(width)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        var state =
            carriedState.first ?? Tensor.zeros(input.size(0), hidden.weight.size(0), device: input.device)
        let states = (0..<input.size(1)).map { place in
            state = hidden(state + embedding(input[0..., place])).relu()
            return state
        }
        carriedState = [state.detached()]
        return output(normalized(Tensor.stack(states, dim: 1), norm))
    }
}

/// The library's recurrent net in place of the loop.
public final class BuiltIn: Module, StatefulModule {
    let embedding: Embedding
    let recurrent: RNN
    let output: Linear
    let norm: BatchNorm1d
    public var carriedState: [Tensor] = []

    public init(vocabulary: Int, width: Int = 64) {
        embedding = Embedding(vocabulary, width)
        recurrent = RNN(width, width, batchFirst: true)
        output = Linear(width, vocabulary)
        norm = BatchNorm1d(width)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let (states, last) = recurrent(embedding(input), state: carriedState.first)
        carriedState = [last.detached()]
        return output(normalized(states, norm))
    }
}

/// Two layers of gated recurrent units, which decide how much of their state they keep.
public final class Gated: Module, StatefulModule {
    let embedding: Embedding
    let recurrent: GRU
    let output: Linear
    let norm: BatchNorm1d
    public var carriedState: [Tensor] = []

    public init(vocabulary: Int, width: Int = 64) {
        embedding = Embedding(vocabulary, width)
        recurrent = GRU(width, width, layers: 2, batchFirst: true)
        output = Linear(width, vocabulary)
        norm = BatchNorm1d(width)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let (states, last) = recurrent(embedding(input), state: carriedState.first)
        carriedState = [last.detached()]
        return output(normalized(states, norm))
    }
}

/// Batch normalization over all places of all texts, `[batch, length, width]`.
private func normalized(_ states: Tensor, _ norm: BatchNorm1d) -> Tensor {
    norm(states.reshape(-1, states.size(2))).reshape(states.size(0), states.size(1), states.size(2))
}
