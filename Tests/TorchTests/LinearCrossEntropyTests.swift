// The loss of a decoder without its logits against LibTorch's two operators.
import Foundation
import Testing
import Torch

@Suite("Cross-entropy of a linear layer") struct LinearCrossEntropyTests {
    private struct Case {
        let rows, weight, targets: Tensor
        let bias: Tensor?

        init(rows shape: [Int], classes: Int, bias: Bool = true) {
            manualSeed(5)
            rows = Tensor.randn(shape).requiringGradient()
            weight = Tensor.randn(classes, shape[shape.count - 1]).requiringGradient()
            self.bias = bias ? Tensor.randn(classes).requiringGradient() : nil
            targets = Tensor.randint(0..<classes, Array(shape.dropLast()))
        }

        var leaves: [Tensor] { [rows, weight] + (bias.map { [$0] } ?? []) }

        func expected(_ ignoring: Int? = nil) -> Tensor {
            rows.linear(weight, bias).float().reshape(-1, weight.size(0))
                .crossEntropy(targets.flatten(), ignoreIndex: ignoring ?? -100)
        }
    }

    private func expectClose(_ found: Tensor, _ expected: Tensor, _ tolerance: Double) {
        #expect(found.shape == expected.shape)
        #expect((found - expected).abs().max().item() <= tolerance)
    }

    @Test("loss and gradients are those of the two operators, whatever is computed at once")
    func equal() throws {
        try withTorchErrors {
            for bias in [true, false] {
                let data = Case(rows: [3, 7, 6], classes: 11, bias: bias)
                let expected = data.expected()
                let wanted = gradients(of: [expected], by: data.leaves)
                for rowsAtOnce in [1, 4, 5, 21, 512] {
                    let loss = data.rows.linearCrossEntropy(
                        weight: data.weight, bias: data.bias, targets: data.targets, rowsAtOnce: rowsAtOnce)
                    expectClose(loss, expected, 1e-6)
                    for (found, wanted) in zip(gradients(of: [loss * 3], by: data.leaves), wanted) {
                        expectClose(found, wanted * 3, 2e-6)
                    }
                }
            }
        }
    }

    @Test("a class that is ignored counts for nothing, and one row or none is possible")
    func ignoring() throws {
        try withTorchErrors {
            let data = Case(rows: [20, 6], classes: 5)
            let loss = data.rows.linearCrossEntropy(
                weight: data.weight, bias: data.bias, targets: data.targets, ignoring: 2, rowsAtOnce: 8)
            let expected = data.expected(2)
            expectClose(loss, expected, 1e-6)
            for (found, wanted) in zip(
                gradients(of: [loss], by: data.leaves), gradients(of: [expected], by: data.leaves))
            {
                expectClose(found, wanted, 2e-6)
            }
            let none = Tensor.full([20], 2, dtype: .int64)
            let zero = data.rows.linearCrossEntropy(weight: data.weight, targets: none, ignoring: 2)
            #expect(zero.item() == 0)
            #expect(gradients(of: [zero], by: [data.rows])[0].abs().max().item() == 0)
            let empty = Tensor.zeros(0, 6).linearCrossEntropy(
                weight: data.weight, targets: Tensor.zeros(0, dtype: .int64))
            #expect(empty.item() == 0)
        }
    }

    @Test("without gradients, and with those of some arguments alone")
    func partial() throws {
        try withTorchErrors {
            let data = Case(rows: [9, 6], classes: 5)
            let loss = withoutGradients {
                data.rows.linearCrossEntropy(weight: data.weight, bias: data.bias, targets: data.targets)
            }
            #expect(!loss.requiresGradient)
            expectClose(loss, data.expected(), 1e-6)
            data.weight.requiresGradient = false
            let part = data.rows.linearCrossEntropy(weight: data.weight, bias: data.bias, targets: data.targets)
            expectClose(
                gradients(of: [part], by: [data.rows])[0], gradients(of: [data.expected()], by: [data.rows])[0], 2e-6)
        }
    }

    @Test("in bfloat16 it is as near to float32 as the two operators are")
    func bfloat16() throws {
        try withTorchErrors {
            let data = Case(rows: [64, 32], classes: 50)
            let exact = data.expected()
            let wanted = gradients(of: [exact], by: data.leaves)
            let loss = withAutocast(.bfloat16) {
                data.rows.linearCrossEntropy(
                    weight: data.weight, bias: data.bias, targets: data.targets, rowsAtOnce: 16)
            }
            // Logits of some tens have three digits: their error is 2^-9 of them.
            expectClose(loss, exact, 0.05)
            for (found, wanted) in zip(gradients(of: [loss], by: data.leaves), wanted) {
                #expect(found.dtype == .float32)
                expectClose(found, wanted, 0.05 * wanted.abs().max().item())
            }
        }
    }

    @Test("arguments that do not fit are named")
    func refusals() {
        let data = Case(rows: [4, 6], classes: 5)
        func reason(_ body: () -> Tensor) -> String {
            do { _ = try withTorchErrors { body() } } catch { return "\(error)" }
            return ""
        }
        #expect(
            reason { data.rows.linearCrossEntropy(weight: .zeros(5, 7), targets: data.targets) }.contains(
                "[classes, inputs]"))
        #expect(
            reason { data.rows.linearCrossEntropy(weight: data.weight, targets: Tensor([1, 2])) }.contains("each row"))
        #expect(
            reason { data.rows.linearCrossEntropy(weight: data.weight, targets: Tensor([1, 2, 5, 0])) }
                .contains("no class from 0 to 4"))
        #expect(
            reason { data.rows.linearCrossEntropy(weight: data.weight, targets: data.targets, rowsAtOnce: 0) }
                .contains("0 rows"))
    }
}
