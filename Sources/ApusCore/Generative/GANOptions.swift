// How a generative adversarial net is trained.

/// How much the two parts of a generator's loss count.
public struct GeneratorWeights: Sendable, Equatable {
    /// The critic's judgment.
    public var critic: Double
    /// The comparison with the target, such as pixel by pixel, by the learner's loss; 0 for none, as where pictures are made
    /// of noise.
    public var content: Double

    public init(critic: Double = 1, content: Double) { (self.critic, self.content) = (critic, content) }
}

/// What keeps a critic's answers from growing without bounds.
public enum CriticConstraint: Sendable, Equatable {
    /// Nothing: the critic bounds itself, as by spectral normalization, or its loss does.
    case none
    /// Its weights are cut off at this number and its negative before each batch (Wasserstein GAN).
    case clip(Double)
    /// The squared difference from 1 of the length of its gradient, between real and generated examples, times this weight,
    /// is a part of its loss (Gulrajani and others 2017, https://arxiv.org/abs/1704.00028). A critic without batch
    /// normalization is the usual one, since each example's gradient should be its own.
    case gradientPenalty(Double)
}

/// How a generative adversarial net is trained: its losses, whose turn it is, what bounds the critic.
///
/// ```swift
/// // The course's restoration: the critic five times as fast, without momentum.
/// let options = GANOptions(
///     weights: GeneratorWeights(content: 50), switcher: .adaptive(criticThreshold: 0.65), criticRateFactor: 5)
/// // Pictures of noise.
/// let wasserstein = GANOptions.wasserstein()
/// ```
public struct GANOptions: Sendable {
    /// What critic and generator learn from the critic's answers. nil, the default, for that of the critic's learner, and
    /// ``AdversarialLoss/binaryCrossEntropy`` where there is none.
    public var loss: AdversarialLoss?
    /// How much the critic's judgment and the comparison with the target count for the generator. nil, the default, for 1 and
    /// 50 where both nets come from learners (the course's), and for the critic's judgment alone else.
    public var weights: GeneratorWeights?
    /// Whose turn it is; one batch each in turn by default.
    public var switcher: GANSwitcher
    /// Whether the net whose turn it is not is in evaluation mode meanwhile: its batch normalization uses running statistics,
    /// its dropout is off. True by default, fastai's `switch_eval`.
    public var evaluatesOther: Bool
    /// What bounds the critic; nothing by default.
    public var constraint: CriticConstraint
    /// By how much the critic's learning rate is larger than the fit gives; 1 by default, the course has 5 (fastai's
    /// `GANDiscriminativeLR`).
    public var criticRateFactor: Double
    /// The critic's own optimizer; that of the training options by default, which then has one set of betas for both.
    public var criticOptimizer: OptimizerRecipe?
    /// How slowly the mean over the generator's past weights follows the present ones, such as 0.999; nil, the default, for no
    /// mean. Validations, samples, predictions and exports use the mean.
    public var averageDecay: Double?

    public init(
        loss: AdversarialLoss? = nil, weights: GeneratorWeights? = nil, switcher: GANSwitcher = .fixed(),
        evaluatesOther: Bool = true, constraint: CriticConstraint = .none, criticRateFactor: Double = 1,
        criticOptimizer: OptimizerRecipe? = nil, averageDecay: Double? = nil
    ) {
        self.loss = loss
        self.weights = weights
        self.switcher = switcher
        self.evaluatesOther = evaluatesOther
        self.constraint = constraint
        self.criticRateFactor = criticRateFactor
        self.criticOptimizer = criticOptimizer
        self.averageDecay = averageDecay
    }

    /// A Wasserstein GAN as fastai's `GANLearner.wgan`: five batches for the critic, one for the generator, both always in
    /// training mode.
    ///
    /// - Parameter constraint: The critic's weights cut off at 0.01 by default; `.gradientPenalty(10)` is the later way.
    public static func wasserstein(_ constraint: CriticConstraint = .clip(0.01)) -> GANOptions {
        GANOptions(
            loss: .wasserstein, switcher: .fixed(critic: 5), evaluatesOther: false, constraint: constraint)
    }

    /// Refuses numbers that make no sense.
    /// - Throws: ``TrainingError``.
    func check() throws {
        func refuse(_ what: String, _ value: Double, _ expected: String) throws {
            throw TrainingError("A GAN with \(what) \(value) is not possible; give \(expected).")
        }
        if let weights {
            for (name, value) in [("critic", weights.critic), ("content", weights.content)]
            where !(value >= 0 && value.isFinite) {
                try refuse("the weight \(name):", value, "a number of 0 or more, such as 1")
            }
            if weights.critic == 0, weights.content == 0 {
                throw TrainingError(
                    "A GAN whose generator learns from nothing is not possible: both of its weights are 0. Give "
                        + "GeneratorWeights(critic: 1, content: 50), for example.")
            }
        }
        switch constraint {
        case .clip(let bound) where !(bound > 0 && bound.isFinite):
            try refuse("weights of the critic cut off at", bound, "a number above 0, such as 0.01")
        case .gradientPenalty(let weight) where !(weight > 0 && weight.isFinite):
            try refuse("a gradient penalty of", weight, "a number above 0, such as 10")
        default: break
        }
        if !(criticRateFactor > 0 && criticRateFactor.isFinite) {
            try refuse("criticRateFactor", criticRateFactor, "a number above 0, such as 5")
        }
        if let averageDecay, !(0..<1).contains(averageDecay) {
            try refuse("averageDecay", averageDecay, "a number from 0 to below 1, such as 0.999")
        }
    }

    /// The settings as text.
    var settings: String {
        "loss \(loss?.name ?? "-"), weights \(weights?.critic ?? 1) and \(weights?.content ?? 0), switcher "
            + "\(switcher.settings), evaluatesOther \(evaluatesOther), constraint \(constraint), criticRateFactor "
            + "\(criticRateFactor), averageDecay \(averageDecay.map { "\($0)" } ?? "none")"
    }
}
