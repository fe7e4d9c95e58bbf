// The usual ways to loaders of labelled pictures in one call each.
import ApusCore
import Foundation

/// Loaders of pictures with one label each.
///
/// Every function takes, besides where the pictures and labels come from:
///
/// - `itemTransforms`: what brings the pictures to one size, such as `[Resize(224)]`.
/// - `batchTransforms`: such as `augmentations(size: 224) + [Normalize(.imagenet)]`.
/// - `mode`: colour (the default) or grey.
/// - `batchSize`: 64 by default.
/// - `seed`: decides the random split, the order and the augmentation; drawn from the global generator by default.
/// - `workers`: loader threads; as many as cores by default.
/// - `shuffle`: whether the order of the training pictures changes with each epoch; true by default.
/// - `unreadable`: whether a picture that cannot be read stops the run (`.refuse`, the default) or is left out (`.skip`).
///
/// All throw `DataError` when there is nothing to train on, or what the source of the labels throws.
public enum ImageDataLoaders {
    /// Pictures in a folder for each label, in folders for training and validation:
    /// `folder/train/cat/1.jpg`, `folder/valid/dog/7.jpg`.
    ///
    ///     let loaders = try ImageDataLoaders.fromFolder(path, valid: "val", itemTransforms: [Resize(224)])
    ///
    /// - Parameters:
    ///   - train: The name of the training folder.
    ///   - valid: The name of the validation folder.
    ///   - validFraction: When given, `folder/cat/1.jpg` is enough: a random part of all pictures below the folder is for
    ///     validation.
    ///   - vocabulary: The labels in the order of the model's outputs; those of the training pictures, sorted, by default.
    public static func fromFolder(
        _ folder: URL, train: String = "train", valid: String = "valid", validFraction: Double? = nil,
        vocabulary: [String]? = nil, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let block = DataBlock(
            input: ImageBlock(mode), target: CategoryBlock(vocabulary: vocabulary),
            items: { try imageFiles(in: $0, folders: validFraction == nil ? [train, valid] : nil) },
            splitter: validFraction.map { .random(validFraction: $0, seed: seed) }
                ?? .grandparent(train: train, valid: valid),
            label: parentLabel, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try fromDataBlock(
            block, from: folder, batchSize: batchSize, seed: seed, workers: workers, shuffle: shuffle,
            unreadable: unreadable)
    }

    /// Pictures whose file names hold the label, as the first group of a regular expression.
    ///
    ///     let loaders = try ImageDataLoaders.fromNameRegex(
    ///         imageFiles(in: path), #"(.+)_\d+\.jpg"#, itemTransforms: [Resize(224)])
    public static func fromNameRegex(
        _ files: [URL], _ pattern: String, validFraction: Double = 0.2, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        try fromPathFunction(
            files, validFraction: validFraction, itemTransforms: itemTransforms, batchTransforms: batchTransforms,
            mode: mode, batchSize: batchSize, seed: seed, workers: workers, shuffle: shuffle, unreadable: unreadable,
            label: RegexLabeller(pattern).callAsFunction)
    }

    /// Pictures whose paths hold the label, as the first group of a regular expression.
    ///
    ///     let loaders = try ImageDataLoaders.fromPathRegex(imageFiles(in: path), #"/(\w+)/\d+\.png$"#)
    public static func fromPathRegex(
        _ files: [URL], _ pattern: String, validFraction: Double = 0.2, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        try fromPathFunction(
            files, validFraction: validFraction, itemTransforms: itemTransforms, batchTransforms: batchTransforms,
            mode: mode, batchSize: batchSize, seed: seed, workers: workers, shuffle: shuffle, unreadable: unreadable,
            label: RegexLabeller(pattern, matchesPath: true).callAsFunction)
    }

    /// Pictures whose label is a function of the file name.
    ///
    ///     let loaders = try ImageDataLoaders.fromNameFunction(imageFiles(in: path)) { name in
    ///         name.first!.isUppercase ? "cat" : "dog"
    ///     }
    public static func fromNameFunction(
        _ files: [URL], validFraction: Double = 0.2, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse,
        label: @escaping @Sendable (String) throws -> String
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        try fromPathFunction(
            files, validFraction: validFraction, itemTransforms: itemTransforms, batchTransforms: batchTransforms,
            mode: mode, batchSize: batchSize, seed: seed, workers: workers, shuffle: shuffle, unreadable: unreadable
        ) { try label($0.lastPathComponent) }
    }

    /// Pictures whose label is a function of the file.
    public static func fromPathFunction(
        _ files: [URL], validFraction: Double = 0.2, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse,
        label: @escaping @Sendable (URL) throws -> String
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let block = DataBlock(
            input: ImageBlock(mode), target: CategoryBlock(), items: { _ in files },
            splitter: .random(validFraction: validFraction, seed: seed), label: label,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try block.dataLoaders(
            items: files, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle,
            unreadable: unreadable)
    }

    /// Pictures and their labels in lists of one length.
    public static func fromLists(
        _ files: [URL], labels: [String], validFraction: Double = 0.2, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        guard files.count == labels.count else {
            throw DataError(
                "There are \(files.count) files and \(labels.count) labels; give one label for each file.")
        }
        let block = DataBlock<(file: URL, label: String), ImageBlock, CategoryBlock>(
            input: ImageBlock(mode), target: CategoryBlock(), items: { _ in Array(zip(files, labels)) },
            splitter: .random(validFraction: validFraction, seed: seed), inputSource: { $0.file },
            label: { $0.label }, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try block.dataLoaders(
            items: Array(zip(files, labels)), batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle,
            unreadable: unreadable)
    }

    /// Pictures listed in a table, a file and a label on each line; the first line names the columns.
    ///
    ///     let loaders = try ImageDataLoaders.fromCSV(
    ///         path.appending(path: "labels.csv"), files: "name", labels: "breed", folder: path.appending(path: "images"))
    ///
    /// - Parameters:
    ///   - table: The CSV file.
    ///   - files: The column of the file names; the first by default.
    ///   - labels: The column of the labels; the second by default.
    ///   - folder: What the file names are relative to; the table's folder by default.
    ///   - suffix: What is to be appended to the file names, such as ".jpg".
    ///   - validColumn: A column that is true for validation pictures, instead of a random part.
    public static func fromCSV(
        _ table: URL, files: String? = nil, labels: String? = nil, folder: URL? = nil, suffix: String = "",
        delimiter: Character = ",", validColumn: String? = nil, validFraction: Double = 0.2,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil, workers: Int? = nil, shuffle: Bool = true,
        unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        try fromRows(
            TableRow.readCSV(table, delimiter: delimiter), files: files, labels: labels,
            folder: folder ?? table.deletingLastPathComponent(), suffix: suffix, validColumn: validColumn,
            validFraction: validFraction, itemTransforms: itemTransforms, batchTransforms: batchTransforms, mode: mode,
            batchSize: batchSize, seed: seed, workers: workers, shuffle: shuffle, unreadable: unreadable)
    }

    /// Pictures listed in rows of a table in memory, a file and a label in each; fastai's `from_df`.
    ///
    ///     let rows = try TableRow.readCSV(table).filter { try $0.value("variety") == "ADT45" }
    ///     let loaders = try ImageDataLoaders.fromRows(rows, files: "image_id", labels: "label", folder: images)
    ///
    /// The parameters are those of ``fromCSV(_:files:labels:folder:suffix:delimiter:validColumn:validFraction:itemTransforms:batchTransforms:mode:batchSize:seed:workers:shuffle:unreadable:)``.
    /// Columns of other tables become rows with `TableRow.rows(_:)`.
    public static func fromRows(
        _ rows: [TableRow], files: String? = nil, labels: String? = nil, folder: URL, suffix: String = "",
        validColumn: String? = nil, validFraction: Double = 0.2, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let block = DataBlock<TableRow, ImageBlock, CategoryBlock>(
            input: ImageBlock(mode), target: CategoryBlock(), items: { _ in rows },
            splitter: validColumn.map { .column($0) } ?? .random(validFraction: validFraction, seed: seed),
            inputSource: { storedFile(folder.appending(path: try $0.value(files, orAt: 0) + suffix)) },
            label: { try $0.value(labels, orAt: 1) }, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try fromDataBlock(
            block, from: folder, batchSize: batchSize, seed: seed, workers: workers, shuffle: shuffle,
            unreadable: unreadable)
    }

    /// Pictures as a data block lists and labels them.
    public static func fromDataBlock<Item>(
        _ block: DataBlock<Item, ImageBlock, CategoryBlock>, from source: URL, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        try block.dataLoaders(
            from: source, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }
}

extension TableRow {
    /// The value of a column by its name, or by its place where no name is given.
    func value(_ column: String?, orAt place: Int) throws -> String {
        if let column { return try value(column) }
        guard values.indices.contains(place) else {
            throw DataError(
                "Line \(line) of the table has \(values.count) \(values.count == 1 ? "value" : "values"); "
                    + "a file and a label are needed.")
        }
        return values[place]
    }
}
