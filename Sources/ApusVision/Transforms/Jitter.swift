// A batch transform that scatters pixels: Jitter.
import ApusCore

/// Replaces each pixel by a random one near it, as frosted glass does.
///
/// fastai v1's `jitter`. Masks are scattered with their pictures; points and boxes stay where they are.
public struct Jitter: GeometricTransform {
    public static let storedName = "Jitter"

    /// How far away a pixel comes from at most, along each axis, in halves of the picture's side.
    public let magnitude: Double
    /// The part of the pictures that is changed.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - magnitude: 0.02 by default: a hundredth of the side.
    ///   - p: 0.5 by default.
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the picture, for all moves of the batch; `.reflection` where no transform says
    ///     anything.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        magnitude: Double = 0.02, p: Double = 0.5, size: ImageSize? = nil, mode: Image.Interpolation? = nil,
        padMode: PadMode? = nil, batch: Bool = false
    ) {
        self.magnitude = magnitude
        self.p = p
        self.batch = batch
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func check() throws {
        try checkProbability(p, of: self)
        guard (0...1).contains(magnitude) else {
            throw DataError("Jitter: magnitude lies between 0 and 1; \(magnitude) was given.")
        }
    }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        guard isTraining else { return nil }
        let (isDrawn, seed) = (random.bernoulli(p), random.next())
        return isDrawn && magnitude > 0 ? .jitter(magnitude: magnitude, seed: seed) : nil
    }
}
