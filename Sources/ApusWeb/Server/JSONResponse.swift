// Answers of JSON.
import ApusCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// An answer whose body is a value as JSON, with sorted keys.
    ///
    /// A value that cannot be encoded gives an answer of the status 500.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        guard let data = try? encoder.encode(value) else { return Response(status: .internalServerError) }
        return .bytes(ByteBuffer(bytes: data), type: "application/json", status: status)
    }

    /// An answer of bytes.
    ///
    /// - Parameter type: The media type, such as "image/png".
    public static func bytes(_ bytes: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .contentLength: "\(bytes.readableBytes)"],
            body: ResponseBody(byteBuffer: bytes))
    }
}
