// Adam and SGD against fastai's, step by step.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Optimisers") struct OptimizerTests {
        @Test(
            "each step moves a parameter as fastai's optimiser does",
            arguments: [
                "SGD", "SGD with momentum", "SGD with momentum and decay", "SGD with momentum and decay, 25 steps",
                "Adam",
                "Adam of the one-cycle run", "Adam without decay", "Adam, 25 steps",
            ])
        func parity(_ name: String) throws {
            let expected = try #require(try Fixture.cases("optimisers.json")[name])
            let settings = try #require(expected["hyperparameters"] as? [String: Any])
            func number(_ key: String, _ usual: Double) -> Double { (settings[key] as? NSNumber)?.doubleValue ?? usual }
            let parameter = try Fixture.tensor(expected["start"]).requiringGradient()
            let maker =
                name.hasPrefix("SGD")
                ? Optimizer.sgd(momentum: number("mom", 0), weightDecay: number("wd", 0))
                : Optimizer.adam(
                    momentum: number("mom", 0.9), squaredMomentum: number("sqr_mom", 0.99),
                    epsilon: number("eps", 1e-5), weightDecay: number("wd", 0.01))
            let optimizer = maker([[parameter]], [])
            optimizer.update(group: 0) { $0.learningRate = number("lr", .nan) }

            let gradients = try #require(expected["gradients"] as? [Any])
            let after = try #require(expected["after"] as? [Any])
            for (step, (gradient, result)) in zip(gradients, after).enumerated() {
                parameter.grad = try Fixture.tensor(gradient)
                optimizer.step()
                expectClose(parameter, try Fixture.tensor(result), "\(name), step \(step)")
            }
            #expect(after.count == gradients.count && after.count >= 8)
        }

        @Test("weight decay spares the parameters it is told to, and those without a gradient stay")
        func spared() {
            let values = (0..<3).map { _ in Tensor.ones(2).requiringGradient() }
            let optimizer = Optimizer.sgd(weightDecay: 0.5)([values], [values[1].id])
            optimizer.update(group: 0) { $0.learningRate = 0.1 }
            for value in values.prefix(2) { value.grad = Tensor.zeros(2) }
            optimizer.step()
            #expect(values.map { $0[0].item() as Double } == [Double(Float(0.95)), 1, 1])
        }

        @Test("without a momentum of its own, SGD takes none from a schedule")
        func plainSGD() {
            let parameter = Tensor.zeros(1).requiringGradient()
            let optimizer = Optimizer.sgd()([[parameter]], [])
            optimizer.update(group: 0) { group in
                group.learningRate = 1
                group.momentum = 0.9
            }
            for _ in 0..<3 {
                parameter.grad = Tensor.ones(1)
                optimizer.step()
            }
            #expect(parameter.item() == -3)
        }

        @Test(
            "what is remembered has the parameter's layout",
            arguments: [Optimizer.adam(), Optimizer.sgd(momentum: 0.9)])
        func layout(_ maker: OptimizerMaker) {
            let parameter = Tensor.ones(2, 3, 4, 4).channelsLast().detached().requiringGradient()
            let optimizer = maker([[parameter]], [])
            parameter.grad = parameter.detached().clone()
            optimizer.step()
            #expect(optimizer.state[parameter.id]?["mean"]?.strides == parameter.strides)
        }
    }
}
