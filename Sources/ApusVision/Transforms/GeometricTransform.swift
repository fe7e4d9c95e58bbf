// What the transforms that move pixels have in common: each gives a map of the plane, and all maps become one.
import ApusCore

/// A batch transform that moves pixels: one of the library, or a custom one.
///
/// The moves of all transforms of a list become one map, and the pixels are computed once. Masks, points and boxes move
/// with their picture.
///
/// ```swift
/// /// Shifts pictures to the side.
/// struct Shift: GeometricTransform {
///     static let storedName = "Shift"
///     var most = 0.1                                     // in halves of the width
///     func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
///         isTraining ? .affine(PlaneMap(x: 1, y: 1, movedBy: (random.uniform(-most, most), 0))) : nil
///     }
/// }
/// ```
/// What is random must come from `random` alone, so that a run can be repeated whatever the number of loader threads.
public protocol GeometricTransform: BatchTransform {
    /// How pixels are computed; nothing by default.
    var sampling: Sampling { get }

    /// Whether the items of a batch share one draw; false by default.
    var batch: Bool { get }

    /// The move of one item; nil for none.
    ///
    /// - Parameter size: The size of the picture.
    func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove?
}

extension GeometricTransform {
    public var sampling: Sampling { Sampling() }
    public var batch: Bool { false }
}

/// What one geometric transform does to one picture.
///
/// The centers of a picture's outermost pixels lie at -1 and 1, as in fastai. A map leads from the result to the source,
/// so that of two moves the later one's map is applied first.
public enum GeometricMove: Sendable, Hashable {
    /// Rotation and scaling about the center in a square picture; in others the axes keep their proportion.
    case affine(PlaneMap)
    /// A move of the coordinates themselves, after all affine ones.
    case perspective(PlaneMap)
    /// A rectangle of the moved picture, before which nothing else is seen of it.
    case crop(PixelRectangle)
    /// Each pixel comes from a random place near its own, at most `magnitude` halves of a side away along each axis.
    case jitter(magnitude: Double, seed: UInt64)
}

/// What a transform says of how moved pictures are computed; nil where it says nothing.
public struct Sampling: Sendable, Hashable, Codable {
    /// The size of the result; without, that of the source.
    public var size: ImageSize?
    /// `.bilinear` where no transform says anything.
    public var mode: Image.Interpolation?
    /// `.reflection` where no transform says anything.
    public var padMode: PadMode?

    public init(size: ImageSize? = nil, mode: Image.Interpolation? = nil, padMode: PadMode? = nil) {
        (self.size, self.mode, self.padMode) = (size, mode, padMode)
    }
}

/// The moves of one picture as one map.
struct ComposedMove {
    /// From pixels of the result to pixels of the (shrunk) source.
    var map: PlaneMap
    /// From places of the result to places of the source, both of -1 to 1.
    var plane: PlaneMap
    /// The size to which the source is averaged down first, since blending four pixels would skip others.
    var shrunk: ImageSize?
    /// How far each pixel is scattered, in halves of a side, and what decides where to.
    var jitter: (magnitude: Double, seed: UInt64)?

    /// - Parameter canShrink: False for nearest pixels, which are never averaged.
    init(_ moves: [GeometricMove], of source: ImageSize, to result: ImageSize, canShrink: Bool) {
        var (affine, perspective) = (PlaneMap.identity, PlaneMap.identity)
        var window = PixelRectangle(x: 0, y: 0, width: source.width, height: source.height)
        for move in moves {
            switch move {
            case .affine(let map): affine = affine * map
            case .perspective(let map): perspective = map * perspective
            case .crop(let rectangle): window = rectangle
            case .jitter(let magnitude, let seed): jitter = (magnitude, seed)
            }
        }
        affine.elements[1] *= Double(source.height) / Double(source.width)
        affine.elements[3] *= Double(source.width) / Double(source.height)
        let inside =
            .scaling(x: 1, y: 1, thenMovingBy: (Double(window.x), Double(window.y)))
            * PlaneMap.toPixels(of: ImageSize(height: window.height, width: window.width))
        let moved =
            window.width == source.width && window.height == source.height
            ? perspective * affine : perspective * affine * .fromPixels(of: source) * inside
        shrunk = canShrink ? Self.shrunkSize(of: source, window: window, to: result, moved: moved) : nil
        plane = moved
        map = .toPixels(of: shrunk ?? source) * moved * .fromPixels(of: result)
        // With 1 in the corner the kernel tells plain affine maps from perspective ones.
        let corner = map.elements[8]
        if abs(corner) > 1e-9 { map.elements = map.elements.map { $0 / corner } }
    }

    /// fastai's rule: a picture that shrinks by more than 2, and by more than it is zoomed in, is averaged down to twice
    /// the size that is needed. (fastai compares the height with the result's width; for square results that is this.)
    private static func shrunkSize(
        of source: ImageSize, window: PixelRectangle, to result: ImageSize, moved: PlaneMap
    ) -> ImageSize? {
        let reduction =
            min(Double(window.height) / Double(result.height), Double(window.width) / Double(result.width)) / 2
        guard reduction > 1 else { return nil }
        let corners = [moved(-1, -1), moved(-1, 1), moved(1, -1), moved(1, 1)].flatMap { [$0.x, $0.y] }
        let part = max(
            Double(window.height) / Double(source.height), Double(window.width) / Double(source.width))
        let zoom = 2 * part / ((corners.max() ?? 1) - (corners.min() ?? -1))
        guard reduction > zoom else { return nil }
        func shrunk(_ side: Int) -> Int { max(1, Int(Double(side) * (1 / reduction))) }
        return ImageSize(height: shrunk(source.height), width: shrunk(source.width))
    }
}
