// What a classifier takes for what: the confusion matrix and the pairs most confused.
import ApusPlot
import Foundation
import Torch

/// What a trained classifier says of its validation set: worst mistakes, confusion, errors by group, calibration.
///
/// ```swift
/// let interpretation = try ClassificationInterpretation(learner)
/// try interpretation.plotConfusionMatrix().save(to: URL(filePath: "confusion.png"))
/// for (actual, predicted, count) in interpretation.mostConfused(minimum: 2) { print(actual, predicted, count) }
/// ```
public typealias ClassificationInterpretation<Input: InputBlock> = Interpretation<Input, CategoryBlock>

extension CategoryBlock {
    /// The probabilities of the predicted class and of the actual one.
    public func notes(on output: Tensor, decision: Tensor, labels: [Tensor]) -> [Appearance.Label] {
        [("probability", decision), ("probability of actual", labels[0])].map { name, index in
            Appearance.Label(name: name, text: String(format: "%.2f", output[index.item(as: Int.self)].item()))
        }
    }

    /// The confusion of classes, their scores and the calibration.
    public func reportSections<Input>(
        _ interpretation: Interpretation<Input, CategoryBlock>
    ) throws -> [ReportSection] {
        let report = try interpretation.classificationReport()
        let rows = (report.rows + [report.macroAverage, report.weightedAverage]).map { row in
            [row.name] + [row.precision, row.recall, row.f1Score].map { String(format: "%.3f", $0) }
                + ["\(row.support)"]
        }
        return [
            ReportSection("Confusion", try interpretation.confusionParts()),
            ReportSection(
                "Results by class",
                [
                    .table(["class", "precision", "recall", "f1", "items"], rows),
                    .paragraph("Accuracy \(String(format: "%.4f", report.accuracy))"),
                    try .figure(interpretation.calibration().plot(), "Calibration"),
                ]),
        ]
    }
}

extension Interpretation.Item where Target == CategoryBlock {
    /// The probability of the predicted class.
    public var predictedProbability: Double { output[decision.item(as: Int.self)].item() }
    /// The probability of the actual class.
    public var actualProbability: Double { output[labels[0].item(as: Int.self)].item() }
}

extension Interpretation where Target == CategoryBlock {
    /// The class names.
    public var vocabulary: [String] { pipeline.target.vocabulary }

    /// The class of each item that was predicted, as an index.
    var actual: [Int] { predictions.targets[0].array(of: Int.self) }
    /// The class of each item, as an index.
    var predicted: [Int] { predictions.decoded.array(of: Int.self) }

    /// How often each class (row) was taken for each class (column).
    public var confusionMatrix: [[Int]] {
        var matrix = Array(repeating: Array(repeating: 0, count: vocabulary.count), count: vocabulary.count)
        for (row, column) in zip(actual, predicted) { matrix[row][column] += 1 }
        return matrix
    }

    /// Which part of each class (row) was taken for each class (column); a row of NaN for a class without items.
    public var normalizedConfusionMatrix: [[Double]] {
        confusionMatrix.map { row in
            let sum = Double(row.reduce(0, +))
            return row.map { Double($0) / sum }
        }
    }

    /// The pairs of classes that are confused at least `minimum` times, first the most frequent.
    public func mostConfused(minimum: Int = 1) -> [(actual: String, predicted: String, count: Int)] {
        let matrix = confusionMatrix
        var pairs: [(actual: String, predicted: String, count: Int)] = []
        for row in matrix.indices {
            for column in matrix.indices where row != column && matrix[row][column] >= max(minimum, 1) {
                pairs.append((vocabulary[row], vocabulary[column], matrix[row][column]))
            }
        }
        return pairs.sorted { $0.count > $1.count }
    }

    /// Precision, recall, F1 and number of items of each class; printing it shows the table.
    ///
    ///     print(try interpretation.classificationReport())
    ///
    /// - Throws: ``TrainingError`` when the labels are no classes of the vocabulary.
    public func classificationReport() throws -> ClassificationReport {
        try ClassificationReport(actual: actual, predicted: predicted, vocabulary: vocabulary)
    }

    /// The confusion matrix as a figure: rows are the actual classes, columns the predicted ones.
    ///
    /// - Parameter normalized: Whether parts of each row are shown instead of counts.
    public func plotConfusionMatrix(normalized: Bool = false, title: String = "Confusion matrix") -> Figure {
        Figure(
            .heatMap(
                HeatMap(
                    normalized ? normalizedConfusionMatrix : confusionMatrix.map { $0.map(Double.init) },
                    rowNames: vocabulary, columnNames: vocabulary, title: title, xLabel: "Predicted",
                    yLabel: "Actual", numbers: normalized ? .digits(2) : .automatic)))
    }

    /// The confusion matrix, where it can be read, and the pairs most confused, for a report.
    fileprivate func confusionParts() throws -> [ReportPart] {
        let pairs = mostConfused().prefix(12)
        return [
            vocabulary.count <= mostClassesInFigure
                ? try .figure(plotConfusionMatrix(), "Confusion matrix")
                : .note(
                    "A matrix of \(vocabulary.count) classes cannot be read; these are the pairs most confused."),
            pairs.isEmpty
                ? .paragraph("No item was taken for another class.")
                : .table(
                    ["actual", "predicted", "times"], pairs.map { [$0.actual, $0.predicted, "\($0.count)"] },
                    caption: "Most confused"),
        ]
    }

    /// The index of a class by its name; of two classes the second one where no name is given.
    func index(ofClass name: String?, for purpose: String) throws -> Int? {
        guard let name else { return vocabulary.count == 2 ? 1 : nil }
        guard let index = vocabulary.firstIndex(of: name) else {
            throw TrainingError(
                "\(purpose) was asked for the class \"\(name)\", which is not among the \(vocabulary.count) classes: "
                    + vocabulary.prefix(8).joined(separator: ", ") + (vocabulary.count > 8 ? ", ..." : "."))
        }
        return index
    }
}
