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
public struct ImageBlock: InputBlock, TensorBlock {
    /// Whether pictures are read in color or in gray.
    public let mode: Image.Mode

    public init(_ mode: Image.Mode = .color) { self.mode = mode }

    public var kind: ElementKind { .image }

    /// The transforms of pictures, and the models of this library.
    public static var storedTypes: StoredTypes {
        StoredTypes(
            Resize.self, RatioResize.self, RandomResizedCrop.self, CropPad.self, RandomCrop.self, FlipItem.self,
            DihedralItem.self, Flip.self, Dihedral.self, Rotate.self, Zoom.self, Warp.self, Jitter.self,
            RandomResizedCropBatch.self, Brightness.self, Contrast.self, Saturation.self, Hue.self, Normalize.self,
            RandomErasing.self, Cutout.self, Resample.self, VisionModel.self, StandardHead.self, DynamicUnet.self)
    }

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
                "The images of a batch must be all color or all gray; these have \(first.channels) and "
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
        guard tensor.dim == 3, tensor.size(0) == 1 || tensor.size(0) == 3 else {
            throw DataError(
                "An image is decoded from a tensor [channels, height, width] of 1 or 3 channels; "
                    + "one of shape \(tensor.shape) was given. Take one item of a batch with batch[0].")
        }
        let levels = tensor.dtype == .uint8 ? tensor : (tensor.float() * 255).round().clamp(min: 0, max: 255)
        return try Image(
            width: tensor.size(2), height: tensor.size(1), channels: tensor.size(0),
            bytes: levels.to(.uint8).permute(1, 2, 0).array(of: UInt8.self))
    }

    /// Refuses batch transforms that do not go together, and values on pictures that item transforms would leave behind.
    ///
    /// - Throws: `DataError`, which names the transforms or the type of the values.
    public func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) throws {
        _ = try BatchPipeline(batchTransforms)
        guard let transform = itemTransforms.first else { return }
        for part in parts {
            guard let kind = part.kinds.first(where: \.liesOnPicture), !(part.type is any PictureValue.Type) else {
                continue
            }
            throw DataError(
                "\(part.type) is a block's value of the kind .\(kind.rawValue), which lies on a picture, but it does not "
                    + "move with one: \(type(of: transform).storedName) would change the picture and leave it where it is. "
                    + "Make \(part.type) conform to PictureValue, or leave the item transforms out.")
        }
    }

    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        let pipeline = try BatchPipeline(transforms)
        guard let first = kinds.firstIndex(of: .image), first < batch.inputs.count else {
            throw DataError("Batch transforms of pictures need a picture among the inputs; the kinds are \(kinds).")
        }
        let size = try pipeline.size(of: batch.inputs[first])
        // One draw for all that belongs to an item.
        let changes = pipeline.changes(of: size, isTraining: isTraining, draws: &draws)
        try pipeline.apply(changes, to: &batch, kinds: kinds, of: size)
        if isTraining {
            for index in batch.inputs.indices where kinds[index] == .image {
                batch.inputs[index] = pipeline.erase(batch.inputs[index], draws: &draws)
            }
        }
        for transform in pipeline.others {
            try transform.apply(to: &batch, kinds: kinds, isTraining: isTraining, draws: &draws)
        }
    }

    /// Undoes the normalization and what tensor transforms undo: colors of 0 to 1 again.
    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor {
        let undone = try undoTensorTransforms(input, transforms)
        return transforms.reversed().reduce(undone) { tensor, transform in
            (transform as? Normalize)?.undo(tensor) ?? tensor
        }
    }
}
