// When critic and generator take turns.

/// Which of the two nets of a GAN learns.
public enum GANTurn: String, Sendable, Codable {
    case critic, generator

    /// The other one.
    public var other: GANTurn { self == .critic ? .generator : .critic }
}

/// Decides when critic and generator take turns; each batch trains one of them.
///
/// ```swift
/// GANSwitcher.fixed(critic: 5)                    // five batches for the critic, one for the generator
/// GANSwitcher.adaptive(criticThreshold: 0.65)     // the critic until its loss is below 0.65, then one for the generator
/// ```
public struct GANSwitcher: Sendable {
    /// Who begins a fit.
    public let first: GANTurn
    /// The settings as text; a run is resumed with the same only.
    public let settings: String
    /// Whether the turn is over.
    let isOver: @Sendable (_ turn: GANTurn, _ batches: Int, _ loss: Double) -> Bool

    /// Turns by a custom rule.
    ///
    /// - Parameters:
    ///   - settings: What tells the rule from others; a run is resumed with the same only.
    ///   - first: Who begins a fit; the critic by default.
    ///   - isOver: Whether the turn is over, from whose it is, the number of batches that it has taken, and the loss of the
    ///     last one.
    public init(
        settings: String, first: GANTurn = .critic,
        isOver: @escaping @Sendable (_ turn: GANTurn, _ batches: Int, _ loss: Double) -> Bool
    ) {
        (self.settings, self.first, self.isOver) = ("\(settings), \(first.rawValue) first", first, isOver)
    }

    /// Some batches for the critic, then some for the generator: fastai's `FixedGANSwitcher`.
    ///
    /// - Parameters:
    ///   - critic: The batches of a turn of the critic; 1 by default. Less than 1 counts as 1.
    ///   - generator: Those of the generator.
    ///   - first: Who begins a fit; the critic by default.
    public static func fixed(critic: Int = 1, generator: Int = 1, first: GANTurn = .critic) -> GANSwitcher {
        GANSwitcher(settings: "fixed \(critic) and \(generator)", first: first) { turn, batches, _ in
            batches >= (turn == .critic ? critic : generator)
        }
    }

    /// A turn lasts until the loss of a batch is below a threshold: fastai's `AdaptiveGANSwitcher`.
    ///
    /// - Parameters:
    ///   - criticThreshold: The threshold of the critic's loss; nil, the default, for turns of one batch.
    ///   - generatorThreshold: That of the generator's loss; nil, the default, for turns of one batch.
    ///   - first: Who begins a fit; the critic by default.
    public static func adaptive(
        criticThreshold: Double? = nil, generatorThreshold: Double? = nil, first: GANTurn = .critic
    ) -> GANSwitcher {
        let settings = [criticThreshold, generatorThreshold].map { $0.map { "\($0)" } ?? "none" }
        return GANSwitcher(settings: "adaptive \(settings[0]) and \(settings[1])", first: first) { turn, _, loss in
            (turn == .critic ? criticThreshold : generatorThreshold).map { loss < $0 } ?? true
        }
    }
}
