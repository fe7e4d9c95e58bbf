// Predictions drawn on pictures of their files' sizes: classes of a mask, points.
import ApusPlot

extension Mask {
    /// The mask at another size, by nearest pixels, so that no new classes appear.
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels.
    public func resized(to size: ImageSize) throws(ImageError) -> Mask {
        Mask(try image.resized(to: size, method: .squish, interpolation: .nearest))
    }

    /// The colors of the classes over a picture of the same size, half of each.
    ///
    /// - Parameter background: The class that is not colored.
    public func drawn(on picture: Image, background: Int?) throws(ImageError) -> Image {
        let colors = (0..<256).map { Overlay.color(ofClass: $0).bytes }
        var bytes = picture.withoutAlpha().converted(to: .color).bytes
        guard picture.size == size else {
            throw .invalidValue("A mask of \(size) pixels is drawn on a picture of that size, not of \(picture.size).")
        }
        for (place, index) in indices.enumerated() where Int(index) != background {
            let color = colors[Int(index)]
            for channel in 0..<3 {
                bytes[3 * place + channel] = UInt8((Int(bytes[3 * place + channel]) + Int(color[channel]) + 1) / 2)
            }
        }
        return try Image(width: width, height: height, channels: 3, bytes: bytes)
    }
}

extension Image {
    /// The picture with a disc at each of some places in its pixels, as large as can be seen.
    public func marked(at points: [ImagePoint]) throws(ImageError) -> Image {
        var marked = withoutAlpha().converted(to: .color).bytes
        let radius = max(2, Double(max(width, height)) / 100)
        let color = Overlay.color(ofClass: 1).bytes
        for point in points where point.x.isFinite && point.y.isFinite {
            func range(_ center: Double, _ side: Int) -> Range<Int> {
                let reach = 1.5 * radius + 1
                let low = max(0, min(Double(side), (center - reach).rounded(.down)))
                let high = max(low, min(Double(side), (center + reach).rounded(.up)))
                return Int(low)..<Int(high)
            }
            for y in range(point.y, height) {
                for x in range(point.x, width) {
                    let (across, down) = (Double(x) + 0.5 - point.x, Double(y) + 0.5 - point.y)
                    let distance = (across * across + down * down).squareRoot()
                    guard distance <= 1.5 * radius else { continue }
                    for channel in 0..<3 {
                        marked[3 * (y * width + x) + channel] = distance <= radius ? color[channel] : 255
                    }
                }
            }
        }
        return try Image(width: width, height: height, channels: 3, bytes: marked)
    }
}

extension Color {
    fileprivate var bytes: [UInt8] { [red, green, blue].map { UInt8(min(max(255 * $0, 0), 255)) } }
}
