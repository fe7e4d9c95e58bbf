// Predictions for pictures that are not files: decoded ones, bytes, tensors; and answers at the size of the picture.
import ApusCore
import Foundation
import Torch

/// A picture from somewhere else than a file: an ``Image``, the bytes of a file (`Data`), or a tensor.
///
/// ```swift
/// print(try classifier.predict(image).label)
/// print(try classifier.predict(upload).label)       // the bytes of a JPEG
/// print(try classifier.predict(tensor).label)       // [3, height, width], uint8, or floating point of 0 to 1
/// ```
/// A type of your own, such as a frame of a video, is predicted in the same way when it conforms.
public protocol PictureInMemory: Sendable {
    /// The picture in the colors of a mode.
    ///
    /// - Parameter size: The least size that later steps make good use of; a larger picture is welcome.
    func image(mode: Image.Mode, atLeast size: ImageSize?) throws -> Image
}

extension Image: PictureInMemory {
    /// The picture itself, or its gray levels, or gray as color.
    public func image(mode: Mode, atLeast size: ImageSize?) throws -> Image { converted(to: mode) }
}

extension Data: PictureInMemory {
    /// The picture whose file has these bytes.
    /// - Throws: ``ImageError``.
    public func image(mode: Image.Mode, atLeast size: ImageSize?) throws -> Image {
        try Image(data: self, mode: mode, atLeast: size)
    }
}

extension Tensor: PictureInMemory {
    /// The picture of a tensor `[channels, height, width]`: uint8, or floating point of 0 to 1 (what lies outside is cut
    /// off).
    /// - Throws: `DataError` for a tensor of another shape.
    public func image(mode: Image.Mode, atLeast size: ImageSize?) throws -> Image {
        try ImageBlock(mode).decode(to(.cpu)).converted(to: mode)
    }
}

extension Image {
    /// The picture in the colors of a mode, by the weights that reading a file uses. Alpha is left out, or 255.
    public func converted(to mode: Mode) -> Image {
        guard channels != mode.channels else { return self }
        let (own, wanted) = (colors, (mode.channels - 1) / 2 * 2 + 1)
        var converted: [UInt8] = []
        converted.reserveCapacity(width * height * mode.channels)
        for place in stride(from: 0, to: bytes.count, by: channels) {
            if own == wanted {
                converted += bytes[place..<place + own]
            } else if own == 1 {
                converted += [bytes[place], bytes[place], bytes[place]]
            } else {
                let (red, green, blue) = (UInt32(bytes[place]), UInt32(bytes[place + 1]), UInt32(bytes[place + 2]))
                converted.append(UInt8((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16))
            }
            if mode.channels > wanted { converted.append(channels > own ? bytes[place + own] : 255) }
        }
        return Image(width: width, height: height, channels: mode.channels, decoded: converted, fullSize: fullSize)
    }

    /// The channels besides alpha.
    var colors: Int { (channels - 1) / 2 * 2 + 1 }

    /// The picture without alpha, on white where it can be seen through.
    func withoutAlpha() -> Image {
        let colors = colors
        guard channels > colors else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * colors)
        for place in stride(from: 0, to: self.bytes.count, by: channels) {
            let alpha = Int(self.bytes[place + colors])
            for channel in 0..<colors {
                bytes.append(UInt8((Int(self.bytes[place + channel]) * alpha + 255 * (255 - alpha) + 127) / 255))
            }
        }
        return Image(width: width, height: height, channels: colors, decoded: bytes, fullSize: fullSize)
    }
}

extension Predicting where Input == ImageBlock {
    /// The prediction for a picture that is not a file.
    /// - Throws: ``ImageError`` or `DataError` for what is not a picture, else what the model throws.
    public func predict(_ picture: some PictureInMemory) throws -> Target.Prediction {
        try predict(value: predictor.image(picture))
    }

    /// The predictions for pictures that are not files, in batches.
    /// - Throws: ``ImageError`` or `DataError` for what is not a picture, else what the model throws.
    public func predict(_ pictures: [some PictureInMemory], batchSize: Int = 64) throws -> [Target.Prediction] {
        let predictor = predictor
        return try predict(values: pictures.map { try predictor.image($0) }, batchSize: batchSize)
    }
}

extension Predictor where Input == ImageBlock {
    fileprivate func image(_ picture: some PictureInMemory) throws -> Image {
        let size = pipeline.itemTransforms.first?.sizeNeeded(isTraining: false)
        return try withTorchErrors {
            try picture.image(
                mode: pipeline.input.mode, atLeast: size.map { ImageSize(height: $0.height, width: $0.width) })
        }
    }

    /// The predictor that shows the model the whole of each picture, at the scale of the training, in its own shape.
    ///
    /// Models of masks and of pictures then answer for every pixel. Pictures differ in size, so that
    /// they are predicted one by one (`batchSize: 1`).
    ///
    /// - Parameter size: The size to which pictures are scaled instead of the training's, such as a larger one for more
    ///   detail.
    /// - Throws: `DataError` for batch transforms that are not those of pictures.
    public func showingWholePictures(at size: ImageSize? = nil) throws -> Predictor {
        var whole = self
        whole.pipeline = try pipeline.showingWholePictures(at: size)
        return whole
    }
}

/// A target with an answer for each pixel, whose predictions have a size.
public protocol PixelTarget: TargetBlock {
    /// A prediction at another size, such as that of the picture's file.
    func resized(_ prediction: Prediction, to size: ImageSize) throws -> Prediction
}

extension MaskBlock: PixelTarget {
    /// The mask by nearest pixels; the probabilities stay those that the model gave.
    public func resized(_ prediction: MaskPrediction, to size: ImageSize) throws -> MaskPrediction {
        guard prediction.mask.size != size else { return prediction }
        return MaskPrediction(
            mask: try prediction.mask.resized(to: size), probabilities: prediction.probabilities,
            codes: prediction.codes)
    }
}

extension ImageBlock: PixelTarget {
    public func resized(_ prediction: Image, to size: ImageSize) throws -> Image {
        prediction.size == size ? prediction : try prediction.resized(to: size, method: .squish)
    }
}

/// The size of an answer that is a mask or a picture.
public enum AnswerSize: Sendable {
    /// What the model saw: as in validation, usually a crop of the picture.
    case model
    /// The whole picture, at its own size.
    case original
}

extension Predicting where Input == ImageBlock, Target: PixelTarget {
    /// The prediction for a file's picture: of the crop that the model sees, or of the whole picture at its size.
    ///
    /// ```swift
    /// let mask = try segmenter.predict(photo, size: .original).mask
    /// ```
    /// - Throws: ``ImageError``, which names the file, else what the model throws.
    public func predict(_ file: URL, size: AnswerSize) throws -> Target.Prediction {
        guard case .original = size else { return try predict(file) }
        let whole = try predictor.showingWholePictures()
        return try whole.pipeline.target.resized(whole.predict(file), to: Image.size(of: file))
    }

    /// The same for a picture that is not a file.
    /// - Throws: ``ImageError`` or `DataError` for what is not a picture, else what the model throws.
    public func predict(_ picture: some PictureInMemory, size: AnswerSize) throws -> Target.Prediction {
        let image = try predictor.image(picture)
        guard case .original = size else { return try predict(value: image) }
        let whole = try predictor.showingWholePictures()
        return try whole.pipeline.target.resized(whole.predict(value: image), to: image.fullSize)
    }
}
