// What a model of several labels gets right and wrong, label by label.
import Torch

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
