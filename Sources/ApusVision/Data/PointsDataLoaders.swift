// The usual way to loaders of pictures with points in them.
import ApusCore
import Foundation

/// Loaders of pictures whose label is one or more places in them.
public enum PointsDataLoaders {
    /// Pictures whose points are a function of the file.
    ///
    ///     let heads = try PointsDataLoaders.fromLabelFunction(
    ///         imageFiles(in: path), splitter: .function { $0.path.contains("/13/") },
    ///         batchTransforms: augmentations(size: ImageSize(height: 120, width: 160))
    ///     ) { [try headCenter(of: $0)] }
    ///
    /// - Parameters:
    ///   - count: The number of points of each picture; that of the first training picture by default.
    ///   - splitter: A random part of `validFraction` by default.
    ///   - label: The places in pixels of the picture in its file, upright; nil for a point that is not in the picture.
    /// - Throws: `DataError` when there is nothing to train on, or what `label` throws.
    public static func fromLabelFunction(
        _ files: [URL], count: Int? = nil, validFraction: Double = 0.2, splitter: Splitter<URL>? = nil,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil, workers: Int? = nil, shuffle: Bool = true,
        unreadable: UnreadablePolicy = .refuse, label: @escaping @Sendable (URL) throws -> [ImagePoint?]
    ) throws -> DataLoaders<ImageBlock, PointsBlock> {
        let block = DataBlock(
            input: ImageBlock(mode), target: PointsBlock(count: count), items: { _ in files },
            splitter: splitter ?? .random(validFraction: validFraction, seed: seed), label: label,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try block.dataLoaders(
            items: files, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }
}
