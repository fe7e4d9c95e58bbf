// The ways to loaders of texts with labels, and to those of language models.
import ApusCore
import ApusTabular
import Foundation

/// Loaders of texts with labels.
///
/// ```swift
/// let reviews = try TextDataLoaders.fromFolder(imdb, split: .grandparent(valid: "test"))
/// try textClassifierLearner(reviews, .awdLSTM, metrics: [.accuracy]).fineTune(4, learningRate: 1e-2)
/// ```
/// All texts are tokenized once, on all cores. All functions take:
///
/// - `block`: How texts become batches; English words, filled up in pieces of 72 tokens, by default. With the vocabulary of
///   a language model its encoder can be used: `TextBlock(vocabulary: model.vocabulary)`.
/// - `target`: What is predicted: one class by default; `MultiCategoryBlock()` for several labels, `NumberBlock()` for
///   regression.
/// - `split`: Which texts are for validation.
/// - `LoaderOptions` as the last argument: batch size, seed, order.
///
/// All throw `DataError` or ``TextError`` that names the file, column or value that does not fit.
public enum TextDataLoaders {
    /// Loaders of the text files in a folder; each text is in a folder of its label, in folders for training and validation:
    /// `train/pos/1.txt`.
    ///
    /// - Parameters:
    ///   - split: The folders `train` and `valid` by default; `.random(0.2)` takes all files.
    ///   - label: The name of the file's folder by default.
    public static func fromFolder<Target: TargetBlock>(
        _ folder: URL, block: TextBlock = TextBlock(), target: Target = CategoryBlock(),
        split: Splitter<[URL]> = .grandparent(), label: Labeler<URL, Target.Source> = .parentFolder,
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, Target> where Target.Source == String {
        try fromFiles(
            textFiles(in: folder, folders: split.folders), block: block, target: target, split: split, label: label,
            options)
    }

    /// Loaders of text files.
    public static func fromFiles<Target: TargetBlock>(
        _ files: [URL], block: TextBlock = TextBlock(), target: Target = CategoryBlock(),
        split: Splitter<[URL]> = .random(),
        label: Labeler<URL, Target.Source>, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, Target> {
        try DataBlock(input: block, target: target, source: .textFile, label: label, split: split)
            .dataLoaders(of: files, options)
    }

    /// Loaders of the rows of a CSV file, with a class for each.
    ///
    /// - Parameters:
    ///   - text: The column of texts; several are fields of one text, each of which begins with `xxfld` and its number.
    ///     `text` by default.
    ///   - label: The column of labels; `label` by default.
    ///   - split: A random fifth by default; `.column("is_valid")` goes by a column.
    public static func fromCSV(
        _ file: URL, text: [String] = ["text"], label: String = "label", block: TextBlock = TextBlock(),
        target: CategoryBlock = CategoryBlock(), split: Splitter<[TableRow]> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, CategoryBlock> {
        try fromCSV(file, text: text, labeler: .column(label), block: block, target: target, split: split, options)
    }

    /// Loaders of the rows of a CSV file, with any kind of target.
    ///
    /// ```swift
    /// let stars = try TextDataLoaders.fromCSV(
    ///     file, text: ["title", "body"], labeler: .column("stars"), target: NumberBlock())
    /// ```
    /// - Parameter labeler: The label of a row.
    public static func fromCSV<Target: TargetBlock>(
        _ file: URL, text: [String] = ["text"], labeler: Labeler<TableRow, Target.Source>,
        block: TextBlock = TextBlock(),
        target: Target, split: Splitter<[TableRow]> = .random(), _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, Target> {
        try fromRows(
            TableRow.readCSV(file), text: text, labeler: labeler, block: block, target: target, split: split, options)
    }

    /// Loaders of the rows of a table, such as one that `Table.readParquet` has read, with a class for each.
    public static func fromTable(
        _ table: Table, text: [String] = ["text"], label: String = "label", block: TextBlock = TextBlock(),
        target: CategoryBlock = CategoryBlock(), split: Splitter<[TableRow]> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, CategoryBlock> {
        try fromTable(table, text: text, labeler: .column(label), block: block, target: target, split: split, options)
    }

    /// Loaders of the rows of a table, with any kind of target.
    public static func fromTable<Target: TargetBlock>(
        _ table: Table, text: [String] = ["text"], labeler: Labeler<TableRow, Target.Source>,
        block: TextBlock = TextBlock(), target: Target, split: Splitter<[TableRow]> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, Target> {
        try fromRows(
            table.textRows(), text: text, labeler: labeler, block: block, target: target, split: split, options)
    }

    /// Loaders of rows, with any kind of target.
    public static func fromRows<Target: TargetBlock>(
        _ rows: [TableRow], text: [String] = ["text"], labeler: Labeler<TableRow, Target.Source>,
        block: TextBlock = TextBlock(), target: Target, split: Splitter<[TableRow]> = .random(),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, Target> {
        try DataBlock(input: block, target: target, source: .text(of: text), label: labeler, split: split)
            .dataLoaders(of: rows, options)
    }

    /// Loaders of texts in memory with their labels.
    ///
    /// - Throws: `DataError` when there is not one label for each text.
    public static func fromTexts<Target: TargetBlock>(
        _ texts: [String], labels: [Target.Source], block: TextBlock = TextBlock(), target: Target = CategoryBlock(),
        split: Splitter<[String]> = .random(), _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, Target> {
        guard texts.count == labels.count else {
            throw DataError("There are \(labels.count) labels for \(texts.count) texts; give one for each text.")
        }
        return try DataBlock(
            input: block, target: target, source: { .text($0.text) }, label: { $0.label },
            split: split.reading { $0.text }
        ).dataLoaders(of: zip(texts, labels).map { (text: $0, label: $1) }, options)
    }
}

/// Loaders of language models: all texts in one stream, whose targets are the next tokens.
///
/// ```swift
/// let texts = try LanguageModelDataLoaders.fromFolder(imdb)                  // all texts, labeled or not
/// let learner = try languageModelLearner(texts, .awdLSTM, metrics: [.accuracy, .perplexity])
/// ```
/// All functions take:
///
/// - `block`: How texts become batches; English words in pieces of 72 tokens by default. `TextBlock(layout: .stream(seqLen:
///   70, isRandom: true))` varies the pieces as fastai v1 does.
/// - `split`: Which texts are for validation; a random tenth by default.
/// - `LoaderOptions` as the last argument: batch size, seed, order.
///
/// All throw `DataError` or ``TextError`` that names the file, column or value that does not fit, or says that there are too
/// few tokens.
public enum LanguageModelDataLoaders {
    /// Loaders of all text files in a folder and its folders.
    public static func fromFolder(
        _ folder: URL, block: TextBlock = TextBlock(layout: .stream()), split: Splitter<[URL]> = .random(0.1),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        try fromFiles(textFiles(in: folder, folders: split.folders), block: block, split: split, options)
    }

    /// Loaders of text files.
    public static func fromFiles(
        _ files: [URL], block: TextBlock = TextBlock(layout: .stream()), split: Splitter<[URL]> = .random(0.1),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        try loaders(of: files, block, split, options) { .file($0) }
    }

    /// Loaders of the rows of a CSV file.
    ///
    /// - Parameter text: The column of texts; several are fields of one text, each of which begins with `xxfld` and its
    ///   number. `text` by default.
    public static func fromCSV(
        _ file: URL, text: [String] = ["text"], block: TextBlock = TextBlock(layout: .stream()),
        split: Splitter<[TableRow]> = .random(0.1), _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        try fromRows(TableRow.readCSV(file), text: text, block: block, split: split, options)
    }

    /// Loaders of the rows of a table, such as one that `Table.readParquet` has read.
    public static func fromTable(
        _ table: Table, text: [String] = ["text"], block: TextBlock = TextBlock(layout: .stream()),
        split: Splitter<[TableRow]> = .random(0.1), _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        try fromRows(table.textRows(), text: text, block: block, split: split, options)
    }

    /// Loaders of rows.
    public static func fromRows(
        _ rows: [TableRow], text: [String] = ["text"], block: TextBlock = TextBlock(layout: .stream()),
        split: Splitter<[TableRow]> = .random(0.1), _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        guard !text.isEmpty else { throw DataError("No column of texts is named; give at least one.") }
        return try loaders(of: rows, block, split, options) { try $0.source(text) }
    }

    /// Loaders of texts in memory.
    ///
    /// ```swift
    /// let numbers = try LanguageModelDataLoaders.fromTexts(train + valid, split: .indices(places))
    /// ```
    public static func fromTexts(
        _ texts: [String], block: TextBlock = TextBlock(layout: .stream()), split: Splitter<[String]> = .random(0.1),
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        try loaders(of: texts, block, split, options) { .text($0) }
    }

    private static func loaders<Item: Sendable>(
        of items: [Item], _ block: TextBlock, _ split: Splitter<[Item]>, _ options: LoaderOptions,
        _ source: @escaping @Sendable (Item) throws -> TextSource
    ) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        var block = block
        if !block.layout.isStream {
            block = block.with(layout: .stream(seqLen: block.layout.seqLen ?? 72))
        }
        return try DataBlock(
            input: block, target: NextTokenBlock(), source: source, label: { try source($0) }, split: split
        ).dataLoaders(of: items, options)
    }
}

extension TextLayout {
    var isStream: Bool { if case .stream = self { true } else { false } }
}

extension Table {
    /// The rows with all values as texts; missing ones are empty.
    fileprivate func textRows() throws -> [TableRow] {
        try TableRow.rows(
            named: columnNames.map { name in (name, try self[name].values(as: String.self).map { $0 ?? "" }) })
    }
}

extension DataLoaders where Input == TextBlock {
    /// The tokens that the model knows, for further loaders: `TextBlock(vocabulary: loaders.textVocabulary)`.
    public var textVocabulary: TokenVocabulary? { pipeline.input.vocabulary }
}
