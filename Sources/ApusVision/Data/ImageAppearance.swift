// Pictures, masks and rasters in figures.
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

extension PlotImage {
    /// The classes of a mask as colors, those of `Overlay.color(ofClass:)`; the background is white.
    ///
    /// - Parameter background: The class that is left white; 0 by default, nil for none.
    /// - Throws: `PlotError.badImage` when a side has more than 30,000 pixels.
    public init(_ mask: Mask, background: Int? = 0) throws(PlotError) {
        let colors = (0...255).map { index -> [UInt8] in
            let color = index == background ? Color.white : Overlay.color(ofClass: index)
            return [color.red, color.green, color.blue].map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
        }
        try self.init(
            width: mask.width, height: mask.height, channels: 3, pixels: mask.indices.flatMap { colors[Int($0)] })
    }

    /// A raster for a figure: its first three channels as red, green and blue where there are three or more, else the first one
    /// as gray, from the smallest number to the largest.
    ///
    /// - Throws: `PlotError.badImage` when a side has more than 30,000 pixels.
    public init(_ raster: Raster) throws {
        let shown = raster.channels >= 3 ? 3 : 1
        try self.init(raster.tensor.narrow(dim: 0, start: 0, length: shown))
    }
}

extension Figure {
    /// A picture, with a mask on it where one is given, in one call.
    ///
    /// ```swift
    /// try Figure.image(photo, mask: prediction.mask).show()
    /// ```
    /// - Parameters:
    ///   - mask: Classes that are drawn on the picture, stretched over it; class 0 stays clear.
    ///   - scaling: How the picture's pixels are shown; `.automatic` by default.
    /// - Throws: `PlotError.badImage` when a side has more than 30,000 pixels.
    public static func image(
        _ image: Image, mask: Mask? = nil, title: String = "", scaling: ImageScaling = .automatic
    ) throws(PlotError) -> Figure {
        .image(
            try PlotImage(image), title: title, overlays: mask.map { [.mask($0.rows)] } ?? [], scaling: scaling)
    }

    /// A mask alone, its classes as colors.
    ///
    /// - Parameter background: The class that is left white; 0 by default, nil for none.
    /// - Throws: `PlotError.badImage` when a side has more than 30,000 pixels.
    public static func image(_ mask: Mask, title: String = "", background: Int? = 0) throws(PlotError) -> Figure {
        .image(try PlotImage(mask, background: background), title: title, scaling: .nearest)
    }

    /// A raster: its first three channels as colors where there are three or more, else its first one as gray, or through a
    /// color map.
    ///
    /// - Parameters:
    ///   - colorMap: Colors for the numbers of the first channel; nil, the default, for gray or the raster's own colors.
    ///   - limits: The numbers at the ends; the smallest and the largest by default.
    /// - Throws: `PlotError` for limits without a width, or a side of more than 30,000 pixels.
    public static func image(
        _ raster: Raster, title: String = "", colorMap: ColorMap? = nil, limits: ClosedRange<Double>? = nil,
        scaling: ImageScaling = .automatic
    ) throws -> Figure {
        let shown = raster.channels >= 3 && colorMap == nil ? 3 : 1
        return try .image(
            raster.tensor.narrow(dim: 0, start: 0, length: shown), title: title, colorMap: colorMap, limits: limits,
            scaling: scaling)
    }
}

extension ImageBlock {
    public func appearance(of value: Image, on picture: PlotImage?) throws -> Appearance {
        .image(try PlotImage(value))
    }
}
