// What moves with a picture: the values of an item that an item transform brings through one geometry.
import ApusCore

/// A value of an item that lies on its picture: the picture itself, a mask, points, boxes.
protocol PictureValue: Sendable {
    /// The value on the picture that a geometry makes.
    ///
    /// - Parameter full: The size of the picture for which the geometry was made.
    func rendered(_ geometry: ImageGeometry, of full: ImageSize) throws -> Self

    /// The value on the picture turned by quarter turns and mirrored.
    func turned(by symmetry: SquareSymmetry) -> Self
}

extension Image: PictureValue {
    func rendered(_ geometry: ImageGeometry, of full: ImageSize) throws -> Image {
        try rendered(geometry, reducedFrom: full)
    }
}

/// Brings all that lies on an item's picture through the geometry that is made for the first picture's full size: one
/// geometry, so that a mask is cut where its picture is, whatever scale that was decoded at. A further picture of
/// another shape has a geometry of its own, from the same draw, as in fastai.
func renderPicture(_ values: inout [any Sendable], geometry: (ImageSize) -> ImageGeometry) throws {
    guard let full = values.lazy.compactMap({ ($0 as? Image)?.fullSize }).first else { return }
    let shared = geometry(full)
    for index in values.indices {
        guard let value = values[index] as? any PictureValue else { continue }
        if let own = (value as? Image)?.fullSize, !own.hasShape(of: full) {
            values[index] = try value.rendered(geometry(own), of: own)
        } else {
            values[index] = try value.rendered(shared, of: full)
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
