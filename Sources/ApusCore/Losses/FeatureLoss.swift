// The feature loss: pictures compared by what a trained model sees in them.
import Torch

extension Loss {
    /// Compares pictures pixel by pixel, by the feature maps of a trained model, and by how its channels go together: the
    /// feature loss of course v3, lesson 7 (perceptual loss, Johnson, Alahi and Fei-Fei 2016).
    ///
    /// The sum of `base` of the pixels, for each layer `weight * base` of its maps, and `weight² * gramWeight * base` of
    /// their Gram matrices. The parts show as the columns `valid_pixel`, `valid_feat_0`, ..., `valid_gram_0`, ...
    ///
    /// ```swift
    /// let vgg = try Architecture.named("vgg16_bn").body(weights: .published)
    /// let loss = try Loss.features(
    ///     of: vgg, layers: ["0.22", "0.32", "0.42"].map(vgg.submodule), weights: [5, 15, 2])
    /// let restorer = try unetLearner(pairs, .resnet34, loss: loss, unet: UNetOptions(blur: .all, norm: .weight))
    /// ```
    /// - Parameters:
    ///   - model: What sees the features, such as the body of a VGG: a model of its own, not a part of the one that learns.
    ///     It is frozen, runs in evaluation mode, and moves to the outputs' device. It gets the pictures as the data has
    ///     them, normalized that is.
    ///   - layers: Parts of the model; those before the picture becomes smaller are usual.
    ///   - weights: How much each layer counts.
    ///   - base: How pixels, maps and matrices are compared; ``l1`` by default.
    ///   - gramWeight: How much all Gram matrices count, whose numbers are small; 5000 by default, 0 leaves them out.
    /// - Throws: ``TrainingError`` when layers and weights don't go together, or a layer is no part of the model.
    public static func features(
        of model: Module, layers: [Module], weights: [Double], base: Loss = .l1, gramWeight: Double = 5e3
    ) throws -> Loss {
        guard !layers.isEmpty, layers.count == weights.count else {
            throw TrainingError(
                "A feature loss of \(layers.count) layers and \(weights.count) weights is not possible; give one weight "
                    + "for each of one or more layers.")
        }
        let features = try FeatureExtractor(model, layers: layers)
        let hasGrams = gramWeight != 0
        let terms: @Sendable (Tensor, [Tensor]) -> [Tensor] = { output, targets in
            let target = fittedTarget(targets, as: output.shape.sizes, for: "features", of: output).float()
            let output = output.float()
            let (made, wanted) = (features(of: output), withoutGradients { features(of: target) })
            func compare(_ a: [Tensor], _ b: [Tensor], _ factor: (Double) -> Double) -> [Tensor] {
                zip(zip(a, b), weights).map { base.function($0.0, [$0.1]) * factor($1) }
            }
            return [base.function(output, [target])] + compare(made, wanted) { $0 }
                + (hasGrams ? compare(made.map(gramMatrix), wanted.map(gramMatrix)) { $0 * $0 * gramWeight } : [])
        }
        let numbers = weights.indices
        return Loss(
            name: "features",
            partNames: ["pixel"] + numbers.map { "feat_\($0)" } + (hasGrams ? numbers.map { "gram_\($0)" } : []),
            parts: terms,
            perItem: { output, targets in
                guard output.isDefined, let target = targets.first, target.isDefined else { return .undefined }
                return .stack(
                    (0..<min(output.size(0), target.size(0))).map { item in
                        let pair = [output, target].map { $0.narrow(dim: 0, start: item, length: 1) }
                        let values = terms(pair[0], [pair[1]])
                        return values.dropFirst().reduce(values[0], +)
                    })
            }, targetKinds: [.image, .other]
        )
        .with(settings: "weights \(weights), gramWeight \(gramWeight), \(base.name) \(base.settings)")
    }
}
