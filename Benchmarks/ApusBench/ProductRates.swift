// How fast this machine multiplies: the rates of a large product by each library that nets are computed with.
import ApusCore
import Foundation
import Torch

/// Products of matrices of 2048 rows and columns, in 10^9 operations a second: two for each multiply-add.
enum ProductRates {
    private static let side = 2048

    /// Prints the rates in float32 and, where the processor has it, in bfloat16.
    static func report() throws {
        let dtypes: [DType] = Machine.hasBFloat16 ? [.float32, .bfloat16] : [.float32]
        let rates = try withTorchErrors { Dictionary(uniqueKeysWithValues: dtypes.map { ("\($0)", measured(in: $0)) }) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(rates), as: UTF8.self))
    }

    /// LibTorch's product, which is MKL's in float32 on x86-64; oneDNN's convolution; and the gradient of its weights, which
    /// is Apus's own on processors that have AVX2 alone.
    private static func measured(in dtype: DType) -> [String: Double] {
        let (left, right) = (Tensor.randn(side, side).to(dtype), Tensor.randn(side, side).to(dtype))
        // A picture of as many places as a matrix has rows.
        let picture = Tensor.randn(1, side, 32, side / 32).to(dtype).channelsLast()
        let weight = Tensor.randn(side, side, 1, 1).to(dtype).channelsLast().requiringGradient()
        let output = picture.conv2d(weight)
        let slopes = Tensor.randn(output.shape.sizes).to(dtype).channelsLast()
        return [
            "product": best { _ = left.mm(right) },
            "convolution": best { withoutGradients { _ = picture.conv2d(weight) } },
            "weights' gradient": best {
                _ = gradients(of: [output], by: [weight], gradients: [slopes], retainGraph: true)
            },
        ]
    }

    /// The best of ten runs behind a first, which prepares kernels.
    private static func best(_ product: () -> Void) -> Double {
        product()
        let seconds = (0..<10).map { _ in ContinuousClock().measure(product) / .seconds(1) }
        return 2e-9 * pow(Double(side), 3) / (seconds.min() ?? .infinity)
    }
}
