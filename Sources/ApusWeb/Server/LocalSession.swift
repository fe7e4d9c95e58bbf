// Who may use a page that changes files of this computer: the person who started its command, from the page itself.
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The right to use a page that changes files of this computer, such as the one that `apus clean` opens.
///
/// The command prints an address with a token. The browser that opens it first gets a cookie in exchange, and the token is
/// worth nothing from then on. Every request needs the cookie, a `Host` header that no other site can have, and comes from
/// the page itself:
/// - a name that points at this computer (DNS rebinding) is refused by `Host`;
/// - another site's forms and scripts (CSRF) are refused by `Origin`, `Sec-Fetch-Site`, the cookie's `SameSite=Strict` and
///   the content type `application/json`, which every change must have.
///
/// ```swift
/// let session = LocalSession()
/// let router = session.makeRouter()
/// print(session.link(to: WebAddress(port: 8080)))     // http://127.0.0.1:8080/?token=...
/// ```
public final class LocalSession: Sendable {
    /// What one of the browsers that may use the page is known by.
    private struct State {
        var token: String
        var usesLeft: Int
        var cookies: Set<String> = []
    }

    private let state: Mutex<State>
    /// The cookie's name, another one for each session: ports of one computer share their cookies.
    let cookieName: String
    /// The names by which this computer may be called, beside numbers and `localhost`.
    private let hosts: Set<String>

    /// - Parameters:
    ///   - guests: How many browsers may exchange the token for a cookie; 1 by default.
    ///   - hosts: Names by which the page may be called beside addresses in numbers and `localhost`, such as the one of a
    ///     proxy; in lower case.
    public init(guests: Int = 1, hosts: Set<String> = []) {
        state = Mutex(State(token: Self.secret(), usesLeft: max(guests, 1)))
        cookieName = "apus-" + Self.secret().prefix(8)
        self.hosts = hosts
    }

    /// The address that lets a browser in.
    ///
    /// - Parameter address: Where the server listens; a host of all networks is written as 127.0.0.1.
    public func link(to address: WebAddress) -> String {
        let host = ["0.0.0.0", "::", ""].contains(address.host) ? "127.0.0.1" : address.host
        let written = host.contains(":") ? "[\(host)]" : host
        return "http://\(written):\(address.port)/?token=\(state.withLock(\.token))"
    }

    /// A router that answers the session's requests alone, with the security headers and errors of all our servers.
    public func makeRouter() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: SecurityHeaders())
        router.add(middleware: WebErrors())
        router.add(middleware: middleware())
        return router
    }

    /// Refuses every request that is not the session's.
    public func middleware<Context: RequestContext>(
        _ context: Context.Type = BasicRequestContext.self
    ) -> LocalSessionMiddleware<Context> { LocalSessionMiddleware(session: self) }

    /// 256 random bits as text that may stand in addresses and cookies.
    private static func secret() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(random.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The cookie for a token; nil where the token is wrong or used up.
    func cookie(for token: String) -> Cookie? {
        state.withLock { state in
            guard state.usesLeft > 0, Self.isSame(token, state.token) else { return nil }
            state.usesLeft -= 1
            let secret = Self.secret()
            state.cookies.insert(secret)
            return Cookie(name: cookieName, value: secret, path: "/", httpOnly: true, sameSite: .strict)
        }
    }

    /// Whether a request carries the cookie of a browser that was let in.
    func knows(_ request: Request) -> Bool {
        guard let value = request.cookies[cookieName]?.value else { return false }
        return state.withLock { state in
            // All are compared, so that the time tells nothing.
            state.cookies.reduce(false) { Self.isSame(value, $1) || $0 }
        }
    }

    /// Compares two texts in a time that depends on their lengths alone.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Whether a `Host` header names this computer in a way that no other site can: by numbers, as `localhost`, or by a
    /// name that the session was given.
    func allows(host: String) -> Bool {
        guard let name = HostName(host) else { return false }
        return name.isNumber || name.text == "localhost" || hosts.contains(name.text)
    }
}

/// Lets the requests of a ``LocalSession`` through and refuses all others.
public struct LocalSessionMiddleware<Context: RequestContext>: RouterMiddleware {
    let session: LocalSession

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            if let response = try admit(request) { return response }
            return try await next(request, context)
        } catch let error as WebError where Self.isForPerson(request) {
            let page = WebPage(
                title: "Apus", header: "<h1>Apus</h1>", main: "<p class=\"notice bad\">\(error.message)</p>")
            return page.response(error.status)
        }
    }

    /// Refuses what is not the session's.
    ///
    /// - Returns: The answer to a browser that comes with the token; nil for what the routes answer.
    private func admit(_ request: Request) throws -> Response? {
        guard let host = request.head.authority, session.allows(host: host) else {
            throw WebError(
                .forbidden,
                "The page answers at this computer's own address alone; open the address that the command printed.")
        }
        let isReading = request.method == .get || request.method == .head
        try checkOrigin(of: request, host: host, isReading: isReading)
        // What a refusal looks like is no secret.
        if isReading, request.uri.path.hasPrefix("/assets/") || request.uri.path == "/favicon.ico" { return nil }
        if request.method == .get, request.uri.path == "/", let token = request.uri.queryParameters["token"] {
            // A browser that has been let in may open the printed address again, and takes no other's place by that.
            if session.knows(request) { return entrance(with: nil) }
            if let cookie = session.cookie(for: String(token)) { return entrance(with: cookie) }
            throw WebError(
                .forbidden,
                "The address has been used by another browser, or is of another start of the command. Start the command "
                    + "again and open the address that it prints.")
        }
        guard session.knows(request) else {
            throw WebError(
                .unauthorized,
                "This browser has not been let in. Open the whole address that the command printed, with its token.")
        }
        guard !isReading else { return nil }
        let type = request.headers[.contentType]?.split(separator: ";").first?.lowercased()
        guard type?.trimmingCharacters(in: .whitespaces) == "application/json" else {
            throw WebError(
                .unsupportedMediaType, "Changes are sent as JSON; give the header Content-Type: application/json.")
        }
        return nil
    }

    /// Whether a browser asks for a page, rather than a script of one for data.
    private static func isForPerson(_ request: Request) -> Bool {
        request.method == .get && (request.headers[.accept] ?? "").contains("text/html")
    }

    /// Refuses what another site's page sends.
    private func checkOrigin(of request: Request, host: String, isReading: Bool) throws {
        let isOwn: Bool
        if let origin = request.headers[.origin] {
            isOwn = ["http://", "https://"].contains { origin.lowercased() == $0 + host.lowercased() }
        } else {
            // Browsers name the origin of every change.
            isOwn = isReading
        }
        // Another port of this computer is the same site, and would be sent the cookie.
        let site = HTTPField.Name.secFetchSite.flatMap { request.headers[$0] } ?? "none"
        let mode = HTTPField.Name.secFetchMode.flatMap { request.headers[$0] }
        let isNavigation = request.method == .get && mode == "navigate"
        guard isOwn, isNavigation || ["same-origin", "none"].contains(site) else {
            throw WebError(.forbidden, "The request comes from another site; use the page of the command itself.")
        }
    }

    /// A page that stores the cookie and goes on to `/`. A redirect would not do: a browser that came from another site's
    /// link does not send a strict cookie along with it.
    private func entrance(with cookie: Cookie?) -> Response {
        let page = """
            <!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">
            <title>Apus</title><p><a href="/">Go on</a></p></html>
            """
        var response = Response.bytes(ByteBuffer(string: page), type: "text/html; charset=utf-8")
        if let cookie { response.headers[.setCookie] = cookie.description }
        return response
    }
}

/// The host of an authority such as `localhost:8080`, without its port.
private struct HostName {
    /// In lower case, without brackets.
    let text: String
    /// Whether it is an IPv4 or IPv6 address.
    let isNumber: Bool

    init?(_ authority: String) {
        var name = authority.lowercased()
        if name.hasPrefix("[") {
            guard let end = name.firstIndex(of: "]") else { return nil }
            let rest = name[name.index(after: end)...]
            guard rest.isEmpty || Self.isPort(rest) else { return nil }
            name = String(name[name.index(after: name.startIndex)..<end])
            guard (try? SocketAddress(ipAddress: name, port: 0))?.protocol == .inet6 else { return nil }
            (text, isNumber) = (name, true)
            return
        }
        if let colon = name.firstIndex(of: ":") {
            guard Self.isPort(name[colon...]) else { return nil }
            name = String(name[..<colon])
        }
        guard !name.isEmpty else { return nil }
        (text, isNumber) = (name, (try? SocketAddress(ipAddress: name, port: 0))?.protocol == .inet)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")
    static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode")
}
