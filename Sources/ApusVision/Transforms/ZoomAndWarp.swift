// Batch transforms that come nearer or look from aside: Zoom, Warp, RandomResizedCropBatch.
import ApusCore
import Foundation

/// Magnifies pictures about a random point.
public struct Zoom: GeometricTransform {
    public static let storedName = "Zoom"

    /// The least magnification.
    public let min: Double
    /// The largest magnification.
    public let max: Double
    /// The part of the pictures that is magnified.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - min: 1 by default; below 1 the picture becomes smaller.
    ///   - max: 1.1 by default.
    ///   - p: 0.5 by default.
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the picture, for all moves of the batch; `.reflection` where no transform says
    ///     anything.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        min: Double = 1, max: Double = 1.1, p: Double = 0.5, size: ImageSize? = nil,
        mode: Image.Interpolation? = nil, padMode: PadMode? = nil, batch: Bool = false
    ) {
        self.min = min
        self.max = max
        self.p = p
        self.batch = batch
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func check() throws {
        try checkProbability(p, of: self)
        guard min > 0, min <= max, max.isFinite else {
            throw DataError("Zoom: magnifications have 0 < min <= max; \(min) and \(max) were given.")
        }
    }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        guard isTraining else { return nil }
        let (isDrawn, zoom) = (random.bernoulli(p), random.uniform(min, max))
        let (x, y) = (random.uniform(), random.uniform())
        return isDrawn ? Self.move(zoom: zoom, x: x, y: y) : nil
    }

    /// - Parameters:
    ///   - zoom: The magnification.
    ///   - x: Where the point that stays in place lies, from 0 at the left to 1 at the right.
    ///   - y: The same from top to bottom.
    static func move(zoom: Double, x: Double, y: Double) -> GeometricMove {
        let scale = 1 / zoom
        let center = ((1 - scale) * (2 * x - 1), (1 - scale) * (2 * y - 1))
        return .affine(.scaling(x: scale, y: scale, thenMovingBy: center))
    }
}

/// Shows pictures in perspective, as if seen from aside, from above or from below.
public struct Warp: GeometricTransform {
    public static let storedName = "Warp"

    /// How far a corner moves at most, in halves of the picture's side.
    public let magnitude: Double
    /// The part of the pictures that is warped along each of the two axes.
    public let p: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - magnitude: 0.2 by default.
    ///   - p: 0.5 by default.
    ///   - size: The size of the result; that of the source by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - padMode: What stands outside the picture, for all moves of the batch; `.reflection` where no transform says
    ///     anything.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        magnitude: Double = 0.2, p: Double = 0.5, size: ImageSize? = nil, mode: Image.Interpolation? = nil,
        padMode: PadMode? = nil, batch: Bool = false
    ) {
        self.magnitude = magnitude
        self.p = p
        self.batch = batch
        sampling = Sampling(size: size, mode: mode, padMode: padMode)
    }

    public func check() throws {
        try checkProbability(p, of: self)
        guard (0..<0.5).contains(magnitude) else {
            throw DataError(
                "Warp: magnitude lies between 0 and 0.5, where the picture would be seen edge-on; "
                    + "\(magnitude) was given.")
        }
    }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        guard isTraining else { return nil }
        func amount() -> Double {
            let (isDrawn, amount) = (random.bernoulli(p), random.uniform(-magnitude, magnitude))
            return isDrawn ? amount : 0
        }
        let (x, y) = (amount(), amount())
        return x == 0 && y == 0 ? nil : Self.move(x: x, y: y)
    }

    /// The corners of the picture go to (±1, ±1), moved along the left and right edges by `x` and along the upper and
    /// lower ones by `y`.
    static func move(x: Double, y: Double) -> GeometricMove? {
        let corners = [(-1 - y, -1 - x), (-1 + y, 1 + x), (1 + y, -1 + x), (1 - y, 1 - x)]
        return PlaneMap.corners(to: corners.map { (x: $0.0, y: $0.1) }).map { .perspective($0.inverse) }
    }
}

/// Takes a random part of the pictures of a batch, after the other moves and with them in one interpolation.
///
/// Like ``RandomResizedCrop``, on pictures that have one size already. In validation the middle is taken, as large as
/// `ratio` and `validScale` allow.
public struct RandomResizedCropBatch: GeometricTransform {
    public static let storedName = "RandomResizedCropBatch"

    /// The least part of the picture's area.
    public let minScale: Double
    /// The largest part of the picture's area.
    public let maxScale: Double
    /// The range of the part's width over its height.
    public let ratio: ClosedRange<Double>
    /// In validation, the part of the sides that is taken.
    public let validScale: Double
    /// Whether all pictures of a batch share one draw.
    public let batch: Bool
    public let sampling: Sampling

    /// - Parameters:
    ///   - size: The size of the result; that of the source when nil.
    ///   - minScale: 0.08 by default.
    ///   - maxScale: 1 by default.
    ///   - ratio: 3/4 to 4/3 by default.
    ///   - mode: How pixels are computed, for all moves of the batch; `.bilinear` where no transform says anything.
    ///   - validScale: In validation, the part of the sides that is taken; 1 by default.
    ///   - batch: Whether all pictures of a batch share one draw; false by default.
    public init(
        _ size: ImageSize?, minScale: Double = 0.08, maxScale: Double = 1,
        ratio: ClosedRange<Double> = 3.0 / 4.0...4.0 / 3.0, mode: Image.Interpolation? = nil,
        validScale: Double = 1, batch: Bool = false
    ) {
        self.minScale = minScale
        self.maxScale = maxScale
        self.ratio = ratio
        self.validScale = validScale
        self.batch = batch
        sampling = Sampling(size: size, mode: mode)
    }

    /// Files from before `validScale` have none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        minScale = try container.decode(Double.self, forKey: .minScale)
        maxScale = try container.decode(Double.self, forKey: .maxScale)
        ratio = try container.decode(ClosedRange<Double>.self, forKey: .ratio)
        validScale = try container.decodeIfPresent(Double.self, forKey: .validScale) ?? 1
        batch = try container.decode(Bool.self, forKey: .batch)
        sampling = try container.decode(Sampling.self, forKey: .sampling)
    }

    public func check() throws {
        guard minScale > 0, minScale <= maxScale, maxScale <= 1, ratio.lowerBound > 0, validScale > 0, validScale <= 1
        else {
            throw DataError(
                "RandomResizedCropBatch: 0 < minScale <= maxScale <= 1, 0 < validScale <= 1 and ratios are above 0; "
                    + "\(minScale), \(maxScale), \(validScale) and \(ratio) were given.")
        }
    }

    public func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        let draws = (0..<(isTraining ? 10 : 0)).map { _ in
            CropDraw(area: random.uniform(), ratio: random.uniform(), x: random.uniform(), y: random.uniform())
        }
        var part = ImageGeometry.randomResizedCrop(
            of: size, to: size, minScale: minScale, maxScale: maxScale, ratio: ratio, draws: draws
        ).rectangle
        if !isTraining, validScale < 1 {
            part.width = max(1, Int(Double(part.width) * validScale))
            part.height = max(1, Int(Double(part.height) * validScale))
            (part.x, part.y) = ((size.width - part.width) / 2, (size.height - part.height) / 2)
        }
        return .crop(part)
    }
}
