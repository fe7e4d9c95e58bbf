// The confusion matrix as a figure.
import ApusPlot

extension ClassificationInterpretation {
    /// The confusion matrix: rows are the actual classes, columns the predicted ones.
    public func plotConfusionMatrix(title: String = "Confusion matrix") -> Figure {
        Figure(
            .heatMap(
                HeatMap(
                    confusionMatrix.map { $0.map(Double.init) }, rowNames: vocabulary, columnNames: vocabulary,
                    title: title, xLabel: "Predicted", yLabel: "Actual")))
    }
}
