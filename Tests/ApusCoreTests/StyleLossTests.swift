// Style transfer: what is zero, what is computed by hand, that a picture is painted; refusals.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Style transfer") struct StyleLossTests {
        private let net = Sequential([
            Conv2d(3, 4, kernelSize: 3, padding: 1), ReLU(), Conv2d(4, 5, kernelSize: 3, padding: 1),
        ])

        @Test("Gram matrices are the mean products of channels over places, by the number of channels")
        func gram() {
            // Channels (1, 2, 3, 4) and (2, 0, 1, 0) on four places: products 30, 5 and 5, by 8.
            let maps = Tensor([1, 2, 3, 4, 2, 0, 1, 0] as [Float], shape: [1, 2, 2, 2])
            let expected = Tensor([30, 5, 5, 5].map { Float($0) / 8 }, shape: [1, 2, 2])
            #expect(gramMatrix(maps).allClose(expected, rtol: 0, atol: 1e-7))
        }

        @Test("contents are compared with the target, style with the one picture, whatever its size")
        func parts() throws {
            manualSeed(8)
            let style = Tensor.rand(1, 3, 12, 10)
            let loss = try Loss.styleTransfer(
                of: style, by: net, contentLayers: [net[2]], styleLayers: [net[0], net[2]], styleWeight: 100)
            let (output, target) = (Tensor.rand(2, 3, 8, 8), Tensor.rand(2, 3, 8, 8))
            #expect(loss.partNames == ["content", "style"])
            let found = loss.evaluate(output, [target]).parts.map { $0.item() }
            let expected = withoutGradients {
                let (first, last) = (net[0](output), net(output))
                let (styleFirst, styleLast) = (gramMatrix(net[0](style)), gramMatrix(net(style)))
                func error(_ maps: Tensor, _ matrix: Tensor) -> Double {
                    (gramMatrix(maps) - matrix).square().mean().item()
                }
                return [
                    (last - net(target)).square().mean().item(),
                    100 * (error(first, styleFirst) + error(last, styleLast)),
                ]
            }
            expectClose(found, expected, "parts", tolerance: 1e-5)
            expectClose(
                [loss.perItem(output, [target]).mean().item()], [expected[0] + expected[1]], "items", tolerance: 1e-5)
            // The picture itself has its contents and its style.
            #expect(loss.function(style, [style]).item() < 1e-10)
        }

        @Test("a picture is painted by moving its pixels")
        func painting() throws {
            manualSeed(9)
            let (content, style) = (Tensor.rand(1, 3, 12, 12), Tensor.rand(1, 3, 12, 12) * 0.3)
            let loss = try Loss.styleTransfer(
                of: style, by: net, contentLayers: [net[2]], styleLayers: [net[0]], styleWeight: 10)
            let painted = content.clone().requiringGradient()
            let adam = OptimizerRecipe.adam().makeOptimizer(for: [[painted]])
            adam.update(group: 0) { $0.learningRate = 0.02 }
            var values: [Double] = []
            for _ in 0..<40 {
                let value = loss.function(painted, [content])
                values.append(value.item())
                value.backward()
                adam.step()
                adam.zeroGradients()
            }
            #expect(values[39] < 0.7 * values[0], "\(values[0]) to \(values[39])")
            #expect(net.parameters().allSatisfy { $0.grad == nil && !$0.requiresGradient })
        }

        @Test("several pictures as style, and missing or foreign layers are refused")
        func refusals() {
            func said(_ style: Tensor, _ content: [Module], _ layers: [Module]) -> String {
                message(of: TrainingError.self) {
                    _ = try Loss.styleTransfer(of: style, by: net, contentLayers: content, styleLayers: layers)
                }
            }
            let style = Tensor.rand(1, 3, 8, 8)
            #expect(said(.rand(2, 3, 8, 8), [net[0]], [net[0]]).contains("one of the shape [2, 3, 8, 8]"))
            #expect(said(style, [], [net[0]]).contains("0 and 1 were given"))
            #expect(said(style, [net[0]], [ReLU()]).contains("Layer 1"))
        }
    }
}
