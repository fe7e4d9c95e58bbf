// Overlap of masks: Dice and Jaccard, of outputs [batch, classes, height, width]; pixel accuracy is with the accuracies.
import Torch

extension Metric {
    /// The Dice coefficient of masks of background (0) and object (1): twice the common pixels over the sum of both areas,
    /// over the whole set; NaN where there is an object in neither.
    public static let dice: Metric = overlap("dice", .fBeta(1), of: "diceMulti()")

    /// Intersection over union of masks of background (0) and object (1), over the whole set; NaN where there is an object
    /// in neither.
    public static let jaccardCoeff: Metric = overlap("jaccard_coeff", .jaccard, of: "jaccardCoeffMulti()")

    /// The mean over classes of their Dice coefficients; a class that is in no mask does not count.
    ///
    /// - Parameter ignoring: A class whose pixels do not count.
    public static func diceMulti(ignoring: Int? = nil) -> Metric { meanOverlap("dice_multi", .fBeta(1), ignoring) }

    /// The mean over classes of intersection over union, mIoU; a class that is in no mask does not count.
    ///
    /// - Parameter ignoring: A class whose pixels do not count.
    public static func jaccardCoeffMulti(ignoring: Int? = nil) -> Metric {
        meanOverlap("jaccard_coeff_multi", .jaccard, ignoring)
    }
}

private func overlap(_ name: String, _ score: ClassScore, of many: String) -> Metric {
    .counts(
        name, dim: 1,
        refusal: { classes in
            classes == 2 ? nil : "the masks must have two classes, there are \(classes); take \(many) for more"
        },
        value: { $0.score(score, of: 1, undefined: .nan) })
}

private func meanOverlap(_ name: String, _ score: ClassScore, _ ignoring: Int?) -> Metric {
    .counts(name, dim: 1, ignoring: ignoring) { counts in
        let values = counts.present.map { counts.score(score, of: $0) }
        return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
    }
}
