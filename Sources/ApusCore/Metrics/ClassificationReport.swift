// The scores of each class of a classifier, as a table.
import Foundation

/// Precision, recall, F1 and number of items of each class, with their averages; scikit-learn's
/// `classification_report`.
///
/// Every class of the vocabulary has a row and counts in the macro average, also one that does not occur; a score that
/// would be a division by zero is 0.
///
/// ```swift
/// let report = try ClassificationReport(actual: [0, 1, 1], predicted: [0, 1, 0], vocabulary: ["cat", "dog"])
/// print(report)
/// print(report.rows[1].recall)        // 0.5
/// ```
public struct ClassificationReport: Sendable, CustomStringConvertible {
    /// The scores of a class, or their average.
    public struct Row: Sendable {
        /// The class, or the average's name.
        public let name: String
        /// The part of the predictions of the class that is right.
        public let precision: Double
        /// The part of the items of the class that is found.
        public let recall: Double
        /// The harmonic mean of precision and recall.
        public let f1Score: Double
        /// The number of items of the class.
        public let support: Int
    }

    /// A row for each class, in the vocabulary's order.
    public let rows: [Row]
    /// The part of the items that is right; NaN without items.
    public let accuracy: Double
    /// The mean over the classes.
    public let macroAverage: Row
    /// The mean over the classes, weighted by their numbers of items.
    public let weightedAverage: Row

    /// - Parameters:
    ///   - actual: The right class of each item, as a place in the vocabulary.
    ///   - predicted: The predicted class of each item.
    ///   - vocabulary: The names of the classes.
    /// - Throws: ``TrainingError`` when the numbers of items differ or a class is not in the vocabulary.
    public init(actual: [Int], predicted: [Int], vocabulary: [String]) throws {
        guard actual.count == predicted.count else {
            throw TrainingError(
                "There are \(actual.count) actual classes and \(predicted.count) predicted ones; give one of each for "
                    + "every item.")
        }
        if let wrong = (actual + predicted).first(where: { !vocabulary.indices.contains($0) }) {
            throw TrainingError(
                "Class \(wrong) is not in the vocabulary of \(vocabulary.count) classes; give indices from 0 to "
                    + "\(vocabulary.count - 1).")
        }
        var right = Array(repeating: 0.0, count: vocabulary.count)
        var (said, present) = (right, right)
        for (actual, predicted) in zip(actual, predicted) {
            present[actual] += 1
            said[predicted] += 1
            if actual == predicted { right[actual] += 1 }
        }
        var counts = ClassCounts(classes: vocabulary.count)
        counts.add(right: right, predicted: said, actual: present)

        func average(_ name: String, _ kind: ClassAverage) -> Row {
            func value(_ score: ClassScore) -> Double { counts.average(score, kind, over: Array(vocabulary.indices)) }
            return Row(
                name: name, precision: value(.precision), recall: value(.recall), f1Score: value(.fBeta(1)),
                support: actual.count)
        }
        rows = vocabulary.indices.map { index in
            Row(
                name: vocabulary[index], precision: counts.score(.precision, of: index),
                recall: counts.score(.recall, of: index), f1Score: counts.score(.fBeta(1), of: index),
                support: Int(present[index]))
        }
        accuracy = actual.isEmpty ? .nan : right.reduce(0, +) / Double(actual.count)
        macroAverage = average("macro avg", .macro)
        weightedAverage = average("weighted avg", .weighted)
    }

    /// The table with two digits, in scikit-learn's layout.
    public var description: String {
        let averages = [macroAverage, weightedAverage]
        let width = (rows + averages).map(\.name.count).max() ?? 0
        func line(_ name: String, _ cells: [String]) -> String {
            let padded = cells.map { String(repeating: " ", count: max(9 - $0.count, 0)) + $0 }
            return String(repeating: " ", count: width - name.count) + name + " " + padded.map { " " + $0 }.joined()
        }
        func line(_ row: Row) -> String {
            line(row.name, [row.precision, row.recall, row.f1Score].map(number) + ["\(row.support)"])
        }
        let support = "\(macroAverage.support)"
        return
            ([line("", ["precision", "recall", "f1-score", "support"]), ""] + rows.map(line) + [
                "",
                line("accuracy", ["", "", number(accuracy), support]),
            ] + averages.map(line)).joined(separator: "\n")
    }

    private func number(_ value: Double) -> String { String(format: "%.2f", value) }
}
