// Which texts are learned from, which of them are for validation, and how they become batches.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation

struct TextDataOptions: ParsableArguments {
    @Argument(help: "The texts: a folder of text files (.txt), or a table (CSV, .parquet, .arrow).")
    var texts: String
    @OptionGroup var written: TextFormatOptions
    @Option(
        help: ArgumentHelp(
            "Only the files in these folders of a folder of texts, such as train,test,unsup.", valueName: "folder,..."))
    var folders: String?
    @Option(help: "The name of the folder with the files for validation.")
    var valid: String?
    @Option(help: "The part of the texts for validation (default: 0.2, of a language model 0.1).")
    var validFraction: Double?
    @Option(help: "A column of true or false that says which rows are for validation.")
    var validColumn: String?
    @Option(help: "The number of texts in a batch; of a language model, of places that are read at once.")
    var batchSize: Int?
    @Option(help: "How many tokens are read at once.")
    var seqLen = 72
    @Option(
        help: ArgumentHelp(
            "How texts are cut where the model has no way of its own: english, words (by Unicode's rules; words:ja and its like "
                + "know a language), sentencepiece, characters or whitespace.",
            valueName: "name"))
    var tokenizer = "english"
    @Option(help: "The least number of times that a token must come to be in the vocabulary.")
    var minFrequency = 3
    @Option(help: "The most tokens in the vocabulary.")
    var maxVocabulary = 60_000
    @Option(help: "The most tokens of a text; the rest is cut off (default: all).")
    var maxLength: Int?
    @Flag(help: "Read texts from their end.")
    var backward = false
    @Option(help: "Keep tokens in this folder for the next start.")
    var cache: String?
    @Option(help: "The seed of the split and of everything drawn.")
    var seed = 42

    func validate() throws {
        if [validFraction != nil, validColumn != nil, valid != nil].filter({ $0 }).count > 1 {
            throw ValidationError("Give one of --valid, --valid-fraction and --valid-column.")
        }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        for (name, value) in [
            ("--batch-size", batchSize), ("--seq-len", seqLen), ("--min-frequency", minFrequency),
            ("--max-vocabulary", maxVocabulary), ("--max-length", maxLength),
        ] {
            if let value, value < 1 { throw ValidationError("\(name) \(value) is not possible; give at least 1.") }
        }
        _ = try chosenTokenizer()
    }

    /// How texts are cut.
    func chosenTokenizer() throws -> any ApusText.Tokenizer {
        let parts = tokenizer.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch parts[0] {
        case "words": return RuledTokenizer(try WordBoundaries(locale: parts.dropFirst().first ?? ""))
        case "english" where parts.count == 1: return RuledTokenizer()
        case "sentencepiece" where parts.count == 1: return RuledTokenizer(SentencePiece())
        case "characters" where parts.count == 1:
            return RuledTokenizer(Characters(), rules: [.fixHTML, .lowercase()], tokenRules: [])
        case "whitespace" where parts.count == 1: return Whitespace()
        default:
            throw ValidationError(
                "--tokenizer \(tokenizer) is not known; give english, words, words:LANGUAGE, sentencepiece, characters or "
                    + "whitespace.")
        }
    }

    /// Refuses English weights for texts that are cut in another way.
    func check(_ weights: TextWeights) throws {
        guard case .published = weights, tokenizer != "english" else { return }
        throw ValidationError(
            "The model of Wikipedia reads English words, and --tokenizer \(tokenizer) gives others; add --weights none, or the "
                + "file of a language model that was trained so.")
    }

    /// The block of the texts.
    ///
    /// - Parameters:
    ///   - vocabulary: That of another model; one that is learned by default.
    ///   - layout: How texts become batches.
    func block(vocabulary: TokenVocabulary? = nil, layout: TextLayout) throws -> TextBlock {
        TextBlock(
            tokenizer: try chosenTokenizer(), vocabulary: vocabulary, minFrequency: minFrequency,
            maxVocabulary: maxVocabulary,
            layout: layout, maxLength: maxLength, isBackward: backward,
            reading: TextReading(
                encoding: try written.chosenEncoding(),
                cache: cache.map { TokenCache(folder: URL(filePath: $0, directoryHint: .isDirectory)) }))
    }

    var loaderOptions: LoaderOptions { LoaderOptions(batchSize: batchSize, seed: seed) }

    // MARK: Folders

    var isOfFiles: Bool { get throws { try isFolder(texts) } }

    /// The text files of the folder.
    func files() throws -> [URL] {
        if validColumn != nil { throw ValidationError("--valid-column is for tables; \(texts) is a folder.") }
        let folder = URL(filePath: texts, directoryHint: .isDirectory)
        let files = try textFiles(in: folder, folders: folders.map(listed))
        guard !files.isEmpty else {
            throw DataError(
                "There are no text files (.txt) in \(texts)\(folders.map { " under \($0)" } ?? ""); check the path.")
        }
        if let valid, !files.contains(where: { $0.lies(in: valid, below: texts) }) {
            throw DataError(
                "No text lies in a folder \"\(valid)\" of \(texts); give the name of one with --valid, or --valid-fraction."
            )
        }
        return files
    }

    /// Which files are for validation: those of a folder, or a random part.
    func split(usual fraction: Double) -> Splitter<[URL]> {
        guard let valid else { return validFraction == 0 ? .none : .random(validFraction ?? fraction) }
        let root = texts
        return .function { $0.lies(in: valid, below: root) }
    }

    // MARK: Tables

    /// The rows of the table.
    func rows() throws -> [TableRow] {
        if valid != nil || folders != nil {
            throw ValidationError("--valid and --folders are for a folder of files; \(texts) is a table.")
        }
        return try written.rows(of: texts)
    }

    /// Which rows are for validation: those of a column, or a random part.
    func splitRows(usual fraction: Double) -> Splitter<[TableRow]> {
        if let validColumn { return .column(validColumn) }
        return validFraction == 0 ? .none : .random(validFraction ?? fraction)
    }

    /// The loaders of a language model.
    func languageLoaders(_ block: TextBlock) throws -> DataLoaders<TextBlock, NextTokenBlock> {
        try isOfFiles
            ? LanguageModelDataLoaders.fromFiles(files(), block: block, split: split(usual: 0.1), loaderOptions)
            : LanguageModelDataLoaders.fromRows(
                rows(), text: written.columns, block: block, split: splitRows(usual: 0.1), loaderOptions)
    }
}

extension URL {
    /// Whether a file lies in a folder of a name, which lies somewhere below another.
    fileprivate func lies(in name: String, below root: String) -> Bool {
        let depth = URL(filePath: root).standardizedFileURL.pathComponents.count
        return standardizedFileURL.pathComponents.dropFirst(depth).dropLast().contains(name)
    }
}

/// What is told of texts.
struct TextTargetOptions: ParsableArguments {
    @Option(help: "The column to predict (default: of a table label, of files the name of their folder).")
    var target: String?
    @Flag(help: "Leave out the rows of a table that have no label.")
    var skipUnlabeled = false
    @Option(help: "What stands between the labels of a text that has any number of them, such as \" \".")
    var labelDelim: String?
    @Flag(help: "The target is a number.")
    var regression = false
    @OptionGroup var corrections: CorrectionOptions

    func validate() throws {
        if skipUnlabeled, labelDelim != nil {
            throw ValidationError(
                "--skip-unlabeled goes with one label; where there may be any number, none is an answer, too.")
        }
        if regression, labelDelim != nil { throw ValidationError("--label-delim goes with labels, not --regression.") }
    }

    /// Makes the loaders of the target that was chosen, and hands them to a step.
    ///
    /// - Parameter fitted: The pipeline of a model, whose blocks are used instead of new ones.
    func perform(_ data: TextDataOptions, _ block: TextBlock, _ step: some TextTaskStep) throws {
        if try data.isOfFiles {
            guard target == nil, labelDelim == nil, !regression, !skipUnlabeled else {
                throw ValidationError(
                    "The label of a file is the name of its folder; --target, --label-delim, --regression and --skip-unlabeled are for tables."
                )
            }
            let files = try data.files()
            let corrected = try corrections.classes(of: .text, among: Set(files.map(parentLabel)))
            if !corrected.isEmpty, try data.written.chosenEncoding() != .utf8 {
                throw ValidationError(
                    "--feedback has texts in UTF-8, which do not go with files in \(data.written.encoding). Convert those."
                )
            }
            let labels = Dictionary(
                corrected.compactMap { one in one.file.map { ($0, one.label) } }, uniquingKeysWith: { $1 })
            try step.run(
                TextDataLoaders.fromFiles(
                    files + labels.keys.sorted { $0.path < $1.path }, block: block, target: CategoryBlock(),
                    split: data.split(usual: 0.2).training { labels[$0] != nil },
                    label: Labeler { labels[$0] ?? parentLabel($0) }, data.loaderOptions))
        } else if regression {
            try step.run(loaders(data, block, NumberBlock(), .column(target ?? "label")))
        } else if let labelDelim {
            try step.run(
                loaders(data, block, MultiCategoryBlock(), .column(target ?? "label", separator: labelDelim)))
        } else {
            try step.run(loaders(data, block, CategoryBlock(), .column(target ?? "label")))
        }
    }

    private func loaders<Target: TargetBlock>(
        _ data: TextDataOptions, _ block: TextBlock, _ target: Target, _ label: Labeler<TableRow, Target.Source>
    ) throws -> DataLoaders<TextBlock, Target> {
        let rows = try data.rows()
        var options = data.loaderOptions
        if skipUnlabeled { options.unlabeled = .drop }
        return try TextDataLoaders.fromRows(
            rows + correctedRows(data, rows), text: data.written.columns, labeler: label, block: block, target: target,
            split: data.splitRows(usual: 0.2).training { (try? $0.value(Self.mark)) != nil }, options)
    }

    /// The column that rows of corrections have, and no row of a table.
    private static let mark = "\u{0}corrected"

    /// Corrected texts as rows with the columns that count.
    private func correctedRows(_ data: TextDataOptions, _ rows: [TableRow]) throws -> [TableRow] {
        guard corrections.feedback != nil else { return [] }
        guard let column = data.written.columns.first, data.written.columns.count == 1 else {
            throw ValidationError(
                "--feedback has texts of one field; --text names \(data.written.columns.count). Leave one of them out.")
        }
        let name = target ?? "label"
        let corrected: [(file: URL?, label: String)]
        if regression {
            corrected = try corrections.numbers(of: .text).map { ($0.file, "\($0.label)") }
        } else if let labelDelim {
            let known = try rows.flatMap { try $0.value(name).components(separatedBy: labelDelim) }.map(normalizedLabel)
            corrected = try corrections.labels(of: .text, among: Set(known)).map {
                ($0.file, $0.label.joined(separator: labelDelim))
            }
        } else {
            let known = try rows.map { normalizedLabel(try $0.value(name)) }
            corrected = try corrections.classes(of: .text, among: Set(known)).map { ($0.file, $0.label) }
        }
        let texts = try corrected.map { one in
            try one.file.map { try readText($0, as: "text of --feedback", encoding: .utf8) } ?? ""
        }
        return try TableRow.rows(named: [
            (column, texts), (name, corrected.map(\.label)), (Self.mark, texts.map { _ in "true" }),
        ])
    }
}

/// What a command does with loaders of any target.
protocol TextTaskStep {
    func run<Target: AnsweredTextTarget>(_ loaders: DataLoaders<TextBlock, Target>) throws
}

extension AnsweredTextTarget {
    /// The metrics of a kind of target.
    static var metrics: [Metric] {
        switch Self.self {
        case is MultiCategoryBlock.Type: [.accuracyMulti()]
        case is NumberBlock.Type: [.rmse, .r2]
        case is NextTokenBlock.Type: [.accuracy, .perplexity]
        default: [.accuracy]
        }
    }
}
