// The usual ways to loaders of pictures with a target picture each.
import ApusCore
import Foundation

/// Loaders of pictures whose target is another picture: restoration, colouring, super-resolution.
///
/// The target moves with its picture: it is cut, mirrored and warped at the same places. With the same size in
/// `itemTransforms` both come out at one size. ``Normalize`` applies to both.
public enum ImageToImageDataLoaders {
    /// Pictures whose target's file is a function of the picture's.
    ///
    ///     let restored = try ImageToImageDataLoaders.fromLabelFunction(
    ///         imageFiles(in: crappy), itemTransforms: [Resize(128)],
    ///         batchTransforms: augmentations(AugmentationOptions(zoom: 1...2)) + [Normalize(.imagenet)]
    ///     ) { originals.appending(path: $0.lastPathComponent) }
    ///
    /// - Parameters:
    ///   - splitter: A random part of `validFraction` by default.
    ///   - mode: Whether pictures are read in colour or in grey.
    ///   - targetMode: The same for target pictures; as `mode` by default.
    ///   - label: The file of a picture's target.
    /// - Throws: `DataError` when there is nothing to train on, or what `label` throws.
    public static func fromLabelFunction(
        _ files: [URL], validFraction: Double = 0.2, splitter: Splitter<URL>? = nil,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, targetMode: Image.Mode? = nil, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse,
        label: @escaping @Sendable (URL) throws -> URL
    ) throws -> DataLoaders<ImageBlock, ImageBlock> {
        let block = DataBlock(
            input: ImageBlock(mode), target: ImageBlock(targetMode ?? mode), items: { _ in files },
            splitter: splitter ?? .random(validFraction: validFraction, seed: seed), label: label,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try block.dataLoaders(
            items: files, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }

    /// Pictures in one folder and their targets in another, under the same paths; the targets' extensions may differ.
    ///
    ///     let restored = try ImageToImageDataLoaders.fromFolders(
    ///         path.appending(path: "small-96"), targets: path.appending(path: "images"), itemTransforms: [Resize(128)])
    ///
    /// - Parameters:
    ///   - inputs: The folder of the pictures.
    ///   - targets: The folder of their targets; more pictures may lie in it.
    ///   - splitter: A random part of `validFraction` by default.
    /// - Throws: `DataError` that names a picture without a target, or when there is nothing to train on; ``ImageError``
    ///   when a folder cannot be read.
    public static func fromFolders(
        _ inputs: URL, targets: URL, validFraction: Double = 0.2, splitter: Splitter<URL>? = nil,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, targetMode: Image.Mode? = nil, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, ImageBlock> {
        let files = try imageFiles(in: inputs)
        guard !files.isEmpty else { throw DataError("There are no pictures in \(inputs.path); check the folder.") }
        let known = Dictionary(
            try imageFiles(in: targets).map { (place(of: $0, in: targets), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return try fromLabelFunction(
            files, validFraction: validFraction, splitter: splitter, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, targetMode: targetMode, batchSize: batchSize, seed: seed,
            workers: workers, shuffle: shuffle, unreadable: unreadable
        ) { file in
            guard let target = known[place(of: file, in: inputs)] else {
                throw DataError(
                    "The picture \(file.path) has no target: there is no picture \"\(place(of: file, in: inputs))\" in "
                        + "\(targets.path). Give both the same name, or use fromLabelFunction.")
            }
            return target
        }
    }
}

/// The path of a file below a folder, without its extension.
private func place(of file: URL, in folder: URL) -> String {
    file.deletingPathExtension().standardizedFileURL.pathComponents
        .dropFirst(folder.standardizedFileURL.pathComponents.count).joined(separator: "/")
}
