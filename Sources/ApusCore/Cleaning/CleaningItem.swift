// An item that is looked through: what it is, where its label is kept, what the model says of it.
import Foundation

/// Where an item is, and with it its label.
public enum ItemPlace: Sendable, Hashable {
    /// A file whose folder or name says its label.
    case file(URL)
    /// A row of a CSV file with its label, by the line it starts on; with the file it is about, such as a picture, where
    /// there is one.
    case row(table: URL, line: Int, file: URL?)

    /// The file to look at: a picture or a text; nil for a row that says all itself.
    public var file: URL? {
        switch self {
        case .file(let file): file
        case .row(_, _, let file): file
        }
    }
}

/// Where the labels of items are kept.
public enum LabelStorage: Sendable {
    /// Each file lies in a folder of its label's name.
    case parentFolder
    /// The file's name has it: the first group of a regular expression, as of `Labeler.regex`.
    case fileName(pattern: String)
    /// A column of CSV files. What separates values is an ASCII letter.
    case column(String, delimiter: Character = ",", encoding: String.Encoding = .utf8)
    /// The corrections in a ``FeedbackStore``.
    case feedback
}

/// What is to happen with an item.
public enum CleaningChoice: Sendable, Hashable, Codable {
    /// It was looked at and is right.
    case keep
    /// Its file goes into the bin, and its row out of the table.
    case delete
    /// It gets another label.
    case relabel(String)
}

/// An item that is looked through.
public struct CleaningItem: Sendable, Identifiable {
    /// Its place among all items, by which choices name it.
    public let index: Int
    public var id: Int { index }
    /// Where it is; another place once a new label has been applied.
    public internal(set) var place: ItemPlace
    /// The part of the data it belongs to.
    public let part: DataPart
    /// Its label in the form of ``normalizedLabel(_:)``; empty for an item of files without labels.
    public internal(set) var label: String
    /// The values of a row that are shown; empty for files.
    public let values: [String]
    /// What the model says; nil without a model, and for an item that could not be read.
    public internal(set) var verdict: ItemVerdict?
    /// Why it could not be read; nil where it could.
    public internal(set) var problem: String?
    /// Whether it has been deleted by ``DataCleaner/apply()``.
    public internal(set) var isGone = false
    /// What its file was when it was looked at.
    var identity: FileIdentity?
}

/// Labeled items that are to be looked through, and where their labels are kept.
public struct CleaningData<Source: Sendable>: Sendable {
    /// An item with its label.
    public struct Item: Sendable {
        let source: Source
        let label: String
        let part: DataPart
        let place: ItemPlace
        let values: [String]
    }

    /// The items of all parts of the data.
    public let items: [Item]
    let storage: LabelStorage
    let columns: [String]

    init(items: [Item], storage: LabelStorage, columns: [String]) {
        (self.items, self.storage, self.columns) = (items, storage, columns)
    }

    /// Items of CSV files, each a row.
    ///
    /// - Parameters:
    ///   - rows: The rows of each part of the data, read by `TableRow.readCSV`.
    ///   - storage: The column of the labels.
    ///   - columns: The columns that are shown; those of the labels and files need not be among them.
    ///   - file: The file that a row is about, such as a picture; none by default.
    ///   - source: What goes into the model of a row.
    /// - Throws: ``DataError`` for rows that are of no file, or a column that there is not; what `source` throws.
    public init(
        rows: [(part: DataPart, rows: [TableRow])], storage: LabelStorage, columns: [String] = [],
        file: (TableRow) throws -> URL? = { _ in nil }, source: (TableRow) throws -> Source
    ) throws {
        guard case .column(let name, _, _) = storage else {
            throw DataError("The labels of rows are kept in a column; give .column with its name.")
        }
        items = try rows.flatMap { part, rows in
            try rows.map { row in
                guard let table = row.file else {
                    throw DataError("Rows in memory have no file to clean; read them with TableRow.readCSV.")
                }
                return Item(
                    source: try source(row), label: normalizedLabel(try row.value(name)), part: part,
                    place: .row(table: table, line: row.line, file: try file(row)), values: try columns.map(row.value))
            }
        }
        (self.storage, self.columns) = (storage, columns)
    }
}

extension CleaningData where Source == URL {
    /// Files whose folder or name says their label.
    ///
    /// - Parameters:
    ///   - files: The files of each part of the data.
    ///   - storage: Where their labels are.
    /// - Throws: ``DataError`` for a name that the pattern does not match.
    public init(files: [(part: DataPart, files: [URL])], storage: LabelStorage = .parentFolder) throws {
        try self.init(files: files, storage: storage) { $0 }
    }
}

extension CleaningData {
    /// Files whose folder or name says their label.
    ///
    /// - Parameters:
    ///   - files: The files of each part of the data.
    ///   - storage: Where their labels are.
    ///   - source: What goes into the model of a file.
    /// - Throws: ``DataError`` for a name that the pattern does not match.
    public init(
        files: [(part: DataPart, files: [URL])], storage: LabelStorage = .parentFolder, source: (URL) throws -> Source
    ) throws {
        let labeler: Labeler<URL, String>
        switch storage {
        case .parentFolder: labeler = .parentFolder
        case .fileName(let pattern): labeler = try .regex(pattern)
        case .column, .feedback:
            throw DataError("The labels of a column are those of rows; give rows instead of files.")
        }
        items = try files.flatMap { part, files in
            try files.map { file in
                Item(
                    source: try source(file), label: try labeler(file) ?? "", part: part, place: .file(file),
                    values: [])
            }
        }
        (self.storage, columns) = (storage, [])
    }
}
