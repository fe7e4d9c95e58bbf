// Gradients: recording, hooks, modes, and finite differences as the judge.
import Foundation
import Testing
import Torch

@Suite("Autograd")
struct AutogradTests {
    @Test("gradients sum up in grad until it is cleared")
    func accumulation() {
        let x = Tensor([2.0, 3]).requiringGradient()
        (x * x).sum().backward()
        #expect(x.grad?.array(of: Float.self) == [4, 6])
        (x * x).sum().backward()
        #expect(x.grad?.array(of: Float.self) == [8, 12])
        x.grad = nil
        #expect(x.grad == nil)
    }

    @Test("a gradient of one's own weighs the elements")
    func weighted() {
        let x = Tensor([1.0, 2]).requiringGradient()
        (x * 3).backward(gradient: Tensor([1.0, 10]))
        #expect(x.grad?.array(of: Float.self) == [3, 30])
    }

    @Test("second derivatives: d2(x^3)/dx2 = 6x")
    func second() {
        let x = Tensor(2.0).requiringGradient()
        let first = gradients(of: [x.pow(3)], by: [x], createGraph: true)[0]
        #expect(first.item() == 12)
        #expect(gradients(of: [first], by: [x])[0].item() == 12)
    }

    @Test("an unused input gives an undefined gradient where that is allowed")
    func unused() {
        let (x, y) = (Tensor(1.0).requiringGradient(), Tensor(1.0).requiringGradient())
        #expect(torchError { _ = gradients(of: [x * 2], by: [x, y]) }?.reason.contains("not have been used") == true)
        let both = gradients(of: [x * 2], by: [x, y], allowUnused: true)
        #expect(both[0].item() == 2 && !both[1].isDefined)
    }

    @Test("nothing is recorded without gradients, in inference mode, or of a detached tensor")
    func modes() {
        let x = Tensor([1.0]).requiringGradient()
        #expect((x * 2).requiresGradient)
        withoutGradients {
            #expect(!gradientsAreEnabled && !(x * 2).requiresGradient)
            withGradients(true) { #expect((x * 2).requiresGradient) }
            #expect(!gradientsAreEnabled)
        }
        #expect(gradientsAreEnabled)
        withInferenceMode { #expect(!(x * 2).requiresGradient) }
        #expect(!(x.detached() * 2).requiresGradient)
        #expect(x.isLeaf && !(x * 2).isLeaf)
        #expect((x * 2).gradientFunctionName == "MulBackward0")
    }

    @Test("whether operators are recorded is each thread's own affair")
    func threads() async {
        await withoutGradientsHere {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    let x = Tensor([1.0]).requiringGradient()
                    #expect(gradientsAreEnabled && (x * 2).requiresGradient)
                    continuation.resume()
                }
            }
        }
    }

    /// Holds a thread without gradients while `body` runs elsewhere.
    private func withoutGradientsHere(_ body: @Sendable @escaping () async -> Void) async {
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            withoutGradients {
                done.wait()
                #expect(!gradientsAreEnabled)
            }
        }
        await body()
        done.signal()
    }

    @Test("several threads run backward at once, each on its own graph")
    func concurrentBackward() async {
        let shared = Tensor.ones(8, 8)
        await withTaskGroup(of: Double.self) { group in
            for index in 1...8 {
                group.addTask {
                    let w = Tensor.full([8, 8], Double(index)).requiringGradient()
                    for _ in 0..<20 { (shared.matmul(w) * w).sum().backward() }
                    return w.grad!.mean().item() - 20 * Double(index) * 16
                }
            }
            for await difference in group { #expect(abs(difference) < 1e-2) }
        }
    }

    @Test("a hook sees the gradient, may replace it, and can be removed")
    func hooks() {
        let x = Tensor([1.0, 2]).requiringGradient()
        nonisolated(unsafe) var seen: [Float] = []
        let watching = x.registerHook {
            seen = $0.array()
            return nil
        }
        let doubling = x.registerHook { $0 * 2 }
        (x * 3).sum().backward()
        #expect(seen == [3, 3])
        #expect(x.grad?.array(of: Float.self) == [6, 6])
        doubling.remove()
        watching.remove()
        (seen, x.grad) = ([], nil)
        (x * 3).sum().backward()
        #expect(seen == [] && x.grad?.array(of: Float.self) == [3, 3])
    }

    @Test("a hook on a recorded result changes what flows on")
    func hookInside() {
        let x = Tensor([1.0]).requiringGradient()
        let y = x * 2
        y.registerHook { $0 * 10 }
        y.retainGradient()
        (y * 3).sum().backward()
        #expect(x.grad?.item() == 60)
    }

    @Test("an operator that fails in a hook makes backward fail with its sentence")
    func failingHook() {
        let x = Tensor([1.0, 2]).requiringGradient()
        let hook = x.registerHook { $0 + Tensor([1.0, 2, 3]) }
        let error = torchError { (x * 3).sum().backward() }
        #expect(error?.operation == "backward")
        #expect(error?.reason.contains("a gradient hook failed: add([2] float32, [3] float32): The size") == true)
        hook.remove()
        #expect(torchError { (x * 3).sum().backward() } == nil)
    }

    @Test("the memory that a hook holds goes with the tensor")
    func hookLifetime() {
        final class Token: Sendable {}
        weak var held: Token?
        do {
            let token = Token()
            held = token
            let x = Tensor([1.0]).requiringGradient()
            x.registerHook { gradient in
                _ = token
                return gradient
            }
        }
        #expect(held == nil)
    }

    @Test("autocast multiplies matrices in bfloat16 and sums losses in float32")
    func autocast() {
        let (x, w) = (Tensor.ones(4, 4), Tensor.ones(4, 4))
        withAutocast {
            let product = x.matmul(w)
            #expect(product.dtype == .bfloat16)
            #expect(product.mseLoss(Tensor.zeros(4, 4)).dtype == .float32)
            withAutocast(enabled: false) { #expect(x.matmul(w).dtype == .float32) }
            #expect(x.matmul(w).dtype == .bfloat16)
        }
        #expect(x.matmul(w).dtype == .float32)
    }

    @Test("anomaly detection names the operator whose gradient is not a number")
    func anomaly() {
        let x = Tensor([0.0]).requiringGradient()
        let error = withAnomalyDetection { torchError { (x.sqrt() * 0).sum().backward() } }
        #expect(error?.reason.contains("SqrtBackward0' returned nan values") == true)
    }

    @Test(
        "analytic gradients equal finite differences",
        arguments: [
            "matmul", "softmax", "layerNorm", "conv2d", "gelu", "norm", "einsum", "gridSample", "interpolate", "cumsum",
            "logsumexp", "subscript", "std", "eigvalsh",
        ])
    func finiteDifferences(name: String) {
        let generator = Generator(seed: 1)
        func random(_ shape: Int...) -> Tensor { Tensor.randn(shape, generator: generator, dtype: .float64) }
        switch name {
        case "matmul": checkGradients({ $0[0].matmul($0[1]) }, inputs: [random(3, 4), random(4, 2)])
        case "softmax": checkGradients({ $0[0].softmax(dim: 1) }, inputs: [random(3, 4)])
        case "layerNorm":
            checkGradients({ $0[0].layerNorm([4], $0[1], $0[2]) }, inputs: [random(3, 4), random(4), random(4)])
        case "conv2d":
            checkGradients(
                { $0[0].conv2d($0[1], $0[2], padding: [1, 1]) },
                inputs: [random(1, 2, 4, 4), random(3, 2, 3, 3), random(3)])
        case "gelu": checkGradients({ $0[0].gelu() }, inputs: [random(5)])
        case "norm": checkGradients({ $0[0].norm(p: 3, dim: 1) }, inputs: [random(3, 4)])
        case "einsum":
            checkGradients(
                { .einsum("bn,anm,bm->ba", $0[0], $0[1], $0[2]) },
                inputs: [random(2, 3), random(2, 3, 4), random(2, 4)])
        case "gridSample":
            checkGradients({ $0[0].gridSample($0[1].tanh() * 0.9) }, inputs: [random(1, 2, 4, 4), random(1, 3, 3, 2)])
        case "interpolate":
            checkGradients({ $0[0].interpolate(size: [5, 7], mode: .bicubic) }, inputs: [random(1, 1, 3, 4)])
        case "cumsum": checkGradients({ $0[0].cumsum(dim: 0) }, inputs: [random(3, 2)])
        case "logsumexp": checkGradients({ $0[0].logsumexp(dim: 0) }, inputs: [random(3, 2)])
        case "subscript":
            checkGradients({ $0[0][[2, 0], 1...] * $0[0][..., 0, .newAxis].sum() }, inputs: [random(3, 4)])
        case "std": checkGradients({ $0[0].std(dim: 0) }, inputs: [random(4, 2)])
        default: checkGradients({ ($0[0] + $0[0].T).eigvalsh() }, inputs: [random(3, 3)])
        }
    }

    @Test("the gradient check finds a wrong gradient")
    func wrongGradient() {
        let x = Tensor.randn([3], generator: Generator(seed: 1), dtype: .float64)
        withKnownIssue {
            checkGradients({ $0[0] * $0[0].detached() }, inputs: [x])
        }
    }
}
