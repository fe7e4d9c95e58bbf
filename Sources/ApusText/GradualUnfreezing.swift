// Gradual unfreezing: the last groups learn first, and one more in each stage.
import ApusCore
import Foundation

/// A stage of ``ApusCore/Trainer/fitGradually(_:)``: which parameter groups learn, for how long, and how fast.
public struct UnfreezingStage: Sendable {
    /// The number of epochs.
    public var epochs: Int
    /// How many groups learn, from the last one on; nil for all.
    public var groups: Int?
    /// The highest learning rate of the one-cycle policy.
    public var learningRate: GroupValue

    public init(epochs: Int = 1, groups: Int? = nil, learningRate: GroupValue) {
        (self.epochs, self.groups, self.learningRate) = (epochs, groups, learningRate)
    }

    /// The layers that learn, in words.
    fileprivate var layers: String {
        switch groups {
        case nil: "all layers"
        case 1?: "the last group of layers"
        case let groups?: "the last \(groups) groups of layers"
        }
    }

    /// The four stages of the lesson (fast.ai course v3, lesson 3): the head at 2e-2, two groups at up to 1e-2, three at up to
    /// 5e-3, all for two epochs at up to 1e-3. From the head to the first group rates fall by 2.6^4 (Howard and Ruder 2018).
    public static let lesson: [UnfreezingStage] = {
        func rates(to last: Double) -> GroupValue { .range(last / pow(2.6, 4), last) }
        return [
            UnfreezingStage(groups: 1, learningRate: 2e-2), UnfreezingStage(groups: 2, learningRate: rates(to: 1e-2)),
            UnfreezingStage(groups: 3, learningRate: rates(to: 5e-3)),
            UnfreezingStage(epochs: 2, learningRate: rates(to: 1e-3)),
        ]
    }()
}

extension Trainer {
    /// Trains in stages, in each of which more parameter groups learn; by default the four of the lesson on texts.
    ///
    /// By hand the same is:
    ///
    /// ```swift
    /// learner.freeze()
    /// try learner.fitOneCycle(1, learningRate: 2e-2)
    /// try learner.freeze(to: -2)
    /// try learner.fitOneCycle(1, learningRate: .range(1e-2 / pow(2.6, 4), 1e-2))
    /// try learner.freeze(to: -3)
    /// try learner.fitOneCycle(1, learningRate: .range(5e-3 / pow(2.6, 4), 5e-3))
    /// learner.unfreeze()
    /// try learner.fitOneCycle(2, learningRate: .range(1e-3 / pow(2.6, 4), 1e-3))
    /// ```
    /// A run that was interrupted ends with the stage that it is in.
    /// - Throws: `TrainingError` for a stage with more groups than the model has, and what a fit throws.
    public func fitGradually(_ stages: [UnfreezingStage] = UnfreezingStage.lesson) throws {
        for (number, unfreezing) in stages.enumerated() {
            if let groups = unfreezing.groups { try freeze(to: -groups) } else { unfreeze() }
            try stage("stage \(number + 1) of \(stages.count): \(unfreezing.layers)") {
                try fitOneCycle(unfreezing.epochs, learningRate: unfreezing.learningRate)
            }
            if wasInterrupted { return }
        }
    }
}
