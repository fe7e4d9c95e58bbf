// The optimizers against fastai's and PyTorch's, step by step.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Optimizers") struct OptimizerTests {
        /// What each case of optimisers.json is in Swift.
        static let makers: [String: OptimizerRecipe] = [
            "SGD": OptimizerRecipe.sgd(),
            "SGD with decay": OptimizerRecipe.sgd(weightDecay: 0.1),
            "SGD with momentum": OptimizerRecipe.sgd(momentum: 0.9),
            "SGD with momentum and decay": OptimizerRecipe.sgd(momentum: 0.9, weightDecay: 0.1),
            "SGD with momentum and L2": OptimizerRecipe.sgd(momentum: 0.9, weightDecay: 0.1, decoupled: false),
            "SGD of PyTorch, Nesterov": OptimizerRecipe.sgd(
                momentum: 0.9, weightDecay: 0.1, nesterov: true, decoupled: false),
            "Adam": OptimizerRecipe.adam(),
            "Adam of the one-cycle run": OptimizerRecipe.adam(momentum: 0.95, weightDecay: 0.1),
            "Adam with L2": OptimizerRecipe.adam(weightDecay: 0.1, decoupled: false),
            "Adam without decay": OptimizerRecipe.adam(weightDecay: 0),
            "AdamW of PyTorch": OptimizerRecipe.adamW(),
            "RMSProp": OptimizerRecipe.rmsProp(),
            "RMSProp with momentum and decay": OptimizerRecipe.rmsProp(momentum: 0.9, weightDecay: 0.1),
            "RMSProp with L2": OptimizerRecipe.rmsProp(weightDecay: 0.1, decoupled: false),
            "Adagrad of PyTorch": OptimizerRecipe.adagrad(),
            "Adagrad of PyTorch with L2": OptimizerRecipe.adagrad(initialSquares: 0.1, weightDecay: 0.1),
            "RAdam": OptimizerRecipe.rAdam(),
            "RAdam with decay": OptimizerRecipe.rAdam(weightDecay: 0.1),
            "RAdam with L2": OptimizerRecipe.rAdam(weightDecay: 0.1, decoupled: false),
            "LAMB": OptimizerRecipe.lamb(),
            "LAMB with decay": OptimizerRecipe.lamb(weightDecay: 0.1),
            "LAMB with L2": OptimizerRecipe.lamb(weightDecay: 0.1, decoupled: false),
            "Lookahead of SGD": OptimizerRecipe.lookahead(.sgd(), interval: 3),
            "Ranger": OptimizerRecipe.ranger(),
        ]

        @Test("25 steps move a parameter as the reference does", arguments: makers.keys.sorted())
        func parity(_ name: String) throws {
            let cases = try Fixture.cases("optimisers.json")
            let course = try #require(cases["course"])
            let expected = try #require(cases[name])
            let settings = try #require(expected["hyperparameters"] as? [String: NSNumber])
            let parameter = try Fixture.tensor(course["start"]).requiringGradient()
            let maker = try #require(Self.makers[name])
            let optimizer = maker.makeOptimizer(for: [[parameter]])
            optimizer.update(group: 0) { $0.learningRate = settings["lr"]!.doubleValue }

            let gradients = try #require(course["gradients"] as? [Any])
            let steps = try #require(course["steps"] as? [Int])
            let after = try #require(expected["after"] as? [Any])
            for (step, gradient) in gradients.enumerated() {
                parameter.grad = try Fixture.tensor(gradient)
                optimizer.step()
                guard let place = steps.firstIndex(of: step + 1) else { continue }
                expectClose(parameter, try Fixture.tensor(after[place]), "\(name), step \(step + 1)")
            }
            #expect(steps.last == 25 && gradients.count == 25 && after.count == steps.count)
        }

        @Test("every case of the reference is compared")
        func complete() throws {
            #expect(Set(try Fixture.cases("optimisers.json").keys) == Set(Self.makers.keys).union(["course"]))
        }

        @Test("weight decay spares the parameters it is told to, and those without a gradient stay")
        func spared() {
            let values = (0..<3).map { _ in Tensor.ones(2).requiringGradient() }
            let optimizer = OptimizerRecipe.sgd(weightDecay: 0.5).makeOptimizer(
                for: [values], undecayed: [values[1].id])
            optimizer.update(group: 0) { $0.learningRate = 0.1 }
            for value in values.prefix(2) { value.grad = Tensor.zeros(2) }
            optimizer.step()
            #expect(values.map { $0[0].item() as Double } == [Double(Float(0.95)), 1, 1])
        }

        @Test("without a momentum of its own, SGD takes none from a schedule")
        func plainSGD() {
            let parameter = Tensor.zeros(1).requiringGradient()
            let optimizer = OptimizerRecipe.sgd().makeOptimizer(for: [[parameter]])
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

        @Test("a momentum that a schedule takes to 0 forgets the gradients before")
        func momentumOfZero() {
            let parameter = Tensor.zeros(1).requiringGradient()
            let optimizer = OptimizerRecipe.sgd(momentum: 0.5).makeOptimizer(for: [[parameter]])
            var places: [Double] = []
            // Sums by hand: 8, 1, 0.5 + 1.
            for (momentum, gradient) in [(0.5, 8.0), (0, 1), (0.5, 1)] {
                optimizer.update(group: 0) { group in
                    group.learningRate = 1
                    group.momentum = momentum
                }
                parameter.grad = Tensor([gradient]).to(.float32)
                optimizer.step()
                places.append(parameter.item())
            }
            #expect(places == [-8, -9, -10.5])
        }

        @Test(
            "parameters that were frozen for a while have step counts of their own",
            arguments: [OptimizerRecipe.adam(), OptimizerRecipe.rAdam(), OptimizerRecipe.lamb()])
        func lateParameter(_ maker: OptimizerRecipe) {
            // A parameter that joins later moves as one that is alone.
            func course(_ late: Tensor, with early: Tensor?) {
                let optimizer = maker.makeOptimizer(for: [[early, late].compactMap { $0 }])
                for step in 0..<12 {
                    early?.grad = Tensor.ones(2)
                    if step >= 6 { late.grad = Tensor([0.3, -0.2]).to(.float32) }
                    optimizer.step()
                }
            }
            let (first, second) = (Tensor.ones(2).requiringGradient(), Tensor.ones(2).requiringGradient())
            course(first, with: Tensor.ones(2).requiringGradient())
            course(second, with: nil)
            #expect(first.equal(second))
        }

        @Test("LAMB moves a parameter of zeros, and leaves one whose gradient is zero")
        func zeroNorms() {
            let values = [Tensor.zeros(2), Tensor.ones(2)].map { $0.requiringGradient() }
            let optimizer = OptimizerRecipe.lamb(epsilon: 0).makeOptimizer(for: [values])
            optimizer.update(group: 0) { $0.learningRate = 0.5 }
            values[0].grad = Tensor.ones(2)
            values[1].grad = Tensor.zeros(2)
            optimizer.step()
            // The first step of Adam is the gradient's sign; zero by zero is no number, with any optimizer of its kind.
            #expect(values[0].array(of: Float.self) == [-0.5, -0.5])
        }

        @Test(
            "a gradient of another memory layout moves the elements it belongs to",
            arguments: [
                OptimizerRecipe.sgd(), OptimizerRecipe.sgd(momentum: 0.9), OptimizerRecipe.adam(),
                OptimizerRecipe.adam(decoupled: false),
                OptimizerRecipe.rmsProp(), OptimizerRecipe.lamb(), OptimizerRecipe.adagrad(),
            ])
        func gradientLayout(_ maker: OptimizerRecipe) {
            let gradient = Tensor((0..<24).map { Float($0) - 11.5 }, shape: [2, 3, 2, 2])
            let results = [true, false].map { isChannelsLast in
                let start = Tensor.ones(2, 3, 2, 2)
                let parameter = (isChannelsLast ? start.channelsLast() : start).detached().requiringGradient()
                let optimizer = maker.makeOptimizer(for: [[parameter]])
                parameter.grad = gradient
                optimizer.step()
                return parameter.detached()
            }
            expectClose(results[0], results[1], "channels last")
        }

        @Test(
            "what is remembered has the parameter's layout",
            arguments: [
                OptimizerRecipe.adam(), OptimizerRecipe.sgd(momentum: 0.9), OptimizerRecipe.rmsProp(momentum: 0.9),
                OptimizerRecipe.rAdam(),
                OptimizerRecipe.lamb(), OptimizerRecipe.adagrad(), OptimizerRecipe.lookahead(.sgd()),
            ])
        func layout(_ maker: OptimizerRecipe) {
            let parameter = Tensor.ones(2, 3, 4, 4).channelsLast().detached().requiringGradient()
            let optimizer = maker.makeOptimizer(for: [[parameter]])
            parameter.grad = parameter.detached().clone()
            optimizer.step()
            let remembered = optimizer.state[parameter.id]?.values.filter { $0.dim == 4 } ?? []
            #expect(!remembered.isEmpty && remembered.allSatisfy { $0.strides == parameter.strides })
        }

        /// A custom optimizer: steps of one size, counted, twice as large as the learning rate says.
        final class SignSGD: Optimizer {
            private(set) var stepCount = 0
            let factor: Double
            init(_ groups: [ParameterGroup], factor: Double) {
                self.factor = factor
                super.init(groups: groups)
                if factor <= 0 { problem = "SignSGD with factor \(factor) is not possible; give a number above 0." }
            }
            override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
                for parameter in parameters {
                    if let gradient = parameter.grad {
                        parameter.sub_(gradient.sign() * (factor * settings.learningRate * (decays ? 1 : 10)))
                    }
                }
            }
            override func didStep() { stepCount += 1 }
        }

        @Test("a custom optimizer is a recipe's closure: it is told what decay spares, counts steps, refuses numbers")
        func customOptimizer() throws {
            func trainer(factor: Double) throws -> Trainer {
                try quietTrainer(
                    inputs: Tensor.ones(8, 2), targets: Tensor.full([8, 1], -100), batchSize: 4, model: Linear(2, 1),
                    optimizer: OptimizerRecipe(momentum: 0, weightDecay: 0.1) { SignSGD($0, factor: factor) })
            }
            let training = try trainer(factor: 2)
            let before = training.model.parameters().map { $0.detached().clone() }
            try training.fit(1, learningRate: 0.5)
            let optimizer = try #require(training.optimizer as? SignSGD)
            #expect(optimizer.stepCount == 2 && optimizer.groups[0].weightDecay == 0.1)
            let after = training.model.parameters()
            // Every weight moves down by 2 * 0.5 in each of two steps; the bias, which weight decay spares, by ten times that.
            expectClose((before[0] - after[0]).flatten().array(), [2, 2], "weights")
            expectClose((before[1] - after[1]).array(), [20], "bias")
            let refused = try trainer(factor: 0)
            #expect(message(of: TrainingError.self) { try refused.fit(1) }.contains("factor 0.0"))
        }

        @Test(
            "numbers that are not possible are refused before training",
            arguments: [
                (OptimizerRecipe.adam(squaredMomentum: 1), "squaredMomentum 1.0"),
                (OptimizerRecipe.lamb(epsilon: -1), "epsilon -1.0"),
                (OptimizerRecipe.sgd(momentum: 1.5), "momentum 1.5"), (OptimizerRecipe.sgd(nesterov: true), "nesterov"),
                (OptimizerRecipe.sgd(weightDecay: .nan), "weightDecay nan"),
                (OptimizerRecipe.lookahead(.sgd(), interval: 0), "interval 0"),
                (OptimizerRecipe.lookahead(.rAdam(epsilon: .infinity)), "epsilon inf"),
                (OptimizerRecipe.lookahead(.ranger()), "Lookahead(RAdam)"),
            ])
        func badNumbers(_ maker: OptimizerRecipe, _ said: String) throws {
            let trainer = try quietTrainer(
                inputs: Tensor.ones(4, 2), targets: Tensor.ones(4, 1), model: Linear(2, 1), optimizer: maker)
            #expect(message(of: TrainingError.self) { try trainer.fit(1) }.contains(said))
            #expect(trainer.recorder.losses.isEmpty)
        }
    }
}
