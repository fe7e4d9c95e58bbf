// The gradients of depthwise convolutions with large windows, which have a kernel of their own, against LibTorch's in
// double precision.
import Testing

@testable import Torch

@Suite("Depthwise convolutions")
struct NNDepthwiseTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var batch = 3
        var channels: Int
        var size: [Int]
        var window: [Int]
        var stride = 1
        var padding: [Int]
        var testDescription: String {
            "\(channels) channels \(size), window \(window), stride \(stride), padding \(padding)"
        }
    }

    static let cases = [
        Case(channels: 32, size: [9, 11], window: [7, 7], padding: [3, 3]),
        // Forty channels are a block and a part of one.
        Case(channels: 40, size: [12, 7], window: [5, 5], padding: [2, 2]),
        Case(channels: 72, size: [13, 10], window: [5, 5], stride: 2, padding: [2, 2]),
        // Rows that no window looks at, windows that stand out of the picture, windows wider than eight places.
        Case(batch: 1, channels: 3, size: [14, 15], window: [4, 3], stride: 5, padding: [0, 1]),
        Case(channels: 33, size: [3, 2], window: [7, 7], padding: [3, 3]),
        Case(channels: 8, size: [6, 20], window: [2, 17], padding: [1, 8]),
        // This one stays LibTorch's.
        Case(channels: 16, size: [8, 8], window: [3, 3], padding: [1, 1]),
    ]

    /// A picture in channels-last memory, a kernel, a bias, and what the outputs are multiplied by.
    private func inputs(_ test: Case, _ dtype: DType) -> [Tensor] {
        let generator = Generator(seed: 1)
        let outputs = zip(test.size.indices, test.size).map { axis, size in
            (size + 2 * test.padding[axis] - test.window[axis]) / test.stride + 1
        }
        let shapes = [
            [test.batch, test.channels] + test.size, [test.channels, 1] + test.window, [test.channels],
            [test.batch, test.channels] + outputs,
        ]
        return shapes.map { shape in
            let tensor = Tensor.randn(shape, generator: generator).to(dtype)
            return shape.count == 4 ? tensor.channelsLast() : tensor
        }
    }

    /// The gradients of the sum of the weighted outputs: of pictures, kernel and bias.
    private func backward(_ test: Case, _ tensors: [Tensor]) -> [Tensor] {
        let leaves = tensors.prefix(3).map { $0.detached().requiringGradient() }
        let output = leaves[0].conv2d(
            leaves[1], leaves[2], stride: [test.stride, test.stride], padding: test.padding, groups: test.channels)
        (output * tensors[3]).sum().backward()
        return leaves.map { $0.grad! }
    }

    @Test("float32 agrees with double precision", arguments: cases)
    func single(test: Case) {
        let tensors = inputs(test, .float32)
        let exact = backward(test, tensors.map { $0.to(.float64) })
        for (own, expected) in zip(backward(test, tensors), exact) {
            expectClose(own, expected.to(.float32), rtol: 1e-4, atol: 1e-4)
        }
    }

    @Test("bfloat16 is the double-precision number, rounded", arguments: cases)
    func half(test: Case) {
        let tensors = inputs(test, .bfloat16)
        let exact = backward(test, tensors.map { $0.to(.float64) })[1]
        // Half a unit of the last of its 8 binary digits, and what float32 sums lose.
        expectClose(backward(test, tensors)[1], exact.to(.bfloat16), rtol: 1.0 / 128, atol: 1e-3)
    }

    @Test("the numbers do not depend on how many threads there are")
    func threads() {
        let test = Case(batch: 5, channels: 80, size: [17, 16], window: [7, 7], padding: [3, 3])
        let tensors = inputs(test, .float32)
        let count = Machine.threadCount
        defer { Machine.threadCount = count }
        Machine.threadCount = 1
        let one = backward(test, tensors)[1]
        Machine.threadCount = 3
        expectEqual(backward(test, tensors)[1], one)
    }

    @Test("a gradient's gradient goes through it")
    func twice() throws {
        let layer = Conv2d(8, 8, kernelSize: 5, padding: 2, groups: 8)
        func penalty(_ dtype: DType) -> Tensor {
            let input = Tensor.randn([2, 8, 6, 6], generator: Generator(seed: 3)).to(dtype).channelsLast()
            let weight = layer.weight.detached().to(dtype).requiringGradient()
            let output = input.conv2d(weight, padding: [2, 2], groups: 8)
            let first = gradients(of: [output.pow(3).sum()], by: [weight], createGraph: true)[0]
            return gradients(of: [first.square().sum()], by: [weight])[0]
        }
        expectClose(penalty(.float32), penalty(.float64).to(.float32), rtol: 1e-3, atol: 1e-2)
    }
}
