// The Swift side of the decoder: opens a picture, knows its size, gives its pixels.
import CVips
import Foundation

/// A picture whose header has been read and whose pixels have not.
struct ImageSource: ~Copyable {
    private let handle: OpaquePointer
    private let name: String
    // Bytes given by the caller, which the decoder reads in place and which must live as long as the handle.
    private let data: NSData?

    init(file: URL, applyingOrientation: Bool) throws(ImageError) {
        var failure = cvips_failure()
        let path = file.path(percentEncoded: false)
        guard let handle = cvips_open_file(path, applyingOrientation ? 1 : 0, Int64(Image.pixelLimit), &failure) else {
            throw ImageError(failure, file: path)
        }
        self.handle = handle
        self.name = path
        self.data = nil
    }

    init(data: Data, applyingOrientation: Bool) throws(ImageError) {
        var failure = cvips_failure()
        let name = "The image in memory"
        // NSData keeps its bytes at one address for its lifetime, which Data does not promise.
        let kept = data as NSData
        guard
            let handle = cvips_open_memory(
                kept.bytes, kept.length, applyingOrientation ? 1 : 0, Int64(Image.pixelLimit), &failure)
        else {
            throw ImageError(failure, file: name)
        }
        self.handle = handle
        self.name = name
        self.data = kept
    }

    deinit { cvips_close(handle) }

    var size: ImageSize { ImageSize(height: Int(cvips_height(handle)), width: Int(cvips_width(handle))) }

    /// Decodes from here on at the smallest scale the format offers at which the picture is at least of this size.
    mutating func reduce(toAtLeast size: ImageSize) throws(ImageError) {
        var failure = cvips_failure()
        let width = Int32(clamping: size.width)
        let height = Int32(clamping: size.height)
        guard cvips_reduce(handle, width, height, &failure) != 0 else { throw ImageError(failure, file: name) }
    }

    /// All frames, or pages, from the first to the last.
    consuming func frames(mode: Image.Mode) throws(ImageError) -> [Image] {
        var failure = cvips_failure()
        let count = Int(cvips_join_frames(handle, Int64(Image.pixelLimit), &failure))
        guard count > 0 else { throw ImageError(failure, file: name) }
        let joined = try pixels(mode: mode)
        guard count > 1 else { return [joined] }
        let height = joined.height / count
        let length = height * joined.width * joined.channels
        return (0..<count).map { place in
            Image(
                width: joined.width, height: height, channels: joined.channels,
                decoded: Array(joined.bytes[place * length..<(place + 1) * length]))
        }
    }

    consuming func pixels(
        mode: Image.Mode, fullSize: ImageSize? = nil
    ) throws(ImageError) -> Image {
        let size = size
        let count = size.width * size.height * mode.channels
        var failure = cvips_failure()
        var isDecoded = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            isDecoded = cvips_read(handle, Int32(mode.code), buffer.baseAddress, &failure) != 0
            initialized = isDecoded ? count : 0
        }
        guard isDecoded else { throw ImageError(failure, file: name) }
        return Image(
            width: size.width, height: size.height, channels: mode.channels, decoded: bytes, fullSize: fullSize)
    }
}

extension ImageError {
    init(_ failure: cvips_failure, file: String) {
        let reason = withUnsafeBytes(of: failure.detail) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self =
            switch failure.kind {
            case CVIPS_UNREADABLE: .unreadable(file: file, reason: reason)
            case CVIPS_EMPTY: .empty(file: file)
            case CVIPS_NOT_AN_IMAGE: .notAnImage(file: file)
            case CVIPS_TRUNCATED: .truncated(file: file, reason: reason)
            case CVIPS_DAMAGED: .damaged(file: file, reason: reason)
            case CVIPS_TOO_LARGE: .tooLarge(file: file, reason: reason)
            case CVIPS_NO_MEMORY: .outOfMemory(file: file)
            default: .unsupported(file: file, reason: reason)
            }
    }
}
