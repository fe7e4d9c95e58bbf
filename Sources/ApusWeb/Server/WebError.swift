// What a server answers where it cannot do what was asked: a status and a sentence, as JSON.
import HTTPTypes
import Hummingbird
import NIOHTTP1

/// An answer that says what is wrong with a request, what was expected and what to do.
///
/// ```json
/// {"error": {"message": "There is no model \"cats\"; the models are pets and dogs.", "status": 404}}
/// ```
public struct WebError: Error, Sendable, CustomStringConvertible {
    /// The status of the answer.
    public var status: HTTPResponse.Status
    /// A sentence for the client: what is wrong, what was expected, what to do. No path of the machine is in it.
    public var message: String
    /// Further headers of the answer, such as Retry-After.
    public var headers: HTTPFields
    /// What the log says of it besides; nothing for what is the client's doing.
    public var logged: String?

    /// - Parameters:
    ///   - status: The status of the answer.
    ///   - message: A sentence for the client.
    ///   - headers: Further headers of the answer; none by default.
    ///   - logged: What the log says of it besides.
    public init(_ status: HTTPResponse.Status, _ message: String, headers: HTTPFields = [:], logged: String? = nil) {
        (self.status, self.message, self.headers, self.logged) = (status, message, headers, logged)
    }

    public var description: String { message }

    /// A request that cannot be read (400).
    public static func badRequest(_ message: String) -> WebError { WebError(.badRequest, message) }

    /// Something that is not there (404).
    public static func notFound(_ message: String) -> WebError { WebError(.notFound, message) }

    /// A request that is too large (413).
    public static func tooLarge(_ message: String) -> WebError { WebError(.contentTooLarge, message) }

    /// A request whose values are not possible (422).
    public static func unprocessable(_ message: String) -> WebError { WebError(.unprocessableContent, message) }

    /// A server that has too much to do (503), with the seconds after which to try again.
    public static func busy(_ message: String, retryAfter seconds: Int = 1) -> WebError {
        WebError(.serviceUnavailable, message, headers: [.retryAfter: "\(seconds)"])
    }

    /// A failure that is the server's (500): the client learns nothing of the reason, which is in the log.
    public static func failure(_ error: any Error) -> WebError {
        WebError(
            .internalServerError, "The server could not do this; its log says why.",
            logged: "\(String(reflecting: type(of: error))): \(error)")
    }
}

extension WebError: HTTPResponseError {
    public func response(from request: Request, context: some RequestContext) -> Response {
        var response = Response.json(
            ErrorBody(error: ErrorBody.Reason(message: message, status: Int(status.code))), status: status)
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}

/// The JSON of an error.
private struct ErrorBody: Encodable {
    struct Reason: Encodable {
        let message: String
        let status: Int
    }
    let error: Reason
}

/// Turns whatever a route throws into an answer of JSON: errors of its own as they are, others as failures of the server.
///
/// It belongs inside ``SecurityHeaders``, so that errors have the headers too.
public struct WebErrors<Context: RequestContext>: RouterMiddleware {
    public init() {}

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // What is no HTTP is answered and closed by the connection itself.
            throw error
        } catch {
            let error = Self.shown(error, request)
            if let logged = error.logged {
                context.logger.error("request failed", metadata: ["reason": .string(logged)])
            }
            return error.response(from: request, context: context)
        }
    }

    private static func shown(_ error: any Error, _ request: Request) -> WebError {
        switch error {
        case let error as WebError: return error
        case is CancellationError: return WebError(.clientClosedRequest, "The client has gone.")
        case let error as HTTPError where error.status == .notFound && error.body == nil:
            return .notFound(
                "There is nothing at \(request.uri.path.prefix(200)); GET /openapi.json lists what there is.")
        case let error as HTTPError:
            return WebError(error.status, error.body ?? error.status.reasonPhrase, headers: error.headers)
        case let error as any HTTPResponseError:
            return WebError(error.status, error.status.reasonPhrase)
        default: return .failure(error)
        }
    }
}

extension HTTPResponse.Status {
    /// What logs call a request whose client did not wait for the answer.
    public static var clientClosedRequest: HTTPResponse.Status {
        .init(code: 499, reasonPhrase: "Client Closed Request")
    }
}

extension RouterMethods {
    /// Answers requests of other methods to a path with 405 and the list of those that there are.
    ///
    /// - Parameter methods: Those that the path has; HEAD goes with GET where the router makes it.
    public func refuseOtherMethods(_ path: RouterPath, except methods: HTTPRequest.Method...) {
        let listed = methods.map(\.rawValue).joined(separator: ", ")
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !methods.contains(method) {
            on(path, method: method) { request, _ -> Response in
                throw WebError(
                    .methodNotAllowed, "\(request.uri.path.prefix(200)) takes \(listed), not \(method.rawValue).",
                    headers: [.allow: listed])
            }
        }
    }
}
