// Figures of what a picture classifier gets wrong.
import ApusCore
import ApusPlot
import Foundation
import Torch

extension ClassificationInterpretation where Input == ImageBlock {
    /// The pictures with the largest losses, each with prediction, actual class, loss and the prediction's probability.
    ///
    /// - Throws: ``ImageError`` when a file has gone, `PlotError` when there is nothing to draw.
    public func plotTopLosses(_ count: Int = 9, largest: Bool = true, columns: Int? = nil) throws -> Figure {
        var titles: [String] = []
        var colors: [Color] = []
        var images: [PlotImage] = []
        for item in topLosses(count, largest: largest) {
            var random = SeededRandom(seed: 0)
            let image = try pipeline.item(input: item.source, target: nil, isTraining: false, random: &random).input
            images.append(
                try PlotImage(width: image.width, height: image.height, channels: image.channels, pixels: image.bytes))
            titles.append(
                "\(item.predicted) / \(item.actual)\n"
                    + String(format: "%.2f / %.2f", item.loss, item.predictedProbability))
            colors.append(item.predicted == item.actual ? .right : .wrong)
        }
        return try .imageGrid(
            images: images, titles: titles, columns: columns, titleColors: colors,
            title: "Prediction / actual, loss / probability")
    }
}
