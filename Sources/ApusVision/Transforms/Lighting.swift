// Batch transforms of colors: Brightness, Contrast, Saturation, Hue.
import ApusCore
import Foundation
import Torch

/// A batch transform that changes the colors of pictures and moves nothing, in training only: one of the library, or a
/// custom one.
///
/// ```swift
/// /// Inverts the colors above a threshold.
/// struct Solarize: ColorTransform {
///     static let storedName = "Solarize"
///     var threshold = 0.5
///     func step(random: inout SeededRandom) -> ColorStep? {
///         guard random.bernoulli(0.2) else { return nil }
///         return .function { [threshold] picture in (1 - picture).where(picture.ge(threshold), else: picture) }
///     }
/// }
/// ```
public protocol ColorTransform: BatchTransform {
    /// Whether the items of a batch share one draw; false by default.
    var batch: Bool { get }

    /// The step of one item; nil for none. What is random must come from `random` alone.
    func step(random: inout SeededRandom) -> ColorStep?
}

extension ColorTransform {
    public var batch: Bool { false }
}

/// What one color transform does to one picture.
public enum ColorStep: Sendable {
    /// In logit space, `contrast * x + brightness`. A list of these steps alone costs nothing: it is computed in the pass
    /// that moves the pixels.
    case lighting(contrast: Double, brightness: Double)
    /// In logit space, a step from gray (0) to the picture (1) and beyond.
    case saturation(Double)
    /// Turns the hue, in parts of a full turn.
    case hue(Double)
    /// Any function of one picture, float32 `[channels, height, width]` with colors of 0 to 1, to one of the same shape.
    case function(@Sendable (_ picture: Tensor) -> Tensor)
}

/// The library's own color transforms, which have a probability and a strength.
protocol StrengthTransform: ColorTransform {
    /// The part of the pictures that is changed.
    var p: Double { get }
    /// The largest change, of 0 to 1.
    var strength: Double { get }

    /// A change drawn for one item.
    func drawnStep(random: inout SeededRandom) -> ColorStep
}

extension StrengthTransform {
    public func step(random: inout SeededRandom) -> ColorStep? {
        let (isDrawn, step) = (random.bernoulli(p), drawnStep(random: &random))
        return isDrawn ? step : nil
    }

    func checkStrength() throws {
        try checkProbability(p, of: self)
        guard (0..<1).contains(strength) else {
            throw DataError("\(Self.storedName): the largest change is at least 0 and below 1; \(strength) was given.")
        }
    }

    /// A factor between `1 - strength` and its inverse, its logarithm uniform.
    fileprivate func factor(random: inout SeededRandom) -> Double {
        exp(random.uniform(log(1 - strength), -log(1 - strength)))
    }
}

/// Makes pictures lighter or darker.
///
/// The change is an addition in logit space, which never leaves the range of colors.
public struct Brightness: StrengthTransform {
    public static let storedName = "Brightness"

    /// The largest change: with 0.2, middle gray becomes a gray of 0.4 to 0.6.
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

    func drawnStep(random: inout SeededRandom) -> ColorStep {
        Self.step(change: random.uniform(0.5 * (1 - maxLighting), 0.5 * (1 + maxLighting)))
    }

    /// - Parameter change: What middle gray becomes.
    static func step(change: Double) -> ColorStep {
        .lighting(contrast: 1, brightness: log(change / (1 - change)))
    }
}

/// Makes pictures richer or poorer in contrast.
///
/// The change is a multiplication in logit space, about middle gray.
public struct Contrast: StrengthTransform {
    public static let storedName = "Contrast"

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

    func drawnStep(random: inout SeededRandom) -> ColorStep { Self.step(change: factor(random: &random)) }

    static func step(change: Double) -> ColorStep { .lighting(contrast: change, brightness: 0) }
}

/// Makes pictures more or less colorful.
///
/// The change leads away from or towards the gray picture, in logit space as in fastai.
public struct Saturation: StrengthTransform {
    public static let storedName = "Saturation"

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

    func drawnStep(random: inout SeededRandom) -> ColorStep { .saturation(factor(random: &random)) }
}

/// Turns the hues of pictures around the circle of colors.
public struct Hue: StrengthTransform {
    public static let storedName = "Hue"

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
    func drawnStep(random: inout SeededRandom) -> ColorStep { .hue(factor(random: &random)) }
}
