// The headers by which a browser keeps what is not ours out of our pages, and our pages out of others'.
import HTTPTypes
import Hummingbird

/// Adds the security headers to every answer: a content security policy by which a page loads nothing from another host and
/// runs no script within its text, no guessing of types, no frames, no referrer, and no camera for others.
///
/// It is the first middleware, with ``WebErrors`` inside it. An answer that has one of the headers keeps its own.
public struct SecurityHeaders<Context: RequestContext>: RouterMiddleware {
    private let headers: HTTPFields

    /// - Parameters:
    ///   - framedBy: The hosts whose pages may show ours in a frame, such as "https://huggingface.co"; none by default.
    ///   - isShared: Whether pages of other hosts may read answers (with CORS); false by default.
    ///   - isEncrypted: Whether the server speaks TLS itself, so that browsers are told never to come without; false by
    ///     default.
    public init(framedBy: [String] = [], isShared: Bool = false, isEncrypted: Bool = false) {
        let frames = framedBy.isEmpty ? "'none'" : framedBy.joined(separator: " ")
        let policy = [
            "default-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:", "object-src 'none'",
            "base-uri 'none'", "form-action 'self'", "frame-ancestors \(frames)",
        ]
        var headers: HTTPFields = [
            .contentSecurityPolicy: policy.joined(separator: "; "),
            .xContentTypeOptions: "nosniff",
            .referrerPolicy: "no-referrer",
            .crossOriginResourcePolicy: isShared ? "cross-origin" : "same-origin",
            .crossOriginOpenerPolicy: "same-origin",
            .permissionsPolicy: "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
            .cacheControl: "no-store",
        ]
        if framedBy.isEmpty { headers[.xFrameOptions] = "DENY" }
        if isEncrypted { headers[.strictTransportSecurity] = "max-age=31536000" }
        self.headers = headers
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for field in headers where response.headers[field.name] == nil { response.headers[field.name] = field.value }
        return response
    }
}

extension HTTPField.Name {
    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no name of a header") }
        return name
    }

    static let referrerPolicy = named("Referrer-Policy")
    static let crossOriginOpenerPolicy = named("Cross-Origin-Opener-Policy")
    static let permissionsPolicy = named("Permissions-Policy")
    static let xFrameOptions = named("X-Frame-Options")
}
