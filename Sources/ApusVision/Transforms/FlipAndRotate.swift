// Batch transforms that turn and mirror pictures: Flip, Dihedral, Rotate.
import ApusCore
import Foundation

/// Mirrors pictures left to right.
public struct Flip: GeometricTransform {
    public static let storedName = "Flip"

    /// The part of the pictures that is mirrored.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - p: 0.5 by default.
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the picture, for all moves of the batch; `.reflection` where no transform says
    ///     anything.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        p: Double = 0.5, size: ImageSize? = nil, mode: Image.Interpolation? = nil,
        padMode: PadMode? = nil, batch: Bool = false
    ) {
        self.p = p
        self.batch = batch
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func check() throws { try checkProbability(p, of: self) }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        isTraining && random.bernoulli(p) ? Self.move : nil
    }

    static let move = GeometricMove.affine(.scaling(x: -1, y: 1))
}

/// Turns pictures by quarter turns and mirrors them: one of the eight symmetries of the square. For pictures without an
/// upper side, such as satellite images.
public struct Dihedral: GeometricTransform {
    public static let storedName = "Dihedral"

    /// The part of the pictures for which a symmetry is drawn; one in eight of them stays as it is.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - p: 0.5 by default.
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the picture, for all moves of the batch; `.reflection` where no transform says
    ///     anything.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        p: Double = 0.5, size: ImageSize? = nil, mode: Image.Interpolation? = nil,
        padMode: PadMode? = nil, batch: Bool = false
    ) {
        self.p = p
        self.batch = batch
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func check() throws { try checkProbability(p, of: self) }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        guard isTraining else { return nil }
        let (isDrawn, k) = (random.bernoulli(p), random.integer(below: 8))
        return isDrawn ? Self.move(k) : nil
    }

    /// The symmetry of fastai's number `k`.
    static func move(_ k: Int) -> GeometricMove {
        let symmetry = SquareSymmetry(k)
        let (x, y) = (symmetry.isAcross ? -1.0 : 1, symmetry.isDown ? -1.0 : 1)
        return .affine(
            symmetry.isExchanged ? PlaneMap(elements: [0, x, 0, y, 0, 0, 0, 0, 1]) : .scaling(x: x, y: y))
    }
}

/// Rotates pictures about their center.
public struct Rotate: GeometricTransform {
    public static let storedName = "Rotate"

    /// The largest angle in degrees, to either side.
    public let maxDegrees: Double
    /// The part of the pictures that is rotated.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - maxDegrees: 10 by default.
    ///   - p: 0.5 by default.
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the picture, for all moves of the batch; `.reflection` where no transform says
    ///     anything.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        maxDegrees: Double = 10, p: Double = 0.5, size: ImageSize? = nil, mode: Image.Interpolation? = nil,
        padMode: PadMode? = nil, batch: Bool = false
    ) {
        self.maxDegrees = maxDegrees
        self.p = p
        self.batch = batch
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func check() throws {
        try checkProbability(p, of: self)
        guard maxDegrees.isFinite, maxDegrees >= 0 else {
            throw DataError("Rotate: maxDegrees is a number of degrees from 0 on; \(maxDegrees) was given.")
        }
    }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        guard isTraining else { return nil }
        let (isDrawn, degrees) = (random.bernoulli(p), random.uniform(-maxDegrees, maxDegrees))
        return isDrawn ? Self.move(degrees: degrees) : nil
    }

    /// Clockwise by so many degrees.
    static func move(degrees: Double) -> GeometricMove {
        let angle = degrees * .pi / 180
        return .affine(PlaneMap(elements: [cos(angle), sin(angle), 0, -sin(angle), cos(angle), 0, 0, 0, 1]))
    }
}

/// Refuses what is no probability.
func checkProbability<T: Transform>(_ p: Double, of transform: T) throws {
    guard (0...1).contains(p) else {
        throw DataError("\(T.storedName): the probability p lies between 0 and 1; \(p) was given.")
    }
}
