// What a layer puts out for a picture, channel by channel.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// The output of a layer for one picture.
public struct LayerActivations: Sendable {
    /// The picture as the model sees it, as its block shows it.
    public let image: PlotImage
    /// The layer's output, `[channels, height, width]`, on the CPU.
    public let values: Tensor

    /// The mean over the channels, which shows what the layer looks at without asking for a class (course v3, lesson 6).
    public var mean: ActivationMap {
        ActivationMap(image: image, values: values.mean(dim: 0).rows, title: "mean of \(values.size(0)) channels")
    }

    /// Channels as gray pictures, each from its smallest number (black) to its largest (white).
    ///
    ///     try learner.activations(for: photo, layer: model.body[4]).plot(16).save(to: URL(filePath: "layer1.png"))
    ///
    /// - Parameters:
    ///   - count: How many channels, the first ones; at most 64 by default.
    ///   - strongestFirst: Whether those with the largest numbers come instead of the first.
    /// - Throws: ``TrainingError`` for a count below 1.
    public func plot(_ count: Int = 64, strongestFirst: Bool = false) throws -> Figure {
        guard count > 0 else { throw TrainingError("\(count) channels are not possible; give at least 1.") }
        return try withTorchErrors {
            let shown = min(count, values.size(0))
            let largest = values.flatten(startDim: 1).amax(dims: [1])
            let order =
                strongestFirst
                ? largest.argsort(dim: 0, descending: true).array(of: Int.self) : Array(0..<values.size(0))
            let tiles = try order.prefix(shown).map { channel in
                ImageTile(try PlotImage(values[channel]), title: "\(channel)")
            }
            return Figure(.imageGrid(ImageGrid(tiles, imageSize: 64)))
        }
    }
}

extension Learner where Input: PictureBlock {
    /// What a layer puts out for a picture.
    ///
    /// ```swift
    /// let seen = try learner.activations(for: photo)
    /// try seen.mean.plot().save(to: URL(filePath: "heat-map.png"))
    /// try seen.plot(36, strongestFirst: true).save(to: URL(filePath: "channels.png"))
    /// ```
    /// - Parameter layer: A part of the model that gives `[batch, channels, height, width]`; its first part, the body, by
    ///   default.
    /// - Throws: ``TrainingError`` when the layer is no part of the model or gives no feature maps; what loading the
    ///   picture throws.
    public func activations(for source: Input.Source, layer: Module? = nil) throws -> LayerActivations {
        try withTorchErrors {
            let (input, image) = try preparedPicture(source)
            var features: Tensor?
            _ = try watching(layer, run: input) { output in
                // A copy: the next layer may work in place.
                features = output.detached().clone()
                return nil
            }
            let maps = try featureMaps(features, of: input)
            return LayerActivations(image: image, values: maps[0].float().to(.cpu).contiguous())
        }
    }
}
