// Inference plans: the same results as the model's own, and stale when the model has changed.
import Testing

@testable import Torch

@Suite("Inference plans") struct NNInferencePlanTests {
    /// A net whose running statistics are those of some batches.
    private func trained(_ model: Module, _ features: Int) -> Module {
        for _ in 0..<3 { _ = model(Tensor.randn(8, features) * 3 + 1) }
        return model.eval()
    }

    @Test("batch norms are folded away with the same results, and the model stays as it is")
    func folded() throws {
        let model = trained(Sequential([Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 2), BatchNorm1d(2)]), 3)
        let x = Tensor.randn(5, 3)
        let keys = model.stateDict().map(\.name)
        let expected = model(x).detached()
        let plan = try InferencePlan(model, example: [x])
        #expect(plan.foldedCount == 2 && plan.isCurrent)
        expectClose(plan([x]), expected, tolerance: 1e-5)
        expectClose(model(x).detached(), expected, tolerance: 0)
        #expect(model.stateDict().map(\.name) == keys)
    }

    @Test("gradients of the inputs go through a plan as through the model, those of the weights do not")
    func recorded() throws {
        let model = trained(Sequential([Linear(3, 4), BatchNorm1d(4), ReLU(inplace: true), Linear(4, 2)]), 3)
        let x = Tensor.randn(5, 3).requiringGradient()
        model(x).square().sum().backward()
        let expected = try #require(x.grad)
        x.grad = nil
        for parameter in model.parameters() { parameter.grad = nil }
        let plan = try InferencePlan(model, example: [x], recordsGradients: true)
        plan([x]).square().sum().backward()
        expectClose(try #require(x.grad), expected, tolerance: 1e-5)
        #expect(model.parameters()[0].grad == nil && plan.foldedCount == 1)
    }

    @Test("a normalization behind an activation in place stays, however close folding would come")
    func inPlaceActivation() throws {
        manualSeed(4)
        let model = Sequential([Linear(6, 8), ReLU(inplace: true), BatchNorm1d(8)])
        // As at the start of a training, where folding is off by a thousandth only.
        (model[2] as? BatchNorm)?.bias = Tensor.full([8], 1e-3)
        let input = Tensor.randn(16, 6)
        let plan = try InferencePlan(model, example: [input])
        #expect(plan.foldedCount == 0)
        #expect(plan([input]).equal(withoutGradients { model(input) }))
    }

    @Test("weights in bfloat16 give bfloat16's results")
    func bfloat16() throws {
        let model = trained(Sequential([Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 2)]), 3)
        let x = Tensor.randn(5, 3)
        let plan = try InferencePlan(model, example: [x], dtype: .bfloat16)
        let found = withAutocast(.bfloat16) { plan([x]) }
        #expect(found.dtype == .bfloat16)
        expectClose(found.float(), model(x).detached(), tolerance: 5e-2)
    }

    @Test("convolutions of pictures give the model's results for any size and number of pictures")
    func packedConvolutions() throws {
        manualSeed(5)
        let model = Sequential([
            Conv2d(3, 20, kernelSize: 7, stride: 2, padding: 3, bias: false), BatchNorm2d(20), ReLU(),
            Conv2d(20, 33, kernelSize: 3, padding: 2, dilation: 2),
            Conv2d(33, 24, kernelSize: [1, 5], padding: [0, 2]),
            BatchNorm2d(24), Conv2d(24, 24, kernelSize: 3, padding: 1, groups: 4), ReLU(),
            Conv2d(24, 10, kernelSize: 3, padding: 1, paddingMode: .reflect), Conv2d(10, 5, kernelSize: 1, stride: 2),
        ])
        for _ in 0..<3 { _ = model(Tensor.randn(4, 3, 24, 24) + 1) }
        model.eval()
        let plan = try InferencePlan(model, example: [Tensor.randn(1, 3, 24, 24)])
        #expect(plan.foldedCount == 2)
        for shape in [[1, 3, 24, 24], [5, 3, 31, 40], [2, 3, 9, 200]] {
            let pictures = Tensor.randn(shape)
            for input in [pictures, pictures.channelsLast(), pictures.transpose(2, 3)] {
                let expected = withoutGradients { model(input) }
                expectClose(plan([input]), expected, tolerance: 1e-5 * max(1, expected.abs().max().item()))
            }
        }
        #expect(plan([Tensor.randn(0, 3, 24, 24)]).shape == [0, 5, 6, 6])
    }

    @Test("pictures that do not fit are told as the model itself tells them")
    func packedErrors() throws {
        let model = Sequential([Conv2d(3, 8, kernelSize: 5), Conv2d(8, 8, kernelSize: 5)]).eval()
        let plan = try InferencePlan(model, example: [Tensor.randn(1, 3, 16, 16)])
        for input in [Tensor.randn(1, 4, 16, 16), Tensor.randn(1, 3, 6, 16), Tensor.randn(1, 3, 16, 16).to(.float64)] {
            let own = #expect(throws: TorchError.self) {
                _ = try withTorchErrors { withoutGradients { model(input) } }
            }
            let planned = #expect(throws: TorchError.self) { _ = try withTorchErrors { plan([input]) } }
            #expect(own != nil && own?.description == planned?.description)
        }
        // One picture without a batch: nothing is folded here, so that the layers' own weights are right.
        let picture = Tensor.randn(3, 16, 16)
        expectClose(plan([picture]), withoutGradients { model(picture) }, tolerance: 1e-6)
    }

    @Test("convolutions in half precision give its results where the processor has them, and without")
    func packedHalf() throws {
        manualSeed(6)
        let model = Sequential([
            Conv2d(3, 16, kernelSize: 3, padding: 1), BatchNorm2d(16), ReLU(), Conv2d(16, 8, kernelSize: 3),
        ])
        for _ in 0..<3 { _ = model(Tensor.randn(4, 3, 12, 12)) }
        model.eval()
        let pictures = Tensor.randn(2, 3, 12, 12)
        let plan = try InferencePlan(model, example: [pictures], dtype: .bfloat16)
        let found = withAutocast(.bfloat16) { plan([pictures]) }
        #expect(found.dtype == .bfloat16)
        let expected = withoutGradients { model(pictures) }
        // Weights, inputs and the values between are rounded to 8 bits: three roundings of a 256th part.
        expectClose(found.float(), expected, tolerance: 3.0 / 256 * expected.abs().max().item())
    }

    @Test("a normalization whose input something else reads stays")
    func shared() throws {
        final class Shared: Module {
            let fc = Linear(3, 3)
            let norm = BatchNorm1d(3)
            override func forward(_ input: Tensor) -> Tensor {
                let output = fc(input)
                return output + norm(output)
            }
        }
        let model = trained(Shared(), 3)
        let x = Tensor.randn(5, 3)
        let plan = try InferencePlan(model, example: [x])
        #expect(plan.foldedCount == 0)
        expectClose(plan([x]), model(x).detached(), tolerance: 0)
    }

    @Test("a plan is stale once a weight, a statistic, a hook or the mode has changed")
    func stale() throws {
        let linear = Linear(3, 4)
        let norm = BatchNorm1d(4)
        let model = trained(Sequential([linear, norm]), 3)
        let x = Tensor.randn(5, 3)
        let changes: [() -> Void] = [
            { withoutGradients { _ = linear.weight.mul_(2) } },
            { withoutGradients { _ = norm.runningMean?.add_(1) } },
            { linear.weight = Tensor.zeros(4, 3) },
            { model.train() },
            { linear.registerForwardHook { _, _, _ in nil } },
        ]
        for (index, change) in changes.enumerated() {
            let plan = try InferencePlan(model, example: [x])
            #expect(plan.isCurrent)
            change()
            #expect(!plan.isCurrent, "change \(index)")
        }
    }

    @Test("an example of the wrong shape is refused with the operator's sentence")
    func refused() {
        #expect(throws: TorchError.self) {
            try InferencePlan(Sequential([Linear(3, 4), BatchNorm1d(4)]), example: [Tensor.zeros(2, 5)])
        }
    }
}
