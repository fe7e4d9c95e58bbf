// Pages of other hosts that may ask the server from a browser (CORS).
import HTTPTypes
import Hummingbird

/// Lets pages of some origins read answers.
public struct SharedOrigins<Context: RequestContext>: RouterMiddleware {
    private let origins: Set<String>

    /// - Parameter origins: The origins, such as "https://example.org"; "*" stands for all.
    public init(_ origins: [String]) { self.origins = Set(origins) }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], origins.contains("*") || origins.contains(origin) else {
            return try await next(request, context)
        }
        let isQuestion = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isQuestion ? Response(status: .noContent) : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origins.contains("*") ? "*" : origin
        response.headers[values: .vary].append("Origin")
        if isQuestion {
            response.headers[.accessControlAllowMethods] = "GET, POST, HEAD, OPTIONS"
            response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type, Accept"
            response.headers[.accessControlMaxAge] = "600"
        }
        return response
    }
}
