// Pictures of numbers: 16 bits, floating point, any number of channels, as files of instruments and satellites hold them.
import ApusCore
import Foundation
import Torch

/// A picture of numbers, as its file holds them: 8 or 16 bits or floating point, of any number of channels.
///
/// Where an ``Image`` is brought to 8 bits and colors, nothing is done to a raster but that an orientation tag is followed. The
/// numbers are floating point in memory, which holds those of 8 and 16 bits exactly.
///
/// ```swift
/// let depth = try Raster(contentsOf: file)                        // a TIFF of 16 bits, for example
/// print(depth, depth.values.max() ?? 0)
/// try depth.resized(to: 224).write(to: URL(filePath: "small.tif"))
/// let bands = try Raster(Tensor.rand(6, 64, 64))                  // [channels, height, width]
/// ```
/// In a ``DataBlock`` rasters are a ``RasterBlock``.
public struct Raster: Sendable, Equatable, CustomStringConvertible {
    /// What a file stores for each number.
    public enum Depth: String, Sendable, Hashable, Codable, CaseIterable {
        /// Whole numbers from 0 to 255.
        case uint8
        /// Whole numbers from 0 to 65,535.
        case uint16
        /// Any number. Other types than those above, such as signed ones, are read as this.
        case float32

        /// The largest number, where there is one.
        var largest: Float? {
            switch self {
            case .uint8: 255
            case .uint16: 65_535
            case .float32: nil
            }
        }
    }

    public let width: Int
    public let height: Int
    public let channels: Int
    /// What the file stores, and is written again.
    public let depth: Depth
    /// The numbers, `height * width * channels` of them, the channels of a pixel side by side.
    public let values: [Float]

    public var size: ImageSize { ImageSize(height: height, width: width) }

    init(width: Int, height: Int, channels: Int, depth: Depth, checked values: [Float]) {
        (self.width, self.height, self.channels, self.depth, self.values) = (width, height, channels, depth, values)
    }

    /// A raster of given numbers.
    ///
    /// - Parameters:
    ///   - depth: `.float32` by default; others take whole numbers that they can hold.
    ///   - values: `height * width * channels` numbers, the channels of a pixel side by side.
    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels, another number of values, or a value that the depth
    ///   cannot hold.
    public init(width: Int, height: Int, channels: Int, depth: Depth = .float32, values: [Float]) throws(ImageError) {
        try ImageSize(height: height, width: width).check("A raster")
        guard channels > 0, values.count == width * height * channels else {
            throw .invalidValue(
                "A raster of \(width) x \(height) pixels and \(channels) channels takes \(width * height * max(channels, 0)) "
                    + "numbers, at least one for each pixel; \(values.count) were given.")
        }
        if let largest = depth.largest,
            let wrong = values.first(where: { !($0 >= 0 && $0 <= largest && $0 == $0.rounded()) })
        {
            throw .invalidValue(
                "A raster of the depth \(depth.rawValue) holds whole numbers from 0 to \(Int(largest)), not \(wrong); give "
                    + "depth: .float32, or bring the numbers there with converted(to: .\(depth.rawValue)).")
        }
        self.init(width: width, height: height, channels: channels, depth: depth, checked: values)
    }

    /// The raster of a tensor `[channels, height, width]` or `[height, width]`, of the depth `.float32`.
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for a tensor of another shape.
    public init(_ tensor: Tensor) throws {
        guard tensor.dim == 2 || tensor.dim == 3, tensor.count > 0 else {
            throw ImageError.invalidValue(
                "A raster is made of a tensor [channels, height, width] or [height, width]; one of the shape \(tensor.shape) was "
                    + "given.")
        }
        let picture = tensor.dim == 2 ? tensor.unsqueeze(0) : tensor
        let values = picture.detached().to(.cpu).float().permute(1, 2, 0).contiguous().array(of: Float.self)
        try self.init(width: picture.size(2), height: picture.size(1), channels: picture.size(0), values: values)
    }

    /// Reads the numbers of a file: TIFF of any depth and number of channels, PNG of 8 and 16 bits, or any other format that an
    /// ``Image`` is read from.
    ///
    /// - Parameter joiningPages: Whether the pages of a TIFF file become channels, one after the other, as programs that write
    ///   stacks of planes mean them; false by default, which reads the first page.
    /// - Throws: ``ImageError``, which names the file and what is wrong with it.
    public init(contentsOf file: URL, joiningPages: Bool = false) throws(ImageError) {
        self = try RasterSource.read(file: file, joiningPages: joiningPages)
    }

    /// Reads the numbers from the bytes of a file; see ``init(contentsOf:joiningPages:)``.
    public init(data: Data, joiningPages: Bool = false) throws(ImageError) {
        self = try RasterSource.read(data: data, joiningPages: joiningPages)
    }

    /// The numbers as a tensor, float32 `[channels, height, width]`.
    public var tensor: Tensor { Tensor(values, shape: [height, width, channels]).permute(2, 0, 1) }

    /// The raster with numbers of another depth: rounded and cut off at what it can hold; what is no number becomes 0.
    ///
    ///     try Raster(Tensor.rand(1, 64, 64) * 65_535).converted(to: .uint16).write(to: URL(filePath: "noise.png"))
    public func converted(to depth: Depth) -> Raster {
        guard let largest = depth.largest else {
            return Raster(width: width, height: height, channels: channels, depth: depth, checked: values)
        }
        let whole = values.map { $0.isNaN ? 0 : min(max($0.rounded(.toNearestOrEven), 0), largest) }
        return Raster(width: width, height: height, channels: channels, depth: depth, checked: whole)
    }

    /// The size, the channels and the depth; the numbers would fill pages.
    public var description: String {
        "Raster(\(size) pixels, \(channels) \(channels == 1 ? "channel" : "channels"), \(depth.rawValue))"
    }
}

extension Raster {
    /// The raster at another size; its numbers are those of the filter, and so no whole ones.
    ///
    /// - Parameters:
    ///   - method: What happens when the shapes differ; `.crop` by default.
    ///   - padding: What fills the margins of `.pad`; `.reflection` by default.
    ///   - interpolation: `.bilinear` by default; `.nearest` keeps the numbers, and the depth.
    /// - Throws: ``ImageError/invalidValue(_:)`` for a size without pixels.
    public func resized(
        to size: ImageSize, method: ResizeMethod = .crop, padding: PadMode = .reflection,
        interpolation: Image.Interpolation = .bilinear
    ) throws(ImageError) -> Raster {
        try size.check("A resized raster")
        return try rendered(
            .resize(of: self.size, to: size, method: method, padding: padding), interpolation: interpolation)
    }

    /// Makes the raster that a geometry describes.
    func rendered(
        _ geometry: ImageGeometry, interpolation: Image.Interpolation = .bilinear
    ) throws(ImageError) -> Raster {
        try geometry.check(for: size, full: size)
        let values = try RasterSource.rendered(self, geometry, interpolation: interpolation)
        return Raster(
            width: geometry.window.width, height: geometry.window.height, channels: channels,
            depth: interpolation == .nearest ? depth : .float32, checked: values)
    }
}

extension Raster: PictureValue {
    public func moved(by move: PictureMove) throws -> Raster { try move.moved(self) }
}

extension Raster: SizedPicture {
    var fullSize: ImageSize { size }
}

// MARK: Writing

extension Raster {
    /// A format that rasters are written in.
    public enum Format: Sendable, Hashable {
        /// Any depth and number of channels; losslessly compressed (Deflate).
        case tiff
        /// 8 or 16 bits and 1 to 4 channels.
        case png
    }

    /// The raster as the bytes of a file.
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for a PNG of floating point or of more than 4 channels.
    public func encoded(as format: Format) throws(ImageError) -> Data {
        if format == .png, depth == .float32 || channels > 4 {
            throw .invalidValue(
                "PNG holds 8 or 16 bits and 1 to 4 channels, and this is \(self). Write .tif, or bring the numbers to whole ones "
                    + "first with converted(to: .uint16).")
        }
        return try RasterSource.encoded(self, as: format)
    }

    /// Writes the raster to a file, in the format that the extension names: tif, tiff or png.
    ///
    /// The file is written beside its place and then renamed, so that a failure leaves no half picture.
    public func write(to file: URL) throws(ImageError) {
        let path = file.path(percentEncoded: false)
        let format: Format
        switch file.pathExtension.lowercased() {
        case "tif", "tiff": format = .tiff
        case "png": format = .png
        default:
            throw .unsupported(
                file: path,
                reason:
                    "the extension \"\(file.pathExtension)\" is none of tif, tiff, png, which hold a raster's numbers")
        }
        let data = try encoded(as: format)
        do {
            try data.write(to: file, options: .atomic)
        } catch {
            throw .unwritable(file: path, reason: error.systemReason)
        }
    }
}
