// Pictures in figures.
import ApusCore
import ApusPlot

extension PlotImage {
    /// A picture for a figure, on white where it can be seen through.
    ///
    /// - Throws: `PlotError.badImage` when a side has more than 30 000 pixels.
    public init(_ image: Image) throws(PlotError) {
        let image = image.withoutAlpha()
        try self.init(width: image.width, height: image.height, channels: image.channels, pixels: image.bytes)
    }
}

extension ImageBlock {
    public func appearance(of value: Image, on picture: PlotImage?) throws -> Appearance {
        .image(try PlotImage(value))
    }
}
