// Lookahead: slow weights that follow those of another optimizer.
import Torch

/// Lookahead (Zhang et al. 2019) around another optimizer, as fastai's: after every few steps slow weights move a part of
/// the way to the fast ones, which start from there again.
public final class Lookahead: Optimizer {
    /// The optimizer of the fast weights.
    public let fast: Optimizer
    /// The number of fast steps for one of the slow weights.
    public let interval: Int
    /// The part of the way that the slow weights move.
    public let alpha: Double
    /// The number of steps since the state was cleared.
    private var stepCount = 0

    private static let countKey = "#lookahead_steps"

    public init(_ fast: Optimizer, interval: Int = 6, alpha: Double = 0.5) {
        self.fast = fast
        self.interval = interval
        self.alpha = alpha
        super.init(groups: fast.groups, decoupled: fast.decoupled)
        problem = fast.problem
        require(!(fast is Lookahead), "the optimizer", fast.name, "an optimizer that does not look ahead itself")
        require(interval >= 1, "interval", interval, "a number of steps of 1 or more")
        require((0...1).contains(alpha), "alpha", alpha, "a number from 0 to 1")
    }

    public override var name: String { "Lookahead(\(fast.name))" }
    public override var settings: String { "\(fast.settings), interval \(interval), alpha \(alpha)" }

    public override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        _ = remembered("slow", of: parameters) { $0.detached().clone() }
        fast.step(parameters, settings: settings, decays: decays)
    }

    public override func didStep() {
        stepCount += 1
        guard stepCount.isMultiple(of: interval) else { return }
        let moved = groups.flatMap(\.parameters).filter { state[$0.id] != nil }
        guard !moved.isEmpty else { return }
        let slow = remembered("slow", of: moved)
        Tensor.foreachLerp_(slow, moved, .double(alpha))
        Tensor.foreachCopy_(moved, slow)
    }

    public override func clearState() {
        super.clearState()
        fast.clearState()
        stepCount = 0
    }

    public override func stateDict(names: [TensorID: String]) -> [(name: String, tensor: Tensor)] {
        fast.stateDict(names: names) + super.stateDict(names: names) + [(Self.countKey, Tensor(stepCount))]
    }

    public override func loadStateDict(_ saved: [String: Tensor], parameters: [(name: String, tensor: Tensor)]) {
        fast.loadStateDict(saved.filter { !$0.key.hasSuffix("#slow") }, parameters: parameters)
        super.loadStateDict(saved.filter { $0.key.hasSuffix("#slow") }, parameters: parameters)
        stepCount = saved[Self.countKey]?.item(as: Int.self) ?? 0
    }
}

extension OptimizerRecipe {
    /// Lookahead around another optimizer, with fastai's defaults.
    ///
    /// ```swift
    /// let options = TrainingOptions(optimizer: .lookahead(.sgd(momentum: 0.9)))
    /// let learner = try visionLearner(loaders, .resnet18, options)
    /// ```
    /// - Parameters:
    ///   - interval: The number of fast steps for one of the slow weights.
    ///   - alpha: The part of the way that the slow weights move.
    public static func lookahead(
        _ fast: OptimizerRecipe, interval: Int = 6, alpha: Double = 0.5
    ) -> OptimizerRecipe {
        OptimizerRecipe(parameterGroups: { Lookahead(fast.makeOptimizer(for: $0), interval: interval, alpha: alpha) })
    }

    /// Ranger: ``lookahead(_:interval:alpha:)`` around ``rAdam(momentum:squaredMomentum:epsilon:weightDecay:decoupled:)``,
    /// with fastai's defaults; made for ``Trainer/fitFlatCosine(_:learningRate:endDivisor:startFraction:weightDecay:)``.
    public static func ranger(
        momentum: Double = 0.95, squaredMomentum: Double = 0.99, epsilon: Double = 1e-6, weightDecay: Double = 0.01,
        interval: Int = 6, alpha: Double = 0.5
    ) -> OptimizerRecipe {
        lookahead(
            rAdam(momentum: momentum, squaredMomentum: squaredMomentum, epsilon: epsilon, weightDecay: weightDecay),
            interval: interval, alpha: alpha)
    }
}
