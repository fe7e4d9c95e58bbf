// The usual augmentations of photographs in one call, fastai's `aug_transforms`; lists of one's own with one size and mode.
import ApusCore

/// How strongly ``augmentations(size:_:minScale:mode:padMode:sharesDraw:)`` changes pictures. The defaults are fastai's.
public struct AugmentationOptions: Sendable {
    /// Which mirror images of a picture are pictures as good.
    public enum Flipping: Sendable {
        /// None, as of pages and digits.
        case none
        /// Left and right may be exchanged (``Flip``).
        case horizontal
        /// All eight symmetries of the square, as of pictures from above (``Dihedral``).
        case dihedral
    }

    /// Which symmetries are drawn from.
    public var flip: Flipping
    /// The largest angle of ``Rotate``, in degrees.
    public var maxRotate: Double
    /// The magnifications of ``Zoom``.
    public var zoom: ClosedRange<Double>
    /// The magnitude of ``Warp``.
    public var maxWarp: Double
    /// The largest change of ``Brightness`` and ``Contrast``.
    public var maxLighting: Double
    /// The probability of each of rotation, zoom and warp.
    public var moveProbability: Double
    /// The probability of each of brightness and contrast.
    public var lightingProbability: Double
    /// A factor of `maxRotate`, `maxWarp` and `maxLighting`; 0 leaves them out.
    public var strength: Double

    public init(
        flip: Flipping = .horizontal, maxRotate: Double = 10, zoom: ClosedRange<Double> = 1...1.1,
        maxWarp: Double = 0.2, maxLighting: Double = 0.2, moveProbability: Double = 0.75,
        lightingProbability: Double = 0.75, strength: Double = 1
    ) {
        (self.flip, self.maxRotate, self.zoom, self.maxWarp) = (flip, maxRotate, zoom, maxWarp)
        (self.maxLighting, self.moveProbability) = (maxLighting, moveProbability)
        (self.lightingProbability, self.strength) = (lightingProbability, strength)
    }
}

/// The batch transforms that suit most photographs: mirroring, perspective, rotation, zoom, brightness and contrast.
///
/// All moves of pixels are computed in one interpolation. In validation nothing is drawn, and pictures are only brought
/// to `size`.
///
/// ```swift
/// let photos = augmentations(size: 224) + [Normalize(.imagenet)]
/// let satellites = augmentations(size: 256, AugmentationOptions(flip: .dihedral, maxWarp: 0))
/// ```
/// - Parameters:
///   - size: The size of the result; that of the source by default. Item transforms that leave pictures larger
///     ("presizing") give rotated and warped pictures real corners.
///   - options: Which changes there are, and how strong; fastai's by default.
///   - minScale: When below 1, a random part of at least this share of the area is taken (``RandomResizedCropBatch``).
///   - mode: How pixels are computed; `.bilinear` where no transform of the list says anything.
///   - padMode: What stands outside the pictures; `.reflection` where no transform of the list says anything.
///   - sharesDraw: Whether all pictures of a batch share one draw; false by default.
public func augmentations(
    size: ImageSize? = nil, _ options: AugmentationOptions = AugmentationOptions(), minScale: Double = 1,
    mode: Image.Interpolation? = nil, padMode: PadMode? = nil, sharesDraw: Bool = false
) -> [any BatchTransform] {
    var result: [any BatchTransform] = []
    let moveSize = minScale == 1 ? size : nil
    let (strength, probability) = (options.strength, options.moveProbability)
    switch options.flip {
    case .none: break
    case .horizontal: result.append(Flip(size: moveSize, mode: mode, padMode: padMode, batch: sharesDraw))
    case .dihedral: result.append(Dihedral(size: moveSize, mode: mode, padMode: padMode, batch: sharesDraw))
    }
    if options.maxWarp * strength != 0 {
        result.append(
            Warp(
                magnitude: options.maxWarp * strength, p: probability, size: moveSize, mode: mode, padMode: padMode,
                batch: sharesDraw))
    }
    if options.maxRotate * strength != 0 {
        result.append(
            Rotate(
                maxDegrees: options.maxRotate * strength, p: probability, size: moveSize, mode: mode, padMode: padMode,
                batch: sharesDraw))
    }
    if options.zoom.lowerBound < 1 || options.zoom.upperBound > 1 {
        result.append(
            Zoom(
                min: options.zoom.lowerBound, max: options.zoom.upperBound, p: probability, size: moveSize, mode: mode,
                padMode: padMode, batch: sharesDraw))
    }
    // A size that was asked for is reached also when no move is wanted.
    if result.isEmpty, let moveSize { result.append(Resample(size: moveSize, mode: mode, padMode: padMode)) }
    if options.maxLighting * strength != 0 {
        let (most, probability) = (options.maxLighting * strength, options.lightingProbability)
        result.append(Brightness(maxLighting: most, p: probability, batch: sharesDraw))
        result.append(Contrast(maxLighting: most, p: probability, batch: sharesDraw))
    }
    if minScale != 1 {
        result.append(RandomResizedCropBatch(size, minScale: minScale, ratio: 1...1, mode: mode, batch: sharesDraw))
    }
    return result
}

/// Batch transforms of your own choice, with one place for the size and the interpolation that hold for all of them.
///
/// ```swift
/// let transforms = augmentations(size: 224, padMode: .zeros) {
///     Flip()
///     Rotate(maxDegrees: 20)
///     Brightness()
/// }
/// ```
public func augmentations(
    size: ImageSize? = nil, mode: Image.Interpolation? = nil, padMode: PadMode? = nil,
    @BatchTransformBuilder _ transforms: () -> [any BatchTransform]
) -> [any BatchTransform] {
    [Resample(size: size, mode: mode, padMode: padMode)] + transforms()
}

/// Collects batch transforms, one on each line.
@resultBuilder
public enum BatchTransformBuilder {
    public static func buildExpression(_ transform: any BatchTransform) -> [any BatchTransform] { [transform] }
    public static func buildExpression(_ transforms: [any BatchTransform]) -> [any BatchTransform] { transforms }
    public static func buildBlock(_ parts: [any BatchTransform]...) -> [any BatchTransform] { parts.flatMap(\.self) }
    public static func buildOptional(_ part: [any BatchTransform]?) -> [any BatchTransform] { part ?? [] }
    public static func buildEither(first: [any BatchTransform]) -> [any BatchTransform] { first }
    public static func buildEither(second: [any BatchTransform]) -> [any BatchTransform] { second }
}

/// Moves nothing: says only to which size, and how, the pictures of a batch are computed.
public struct Resample: GeometricTransform {
    public static let storedName = "Resample"

    public let sampling: Sampling

    /// - Parameters:
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the pictures; `.reflection` where no transform says anything.
    public init(size: ImageSize? = nil, mode: Image.Interpolation? = nil, padMode: PadMode? = nil) {
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? { nil }
}
