// The files that a table's rows name.
import ApusCore
import Foundation

extension Labeler where Item == TableRow, Label == URL {
    /// The file that a column names.
    ///
    ///     source: .column("image_id", in: photos, suffix: ".jpg")
    ///
    /// - Parameters:
    ///   - name: The column; the first by default.
    ///   - folder: What the names are relative to; the folder of the CSV file that the row comes from by default.
    ///   - suffix: What is to be appended to the names, such as ".jpg".
    public static func column(_ name: String? = nil, in folder: URL? = nil, suffix: String = "") -> Labeler {
        Labeler { row in
            guard let folder = folder ?? row.file?.deletingLastPathComponent() else {
                throw DataError(
                    "Line \(row.line) names a file, and its table was not read from one; give the folder of the files, "
                        + "such as .column(\"name\", in: folder).")
            }
            return storedFile(folder.appending(path: try row.value(name, orAt: 0) + suffix))
        }
    }
}
