// Where the labels of pictures are; what they are decides what is learned.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

/// Where the labels of pictures are: folders, names, a table, masks, or other pictures.
struct ImageLabelOptions: ParsableArguments {
    @Option(help: "Where labels come from: folder.")
    var labels: LabelSource?
    @Option(help: "A regular expression; its first group, matched on the file's name, is the label.")
    var labelRegex: String?
    @Option(help: "A CSV file with a header that lists pictures and labels.")
    var labelsCsv: String?
    @Option(help: "The column of the pictures' files (default: the first).")
    var fileColumn: String?
    @Option(help: "What is appended to the files' names in the table, such as .jpg.")
    var fileSuffix: String?
    @Option(help: "The column of the labels (default: the second); two, with a comma, for two labels of each picture.")
    var labelColumn: String?
    @Flag(help: "Leave out the pictures of the table that have no label.")
    var skipUnlabeled = false
    @Option(help: "What stands between the labels of a picture that has any number of them, such as \" \".")
    var labelDelim: String?
    @Option(help: "The probability above which one of several labels is predicted (default 0.5).")
    var threshold: Double?
    @Option(help: "The column of a number to predict.")
    var numberColumn: String?
    @Option(help: NumberScaling.help)
    var targetScale: NumberScaling?
    @Option(
        help: ArgumentHelp(
            "The columns of points, in pixels; two empty ones for a missing point.", valueName: "x,y,..."))
    var pointColumns: String?
    @Option(help: "The folder with the pictures' masks, PNG files of the same names.")
    var masks: String?
    @Option(help: "What the names of masks have behind those of their pictures, such as _P.")
    var maskSuffix: String?
    @Option(help: "The bytes of the masks that stand for the classes (default: 0, 1, ...), such as 1,2,3.")
    var maskValues: String?
    @Option(help: "A text file with the names of the masks' classes, one on each line.")
    var codes: String?
    @Option(help: "The class of pixels that do not count.")
    var void: String?
    @Option(help: FileEncoding.help("--labels-csv, --codes and --valid-list"))
    var encoding = "utf-8"
    @Option(help: "The folder with the pictures that the model is to make of those with the same names.")
    var targets: String?

    func validate() throws {
        let sources = [
            ("labels", labels != nil), ("label-regex", labelRegex != nil), ("labels-csv", labelsCsv != nil),
            ("masks", masks != nil), ("targets", targets != nil),
        ].filter(\.1).map { "--\($0.0)" }
        if sources.count > 1 {
            throw ValidationError("Give one of \(sources.joined(separator: " and ")), which say what is learned.")
        }
        try check(
            [
                ("file-column", fileColumn), ("file-suffix", fileSuffix), ("label-column", labelColumn),
                ("label-delim", labelDelim), ("number-column", numberColumn), ("point-columns", pointColumns),
            ], need: "labels-csv", labelsCsv)
        try check([("target-scale", targetScale?.rawValue)], need: "number-column", numberColumn)
        try check(
            [("mask-suffix", maskSuffix), ("mask-values", maskValues), ("codes", codes), ("void", void)],
            need: "masks", masks)
        if skipUnlabeled, labelsCsv == nil || labelDelim != nil || pointColumns != nil {
            throw ValidationError(
                "--skip-unlabeled is for the labels or numbers of --labels-csv; where there may be any number of labels or "
                    + "points, none is an answer, too.")
        }
        let kinds = [
            ("label-delim", labelDelim != nil), ("number-column", numberColumn != nil),
            ("point-columns", pointColumns != nil), ("label-column with two columns", labelColumns.count > 1),
        ].filter(\.1).map { "--\($0.0)" }
        if kinds.count > 1 {
            throw ValidationError("Give one of \(kinds.joined(separator: " and ")), which say what is learned.")
        }
        if labelColumns.count > 2 {
            throw ValidationError("--label-column takes one column, or two for two labels; not \(labelColumns.count).")
        }
        if labelDelim?.isEmpty == true { throw ValidationError("--label-delim is empty; give what separates labels.") }
        if masks != nil, codes == nil {
            throw ValidationError("--masks needs --codes with a file that lists the classes, one on each line.")
        }
        if let threshold {
            guard labelDelim != nil else { throw ValidationError("--threshold is for --label-delim.") }
            guard (0...1).contains(threshold) else {
                throw ValidationError("--threshold \(threshold) is no probability; give a number of 0 to 1.")
            }
        }
        if let pointColumns, pointNames.isEmpty || pointNames.count % 2 != 0 {
            throw ValidationError("--point-columns \(pointColumns) are no pairs; give x and y of each point.")
        }
        _ = try (maskBytes(), textEncoding())
    }

    func textEncoding() throws -> String.Encoding { try FileEncoding(named: encoding).text }

    private func check(_ options: [(String, String?)], need name: String, _ other: String?) throws {
        guard other == nil, let given = options.first(where: { $0.1 != nil }) else { return }
        throw ValidationError("--\(given.0) needs --\(name).")
    }

    /// Whether labels are names, one or several of each picture.
    var areNames: Bool {
        masks == nil && targets == nil && numberColumn == nil && pointColumns == nil && labelColumns.count < 2
    }

    var labelColumns: [String] { labelColumn?.split(separator: ",").map(String.init) ?? [] }
    var pointNames: [String] { pointColumns?.split(separator: ",").map(String.init) ?? [] }

    /// The bytes that stand for the classes.
    func maskBytes() throws -> [UInt8]? {
        try maskValues?.split(separator: ",").map { text in
            guard let byte = UInt8(text) else {
                throw ValidationError("--mask-values has \"\(text)\"; give a byte of 0 to 255 for each class.")
            }
            return byte
        }
    }

    /// The names of the masks' classes.
    func codeNames() throws -> [String] {
        let text = try readText(URL(filePath: codes ?? ""), as: "list of classes", encoding: textEncoding())
        return text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }
}
