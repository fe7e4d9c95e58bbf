// How a model is trained: the options that every trainer and every function that makes a learner takes.
import Torch

/// How a model is trained where nothing else is said: optimizer, rates, weight decay, callbacks, precision, device.
///
/// Every learner takes one, last and without a label:
///
/// ```swift
/// let learner = try visionLearner(
///     loaders, .resnet34, TrainingOptions(learningRate: 2e-3, weightDecay: 0.1, callbacks: [MixUp()]))
/// ```
public struct TrainingOptions {
    /// Makes the optimizer; fastai's Adam by default.
    public var optimizer: OptimizerRecipe
    /// The learning rate where a fit is given none; 0.001 by default.
    public var learningRate: Double
    /// The weight decay where a fit is given none: a number for all groups, or one for each. nil, the default, leaves it to
    /// the optimizer: 0.01 for Adam, 0 for SGD.
    public var weightDecay: GroupValue?
    /// Whether weight decay also applies to biases and normalization layers; false by default, fastai's `wd_bn_bias`.
    public var decaysNormsAndBiases: Bool
    /// Whether normalization layers go on learning in frozen groups; true by default, fastai's `train_bn`.
    public var trainsFrozenNorms: Bool
    /// What happens in training besides the loop; nothing by default. The table of epochs and the bar are always there.
    public var callbacks: [Callback]
    /// The precision of the heavy operators. nil, the default, for the one that suits the model (see
    /// ``GroupedModule/preferredPrecision``), which is ``Precision/automatic`` for most.
    public var precision: Precision?
    /// Where the model runs; ``Device/default`` by default.
    public var device: Device
    /// The momentum at the start, the middle and the end of one cycle; 0.95, 0.85 and 0.95 by default, fastai's `moms`.
    public var momenta: (start: GroupValue, middle: GroupValue, end: GroupValue) = (0.95, 0.85, 0.95)

    /// Options that differ from the defaults in what is given.
    public init(
        optimizer: OptimizerRecipe = .adam(), learningRate: Double = 1e-3,
        weightDecay: GroupValue? = nil, decaysNormsAndBiases: Bool = false, trainsFrozenNorms: Bool = true,
        callbacks: [Callback] = [], precision: Precision? = nil, device: Device = .default
    ) {
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.decaysNormsAndBiases = decaysNormsAndBiases
        self.trainsFrozenNorms = trainsFrozenNorms
        self.callbacks = callbacks
        self.precision = precision
        self.device = device
    }
}
