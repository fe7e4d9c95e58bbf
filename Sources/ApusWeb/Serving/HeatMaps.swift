// Where in a picture a classifier sees its answer, as a picture of an answer.
import ApusCore
import ApusVision
import Foundation

extension PredictorModel {
    /// Whether answers may have a picture that shows where the model looked: those of classes of a picture.
    var hasHeatMaps: Bool {
        predictor is Predictor<ImageBlock, CategoryBlock> || predictor is Predictor<ImageBlock, MultiCategoryBlock>
    }

    /// Where in a picture the model sees the most probable class (Grad-CAM); on the model's own thread.
    ///
    /// - Throws: ``WebError`` (422) for a model without a layer of maps.
    func activationMap(of picture: Image) throws -> ActivationMap {
        do {
            if let classifier = predictor as? Predictor<ImageBlock, CategoryBlock> {
                return try classifier.gradCAM(value: picture)
            }
            if let classifier = predictor as? Predictor<ImageBlock, MultiCategoryBlock> {
                return try classifier.gradCAM(value: picture)
            }
        } catch let error as TrainingError {
            throw WebError.unprocessable("This model cannot tell where it looked: \(error)")
        }
        throw WebError.unprocessable("Only classifiers of pictures tell where they looked; leave \"heatmap\" out.")
    }
}
