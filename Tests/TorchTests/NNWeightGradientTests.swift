// The gradients of convolutions' weights, for which processors with AVX2 alone have a kernel of their own, against LibTorch's
// in double precision.
import Testing

@testable import Torch

@Suite("Gradients of convolutions' weights")
struct NNWeightGradientTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var batch = 3
        var channels: (Int, Int)
        var size: [Int]
        var window = [3, 3]
        var stride = [1, 1]
        var padding = [1, 1]
        var dilation = [1, 1]
        var groups = 1
        var isTransposed = false
        var testDescription: String {
            "\(batch) of \(size), \(channels.0) to \(channels.1) channels, window \(window), stride \(stride), padding "
                + "\(padding), dilation \(dilation), \(groups) groups\(isTransposed ? ", transposed" : "")"
        }
    }

    static let cases = [
        // Several pictures in a piece, and one picture in several pieces.
        Case(batch: 17, channels: (64, 66), size: [7, 7]),
        Case(channels: (32, 64), size: [40, 45]),
        // What does not fill tiles of 16 and 6.
        Case(channels: (17, 7), size: [9, 8]),
        Case(channels: (33, 8), size: [10, 13], window: [2, 5], padding: [0, 3]),
        Case(channels: (40, 11), size: [14, 14], window: [5, 5], padding: [2, 2]),
        Case(channels: (24, 1), size: [8, 8]),
        // Steps, distances, borders that no window reaches, windows that see nothing but border.
        Case(channels: (64, 24), size: [15, 14], stride: [2, 2]),
        Case(channels: (20, 16), size: [16, 17], stride: [3, 1], padding: [2, 0]),
        Case(channels: (32, 18), size: [20, 12], padding: [4, 2], dilation: [4, 2]),
        Case(batch: 5, channels: (48, 12), size: [2, 3], padding: [6, 5], dilation: [3, 3]),
        Case(batch: 4, channels: (16, 16), size: [1, 40], window: [1, 7], padding: [0, 3]),
        // Single places.
        Case(channels: (256, 64), size: [12, 10], window: [1, 1], padding: [0, 0]),
        Case(channels: (260, 70), size: [13, 19], window: [1, 1], stride: [2, 2], padding: [0, 0]),
        Case(channels: (257, 66), size: [6, 6], window: [1, 1], padding: [1, 1]),
        Case(batch: 16, channels: (96, 40), size: [1, 1], window: [1, 1], padding: [0, 0]),
        // First layers.
        Case(channels: (3, 64), size: [32, 30], window: [7, 7], stride: [2, 2], padding: [3, 3]),
        Case(channels: (1, 8), size: [28, 28]),
        Case(channels: (3, 32), size: [33, 29], stride: [2, 2]),
        Case(channels: (5, 16), size: [21, 12], padding: [3, 2], dilation: [3, 2]),
        Case(channels: (3, 96), size: [32, 32], window: [4, 4], stride: [4, 4], padding: [0, 0]),
        // Groups.
        Case(channels: (64, 48), size: [11, 12], groups: 2),
        Case(channels: (32, 64), size: [9, 9], groups: 8),
        Case(channels: (24, 24), size: [9, 9], groups: 24),
        Case(channels: (32, 24), size: [7, 8], window: [2, 2], stride: [2, 2], padding: [0, 0], isTransposed: true),
        Case(channels: (40, 32), size: [8, 9], stride: [2, 1], groups: 2, isTransposed: true),
    ]

    static let threadCases = [cases[0], cases[1], cases[6], cases[15]]

    /// Pictures, weights, a bias, and what the outputs are multiplied by.
    private func inputs(_ test: Case) -> [Tensor] {
        let generator = Generator(seed: 1)
        let outputs = (0..<2).map { axis in
            let reach = test.dilation[axis] * (test.window[axis] - 1) + 1
            return test.isTransposed
                ? (test.size[axis] - 1) * test.stride[axis] - 2 * test.padding[axis] + reach
                : (test.size[axis] + 2 * test.padding[axis] - reach) / test.stride[axis] + 1
        }
        let weights =
            test.isTransposed
            ? [test.channels.0, test.channels.1 / test.groups] : [test.channels.1, test.channels.0 / test.groups]
        return [
            Tensor.randn([test.batch, test.channels.0] + test.size, generator: generator).channelsLast(),
            Tensor.randn(weights + test.window, generator: generator).channelsLast(),
            Tensor.randn([test.channels.1], generator: generator),
            Tensor.randn([test.batch, test.channels.1] + outputs, generator: generator).channelsLast(),
        ]
    }

    /// The gradients of the sum of the weighted outputs: of pictures, weights and bias.
    private func backward(_ test: Case, _ tensors: [Tensor]) -> [Tensor] {
        let leaves = tensors.prefix(3).map { $0.detached().requiringGradient() }
        let output =
            test.isTransposed
            ? leaves[0].convTranspose2d(
                leaves[1], leaves[2], stride: test.stride, padding: test.padding, groups: test.groups,
                dilation: test.dilation)
            : leaves[0].conv2d(
                leaves[1], leaves[2], stride: test.stride, padding: test.padding, dilation: test.dilation,
                groups: test.groups)
        (output * tensors[3]).sum().backward()
        return leaves.map { $0.grad! }
    }

    @Test("float32 agrees with double precision", arguments: cases)
    func single(test: Case) {
        let tensors = inputs(test)
        let exact = backward(test, tensors.map { $0.to(.float64) })
        for (own, expected) in zip(backward(test, tensors), exact) {
            expectClose(own, expected.to(.float32), rtol: 1e-4, atol: 2e-4)
        }
    }

    @Test("weights in another layout get the same gradient, in theirs", arguments: [cases[1], cases[15]])
    func layout(test: Case) {
        var tensors = inputs(test)
        let expected = backward(test, tensors)[1]
        #expect(expected.isContiguous(.channelsLast))
        tensors[1] = tensors[1].contiguous()
        let other = backward(test, tensors)[1]
        #expect(other.isContiguous())
        expectEqual(other, expected)
    }

    @Test("pictures in another layout than the weights give the same gradient", arguments: [cases[1], cases[15]])
    func pictureLayout(test: Case) {
        var tensors = inputs(test)
        let expected = backward(test, tensors)[1]
        tensors[0] = tensors[0].contiguous()
        let other = backward(test, tensors)[1]
        if Machine.hasAVX2Alone {
            expectEqual(other, expected)
        } else {
            expectClose(other, expected, rtol: 1e-4, atol: 2e-4)
        }
    }

    // Not true of oneDNN.
    @Test(
        "the numbers do not depend on how many threads there are", .enabled(if: Machine.hasAVX2Alone),
        arguments: threadCases)
    func threads(test: Case) {
        let tensors = inputs(test)
        let count = Machine.threadCount
        defer { Machine.threadCount = count }
        Machine.threadCount = 1
        let one = backward(test, tensors)[1]
        for threads in [2, 7] {
            Machine.threadCount = threads
            expectEqual(backward(test, tensors)[1], one)
        }
    }

    @Test("a gradient's gradient goes through it")
    func twice() throws {
        let weights = Tensor.randn([12, 16, 3, 3], generator: Generator(seed: 2))
        func penalty(_ dtype: DType) -> Tensor {
            let input = Tensor.randn([2, 16, 6, 6], generator: Generator(seed: 3)).to(dtype).channelsLast()
            let weight = weights.to(dtype).requiringGradient()
            let output = input.conv2d(weight, padding: [1, 1])
            let first = gradients(of: [output.square().sum()], by: [weight], createGraph: true)[0]
            return gradients(of: [first.square().sum()], by: [weight])[0]
        }
        let exact = penalty(.float64)
        expectClose(penalty(.float32), exact.to(.float32), rtol: 1e-3, atol: 1e-4 * exact.abs().max().item())
    }
}
