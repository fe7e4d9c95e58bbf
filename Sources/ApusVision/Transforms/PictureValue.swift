// What moves with a picture: the values of an item that an item transform takes along.
import ApusCore

/// A value of an item that lies on its picture and moves with it when an item transform cuts, scales, mirrors or turns
/// the picture: the picture itself, a mask, points, boxes, or a value of one's own.
///
/// A block whose kind lies on a picture (`.points`, for example) has values of this kind; otherwise loaders with item
/// transforms are refused. Batch transforms need nothing of it, since they move the block's tensors by their kind.
///
/// ```swift
/// struct Eyes: PictureValue {
///     var left, right: ImagePoint                    // from -1 at the left and upper edge to 1 at the others
///     func moved(by move: PictureMove) -> Eyes {
///         Eyes(left: move.moved(left), right: move.moved(right))
///     }
/// }
/// ```
public protocol PictureValue: Sendable {
    /// The value on the moved picture.
    func moved(by move: PictureMove) throws -> Self
}

/// What an item transform does to one picture: where each place of it comes to lie.
public struct PictureMove: Sendable {
    private enum Form {
        /// A part of the picture is cut out and scaled.
        case cut(ImageGeometry)
        /// The picture is mirrored or turned by quarter turns.
        case turn(SquareSymmetry)
    }
    private let form: Form
    /// The size of the picture before the move, in its file's pixels: what pixels of a label relate to.
    public let source: ImageSize
    /// The size of the picture after the move.
    public let result: ImageSize

    /// A part of a picture that is cut out and scaled.
    ///
    /// - Parameters:
    ///   - part: In pixels of the source; it may reach beyond the picture.
    ///   - size: What the part is scaled to.
    ///   - padding: What stands beyond the picture; black by default.
    ///   - source: The picture's size.
    public init(
        cutting part: PixelRectangle, scaledTo size: ImageSize, padding: PadMode = .zeros, of source: ImageSize
    ) {
        self.init(ImageGeometry(rectangle: part, padding: padding, scaled: size), of: source)
    }

    init(_ geometry: ImageGeometry, of source: ImageSize) {
        form = .cut(geometry)
        self.source = source
        result = ImageSize(height: geometry.window.height, width: geometry.window.width)
    }

    init(_ symmetry: SquareSymmetry, of source: ImageSize) {
        form = .turn(symmetry)
        self.source = source
        result = symmetry(source)
    }

    /// Where a place comes to lie; it may be outside the picture.
    ///
    /// - Parameter place: From -1 at the picture's left and upper edge to 1 at the right and lower one, as the result.
    public func moved(_ place: ImagePoint) -> ImagePoint {
        let (x, y) =
            switch form {
            case .cut(let geometry): geometry.moved(place.x, place.y, of: source)
            case .turn(let symmetry): symmetry(place.x, place.y)
            }
        return ImagePoint(x: x, y: y)
    }

    /// The picture after the move.
    ///
    /// - Parameters:
    ///   - image: The picture at any scale.
    ///   - interpolation: `.nearest` for numbers that must not be blended, such as classes; `.bilinear` by default.
    public func moved(_ image: Image, interpolation: Image.Interpolation = .bilinear) throws -> Image {
        switch form {
        case .cut(let geometry): try image.rendered(geometry, interpolation: interpolation, reducedFrom: source)
        case .turn(let symmetry): image.turned(by: symmetry)
        }
    }
}

extension PictureMove {
    /// The raster after the move.
    ///
    /// - Parameter interpolation: `.nearest` for numbers that must not be blended; `.bilinear` by default.
    public func moved(_ raster: Raster, interpolation: Image.Interpolation = .bilinear) throws -> Raster {
        switch form {
        case .cut(let geometry): try raster.rendered(geometry, interpolation: interpolation)
        case .turn(let symmetry): raster.turned(by: symmetry)
        }
    }
}

extension Image: PictureValue {
    public func moved(by move: PictureMove) throws -> Image { try move.moved(self) }
}

/// A value that is a picture itself, to whose size in its file all else on it relates.
protocol SizedPicture: PictureValue {
    var fullSize: ImageSize { get }
}

extension Image: SizedPicture {}

/// Brings all that lies on an item's picture through the geometry that is made for the first picture's full size: one
/// geometry, so that a mask is cut where its picture is, whatever scale that was decoded at. A further picture of
/// another shape has a geometry of its own, from the same draw, as in fastai.
func renderPicture(_ values: inout [any Sendable], geometry: (ImageSize) -> ImageGeometry) throws {
    try movePicture(&values) { PictureMove(geometry($0), of: $0) }
}

/// Moves all that lies on an item's picture, by the move that is made for a picture's full size: what a custom item
/// transform does.
///
/// ```swift
/// /// Leaves a margin out.
/// struct Inner: ItemTransform {
///     static let storedName = "Inner"
///     var margin = 8
///     func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
///         try movePicture(&values) { size in
///             let inner = ImageSize(height: size.height - 2 * margin, width: size.width - 2 * margin)
///             return PictureMove(
///                 cutting: PixelRectangle(x: margin, y: margin, width: inner.width, height: inner.height),
///                 scaledTo: inner, of: size)
///         }
///     }
/// }
/// ```
public func movePicture(_ values: inout [any Sendable], _ move: (ImageSize) -> PictureMove) throws {
    guard let full = values.lazy.compactMap({ ($0 as? any SizedPicture)?.fullSize }).first else { return }
    let shared = move(full)
    for index in values.indices {
        guard let value = values[index] as? any PictureValue else { continue }
        if let own = (value as? any SizedPicture)?.fullSize, !own.hasShape(of: full) {
            values[index] = try value.moved(by: move(own))
        } else {
            values[index] = try value.moved(by: shared)
        }
    }
}

extension ImageSize {
    /// Whether one of two pictures may be the other one scaled, its sides rounded to whole pixels.
    fileprivate func hasShape(of other: ImageSize) -> Bool { isScaled(from: other) || other.isScaled(from: self) }

    private func isScaled(from other: ImageSize) -> Bool {
        abs(Double(width) - Double(height * other.width) / Double(other.height)) <= 1
            || abs(Double(height) - Double(width * other.height) / Double(other.width)) <= 1
    }
}

extension ImageGeometry {
    /// Where a place of the source comes to lie, both from -1 at a picture's left and upper edge to 1 at the others.
    func moved(_ x: Double, _ y: Double, of full: ImageSize) -> (x: Double, y: Double) {
        func moved(_ at: Double, _ side: Int, _ start: Int, _ extent: Int, _ scaled: Int, _ first: Int, _ count: Int)
            -> Double
        {
            let pixel = (at + 1) / 2 * Double(side) - Double(start)
            return 2 * (pixel * Double(scaled) / Double(extent) - Double(first)) / Double(count) - 1
        }
        return (
            moved(x, full.width, rectangle.x, rectangle.width, scaled.width, window.x, window.width),
            moved(y, full.height, rectangle.y, rectangle.height, scaled.height, window.y, window.height)
        )
    }
}
