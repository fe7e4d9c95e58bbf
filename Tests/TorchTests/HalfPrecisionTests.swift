// Mixed precision on every processor: layers in half precision against the same numbers in double precision.
import Foundation
import Testing

@testable import Torch

@Suite("Half precision")
struct HalfPrecisionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let shape: [Int]
        /// How many results are rounded one after the other on the way to an output or a gradient.
        let roundings: Double
        let make: @Sendable () -> Module

        init(_ name: String, _ shape: [Int], roundings: Double = 1, _ make: @escaping @Sendable () -> Module) {
            (testDescription, self.shape, self.roundings, self.make) = (name, shape, roundings, make)
        }
    }

    static let cases = [
        Case("Conv1d", [4, 16, 40]) { Conv1d(16, 24, kernelSize: 3, padding: 1) },
        Case("Conv2d", [4, 16, 20, 20]) { Conv2d(16, 24, kernelSize: 3, padding: 1) },
        Case("Conv2d of points", [4, 16, 20, 20]) { Conv2d(16, 24, kernelSize: 1, bias: false) },
        Case("Conv2d with steps", [4, 16, 20, 20]) { Conv2d(16, 24, kernelSize: 3, stride: 2, padding: 1) },
        Case("Conv2d with gaps", [4, 16, 20, 20]) { Conv2d(16, 24, kernelSize: 3, padding: 2, dilation: 2) },
        Case("Conv2d in groups", [4, 16, 20, 20]) { Conv2d(16, 24, kernelSize: 3, padding: 1, groups: 4) },
        Case("depthwise Conv2d", [4, 16, 20, 20]) { Conv2d(16, 16, kernelSize: 3, padding: 1, groups: 16) },
        Case("large depthwise Conv2d", [4, 32, 20, 20]) { Conv2d(32, 32, kernelSize: 7, padding: 3, groups: 32) },
        Case("Conv3d", [2, 8, 6, 10, 10]) { Conv3d(8, 12, kernelSize: 3, padding: 1) },
        Case("ConvTranspose1d", [4, 16, 20]) { ConvTranspose1d(16, 24, kernelSize: 3, stride: 2) },
        Case("ConvTranspose2d", [4, 16, 10, 10]) { ConvTranspose2d(16, 24, kernelSize: 3, stride: 2) },
        Case("ConvTranspose2d in groups", [4, 16, 10, 10]) {
            ConvTranspose2d(16, 24, kernelSize: 3, stride: 2, groups: 4)
        },
        Case("ConvTranspose3d", [2, 8, 4, 5, 5]) { ConvTranspose3d(8, 12, kernelSize: 2, stride: 2) },
        Case("Linear", [64, 100]) { Linear(100, 50) },
        // Projections, scores, their softmax, its product with the values, the last projection.
        Case("MultiHeadAttention", [9, 4, 16], roundings: 5) { MultiHeadAttention(16, heads: 2) },
        // The product of the step and of the state, their sum and the gates, for each of four steps.
        Case("RNN", [4, 5, 12], roundings: 16) { RNN(12, 20) },
        Case("GRU", [4, 5, 12], roundings: 16) { GRU(12, 20) },
        Case("LSTM", [4, 5, 12], roundings: 16) { LSTM(12, 20) },
        Case("LSTM both ways, two layers", [4, 5, 12], roundings: 32) { LSTM(12, 20, layers: 2, bidirectional: true) },
        Case("LSTMCell", [5, 12], roundings: 4) { LSTMCell(12, 20) },
        Case("GRUCell", [5, 12], roundings: 4) { GRUCell(12, 20) },
    ]

    /// The output for some input and the gradients of input and parameters. `isMixed` leaves the parameters in float32 and
    /// turns mixed precision on.
    private func results(_ test: Case, _ half: DType, exact: Bool, isMixed: Bool, channelsLast: Bool) -> [Tensor] {
        let generator = Generator(seed: 4)
        let model = test.make()
        // Weights and inputs that half precision holds, so that only what is computed is rounded.
        withoutGradients {
            for parameter in model.parameters() {
                parameter.copy_((Tensor.rand(parameter.shape, generator: generator) * 0.6 - 0.3).to(half))
            }
        }
        var input = Tensor.randn(test.shape, generator: generator).to(half).to(
            exact ? .float64 : isMixed ? .float32 : half)
        if exact { model.to(.float64) } else if !isMixed { model.to(half) }
        if channelsLast {
            input = input.channelsLast()
            model.toChannelsLast()
        }
        input = input.requiringGradient()
        let output = exact || !isMixed ? model(input) : withAutocast(half) { model(input) }
        let weights = Tensor.randn(output.shape, generator: generator).to(half).to(output.dtype)
        (output * weights).sum().backward()
        return ([output.detached(), input.grad] + model.parameters().map(\.grad)).compactMap { $0 }
    }

    private func expectRounded(_ test: Case, _ half: DType, isMixed: Bool, channelsLast: Bool) {
        let found = results(test, half, exact: false, isMixed: isMixed, channelsLast: channelsLast)
        let exact = results(test, half, exact: true, isMixed: isMixed, channelsLast: channelsLast)
        #expect(found.count == exact.count && found.count >= 2 + (test.testDescription.contains("points") ? 1 : 2))
        // Rounding moves a number by half a unit of the last of 8 or 11 digits; what float32 sums lose is far below. Sums
        // in half precision lose several times as much.
        let unit = half == .bfloat16 ? 0x1p-8 : 0x1p-11
        for (number, (found, exact)) in zip(found, exact).enumerated() {
            let difference = (found.to(.float64) - exact).norm().item()
            let bound = test.roundings * unit * exact.norm().item()
            #expect(difference <= bound, "tensor \(number) is off by \(difference) of \(bound)")
        }
    }

    @Test("mixed precision in bfloat16 is double precision, rounded", arguments: cases)
    func mixed(test: Case) {
        expectRounded(test, .bfloat16, isMixed: true, channelsLast: false)
        if test.shape.count == 4 { expectRounded(test, .bfloat16, isMixed: true, channelsLast: true) }
    }

    @Test("mixed precision in float16 is double precision, rounded", arguments: cases)
    func mixedSingle(test: Case) { expectRounded(test, .float16, isMixed: true, channelsLast: false) }

    @Test("layers that are in bfloat16 themselves give double precision's numbers, rounded", arguments: cases)
    func own(test: Case) { expectRounded(test, .bfloat16, isMixed: false, channelsLast: false) }

    @Test("an LSTM in half precision goes on from its state, and keeps the precision")
    func state() {
        let lstm = LSTM(3, 4)
        withoutGradients {
            withAutocast {
                let (output, state) = lstm(Tensor.randn(2, 1, 3), state: nil)
                let (next, last) = lstm(Tensor.randn(2, 1, 3), state: state)
                #expect([output, next, state.hidden, state.cell, last.cell].allSatisfy { $0.dtype == .bfloat16 })
            }
        }
    }

    #if os(Linux) && arch(x86_64)
        @Test("bfloat16 counts as the hardware's where the processor has it and oneDNN may use it")
        func detection() throws {
            let flags = try #require(
                String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(separator: "\n")
                    .first { $0.hasPrefix("flags") })
            let isThere = flags.split(separator: " ").contains("avx512_bf16")
            let environment = ProcessInfo.processInfo.environment
            let limit = environment["ONEDNN_MAX_CPU_ISA"] ?? environment["DNNL_MAX_CPU_ISA"]
            // oneDNN's names for instructions that multiply no bfloat16.
            let older = ["SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"]
            let isHeld = limit.map { older.contains($0.uppercased()) } ?? false
            #expect(Machine.hasBFloat16 == (isThere && !isHeld))
            if Machine.hasBFloat16 { #expect(Machine.hasKernels(for: .bfloat16)) }
            #expect(Machine.hasKernels(for: .float32) && Machine.hasKernels(for: .float64))
        }
    #endif
}
