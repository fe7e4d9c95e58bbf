// The scale of the loss in float16: how it grows, and falls where gradients overflow.

/// What the loss is multiplied by in float16 training, so that small gradients don't become 0: PyTorch's
/// `torch.amp.GradScaler` (Micikevicius and others 2018, https://arxiv.org/abs/1710.03740).
///
/// The scale is multiplied by `growthFactor` after `growthInterval` steps in a row with finite gradients, and by
/// `backoffFactor` after a step whose gradients are not finite, which is left out. The defaults are PyTorch's.
public struct GradScaler: Sendable, Codable, Equatable {
    /// The present scale.
    public private(set) var scale: Float
    /// What the scale is multiplied by to grow, above 1.
    public let growthFactor: Float
    /// What the scale is multiplied by where gradients are not finite, between 0 and 1.
    public let backoffFactor: Float
    /// After how many steps in a row with finite gradients the scale grows.
    public let growthInterval: Int
    /// The steps with finite gradients since the scale has changed.
    public private(set) var growthTracker = 0

    public init(
        scale: Float = 65536, growthFactor: Float = 2, backoffFactor: Float = 0.5, growthInterval: Int = 2000
    ) {
        self.scale = scale
        self.growthFactor = growthFactor
        self.backoffFactor = backoffFactor
        self.growthInterval = growthInterval
    }

    /// Notes a step.
    ///
    /// - Parameter foundNonFinite: Whether a gradient was infinite or NaN, so that the step is left out.
    public mutating func update(foundNonFinite: Bool) {
        if foundNonFinite {
            scale *= backoffFactor
            growthTracker = 0
            return
        }
        growthTracker += 1
        guard growthTracker == growthInterval else { return }
        growthTracker = 0
        let grown = scale * growthFactor
        if grown.isFinite { scale = grown }
    }

    /// The settings as text.
    var settings: String { "scale \(scale), \(growthFactor), \(backoffFactor), \(growthInterval)" }

    /// What is wrong with the settings.
    var problem: String? {
        guard scale > 0, scale.isFinite, growthFactor > 1, (0..<1).contains(backoffFactor), backoffFactor > 0,
            growthInterval > 0
        else {
            return
                "A loss scale of \(scale) with growth by \(growthFactor) after \(growthInterval) steps and backoff by "
                + "\(backoffFactor) is not possible; give a scale above 0, a growth above 1, a backoff between 0 and 1, "
                + "and 1 step or more."
        }
        return nil
    }
}
