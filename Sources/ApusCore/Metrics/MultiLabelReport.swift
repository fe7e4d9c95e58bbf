// The scores of each label of a model of several labels, as a table.
import Foundation
import Torch

/// Precision, recall, F1 and number of items of each label, with their averages (scikit-learn's
/// `classification_report` of several labels), and the threshold at which each label's F1 is best.
///
/// ```swift
/// let report = try Interpretation(learner).multiLabelReport()
/// print(report)
/// print(report.rows[0].bestThreshold ?? 0.5)
/// ```
/// Thresholds that were found on the validation set flatter its scores: measure them on other items.
public struct MultiLabelReport: Sendable, CustomStringConvertible {
    /// The scores of a label.
    public struct Row: Sendable {
        /// The label.
        public let name: String
        /// The part of the predictions of the label that is right; 0 without predictions.
        public let precision: Double
        /// The part of the items with the label that is found; 0 without items.
        public let recall: Double
        /// The harmonic mean of precision and recall.
        public let f1Score: Double
        /// The number of items with the label.
        public let support: Int
        /// The probability above which the label's F1 is largest; nil for a label that no item has.
        public let bestThreshold: Double?
        /// The F1 at ``bestThreshold``; 0 for a label that no item has.
        public let bestF1Score: Double
    }

    /// A row for each label, in the vocabulary's order.
    public let rows: [Row]
    /// The scores of all labels of all items together, and the one threshold that is best for them.
    public let microAverage: Row
    /// The mean over the labels.
    public let macroAverage: ClassificationReport.Row
    /// The mean over the labels, weighted by their numbers of items.
    public let weightedAverage: ClassificationReport.Row
    /// The mean over the items' own scores.
    public let samplesAverage: ClassificationReport.Row
    /// The probability above which a label counts as predicted.
    public let threshold: Double

    /// - Parameters:
    ///   - probabilities: `[items, labels]`, each of 0 to 1.
    ///   - targets: `[items, labels]`, ones and zeros.
    ///   - vocabulary: The labels' names.
    ///   - threshold: The probability above which a label counts as predicted.
    /// - Throws: ``TrainingError`` when the shapes differ, a probability is no number or there are no items.
    public init(probabilities: Tensor, targets: Tensor, vocabulary: [String], threshold: Double = 0.5) throws {
        guard probabilities.dim == 2, probabilities.shape == targets.shape, probabilities.size(0) > 0,
            probabilities.size(1) == vocabulary.count
        else {
            throw TrainingError(
                "A report on \(vocabulary.count) labels takes probabilities and targets of the shape [items, "
                    + "\(vocabulary.count)]; \(probabilities.shape) and \(targets.shape) were given.")
        }
        let (items, labels) = (probabilities.size(0), vocabulary.count)
        let said = probabilities.to(.cpu).float().contiguous().array(of: Float.self).map(Double.init)
        let isThere = targets.to(.cpu).float().contiguous().array(of: Float.self).map { $0 > 0.5 }
        guard said.allSatisfy(\.isFinite) else {
            throw TrainingError("The probabilities are not all numbers; the model's training has failed.")
        }
        func column(_ label: Int) -> [Int] { (0..<items).map { $0 * labels + label } }
        func row(_ name: String, _ places: [Int]) -> Row {
            let pairs = places.map { (probability: said[$0], isThere: isThere[$0]) }
            let counts = Self.counts(pairs, above: threshold)
            let best = Self.best(pairs)
            return Row(
                name: name, precision: counts.score(.precision, of: 0), recall: counts.score(.recall, of: 0),
                f1Score: counts.score(.fBeta(1), of: 0), support: Int(counts.actual[0]), bestThreshold: best?.threshold,
                bestF1Score: best?.score ?? 0)
        }
        let rows = (0..<labels).map { row(vocabulary[$0], column($0)) }
        let support = rows.reduce(0) { $0 + $1.support }
        func average(_ name: String, _ value: (_ score: ClassScore) -> Double) -> ClassificationReport.Row {
            ClassificationReport.Row(
                name: name, precision: value(.precision), recall: value(.recall), f1Score: value(.fBeta(1)),
                support: support)
        }
        var counts = ClassCounts(classes: labels)
        let each = (0..<labels).map { label in
            Self.counts(column(label).map { (said[$0], isThere[$0]) }, above: threshold)
        }
        counts.add(
            right: each.map { $0.right[0] }, predicted: each.map { $0.predicted[0] }, actual: each.map { $0.actual[0] })
        let ofItems = (0..<items).map { item in
            Self.counts((0..<labels).map { (said[item * labels + $0], isThere[item * labels + $0]) }, above: threshold)
        }
        self.rows = rows
        self.threshold = threshold
        microAverage = row("micro avg", Array(said.indices))
        macroAverage = average("macro avg") { counts.average($0, .macro, over: Array(0..<labels)) }
        weightedAverage = average("weighted avg") { counts.average($0, .weighted, over: Array(0..<labels)) }
        samplesAverage = average("samples avg") { score in
            ofItems.reduce(0) { $0 + $1.score(score, of: 0) } / Double(items)
        }
    }

    private static func counts(_ pairs: [(probability: Double, isThere: Bool)], above threshold: Double) -> ClassCounts
    {
        var counts = ClassCounts(classes: 1)
        func count(_ isCounted: (Double, Bool) -> Bool) -> [Double] { [Double(pairs.count(where: isCounted))] }
        counts.add(
            right: count { $0 > threshold && $1 }, predicted: count { probability, _ in probability > threshold },
            actual: count { $1 })
        return counts
    }

    /// The threshold with the largest F1, in the middle between two probabilities; of equals the lowest one.
    private static func best(_ pairs: [(probability: Double, isThere: Bool)]) -> (threshold: Double, score: Double)? {
        let actual = Double(pairs.count { $0.isThere })
        guard actual > 0 else { return nil }
        let sorted = pairs.sorted { $0.probability > $1.probability }
        var best = (threshold: 0.5, score: -1.0)
        var right = 0.0
        for (index, pair) in sorted.enumerated() {
            right += pair.isThere ? 1 : 0
            let next = index + 1 < sorted.count ? sorted[index + 1].probability : 0
            guard next < pair.probability || index + 1 == sorted.count else { continue }
            let score = ClassScore.fBeta(1)(right, Double(index + 1), actual)
            if score >= best.score { best = ((pair.probability + next) / 2, score) }
        }
        return best
    }

    /// The table with two digits, in scikit-learn's layout, with the best thresholds beside.
    public var description: String {
        let averages = [macroAverage, weightedAverage, samplesAverage]
        let width = (rows.map(\.name.count) + averages.map(\.name.count)).max() ?? 0
        func line(_ name: String, _ cells: [String]) -> String {
            let padded = cells.map { String(repeating: " ", count: max(9 - $0.count, 0)) + $0 }
            return String(repeating: " ", count: width - name.count) + name + " " + padded.map { " " + $0 }.joined()
        }
        func number(_ value: Double) -> String { String(format: "%.2f", value) }
        func line(_ row: Row) -> String {
            line(
                row.name,
                [row.precision, row.recall, row.f1Score].map(number)
                    + ["\(row.support)", row.bestThreshold.map(number) ?? "-", number(row.bestF1Score)])
        }
        let header = ["precision", "recall", "f1-score", "support", "best at", "best f1"]
        let means = averages.map { row in
            line(row.name, [row.precision, row.recall, row.f1Score].map(number) + ["\(row.support)"])
        }
        return ([line("", header), ""] + rows.map(line) + ["", line(microAverage)] + means).joined(separator: "\n")
    }
}
