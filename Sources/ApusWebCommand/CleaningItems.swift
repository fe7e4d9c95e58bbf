// Finding the items of a data set and letting a model look at them.
import ApusCommandSupport
import ApusTabular
import ApusText
import ApusVision
import ApusWeb
import Foundation
import Synchronization

/// The items of a data set with what a model says of them.
struct CleaningItems {
    let cleaner: DataCleaner
    let kind: CleaningPage.Kind
    /// Whether the validation items were drawn.
    let drawsSplit: Bool

    /// - Throws: `DataError` and `ModelFileError` that say what does not fit.
    static func look(
        through data: CleaningDataOptions, in root: URL, with model: URL, batchSize: Int
    ) throws -> CleaningItems {
        let file = try ModelFile(model)
        let task = try file.summary().task
        guard task == CategoryBlock.task else {
            throw ModelFileError(
                "\(file.name) is a model for \(task); apus clean looks through the items of classifiers, which give each "
                    + "item one label.")
        }
        switch file.inputName {
        case ImageBlock.storedName: return try pictures(data, root, model, batchSize)
        case TextBlock.storedName: return try texts(data, root, model, batchSize)
        case TabularBlock.storedName: return try rows(data, root, model, batchSize)
        default:
            throw ModelFileError(
                "\(file.name) is a model of \(file.inputName), whose items the page does not show; use DataCleaner in a "
                    + "program.")
        }
    }

    /// Corrections, all of which are training items.
    private static func looked<Input: InputBlock>(
        _ predictor: Predictor<Input, CategoryBlock>, _ data: CleaningData<Input.Source>, _ root: URL,
        _ kind: CleaningPage.Kind, _ batchSize: Int
    ) throws -> CleaningItems {
        guard !data.items.isEmpty else {
            throw DataError("\(root.path) has no corrections to one class for this kind of model.")
        }
        return CleaningItems(
            cleaner: try DataCleaner(predictor, data, in: root, batchSize: batchSize), kind: kind, drawsSplit: false)
    }

    private static func feedbackFile(_ feedback: Feedback, in store: FeedbackStore) throws -> URL {
        guard let file = store.file(of: feedback) else {
            throw DataError("A correction in \(store.folder.path) names no file; remove its line from feedback.jsonl.")
        }
        return file
    }

    // MARK: Pictures

    private static func pictures(
        _ data: CleaningDataOptions, _ root: URL, _ model: URL, _ batchSize: Int
    ) throws -> CleaningItems {
        let predictor = try Predictor<ImageBlock, CategoryBlock>(from: model)
        if let store = try data.feedbackStore() {
            let found = try CleaningData(feedback: store, of: .picture, model: data.feedbackModel) { feedback in
                try feedbackFile(feedback, in: store)
            }
            return try looked(predictor, found, root, .pictures, batchSize)
        }
        let found: CleaningData<URL>
        var drawsSplit = data.validList == nil && data.validColumn == nil
        if data.csv.isEmpty {
            let folder = try validFolder(data, root)
            drawsSplit = drawsSplit && folder == nil
            let storage = data.labelRegex.map { LabelStorage.fileName(pattern: $0) } ?? .parentFolder
            let files = try imageFiles(in: root, folders: folder.map { ["train", $0] })
            guard !files.isEmpty else { throw DataError("There are no pictures in \(root.path); check the path.") }
            let depth = root.standardizedFileURL.pathComponents.count
            let splitter: Splitter<[URL]> =
                if let folder {
                    .function { $0.standardizedFileURL.pathComponents.dropFirst(depth).first == folder }
                } else if let list = data.validList {
                    .fileList(URL(filePath: list), encoding: try data.textEncoding())
                } else {
                    .random(data.validFraction ?? 0.2, seed: data.seed)
                }
            var parts = try split(files, splitter) { $0 }
            if let test = data.test { parts.append((.test, try imageFiles(in: root, folders: [test]))) }
            found = try CleaningData(files: parts.map { (part: $0.0, files: $0.1) }, storage: storage)
        } else {
            let (rows, column) = try data.rows { row in
                guard row.values.count > 1, let name = row.columnNames.dropFirst().first else {
                    throw DataError("The table has one column; a file and a label are needed.")
                }
                return name
            }
            @Sendable func file(_ row: TableRow) throws -> URL {
                let name = try data.fileColumn.map(row.value) ?? row.values[0]
                return storedFile(root.appending(path: name + (data.fileSuffix ?? "")))
            }
            let splitter: Splitter<[TableRow]> =
                if let column = data.validColumn {
                    .function { try $0.isTrue(column) }
                } else if let list = data.validList {
                    Splitter<[URL]>.fileList(URL(filePath: list), encoding: try data.textEncoding()).reading(file)
                } else {
                    .random(data.validFraction ?? 0.2, seed: data.seed)
                }
            found = try CleaningData(
                rows: split(rows, splitter, file).map { (part: $0.0, rows: $0.1) },
                storage: .column(column, delimiter: data.separator, encoding: data.textEncoding()), file: file,
                source: file)
        }
        return CleaningItems(
            cleaner: try DataCleaner(predictor, found, in: root, batchSize: batchSize), kind: .pictures,
            drawsSplit: drawsSplit)
    }

    /// Splits as the training does: what cannot be opened was left out before the splitter was asked, and is shown among the
    /// training items.
    private static func split<Item>(
        _ items: [Item], _ splitter: Splitter<[Item]>, _ file: (Item) throws -> URL
    ) throws -> [(DataPart, [Item])] {
        let unreadable = unreadablePlaces(try items.map(file))
        let good = items.indices.filter { !unreadable.contains($0) }
        guard !good.isEmpty else {
            throw DataError("None of the \(items.count) pictures can be read; check the folder.")
        }
        let parts = try splitter.split(good.map { items[$0] })
        return [
            (.train, parts.train.map { items[good[$0]] } + unreadable.sorted().map { items[$0] }),
            (.valid, parts.valid.map { items[good[$0]] }), (.test, parts.test.map { items[good[$0]] }),
        ]
    }

    /// The validation folder that lies beside train/: the one given, or by its usual names.
    private static func validFolder(_ data: CleaningDataOptions, _ root: URL) throws -> String? {
        func exists(_ name: String) -> Bool {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: root.appending(path: name).path, isDirectory: &isFolder)
                && isFolder.boolValue
        }
        for name in [data.valid, data.test].compactMap({ $0 }) where !exists(name) {
            throw DataError("There is no folder \"\(name)\" in \(root.path).")
        }
        if data.validFraction != nil || data.validList != nil { return nil }
        return data.valid ?? (exists("train") ? ["valid", "val", "validation"].first(where: exists) : nil)
    }

    // MARK: Texts

    private static func texts(
        _ data: CleaningDataOptions, _ root: URL, _ model: URL, _ batchSize: Int
    ) throws -> CleaningItems {
        let predictor = try Predictor<TextBlock, CategoryBlock>(from: model)
        if let store = try data.feedbackStore() {
            let found = try CleaningData(feedback: store, of: .text, model: data.feedbackModel) { feedback in
                TextSource.file(try feedbackFile(feedback, in: store))
            }
            return try looked(predictor, found, root, .texts, batchSize)
        }
        let found: CleaningData<TextSource>
        let fraction = data.validFraction ?? 0.2
        if data.csv.isEmpty {
            let files = try textFiles(in: root)
            guard !files.isEmpty else {
                throw DataError("There are no text files (.txt) in \(root.path); check the path.")
            }
            let depth = root.standardizedFileURL.pathComponents.count
            let splitter: Splitter<[URL]> =
                if let valid = data.valid {
                    .function { $0.standardizedFileURL.pathComponents.dropFirst(depth).dropLast().contains(valid) }
                } else {
                    fraction == 0 ? .none : .random(fraction, seed: data.seed)
                }
            let parts = try splitter.split(files)
            let storage = data.labelRegex.map { LabelStorage.fileName(pattern: $0) } ?? .parentFolder
            found = try CleaningData(
                files: [(.train, parts.train.map { files[$0] }), (.valid, parts.valid.map { files[$0] })],
                storage: storage, source: { TextSource.file($0) })
        } else {
            let (rows, column) = try data.rows { _ in "label" }
            let parts = try splitter(data, fraction).split(rows)
            let columns = data.textColumns
            found = try CleaningData(
                rows: [(.train, parts.train.map { rows[$0] }), (.valid, parts.valid.map { rows[$0] })],
                storage: .column(column, delimiter: data.separator, encoding: data.textEncoding()), columns: columns,
                source: { row in
                    let texts = try columns.map(row.value)
                    return texts.count == 1 ? .text(texts[0]) : .fields(texts)
                })
        }
        return CleaningItems(
            cleaner: try DataCleaner(predictor, found, in: root, batchSize: batchSize), kind: .texts,
            drawsSplit: data.valid == nil && data.validColumn == nil)
    }

    private static func splitter(_ data: CleaningDataOptions, _ fraction: Double) -> Splitter<[TableRow]> {
        if let column = data.validColumn { return .column(column) }
        return fraction == 0 ? .none : .random(fraction, seed: data.seed)
    }

    // MARK: Rows

    private static func rows(
        _ data: CleaningDataOptions, _ root: URL, _ model: URL, _ batchSize: Int
    ) throws -> CleaningItems {
        let predictor = try Predictor<TabularBlock, CategoryBlock>(from: model)
        let block = predictor.pipeline.input
        if let store = try data.feedbackStore() {
            let found = try CleaningData(
                feedback: store, of: .row, model: data.feedbackModel, columns: block.columns
            ) { feedback in
                try block.row(ofTexts: (feedback.row ?? [:]).filter { block.columns.contains($0.key) })
            }
            return try looked(predictor, found, root, .rows, batchSize)
        }
        guard !data.csv.isEmpty, data.labelColumn != nil else {
            throw DataError(
                "Rows are cleaned in their table: give it with --csv, and the column of the labels with --target.")
        }
        let (rows, column) = try data.rows { _ in "" }
        var cells: [URL: [Int: TableCells]] = [:]
        for path in data.csv {
            let file = URL(filePath: path)
            // The same file as the rows': by their number.
            let lines = try TableRow.readCSV(file, delimiter: data.separator, encoding: data.textEncoding()).map(\.line)
            var format = CSVFormat(delimiter: data.separator)
            format.encoding = CSVFormat.Encoding(rawValue: try FileEncoding(named: data.encoding).iconvName)
            format.kinds = block.fileKinds
            let read = try Table.readCSV(file, format: format).rows()
            guard read.count == lines.count else {
                throw DataError(
                    "\(path) has \(lines.count) rows by its lines and \(read.count) by its values; remove what is no row."
                )
            }
            cells[file] = Dictionary(uniqueKeysWithValues: zip(lines, read))
        }
        let parts = try splitter(data, data.validFraction ?? 0.2).split(rows)
        let found = try CleaningData(
            rows: [(.train, parts.train.map { rows[$0] }), (.valid, parts.valid.map { rows[$0] })],
            storage: .column(column, delimiter: data.separator, encoding: data.textEncoding()), columns: block.columns,
            source: { row in
                guard let file = row.file, let cells = cells[file]?[row.line] else {
                    throw DataError("Line \(row.line) has no values.")
                }
                return cells
            })
        return CleaningItems(
            cleaner: try DataCleaner(predictor, found, in: root, batchSize: batchSize), kind: .rows,
            drawsSplit: data.validColumn == nil)
    }
}

/// The places of the files that cannot be opened as pictures, found on all cores.
private func unreadablePlaces(_ files: [URL]) -> Set<Int> {
    let found = Mutex<Set<Int>>([])
    DispatchQueue.concurrentPerform(iterations: files.count) { place in
        guard (try? Image.size(of: files[place])) == nil else { return }
        found.withLock { _ = $0.insert(place) }
    }
    return found.withLock { $0 }
}
