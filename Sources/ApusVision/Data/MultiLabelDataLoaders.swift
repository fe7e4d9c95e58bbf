// The usual way to loaders of pictures with several labels each.
import ApusCore
import Foundation

extension ImageDataLoaders {
    /// Pictures listed in a table with any number of labels each, in one column with a separator.
    ///
    ///     let planet = try ImageDataLoaders.fromCSV(
    ///         path.appending(path: "train.csv"), labelSeparator: " ", folder: path.appending(path: "train"),
    ///         suffix: ".jpg", itemTransforms: [Resize(256)], batchTransforms: augmentations(size: 128, AugmentationOptions(flip: .dihedral)))
    ///
    /// - Parameters:
    ///   - table: The CSV file, whose first line names the columns.
    ///   - labelSeparator: What stands between two labels, such as " " or ";".
    ///   - files: The column of the file names; the first by default.
    ///   - labels: The column of the labels; the second by default.
    ///   - folder: What the file names are relative to; the table's folder by default.
    ///   - suffix: What is to be appended to the file names, such as ".jpg".
    ///   - validColumn: A column that is true for validation pictures, instead of a random part.
    ///   - threshold: The probability above which a label is predicted; 0.5 by default.
    /// - Throws: `DataError` when there is nothing to train on, or the table has other columns.
    public static func fromCSV(
        _ table: URL, labelSeparator: String, files: String? = nil, labels: String? = nil, folder: URL? = nil,
        suffix: String = "", delimiter: Character = ",", validColumn: String? = nil, validFraction: Double = 0.2,
        threshold: Double = 0.5, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = [], mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil,
        workers: Int? = nil, shuffle: Bool = true, unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, MultiCategoryBlock> {
        try fromRows(
            TableRow.readCSV(table, delimiter: delimiter), labelSeparator: labelSeparator, files: files, labels: labels,
            folder: folder ?? table.deletingLastPathComponent(), suffix: suffix, validColumn: validColumn,
            validFraction: validFraction, threshold: threshold, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, batchSize: batchSize, seed: seed, workers: workers,
            shuffle: shuffle, unreadable: unreadable)
    }

    /// Pictures listed in rows of a table in memory with any number of labels each; see
    /// ``fromCSV(_:labelSeparator:files:labels:folder:suffix:delimiter:validColumn:validFraction:threshold:itemTransforms:batchTransforms:mode:batchSize:seed:workers:shuffle:unreadable:)``.
    public static func fromRows(
        _ rows: [TableRow], labelSeparator: String, files: String? = nil, labels: String? = nil, folder: URL,
        suffix: String = "", validColumn: String? = nil, validFraction: Double = 0.2, threshold: Double = 0.5,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, batchSize: Int = 64, seed: Int? = nil, workers: Int? = nil, shuffle: Bool = true,
        unreadable: UnreadablePolicy = .refuse
    ) throws -> DataLoaders<ImageBlock, MultiCategoryBlock> {
        let block = DataBlock<TableRow, ImageBlock, MultiCategoryBlock>(
            input: ImageBlock(mode), target: MultiCategoryBlock(threshold: threshold), items: { _ in rows },
            splitter: validColumn.map { .column($0) } ?? .random(validFraction: validFraction, seed: seed),
            inputSource: { storedFile(folder.appending(path: try $0.value(files, orAt: 0) + suffix)) },
            label: { TableRow.labels(in: try $0.value(labels, orAt: 1), separatedBy: labelSeparator) },
            itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        return try block.dataLoaders(
            from: folder, batchSize: batchSize, workers: workers, seed: seed, shuffle: shuffle, unreadable: unreadable)
    }
}
