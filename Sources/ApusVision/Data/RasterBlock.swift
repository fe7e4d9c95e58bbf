// Pictures of numbers as a block of the data pipeline, as inputs and as targets.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Pictures of numbers from files, kept as the files hold them: 16 bits, floating point, any number of channels (``Raster``).
///
/// A batch is float32 `[batch, channels, height, width]` of the files' own numbers, such as 0 to 65,535. `visionLearner` and
/// `unetLearner` normalize them by the data's own mean and deviation; `Normalize(mean:std:)` gives others. Transforms that
/// move pictures work as on photographs; those of color, which are of colors of 0 to 1, are refused.
///
/// ```swift
/// let block = DataBlock(
///     input: RasterBlock(), target: CategoryBlock(), label: .parentFolder, itemTransforms: [Resize(224)],
///     batchTransforms: [Dihedral()])
/// let learner = try visionLearner(block.dataLoaders(of: imageFiles(in: bands)), .resnet34, metrics: [.errorRate])
/// ```
/// As a target it is a picture of numbers for each pixel, such as a depth map; predictions are rasters of floating point.
public struct RasterBlock: PictureBlock {
    /// The channels of each picture; 0 until training files tell.
    public private(set) var channels: Int
    /// Whether the pages of a TIFF file are channels.
    public let joinsPages: Bool

    /// - Parameters:
    ///   - channels: Those of the first training file by default. Files with other channels are refused.
    ///   - joiningPages: Whether the pages of a TIFF file are channels; false by default, which reads the first page.
    public init(channels: Int? = nil, joiningPages: Bool = false) {
        self.channels = channels ?? 0
        joinsPages = joiningPages
    }

    /// - Throws: `DataError` for less than one channel, ``ImageError`` when the first file cannot be read.
    public func fitted(to sources: [URL]) throws -> RasterBlock {
        guard channels >= 0 else {
            throw DataError("A raster of \(channels) channels is not possible; give 1 or more.")
        }
        guard channels == 0, let first = sources.first else { return self }
        var block = self
        block.channels = try RasterSource.channels(of: first, joiningPages: joinsPages)
        return block
    }

    /// - Throws: ``ImageError``, which names the file; `DataError` for a file of other channels.
    public func load(_ source: URL, hint: LoadHint) throws -> Raster {
        let raster = try Raster(contentsOf: source, joiningPages: joinsPages)
        guard channels == 0 || raster.channels == channels else {
            throw DataError(
                "\(source.path(percentEncoded: false)) has \(raster.channels) channels, and the others have \(channels). Leave "
                    + "it out, or write it with \(channels); pages of a TIFF file are channels with "
                    + "RasterBlock(joiningPages: true).")
        }
        return raster
    }

    /// Joins rasters of one size and as many channels to a batch, float32 `[batch, channels, height, width]`.
    ///
    /// - Throws: `DataError` when the rasters differ in size or in their number of channels.
    public func collate(_ values: [Raster]) throws -> Tensor {
        guard let first = values.first else { throw DataError("A batch has at least one raster; none was given.") }
        if let other = values.first(where: { $0.size != first.size || $0.channels != first.channels }) {
            throw DataError(
                "The rasters of a batch must have one size and as many channels; \(first) and \(other) are among these. Add an "
                    + "item transform such as Resize(\(min(first.width, first.height))).")
        }
        return .stack(values.map(\.tensor)).contiguous(.channelsLast)
    }

    /// The raster of a tensor `[channels, height, width]`.
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for a tensor of another shape.
    public func decode(_ tensor: Tensor) throws -> Raster { try Raster(tensor) }

    /// The first three channels as red, green and blue where there are three or more, else the first one as gray, from its
    /// smallest number to its largest.
    public func appearance(of value: Raster, on picture: PlotImage?) throws -> Appearance {
        .image(try PlotImage(value))
    }
}

extension RasterBlock: TargetBlock {
    public static var task: String { "image to image" }

    /// The channels.
    public var outputCount: Int { channels }

    /// The mean squared error of the numbers, normalized where the data is.
    public var defaultLoss: Loss { .mse }

    /// The raster of an output `[channels, height, width]`.
    public func prediction(from output: Tensor) throws -> Raster { try decode(output) }
    public func prediction(from output: Tensor, decision: Tensor) throws -> Raster { try decode(decision.float()) }

    /// The raster itself.
    public var decision: Decision? { .identity }

    /// Rasters are read with the channels that the model puts out.
    public func reading(labelsOf other: RasterBlock) -> RasterBlock { self }

    public func difference(from other: RasterBlock) -> String? {
        if other.joinsPages != joinsPages {
            return "its pages are\(other.joinsPages ? "" : " not") channels, unlike the model's"
        }
        return other.channels == channels
            ? nil : "its rasters have \(other.channels) channels, the model was made for \(channels)"
    }
}
