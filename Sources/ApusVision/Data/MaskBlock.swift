// Masks as targets: a class for each pixel.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// A class for each pixel of a picture.
public struct Mask: Sendable, Equatable, CustomStringConvertible {
    let image: Image

    public var width: Int { image.width }
    public var height: Int { image.height }
    public var size: ImageSize { image.size }
    /// The class indices, `height * width` of them, row by row.
    public var indices: [UInt8] { image.bytes }

    init(_ image: Image) { self.image = image }

    /// - Parameter indices: `height * width` class indices, row by row.
    /// - Throws: ``ImageError/invalidValue(_:)`` when the size is not positive or the number of indices another.
    public init(width: Int, height: Int, indices: [UInt8]) throws(ImageError) {
        image = try Image(width: width, height: height, channels: 1, bytes: indices)
    }

    /// The class indices by rows.
    public var rows: [[Int]] {
        (0..<height).map { row in indices[row * width..<(row + 1) * width].map(Int.init) }
    }

    public var description: String { "Mask(\(size) pixels)" }

    /// Writes the class indices as the gray levels of a PNG file, from which ``MaskBlock`` reads them again.
    ///
    /// - Throws: ``ImageError/unsupported(file:reason:)`` for another format, which may blend classes, and
    ///   ``ImageError/unwritable(file:reason:)``.
    public func write(to file: URL) throws(ImageError) {
        guard file.pathExtension.lowercased() == "png" else {
            throw .unsupported(
                file: file.path(percentEncoded: false), reason: "masks are written as .png, which keeps every class")
        }
        try image.write(to: file)
    }

    /// The bytes of the PNG file that ``write(to:)`` writes.
    ///
    /// - Throws: ``ImageError`` where there is not enough memory.
    public func encoded() throws(ImageError) -> Data { try image.encoded(as: .png) }
}

extension Mask {
    /// Whether a file holds its classes as colors, such as red for one and green for another, of which no bytes can be
    /// taken. A PNG with a palette does not: its palette's indices are the classes.
    ///
    /// - Throws: ``ImageError`` when the file cannot be read.
    public static func isColorCoded(_ file: URL) throws(ImageError) -> Bool {
        let stored = try Image(contentsOf: file, mode: .indices)
        guard try Image(contentsOf: file, mode: .grayscale) == stored else { return false }
        let colors = try Image(contentsOf: file).bytes
        for start in stride(from: 0, to: colors.count, by: 3) {
            let red = colors[start]
            if colors[start + 1] != red || colors[start + 2] != red { return true }
        }
        return false
    }

    /// The error of a mask whose classes are colors, with the next step.
    public static func colorCodedError(_ file: URL) -> DataError {
        DataError(
            "\(file.path) is a color-coded mask: its classes are colors, where a mask needs a byte for each class. Write "
                + "it anew as a gray PNG, or one with a palette, whose values are 0, 1, ... for the classes.")
    }
}

extension Mask: PictureValue {
    /// Moved by nearest pixels, so that no new classes appear.
    public func moved(by move: PictureMove) throws -> Mask { Mask(try move.moved(image, interpolation: .nearest)) }
}

/// Masks from files: segmentation.
///
/// The byte of a pixel is its class: the palette's index in a PNG with a palette, else the gray level. A batch is
/// int64 `[batch, height, width]`; transforms move masks with their pictures, by nearest pixels.
///
/// ```swift
/// let street = DataBlock(
///     input: ImageBlock(), target: MaskBlock(codes: codes, void: "Void"), items: { try imageFiles(in: $0) },
///     label: { masks.appending(path: $0.deletingPathExtension().lastPathComponent + "_P.png") },
///     itemTransforms: [Resize(height: 360, width: 480)], batchTransforms: augmentations(size: ImageSize(height: 180, width: 240)))
/// ```
/// The loss is the cross-entropy of each pixel, without those of the class `void`. (Course v3, lesson 3.)
public struct MaskBlock: TargetBlock, TensorBlock {
    /// The class names in the order of the model's outputs.
    public let codes: [String]
    /// The class of the pixels that don't count; nil where all do.
    public let void: String?
    /// The byte that stands for each class in a file; nil for the class's index.
    public let pixelValues: [UInt8]?

    /// - Parameters:
    ///   - codes: The class names, 256 at most.
    ///   - void: The class of pixels that nobody labeled, which don't count in the loss.
    ///   - pixelValues: The byte that stands for each class, such as `[0, 255]`; the class's index by default.
    public init(codes: [String], void: String? = nil, pixelValues: [UInt8]? = nil) {
        self.codes = codes.map(normalizedLabel)
        self.void = void.map(normalizedLabel)
        self.pixelValues = pixelValues
    }

    public var kind: ElementKind { .mask }
    public static var task: String { "segmentation" }
    public var classNames: [String]? { codes }
    public var outputCount: Int { codes.count }

    /// The index of the class `void`, which metrics leave out too.
    public var voidIndex: Int? { void.flatMap(codes.firstIndex(of:)) }

    public var defaultLoss: Loss { .crossEntropy(ignoring: voidIndex) }

    public func fitted(to sources: [URL]) throws -> MaskBlock {
        try checkCodes()
        return self
    }

    private func checkCodes() throws {
        try Vocabulary.check(codes)
        if let void, voidIndex == nil {
            throw DataError("The void class \"\(void)\" is not among the codes \(codes.joined(separator: ", ")).")
        }
        guard codes.count <= 256, pixelValues.map({ $0.count == codes.count && Set($0).count == $0.count }) ?? true
        else {
            throw DataError(
                "A mask has at most 256 classes, and pixelValues one byte for each; there are \(codes.count) codes"
                    + (pixelValues.map { " and \($0.count) values" } ?? "") + ".")
        }
    }

    /// Refuses masks that are not there, before the training starts.
    public func check(_ sources: [URL]) throws {
        try checkCodes()
        if let missing = sources.first(where: { !FileManager.default.fileExists(atPath: storedFile($0).path) }) {
            throw DataError("There is no mask \(missing.path); check how the label follows from the picture's name.")
        }
    }

    /// Reads a mask.
    ///
    /// - Throws: ``ImageError``, or `DataError` for a pixel of no class; both name the file.
    public func load(_ source: URL, hint: LoadHint) throws -> Mask {
        let source = storedFile(source)
        if codes.count > 256 || pixelValues?.count ?? codes.count != codes.count { try checkCodes() }
        let image = try Image(contentsOf: source, mode: .indices)
        var classes = [Int](repeating: -1, count: 256)
        for (index, value) in (pixelValues ?? codes.indices.map { UInt8($0) }).enumerated() {
            classes[Int(value)] = index
        }
        if let wrong = image.bytes.first(where: { classes[Int($0)] < 0 }) {
            if try Mask.isColorCoded(source) { throw Mask.colorCodedError(source) }
            throw DataError(
                "\(source.path) has a pixel of the value \(wrong), which is none of the \(codes.count) classes. Give all "
                    + "codes, or the bytes that stand for them with MaskBlock(codes:pixelValues:).")
        }
        if pixelValues == nil { return Mask(image) }
        return try Mask(
            width: image.width, height: image.height, indices: image.bytes.map { UInt8(classes[Int($0)]) })
    }

    /// Refuses a mask that does not lie on its picture, such as one that was drawn before an EXIF tag turns the picture.
    ///
    /// - Throws: `DataError` for a mask of another shape than its picture's; it may be of another scale.
    public func placed(_ value: Mask, on input: any Sendable) throws -> Mask {
        if let picture = (input as? any SizedPicture)?.fullSize, !value.size.fits(picture) {
            throw DataError(
                "A mask of \(value.size) pixels does not fit its picture of \(picture) pixels; both must have one shape. "
                    + value.size.remedy(on: picture))
        }
        return value
    }

    /// Joins masks of one size to uint8 `[batch, height, width]`; the batch transforms make int64 of it.
    public func collate(_ values: [Mask]) throws -> Tensor {
        try ImageBlock(.indices).collate(values.map(\.image)).select(dim: 1, index: 0)
    }

    public func decode(_ tensor: Tensor) throws -> Mask {
        guard tensor.dim == 2 else {
            throw DataError("A mask is decoded from a tensor [height, width]; one of shape \(tensor.shape) was given.")
        }
        return try Mask(
            width: tensor.size(1), height: tensor.size(0), indices: tensor.to(.uint8).contiguous().array(of: UInt8.self)
        )
    }

    public func appearance(of value: Mask, on picture: PlotImage?) throws -> Appearance {
        .overlays([.mask(value.rows, background: voidIndex)])
    }

    /// The most probable class of each pixel.
    public var decision: Decision? { .argmax() }

    /// Masks whose bytes stand for the same classes by name.
    ///
    /// - Throws: `DataError` when the masks have other classes than the model.
    public func reading(labelsOf other: MaskBlock) throws -> MaskBlock {
        if other.codes == codes { return MaskBlock(codes: codes, void: void, pixelValues: other.pixelValues) }
        guard Set(other.codes) == Set(codes), other.codes.count == codes.count, codes.count <= 256 else {
            throw DataError.misfit(difference(from: other) ?? "its masks have other classes")
        }
        let bytes = codes.compactMap { code in
            other.codes.firstIndex(of: code).map { other.pixelValues?[$0] ?? UInt8($0) }
        }
        return MaskBlock(codes: codes, void: void, pixelValues: bytes)
    }

    /// - Parameter output: The probabilities `[classes, height, width]`.
    public func prediction(from output: Tensor) throws -> MaskPrediction {
        try prediction(from: output, decision: output.dim == 3 ? output.argmax(dim: 0) : output)
    }

    /// - Parameters:
    ///   - output: The probabilities `[classes, height, width]`.
    ///   - decision: The class of each pixel, `[height, width]`.
    public func prediction(from output: Tensor, decision: Tensor) throws -> MaskPrediction {
        guard output.dim == 3, output.size(0) == codes.count else {
            throw DataError(
                "The model put out \(output.shape) for a picture; \(codes.count) classes take "
                    + "[\(codes.count), height, width]. Use a model that puts out a class for each pixel.")
        }
        return MaskPrediction(mask: try decode(decision), probabilities: output, codes: codes)
    }

    public func difference(from other: MaskBlock) -> String? { Vocabulary.difference(codes, from: other.codes) }
}

extension ImageSize {
    /// Whether a mask, or another picture, of this size can lie on a picture: it has the picture's shape, up to the
    /// rounding of small ones to whole pixels.
    public func fits(_ picture: ImageSize) -> Bool {
        abs(Double(width) * Double(picture.height) / (Double(height) * Double(picture.width)) - 1) < 0.05
    }

    /// What to do where a mask of this size does not fit a picture.
    func remedy(on picture: ImageSize) -> String {
        ImageSize(height: width, width: height).fits(picture)
            ? "The mask lies on its side: where an EXIF tag turns a picture upright, the mask must be drawn on the upright "
                + "picture. Turn the mask, or remove the tag from the picture."
            : "Check that they belong together."
    }
}

/// What a segmentation model says of one picture.
public struct MaskPrediction: Sendable, CustomStringConvertible {
    /// The class of each pixel that was decided on: the most probable one, unless the loss decides otherwise.
    public let mask: Mask
    /// The probabilities, `[classes, height, width]`.
    public let probabilities: Tensor
    /// The class names.
    public let codes: [String]

    /// The part of the picture that each class covers, of 0 to 1.
    public var areas: [String: Double] { mask.areas(of: codes) }

    /// The classes with their share of the picture, the largest first.
    public var description: String { mask.summary(of: codes) }
}

extension Mask {
    /// The part of the picture that each class covers, of 0 to 1, by its name.
    ///
    /// - Parameter codes: The classes' names, in the order of their indices.
    public func areas(of codes: [String]) -> [String: Double] {
        var counts = [Int](repeating: 0, count: 256)
        for index in indices { counts[Int(index)] += 1 }
        let pairs = codes.enumerated().prefix(256).map { ($1, Double(counts[$0]) / Double(indices.count)) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// The classes with their share of the picture as a line for people, the largest first: `sky 61.2 %, road 38.8 %`.
    ///
    /// - Parameter codes: The classes' names, in the order of their indices.
    public func summary(of codes: [String]) -> String {
        areas(of: codes).filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \(String(format: "%.1f", 100 * $0.value)) %" }.joined(separator: ", ")
    }
}
