// The training step of a generative adversarial net: critic and generator in turn.
import Foundation
import Torch

/// Trains a generator, the trainer's model, against a critic, which learns to tell its outputs from the targets.
///
/// Each batch trains one of the two: the ``GANSwitcher`` decides which. The critic learns from the targets and from what the
/// generator makes of the inputs, the generator from the critic's answers and, where ``GeneratorWeights/content`` is not 0,
/// from the trainer's loss as well. The inputs may be anything that the generator takes: pictures, noise, rows.
///
/// The critic's parameters are the group behind those of the generator, so that `.each` gives both their rates, and an
/// ``OptimizerRecipe/perGroup(_:)`` an optimizer each. The table of epochs gets the columns `gen_loss` and `disc_loss`, the
/// means over the batches of each; `train_loss` is that of all. A validation measures the generator: its whole loss and the
/// metrics.
///
/// ``ganLearner(_:generator:critic:loss:metrics:_:_:)`` joins it with data. With a trainer of one's own:
///
/// ```swift
/// let trainer = Trainer(train: loader, valid: nil, model: generator, loss: .mse)
/// trainer.step = try GANStep(generator: generator, critic: critic, .wasserstein())
/// try trainer.fit(30, learningRate: 1e-4)
/// ```
public final class GANStep: TrainingStep {
    /// What makes examples: the trainer's model.
    public let generator: Module
    /// What tells generated examples from real ones.
    public let critic: Module
    /// How both are trained.
    public let options: GANOptions
    /// Whose turn it is.
    public private(set) var turn: GANTurn
    /// The batches of the present turn so far.
    private var batches = 0
    private let loss: AdversarialLoss
    private let weights: GeneratorWeights
    private let average: WeightAverage?

    /// - Throws: ``TrainingError`` for options that make no sense, or where the two share a parameter.
    public init(generator: Module, critic: Module, _ options: GANOptions = GANOptions()) throws {
        try options.check()
        let own = Set(generator.parameters().map(\.id))
        if let shared = critic.namedParameters().first(where: { own.contains($0.tensor.id) }) {
            throw TrainingError(
                "The critic's parameter \(shared.name) is one of the generator's, too, so that both would pull at it; make "
                    + "the critic of layers of its own.")
        }
        (self.generator, self.critic, self.options) = (generator, critic, options)
        turn = options.switcher.first
        loss = options.loss ?? .binaryCrossEntropy
        weights = options.weights ?? GeneratorWeights(content: 0)
        average = options.averageDecay.map { WeightAverage(of: generator, decay: $0) }
    }

    public var settings: String {
        "\(options.settings), critic of \(critic.parameterCount()) parameters in \(critic.parameters().count) tensors"
    }
    public var modules: [(name: String, module: Module)] {
        [("critic", critic)] + (average.map { [("average", $0)] } ?? [])
    }
    public var parameterGroups: [[Tensor]] { [critic.parameters()] }
    public func columns(of trainer: Trainer) -> [EpochColumn] { [EpochColumn("gen_loss"), EpochColumn("disc_loss")] }

    public func conflict(with callback: Callback) -> String? {
        let reason: String
        switch callback {
        case is MixingCallback:
            reason = "mixes examples, and the critic would learn that mixtures are real"
        case is GradientAccumulation:
            reason = "counts the batches of one model, and here two take turns; give a larger batch size instead"
        case is Distillation:
            reason = "compares with a teacher's outputs, which a GAN has no place for"
        default:
            guard callback.needsStandardStep else { return nil }
            reason = "counts on one prediction, one loss and one step for each batch, and here two models take turns"
        }
        return "\(callback.name) \(reason). Remove it with remove(_:) to train a GAN."
    }

    // MARK: The batch

    public func run(_ trainer: Trainer) throws {
        guard trainer.model === generator else {
            throw TrainingError(
                "The GAN's step was made for another generator than the trainer's model; make it with "
                    + "GANStep(generator: trainer.model, ...), or the learner with ganLearner.")
        }
        guard trainer.isTraining else { return try validate(trainer) }
        guard trainer.targets.count == 1 else {
            throw TrainingError(
                "A GAN learns from real examples, one tensor for each item as its target; the batch has "
                    + "\(trainer.targets.count) targets. Give data whose targets are what the generator is to make.")
        }
        average?.setInModel(false)
        if case .clip(let bound) = options.constraint {
            withoutGradients {
                for weight in critic.parameters() { weight.clamp_(min: -bound, max: bound) }
            }
        }
        generator.train(!options.evaluatesOther || turn == .generator)
        critic.train(!options.evaluatesOther || turn == .critic)
        let value = try turn == .critic ? trainCritic(trainer) : trainGenerator(trainer)
        try trainer.report(value, as: turn == .critic ? "disc_loss" : "gen_loss")
        batches += 1
        if options.switcher.isOver(turn, batches, value) { (turn, batches) = (turn.other, 0) }
    }

    /// The place of the critic's parameter group.
    private func criticGroup(_ trainer: Trainer) -> Int { trainer.parameterGroups.count - 1 }

    private func trainCritic(_ trainer: Trainer) throws -> Double {
        let real = trainer.targets[0]
        var fake = Tensor.undefined
        var value = Tensor.undefined
        trainer.inPrecision {
            let answers = critic(real)
            fake = withoutGradients { generator(trainer.inputs) }
            value = loss.critic(answers, critic(fake))
        }
        try trainer.takeOutputs([fake])
        if case .gradientPenalty(let weight) = options.constraint {
            value = value + gradientPenalty(real, trainer.output, on: trainer.device) * weight
        }
        try trainer.takeLoss(value)
        let group = criticGroup(trainer)
        let rate = trainer.optimizer.groups[group].learningRate
        trainer.optimizer.update(group: group) { $0.learningRate = rate * options.criticRateFactor }
        defer { trainer.optimizer.update(group: group) { $0.learningRate = rate } }
        try trainer.descend(trainer.batchLoss, groups: [group])
        return trainer.batchLoss.item()
    }

    private func trainGenerator(_ trainer: Trainer) throws -> Double {
        try trainer.takeOutputs(trainer.inPrecision { trainer.modelOutputs() })
        let (value, parts) = trainer.inPrecision { generatorLoss(trainer) }
        try trainer.takeLoss(value, parts: parts)
        try trainer.descend(trainer.batchLoss, groups: Array(0..<criticGroup(trainer)))
        average?.update()
        return trainer.batchLoss.item()
    }

    private func validate(_ trainer: Trainer) throws {
        try trainer.takeOutputs(trainer.inPrecision { trainer.modelOutputs() })
        guard trainer.targets.count == 1 else { return }
        let (value, parts) = trainer.inPrecision { generatorLoss(trainer) }
        try trainer.takeLoss(value, parts: parts)
    }

    /// The generator's loss for the current outputs, with the parts of the trainer's own.
    private func generatorLoss(_ trainer: Trainer) -> (loss: Tensor, parts: [Tensor]) {
        let judged =
            weights.critic == 0
            ? Tensor.zeros([]).to(trainer.device) : loss.generator(critic(trainer.output)) * weights.critic
        guard weights.content != 0 else { return (judged, []) }
        let content = trainer.loss.evaluate(trainer.output, trainer.targets)
        return (judged + content.loss * weights.content, content.parts)
    }

    /// The mean square of what the critic's gradient differs from length 1 by, at places between real and generated examples.
    private func gradientPenalty(_ real: Tensor, _ fake: Tensor, on device: Device) -> Tensor {
        guard real.isDefined, fake.isDefined, real.shape == fake.shape else { return .undefined }
        // Second derivatives in float32.
        return withAutocast(device: device, enabled: false) {
            let sides = [real.size(0)] + Array(repeating: 1, count: real.dim - 1)
            let part = Tensor.rand(sides, device: real.device)
            let between = real.detached().float().lerp(fake.detached().float(), weight: part).requiringGradient()
            let slopes = gradients(of: [critic(between).sum()], by: [between], createGraph: true)[0]
            return (slopes.flatten(startDim: 1).norm(dim: 1) - 1).square().mean()
        }
    }

    // MARK: The run

    public func handle(_ event: TrainingEvent, _ trainer: Trainer) throws {
        switch event {
        case .beforeFit: (turn, batches) = (options.switcher.first, 0)
        // From here to the next training batch the model is the mean: in validations, saved states and predictions.
        case .afterTrain: average?.setInModel(true)
        default: break
        }
    }

    private struct State: Codable {
        let turn: GANTurn
        let batches: Int
    }

    public func state() throws -> Data? { try JSONEncoder().encode(State(turn: turn, batches: batches)) }

    public func restore(state: Data) throws {
        let state = try JSONDecoder().decode(State.self, from: state)
        (turn, batches) = (state.turn, state.batches)
    }
}
