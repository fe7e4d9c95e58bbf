// Critic and generator in turn: losses and penalties by hand, turns, means over weights, resumption, refusals.
import Foundation
import Testing
import Torch

@testable import ApusCore

private func numbers(_ module: Module) -> [[Float]] {
    module.stateDict().map { $0.tensor.detached().flatten().array(of: Float.self) }
}

extension CoreTests {
    @Suite("GAN step") struct GANStepTests {
        private typealias Kill = CheckpointTests.Kill

        /// Noise of 4 numbers as inputs, points around (2, -1) as targets.
        private func data(_ count: Int = 64) throws -> TensorDataset {
            manualSeed(3)
            return try TensorDataset(
                Tensor.randn(count, 4), Tensor.randn(count, 2) * 0.3 + Tensor([2, -1] as [Float]))
        }

        private func trainer(
            _ options: GANOptions, _ callbacks: [Callback] = [], optimizer: OptimizerRecipe = .adam(momentum: 0.5),
            batchSize: Int = 16, validates: Bool = true
        ) throws -> (trainer: Trainer, step: GANStep) {
            let data = try data()
            manualSeed(5)
            let generator = Sequential([Linear(4, 16), BatchNorm1d(16), ReLU(), Linear(16, 2)])
            let critic = Sequential([Linear(2, 32), LeakyReLU(0.2), Linear(32, 1)])
            let trainer = Trainer(
                train: try DataLoader(data, batchSize: batchSize, shuffle: true),
                valid: validates ? try DataLoader(data, batchSize: 32) : nil, model: generator, loss: .mse,
                TrainingOptions(optimizer: optimizer, callbacks: callbacks, precision: .float32, device: .cpu))
            trainer.showsProgress = false
            let step = try GANStep(generator: generator, critic: critic, options)
            trainer.step = step
            return (trainer, step)
        }

        // MARK: Losses

        @Test("hinge, least squares, Wasserstein and cross-entropy are those computed by hand")
        func losses() {
            let (real, fake) = (Tensor([2, 0.5] as [Float]).unsqueeze(1), Tensor([-2, 0] as [Float]).unsqueeze(1))
            func values(_ loss: AdversarialLoss) -> [Double] {
                [loss.critic(real, fake).item(), loss.generator(fake).item()]
            }
            // relu(1 - 2) and relu(1 - 0.5); relu(1 - 2) and relu(1 + 0).
            #expect(values(.hinge) == [0.25 + 0.5, 1])
            // Squares 1 and 0.25, 4 and 0; 9 and 1; halved.
            #expect(values(.leastSquares) == [0.5 * (0.625 + 2), 0.5 * 5])
            #expect(values(.wasserstein) == [1.25 + 1, -1])
            func entropy(_ logits: [Double]) -> Double { logits.map { log(1 + exp(-$0)) }.reduce(0, +) / 2 }
            expectClose(
                values(.binaryCrossEntropy), [(entropy([2, 0.5]) + entropy([2, 0])) / 2, entropy([-2, 0])], "entropy")
            // With the real examples as the first class, the answers mean the opposite.
            let turned = AdversarialLoss(of: .adaptive(.binaryCrossEntropyWithLogits()), realClass: 0)
            expectClose(
                [turned.critic(-real, -fake).item(), turned.generator(-fake).item()], values(.binaryCrossEntropy),
                "turned")
        }

        @Test("the gradient penalty of a linear critic is that of its weight's length, and moves it there")
        func gradientPenalty() throws {
            final class Watching: Callback {
                var losses: [Double] = []
                override func afterLoss(_ trainer: Trainer) {
                    if trainer.isTraining { losses.append(trainer.batchLoss.item()) }
                }
            }
            let data = try data(16)
            let (generator, critic) = (Linear(4, 2), Linear(2, 1))
            let options = GANOptions(
                loss: .wasserstein, switcher: .fixed(critic: 1000), evaluatesOther: false,
                constraint: .gradientPenalty(10))
            let watching = Watching()
            let trainer = Trainer(
                train: try DataLoader(data, batchSize: 16), valid: nil, model: generator, loss: .mse,
                TrainingOptions(optimizer: .sgd(momentum: 0), callbacks: [watching], precision: .float32, device: .cpu))
            trainer.showsProgress = false
            trainer.step = try GANStep(generator: generator, critic: critic, options)
            withoutGradients { _ = critic.weight.copy_(Tensor([3, 4] as [Float]).unsqueeze(0)) }
            let batch = try data.batch(at: Array(0..<16), random: [])
            let expected = withoutGradients {
                critic(batch.targets[0]).mean() - critic(generator(batch.inputs[0])).mean() + 10 * 16
            }
            let before = numbers(generator)
            try trainer.fit(1, learningRate: 0.01)
            expectClose([watching.losses[0]], [expected.item()], "loss")
            // By the penalty alone the length falls by 0.01 * 10 * 2 * 4; the rest is the means' difference.
            let difference = withoutGradients {
                batch.targets[0].mean(dim: 0) - generator(batch.inputs[0]).mean(dim: 0)
            }
            let slope = Tensor([3, 4] as [Float]) / 5 * (0.01 * 10 * 2 * 4)
            expectClose(critic.weight.detached()[0], Tensor([3, 4] as [Float]) - slope - difference * 0.01, "weight")
            #expect(numbers(generator) == before)
            try trainer.fit(300, learningRate: 0.01)
            #expect(abs(critic.weight.norm().item() - 1) < 0.2)
        }

        @Test("weights of the critic are cut off before each batch")
        func clip() throws {
            let (trainer, step) = try trainer(
                GANOptions(loss: .wasserstein, switcher: .fixed(critic: 2), constraint: .clip(0.02)), validates: false)
            final class Watching: Callback {
                let critic: Module
                var largest: Float = 0
                init(_ critic: Module) { self.critic = critic }
                override func afterPrediction(_ trainer: Trainer) {
                    largest = max(largest, critic.parameters().map { $0.abs().max().item(as: Float.self) }.max() ?? 0)
                }
            }
            let watching = Watching(step.critic)
            trainer.add(watching)
            try trainer.fit(2, learningRate: 1e-3)
            #expect(watching.largest == 0.02)
        }

        // MARK: Turns

        @Test("turns, columns, modes, rates and gradients: each batch trains one of the two")
        func turns() throws {
            final class Watching: Callback {
                var turns = "", groups: [[Int]] = [], rates: [Double] = [], modes: [[Bool]] = []
                override func beforeStep(_ trainer: Trainer) {
                    guard let step = trainer.step as? GANStep else { return }
                    turns += step.turn == .critic ? "C" : "G"
                    groups.append(trainer.steppedGroups)
                    rates.append(trainer.optimizer.groups[1].learningRate)
                    modes.append([step.generator.isTraining, step.critic.isTraining])
                    #expect(step.generator.parameters().allSatisfy { ($0.grad != nil) == (step.turn == .generator) })
                    #expect(step.critic.parameters().allSatisfy { ($0.grad != nil) == (step.turn == .critic) })
                }
            }
            let watching = Watching()
            let (trainer, _) = try trainer(
                GANOptions(switcher: .fixed(critic: 2, first: .generator), criticRateFactor: 5), [watching])
            try trainer.fit(2, learningRate: .each([1e-3, 2e-3]))
            // A turn goes on in the next epoch.
            #expect(watching.turns == "GCCGCCGC")
            #expect(watching.groups == watching.turns.map { $0 == "G" ? [0] : [1] })
            #expect(watching.rates == watching.turns.map { $0 == "G" ? 2e-3 : 1e-2 })
            #expect(watching.modes == watching.turns.map { $0 == "G" ? [true, false] : [false, true] })
            #expect(trainer.columns.map(\.name) == ["train_loss", "valid_loss", "gen_loss", "disc_loss"])
            let row = try #require(trainer.recorder.rows.last)
            #expect(
                row.metrics.map(\.name) == ["gen_loss", "disc_loss"] && row.metrics.allSatisfy { $0.value.isFinite })
            let losses = Array(trainer.recorder.losses[4...])
            expectClose(row.metrics.map(\.value), [losses[2], (losses[0] + losses[1] + losses[3]) / 3], "columns")
            // Without validation the table is the course's.
            let alone = try self.trainer(GANOptions(), validates: false).trainer
            #expect(alone.columns.map(\.name) == ["train_loss", "gen_loss", "disc_loss"])
        }

        @Test("an adaptive switcher leaves a turn when the loss is below its threshold")
        func adaptive() {
            let switcher = GANSwitcher.adaptive(criticThreshold: 0.65)
            #expect(!switcher.isOver(.critic, 9, 0.65) && switcher.isOver(.critic, 1, 0.64))
            #expect(switcher.isOver(.generator, 1, 100))
            let other = GANSwitcher.adaptive(generatorThreshold: 2)
            #expect(!other.isOver(.generator, 5, 2) && other.isOver(.critic, 1, 100))
        }

        @Test("a GAN comes close to its data")
        func learns() throws {
            let (trainer, _) = try trainer(GANOptions(averageDecay: 0.9), validates: false)
            try trainer.fit(120, learningRate: 2e-3)
            let made = trainer.inEvaluationMode { withoutGradients { trainer.model(Tensor.randn(512, 4)) } }
            let means = made.mean(dims: [0]).array(of: Float.self)
            #expect(abs(means[0] - 2) < 0.5 && abs(means[1] + 1) < 0.5, "\(means)")
        }

        // MARK: Means over weights

        @Test(
            "the mean over past weights is in the model outside of training, and training goes on from the present ones"
        )
        func average() throws {
            final class Watching: Callback {
                var weights: [Tensor] = [], validated: [[Float]] = []
                override func afterStep(_ trainer: Trainer) {
                    if trainer.steppedGroups == [0] {
                        weights.append(trainer.model.parameters()[0].detached().clone())
                    }
                }
                override func beforeValidate(_ trainer: Trainer) {
                    validated.append(trainer.model.parameters()[0].flatten().array(of: Float.self))
                }
            }
            let (watching, plainly) = (Watching(), Watching())
            let (trainer, _) = try trainer(GANOptions(averageDecay: 0.3), [watching])
            let (plain, _) = try self.trainer(GANOptions(), [plainly])
            var mean = trainer.model.parameters()[0].detached().clone()
            try trainer.fit(2, learningRate: 1e-2)
            try plain.fit(2, learningRate: 1e-2)
            #expect(watching.weights.count == 4)
            for (place, weight) in watching.weights.enumerated() {
                // The decay grows up to the one that is wanted: 1/10, 2/11, 3/12, 0.3.
                let decay = min(0.3, Double(1 + place) / Double(10 + place))
                mean = mean * decay + weight * (1 - decay)
                if place == 1 {
                    expectClose(Tensor(watching.validated[0]), mean.flatten(), "after an epoch", tolerance: 1e-6)
                }
            }
            expectClose(trainer.model.parameters()[0], mean, "mean", tolerance: 1e-6)
            // The training is the same with and without, also in a second fit.
            try trainer.fit(1, learningRate: 1e-2)
            try plain.fit(1, learningRate: 1e-2)
            #expect(zip(watching.weights, plainly.weights).allSatisfy { $0.allClose($1, rtol: 0, atol: 0) })
            #expect(watching.weights.count == 6 && plainly.weights.count == 6)
        }

        // MARK: Resumption

        @Test("a GAN with an optimizer each, a penalty, a mean and adaptive turns resumes bit for bit")
        func resumes() throws {
            struct End: Equatable {
                let generator: [[Float]], critic: [[Float]], losses: [Double], rows: [[Double]], turn: GANTurn
            }
            func program(_ added: [Callback]) throws -> End {
                let options = GANOptions(
                    weights: GeneratorWeights(content: 0.1), switcher: .adaptive(criticThreshold: 0.69),
                    constraint: .gradientPenalty(1), averageDecay: 0.9)
                let (trainer, step) = try trainer(
                    options, added, optimizer: .perGroup([.adam(momentum: 0.5), .rmsProp()]))
                try trainer.fit(3, learningRate: .each([2e-3, 1e-3]))
                try trainer.fit(1, learningRate: .each([1e-3, 1e-3]))
                return End(
                    generator: numbers(trainer.model) + numbers(step.modules[1].module), critic: numbers(step.critic),
                    losses: trainer.recorder.losses,
                    rows: trainer.recorder.rows.map { [$0.trainLoss, $0.validLoss ?? 0] + $0.metrics.map(\.value) },
                    turn: step.turn)
            }
            let whole = try program([])
            let kills: [(TrainingEvent, Int, Bool)] = [
                (.beforeBatch, 3, true), (.beforeBatch, 5, true), (.beforeStep, 7, true), (.beforeBatch, 3, false),
                (.afterEpoch, 1, false), (.beforeEpoch, 3, false), (.afterFit, 1, false), (.beforeFit, 2, false),
            ]
            for (event, number, inTraining) in kills {
                try withTemporaryFolder { folder in
                    func checkpoints() -> Checkpoints { Checkpoints(in: folder, every: .batches(1)) }
                    #expect(throws: CallbackError.self, "\(event)") {
                        _ = try program([checkpoints(), Kill(event, number, inTraining: inTraining)])
                    }
                    let resumed = try program([checkpoints()])
                    #expect(resumed == whole, "killed at \(event) \(number)")
                }
            }
        }

        @Test("a saved state brings generator, critic and mean back")
        func saved() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "gan.safetensors")
                let (one, step) = try trainer(GANOptions(averageDecay: 0.9))
                try one.fit(1, learningRate: 1e-2)
                try one.save(to: file)
                let (other, others) = try trainer(GANOptions(averageDecay: 0.9))
                try other.restoreState(from: file)
                #expect(numbers(other.model) == numbers(one.model) && numbers(others.critic) == numbers(step.critic))
                try one.fit(1, learningRate: 1e-2)
                try other.fit(1, learningRate: 1e-2)
                #expect(numbers(other.model) == numbers(one.model) && one.recorder.losses == other.recorder.losses)
            }
        }

        // MARK: Callbacks

        @Test("the library's callbacks work beside a GAN", arguments: 0..<13)
        func callbacks(_ place: Int) throws {
            try withTemporaryFolder { folder in
                let makers: [() -> Callback] = [
                    { CSVLog(to: folder.appending(path: "log.csv")) }, { TensorBoardLog(folder: folder) },
                    { LossGraph(to: folder.appending(path: "losses.svg")) }, { ActivationStatistics(gradients: true) },
                    { MemoryReport() }, { MixedPrecision(.bfloat16) }, { GradientClipping(0.1) },
                    { ShortEpochs(fraction: 0.5) },
                    { StopOnNaN() }, { EarlyStopping(monitor: "gen_loss", improvement: .lower, patience: 5) },
                    { SaveBest(to: folder.appending(path: "best.safetensors")) }, { ReduceOnPlateau(minDelta: 100) },
                    { TrainingMetrics() },
                ]
                #expect(makers.count == 13)
                let callback = makers[place]()
                let (trainer, step) = try trainer(
                    GANOptions(weights: GeneratorWeights(content: 1), averageDecay: 0.9), [callback])
                trainer.metrics = [.rmse]
                let critic = numbers(step.critic)
                try trainer.fit(3, learningRate: 1e-3)
                #expect(trainer.recorder.rows.count == 3 && numbers(step.critic) != critic)
                let row = try #require(trainer.recorder.rows.last)
                #expect(row.metrics.allSatisfy { $0.value.isFinite })
                // What a run ends with is what its last row measured, or the best row's.
                let rows = trainer.recorder.rows.map { $0.validLoss ?? .nan }
                let expected = callback is SaveBest ? rows.min() ?? .nan : rows[2]
                #expect(abs(try trainer.validate().loss - expected) < (callback is MixedPrecision ? 0.05 : 1e-5))
                switch callback {
                case is CSVLog:
                    let text = try String(contentsOf: folder.appending(path: "log.csv"), encoding: .utf8)
                    #expect(text.hasPrefix("epoch,train_loss,valid_loss,rmse,gen_loss,disc_loss,seconds"), "\(text)")
                case is ShortEpochs: #expect(trainer.recorder.losses.count == 9)
                case is ReduceOnPlateau: #expect(trainer.optimizer.groups.allSatisfy { $0.learningRate < 1e-3 })
                case is TrainingMetrics: #expect(row.value("train_rmse") != nil)
                default: break
                }
            }
        }

        // MARK: Refusals

        @Test("options and models that make no sense are refused with what to do")
        func refusals() throws {
            let net = Linear(2, 2)
            func refusal(_ options: GANOptions) -> String {
                message(of: TrainingError.self) { _ = try GANStep(generator: net, critic: Linear(2, 1), options) }
            }
            #expect(
                refusal(GANOptions(constraint: .clip(0))).contains(
                    "cut off at 0.0 is not possible; give a number above 0"))
            #expect(refusal(GANOptions(constraint: .gradientPenalty(.nan))).contains("gradient penalty of nan"))
            #expect(refusal(GANOptions(criticRateFactor: -1)).contains("criticRateFactor -1.0"))
            #expect(refusal(GANOptions(averageDecay: 1)).contains("averageDecay 1.0"))
            #expect(
                refusal(GANOptions(weights: GeneratorWeights(critic: 0, content: 0))).contains("learns from nothing"))
            #expect(refusal(GANOptions(weights: GeneratorWeights(content: -2))).contains("the weight content: -2.0"))
            let shared = message(of: TrainingError.self) {
                _ = try GANStep(generator: net, critic: Sequential([net, Linear(2, 1)]))
            }
            #expect(shared.contains("The critic's parameter 0.weight is one of the generator's"))

            let (trainer, _) = try trainer(GANOptions())
            for (callback, reason) in [
                (GradientAccumulation(), "counts the batches of one model"), (MixUp(), "mixtures are real"),
            ] as [(Callback, String)] {
                let text = trainer.with([callback]) { message(of: TrainingError.self) { try trainer.fit(1) } }
                #expect(text.contains(reason) && text.contains("remove(_:)"), "\(text)")
            }
            trainer.step = try GANStep(generator: Linear(4, 2), critic: Linear(2, 1))
            #expect(
                message(of: TrainingError.self) { try trainer.fit(1) }.contains(
                    "another generator than the trainer's model"))
            let noTargets = Trainer(
                train: try DataLoader(TensorDataset(inputs: [.ones(4, 2)]), batchSize: 2), valid: nil, model: net,
                loss: .mse,
                TrainingOptions(precision: .float32, device: .cpu))
            noTargets.showsProgress = false
            noTargets.step = try GANStep(generator: net, critic: Linear(2, 1))
            #expect(message(of: TrainingError.self) { try noTargets.fit(1) }.contains("the batch has 0 targets"))
        }
    }
}
