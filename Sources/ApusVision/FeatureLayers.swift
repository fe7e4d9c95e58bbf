// The feature loss by a trained architecture: which of its layers see enough, found where it halves the picture.
import ApusCore
import Torch

extension Module {
    /// The layers of a body after which it makes the picture smaller, in the order of running: what a feature loss or style
    /// transfer compares. Found by running the body once on an empty picture.
    ///
    /// For VGG16 with batch normalization these are the rectifiers before its five poolings, as the course finds them.
    ///
    /// - Parameters:
    ///   - imageSize: The size of the picture; 224 by default.
    ///   - channels: Its channels; those of the body's first weight by default.
    /// - Throws: `TorchError` when the body does not run, gives no feature maps, or halves nothing.
    public func layersBeforeHalving(imageSize: ImageSize = ImageSize(224), channels: Int? = nil) throws -> [Module] {
        let channels = channels ?? parameters().first { $0.dim == 4 }?.size(1) ?? 3
        return try UNetStages(of: self, channels: channels, imageSize: imageSize, for: "layersBeforeHalving")
            .skips.reversed().map(\.module)
    }
}

extension Loss {
    /// The feature loss of the course by a trained architecture: pixels, features and Gram matrices of the last layers before
    /// it halves the picture (course v3, lesson 7); see ``features(of:layers:weights:base:gramWeight:)``.
    ///
    /// ```swift
    /// let loss = try Loss.features(by: .named("vgg16_bn"))             // weights 5, 15 and 2, as in the course
    /// let restorer = try unetLearner(pairs, .resnet34, loss: loss, unet: UNetOptions(blur: .all, norm: .weight))
    /// ```
    /// The pictures must be normalized as the architecture's weights want it, which ``unetLearner(_:_:weights:loss:metrics:normalize:unet:_:)``
    /// does for most.
    /// - Parameters:
    ///   - architecture: What sees the features.
    ///   - source: Its weights; the published ones by default.
    ///   - weights: How much each layer counts, the last ones of ``Torch/Module/layersBeforeHalving(imageSize:channels:)``.
    ///   - base: How pixels, maps and matrices are compared; `.l1` by default.
    ///   - gramWeight: How much all Gram matrices count; 5000 by default, 0 leaves them out.
    /// - Throws: ``ArchitectureError`` when the weights are another architecture's, ``DownloadError`` when they cannot be
    ///   fetched, else as ``features(by:weights:base:gramWeight:)``.
    public static func features(
        by architecture: Architecture, source: WeightsSource = .published, weights: [Double] = [5, 15, 2],
        base: Loss = .l1, gramWeight: Double = 5e3
    ) throws -> Loss {
        try features(
            by: architecture.body(weights: source), weights: weights, base: base, gramWeight: gramWeight)
    }

    /// The feature loss by the last layers of a trained body before it halves the picture.
    ///
    /// - Parameters:
    ///   - body: What sees the features: a model of its own, which is frozen.
    ///   - weights: How much each layer counts, the last ones of ``Torch/Module/layersBeforeHalving(imageSize:channels:)``.
    /// - Throws: `TrainingError` where there are more weights than layers, `TorchError` for a body that gives no feature maps.
    public static func features(
        by body: Module, weights: [Double] = [5, 15, 2], base: Loss = .l1, gramWeight: Double = 5e3
    ) throws -> Loss {
        let layers = try body.layersBeforeHalving()
        guard weights.count <= layers.count else {
            throw TrainingError(
                "A feature loss with \(weights.count) weights needs as many layers, and the body halves the picture behind "
                    + "\(layers.count); give at most \(layers.count) weights.")
        }
        return try features(
            of: body, layers: layers.suffix(weights.count), weights: weights, base: base, gramWeight: gramWeight)
    }
}
