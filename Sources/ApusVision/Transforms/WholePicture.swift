// Showing a model whole pictures in their own shapes, where training saw a crop of one size.
import ApusCore
import Foundation

/// Brings a picture to the scale that a ``Resize`` would, with nothing cut off, added or out of proportion.
struct WholePicture: ItemTransform {
    static let storedName = "WholePicture"

    /// The size of the `Resize`; nil leaves pictures as they are.
    let size: ImageSize?
    let method: ResizeMethod

    // Both sides of the result are at least as long as those of the size, or there is no scaling down at all.
    func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)? {
        method == .pad ? nil : size.map { ($0.height, $0.width) }
    }

    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try renderPicture(&values) { source in
            .resize(of: source, to: size(for: source), method: .squish)
        }
    }

    /// The size that a picture is brought to.
    func size(for source: ImageSize) -> ImageSize {
        guard let size else { return source }
        let across = Double(size.width) / Double(source.width)
        let down = Double(size.height) / Double(source.height)
        let scale: Double
        switch method {
        case .squish: return size
        case .pad: scale = min(across, down)
        case .crop: scale = max(across, down)
        }
        func scaled(_ side: Int) -> Int { max(1, Int(min((Double(side) * scale).rounded(), 1e9))) }
        return ImageSize(height: scaled(source.height), width: scaled(source.width))
    }
}

/// A custom item transform that leaves every place of a picture where it is, such as one that changes colors or another
/// value of the item: models that are shown whole pictures get it, too.
///
/// Other custom transforms are refused there, since what they cut off would be missing in an answer for every pixel.
public protocol PlaceKeepingTransform: ItemTransform {}

extension Pipeline where Input == ImageBlock {
    /// The pipeline that shows a convolutional model the whole of each picture at the scale that it knows from its
    /// training, so that there is an answer for every pixel of a file. Pictures differ in size then, as their files do.
    ///
    /// The batch transforms that belong to the model stay, custom ones among them.
    ///
    /// - Parameter size: The size to which pictures are scaled instead of the training's.
    /// - Throws: `DataError` for batch transforms that are none of pictures, for custom item transforms that are no
    ///   ``PlaceKeepingTransform``, or for a size without pixels.
    func showingWholePictures(at size: ImageSize? = nil) throws -> Pipeline {
        let batch = try BatchPipeline(batchTransforms)
        var whole = WholePicture(size: nil, method: .crop)
        var (before, after): ([any ItemTransform], [any ItemTransform]) = ([], [])
        var isScaled = false
        for transform in itemTransforms {
            switch transform {
            case let resize as Resize: whole = WholePicture(size: resize.size, method: resize.method)
            case let crop as RandomResizedCrop: whole = WholePicture(size: crop.size, method: .crop)
            case let resize as RatioResize: whole = WholePicture(size: ImageSize(resize.maxSize), method: .pad)
            case is CropPad, is RandomCrop, is FlipItem, is DihedralItem: continue
            case is any PlaceKeepingTransform:
                if isScaled { after.append(transform) } else { before.append(transform) }
                continue
            default:
                let name = type(of: transform).storedName
                throw DataError(
                    "The item transform \(name) is a custom one, of which it is not known whether it moves what is on a "
                        + "picture, so that there is no answer for whole pictures. Make \(name) a PlaceKeepingTransform if it "
                        + "does not, or predict what the model sees: predict(_:) and --model-size.")
            }
            isScaled = true
        }
        if let last = batch.sampling.size ?? whole.size {
            whole = WholePicture(size: last, method: whole.method)
        }
        if let size, size.height < 1 || size.width < 1 {
            throw DataError("Pictures of \(size) pixels are not possible; give sides of 1 or more.")
        }
        if let size { whole = WholePicture(size: size, method: whole.method) }
        return Pipeline(
            input: input, target: target, itemTransforms: before + [whole] + after,
            batchTransforms: batchTransforms.filter(\.belongsToModel))
    }
}
