// Predictions as a CSV file, as competitions want them.
import Foundation
import Torch

/// Which columns a file of predictions has beside the id.
public enum PredictionColumns: Sendable {
    /// The decision as text, such as the class name, in a column of this name.
    case label(String = "label")
    /// Every output, such as the probability of each class, in columns of these names.
    case outputs([String])
}

extension Predictions {
    /// Writes a line for each item: its id and what the model says of it, in CSV (RFC 4180) of UTF-8 with a header.
    ///
    /// ```swift
    /// let predictions = try learner.getPredictions(loaders.testLoader(files))
    /// try predictions.writeCSV(
    ///     to: URL(filePath: "submission.csv"), ids: files.map(\.lastPathComponent), idColumn: "image_id")
    /// ```
    /// - Parameters:
    ///   - url: The file, which is replaced when the new one is complete.
    ///   - ids: The id of each item, in the order of the items.
    ///   - idColumn: The name of the first column.
    ///   - columns: The decision in a column `label` by default.
    /// - Throws: ``DataError`` when ids or columns do not fit the predictions, `TensorFileError` when the file cannot be
    ///   written.
    public func writeCSV(
        to url: URL, ids: [String], idColumn: String = "id", columns: PredictionColumns = .label()
    ) throws {
        guard indices == Array(ids.indices) else {
            throw DataError(
                "There are \(ids.count) ids for the predictions of \(count) items; give the id of each item, and "
                    + "predict all of them.")
        }
        let (header, rows) = try table(columns)
        var text = CSV.line([idColumn] + header)
        for (id, row) in zip(ids, rows) { text += CSV.line([id] + row) }
        try replaceFile(at: url) { try $0.write(Array(text.utf8)) }
    }

    private func table(_ columns: PredictionColumns) throws -> (header: [String], rows: [[String]]) {
        switch columns {
        case .label(let name):
            let texts = try values().map { value in
                try target.appearance(of: value, on: nil).labels.map(\.text).joined(separator: " ")
            }
            guard !texts.contains("") else {
                throw DataError("The decisions of \(Target.self) cannot be read as text; write the outputs instead.")
            }
            return ([name], texts.map { [$0] })
        case .outputs(let names):
            let width = outputs.count / max(count, 1)
            guard names.count == width else {
                throw DataError(
                    "There are \(names.count) column names for \(width) outputs of each item; give one for each.")
            }
            let numbers = outputs.array(of: Float.self)
            return (names, indices.indices.map { row in (0..<width).map { "\(numbers[row * width + $0])" } })
        }
    }
}

/// Comma-separated values.
enum CSV {
    /// A record with its line feed; values with commas, quotation marks or line feeds are quoted.
    static func line(_ values: [String]) -> String { values.map(quoted).joined(separator: ",") + "\n" }

    private static func quoted(_ value: String) -> String {
        // Scalars, since a comma and a combining mark behind it are one character.
        guard value.unicodeScalars.contains(where: { [",", "\"", "\n", "\r"].contains($0) }) else { return value }
        var text = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in value.unicodeScalars { text.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
        return String(text) + "\""
    }
}
