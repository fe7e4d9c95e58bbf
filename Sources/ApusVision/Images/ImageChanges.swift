// Making good pictures bad: marks, JPEG's traces, noise, fewer pixels; what a restoring model learns to undo.
import ApusCore
import ApusPlot
import Foundation

extension ImageSize {
    /// The size of the same shape whose shorter side has so many pixels.
    public func scaled(shorterSide: Int) -> ImageSize {
        let shorter = max(1, min(width, height))
        func side(_ side: Int) -> Int { max(1, Int((Double(side) * Double(shorterSide) / Double(shorter)).rounded())) }
        return ImageSize(height: side(height), width: side(width))
    }
}

extension Image {
    /// The picture in its shape, at a size whose shorter side has so many pixels.
    ///
    ///     let small = try Image(contentsOf: photo).resized(shorterSide: 96)
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for less than 1 pixel.
    public func resized(shorterSide: Int, interpolation: Interpolation = .bilinear) throws(ImageError) -> Image {
        guard shorterSide > 0 else {
            throw .invalidValue("A side has at least 1 pixel; \(shorterSide) was given.")
        }
        return try resized(to: size.scaled(shorterSide: shorterSide), method: .squish, interpolation: interpolation)
    }

    /// The picture as it is after it was a JPEG of a quality, with the traces of that.
    ///
    /// - Parameter quality: 1 to 100; below 50 the traces are seen.
    /// - Throws: ``ImageError/invalidValue(_:)`` for another quality.
    public func compressed(quality: Int) throws(ImageError) -> Image {
        let mode: Mode = colors == 1 ? .grayscale : .color
        return try Image(data: encoded(as: .jpeg(quality: quality)), mode: mode)
    }

    /// The picture with texts, lines, boxes and blots drawn into it; alpha is left out.
    ///
    ///     let marked = try image.drawn([.text("37", x: 8, y: 8, size: 20), .blot(x: 40, y: 30, radius: 6)])
    ///
    /// - Throws: `PlotError` for numbers that are not finite.
    public func drawn(_ marks: [PictureMark]) throws -> Image {
        let drawn = try PlotImage(self).drawn(marks)
        let image = try Image(width: width, height: height, channels: 3, bytes: drawn.pixels)
        return image.converted(to: colors == 1 ? .grayscale : .color)
    }

    /// The picture with normally distributed noise on each number of its colors, the same one for a seed.
    ///
    /// - Parameter deviation: In levels of 0 to 255; 10 is seen.
    public func noisy(deviation: Double, seed: Int = 0) throws(ImageError) -> Image {
        guard deviation >= 0, deviation.isFinite else {
            throw .invalidValue("Noise has a deviation of 0 or more; \(deviation) was given.")
        }
        var random = SeededRandom(seed: seed)
        let colors = colors
        let levels = bytes.enumerated().map { place, level in
            place % channels < colors
                ? UInt8(max(0, min(255, (Double(level) + deviation * random.normal()).rounded()))) : level
        }
        return Image(width: width, height: height, channels: channels, decoded: levels, fullSize: fullSize)
    }
}
