// Models that read three words and say the fourth.
import ApusText

/// Three words, step by step: one embedding, one hidden layer and one output layer, used again at each word.
///
/// `[batch, 3]` numbers of words give `[batch, vocabulary]`.
public final class ThreeWords: Module {
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
        var state = norm(embedding(input[0..., 0]).relu())
        // The last piece of a text may be shorter.
        if input.size(1) > 1 {
            state = state + embedding(input[0..., 1])
            state = norm(hidden(state).relu())
        }
        if input.size(1) > 2 {
            state = state + embedding(input[0..., 2])
            state = norm(hidden(state).relu())
        }
        return output(state)
    }
}

/// The same as a loop, which reads any number of words: a recurrent net.
public final class Loop: Module {
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
        for place in 0..<input.size(1) {
            state = state + embedding(input[0..., place])
            state = norm(hidden(state).relu())
        }
        return output(state)
    }
}

/// The loss of the last word alone.
public let lastWordLoss = Loss(
    name: "LastWord",
    function: { output, targets in output.crossEntropy(targets[0][0..., -1]) },
    perItem: { output, targets in output.crossEntropy(targets[0][0..., -1], reduction: .none) })

/// How often the last word is right.
public let lastWordAccuracy = Metric.mean("last_word", improvement: .higher) { output, targets in
    output.argmax(dim: 1).eq(targets[0][0..., -1]).float().mean()
}
