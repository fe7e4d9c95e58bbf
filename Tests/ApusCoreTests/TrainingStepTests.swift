// Steps of a program's own: two models in turn, a loss with parameters, several outputs, other comparisons, refusals.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Two networks in turn: a critic tells points of the data from those that the trainer's model makes.
private final class GANStep: TrainingStep {
    let critic = Sequential([Linear(2, 32), LeakyReLU(0.2), Linear(32, 1)])
    var batches = 0

    var modules: [(name: String, module: Module)] { [("critic", critic)] }
    func columns(of trainer: Trainer) -> [EpochColumn] {
        [EpochColumn("train_critic", improvement: .lower), EpochColumn("valid_critic")]
    }

    func run(_ trainer: Trainer) throws {
        batches += 1
        let real = trainer.inputs[0]
        let fake = trainer.model(Tensor.randn(real.size(0), 4))
        try trainer.takeOutputs([fake])
        func loss(_ points: Tensor, isReal: Bool) -> Tensor {
            let logits = critic(points)
            return logits.binaryCrossEntropyWithLogits(isReal ? .ones(logits.shape) : .zeros(logits.shape))
        }
        let criticLoss = loss(real, isReal: true) + loss(fake.detached(), isReal: false)
        try trainer.report(criticLoss, as: trainer.isTraining ? "train_critic" : "valid_critic")
        if trainer.isTraining { try trainer.descend(criticLoss, groups: [1]) }
        let generatorLoss = loss(fake, isReal: true)
        if trainer.isTraining { try trainer.descend(generatorLoss, groups: [0]) }
        try trainer.takeLoss(generatorLoss)
    }

    func state() throws -> Data? { Data([UInt8(batches % 256)]) }
    func restore(state: Data) throws { batches = Int(state[0]) }
}

/// A net that carries its hidden state from batch to batch.
private final class Reader: Module, StatefulModule {
    let cell = GRUCell(2, 6)
    let head = Linear(6, 1)
    var carriedState: [Tensor] = []
    override func forward(_ input: Tensor) -> Tensor {
        var hidden = carriedState.first ?? .zeros(input.size(0), 6)
        for step in 0..<input.size(1) { hidden = cell(input.select(dim: 1, index: step), state: hidden) }
        carriedState = [hidden.detached()]
        return head(hidden)
    }
}

/// A loss with a parameter: the logarithm of the variance around the outputs.
private final class Variance: Module {
    @Parameter var logVariance = Tensor.zeros(1)
    static func loss() -> Loss {
        Loss(name: "gaussian", module: Variance()) { own, output, targets in
            ((output - targets[0]).square() / own.logVariance.exp() + own.logVariance).mean(dim: 1)
        }
    }
}

/// A model whose hidden state is an output, too.
private final class Hidden: Module, MultiOutputModule {
    let body = Linear(2, 3)
    let head = Linear(3, 1)
    func outputs(_ inputs: [Tensor]) -> [Tensor] {
        let hidden = body(inputs[0])
        return [head(hidden), hidden]
    }
    override func forward(_ input: Tensor) -> Tensor { outputs([input])[0] }
}

private func numbers(_ module: Module) -> [[Float]] {
    module.stateDict().map { $0.tensor.detached().flatten().array(of: Float.self) }
}

extension CoreTests {
    @Suite("Steps of one's own") struct TrainingStepTests {
        private typealias Kill = CheckpointTests.Kill

        /// What a run has at its end.
        private struct End: Equatable {
            var weights: [[Float]]
            var others: [[Float]]
            var losses: [Double]
            var rows: [[Double]]
            var random: Float

            init(_ trainer: Trainer, others: [[Float]]) {
                weights = numbers(trainer.model)
                self.others = others
                losses = trainer.recorder.losses
                rows = trainer.recorder.rows.map { [$0.trainLoss] + $0.metrics.map(\.value) }
                random = Tensor.rand(1).item(as: Float.self)
            }
        }

        /// Runs a program once whole, and again with kills and resumptions, which must end alike.
        private func resumesAsIfNeverKilled(_ kills: [Kill], _ program: (_ added: [Callback]) throws -> End) throws {
            let whole = try program([])
            for kill in kills {
                try withTemporaryFolder { folder in
                    func checkpoints() -> Checkpoints { Checkpoints(in: folder, every: .batches(1)) }
                    #expect(throws: CallbackError.self) { _ = try program([checkpoints(), kill]) }
                    let resumed = try program([checkpoints()])
                    #expect(resumed == whole)
                }
            }
        }

        // MARK: Two models

        /// Points around (2, -1).
        private func points() -> Tensor {
            manualSeed(3)
            return Tensor.randn(64, 2) * 0.3 + Tensor([2, -1] as [Float])
        }

        private func gan(_ callbacks: [Callback], points: Tensor) throws -> (trainer: Trainer, step: GANStep) {
            manualSeed(5)
            let step = GANStep()
            let trainer = Trainer(
                train: try DataLoader(TensorDataset(inputs: [points]), batchSize: 16, shuffle: true),
                valid: try DataLoader(TensorDataset(inputs: [points]), batchSize: 32),
                model: Sequential([Linear(4, 16), ReLU(), Linear(16, 2)]), loss: .mse,
                TrainingOptions(
                    optimizer: .perGroup([.adam(momentum: 0.5), .rmsProp()]),
                    callbacks: callbacks, precision: .float32, device: .cpu))
            trainer.showsProgress = false
            trainer.step = step
            return (trainer, step)
        }

        @Test("a GAN of two optimizers resumes bit for bit wherever it was killed")
        func ganResumes() throws {
            let points = points()
            try resumesAsIfNeverKilled([Kill(.beforeBatch, 7), Kill(.afterEpoch, 1, inTraining: false)]) { added in
                let (trainer, step) = try gan(added, points: points)
                try trainer.fit(3, learningRate: .each([2e-3, 1e-3]))
                // Two epochs of 4 batches to train on and 2 to validate on, in each of 3 epochs.
                #expect(step.batches == 18)
                return End(trainer, others: numbers(step.critic))
            }
        }

        @Test("a GAN comes close to its data, its columns are in the rows, and predictions are the generator's")
        func ganLearns() throws {
            let points = points()
            let (trainer, step) = try gan([], points: points)
            #expect(trainer.parameterGroups.map(\.count) == [4, 4])
            let before = numbers(step.critic)
            try trainer.fit(150, learningRate: .each([1e-3, 1e-3]))
            #expect(numbers(step.critic) != before)
            let made = trainer.inEvaluationMode { withoutGradients { trainer.model(Tensor.randn(512, 4)) } }
            let means = made.mean(dims: [0]).array(of: Float.self)
            #expect(abs(means[0] - 2) < 0.5 && abs(means[1] + 1) < 0.5, "\(means)")
            let row = try #require(trainer.recorder.rows.last)
            #expect(row.metrics.map(\.name) == ["train_critic", "valid_critic"])
            #expect(row.metrics.allSatisfy { $0.value > 0 && $0.value < 3 })
            let measured = try trainer.validate()
            #expect(measured.metrics.map(\.name) == ["valid_critic"])
        }

        @Test("descents of one group leave the gradients and parameters of the others as they are")
        func groupsApart() throws {
            let (one, other) = (Linear(2, 1), Linear(2, 1))
            let trainer = try quietTrainer(
                inputs: .ones(4, 2), targets: .ones(4, 1), model: Sequential([one, other]),
                parameterGroups: [one.parameters(), other.parameters()])
            var seen: [[Int]] = []
            final class Watching: Callback {
                let see: (Trainer) -> Void
                init(_ see: @escaping (Trainer) -> Void) { self.see = see }
                override func beforeStep(_ trainer: Trainer) { see(trainer) }
            }
            trainer.add(Watching { seen.append($0.steppedGroups) })
            final class Apart: TrainingStep {
                let body: (Trainer) throws -> Void
                init(_ body: @escaping (Trainer) throws -> Void) { self.body = body }
                func run(_ trainer: Trainer) throws {
                    if trainer.isTraining { try body(trainer) }
                    try trainer.takeLoss(Tensor(1.0))
                }
            }
            let start = (numbers(one), numbers(other))
            trainer.step = Apart { trainer in
                let loss = (one(trainer.inputs[0]) + other(trainer.inputs[0])).sum()
                try trainer.backward(loss, groups: [1], retainGraph: true)
                #expect(one.weight.grad == nil && other.weight.grad != nil)
                try trainer.descend(loss, groups: [0])
                #expect(one.weight.grad == nil && other.weight.grad?.array(of: Float.self) == [4, 4])
                #expect(numbers(other) == start.1)
                trainer.optimizer.zeroGradients()
            }
            try trainer.fit(1, learningRate: 0.1)
            #expect(numbers(one) != start.0 && numbers(other) == start.1 && seen == [[0]])
            let wrong = Apart { try $0.stepOptimizer(groups: [2]) }
            trainer.step = wrong
            let error = #expect(throws: TrainingError.self) { try trainer.fit(1) }
            #expect("\(try #require(error))".contains("parameter group 2; there are 2"))
            final class Careless: TrainingStep {
                func run(_ trainer: Trainer) throws {
                    try trainer.takeLoss(Tensor(1.0))
                    try trainer.stepOptimizer()
                }
            }
            trainer.step = Careless()
            let careless = #expect(throws: TrainingError.self) { try trainer.validate() }
            #expect("\(try #require(careless))".contains("only where trainer.isTraining is true"))
        }

        // MARK: Carried state

        /// Three lanes of eight batches in the order of time: the next number is a sum of what has been.
        private func lanes() throws -> (train: DataLoader, valid: DataLoader) {
            manualSeed(11)
            let inputs = Tensor.randn(24, 4, 2)
            let targets = inputs.sum(dims: [1, 2]).unsqueeze(1)
            return (
                try DataLoader(TensorDataset(inputs, targets), batchSize: 3),
                try DataLoader(TensorDataset(inputs * 0.5, targets), batchSize: 3)
            )
        }

        private func reading(_ callbacks: [Callback]) throws -> Trainer {
            let (train, valid) = try lanes()
            manualSeed(13)
            let trainer = Trainer(
                train: train, valid: valid, model: Reader(), loss: .mse,
                TrainingOptions(callbacks: callbacks, precision: .float32, device: .cpu))
            trainer.showsProgress = false
            return trainer
        }

        @Test("a recurrent net that carries its state resumes bit for bit in the middle of an epoch")
        func carriedStateResumes() throws {
            try resumesAsIfNeverKilled([Kill(.beforeBatch, 4), Kill(.beforeStep, 13)]) { added in
                let trainer = try reading(added)
                try trainer.fit(2, learningRate: 0.01)
                return End(trainer, others: [])
            }
        }

        @Test("the state is carried through an epoch, forgotten at its start and before a validation")
        func moments() throws {
            final class Watching: Callback {
                var sums: [Float?] = []
                override func beforeBatch(_ trainer: Trainer) {
                    sums.append((trainer.model as? Reader)?.carriedState.first?.sum().item(as: Float.self))
                }
            }
            let watching = Watching()
            let trainer = try reading([watching])
            try trainer.fit(2, learningRate: 0)
            // Without learning, both epochs are alike; each part starts with nothing.
            let epoch = Array(watching.sums[..<16])
            #expect(watching.sums == epoch + epoch)
            #expect(epoch.indices.filter { epoch[$0] == nil } == [0, 8])
            #expect(Set(epoch[1..<8].compactMap { $0 }).count == 7)
        }

        @Test("a validation in the middle of an epoch leaves the carried state as it was")
        func validationBetween() throws {
            final class Validating: Callback {
                override var settings: String? { nil }
                override func afterBatch(_ trainer: Trainer) throws {
                    if trainer.isTraining, trainer.isFitting { _ = try trainer.validate() }
                }
            }
            let (plain, validating) = (try reading([]), try reading([Validating()]))
            try plain.fit(1, learningRate: 0.01)
            try validating.fit(1, learningRate: 0.01)
            #expect(numbers(plain.model) == numbers(validating.model))
            #expect(plain.recorder.losses == validating.recorder.losses)
        }

        // MARK: A loss with parameters

        private func gaussian(_ callbacks: [Callback]) throws -> Trainer {
            manualSeed(17)
            let inputs = Tensor.randn(64, 2)
            let targets = inputs.sum(dim: 1).unsqueeze(1) + Tensor.randn(64, 1) * 0.5
            let trainer = Trainer(
                train: try DataLoader(TensorDataset(inputs, targets), batchSize: 16, shuffle: true),
                valid: try DataLoader(TensorDataset(inputs, targets), batchSize: 64),
                model: Linear(2, 1), loss: Variance.loss(),
                TrainingOptions(callbacks: callbacks, precision: .float32, device: .cpu))
            trainer.showsProgress = false
            return trainer
        }

        @Test("the parameters of a loss learn: the variance becomes the mean squared error")
        func lossLearns() throws {
            let trainer = try gaussian([])
            #expect(trainer.parameterGroups.map(\.count) == [3])
            try trainer.fitOneCycle(80, learningRate: 0.05)
            let module = try #require(trainer.loss.modules.first?.module as? Variance)
            let variance = module.logVariance.exp().item(as: Double.self)
            let batch = try #require(try trainer.valid?.batches(epoch: 0).next())
            let error = withoutGradients { trainer.model(batch.inputs).mseLoss(batch.targets[0]).item(as: Double.self) }
            // At the minimum of (output - target)² / v + log v over v.
            #expect(abs(variance - error) < 0.03 * error, "\(variance) for \(error)")
        }

        @Test("a loss with parameters resumes bit for bit, and is part of a saved state")
        func lossResumes() throws {
            try resumesAsIfNeverKilled([Kill(.beforeBatch, 6)]) { added in
                let trainer = try gaussian(added)
                try trainer.fit(3, learningRate: 0.05)
                return End(trainer, others: trainer.loss.modules.flatMap { numbers($0.module) })
            }
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "state.safetensors")
                let trainer = try gaussian([])
                try trainer.fit(1, learningRate: 0.05)
                try trainer.save(to: file)
                let other = try gaussian([])
                try other.restore(from: file)
                #expect(numbers(try #require(other.loss.modules.first?.module))[0][0] != 0)
                let plain = try smallTrainer()
                try plain.save(to: file)
                let error = #expect(throws: TrainingError.self) { try other.restoreState(from: file) }
                #expect("\(try #require(error))".contains("nothing of loss"))
            }
        }

        @Test("the parameters of a loss learn while the body is frozen, and those of combined losses are found")
        func lossWithFrozenBody() throws {
            let model = Sequential([Linear(2, 3), Linear(3, 1)])
            let inputs = Tensor.randn(8, 2)
            let trainer = try quietTrainer(
                inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), model: model, loss: Variance.loss(),
                parameterGroups: [model[0].parameters(), model[1].parameters()])
            #expect(trainer.parameterGroups.map(\.count) == [2, 3])
            trainer.freeze()
            let before = (numbers(model[0]), numbers(trainer.loss.modules[0].module))
            try trainer.fit(1, learningRate: 0.1)
            #expect(numbers(model[0]) == before.0 && numbers(trainer.loss.modules[0].module) != before.1)
            let combined = Loss.combined([
                TargetLoss("a", Variance.loss(), outputs: 1), TargetLoss("b", .mse, outputs: 1),
            ])
            #expect(combined.modules.map(\.name) == ["loss.a"])
        }

        // MARK: Several outputs

        @Test("a regularizer of hidden outputs adds to the loss; predictions and metrics read the first output")
        func hiddenOutputs() throws {
            /// The mean square of the hidden state, as AWD-LSTM's activation regularization has it.
            final class ActivationRegularizer: Callback {
                var seen: [(loss: Double, hidden: Double)] = []
                override func afterLoss(_ trainer: Trainer) throws {
                    guard trainer.isTraining else { return }
                    let penalty = trainer.outputs[1].square().mean() * 2
                    seen.append((trainer.batchLoss.item(), penalty.item()))
                    trainer.batchLoss = trainer.batchLoss + penalty
                }
            }
            manualSeed(23)
            let inputs = Tensor.randn(4, 2)
            let targets = inputs.sum(dim: 1).unsqueeze(1)
            let model = Hidden()
            let regularizer = ActivationRegularizer()
            let trainer = try quietTrainer(inputs: inputs, targets: targets, model: model, optimizer: .sgd())
            trainer.add(regularizer)
            // The gradients by hand, of the state before the step.
            let hidden = model.body(inputs)
            let loss = model.head(hidden).mseLoss(targets) + hidden.square().mean() * 2
            let expected = withGradientsOf(loss, model.body.weight)
            let start = model.body.weight.detached().clone()
            try trainer.fit(1, learningRate: 0.1)
            #expect(model.body.weight.detached().allClose(start - expected * 0.1, rtol: 1e-5, atol: 1e-6))
            let seen = try #require(regularizer.seen.first)
            #expect(abs(trainer.recorder.losses[0] - seen.loss - seen.hidden) < 1e-6 && seen.hidden > 0)
            // The validation's loss is that of the first output alone.
            let output = withoutGradients { model(inputs) }
            #expect(abs(try trainer.validate().loss - output.mseLoss(targets).item()) < 1e-6)
        }

        private func withGradientsOf(_ loss: Tensor, _ parameter: Tensor) -> Tensor {
            gradients(of: [loss], by: [parameter])[0].detached()
        }

        @Test("a step with another comparison learns without targets, with accumulation and clipping")
        func reconstruction() throws {
            final class Reconstruction: StandardStep {
                override func loss(of outputs: [Tensor], _ trainer: Trainer) -> (loss: Tensor, parts: [Tensor]) {
                    (outputs[0].mseLoss(trainer.inputs[0]), [])
                }
            }
            manualSeed(29)
            let inputs = Tensor.randn(32, 4)
            let trainer = Trainer(
                train: try DataLoader(TensorDataset(inputs: [inputs]), batchSize: 8),
                valid: try DataLoader(TensorDataset(inputs: [inputs]), batchSize: 8), model: Linear(4, 4), loss: .mse,
                TrainingOptions(
                    callbacks: [GradientAccumulation(16), GradientClipping(1)], precision: .float32, device: .cpu))
            trainer.showsProgress = false
            trainer.step = Reconstruction()
            let before = try trainer.validate().loss
            try trainer.fit(20, learningRate: 0.05)
            #expect(try trainer.validate().loss < 0.2 * before)
            trainer.add(MixUp())
            let error = #expect(throws: TrainingError.self) { try trainer.fit(1) }
            #expect("\(try #require(error))".contains("MixUp mixes"))
        }

        // MARK: Refusals

        @Test(
            "callbacks that count on one step for each batch are refused before the first, unless the step allows them")
        func refusals() throws {
            final class Counting: TrainingStep {
                var runs = 0
                let allows: Bool
                init(allows: Bool) { self.allows = allows }
                func run(_ trainer: Trainer) throws {
                    runs += 1
                    try trainer.takeOutputs(trainer.modelOutputs())
                    try trainer.takeLoss(trainer.output.mean())
                }
                func conflict(with callback: Callback) -> String? {
                    allows || !callback.needsStandardStep ? nil : "\(callback.name) cannot be."
                }
            }
            for callback in [GradientAccumulation(4), MixUp(), Distillation(teacher: Linear(2, 1))] as [Callback] {
                let trainer = try smallTrainer()
                trainer.add(callback)
                let step = Counting(allows: false)
                trainer.step = step
                let error = #expect(throws: TrainingError.self) { try trainer.fit(1) }
                #expect("\(try #require(error))" == "\(callback.name) cannot be." && step.runs == 0)
            }
            let trainer = try smallTrainer()
            trainer.add(GradientAccumulation(4))
            trainer.step = GANStep()
            let error = #expect(throws: TrainingError.self) { try trainer.fit(1) }
            #expect("\(try #require(error))".contains("GradientAccumulation counts on one prediction"))
            let allowing = Counting(allows: true)
            trainer.step = allowing
            try trainer.fit(1)
            #expect(allowing.runs == 4)
        }

        @Test("a run resumes with a step of the same kind only")
        func otherStep() throws {
            try withTemporaryFolder { folder in
                let points = points()
                let (trainer, _) = try gan([Checkpoints(in: folder)], points: points)
                #expect(throws: CallbackError.self) { try trainer.with([Kill(.beforeBatch, 6)]) { try trainer.fit(2) } }
                let (other, step) = try gan([Checkpoints(in: folder)], points: points)
                final class Renamed: TrainingStep {
                    let inner: GANStep
                    init(_ inner: GANStep) { self.inner = inner }
                    var modules: [(name: String, module: Module)] { inner.modules }
                    func columns(of trainer: Trainer) -> [EpochColumn] { inner.columns(of: trainer) }
                    func run(_ trainer: Trainer) throws { try inner.run(trainer) }
                }
                other.step = Renamed(step)
                let error = #expect(throws: (any Error).self) { try other.fit(2) }
                #expect("\(try #require(error))".contains("step GANStep there, Renamed here"))
            }
        }
    }
}
