// Tables of texts: how their files are written, and their rows as texts.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ApusText
import ArgumentParser
import Foundation

/// How a table or a file of texts is written.
struct TextFormatOptions: ParsableArguments {
    @Option(help: FileEncoding.help())
    var encoding = "utf-8"
    @Option(help: "What lies between the values of a line of a CSV file: one letter, or \"tab\".")
    var delimiter = ","
    @Option(
        help: ArgumentHelp(
            "The column of a table with the texts; several are fields of one text.", valueName: "column,..."))
    var text = "text"

    func validate() throws {
        guard delimiter == "tab" || delimiter.count == 1 && delimiter.first?.isASCII == true else {
            throw ValidationError("--delimiter \"\(delimiter)\" is not possible; give one ASCII letter, or tab.")
        }
        if listed(text).contains("") {
            throw ValidationError("--text \"\(text)\" names no column; give one, or several with commas between.")
        }
        _ = try chosenEncoding()
    }

    func chosenEncoding() throws -> String.Encoding { try FileEncoding(named: encoding).text }

    /// The columns of texts.
    var columns: [String] { listed(text) }

    /// The rows of a table with all values as texts: CSV, or Parquet and Arrow by the name's end.
    func rows(of path: String) throws -> [TableRow] {
        let file = URL(filePath: path)
        let table: Table
        switch file.pathExtension.lowercased() {
        case "parquet": table = try Table.readParquet(file)
        case "arrow", "feather": table = try Table.readArrow(file)
        default:
            return try TableRow.readCSV(
                file, delimiter: delimiter == "tab" ? "\t" : delimiter.first ?? ",", encoding: chosenEncoding())
        }
        return try TableRow.rows(
            named: table.columnNames.map { ($0, try table[$0].values(as: String.self).map { $0 ?? "" }) })
    }
}

/// Whether a path is a folder; refuses one that is missing.
func isFolder(_ path: String) throws -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw DataError("\(path) does not exist; give a folder of text files or a table.")
    }
    return isFolder.boolValue
}

/// Files of one text each: those that are given, and those of folders.
func filesOfTexts(_ paths: [String]) throws -> [URL] {
    try paths.flatMap { path in
        guard try isFolder(path) else { return [URL(filePath: path)] }
        let found = try textFiles(in: URL(filePath: path, directoryHint: .isDirectory))
        guard !found.isEmpty else { throw DataError("There are no text files (.txt) in \(path); check the path.") }
        return found
    }
}
