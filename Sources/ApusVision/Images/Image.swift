// The picture itself: a value of interleaved 8-bit bytes, read from and written to the usual formats.
import CVips
import Foundation

/// The height and width of a picture, in pixels.
///
/// A literal stands for a square: `let size: ImageSize = 224`.
public struct ImageSize: Sendable, Hashable, Codable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// A square of `side` pixels.
    public init(_ side: Int) { self.init(height: side, width: side) }

    public init(integerLiteral side: Int) { self.init(side) }

    public var description: String { "\(width) x \(height)" }
}

/// A picture in memory: rows from top to bottom, pixels from left to right, one byte per channel.
///
/// The bytes are laid out as `[height, width, channels]`, with one channel for gray and three for red, green and blue; an
/// alpha channel, where it is asked for, comes last. Reading brings every picture into this form: orientation tags are
/// followed, palettes are looked up, 16 bits become their upper 8, CMYK becomes RGB without a color profile.
///
///     let cat = try Image(contentsOf: url).resized(to: 224)
///     try cat.write(to: URL(filePath: "cat.png"))
public struct Image: Sendable, Equatable {
    /// What a file is decoded to.
    public enum Mode: String, Sendable, Hashable, Codable {
        /// Red, green and blue; a gray picture has three equal channels.
        case color
        /// Red, green, blue and alpha, which is 255 where a file has none.
        case colorAlpha
        /// One channel, the luma of a color picture (ITU-R 601).
        case grayscale
        /// Luma and alpha.
        case grayscaleAlpha
        /// One channel, the bytes as they are stored: for masks. The indices of a PNG with a palette and the levels of a
        /// gray picture stay what they are, also those of 16 bits where they are below 256; other pictures become gray.
        case indices

        /// The number of channels: 1 for gray, 3 for color, and one more with alpha.
        public var channels: Int {
            switch self {
            case .color: 3
            case .colorAlpha: 4
            case .grayscale, .indices: 1
            case .grayscaleAlpha: 2
            }
        }

        /// What the decoder takes for the number of channels.
        var code: Int { self == .indices ? Int(CVIPS_INDICES) : channels }
    }

    /// The largest width times height that is decoded, 178 956 970 pixels: half a gigabyte of color. A small file can
    /// claim a size that fills the memory; such files are refused by their header.
    public static let pixelLimit = 178_956_970

    public let width: Int
    public let height: Int
    /// 1 for gray, 3 for color, 2 and 4 with alpha.
    public let channels: Int
    /// The pixels, `height * width * channels` of them, interleaved.
    public let bytes: [UInt8]

    public var size: ImageSize { ImageSize(height: height, width: width) }

    /// The size of the picture in its file, of which this one may be a reduced version: what masks, points and boxes
    /// relate to.
    public let fullSize: ImageSize

    init(width: Int, height: Int, channels: Int, decoded bytes: [UInt8], fullSize: ImageSize? = nil) {
        self.fullSize = fullSize ?? ImageSize(height: height, width: width)
        self.width = width
        self.height = height
        self.channels = channels
        self.bytes = bytes
    }

    /// A picture of given pixels.
    ///
    /// - Parameter bytes: `height * width * channels` bytes, interleaved.
    /// - Throws: ``ImageError/invalidValue(_:)`` when the size is not positive, the number of channels none of 1 to 4, or the number of bytes another.
    public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) throws(ImageError) {
        try ImageSize(height: height, width: width).check("An image")
        guard (1...4).contains(channels) else {
            throw .invalidValue(
                "An image has 1 channel (gray) or 3 (red, green, blue), and one more for alpha, not \(channels).")
        }
        guard bytes.count == width * height * channels else {
            throw .invalidValue(
                "An image of \(width) x \(height) pixels and \(channels) channels takes \(width * height * channels) "
                    + "bytes; \(bytes.count) were given.")
        }
        self.init(width: width, height: height, channels: channels, decoded: bytes)
    }

    /// Reads a picture from a file; the format is told from its first bytes, not from its name.
    ///
    /// - Parameters:
    ///   - mode: Color or gray; color by default.
    ///   - size: When given, formats that can (JPEG, WebP) decode at a reduced scale at which both sides are still at
    ///     least as long as this, which is several times faster for large photographs. The final size is up to
    ///     ``resized(to:method:padding:position:)``.
    ///   - applyingOrientation: Whether the picture is turned upright as its EXIF tag says; true by default.
    /// - Throws: ``ImageError``, which names the file and what is wrong with it.
    public init(
        contentsOf file: URL, mode: Mode = .color, atLeast size: ImageSize? = nil, applyingOrientation: Bool = true
    ) throws(ImageError) {
        var source = try ImageSource(file: file, applyingOrientation: applyingOrientation)
        let full = source.size
        if let size { try source.reduce(toAtLeast: size) }
        self = try source.pixels(mode: mode, fullSize: full)
    }

    /// The size of a file's picture from its header alone.
    ///
    /// - Parameter applyingOrientation: Whether the picture is turned upright as its EXIF tag says; true by default.
    /// - Throws: ``ImageError``, which names the file and what is wrong with it.
    public static func size(of file: URL, applyingOrientation: Bool = true) throws(ImageError) -> ImageSize {
        try ImageSource(file: file, applyingOrientation: applyingOrientation).size
    }

    /// The size of the picture in the bytes of a file, from its header alone.
    ///
    /// - Parameter applyingOrientation: Whether the picture is turned upright as its EXIF tag says; true by default.
    /// - Throws: ``ImageError``, which says what is wrong with the bytes.
    public static func size(of data: Data, applyingOrientation: Bool = true) throws(ImageError) -> ImageSize {
        try ImageSource(data: data, applyingOrientation: applyingOrientation).size
    }

    /// Reads a picture from the bytes of a file; see ``init(contentsOf:mode:atLeast:applyingOrientation:)``.
    public init(
        data: Data, mode: Mode = .color, atLeast size: ImageSize? = nil, applyingOrientation: Bool = true
    ) throws(ImageError) {
        var source = try ImageSource(data: data, applyingOrientation: applyingOrientation)
        let full = source.size
        if let size { try source.reduce(toAtLeast: size) }
        self = try source.pixels(mode: mode, fullSize: full)
    }

    public static func == (left: Image, right: Image) -> Bool {
        left.size == right.size && left.channels == right.channels && left.bytes == right.bytes
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }
}

extension Image: CustomStringConvertible {
    /// The size and the number of channels; the bytes would fill pages.
    public var description: String { "Image(\(size) pixels, \(channels) channels)" }
}

extension ImageSize {
    /// Refuses sizes that no picture has.
    func check(_ subject: String) throws(ImageError) {
        guard width > 0, height > 0 else {
            throw .invalidValue("\(subject) has a width and height of at least 1 pixel; \(self) was given.")
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= Image.pixelLimit else {
            throw .invalidValue("\(subject) has at most \(Image.pixelLimit) pixels; \(self) was given.")
        }
    }
}
