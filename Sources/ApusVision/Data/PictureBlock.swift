// Blocks of pictures: what photographs, spectrograms, depth maps and the bands of a satellite have in common.
import ApusCore
import Torch

/// An input block whose tensor is a picture to transforms and models: files of photographs (``ImageBlock``), or a custom
/// block of spectrograms, depth maps or the bands of a satellite.
///
/// A batch is `[batch, channels, height, width]`, in one of two forms:
/// - uint8, as files of pictures have it, of 1 to 4 channels: the batch transforms make of it float32 of 0 to 1;
/// - float32, of any channels and numbers: they stay what they are until ``Normalize``.
///
/// Batch transforms of pictures, ``visionLearner(_:_:weights:loss:metrics:normalize:head:_:)`` and
/// ``unetLearner(_:_:weights:loss:metrics:normalize:unet:_:)`` take such a block as they take photographs.
///
/// ```swift
/// /// Six bands of a satellite in a file of numbers, [6, height, width].
/// struct BandsBlock: PictureBlock {
///     var channels: Int { 6 }
///     func load(_ source: URL, hint: LoadHint) throws -> Tensor { try Npy.load(source).float() }
///     func collate(_ values: [Tensor]) -> Tensor { .stack(values) }
///     func decode(_ tensor: Tensor) -> Tensor { tensor }
///     func appearance(of value: Tensor, on picture: PlotImage?) throws -> Appearance {
///         try ImageBlock().appearance(of: ImageBlock().decode(value[[2, 1, 0]] / 10_000), on: nil)
///     }
/// }
/// ```
/// Item transforms of pictures move an ``Image``, and values that are a ``PictureValue``; other values are left to custom
/// item transforms.
public protocol PictureBlock: InputBlock, TensorBlock {
    /// The pictures' channels.
    var channels: Int { get }

    /// How the pictures are normalized for a model whose weights were made with photographs of some statistics; nil, the
    /// default, for the data's own mean and standard deviation.
    func statistics(of weights: ImageStatistics) -> ImageStatistics?
}

extension PictureBlock {
    public var kind: ElementKind { .image }
    public func statistics(of weights: ImageStatistics) -> ImageStatistics? { nil }

    /// The transforms of pictures, and the models of this library.
    public static var storedTypes: StoredTypes { .pictures }

    /// Refuses batch transforms that do not go together, and values on pictures that item transforms would leave behind.
    ///
    /// - Throws: `DataError`, which names the transforms or the type of the values.
    public func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) throws {
        try checkPictureTransforms(parts: parts, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
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
        try undoPictureTransforms(input, transforms)
    }
}

/// Refuses batch transforms that do not go together, and values on pictures that item transforms would leave behind.
func checkPictureTransforms(
    parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
) throws {
    _ = try BatchPipeline(batchTransforms)
    guard let transform = itemTransforms.first, parts.contains(where: { $0.type is any PictureValue.Type }) else {
        return
    }
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

/// Pictures without what batch transforms did to their values.
func undoPictureTransforms(_ pictures: Tensor, _ transforms: [any BatchTransform]) throws -> Tensor {
    let undone = try undoTensorTransforms(pictures, transforms)
    return transforms.reversed().reduce(undone) { tensor, transform in
        (transform as? Normalize)?.undo(tensor) ?? tensor
    }
}

extension StoredTypes {
    /// The transforms of pictures, and the models of this library.
    public static var pictures: StoredTypes {
        StoredTypes(
            Resize.self, RatioResize.self, RandomResizedCrop.self, CropPad.self, RandomCrop.self, FlipItem.self,
            DihedralItem.self, Flip.self, Dihedral.self, Rotate.self, Zoom.self, Warp.self, Jitter.self,
            RandomResizedCropBatch.self, Brightness.self, Contrast.self, Saturation.self, Hue.self, Normalize.self,
            RandomErasing.self, Cutout.self, Resample.self, VisionModel.self, StandardHead.self, DynamicUnet.self,
            PooledFeatures.self, BasicGenerator.self, BasicCritic.self, GANCritic.self)
    }
}

extension DataLoaders where Input: PictureBlock {
    /// The same data, normalized as a model of the architecture wants it, unless it is normalized already: by the
    /// statistics of the photographs that its weights were made with, or by the data's own where the block says so.
    func normalized(for architecture: Architecture) throws -> DataLoaders {
        if pipeline.batchTransforms.contains(where: { $0 is Normalize }) { return self }
        let weights = ImageStatistics(mean: architecture.mean, std: architecture.std)
        let statistics = try pipeline.input.statistics(of: weights) ?? imageStatistics()
        return try with(batchTransforms: pipeline.batchTransforms + [Normalize(statistics)])
    }
}
