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

extension Pipeline where Input == ImageBlock {
    /// The pipeline that shows a convolutional model the whole of each picture at the scale that it knows from its
    /// training, so that there is an answer for every pixel of a file. Pictures differ in size then, as their files do.
    ///
    /// The batch transforms that belong to the model stay, custom ones among them.
    ///
    /// - Parameter size: The size to which pictures are scaled instead of the training's.
    /// - Throws: `DataError` for batch transforms that are none of pictures, or a size without pixels.
    func showingWholePictures(at size: ImageSize? = nil) throws -> Pipeline {
        let batch = try BatchPipeline(batchTransforms)
        var whole = WholePicture(size: nil, method: .crop)
        for transform in itemTransforms {
            switch transform {
            case let resize as Resize: whole = WholePicture(size: resize.size, method: resize.method)
            case let crop as RandomResizedCrop: whole = WholePicture(size: crop.size, method: .crop)
            case let resize as RatioResize: whole = WholePicture(size: ImageSize(resize.maxSize), method: .pad)
            default: break
            }
        }
        if let last = batch.sampling.size ?? whole.size {
            whole = WholePicture(size: last, method: whole.method)
        }
        if let size, size.height < 1 || size.width < 1 {
            throw DataError("Pictures of \(size) pixels are not possible; give sides of 1 or more.")
        }
        if let size { whole = WholePicture(size: size, method: whole.method) }
        return Pipeline(
            input: input, target: target, itemTransforms: [whole],
            batchTransforms: batchTransforms.filter(\.belongsToModel))
    }
}
