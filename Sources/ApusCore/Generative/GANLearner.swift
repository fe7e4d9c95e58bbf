// Learners of generative adversarial nets: of data, a generator and a critic, or of two learners.
import Torch

/// Joins data, a generator and a critic to a learner that trains both; fastai's `GANLearner`, and `GANLearner.wgan` with the
/// options that are the default.
///
/// The inputs of the data are what the generator takes, such as noise, the targets what it is to make.
///
/// ```swift
/// let loaders = try ImageDataLoaders.fromNoise(to: bedrooms, itemTransforms: [Resize(64)])
/// let learner = try ganLearner(
///     loaders, generator: BasicGenerator(imageSize: 64), critic: BasicCritic(imageSize: 64, negativeSlope: 0.2),
///     .wasserstein(), TrainingOptions(optimizer: .rmsProp()))
/// try learner.fit(30, learningRate: 2e-4)
/// ```
/// The learner's model is the generator: predictions, exports and metrics are its. The rest of the training, such as the
/// critic, is the learner's ``GANStep``.
///
/// - Parameters:
///   - loss: How the generator's outputs are compared with the targets: what ``GeneratorWeights/content`` weighs. That of the
///     target by default.
///   - metrics: What is measured of the generator on the validation set.
///   - gan: How both are trained; a Wasserstein GAN by default.
///   - options: The optimizer, that of the generator alone where ``GANOptions/criticOptimizer`` gives the critic its own, and
///     what else every learner takes.
/// - Throws: ``TrainingError`` when generator, critic and data do not go together, or the options make no sense; what the data
///   throws.
public func ganLearner<Input: InputBlock, Target: TargetBlock>(
    _ loaders: DataLoaders<Input, Target>, generator: Module, critic: Module, loss: Loss? = nil, metrics: [Metric] = [],
    _ gan: GANOptions = .wasserstein(), _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<Input, Target> {
    try gan.check()
    try checkFit(loaders, generator: generator, critic: critic)
    var options = options
    if let criticOptimizer = gan.criticOptimizer {
        let groups = (generator as? any GroupedModule)?.parameterGroups.count ?? 1
        options.optimizer = .perGroup(Array(repeating: options.optimizer, count: groups) + [criticOptimizer])
    }
    let learner = try Learner(loaders, generator, loss: loss, metrics: metrics, options)
    critic.toChannelsLast()
    learner.step = try GANStep(generator: generator, critic: critic, gan)
    return learner
}

/// Joins a generator and a critic that have been trained apart to a learner that trains both in turn: the course's road,
/// fastai's `GANLearner.from_learners`.
///
/// ```swift
/// let gan = try ganLearner(
///     generator: restorer, critic: judge, real: "images",
///     GANOptions(switcher: .adaptive(criticThreshold: 0.65), criticRateFactor: 5),
///     TrainingOptions(optimizer: .adam(momentum: 0, weightDecay: 1e-3)))
/// try gan.fit(40, learningRate: 1e-4)
/// ```
/// Data, loss and metrics are the generator's, the adversarial loss is the critic's where ``GANOptions/loss`` gives no other.
/// Both nets are shared with their learners, and all of their parameters learn, frozen ones included, as in fastai. The
/// generator's loss counts 50 times as much as the critic's judgment where ``GANOptions/weights`` says nothing else.
///
/// - Parameters:
///   - generator: The learner that makes something of its inputs that looks like its targets.
///   - critic: The classifier of real and generated examples.
///   - real: The name of the critic's class of real examples; the second one by default.
///   - gan: How both are trained.
///   - options: The optimizer and what else every learner takes; those of the two learners are left behind.
/// - Throws: ``TrainingError`` when the two do not go together: other sizes, another normalization, a critic of one class.
public func ganLearner<Input: InputBlock, Target: TargetBlock, CriticInput: InputBlock, CriticTarget: TargetBlock>(
    generator: Learner<Input, Target>, critic: Learner<CriticInput, CriticTarget>, real: String? = nil,
    _ gan: GANOptions = GANOptions(), _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<Input, Target> {
    guard let loaders = generator.loaders else {
        throw TrainingError(
            "The generator's learner has no data to train a GAN on, as a model that was loaded; give it some with "
                + "replaceData(_:).")
    }
    func normalization(_ transforms: [any BatchTransform]) -> [String] {
        transforms.filter(\.belongsToModel).map { "\(type(of: $0).storedName) \($0.sortedJSON)" }
    }
    let (own, others) = (
        normalization(generator.pipeline.batchTransforms), normalization(critic.pipeline.batchTransforms)
    )
    guard own == others else {
        func shown(_ list: [String]) -> String { list.isEmpty ? "nothing" : list.joined(separator: ", ") }
        throw TrainingError(
            "Generator and critic see different numbers: the generator's data goes through \(shown(own)), the critic's "
                + "through \(shown(others)). Give both loaders the same, such as Normalize(.imagenet).")
    }
    var gan = gan
    gan.loss = try gan.loss ?? AdversarialLoss(of: critic.loss, realClass: realClass(real, critic.pipeline.target))
    gan.weights = gan.weights ?? GeneratorWeights(content: 50)
    generator.model.unfreeze()
    critic.model.unfreeze()
    return try ganLearner(
        loaders, generator: generator.model, critic: critic.model, loss: generator.loss, metrics: generator.metrics,
        gan,
        options)
}

/// The number of the class of real examples.
private func realClass(_ name: String?, _ target: some TargetBlock) throws -> Int {
    guard let classes = target.classNames else { return 1 }
    guard classes.count == 2 else {
        throw TrainingError(
            "A critic tells two classes apart, real and generated, and this one's data has \(classes.count): "
                + "\(classes.prefix(10).joined(separator: ", ")). Train it on a folder of real examples and one of generated "
                + "ones.")
    }
    guard let name else { return 1 }
    guard let place = classes.firstIndex(of: name) else {
        throw TrainingError(
            "The critic has no class \"\(name)\" of real examples; its classes are \(classes.joined(separator: " and ")). "
                + "Give one of them as real:.")
    }
    return place
}

/// Refuses a generator and a critic that do not fit the data, by running both on two items.
private func checkFit<Input: InputBlock, Target: TargetBlock>(
    _ loaders: DataLoaders<Input, Target>, generator: Module, critic: Module
) throws {
    let batch = try withTorchErrors {
        try loaders.train.count > 0 ? loaders.train.batch(at: [0]) : loaders.train.oneBatch()
    }
    guard batch.targets.count == 1, let wanted = batch.targets.first else {
        throw TrainingError(
            "A GAN learns from real examples, one tensor for each item as its target, and the data has "
                + "\(batch.targets.count) targets for each item; give data whose target is what the generator is to make."
        )
    }
    func run(_ module: Module, _ inputs: [Tensor], _ failure: (_ reason: String) -> String) throws -> Tensor {
        let modes = module.namedModules().map { ($0.module, $0.module.isTraining) }
        defer { for (part, isTraining) in modes where part.isTraining != isTraining { part.restoreMode(isTraining) } }
        module.eval()
        let device = module.parameters().first?.device ?? .cpu
        do {
            return try withTorchErrors { withoutGradients { module(inputs.map { $0.to(device) }) } }
        } catch {
            throw TrainingError(failure("\(error)"))
        }
    }
    func shapes(_ tensors: [Tensor]) -> String { tensors.map { "\($0.shape)" }.joined(separator: " and ") }
    let made = try run(generator, batch.inputs) { reason in
        "The generator does not take the data's inputs, of the shape \(shapes(batch.inputs)): \(reason) Make it for them, "
            + "such as for noise of that length, or give other data."
    }
    guard made.shape == wanted.shape else {
        throw TrainingError(
            "The generator makes \(made.shape) of the data's inputs, \(shapes(batch.inputs)), and the data's real examples are "
                + "\(wanted.shape); bring the data to the generator's size and channels, or make another generator.")
    }
    let answers = try run(critic, [wanted]) { reason in
        "The critic does not take the data's real examples, of the shape \(wanted.shape): \(reason) Make a critic for this "
            + "size and these channels, or bring the data to another size."
    }
    guard answers.dim > 0, answers.size(0) == wanted.size(0), answers.count > 0 else {
        throw TrainingError(
            "The critic answers \(answers.shape) to real examples of the shape \(wanted.shape); it must give one number or more "
                + "for each example, [examples, numbers].")
    }
}
