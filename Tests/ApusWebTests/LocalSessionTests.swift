// Who is let in: the token, the cookie, and what other sites may not do.
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOEmbedded
import Testing

@testable import ApusWeb

/// Asks routes without a network, so that a test chooses every header, `Host` included.
struct RouteAsker: Sendable {
    private let responder: any HTTPResponder<BasicRequestContext>

    init(_ router: Router<BasicRequestContext>) { responder = router.buildResponder() }

    func callAsFunction(
        _ path: String, _ method: HTTPRequest.Method = .get, host: String? = "localhost:80",
        headers: HTTPFields = [:],
        body: String = ""
    ) async throws -> (status: HTTPResponse.Status, headers: HTTPFields, body: Data) {
        let request = Request(
            head: HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        let context = BasicRequestContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: Logger(label: "test")))
        let response = try await responder.respond(to: request, context: context)
        let written = WrittenBody()
        try await response.body.write(written)
        return (response.status, response.headers, Data(written.buffer.readableBytesView))
    }

    /// Takes a response's body.
    private final class WrittenBody: ResponseBodyWriter {
        var buffer = ByteBuffer()
        func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

@Suite struct LocalSessionTests {
    /// Asks a page and a change behind a session.
    private func asker(_ session: LocalSession) -> RouteAsker {
        let router = session.makeRouter()
        router.get("/") { _, _ in "page" }
        router.post("/change") { _, _ in "changed" }
        return RouteAsker(router)
    }

    private func entrance(to session: LocalSession) -> String {
        String(session.link(to: WebAddress(port: 80)).dropFirst("http://127.0.0.1:80".count))
    }

    /// The cookie that a browser gets for the session's token, as the header that it sends back.
    private func enter(_ ask: RouteAsker, _ session: LocalSession) async throws -> String {
        let answer = try await ask(entrance(to: session))
        #expect(answer.status == .ok)
        let cookie = try #require(answer.headers[.setCookie])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        return String(cookie.prefix { $0 != ";" })
    }

    @Test("the printed address lets one browser in, once")
    func tokenIsUsedOnce() async throws {
        let session = LocalSession()
        let ask = asker(session)
        let cookie = try await enter(ask, session)
        let page = try await ask("/", headers: [.cookie: cookie])
        #expect(page.status == .ok && String(decoding: page.body, as: UTF8.self) == "page")
        let other = try await ask(entrance(to: session))
        #expect(other.status == .forbidden && other.headers[.setCookie] == nil)
        #expect(try await ask(entrance(to: session), headers: [.cookie: cookie]).status == .ok)
        #expect(try await ask("/").status == .unauthorized)
        #expect(try await ask("/nothing").status == .unauthorized)
        #expect(try await ask("/nothing", headers: [.cookie: cookie]).status == .notFound)
        #expect(try await ask("/?token=0", headers: [.cookie: "\(session.cookieName)=0"]).status == .forbidden)
    }

    @Test("a session of two lets two browsers in, each with a cookie of its own")
    func guests() async throws {
        let session = LocalSession(guests: 2)
        let ask = asker(session)
        let first = try await enter(ask, session)
        // One that comes again takes no other's place.
        let again = try await ask(entrance(to: session), headers: [.cookie: first])
        #expect(again.status == .ok && again.headers[.setCookie] == nil)
        let cookies = [first, try await enter(ask, session)]
        #expect(cookies[0] != cookies[1])
        for cookie in cookies { #expect(try await ask("/", headers: [.cookie: cookie]).status == .ok) }
        #expect(try await ask(entrance(to: session)).status == .forbidden)
    }

    @Test(
        "only names that no other site can have are answered",
        arguments: [
            ("127.0.0.1:80", true), ("[::1]:80", true), ("localhost", true), ("LOCALHOST:9000", true),
            ("10.0.0.7:80", true), ("evil.example", false), ("localhost.evil.example:80", false),
            ("127.0.0.1.evil.example", false), ("", false), ("[::1", false), ("localhost:80@evil.example", false),
            ("mine.example", true),
        ])
    func hosts(host: String, isAllowed: Bool) async throws {
        let session = LocalSession(hosts: ["mine.example"])
        let status = try await asker(session)("/", host: host).status
        #expect(status == (isAllowed ? .unauthorized : .forbidden))
    }

    @Test("a change needs the cookie, the page's own origin and JSON")
    func changes() async throws {
        let session = LocalSession()
        let ask = asker(session)
        let cookie = try await enter(ask, session)
        func status(_ changed: [HTTPField.Name: String?], host: String? = "127.0.0.1:80") async throws
            -> HTTPResponse.Status
        {
            var headers: HTTPFields = [
                .cookie: cookie, .origin: "http://127.0.0.1:80", .contentType: "application/json; charset=utf-8",
            ]
            for (name, value) in changed { headers[name] = value }
            return try await ask("/change", .post, host: host, headers: headers).status
        }
        #expect(try await status([:]) == .ok)
        #expect(try await status([.cookie: nil]) == .unauthorized)
        #expect(try await status([.cookie: "\(session.cookieName)=0"]) == .unauthorized)
        #expect(try await status([.origin: nil]) == .forbidden)
        #expect(try await status([.origin: "null"]) == .forbidden)
        #expect(try await status([.origin: "http://evil.example"]) == .forbidden)
        #expect(try await status([.origin: "http://127.0.0.1:8888"]) == .forbidden)
        #expect(try await status([.init("Sec-Fetch-Site")!: "same-site"]) == .forbidden)
        #expect(try await status([.contentType: "text/plain"]) == .unsupportedMediaType)
        #expect(try await status([.contentType: nil]) == .unsupportedMediaType)
        #expect(try await status([:], host: "evil.example") == .forbidden)
        #expect(try await status([:], host: nil) == .forbidden)
    }
}
