// What a model of several labels gets right and wrong, label by label.
import Foundation
import Torch

extension MultiCategoryBlock {
    /// The scores of each label, with the threshold that is best for it.
    public func reportSections<Input>(
        _ interpretation: Interpretation<Input, MultiCategoryBlock>
    ) throws -> [ReportSection] {
        let report = try interpretation.multiLabelReport()
        func digits(_ values: [Double]) -> [String] { values.map { String(format: "%.3f", $0) } }
        let labels = (report.rows + [report.microAverage]).map { row in
            [row.name] + digits([row.precision, row.recall, row.f1Score])
                + ["\(row.support)", row.bestThreshold.map { String(format: "%.3f", $0) } ?? "-"]
                + digits([row.bestF1Score])
        }
        let averages = [report.macroAverage, report.weightedAverage, report.samplesAverage].map { row in
            [row.name] + digits([row.precision, row.recall, row.f1Score]) + ["\(row.support)", "", ""]
        }
        return [
            ReportSection(
                "Results by label",
                [
                    .table(
                        ["label", "precision", "recall", "f1", "items", "best threshold", "best f1"],
                        labels + averages,
                        caption: "Above a probability of \(report.threshold) a label is predicted.")
                ])
        ]
    }
}

extension Interpretation where Target == MultiCategoryBlock {
    /// Precision, recall, F1, number of items and best threshold of each label; printing it shows the table.
    ///
    ///     print(try Interpretation(learner).multiLabelReport())
    ///
    /// - Parameter threshold: The probability above which a label counts as predicted; the block's by default.
    /// - Throws: ``TrainingError`` when the outputs are no probabilities of the labels.
    public func multiLabelReport(threshold: Double? = nil) throws -> MultiLabelReport {
        try withTorchErrors {
            try MultiLabelReport(
                probabilities: predictions.outputs, targets: predictions.targets[0],
                vocabulary: pipeline.target.vocabulary, threshold: threshold ?? pipeline.target.threshold)
        }
    }
}
