// Who may ask: those who know a token.
import HTTPTypes
import Hummingbird

/// Lets only those in who send `Authorization: Bearer TOKEN`; the comparison takes the same time for any wrong token.
public struct BearerToken<Context: RequestContext>: RouterMiddleware {
    private let token: [UInt8]
    private let isOpen: @Sendable (_ path: String) -> Bool

    /// - Parameters:
    ///   - token: The token.
    ///   - isOpen: Whether a path is open to all, such as that of a health check; none is by default.
    public init(_ token: String, isOpen: @escaping @Sendable (_ path: String) -> Bool = { _ in false }) {
        (self.token, self.isOpen) = (Array(token.utf8), isOpen)
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if !isOpen(request.uri.path), !isKnown(request.headers[.authorization]) {
            throw WebError(
                .unauthorized, "A token is needed; send it in the header Authorization: Bearer TOKEN.",
                headers: [.wwwAuthenticate: "Bearer"])
        }
        return try await next(request, context)
    }

    private func isKnown(_ header: String?) -> Bool {
        guard let header, header.lowercased().hasPrefix("bearer ") else { return false }
        let given = Array(header.dropFirst(7).drop(while: { $0 == " " }).utf8)
        return isEqual(given, token)
    }
}

/// Whether two secrets are equal, in a time that depends on the length of the right one alone.
func isEqual(_ given: [UInt8], _ right: [UInt8]) -> Bool {
    var difference = given.count ^ right.count
    for place in right.indices { difference |= Int(right[place] ^ (place < given.count ? given[place] : 0)) }
    return difference == 0
}
