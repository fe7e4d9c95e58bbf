// The usual way to loaders of pictures with a mask each.
import ApusCore
import Foundation

/// Loaders of pictures whose label is a class for each pixel.
public enum SegmentationDataLoaders {
    /// Pictures whose mask's file is a function of the picture's.
    ///
    ///     let street = try SegmentationDataLoaders.fromLabelFunction(
    ///         imageFiles(in: path.appending(path: "images")), codes: codes, void: "Void",
    ///         batchTransforms: augmentations(size: ImageSize(height: 180, width: 240))
    ///     ) { masks.appending(path: $0.deletingPathExtension().lastPathComponent + "_P.png") }
    ///
    /// - Parameters:
    ///   - codes: The class names in the order of their bytes.
    ///   - void: The class of pixels that nobody labelled, which don't count in the loss.
    ///   - pixelValues: The byte that stands for each class in a file; the class's index by default.
    ///   - splitter: A random part of `validFraction` by default.
    ///   - label: The file of a picture's mask.
    /// - Throws: `DataError` when there is nothing to train on, or what `label` throws.
    public static func fromLabelFunction(
        _ files: [URL], codes: [String], void: String? = nil, pixelValues: [UInt8]? = nil, validFraction: Double = 0.2,
        splitter: Splitter<URL>? = nil, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse,
        label: @escaping @Sendable (URL) throws -> URL
    ) throws -> DataLoaders<ImageBlock, MaskBlock> {
        let block = DataBlock(
            input: ImageBlock(mode), target: MaskBlock(codes: codes, void: void, pixelValues: pixelValues),
            items: { _ in files }, splitter: splitter ?? .random(validFraction: validFraction, seed: seed),
            label: label, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try block.dataLoaders(
            items: files, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }
}
