// Where in a picture a classifier sees its answer, as a picture of an answer.
import ApusCore
import ApusVision
import Foundation

extension PredictorModel {
    /// Whether answers may have a picture that shows where the model looked: those of classes of a picture.
    var hasHeatMaps: Bool {
        predictor is Predictor<ImageBlock, CategoryBlock> || predictor is Predictor<ImageBlock, MultiCategoryBlock>
    }

    /// The picture that was sent with colors where the model sees the most probable class (Grad-CAM), a PNG file.
    ///
    /// - Throws: ``WebError`` (422) for a model without a layer of maps.
    func heatMap(for question: Question) throws -> Data {
        let value = try predictor.pipeline.input.value(of: question.item, hint: predictor.loadHint)
        guard let picture = value as? Image else { throw question.item.misfit("a picture") }
        do {
            if let classifier = predictor as? Predictor<ImageBlock, CategoryBlock> {
                return try classifier.gradCAM(value: picture).drawn().encoded(as: .png)
            }
            if let classifier = predictor as? Predictor<ImageBlock, MultiCategoryBlock> {
                return try classifier.gradCAM(value: picture).drawn().encoded(as: .png)
            }
        } catch let error as TrainingError {
            throw WebError.unprocessable("This model cannot tell where it looked: \(error)")
        }
        throw WebError.unprocessable("Only classifiers of pictures tell where they looked; leave \"heatmap\" out.")
    }
}
