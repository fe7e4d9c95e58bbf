// The Swift side of reading, scaling and writing numbers.
import CVips
import Foundation

enum RasterSource {
    /// The most numbers that are read: three for each pixel of the largest picture.
    private static let limit = Int64(3 * Image.pixelLimit)

    static func read(file: URL, joiningPages: Bool) throws(ImageError) -> Raster {
        let path = file.path(percentEncoded: false)
        var (facts, failure) = (cvips_numbers(), cvips_failure())
        let numbers = cvips_read_numbers_file(path, joiningPages ? 1 : 0, 0, limit, &facts, &failure)
        guard let numbers else { throw ImageError(failure, file: path) }
        return taken(numbers, facts)
    }

    static func read(data: Data, joiningPages: Bool) throws(ImageError) -> Raster {
        let kept = data as NSData
        var (facts, failure) = (cvips_numbers(), cvips_failure())
        let numbers = cvips_read_numbers(
            kept.bytes, kept.length, joiningPages ? 1 : 0, 0, limit, &facts, &failure)
        guard let numbers else { throw ImageError(failure, file: "The image in memory") }
        return taken(numbers, facts)
    }

    /// The channels of a file's raster, by its header.
    static func channels(of file: URL, joiningPages: Bool) throws(ImageError) -> Int {
        let path = file.path(percentEncoded: false)
        var (facts, failure) = (cvips_numbers(), cvips_failure())
        _ = cvips_read_numbers_file(path, joiningPages ? 1 : 0, 1, limit, &facts, &failure)
        guard facts.width > 0 else { throw ImageError(failure, file: path) }
        return Int(facts.channels * facts.pages)
    }

    private static func taken(_ numbers: UnsafeMutablePointer<Float>, _ facts: cvips_numbers) -> Raster {
        defer { cvips_free(numbers) }
        let (width, height) = (Int(facts.width), Int(facts.height))
        let (channels, pages) = (Int(facts.channels), Int(facts.pages))
        let depth: Raster.Depth =
            switch facts.depth {
            case CVIPS_DEPTH_8: .uint8
            case CVIPS_DEPTH_16: .uint16
            default: .float32
            }
        let stored = UnsafeBufferPointer(start: numbers, count: width * height * channels)
        guard pages > 1 else {
            return Raster(width: width, height: height, channels: channels, depth: depth, checked: Array(stored))
        }
        // Pages lie one below the other; each gives its channels to every pixel.
        let pixels = width * height / pages
        let values = [Float](unsafeUninitializedCapacity: stored.count) { buffer, initialized in
            for page in 0..<pages {
                for pixel in 0..<pixels {
                    for channel in 0..<channels {
                        buffer[(pixel * pages + page) * channels + channel] =
                            stored[(page * pixels + pixel) * channels + channel]
                    }
                }
            }
            initialized = stored.count
        }
        return Raster(width: width, height: height / pages, channels: channels * pages, depth: depth, checked: values)
    }

    static func rendered(
        _ raster: Raster, _ geometry: ImageGeometry, interpolation: Image.Interpolation
    ) throws(ImageError) -> [Float] {
        var native = cvips_geometry(geometry, picture: raster.size, full: raster.size)
        native.nearest = interpolation == .nearest ? 1 : 0
        let count = geometry.window.width * geometry.window.height * raster.channels
        var failure = cvips_failure()
        var isDone = false
        let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            isDone =
                raster.values.withUnsafeBufferPointer { numbers in
                    cvips_resample_numbers(
                        numbers.baseAddress, Int32(raster.width), Int32(raster.height), Int32(raster.channels), &native,
                        buffer.baseAddress, &failure)
                } != 0
            initialized = isDone ? count : 0
        }
        guard isDone else { throw ImageError(failure, file: "The raster of \(raster.size) pixels") }
        return result
    }

    static func encoded(_ raster: Raster, as format: Raster.Format) throws(ImageError) -> Data {
        let depth =
            switch raster.depth {
            case .uint8: CVIPS_DEPTH_8
            case .uint16: CVIPS_DEPTH_16
            case .float32: CVIPS_DEPTH_FLOAT
            }
        var (failure, length) = (cvips_failure(), 0)
        let result = raster.values.withUnsafeBufferPointer { numbers in
            cvips_encode_numbers(
                numbers.baseAddress, Int32(raster.width), Int32(raster.height), Int32(raster.channels), depth,
                format == .tiff ? 1 : 0, &length, &failure)
        }
        guard let result else { throw ImageError(failure, file: "The raster of \(raster.size) pixels") }
        return Data(bytesNoCopy: result, count: length, deallocator: .custom { bytes, _ in cvips_free(bytes) })
    }
}
