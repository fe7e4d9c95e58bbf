// Maps of the plane as 3 x 3 matrices: the arithmetic of the geometric transforms, without pixels.
import ApusCore
import Foundation

/// A map of the plane that keeps straight lines straight: a point (x, y) becomes the first two numbers of
/// `matrix * (x, y, 1)`, divided by the third.
public struct PlaneMap: Sendable, Hashable {
    /// Nine numbers, row by row.
    var elements: [Double]

    init(elements: [Double]) { self.elements = elements }

    /// A map of a matrix, row by row: `(x, y)` becomes `(a x + b y + c, d x + e y + f)`, divided by `g x + h y + 1`.
    ///
    /// - Parameters:
    ///   - across: `a`, `b` and `c`.
    ///   - down: `d`, `e` and `f`.
    ///   - perspective: `g` and `h`; 0 by default, for maps that keep parallel lines parallel.
    public init(
        across: (Double, Double, Double), down: (Double, Double, Double), perspective: (Double, Double) = (0, 0)
    ) {
        elements = [across.0, across.1, across.2, down.0, down.1, down.2, perspective.0, perspective.1, 1]
    }

    /// Scales along the axes, then moves.
    public init(x: Double, y: Double, movedBy offset: (x: Double, y: Double) = (0, 0)) {
        self = .scaling(x: x, y: y, thenMovingBy: offset)
    }

    /// The map that leaves everything where it is.
    public static let identity = PlaneMap(elements: [1, 0, 0, 0, 1, 0, 0, 0, 1])

    /// The map that does `right` first, then `left`.
    public static func * (left: PlaneMap, right: PlaneMap) -> PlaneMap {
        var product = [Double](repeating: 0, count: 9)
        for row in 0..<3 {
            for column in 0..<3 {
                for k in 0..<3 {
                    product[3 * row + column] += left.elements[3 * row + k] * right.elements[3 * k + column]
                }
            }
        }
        return PlaneMap(elements: product)
    }

    /// Where a point goes.
    public func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let m = elements
        let z = m[6] * x + m[7] * y + m[8]
        return ((m[0] * x + m[1] * y + m[2]) / z, (m[3] * x + m[4] * y + m[5]) / z)
    }

    /// The map that undoes this one, up to a factor that a plane map does not feel.
    public var inverse: PlaneMap {
        let m = elements
        return PlaneMap(elements: [
            m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
            m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
            m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
        ])
    }

    /// Scales and moves along the axes.
    static func scaling(x: Double, y: Double, thenMovingBy offset: (x: Double, y: Double) = (0, 0)) -> PlaneMap {
        PlaneMap(elements: [x, 0, offset.x, 0, y, offset.y, 0, 0, 1])
    }

    /// From pixels of a picture, whole numbers at their centers, to coordinates in which the centers of its outermost
    /// pixels are at -1 and 1. The only pixel of a row or column is at 0.
    static func fromPixels(of size: ImageSize) -> PlaneMap {
        func scale(_ side: Int) -> Double { side > 1 ? 2 / Double(side - 1) : 0 }
        func start(_ side: Int) -> Double { side > 1 ? -1 : 0 }
        return scaling(
            x: scale(size.width), y: scale(size.height), thenMovingBy: (start(size.width), start(size.height)))
    }

    /// The way back from ``fromPixels(of:)``.
    static func toPixels(of size: ImageSize) -> PlaneMap {
        let (x, y) = (Double(size.width - 1) / 2, Double(size.height - 1) / 2)
        return scaling(x: x, y: y, thenMovingBy: (x, y))
    }

    /// The map with the corners (-1, -1), (-1, 1), (1, -1) and (1, 1) going to four points.
    ///
    /// After Heckbert, "Fundamentals of Texture Mapping and Image Warping" (1989), section 2.2.3. Nil when three of the
    /// points lie on a line.
    static func corners(to points: [(x: Double, y: Double)]) -> PlaneMap? {
        let (p00, p01, p10, p11) = (points[0], points[1], points[2], points[3])
        // From the unit square: (0, 0), (0, 1), (1, 0), (1, 1).
        let (dx1, dy1) = (p10.x - p11.x, p10.y - p11.y)
        let (dx2, dy2) = (p01.x - p11.x, p01.y - p11.y)
        let (sx, sy) = (p00.x - p10.x + p11.x - p01.x, p00.y - p10.y + p11.y - p01.y)
        let determinant = dx1 * dy2 - dx2 * dy1
        guard abs(determinant) > 1e-12 else { return nil }
        let g = (sx * dy2 - dx2 * sy) / determinant
        let h = (dx1 * sy - sx * dy1) / determinant
        let square = PlaneMap(elements: [
            p10.x - p00.x + g * p10.x, p01.x - p00.x + h * p01.x, p00.x,
            p10.y - p00.y + g * p10.y, p01.y - p00.y + h * p01.y, p00.y,
            g, h, 1,
        ])
        return square * scaling(x: 0.5, y: 0.5, thenMovingBy: (0.5, 0.5))
    }
}
