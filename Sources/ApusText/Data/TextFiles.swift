// Finding the text files of a folder.
import ApusCore
import Foundation

/// The text files of a folder, told by their extension, as ``ApusFiles/findFiles(in:extensions:recursive:folders:)`` finds them.
///
/// - Parameters:
///   - recursive: Whether folders in the folder are searched too; true by default.
///   - folders: When given, only the folders of these names directly in `folder` are searched, as with fastai's
///     `get_text_files`.
///   - extensions: The extensions in lower case; `txt` by default.
/// - Throws: `FolderError` when the folder is missing or may not be read, or a name is not UTF-8.
public func textFiles(
    in folder: URL, recursive: Bool = true, folders: [String]? = nil, extensions: Set<String> = ["txt"]
) throws(FolderError) -> [URL] {
    try findFiles(in: folder, extensions: extensions, recursive: recursive, folders: folders)
}

extension TableRow {
    /// The text of a row: that of a column, or several fields.
    func source(_ columns: [String]) throws -> TextSource {
        columns.count == 1 ? .text(try value(columns[0])) : .fields(try columns.map { try value($0) })
    }
}

extension Labeler where Item == TableRow, Label == TextSource {
    /// The text of a row: that of one column, or of several as fields, each of which begins with `xxfld` and its number.
    ///
    /// - Parameter columns: The columns; `text` by default.
    public static func text(of columns: [String] = ["text"]) -> Labeler {
        Labeler { row in
            guard !columns.isEmpty else { throw DataError("No column of texts is named; give at least one.") }
            return try row.source(columns)
        }
    }
}

extension Labeler where Item == URL, Label == TextSource {
    /// The text of a file.
    public static var textFile: Labeler { Labeler { .file($0) } }
}
