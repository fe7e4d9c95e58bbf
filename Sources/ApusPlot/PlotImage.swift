// A picture as plain bytes, the form in which images enter a figure.

/// An image of 8-bit pixels: `pixels` holds the channels of the first pixel, then of the next, row by row from the top.
public struct PlotImage: Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// 1 for gray, 3 for red, green and blue.
    public let channels: Int
    public let pixels: [UInt8]

    /// Throws `PlotError.badImage` when the number of bytes is not `width * height * channels`, when a side is not
    /// from 1 to 30,000, or when there are not 1 or 3 channels.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws(PlotError) {
        guard 1...30_000 ~= width, 1...30_000 ~= height, channels == 1 || channels == 3,
            pixels.count == width * height * channels
        else { throw .badImage(width: width, height: height, channels: channels, bytes: pixels.count) }
        self.init(checkedWidth: width, height: height, channels: channels, pixels: pixels)
    }

    init(checkedWidth width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }
}
