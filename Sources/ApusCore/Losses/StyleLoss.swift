// Style transfer: the contents of one picture in the manner of another.
import Torch

extension Loss {
    /// Compares what a trained model sees in the output with the contents of the target and with the style of one picture (Gatys,
    /// Ecker and Bethge 2016; Johnson, Alahi and Fei-Fei 2016): the mean squared differences of the maps of some layers, and of the
    /// Gram matrices of others, which say nothing of places.
    ///
    /// Minimized over the pixels of a picture it paints that one; as the loss of a net from pictures to themselves, a net that paints
    /// any picture at once (docs/generative.md). The parts show as the columns `valid_content` and `valid_style`.
    ///
    /// - Parameters:
    ///   - picture: The picture whose style is taken, `[1, channels, height, width]`, normalized as the data is. Its size does not
    ///     matter.
    ///   - model: What sees both, such as the body of a VGG: a model of its own, which is frozen.
    ///   - contentLayers: The layers whose maps are the contents; one in the middle is usual.
    ///   - styleLayers: The layers whose Gram matrices are the style.
    ///   - styleWeight: How much the style counts, whose numbers are small; 100,000 by default.
    /// - Throws: ``TrainingError`` when layers are missing or no parts of the model, or the picture is no batch of one.
    public static func styleTransfer(
        of picture: Tensor, by model: Module, contentLayers: [Module], styleLayers: [Module], styleWeight: Double = 1e5
    ) throws -> Loss {
        guard picture.dim == 4, picture.size(0) == 1 else {
            throw TrainingError(
                "The style is that of one picture, a tensor [1, channels, height, width]; one of the shape \(picture.shape) was "
                    + "given.")
        }
        guard !contentLayers.isEmpty, !styleLayers.isEmpty else {
            throw TrainingError(
                "Style transfer compares contents and style: give at least one layer for each; \(contentLayers.count) and "
                    + "\(styleLayers.count) were given.")
        }
        let features = try FeatureExtractor(model, layers: contentLayers + styleLayers)
        let contents = contentLayers.count
        let style = try withTorchErrors {
            withoutGradients { features(of: picture.float()).dropFirst(contents).map(gramMatrix) }
        }
        let terms: @Sendable (Tensor, [Tensor], Reduction) -> [Tensor] = { output, targets, reduction in
            let target = fittedTarget(targets, as: output.shape.sizes, for: "styleTransfer", of: output).float()
            let (made, wanted) = (features(of: output.float()), withoutGradients { features(of: target) })
            guard !torchHasFailed else { return [.undefined, .undefined] }
            func sum(_ terms: [Tensor]) -> Tensor { terms.dropFirst().reduce(terms[0], +) }
            func error(_ one: Tensor, _ other: Tensor) -> Tensor {
                let squares = one.mseLoss(other, reduction: .none)
                return reduction == .mean ? squares.mean() : squares.flatten(startDim: 1).mean(dim: 1)
            }
            return [
                sum(zip(made, wanted).prefix(contents).map { error($0.0, $0.1) }),
                sum(
                    zip(made.dropFirst(contents), style).map { maps, matrix in
                        let own = gramMatrix(maps)
                        return error(own, matrix.to(own.device).expand(as: own))
                    }) * styleWeight,
            ]
        }
        return Loss(
            name: "styleTransfer", partNames: ["content", "style"], parts: { terms($0, $1, .mean) },
            perItem: { output, targets in
                let parts = terms(output, targets, .none)
                return parts[0] + parts[1]
            }, targetKinds: [.image, .other]
        ).with(settings: "styleWeight \(styleWeight), \(contents) and \(styleLayers.count) layers")
    }
}
