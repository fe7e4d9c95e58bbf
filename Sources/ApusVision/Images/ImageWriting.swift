// Writing pictures: PNG, JPEG and WebP, to memory and to files.
import CVips
import Foundation

extension Image {
    /// A format that pictures are written in.
    public enum Format: Sendable, Hashable {
        /// Lossless.
        case png
        /// Lossy, with a quality of 1 to 100.
        case jpeg(quality: Int = 90)
        /// Lossy, with a quality of 1 to 100.
        case webp(quality: Int = 90)

        /// The format that a file extension names, or nil.
        init?(fileExtension: String) {
            switch fileExtension.lowercased() {
            case "png": self = .png
            case "jpg", "jpeg": self = .jpeg()
            case "webp": self = .webp()
            default: return nil
            }
        }
    }

    /// The picture as the bytes of a file. JPEG has no alpha: such a picture is written on white.
    ///
    /// - Throws: ``ImageError/invalidValue(_:)`` for a quality outside 1 to 100, ``ImageError/unsupported(file:reason:)``
    ///   when the format cannot hold the picture (JPEG and WebP have largest sizes).
    public func encoded(as format: Format) throws(ImageError) -> Data {
        let code: cvips_format
        var quality = 90
        switch format {
        case .png: code = CVIPS_PNG
        case .jpeg(let given): (code, quality) = (CVIPS_JPEG, given)
        case .webp(let given): (code, quality) = (CVIPS_WEBP, given)
        }
        guard (1...100).contains(quality) else {
            throw .invalidValue("The quality of an image file is 1 to 100; \(quality) was given.")
        }
        if channels != colors, case .jpeg = format { return try withoutAlpha().encoded(as: format) }
        var failure = cvips_failure()
        var length = 0
        let result = bytes.withUnsafeBufferPointer { pixels in
            cvips_encode(
                pixels.baseAddress, Int32(width), Int32(height), Int32(channels), code, Int32(quality), &length,
                &failure)
        }
        guard let result else { throw ImageError(failure, file: "The image of \(size) pixels") }
        return Data(bytesNoCopy: result, count: length, deallocator: .custom { bytes, _ in cvips_free(bytes) })
    }

    /// Writes the picture to a file, in the format that the extension names: png, jpg, jpeg or webp.
    ///
    /// The file is written beside its place and then renamed, so that a failure leaves no half picture.
    public func write(to file: URL) throws(ImageError) {
        let path = file.path(percentEncoded: false)
        guard let format = Format(fileExtension: file.pathExtension) else {
            throw .unsupported(
                file: path, reason: "the extension \"\(file.pathExtension)\" is none of png, jpg, jpeg, webp")
        }
        let data = try encoded(as: format)
        do {
            try data.write(to: file, options: .atomic)
        } catch {
            throw .unwritable(file: path, reason: error.systemReason)
        }
    }
}
