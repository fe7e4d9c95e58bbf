// Memory: what training holds levels off, and what nobody refers to is given back.
import Foundation
import Testing
import Torch

@Suite("Memory", .serialized)
struct MemoryTests {
    /// The resident memory of this process in megabytes.
    private static func residentMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Double(line.split(separator: " ", omittingEmptySubsequences: true)[1])) / 1024
    }

    #if os(Linux)
        @Test("training holds no more memory after 1,100 steps than after 100")
        func levelsOff() throws {
            let generator = Generator(seed: 3)
            // One step makes 2 MB of activations and gradients: 1,000 steps that lost a hundredth of them would show.
            let weights = [
                Tensor.randn([64, 512], generator: generator) * 0.1,
                Tensor.randn([512, 10], generator: generator) * 0.1,
            ].map { $0.detached().requiringGradient() }
            let x = Tensor.randn([256, 64], generator: generator)
            let target = Tensor.randint(0..<10, [256], generator: generator)
            var losses: [Double] = []
            func train(_ steps: Int) {
                for _ in 0..<steps {
                    let hidden = x.matmul(weights[0]).relu()
                    let loss = hidden.matmul(weights[1]).crossEntropy(target)
                    loss.backward()
                    withoutGradients {
                        for weight in weights {
                            weight.sub_(weight.grad!, alpha: 0.1)
                            weight.grad = nil
                        }
                    }
                    losses.append(loss.item())
                }
            }
            train(100)
            let early = try Self.residentMegabytes()
            train(1000)
            let late = try Self.residentMegabytes()
            #expect(losses.last! < losses.first! / 2)
            #expect(late - early < 20, "\(early) MB after 100 steps, \(late) MB after 1,100")
        }
    #endif

    @Test("the owner of foreign memory is released with the last view")
    func foreignMemory() {
        final class Owner {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 8)
            deinit { memory.deallocate() }
        }
        weak var held: Owner?
        do {
            var view: Tensor?
            do {
                let owner = Owner()
                held = owner
                owner.memory.initializeMemory(as: Float.self, repeating: 1, count: 4)
                view = Tensor(memory: owner.memory, shape: [4], dtype: .float32, owner: owner)[1..<3]
            }
            #expect(held != nil && view?.sum().item() == 2)
            view = nil
        }
        #expect(held == nil)
        let owner = Owner()
        #expect(
            torchError { _ = Tensor(memory: owner.memory, shape: [-4], dtype: .float32, owner: owner) } != nil)
    }

    @Test("elements are read without a copy where they lie in memory as asked")
    func withoutCopy() {
        let x = Tensor([1.0, 2, 3])
        let address = x.withElements(of: Float.self) { $0.baseAddress }
        #expect(x.withElements(of: Float.self) { $0.baseAddress } == address)
        #expect(x.withElements(of: Double.self) { Array($0) } == [1, 2, 3])
        #expect(Tensor([[1.0, 2], [3, 4]]).T.withElements(of: Float.self) { Array($0) } == [1, 3, 2, 4])
    }
}
