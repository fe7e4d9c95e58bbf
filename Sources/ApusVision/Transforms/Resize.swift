// The item transforms that resize: Resize and RandomResizedCrop to one size, RatioResize to one longer side.
import ApusCore
import Foundation

/// Brings a picture to a size.
///
/// The crop (or the picture within its padding) lies at a random place in training and in the middle in validation.
/// As in fastai, the default cuts off what sticks out.
///
///     Resize(224)                                  // crop
///     Resize(224, .squish)
///     Resize(224, .pad, padMode: .zeros)
///     Resize(height: 200, width: 300)
public struct Resize: ItemTransform {
    public static let storedName = "Resize"

    public let size: ImageSize
    /// What happens to pictures of another shape.
    public let method: ResizeMethod
    /// What fills up the margins of `.pad`; nil for `.reflection`.
    public let padMode: PadMode?

    /// - Parameters:
    ///   - size: A side of a square, or an ``ImageSize``.
    ///   - method: `.crop` by default.
    ///   - padMode: For `.pad`, `.reflection` by default; refused for the other methods, which leave no margins.
    public init(_ size: ImageSize, _ method: ResizeMethod = .crop, padMode: PadMode? = nil) {
        self.size = size
        self.method = method
        self.padMode = padMode
    }

    public init(height: Int, width: Int, _ method: ResizeMethod = .crop, padMode: PadMode? = nil) {
        self.init(ImageSize(height: height, width: width), method, padMode: padMode)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let method = try container.decode(ResizeMethod.self, forKey: .method)
        // Earlier files tell a mode for every method.
        self.init(
            try container.decode(ImageSize.self, forKey: .size), method,
            padMode: method == .pad ? try container.decodeIfPresent(PadMode.self, forKey: .padMode) : nil)
    }

    public func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)? { (size.height, size.width) }

    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels, or a `padMode` that would do nothing.
    public func check() throws {
        try size.check("Resize: a resized image")
        if let padMode, method != .pad {
            throw ImageError.invalidValue(
                "Resize: padMode: .\(padMode) is for the margins of .pad; .\(method) leaves none. Leave padMode out, or "
                    + "resize with .pad.")
        }
    }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        let position = isTraining ? (x: random.uniform(), y: random.uniform()) : (x: 0.5, y: 0.5)
        try renderPicture(&values) { source in
            .resize(of: source, to: size, method: method, padding: padMode ?? .reflection, position: position)
        }
    }
}

/// Brings the longer side of a picture to a length and keeps the proportions, so that pictures of different shapes have
/// different sizes.
///
///     RatioResize(500)
public struct RatioResize: ItemTransform {
    public static let storedName = "RatioResize"

    /// The longer side of the result in pixels.
    public let maxSize: Int

    public init(_ maxSize: Int) { self.maxSize = maxSize }

    public func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)? { (maxSize, maxSize) }

    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels.
    public func check() throws { try ImageSize(maxSize).check("RatioResize: a resized image") }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        try renderPicture(&values) { .resize(of: $0, to: size(for: $0), method: .crop) }
    }

    /// The shorter side is cut off to whole pixels, as in fastai.
    func size(for source: ImageSize) -> ImageSize {
        func shorter(_ side: Int, _ longer: Int) -> Int { max(1, side * maxSize / longer) }
        return source.width >= source.height
            ? ImageSize(height: shorter(source.height, source.width), width: maxSize)
            : ImageSize(height: maxSize, width: shorter(source.width, source.height))
    }
}

/// Takes a random part of a picture and brings it to a size; in validation the whole picture with its rim cut off.
///
/// Ten attempts are made at a part that fits into the picture, then the middle is taken, as in fastai. From "Going
/// deeper with convolutions" (Szegedy and others, 2014).
///
///     RandomResizedCrop(224, minScale: 0.35)
public struct RandomResizedCrop: ItemTransform {
    public static let storedName = "RandomResizedCrop"

    public let size: ImageSize
    /// The least part of the picture's area.
    public let minScale: Double
    /// The largest part of the picture's area.
    public let maxScale: Double
    /// The range of the part's width over its height.
    public let ratio: ClosedRange<Double>
    /// In validation, how much larger than `size` the picture is made before its middle is taken.
    public let validationExtra: Double

    /// - Parameters:
    ///   - minScale: 0.08 by default.
    ///   - maxScale: 1 by default.
    ///   - ratio: 3/4 to 4/3 by default.
    ///   - validationExtra: 0.14 by default.
    public init(
        _ size: ImageSize, minScale: Double = 0.08, maxScale: Double = 1,
        ratio: ClosedRange<Double> = 3.0 / 4.0...4.0 / 3.0, validationExtra: Double = 0.14
    ) {
        self.size = size
        self.minScale = minScale
        self.maxScale = maxScale
        self.ratio = ratio
        self.validationExtra = validationExtra
    }

    /// The size at which even the smallest and thinnest part has as many pixels as the result.
    public func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)? {
        guard isTraining else {
            let whole = ImageGeometry.validationCrop(of: size, to: size, validationExtra: validationExtra).scaled
            return (whole.height, whole.width)
        }
        func needed(_ side: Int, _ thinnest: Double) -> Int {
            let scale = (minScale * thinnest).squareRoot()
            return scale > 0 ? Int(max(0, min(Double(side) / scale, 1e6)).rounded(.up)) : 1_000_000
        }
        return (needed(size.height, min(1, 1 / ratio.upperBound)), needed(size.width, min(1, ratio.lowerBound)))
    }

    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels, scales or ratios that fit no picture.
    public func check() throws {
        try size.check("RandomResizedCrop: a resized image")
        guard minScale > 0, minScale <= maxScale, maxScale <= 1 else {
            throw ImageError.invalidValue(
                "RandomResizedCrop: the scales are parts of the area with 0 < minScale <= maxScale <= 1; "
                    + "\(minScale) and \(maxScale) were given.")
        }
        guard ratio.lowerBound > 0, ratio.upperBound.isFinite, (0...100).contains(validationExtra) else {
            throw ImageError.invalidValue(
                "RandomResizedCrop: ratios of width to height are above 0 and validationExtra is from 0 to 100; "
                    + "\(ratio) and \(validationExtra) were given.")
        }
    }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        guard isTraining else {
            return try renderPicture(&values) { source in
                .validationCrop(of: source, to: size, validationExtra: validationExtra)
            }
        }
        let draws = (0..<10).map { _ in
            CropDraw(area: random.uniform(), ratio: random.uniform(), x: random.uniform(), y: random.uniform())
        }
        try renderPicture(&values) { source in
            .randomResizedCrop(
                of: source, to: size, minScale: minScale, maxScale: maxScale, ratio: ratio, draws: draws)
        }
    }
}
