// Which places of a picture speak for a class: class activation maps by gradients.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// A number for each place of a picture, to be laid over it.
public struct ActivationMap: Sendable {
    /// The picture as the model sees it, as its block shows it.
    public let image: PlotImage
    /// The numbers in rows from the top, as many as the layer's output has.
    public let values: [[Double]]
    /// What the numbers are about, such as the name of a class.
    public let title: String

    /// The picture with the map as colors over it.
    ///
    ///     try classifier.gradCAM(for: photo).plot().save(to: URL(filePath: "cam.png"))
    ///
    /// - Parameter opacity: Of the colors; 0.6 by default, as in the lesson.
    public func plot(opacity: Double = 0.6) -> Figure {
        let tile = ImageTile(image, title: title, overlays: [.heatMap(values, opacity: opacity)])
        return Figure(.imageGrid(ImageGrid([tile], imageSize: 320)))
    }

    /// The map as colors over the picture, a picture of the same size: from dark for the least number to light for the
    /// largest.
    ///
    /// - Parameter opacity: Of the colors; 0.6 by default, as in the lesson.
    public func drawn(opacity: Double = 0.6) throws -> Image {
        let picture = try Image(width: image.width, height: image.height, channels: image.channels, bytes: image.pixels)
            .withoutAlpha().converted(to: .color)
        let (low, high) = (values.joined().min() ?? 0, values.joined().max() ?? 0)
        guard let width = values.first?.count, width > 0, low.isFinite, high.isFinite else { return picture }
        let colors = (0..<256).map { level in
            let color = ColorMap.magma.color(at: Double(level) / 255)
            return [color.red, color.green, color.blue].map { 255 * $0 }
        }
        let rows = (0..<picture.height).map { Self.neighbors(of: $0, of: picture.height, among: values.count) }
        let columns = (0..<picture.width).map { Self.neighbors(of: $0, of: picture.width, among: width) }
        var bytes = picture.bytes
        for (y, row) in rows.enumerated() {
            let (upper, lower) = (values[row.first], values[row.second])
            for (x, column) in columns.enumerated() {
                let top = upper[column.first] * (1 - column.share) + upper[column.second] * column.share
                let bottom = lower[column.first] * (1 - column.share) + lower[column.second] * column.share
                let value = top * (1 - row.share) + bottom * row.share
                let color = colors[high > low ? min(max(Int(255 * (value - low) / (high - low)), 0), 255) : 128]
                for channel in 0..<3 {
                    let place = 3 * (y * picture.width + x) + channel
                    bytes[place] = UInt8(
                        min(max(Double(bytes[place]) * (1 - opacity) + color[channel] * opacity, 0), 255))
                }
            }
        }
        return try Image(width: picture.width, height: picture.height, channels: 3, bytes: bytes)
    }

    /// The two numbers of a row or column between whose middles a pixel's middle lies, and how near it is to the second.
    private static func neighbors(
        of pixel: Int, of side: Int, among count: Int
    ) -> (first: Int, second: Int, share: Double) {
        let place = min(max((Double(pixel) + 0.5) * Double(count) / Double(side) - 0.5, 0), Double(count - 1))
        let first = Int(place)
        return (first, min(first + 1, count - 1), place - Double(first))
    }
}

extension Predicting where Input: PictureBlock {
    /// Where in a picture the model sees a class: the output of a layer, each channel weighed by the mean of the class's
    /// gradient (Grad-CAM, Selvaraju et al., 2017; fastbook, chapter 18).
    ///
    /// For outputs that are pictures, such as a mask's, the class's numbers are summed over the pixels.
    ///
    /// - Parameters:
    ///   - classIndex: The place of the class among the outputs; the one with the largest output by default.
    ///   - layer: A part of the model that gives `[batch, channels, height, width]`; its first part by default, which is
    ///     the body of the models that `visionLearner` and `unetLearner` make.
    ///   - positiveOnly: Whether what speaks against the class counts as nothing, as in the paper.
    /// - Throws: ``TrainingError`` when there is no such class, or the layer is no part of the model or gives no feature
    ///   maps; what loading the picture throws.
    public func gradCAM(
        for source: Input.Source, classIndex: Int? = nil, layer: Module? = nil, positiveOnly: Bool = false
    ) throws -> ActivationMap {
        try withTorchErrors {
            try gradCAM(preparedPicture(source), classIndex, layer, positiveOnly)
        }
    }

    /// Where in a picture in memory the model sees a class; see ``gradCAM(for:classIndex:layer:positiveOnly:)``.
    public func gradCAM(
        value: Input.Value, classIndex: Int? = nil, layer: Module? = nil, positiveOnly: Bool = false
    ) throws -> ActivationMap {
        try withTorchErrors {
            let batch = try withoutGradients { try predictor.pipeline.batch(values: [value]) }
            return try gradCAM(prepared(batch), classIndex, layer, positiveOnly)
        }
    }

    private func gradCAM(
        _ picture: (input: Tensor, image: PlotImage), _ classIndex: Int?, _ layer: Module?, _ positiveOnly: Bool
    ) throws -> ActivationMap {
        let (input, image) = picture
        var features: Tensor?
        // A leaf of its own: gradients end there, even where the body is frozen. The copy may be changed in place.
        let output = try watching(layer, run: input) { output in
            let leaf = output.detached().requiringGradient()
            features = leaf
            return leaf.clone()
        }
        let maps = try featureMaps(features, of: input)
        guard output.dim >= 2 else {
            throw TrainingError(
                "The model gives \(output.shape) for a picture; classes [batch, classes] are needed.")
        }
        let scores = output[0].reshape(output.size(1), -1).sum(dim: 1)
        let index = classIndex ?? scores.argmax().item(as: Int.self)
        guard 0..<scores.count ~= index else {
            throw TrainingError("There is no class \(index); the model has \(scores.count) outputs, from 0 on.")
        }
        let gradient = gradients(of: [scores[index]], by: features.map { [$0] } ?? [])[0]
        let weights = try featureMaps(gradient, of: input)[0].mean(dims: [1, 2], keepDim: true)
        let map = (weights * maps.detached()[0]).sum(dim: 0)
        return ActivationMap(image: image, values: (positiveOnly ? map.relu() : map).rows, title: className(index))
    }
}

extension Predicting {
    /// What an output of the model stands for.
    private func className(_ index: Int) -> String {
        let names = predictor.pipeline.target.classNames ?? []
        return names.indices.contains(index) ? names[index] : "output \(index)"
    }
}

extension Predicting where Input: PictureBlock, Target == CategoryBlock {
    /// Where in a picture the model sees a class, given by its name; the predicted one by default.
    ///
    /// ```swift
    /// try classifier.gradCAM(for: photo).plot().save(to: URL(filePath: "what-it-saw.png"))
    /// try classifier.gradCAM(for: photo, class: "beagle").plot().save(to: URL(filePath: "where-a-beagle-would-be.png"))
    /// ```
    /// See ``gradCAM(for:classIndex:layer:positiveOnly:)``.
    /// - Throws: ``TrainingError`` when the vocabulary does not have the class.
    public func gradCAM(
        for source: Input.Source, class name: String?, layer: Module? = nil, positiveOnly: Bool = false
    ) throws -> ActivationMap {
        let vocabulary = predictor.pipeline.target.vocabulary
        let index = try name.map { name in
            guard let index = vocabulary.firstIndex(of: name) else {
                throw TrainingError(
                    "The class \"\(name)\" is not among the \(vocabulary.count) classes: "
                        + vocabulary.prefix(8).joined(separator: ", ") + (vocabulary.count > 8 ? ", ..." : "."))
            }
            return index
        }
        return try gradCAM(for: source, classIndex: index, layer: layer, positiveOnly: positiveOnly)
    }

    /// Where in a picture the model sees the class that it predicts.
    public func gradCAM(for source: Input.Source) throws -> ActivationMap { try gradCAM(for: source, class: nil) }
}

extension Predicting where Input: PictureBlock {
    /// A picture as a batch of one on the model's device, and as it is shown.
    func preparedPicture(_ source: Input.Source) throws -> (input: Tensor, image: PlotImage) {
        try prepared(withoutGradients { try predictor.pipeline.batch(of: [source]) })
    }

    private func prepared(_ batch: Batch) throws -> (input: Tensor, image: PlotImage) {
        (batch.inputs[0].to(predictor.device), try plotImage(shown(batch.inputs[0])[0]))
    }

    /// A picture of a batch, with normalization undone, as the block shows it.
    func plotImage(_ picture: Tensor) throws -> PlotImage {
        let input = predictor.pipeline.input
        guard let image = try input.appearance(of: input.decode(picture), on: nil).image else {
            throw TrainingError(
                "\(Input.self) shows its values without a picture; let its appearance(of:on:) give one, to draw on.")
        }
        return image
    }

    /// A batch's pictures with normalization undone.
    func shown(_ input: Tensor) throws -> Tensor {
        let pipeline = predictor.pipeline
        return try withoutGradients {
            try pipeline.input.undoBatchTransforms(input.detached(), transforms: pipeline.batchTransforms)
        }
    }

    /// Runs the model in evaluation mode and float32, with gradients, while `hook` sees and may replace the output of a
    /// layer (by default the model's first part).
    func watching(_ layer: Module?, run input: Tensor, _ hook: @escaping (Tensor) -> Tensor?) throws -> Tensor {
        let predictor = predictor
        return try predictor.withModel { model in
            guard let layer = layer ?? model.children().first?.module else {
                throw TrainingError("The model has no parts to look into; give a layer.")
            }
            // Before the hooks of a U-Net, which carry the output over: what takes its place has to go there, too.
            let registered = layer.registerForwardHook(prepend: true) { _, _, output in hook(output) }
            defer { registered.remove() }
            let output = withGradients(true) {
                withAutocast(device: predictor.device, enabled: false) { model([input]) }
            }
            if torchHasFailed { throw TrainingError("The model failed.") }
            return output
        }
    }

    /// The output of a layer, which must be feature maps, with the channels first.
    func featureMaps(_ features: Tensor?, of input: Tensor) throws -> Tensor {
        guard let features else {
            throw TrainingError("The layer did not run; give a part of this model.")
        }
        let picture = ImageSize(height: input.size(2), width: input.size(3))
        guard let layout = MapLayout(features.shape.sizes, of: picture) else {
            throw TrainingError(
                "The layer gives \(features.shape); feature maps [batch, channels, height, width] are needed. Choose a "
                    + "layer of the body.")
        }
        return layout.channelsFirst(features)
    }
}

extension Tensor {
    /// The rows of a matrix as numbers.
    var rows: [[Double]] {
        let matrix = detached().to(.cpu)
        return (0..<matrix.size(0)).map { matrix[$0].array(of: Double.self) }
    }
}
