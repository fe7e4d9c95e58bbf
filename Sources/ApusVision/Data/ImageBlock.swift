// Pictures as a block of the data pipeline: files in, tensors for the network, pictures back.
import ApusCore
import Foundation
import Torch

/// Pictures from files.
///
/// A batch is collated to uint8 `[batch, channels, height, width]` in channels-last memory. The batch transforms make of
/// it float32 of the same layout, with colors of 0 to 1 that ``Normalize`` moves and scales.
///
///     ImageBlock()              // color
///     ImageBlock(.grayscale)    // one channel
///     ImageBlock(.colorAlpha)   // red, green, blue and alpha
public struct ImageBlock: PictureBlock {
    /// Whether pictures are read in color or in gray, with or without alpha.
    public let mode: Image.Mode

    public init(_ mode: Image.Mode = .color) { self.mode = mode }

    public var channels: Int { mode.channels }

    /// Those of the weights; their mean over the colors for gray. Alpha stays what it is.
    public func statistics(of weights: ImageStatistics) -> ImageStatistics? { weights.fitted(channels: channels) }

    /// Reads a picture, at a reduced scale where the format offers one that is large enough.
    ///
    /// - Throws: ``ImageError``, which names the file.
    public func load(_ source: URL, hint: LoadHint) throws -> Image {
        let size = hint.atLeast.map { ImageSize(height: $0.height, width: $0.width) }
        return try Image(contentsOf: source, mode: mode, atLeast: size)
    }

    /// Joins pictures of one size to a batch, uint8 `[batch, channels, height, width]`.
    ///
    /// - Throws: `DataError` when the pictures differ in size or in their number of channels.
    public func collate(_ values: [Image]) throws -> Tensor {
        guard let first = values.first else { throw DataError("A batch has at least one image; none was given.") }
        if let other = values.first(where: { $0.size != first.size }) {
            let sizes = Set(values.map(\.size)).count
            throw DataError(
                "The images of a batch must have one size; these have \(sizes), such as \(first.size) and "
                    + "\(other.size) pixels. Add an item transform such as Resize(\(min(first.width, first.height))).")
        }
        if let other = values.first(where: { $0.channels != first.channels }) {
            throw DataError(
                "The images of a batch must have the same channels; these have \(first.channels) and "
                    + "\(other.channels) channels. Read them with one ImageBlock.")
        }
        let batch = Tensor.empty([values.count, first.height, first.width, first.channels], dtype: .uint8)
        try batch.withMutableElements(of: UInt8.self) { memory in
            var start = 0
            for image in values {
                image.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(
                        UnsafeMutableBufferPointer(rebasing: memory[start..<start + bytes.count])
                    )
                    .copyMemory(from: bytes)
                }
                start += image.bytes.count
            }
        }
        return batch.permute(0, 3, 1, 2)
    }

    /// The picture of a tensor `[channels, height, width]`: uint8, or floating point of 0 to 1 (what lies outside is cut
    /// off).
    ///
    /// - Throws: `DataError` for a tensor of another shape.
    public func decode(_ tensor: Tensor) throws -> Image {
        guard tensor.dim == 3, (1...4).contains(tensor.size(0)) else {
            throw DataError(
                "An image is decoded from a tensor [channels, height, width] of 1 to 4 channels; "
                    + "one of shape \(tensor.shape) was given. Take one item of a batch with batch[0].")
        }
        let levels = tensor.dtype == .uint8 ? tensor : (tensor.float() * 255).round().clamp(min: 0, max: 255)
        return try Image(
            width: tensor.size(2), height: tensor.size(1), channels: tensor.size(0),
            bytes: levels.to(.uint8).permute(1, 2, 0).array(of: UInt8.self))
    }
}
