// Looking through labeled pictures: the cleaner under the name that the course has for it.
import ApusCore
import Torch

/// Looks through labeled pictures, the model's worst mistakes first; fastai's `ImageClassifierCleaner`.
///
/// ```swift
/// var cleaner = try ImageCleaner(learner, in: path)
/// let worst = cleaner.items(of: .valid, class: "cat")           // largest losses first
/// try cleaner.delete([worst[0].index])
/// try cleaner.relabel([worst[1].index], to: "dog")
/// try cleaner.apply()
/// ```
public typealias ImageCleaner = DataCleaner

/// Pictures are alike where the body's feature maps are, before the head draws each class together.
extension VisionModel: FeatureLayerModel {
    public var featureLayer: Module { body }
}
