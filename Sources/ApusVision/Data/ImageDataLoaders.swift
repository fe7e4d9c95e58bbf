// The usual ways to loaders of pictures in one call each.
import ApusCore
import Foundation

/// Loaders of pictures with a label each: a class, several classes, a number, a mask, points or another picture.
///
/// What the label is, is up to the block of the target; where it comes from, to a ``Labeler``. All functions take:
///
/// - `split`: which pictures are for validation, such as `.random(0.2, seed: 42)`.
/// - `itemTransforms`: what brings the pictures to one size, such as `[Resize(224)]`.
/// - `batchTransforms`: such as `augmentations(size: 224) + [Normalize(.imagenet)]`.
/// - ``LoaderOptions`` as the last argument: batch size, seed, threads, order.
///
/// All throw `DataError` when there is nothing to train on, or what the source of the labels throws. What they don't do, a
/// ``DataBlock`` does.
public enum ImageDataLoaders {
    /// Pictures in a folder for each label, in folders for training and validation:
    /// `folder/train/cat/1.jpg`, `folder/valid/dog/7.jpg`.
    ///
    ///     let loaders = try ImageDataLoaders.fromFolder(path, split: .random(0.2), itemTransforms: [Resize(224)])
    ///
    /// - Parameters:
    ///   - split: The folders `train` and `valid` by default. `.grandparent(valid: "val", test: "test")` names others; with a
    ///     random part `folder/cat/1.jpg` is enough.
    ///   - target: The classes are the names of the training pictures' folders, sorted, by default;
    ///     `CategoryBlock(vocabulary:)` gives their order.
    ///   - mode: Whether pictures are read in color (the default) or in grayscale.
    public static func fromFolder(
        _ folder: URL, split: Splitter<[URL]> = .grandparent(), target: CategoryBlock = CategoryBlock(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let files = try imageFiles(in: folder, folders: split.folders)
        guard !files.isEmpty else { throw DataError("There are no pictures in \(folder.path); check the folder.") }
        return try fromFiles(
            files, target: target, label: .parentFolder, split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, options)
    }

    /// Pictures whose label is found in the file's name or path, or follows from it.
    ///
    ///     let pets = try ImageDataLoaders.fromFiles(imageFiles(in: path), label: .regex(#"(.+)_\d+\.jpg"#))
    ///     let digits = try ImageDataLoaders.fromFiles(
    ///         imageFiles(in: path), label: .regex(#"/(\w+)/\d+\.png$"#, in: .path), split: .random(0.2, seed: 42))
    ///
    /// - Parameters:
    ///   - target: What the labels are; classes by default. `MaskBlock(codes:)`, `PointsBlock()`, `ImageBlock()` and
    ///     `NumberBlock()` are others.
    ///   - label: The label of a file, such as `.parentFolder`, `.regex(_:in:)` or `.function { }`.
    ///   - mode: Whether pictures are read in color (the default) or in grayscale.
    public static func fromFiles<Target: TargetBlock>(
        _ files: [URL], target: Target = CategoryBlock(), label: Labeler<URL, Target.Source>,
        split: Splitter<[URL]> = .random(), itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color,
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, Target> {
        try DataBlock(
            input: ImageBlock(mode), target: target, label: label, split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms
        ).dataLoaders(of: files, options)
    }

    /// Pictures whose label is a function of the file.
    ///
    ///     let streets = try ImageDataLoaders.fromFiles(photos, target: MaskBlock(codes: codes)) { photo in
    ///         masks.appending(path: photo.deletingPathExtension().lastPathComponent + "_P.png")
    ///     }
    ///
    /// The other parameters are those of ``fromFiles(_:target:label:split:itemTransforms:batchTransforms:mode:_:)``.
    public static func fromFiles<Target: TargetBlock>(
        _ files: [URL], target: Target = CategoryBlock(), split: Splitter<[URL]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, _ options: LoaderOptions = LoaderOptions(),
        label: @escaping @Sendable (URL) throws -> Target.Source?
    ) throws -> DataLoaders<ImageBlock, Target> {
        try fromFiles(
            files, target: target, label: Labeler(label), split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, options)
    }

    /// Pictures and their labels in lists of one length.
    ///
    /// - Parameters:
    ///   - labels: A label for each file.
    ///   - target: What the labels are; classes by default.
    ///   - split: Which of the files are for validation.
    public static func fromLists<Target: TargetBlock>(
        _ files: [URL], labels: [Target.Source], target: Target = CategoryBlock(), split: Splitter<[URL]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, Target> {
        guard files.count == labels.count else {
            throw DataError(
                "There are \(files.count) files and \(labels.count) labels; give one label for each file.")
        }
        let items = zip(files, labels).map { LabeledFile(file: $0, label: $1) }
        return try DataBlock<LabeledFile<Target.Source>, ImageBlock, Target>(
            input: ImageBlock(mode), target: target, source: { $0.file }, label: { $0.label },
            split: split.reading { $0.file },
            itemTransforms: itemTransforms, batchTransforms: batchTransforms
        ).dataLoaders(of: items, options)
    }

    /// Pictures and a number for each in lists of one length: regression.
    public static func fromLists(
        _ files: [URL], labels: [Double], split: Splitter<[URL]> = .random(), itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color,
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, NumberBlock> {
        try fromLists(
            files, labels: labels, target: NumberBlock(), split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, options)
    }

    /// Pictures listed in a table, a file and a label on each line; the first line names the columns.
    ///
    ///     let dogs = try ImageDataLoaders.fromCSV(
    ///         path.appending(path: "labels.csv"), files: .column("id", in: photos, suffix: ".jpg"), label: .column("breed"))
    ///     let planet = try ImageDataLoaders.fromCSV(
    ///         path.appending(path: "train.csv"), files: .column(in: photos, suffix: ".jpg"),
    ///         target: MultiCategoryBlock(threshold: 0.2), label: .column("tags", separator: " "))
    ///
    /// - Parameters:
    ///   - table: The CSV file.
    ///   - files: The pictures' files; those named in the first column, relative to the table's folder, by default.
    ///   - target: What the labels are; classes by default.
    ///   - label: The label of a row, such as `.column("breed")`.
    ///   - split: A random fifth by default; `.column("is_valid")` reads the table.
    public static func fromCSV<Target: TargetBlock>(
        _ table: URL, files: Labeler<TableRow, URL> = .column(), target: Target = CategoryBlock(),
        label: Labeler<TableRow, Target.Source>, split: Splitter<[TableRow]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, Target> {
        try fromRows(
            TableRow.readCSV(table), files: files, target: target, label: label, split: split,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms, options)
    }

    /// Pictures listed in rows of a table in memory, a file and a label in each; fastai's `from_df`.
    ///
    ///     let rows = try TableRow.readCSV(table, delimiter: ";").filter { try $0.value("variety") == "ADT45" }
    ///     let loaders = try ImageDataLoaders.fromRows(
    ///         rows, files: .column("image_id", in: images), label: .column("label"))
    ///
    /// The parameters are those of ``fromCSV(_:files:target:label:split:itemTransforms:batchTransforms:_:)``. Columns of other
    /// tables become rows with `TableRow.rows(_:)`. Pictures in grayscale need a ``DataBlock`` with `ImageBlock(.grayscale)`.
    public static func fromRows<Target: TargetBlock>(
        _ rows: [TableRow], files: Labeler<TableRow, URL> = .column(), target: Target = CategoryBlock(),
        label: Labeler<TableRow, Target.Source>, split: Splitter<[TableRow]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, Target> {
        try DataBlock<TableRow, ImageBlock, Target>(
            input: ImageBlock(), target: target, source: files, label: label, split: split,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms
        ).dataLoaders(of: rows, options)
    }

    /// Pictures in one folder and their targets in another, under the same paths: restoration, coloring, super-resolution.
    ///
    /// The target moves with its picture: it is cut, mirrored and warped at the same places. With the same size in
    /// `itemTransforms` both come out at one size. ``Normalize`` applies to both.
    ///
    ///     let restored = try ImageDataLoaders.fromFolders(
    ///         path.appending(path: "small-96"), targets: path.appending(path: "images"), itemTransforms: [Resize(128)])
    ///
    /// - Parameters:
    ///   - inputs: The folder of the pictures.
    ///   - targets: The folder of their targets; more pictures may lie in it, and their extensions may differ.
    ///   - mode: Whether pictures are read in color (the default) or in grayscale.
    ///   - targetMode: The same for target pictures; as `mode` by default.
    /// - Throws: `DataError` that names a picture without a target, or when there is nothing to train on; ``ImageError``
    ///   when a folder cannot be read.
    public static func fromFolders(
        _ inputs: URL, targets: URL, split: Splitter<[URL]> = .random(), itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, targetMode: Image.Mode? = nil,
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, ImageBlock> {
        let files = try imageFiles(in: inputs)
        guard !files.isEmpty else { throw DataError("There are no pictures in \(inputs.path); check the folder.") }
        let known = Dictionary(
            try imageFiles(in: targets).map { (place(of: $0, in: targets), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let label = Labeler<URL, URL> { file in
            guard let target = known[place(of: file, in: inputs)] else {
                throw DataError(
                    "The picture \(file.path) has no target: there is no picture \"\(place(of: file, in: inputs))\" in "
                        + "\(targets.path). Give both the same name, or use fromFiles with target: ImageBlock().")
            }
            return target
        }
        return try fromFiles(
            files, target: ImageBlock(targetMode ?? mode), label: label, split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, options)
    }
}

/// A picture's file and its label.
private struct LabeledFile<Label: Sendable>: Sendable {
    let file: URL
    let label: Label
}

/// The path of a file below a folder, without its extension.
private func place(of file: URL, in folder: URL) -> String {
    file.deletingPathExtension().standardizedFileURL.pathComponents
        .dropFirst(folder.standardizedFileURL.pathComponents.count).joined(separator: "/")
}
