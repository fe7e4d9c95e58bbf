// Products of matrices against double precision. For few rows AMD's processors with AVX2 alone have a kernel of their own.
import Testing

@testable import Torch

@Suite("Products of matrices")
struct MatrixProductTests {
    /// Rows, depth and columns: whole tiles and parts of them, pieces of what is summed over in part, and what stays MKL's.
    static let sizes = [
        [16, 384, 384], [13, 500, 300], [31, 1153, 1000], [32, 256, 257], [61, 1100, 1000], [24, 600, 600],
        [97, 512, 300],
        [3, 5, 7],
    ]

    private func random(_ rows: Int, _ columns: Int, isTurned: Bool, seed: Int) -> Tensor {
        let generator = Generator(seed: seed)
        return isTurned
            ? Tensor.randn([columns, rows], generator: generator).transpose(0, 1)
            : Tensor.randn([rows, columns], generator: generator)
    }

    @Test("every layout agrees with double precision", arguments: sizes, [0, 1, 2, 3])
    func layouts(size: [Int], turned: Int) {
        let left = random(size[0], size[1], isTurned: turned & 1 != 0, seed: 1)
        let right = random(size[1], size[2], isTurned: turned & 2 != 0, seed: 2)
        let exact = left.to(.float64).mm(right.to(.float64))
        expectClose(left.mm(right), exact.to(.float32), rtol: 1e-5, atol: 2e-4)
        let bias = Tensor.randn([size[2]], generator: Generator(seed: 3))
        expectClose(bias.addmm(left, right), (exact + bias.to(.float64)).to(.float32), rtol: 1e-5, atol: 2e-4)
        let scaled = bias.addmm(left, right, beta: 0.5, alpha: 2)
        expectClose(scaled, (exact * 2 + bias.to(.float64) * 0.5).to(.float32), rtol: 1e-5, atol: 4e-4)
    }

    @Test("parts of larger matrices are read where they lie")
    func parts() {
        let left = random(80, 400, isTurned: false, seed: 1)[1..<31, 3..<393]
        let right = random(500, 320, isTurned: true, seed: 2)[5..<395, 2..<312]
        expectClose(
            left.mm(right), left.to(.float64).mm(right.to(.float64)).to(.float32), rtol: 1e-5, atol: 2e-4)
        // Every second number: there are gaps in both directions.
        let every = random(32, 1024, isTurned: false, seed: 3)[0..., stride(from: 0, to: 1024, by: 2)]
        let other = random(512, 256, isTurned: true, seed: 4)
        let exact = every.to(.float64).mm(other.to(.float64))
        expectClose(every.mm(other), exact.to(.float32), rtol: 1e-5, atol: 2e-4)
    }

    @Test("a linear layer and its gradients agree with double precision", arguments: [[2, 15], [16], [4, 100]])
    func linear(batch: [Int]) {
        let generator = Generator(seed: 5)
        let tensors = [batch + [260], [300, 260], [300], batch + [300]].map { Tensor.randn($0, generator: generator) }
        func backward(_ dtype: DType) -> [Tensor] {
            let leaves = tensors.prefix(3).map { $0.to(dtype).detached().requiringGradient() }
            let output = leaves[0].linear(leaves[1], leaves[2])
            (output * tensors[3].to(dtype)).sum().backward()
            return [output.detached()] + leaves.map { $0.grad! }
        }
        for (own, exact) in zip(backward(.float32), backward(.float64)) {
            expectClose(own, exact.to(.float32), rtol: 1e-5, atol: 4e-4)
        }
    }

    // Not true of MKL.
    @Test(
        "the numbers do not depend on how many threads there are", .enabled(if: Machine.hasOwnProducts))
    func threads() {
        let left = random(30, 1100, isTurned: false, seed: 1), right = random(1100, 622, isTurned: true, seed: 2)
        let count = Machine.threadCount
        defer { Machine.threadCount = count }
        Machine.threadCount = 1
        let one = left.mm(right)
        for threads in [2, 7] {
            Machine.threadCount = threads
            expectEqual(left.mm(right), one)
        }
    }

    @Test("numbers that are not finite stay where they belong")
    func infinite() {
        let left = random(30, 300, isTurned: false, seed: 1), right = random(300, 260, isTurned: true, seed: 2)
        let poisoned = left.clone()
        withoutGradients { poisoned[7] = Tensor.full([300], Double.nan, dtype: .float32) }
        let product = poisoned.mm(right)
        #expect(product[7].isNaN().all().item(as: Bool.self))
        #expect(!product.narrow(dim: 0, start: 8, length: 22).isNaN().any().item(as: Bool.self))
        expectEqual(product[6], left.mm(right)[6])
    }

    @Test("factors that do not fit, and empty ones, are answered as ever")
    func hostile() {
        let left = Tensor.randn([32, 300], generator: Generator(seed: 1))
        #expect(torchError { _ = left.mm(Tensor.zeros(400, 301).transpose(0, 1)) } != nil)
        #expect(torchError { _ = Tensor.zeros(399).addmm(left, Tensor.zeros(400, 300).transpose(0, 1)) } != nil)
        #expect(left.mm(Tensor.zeros(300, 0)).shape == [32, 0])
        expectEqual(Tensor.zeros(300, 0).mm(Tensor.zeros(0, 300)), Tensor.zeros(300, 300))
    }
}
