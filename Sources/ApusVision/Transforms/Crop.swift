// Item transforms that cut without scaling: CropPad and RandomCrop.
import ApusCore

/// Takes the middle of a picture, or surrounds it with margins where it is smaller than the result.
///
///     CropPad(224)
public struct CropPad: ItemTransform {
    public static let storedName = "CropPad"

    public let size: ImageSize
    /// What fills up the margins.
    public let padMode: PadMode

    /// - Parameter padMode: `.zeros` by default.
    public init(_ size: ImageSize, padMode: PadMode = .zeros) {
        self.size = size
        self.padMode = padMode
    }

    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels.
    public func check() throws { try size.check("CropPad: a cut image") }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        try renderPicture(&values) { .cut(of: $0, to: size, padding: padMode) }
    }
}

/// Takes a random part of a picture, of which margins may be a part; in validation the middle.
///
/// With margins it is the usual augmentation of small pictures:
///
///     RandomCrop(32, padding: 4, padMode: .reflection)     // CIFAR: a picture of 32 pixels moves by up to 4
public struct RandomCrop: ItemTransform {
    public static let storedName = "RandomCrop"

    public let size: ImageSize
    /// The margins at every side, in pixels; training only.
    public let padding: Int
    /// What fills up the margins.
    public let padMode: PadMode

    /// - Parameters:
    ///   - padding: Margins at every side, in pixels; 0 by default.
    ///   - padMode: `.zeros` by default.
    public init(_ size: ImageSize, padding: Int = 0, padMode: PadMode = .zeros) {
        self.size = size
        self.padding = padding
        self.padMode = padMode
    }

    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels or a negative margin.
    public func check() throws {
        try size.check("RandomCrop: a cut image")
        guard padding >= 0, padding <= Image.pixelLimit else {
            throw ImageError.invalidValue("RandomCrop: a margin has at least 0 pixels; \(padding) was given.")
        }
    }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        let draw = isTraining ? (x: random.uniform(), y: random.uniform()) : nil
        try renderPicture(&values) {
            .cut(of: $0, to: size, padding: padMode, margin: isTraining ? padding : 0, draw: draw)
        }
    }
}

extension ImageGeometry {
    /// A part of a picture as it is.
    ///
    /// - Parameters:
    ///   - margin: How far outside the picture the part may begin and end.
    ///   - draw: Where it lies among all possible places, 0 to 1; the middle without one, as in fastai.
    static func cut(
        of source: ImageSize, to size: ImageSize, padding: PadMode, margin: Int = 0, draw: (x: Double, y: Double)? = nil
    ) -> ImageGeometry {
        func start(_ side: Int, _ extent: Int, _ draw: Double?) -> Int {
            let free = side + 2 * margin - extent
            guard let draw else { return Int((Double(free) / 2).rounded(.down)) - margin }
            // One of the places 0...free, or free...0 where the result is larger.
            return min(free, 0) + Int(draw * Double(abs(free) + 1)) - margin
        }
        return ImageGeometry(
            rectangle: PixelRectangle(
                x: start(source.width, size.width, draw?.x), y: start(source.height, size.height, draw?.y),
                width: size.width, height: size.height), padding: padding, scaled: size)
    }
}
