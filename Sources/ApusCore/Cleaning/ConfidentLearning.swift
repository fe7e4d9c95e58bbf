// Which labels are likely wrong, by what a model says of the items (confident learning).
import Foundation
import Torch

/// Finds the items whose label is likely wrong, by confident learning (Northcutt, Jiang and Chuang, 2021,
/// https://arxiv.org/abs/1911.00068).
///
/// A class has a threshold: the mean probability that the model gives the class to the items that carry its label. An item
/// is counted for the class whose threshold its probability reaches, the most probable one where there are several. Where
/// that is another class than its label, and the most probable one, the label is suspected. The suspected items are ordered
/// by the margin between the label's probability and that of the best other class.
///
/// ```swift
/// let predictions = try learner.getPredictions()
/// let found = try ConfidentLearning(predictions)
/// for suspect in found.suspects.prefix(10) { print(suspect.place, suspect.label, suspect.suggested) }
/// ```
/// The probabilities should be those of a model that has not learned the items: of the validation set, or of
/// cross-validation. A model that has learned an item tends to repeat its wrong label.
public struct ConfidentLearning: Sendable {
    /// An item whose label is likely wrong.
    public struct Suspect: Sendable, Hashable {
        /// The item's place among those given.
        public let place: Int
        /// The class it is labeled with, as an index.
        public let label: Int
        /// The class that the model takes it for, as an index.
        public let suggested: Int
        /// The probability of the label less that of the best other class, -1 to 1; the lower, the more likely it is wrong.
        public let margin: Double
    }

    /// The mean probability that each class has among the items labeled with it; nil for a class without items.
    public let thresholds: [Double?]
    /// How many items that carry a label (row) count for each class (column). Items that reach no threshold are not
    /// counted.
    public let confidentJoint: [[Int]]
    /// The items whose label is likely wrong, the most likely first.
    public let suspects: [Suspect]

    /// - Parameters:
    ///   - probabilities: The probability of each class, `[items, classes]`.
    ///   - labels: The class that each item is labeled with, as an index.
    /// - Throws: ``TrainingError`` when the numbers of items differ, a label is no class, or probabilities are not finite.
    public init(probabilities: Tensor, labels: [Int]) throws {
        guard probabilities.dim == 2, probabilities.size(0) == labels.count else {
            throw TrainingError(
                "Confident learning takes the probabilities of each item, [items, classes]; there are "
                    + "\(probabilities.shape) for \(labels.count) labels.")
        }
        let (classes, flat) = (probabilities.size(1), probabilities.to(.float64).array(of: Double.self))
        if let wrong = labels.first(where: { !(0..<classes).contains($0) }) {
            throw TrainingError("The label \(wrong) is none of the \(classes) classes; give indices from 0 on.")
        }
        guard flat.allSatisfy(\.isFinite) else {
            throw TrainingError("Some probabilities are not finite; predict with a model whose weights are.")
        }
        func row(_ item: Int) -> ArraySlice<Double> { flat[item * classes..<(item + 1) * classes] }
        var (sums, counts) = (Array(repeating: 0.0, count: classes), Array(repeating: 0, count: classes))
        for (item, label) in labels.enumerated() {
            sums[label] += flat[item * classes + label]
            counts[label] += 1
        }
        let thresholds: [Double?] = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : nil }
        // What a sum of roundings may lack.
        let tolerance = 1e-6
        var joint = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        var found: [Suspect] = []
        for (item, label) in labels.enumerated() {
            let row = row(item)
            let reached = (0..<classes).filter { index in
                thresholds[index].map { row[row.startIndex + index] >= $0 - tolerance } ?? false
            }
            // The first of equally probable classes, as everywhere.
            func best(_ candidates: some Sequence<Int>) -> Int? {
                candidates.max { (row[row.startIndex + $0], $1) < (row[row.startIndex + $1], $0) }
            }
            // With several classes above their thresholds the most probable of all counts.
            guard let counted = reached.count > 1 ? best(0..<classes) : reached.first else { continue }
            joint[label][counted] += 1
            guard counted != label, let likely = best(0..<classes), likely != label,
                let other = best((0..<classes).filter { $0 != label })
            else { continue }
            found.append(
                Suspect(
                    place: item, label: label, suggested: likely,
                    margin: row[row.startIndex + label] - row[row.startIndex + other]))
        }
        self.thresholds = thresholds
        confidentJoint = joint
        suspects = found.sorted { ($0.margin, $0.place) < ($1.margin, $1.place) }
    }

    /// The items of a classifier's predictions, which must have labels.
    ///
    /// - Throws: ``TrainingError`` for predictions without labels, or as ``init(probabilities:labels:)``.
    public init(_ predictions: Predictions<CategoryBlock>) throws {
        guard let targets = predictions.targets.first else {
            throw TrainingError("The items have no labels to doubt; give labeled ones.")
        }
        try self.init(probabilities: predictions.outputs, labels: targets.array(of: Int.self))
    }
}
