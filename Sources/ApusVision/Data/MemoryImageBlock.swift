// Pictures that are in memory already as a block of the data pipeline.
import ApusCore
import Foundation

/// Pictures that are not files: decoded ones (``Image``), the bytes of files (`Data`), tensors `[channels, height, width]`,
/// or a type of your own that is a ``PictureInMemory``.
///
/// All else is as with ``ImageBlock``. A model is exported as one for that block, so that `ImageClassifier(from:)` loads it
/// and answers for files and for pictures in memory.
///
/// ```swift
/// let loaders = try ImageDataLoaders.fromImages(frames, labels: names, itemTransforms: [Resize(128)])
/// let block = DataBlock(
///     input: MemoryImageBlock<Data>(), target: CategoryBlock(), source: { (upload: Upload) in upload.bytes },
///     label: { $0.kind })
/// ```
public struct MemoryImageBlock<Picture: PictureInMemory>: PictureBlock {
    /// Whether pictures are read in color or in gray, with or without alpha.
    public let mode: Image.Mode

    public init(_ mode: Image.Mode = .color) { self.mode = mode }

    private var files: ImageBlock { ImageBlock(mode) }

    /// That of ``ImageBlock``.
    public static var storedName: String { ImageBlock.storedName }
    public static var storedTypes: StoredTypes { ImageBlock.storedTypes }
    public var channels: Int { files.channels }
    public func statistics(of weights: ImageStatistics) -> ImageStatistics? { files.statistics(of: weights) }

    public func load(_ source: Picture, hint: LoadHint) throws -> Image {
        try source.image(
            mode: mode, atLeast: hint.atLeast.map { ImageSize(height: $0.height, width: $0.width) })
    }

    public func collate(_ values: [Image]) throws -> Tensor { try files.collate(values) }
    public func decode(_ tensor: Tensor) throws -> Image { try files.decode(tensor) }
    public func appearance(of value: Image, on picture: PlotImage?) throws -> Appearance {
        try files.appearance(of: value, on: picture)
    }
}

extension ImageDataLoaders {
    /// Pictures in memory and their labels in lists of one length.
    ///
    /// - Parameters:
    ///   - labels: A label for each picture.
    ///   - target: What the labels are; classes by default.
    ///   - split: Which of the pictures are for validation.
    /// - Throws: `DataError` when the lists differ in length, and what blocks and splitter throw.
    public static func fromImages<Picture: PictureInMemory, Target: TargetBlock>(
        _ pictures: [Picture], labels: [Target.Source], target: Target = CategoryBlock(),
        split: Splitter<[Picture]> = .random(), itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color,
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<MemoryImageBlock<Picture>, Target> {
        guard pictures.count == labels.count else {
            throw DataError(
                "There are \(pictures.count) pictures and \(labels.count) labels; give one label for each picture.")
        }
        let items = zip(pictures, labels).map { LabeledPicture(picture: $0, label: $1) }
        return try DataBlock<LabeledPicture<Picture, Target.Source>, MemoryImageBlock<Picture>, Target>(
            input: MemoryImageBlock(mode), target: target, source: { $0.picture }, label: { $0.label },
            split: split.reading { $0.picture },
            itemTransforms: itemTransforms, batchTransforms: batchTransforms
        ).dataLoaders(of: items, options)
    }
}

/// A picture in memory with its label.
private struct LabeledPicture<Picture: Sendable, Label: Sendable>: Sendable {
    let picture: Picture
    let label: Label
}
