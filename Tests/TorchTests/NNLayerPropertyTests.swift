// Layers and options that the fixtures leave out, by numbers computed by hand and by what they promise.
import Testing

@testable import Torch

@Suite("Layers by hand")
struct NNLayerPropertyTests {
    private func ones(_ layer: Convolution) -> Convolution {
        Init.ones_(layer.weight)
        if let bias = layer.bias { Init.zeros_(bias) }
        return layer
    }

    @Test("a border is filled as its mode says")
    func paddingModes() {
        let line = Tensor([[[1.0, 2, 3, 4]]])
        func sums(_ mode: PaddingMode) -> [Float] {
            ones(Conv1d(1, 1, kernelSize: 3, padding: 1, paddingMode: mode))(line).array()
        }
        #expect(sums(.zeros) == [3, 6, 9, 7])
        #expect(sums(.replicate) == [4, 6, 9, 11])
        #expect(sums(.reflect) == [5, 6, 9, 10])
        #expect(sums(.circular) == [7, 6, 9, 8])
    }

    @Test("same padding of an even kernel adds the odd element behind")
    func evenSamePadding() {
        let conv = ones(Conv1d(1, 1, kernelSize: 2, padding: .same))
        #expect(conv(Tensor([[[1.0, 2, 3]]])).array(of: Float.self) == [3, 5, 3])
    }

    @Test("RMSNorm divides by the root of the mean square")
    func rmsNorm() {
        expectClose(RMSNorm(2)(Tensor([3.0, 4])), Tensor([3 / 12.5.squareRoot(), 4 / 12.5.squareRoot()]))
    }

    @Test("a bag of words has the mean, sum or maximum of its rows", arguments: [BagMode.mean, .sum, .max])
    func embeddingBag(mode: BagMode) {
        let bag = EmbeddingBag(3, 2, mode: mode)
        bag.weight = Tensor([[1.0, 2], [3, -4], [5, 6]])
        let expected: [Float] =
            switch mode {
            case .mean: [2, -1, 4, 1]
            case .sum: [4, -2, 8, 2]
            case .max: [3, 2, 5, 6]
            }
        #expect(bag(Tensor([[0, 1], [1, 2]])).array(of: Float.self) == expected)
    }

    @Test("an embedding's looked-up rows are shortened to the largest norm")
    func maxNorm() {
        let embedding = Embedding(2, 2, maxNorm: 1)
        embedding.weight = Tensor([[3.0, 4], [30, 40]])
        expectClose(embedding(Tensor([0])), Tensor([[0.6, 0.8]]))
        #expect(embedding.weight.array(of: Float.self).suffix(2) == [30, 40])
    }

    @Test("a bilinear form multiplies both inputs")
    func bilinear() {
        let form = Bilinear(2, 3, 1)
        Init.ones_(form.weight)
        form.bias = Tensor([0.5])
        expectClose(form([Tensor([[1.0, 2]]), Tensor([[1.0, 1, 2]])]), Tensor([[12.5]]))
    }

    @Test("batch norm without momentum averages all batches")
    func cumulativeAverage() throws {
        let norm = BatchNorm1d(1, momentum: nil)
        _ = norm(Tensor([[0.0], [2]]))
        _ = norm(Tensor([[4.0], [6]]))
        #expect(try #require(norm.runningMean).item() == 3)
        #expect(try #require(norm.numBatchesTracked).item(as: Int.self) == 2)
    }

    @Test("channel dropout drops whole channels")
    func channelDropout() {
        let output = Dropout2d(0.5)(Tensor.ones(4, 16, 3, 3))
        let least = output.amin(dims: [2, 3])
        let most = output.amax(dims: [2, 3])
        #expect(least.equal(most))
        #expect(Set(most.array(of: Float.self)).isSubset(of: [0, 2]))
    }

    @Test("unshuffling pixels undoes shuffling, unflattening undoes flattening")
    func inverses() {
        let x = Tensor.arange(64, dtype: .float32).reshape(1, 4, 4, 4)
        #expect(PixelUnshuffle(2)(PixelShuffle(2)(x)).equal(x))
        #expect(Unflatten(dim: 1, [4, 4, 4])(Flatten()(x)).equal(x))
    }

    @Test("recurrent nets refuse inputs and states whose sizes are not those of their weights")
    func recurrentSizes() {
        for layer in [GRU(3, 4), LSTM(3, 4), LSTM(3, 4, batchFirst: true), RNN(3, 4)] as [Module] {
            for shape in [[5, 2, 4], [5, 2, 2], [5, 2], [3], [1, 5, 2, 3]] {
                #expect(throws: TorchError.self) { try withTorchErrors { layer(Tensor.ones(shape)) } }
            }
        }
        let input = Tensor.ones(5, 2, 3)
        for shape in [[1, 2, 5], [2, 2, 4], [1, 3, 4], [2, 4]] {
            let state = Tensor.zeros(shape)
            #expect(throws: TorchError.self) { try withTorchErrors { GRU(3, 4)(input, state: state).output } }
            #expect(throws: TorchError.self) {
                try withTorchErrors { LSTM(3, 4)(input, state: LSTMState(hidden: state, cell: state)).output }
            }
        }
    }

    @Test("a sequence without a batch is a batch of one")
    func unbatchedSequences() {
        let x = Tensor.randn(5, 3)
        for layer in [GRU(3, 4, bidirectional: true), LSTM(3, 4, layers: 2), RNN(3, 4)] as [Module] {
            expectClose(layer(x), layer(x.unsqueeze(1)).squeeze(dim: 1))
        }
    }

    @Test("an LSTM goes on from its state, and equals its cell step by step")
    func lstmState() {
        let lstm = LSTM(3, 4)
        let x = Tensor.randn(6, 2, 3)
        let (whole, end) = lstm(x, state: nil)
        let (first, middle) = lstm(x.narrow(dim: 0, start: 0, length: 4), state: nil)
        let (second, last) = lstm(x.narrow(dim: 0, start: 4, length: 2), state: middle)
        expectClose(.cat([first, second]), whole)
        expectClose(last.cell, end.cell)
        let cell = LSTMCell(3, 4)
        for (own, other) in zip(cell.parameters(), lstm.parameters()) {
            withoutGradients { _ = own.copy_(other) }
        }
        var state: LSTMState?
        for step in x.unbind() { state = cell(step, state: state) }
        expectClose(state?.hidden ?? Tensor(0), whole.select(dim: 0, index: -1))
    }

    @Test("attention gives the same with and without its weights, which sum to one")
    func attentionWeights() throws {
        let attention = MultiHeadAttention(8, heads: 2, batchFirst: true)
        let (query, memory) = (Tensor.randn(3, 4, 8), Tensor.randn(3, 5, 8))
        let (output, weights) = attention(query: query, key: memory, value: memory, needsWeights: true)
        expectClose(attention([query, memory, memory]), output)
        #expect(try #require(weights).shape == [3, 4, 5])
        expectClose(try #require(weights).sum(dim: -1), Tensor.ones(3, 4))
    }

    @Test("nobody attends to padding, and no query sees what comes after it")
    func attentionMasks() throws {
        let attention = MultiHeadAttention(8, heads: 2, batchFirst: true)
        let x = Tensor.randn(2, 4, 8)
        let padding = Tensor([[false, false, true, true], [false, false, false, false]])
        let weights = try #require(
            attention(query: x, key: x, value: x, keyPaddingMask: padding, needsWeights: true).weights)
        #expect(weights.select(dim: 0, index: 0).narrow(dim: 1, start: 2, length: 2).abs().max().item() == 0)
        let causal = attention(query: x, key: x, value: x, isCausal: true).output
        let later = Tensor.ones([4, 4], dtype: .bool).triu(1)
        expectClose(attention(query: x, key: x, value: x, mask: later).output, causal)
        let start = x.narrow(dim: 1, start: 0, length: 2)
        expectClose(
            attention(query: start, key: start, value: start, isCausal: true).output,
            causal.narrow(dim: 1, start: 0, length: 2))
    }

    @Test("a hook sees calls with typed results too")
    func hooksOfTypedCalls() {
        let lstm = LSTM(3, 4)
        var shapes: [Shape] = []
        let hook = lstm.registerForwardHook { _, _, output in
            shapes.append(output.shape)
            return nil
        }
        _ = lstm(Tensor.zeros(5, 2, 3), state: nil)
        hook.remove()
        _ = lstm(Tensor.zeros(5, 2, 3), state: nil)
        #expect(shapes == [[5, 2, 4]])
    }
}
