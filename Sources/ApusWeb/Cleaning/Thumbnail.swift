// Small versions of pictures for a page, by the picture's number and never by a path.
import ApusVision
import Foundation
import Hummingbird
import NIOCore

/// A picture of a file as a page shows it.
enum Thumbnail {
    /// The sides that pages ask for, in pixels: of a grid, and of a picture that is looked at closely.
    static let sides: Set<Int> = [64, 256, 1280]

    /// A picture that fits into a square, as JPEG; a smaller one is not enlarged.
    ///
    /// - Throws: `ImageError` where the file cannot be read.
    static func jpeg(of file: URL, side: Int) throws -> Data {
        let full = try Image.size(of: file)
        let scale = min(1, Double(side) / Double(max(full.width, full.height)))
        let size = ImageSize(
            height: max(1, Int((Double(full.height) * scale).rounded())),
            width: max(1, Int((Double(full.width) * scale).rounded())))
        let image = try Image(contentsOf: file, atLeast: size)
        let small = image.size == size ? image : try image.resized(to: size, method: .squish)
        return try small.encoded(as: .jpeg(quality: 85))
    }

    /// The answer to a browser, which may keep it for a while.
    ///
    /// - Throws: ``WebError`` where the file cannot be read, without its path.
    static func response(of file: URL, side: Int) throws -> Response {
        guard sides.contains(side) else {
            throw WebError.badRequest(
                "There are pictures of \(sides.sorted().map(String.init).joined(separator: ", ")) pixels.")
        }
        guard let data = try? jpeg(of: file, side: side) else {
            throw WebError.notFound("The picture cannot be read.")
        }
        var response = Response.bytes(ByteBuffer(bytes: data), type: "image/jpeg")
        response.headers[.cacheControl] = "private, max-age=600"
        return response
    }
}
