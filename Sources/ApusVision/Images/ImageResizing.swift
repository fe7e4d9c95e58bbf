// Scaling, cropping, padding and mirroring pictures.
import CVips
import Foundation

extension Image {
    /// How pixels are made from others.
    public enum Interpolation: String, Sendable, Hashable, Codable {
        /// A triangle filter that widens when shrinking ("bilinear with antialiasing"); for photographs.
        case bilinear
        /// The nearest pixel, so that no new values appear; for masks.
        case nearest
    }

    /// The picture at another size, as fastai's `Resize` gives it.
    ///
    ///     let square = try image.resized(to: 224)
    ///     let wide = try image.resized(to: ImageSize(height: 200, width: 300), method: .pad, padding: .border)
    ///
    /// - Parameters:
    ///   - method: What happens when the shapes differ; `.crop` by default.
    ///   - padding: What fills the margins of `.pad`; `.reflection` by default.
    ///   - position: Where the crop lies along its free play, 0 for left or top and 1 for right or bottom; the center by
    ///     default.
    ///   - interpolation: `.bilinear` by default.
    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels or a position outside 0 to 1.
    public func resized(
        to size: ImageSize, method: ResizeMethod = .crop, padding: PadMode = .reflection,
        position: (x: Double, y: Double) = (0.5, 0.5), interpolation: Interpolation = .bilinear
    ) throws(ImageError) -> Image {
        try size.check("A resized image")
        guard (0...1).contains(position.x), (0...1).contains(position.y) else {
            throw .invalidValue("A position lies between 0 and 1; (\(position.x), \(position.y)) was given.")
        }
        let geometry = ImageGeometry.resize(
            of: self.size, to: size, method: method, padding: padding, position: position)
        return try rendered(geometry, interpolation: interpolation)
    }

    /// The part of the picture whose upper left corner is (`x`, `y`).
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` when the part has no pixels or reaches outside the picture.
    public func cropped(x: Int, y: Int, width: Int, height: Int) throws(ImageError) -> Image {
        try ImageSize(height: height, width: width).check("A crop")
        guard x >= 0, y >= 0, width <= self.width - x, height <= self.height - y else {
            throw .invalidValue(
                "A crop of \(width) x \(height) pixels at (\(x), \(y)) reaches outside an image of \(size) pixels; "
                    + "pad the image first.")
        }
        let part = PixelRectangle(x: x, y: y, width: width, height: height)
        return try rendered(
            ImageGeometry(rectangle: part, scaled: ImageSize(height: height, width: width)), interpolation: .nearest)
    }

    /// The picture with margins of so many pixels.
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for a negative margin or a size beyond ``pixelLimit``.
    public func padded(
        left: Int, top: Int, right: Int, bottom: Int, mode: PadMode = .zeros
    ) throws(ImageError) -> Image {
        let margins = [left, top, right, bottom]
        guard margins.allSatisfy({ (0...Image.pixelLimit).contains($0) }) else {
            throw .invalidValue("A margin has at least 0 pixels; (\(left), \(top), \(right), \(bottom)) were given.")
        }
        let size = ImageSize(height: top + height + bottom, width: left + width + right)
        try size.check("A padded image")
        let whole = PixelRectangle(x: -left, y: -top, width: size.width, height: size.height)
        return try rendered(
            ImageGeometry(rectangle: whole, padding: mode, scaled: size), interpolation: .nearest)
    }

    /// An axis to mirror a picture along.
    public enum FlipDirection: Sendable, Hashable {
        /// Left becomes right.
        case horizontal
        /// Top becomes bottom.
        case vertical
    }

    /// The picture mirrored.
    public func flipped(_ direction: FlipDirection = .horizontal) -> Image {
        let stride = width * channels
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for y in 0..<height {
            switch direction {
            case .vertical:
                let start = (height - 1 - y) * stride
                result.append(contentsOf: bytes[start..<start + stride])
            case .horizontal:
                for x in (0..<width).reversed() {
                    let start = y * stride + x * channels
                    result.append(contentsOf: bytes[start..<start + channels])
                }
            }
        }
        return Image(width: width, height: height, channels: channels, decoded: result)
    }

    /// Makes the picture that a geometry describes, touching only the pixels it needs.
    ///
    /// - Parameter reduction: The size of the picture for which the geometry was made, when this one was decoded at a
    ///   reduced scale.
    func rendered(
        _ geometry: ImageGeometry, interpolation: Interpolation = .bilinear, reducedFrom full: ImageSize? = nil
    ) throws(ImageError) -> Image {
        try geometry.check(for: size, full: full ?? size)
        var native = cvips_geometry(geometry, picture: size, full: full ?? size)
        native.nearest = interpolation == .nearest ? 1 : 0
        let count = geometry.window.width * geometry.window.height * channels
        var failure = cvips_failure()
        var isDone = false
        let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            isDone =
                bytes.withUnsafeBufferPointer { pixels in
                    cvips_resample(
                        pixels.baseAddress, Int32(width), Int32(height), Int32(channels), &native, buffer.baseAddress,
                        &failure)
                } != 0
            initialized = isDone ? count : 0
        }
        guard isDone else { throw ImageError(failure, file: "The image of \(size) pixels") }
        return Image(
            width: geometry.window.width, height: geometry.window.height, channels: channels, decoded: result)
    }

    /// Reads a file and makes the picture that a geometry describes, decoding at a reduced scale where that loses
    /// nothing.
    ///
    /// - Parameter geometry: Gives the geometry for the size of the picture in the file.
    init(
        contentsOf file: URL, mode: Mode = .color, interpolation: Interpolation = .bilinear,
        geometry: (ImageSize) -> ImageGeometry
    ) throws(ImageError) {
        var source = try ImageSource(file: file, applyingOrientation: true)
        let full = source.size
        let wanted = geometry(full)
        if interpolation == .bilinear { try source.reduce(toAtLeast: wanted.neededSize(of: full)) }
        self = try source.pixels(mode: mode).rendered(wanted, interpolation: interpolation, reducedFrom: full)
    }
}

extension cvips_padding {
    init(_ mode: PadMode) {
        self =
            switch mode {
            case .zeros: CVIPS_ZEROS
            case .border: CVIPS_BORDER
            case .reflection: CVIPS_REFLECTION
            }
    }
}

extension cvips_geometry {
    /// - Parameters:
    ///   - picture: The size of the picture at hand.
    ///   - full: The size of the picture that the geometry speaks of.
    init(_ geometry: ImageGeometry, picture: ImageSize, full: ImageSize) {
        self.init()
        let across = Axis(
            start: geometry.rectangle.x, extent: geometry.rectangle.width, side: picture.width, full: full.width)
        let down = Axis(
            start: geometry.rectangle.y, extent: geometry.rectangle.height, side: picture.height, full: full.height)
        (crop_x, crop_width, left, right) = (across.crop, across.cropExtent, across.before, across.after)
        (crop_y, crop_height, top, bottom) = (down.crop, down.cropExtent, down.before, down.after)
        (box_x, box_width) = (across.boxStart, across.boxExtent)
        (box_y, box_height) = (down.boxStart, down.boxExtent)
        padding = cvips_padding(geometry.padding)
        (scaled_width, scaled_height) = (Int32(geometry.scaled.width), Int32(geometry.scaled.height))
        (window_x, window_y) = (Int32(geometry.window.x), Int32(geometry.window.y))
        (window_width, window_height) = (Int32(geometry.window.width), Int32(geometry.window.height))
    }

    /// One side of the geometry: the pixels taken, those added before and after, and the part of both that counts.
    private struct Axis {
        var crop, cropExtent, before, after: Int32
        var boxStart, boxExtent: Double

        init(start: Int, extent: Int, side: Int, full: Int) {
            let scale = Double(side) / Double(full)
            let isInside = start >= 0 && start + extent <= full
            let exactStart = Double(start) * scale
            let exactEnd = Double(start + extent) * scale
            let first = Int(isInside ? exactStart.rounded(.down) : exactStart.rounded())
            let end = max(first + 1, Int(isInside ? exactEnd.rounded(.up) : exactEnd.rounded()))
            let cropStart = min(max(first, 0), side - 1)
            let cropEnd = max(min(end, side), cropStart + 1)
            crop = Int32(cropStart)
            cropExtent = Int32(cropEnd - cropStart)
            before = Int32(max(0, -first))
            after = Int32(max(0, end - side))
            boxStart = isInside ? exactStart - Double(first) : 0
            boxExtent = isInside ? exactEnd - exactStart : Double(Int(before) + Int(cropExtent) + Int(after))
        }
    }
}
