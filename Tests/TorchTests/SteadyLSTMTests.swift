// LSTM layers for predictions: the operator's results, whatever was laid out before.
import Testing

@testable import Torch

@Suite("LSTM layers for predictions") struct SteadyLSTMTests {
    private func weights(_ inputs: Int, _ hidden: Int, directions: Int) -> [Tensor] {
        (0..<directions).flatMap { _ in
            [
                Tensor.randn(4 * hidden, inputs), Tensor.randn(4 * hidden, hidden), Tensor.randn(4 * hidden),
                Tensor.randn(4 * hidden),
            ].map { $0 * 0.3 }
        }
    }

    private func expectSame(
        _ layer: SteadyLSTM, _ input: Tensor, _ weights: [Tensor], _ state: LSTMState? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        withoutGradients {
            let (output, last) = layer(input, weights: weights, state: state)
            let (expected, end) = input.lstm(weights: weights, state: state)
            // Numbers of at most 1, added up over at most 40 inputs and as many tokens.
            for (found, wanted) in [(output, expected), (last.hidden, end.hidden), (last.cell, end.cell)] {
                expectClose(found, wanted, rtol: 1e-5, atol: 1e-5, sourceLocation: sourceLocation)
            }
        }
    }

    @Test("one and both directions, any length and number of sequences, from any state", arguments: [1, 2])
    func results(directions: Int) {
        manualSeed(3)
        let (layer, weights) = (SteadyLSTM(), weights(10, 24, directions: directions))
        for (batch, length) in [(1, 15), (1, 15), (1, 3), (4, 7), (7, 1), (1, 40)] {
            expectSame(layer, .randn(batch, length, 10), weights)
            let state = LSTMState(hidden: .randn(directions, batch, 24), cell: .randn(directions, batch, 24))
            expectSame(layer, .randn(batch, length, 10), weights, state)
            expectSame(layer, .randn(length, batch, 10).transpose(0, 1), weights, state)
            #expect(layer.isLaidOut == Machine.canPackLSTM)
        }
    }

    #if os(Linux) && arch(x86_64)
        @Test("LibTorch has what lays weights out, in the form that is expected")
        func layingOut() {
            #expect(Machine.canPackLSTM && Machine.canPackConvolutions(in: .float32))
            #expect(Machine.canPackConvolutions(in: .bfloat16) == Machine.hasKernels(for: .bfloat16))
            #expect(!Machine.canPackConvolutions(in: .float64))
        }
    #endif

    @Test("weights that were changed or replaced count from the next call on")
    func changedWeights() {
        manualSeed(4)
        let (layer, input) = (SteadyLSTM(), Tensor.randn(2, 5, 6))
        var weights = weights(6, 8, directions: 1)
        for _ in 0..<2 { expectSame(layer, input, weights) }
        for place in weights.indices {
            withoutGradients { _ = weights[place].mul_(-1) }
            expectSame(layer, input, weights)
            #expect(!layer.isLaidOut)
            for _ in 0..<2 { expectSame(layer, input, weights) }
            #expect(layer.isLaidOut == Machine.canPackLSTM)
            weights[place] = weights[place] * 2
            for _ in 0..<3 { expectSame(layer, input, weights) }
        }
        layer.forget()
        #expect(!layer.isLaidOut)
        for _ in 0..<3 { expectSame(layer, input, weights) }
    }

    @Test("gradients are recorded, and half precision gives the operator's results")
    func operators() throws {
        manualSeed(5)
        let (layer, input) = (SteadyLSTM(), Tensor.randn(2, 5, 6))
        let weights = weights(6, 8, directions: 1)
        for _ in 0..<2 { expectSame(layer, input, weights) }
        let followed = input.clone().requiringGradient()
        layer(followed, weights: weights).output.sum().backward()
        let gradient = try #require(followed.grad)
        let other = input.clone().requiringGradient()
        other.lstm(weights: weights).output.sum().backward()
        expectClose(gradient, try #require(other.grad))
        withoutGradients {
            withAutocast(.bfloat16) {
                let found = layer(input, weights: weights).output
                #expect(found.equal(input.lstm(weights: weights).output))
            }
        }
    }

    @Test("what does not fit is told as the operator tells it")
    func errors() throws {
        let (layer, input) = (SteadyLSTM(), Tensor.randn(2, 5, 6))
        let weights = weights(6, 8, directions: 1)
        for _ in 0..<2 { expectSame(layer, input, weights) }
        let odd: [(Tensor, [Tensor], LSTMState?)] = [
            (.randn(2, 5, 7), weights, nil), (.randn(5, 6), weights, nil), (input, Array(weights.dropLast()), nil),
            (input, weights, LSTMState(hidden: .zeros(1, 3, 8), cell: .zeros(1, 2, 8))),
        ]
        for (input, weights, state) in odd {
            let found = #expect(throws: TorchError.self) {
                _ = try withTorchErrors { withoutGradients { layer(input, weights: weights, state: state).output } }
            }
            let expected = #expect(throws: TorchError.self) {
                _ = try withTorchErrors { withoutGradients { input.lstm(weights: weights, state: state).output } }
            }
            #expect(found != nil && found?.description == expected?.description)
        }
    }
}
