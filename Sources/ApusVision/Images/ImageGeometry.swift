// Which rectangle of a picture becomes which new picture: the arithmetic of the resizing transforms, without pixels.
import Foundation

/// How a picture is brought to a size of another shape.
public enum ResizeMethod: String, Sendable, Hashable, Codable, CaseIterable {
    /// Keeps the proportions and cuts off what sticks out.
    case crop
    /// Keeps the proportions and fills up what is missing.
    case pad
    /// Keeps the whole picture and changes the proportions.
    case squish
}

/// What stands outside the edges of a picture.
public enum PadMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// Black.
    case zeros
    /// The nearest pixel of the edge.
    case border
    /// The picture mirrored at its edge; the edge itself is not repeated.
    case reflection
}

/// A rectangle of pixels; its corner may lie outside a picture.
public struct PixelRectangle: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
}

/// The random choices of one attempt at a random resized crop, each uniform in `0..<1`.
struct CropDraw: Sendable, Hashable {
    /// Where between the smallest and the largest area.
    var area: Double
    /// Where between the logarithms of the smallest and the largest ratio of width to height.
    var ratio: Double
    /// Which of the possible left edges.
    var x: Double
    /// Which of the possible top edges.
    var y: Double
}

/// How a picture is made from another: a rectangle is taken, with padding where it reaches outside, it is scaled, and a
/// window of the scaled picture is kept.
struct ImageGeometry: Sendable, Hashable {
    var rectangle: PixelRectangle
    var padding: PadMode = .zeros
    var scaled: ImageSize
    var window: PixelRectangle

    init(rectangle: PixelRectangle, padding: PadMode = .zeros, scaled: ImageSize) {
        self.rectangle = rectangle
        self.padding = padding
        self.scaled = scaled
        self.window = PixelRectangle(x: 0, y: 0, width: scaled.width, height: scaled.height)
    }

    /// - Parameters:
    ///   - picture: The size of the picture at hand.
    ///   - full: The size of the picture that the geometry speaks of.
    /// - Throws: ``ImageError/invalidValue(_:)`` for rectangles without pixels, or beyond what a picture may have.
    func check(for picture: ImageSize, full: ImageSize) throws(ImageError) {
        func isPossible(_ part: PixelRectangle) -> Bool {
            let (places, sides) = (-Self.maxSide...Self.maxSide, 1...Self.maxSide)
            return places.contains(part.x) && places.contains(part.y) && sides.contains(part.width)
                && sides.contains(part.height)
        }
        func fits(_ start: Int, _ extent: Int, _ side: Int, _ full: Int) -> Bool {
            let sides = 1...Self.maxSide
            return sides.contains(side) && sides.contains(full)
                && Double(abs(start) + extent) * Double(side) / Double(full) <= 0x1p30
        }
        let size = PixelRectangle(x: 0, y: 0, width: scaled.width, height: scaled.height)
        guard [rectangle, size, window].allSatisfy(isPossible), window.width * window.height <= 1 << 30,
            fits(rectangle.x, rectangle.width, picture.width, full.width),
            fits(rectangle.y, rectangle.height, picture.height, full.height)
        else {
            throw .invalidValue(
                "A part of \(rectangle.width) x \(rectangle.height) pixels at \(rectangle.x), \(rectangle.y) of \(full) cannot "
                    + "be brought to \(scaled); give sides from 1 to \(Self.maxSide).")
        }
    }

    /// The most pixels of a side.
    private static let maxSide = 1 << 24

    /// The geometry of fastai's `Resize`.
    ///
    /// - Parameter position: Where along the free play the crop (or the picture within its padding) lies, 0 for left or
    ///   top and 1 for right or bottom: random in training, the center in validation.
    static func resize(
        of source: ImageSize, to size: ImageSize, method: ResizeMethod, padding: PadMode = .reflection,
        position: (x: Double, y: Double) = (0.5, 0.5)
    ) -> ImageGeometry {
        if method == .squish {
            let all = PixelRectangle(x: 0, y: 0, width: source.width, height: source.height)
            return ImageGeometry(rectangle: all, padding: padding, scaled: size)
        }
        let across = Double(source.width) / Double(size.width)
        let down = Double(source.height) / Double(size.height)
        let scale = method == .pad ? max(across, down) : min(across, down)
        // Cut off as in fastai; a very thin picture still gives one pixel.
        let width = max(1, Int(scale * Double(size.width)))
        let height = max(1, Int(scale * Double(size.height)))
        let rectangle = PixelRectangle(
            x: Int(position.x * Double(source.width - width)), y: Int(position.y * Double(source.height - height)),
            width: width, height: height)
        return ImageGeometry(rectangle: rectangle, padding: padding, scaled: size)
    }

    /// The geometry of fastai's `RandomResizedCrop` in training: the first attempt that fits into the picture, or else
    /// the largest rectangle in the middle whose ratio is allowed.
    static func randomResizedCrop(
        of source: ImageSize, to size: ImageSize, minScale: Double = 0.08, maxScale: Double = 1,
        ratio: ClosedRange<Double> = 3.0 / 4.0...4.0 / 3.0, draws: some Sequence<CropDraw>
    ) -> ImageGeometry {
        // Sides that are not possible are refused elsewhere; here they must not overflow.
        let (w, h) = (min(max(source.width, 1), maxSide), min(max(source.height, 1), maxSide))
        for draw in draws.prefix(10) {
            let area = (minScale + draw.area * (maxScale - minScale)) * Double(w) * Double(h)
            let logs = (log(ratio.lowerBound), log(ratio.upperBound))
            let proportion = exp(logs.0 + draw.ratio * (logs.1 - logs.0))
            let across = (area * proportion).squareRoot().rounded(.toNearestOrEven)
            let down = (area / proportion).squareRoot().rounded(.toNearestOrEven)
            // Compared before they are whole numbers: extreme ratios give sides that no integer holds.
            guard across >= 1, across <= Double(w), down >= 1, down <= Double(h) else { continue }
            let (width, height) = (Int(across), Int(down))
            let rectangle = PixelRectangle(
                x: Int(draw.x * Double(w - width + 1)), y: Int(draw.y * Double(h - height + 1)), width: width,
                height: height)
            return ImageGeometry(rectangle: rectangle, scaled: size)
        }
        var (width, height) = (w, h)
        if Double(w) / Double(h) < ratio.lowerBound {
            height = max(1, Int(Double(w) / ratio.lowerBound))
        } else if Double(w) / Double(h) > ratio.upperBound {
            width = max(1, Int(Double(h) * ratio.upperBound))
        }
        let rectangle = PixelRectangle(x: (w - width) / 2, y: (h - height) / 2, width: width, height: height)
        return ImageGeometry(rectangle: rectangle, scaled: size)
    }

    /// The geometry of fastai's `RandomResizedCrop` in validation: the whole picture squished to a size that is larger
    /// by `validationExtra`, rounded up to a multiple of 8, and the middle of that.
    static func validationCrop(of source: ImageSize, to size: ImageSize, validationExtra: Double = 0.14)
        -> ImageGeometry
    {
        // Sizes and parts that are not possible are refused by `check()`; asked before, they must not overflow.
        let part = validationExtra.isFinite ? min(max(validationExtra, 0), 100) : 0
        let size = ImageSize(height: min(size.height, 1 << 24), width: min(size.width, 1 << 24))
        let extra = Int((Double(max(size.width, size.height, 0)) * part / 8).rounded(.up)) * 8
        var geometry = resize(
            of: source, to: ImageSize(height: size.height + extra, width: size.width + extra), method: .squish)
        geometry.window = PixelRectangle(x: extra / 2, y: extra / 2, width: size.width, height: size.height)
        return geometry
    }

    /// The size that a picture of size `source` needs at least for the rectangle to be scaled down, not up.
    func neededSize(of source: ImageSize) -> ImageSize {
        func needed(_ side: Int, _ part: Int, _ scaled: Int) -> Int {
            min(side, Int((Double(side) * Double(scaled) / Double(part)).rounded(.up)))
        }
        return ImageSize(
            height: needed(source.height, rectangle.height, scaled.height),
            width: needed(source.width, rectangle.width, scaled.width))
    }
}
