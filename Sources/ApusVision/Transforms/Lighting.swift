// Batch transforms of colours: Brightness, Contrast, Saturation, Hue.
import ApusCore
import Foundation

/// A batch transform that changes colours and moves nothing; training only.
protocol ColorTransform: BatchTransform {
    /// The part of the pictures that is changed.
    var p: Double { get }
    /// The largest change, of 0 to 1.
    var strength: Double { get }
    /// Whether the items of a batch share one draw.
    var batch: Bool { get }

    /// A change drawn for one item.
    func step(random: inout SeededRandom) -> ColorStep
}

/// What one colour transform does to one picture.
enum ColorStep: Sendable, Hashable {
    /// In logit space, `contrast * x + brightness`.
    case lighting(contrast: Double, brightness: Double)
    /// In logit space, a step from grey (0) to the picture (1) and beyond.
    case saturation(Double)
    /// Turns the hue, in parts of a full turn.
    case hue(Double)
}

extension ColorTransform {
    func checkStrength() throws {
        try checkProbability(p, of: self)
        guard (0..<1).contains(strength) else {
            throw DataError("\(Self.name): the largest change is at least 0 and below 1; \(strength) was given.")
        }
    }

    /// The step of one item; nil for none.
    func draw(random: inout SeededRandom) -> ColorStep? {
        let (isDrawn, step) = (random.bernoulli(p), step(random: &random))
        return isDrawn ? step : nil
    }

    /// A factor between `1 - strength` and its inverse, its logarithm uniform.
    fileprivate func factor(random: inout SeededRandom) -> Double {
        exp(random.uniform(log(1 - strength), -log(1 - strength)))
    }
}

/// Makes pictures lighter or darker.
///
/// The change is an addition in logit space, which never leaves the range of colours.
public struct Brightness: ColorTransform {
    public static let name = "Brightness"

    /// The largest change: with 0.2, middle grey becomes a grey of 0.4 to 0.6.
    public let maxLighting: Double
    /// The part of the pictures that is changed.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool

    var strength: Double { maxLighting }

    /// - Parameters:
    ///   - maxLighting: 0.2 by default.
    ///   - p: 0.75 by default.
    ///   - batch: False by default.
    public init(maxLighting: Double = 0.2, p: Double = 0.75, batch: Bool = false) {
        self.maxLighting = maxLighting
        self.p = p
        self.batch = batch
    }

    public func check() throws { try checkStrength() }

    func step(random: inout SeededRandom) -> ColorStep {
        Self.step(change: random.uniform(0.5 * (1 - maxLighting), 0.5 * (1 + maxLighting)))
    }

    /// - Parameter change: What middle grey becomes.
    static func step(change: Double) -> ColorStep {
        .lighting(contrast: 1, brightness: log(change / (1 - change)))
    }
}

/// Makes pictures richer or poorer in contrast.
///
/// The change is a multiplication in logit space, about middle grey.
public struct Contrast: ColorTransform {
    public static let name = "Contrast"

    /// The largest change: with 0.2, the factor is 0.8 to 1.25.
    public let maxLighting: Double
    /// The part of the pictures that is changed.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool

    var strength: Double { maxLighting }

    /// - Parameters:
    ///   - maxLighting: 0.2 by default.
    ///   - p: 0.75 by default.
    ///   - batch: False by default.
    public init(maxLighting: Double = 0.2, p: Double = 0.75, batch: Bool = false) {
        self.maxLighting = maxLighting
        self.p = p
        self.batch = batch
    }

    public func check() throws { try checkStrength() }

    func step(random: inout SeededRandom) -> ColorStep { Self.step(change: factor(random: &random)) }

    static func step(change: Double) -> ColorStep { .lighting(contrast: change, brightness: 0) }
}

/// Makes pictures more or less colourful.
///
/// The change leads away from or towards the grey picture, in logit space as in fastai.
public struct Saturation: ColorTransform {
    public static let name = "Saturation"

    /// The largest change: with 0.2, the factor is 0.8 to 1.25.
    public let maxLighting: Double
    /// The part of the pictures that is changed.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool

    var strength: Double { maxLighting }

    /// - Parameters:
    ///   - maxLighting: 0.2 by default.
    ///   - p: 0.75 by default.
    ///   - batch: False by default.
    public init(maxLighting: Double = 0.2, p: Double = 0.75, batch: Bool = false) {
        self.maxLighting = maxLighting
        self.p = p
        self.batch = batch
    }

    public func check() throws { try checkStrength() }

    func step(random: inout SeededRandom) -> ColorStep { .saturation(factor(random: &random)) }
}

/// Turns the hues of pictures around the circle of colours.
public struct Hue: ColorTransform {
    public static let name = "Hue"

    /// The largest change, in parts of a full turn.
    public let maxHue: Double
    /// The part of the pictures that is changed.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool

    var strength: Double { maxHue }

    /// - Parameters:
    ///   - maxHue: 0.1 by default.
    ///   - p: 0.75 by default.
    ///   - batch: False by default.
    public init(maxHue: Double = 0.1, p: Double = 0.75, batch: Bool = false) {
        self.maxHue = maxHue
        self.p = p
        self.batch = batch
    }

    public func check() throws { try checkStrength() }

    // A turn by about 1, as in fastai: the full turn is not seen.
    func step(random: inout SeededRandom) -> ColorStep { .hue(factor(random: &random)) }
}
