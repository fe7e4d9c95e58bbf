// A server with all that stands around its routes: limits, headers, a token, a log, metrics, TLS, an orderly end.
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// What stands around the routes of a server.
public struct WebOptions: Sendable {
    /// Where it listens; at this computer alone by default.
    public var address = WebAddress()
    /// The token that clients must send; none by default.
    public var token: String?
    /// The paths that are open without a token: those of the health checks, the page and its files by
    /// default; the page asks for the token itself.
    public var isOpen: @Sendable (_ path: String) -> Bool = { path in
        ["/", "/favicon.ico", "/feedback", "/health", "/ready"].contains(path) || path.hasPrefix("/assets/")
    }
    /// How large bodies may be, and how long they may take.
    public var body = BodyLimits()
    /// After how much time without a word a connection is closed; 60 seconds by default.
    public var idleTime = Duration.seconds(60)
    /// The most time from the head of a request to the end of its answer, after which the connection is closed; 10 minutes by
    /// default.
    public var answerTime = Duration.seconds(600)
    /// How long the end of the server waits for what is in flight, which is given up then; 20 seconds by default.
    public var endTime = Duration.seconds(20)
    /// The most connections at a time; 1024 by default. Others wait until one is closed.
    public var maxConnections = 1024
    /// The origins of the pages that may ask from a browser (CORS); none by default.
    public var sharedWith: [String] = []
    /// The hosts whose pages may show ours in a frame; none by default.
    public var framedBy: [String] = []
    /// The files of a certificate with its chain and of its key, both PEM, for TLS; none by default.
    public var certificate: (chain: URL, key: URL)?
    /// Whether each request is a line of the log; false by default.
    public var logsRequests = false
    /// Where the server says what happens.
    public var logger = Logger.lines("apus", to: .standardError)

    public init() {}
}

/// A server: routes, and what stands around them.
///
/// ```swift
/// let server = try WebServer(options) { router in
///     router.get("hello") { _, _ in "hello" }
/// }
/// try await server.run { address in print("http://\(address.host):\(address.port)") }
/// ```
/// Every answer has the headers of ``SecurityHeaders``, every error is a ``WebError``. `GET /health` says that the server runs,
/// `GET /ready` whether it answers, `GET /metrics` what is counted. SIGTERM and SIGINT end it when what is in flight is done,
/// at the latest after ``WebOptions/endTime``.
public struct WebServer: Sendable {
    private let options: WebOptions
    private let metrics = RequestMetrics()
    private let clients = ConnectedClients()
    private let router: RouterResponder<WebContext>
    private let tls: TLSConfiguration?

    /// - Parameters:
    ///   - models: The service whose metrics are counted too, where the server has one.
    ///   - addRoutes: Adds the routes.
    /// - Throws: ``WebServerError`` where a certificate or key cannot be read.
    public init(
        _ options: WebOptions = WebOptions(), counting models: ModelService? = nil,
        _ addRoutes: (_ router: Router<WebContext>) throws -> Void
    ) throws {
        self.options = options
        tls = try options.certificate.map(Self.tls)
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: SecurityHeaders(
                framedBy: options.framedBy, isShared: !options.sharedWith.isEmpty,
                isEncrypted: options.certificate != nil))
        router.add(middleware: RequestLog(metrics: metrics, isWritten: options.logsRequests))
        if !options.sharedWith.isEmpty { router.add(middleware: SharedOrigins(options.sharedWith)) }
        router.add(middleware: WebErrors())
        if let token = options.token { router.add(middleware: BearerToken(token, isOpen: options.isOpen)) }
        router.add(middleware: PresenceMiddleware(clients: clients))
        router.get("health") { _, _ in Response.json(["state": "running"]) }
        router.get("ready") { _, _ in
            if let models, models.cards.isEmpty { throw WebError(.serviceUnavailable, "There is no model yet.") }
            return Response.json(["state": "ready"])
        }
        router.get("metrics") { [metrics] _, _ in
            Response.bytes(
                ByteBuffer(string: metrics.text(models: models?.metrics ?? [])), type: "text/plain; version=0.0.4")
        }
        try addRoutes(router)
        self.router = router.buildResponder()
    }

    /// How many connections there are.
    var connectionCount: Int { clients.count }

    /// The application, for a program that runs it itself or tests its routes.
    ///
    /// - Parameter onRunning: Is told where the server listens.
    /// - Throws: What is wrong with the certificate.
    public func application(
        onRunning: @escaping @Sendable (WebAddress) async -> Void = { _ in }
    ) throws -> Application<RouterResponder<WebContext>> {
        let (clients, body, time) = (clients, options.body, options.answerTime)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(clients, body, answerTime: time)],
                idleTimeout: TimeAmount(options.idleTime),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100)))
        let address = options.address
        return Application(
            responder: router,
            server: try tls.map { try HTTPServerBuilder.tls(http, tlsConfiguration: $0) } ?? http,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections)),
            onServerRunning: { channel in
                await onRunning(WebAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
            }, logger: options.logger)
    }

    /// Runs the server until SIGTERM or SIGINT, or until the task is cancelled; what is in flight then is still answered,
    /// within ``WebOptions/endTime``.
    ///
    /// - Parameter onRunning: Is told where the server listens.
    /// - Throws: What listening at the address throws.
    public func run(onRunning: @escaping @Sendable (WebAddress) async -> Void = { _ in }) async throws {
        try await serviceGroup(onRunning: onRunning).run()
    }

    /// What runs the server and ends it.
    func serviceGroup(onRunning: @escaping @Sendable (WebAddress) async -> Void = { _ in }) throws -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: [try application(onRunning: onRunning)], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: options.logger)
        configuration.maximumGracefulShutdownDuration = options.endTime
        return ServiceGroup(configuration: configuration)
    }

    private static func tls(_ certificate: (chain: URL, key: URL)) throws -> TLSConfiguration {
        func reading<Read>(_ file: URL, _ what: String, _ body: () throws -> Read) throws -> Read {
            do { return try body() } catch {
                throw WebServerError(
                    "\(file.path) cannot be read as \(what): \(error). Give a file of the form PEM.")
            }
        }
        let chain = try reading(certificate.chain, "a certificate") {
            try NIOSSLCertificate.fromPEMFile(certificate.chain.path).map { NIOSSLCertificateSource.certificate($0) }
        }
        let key = try reading(certificate.key, "a key") {
            try NIOSSLPrivateKey(file: certificate.key.path, format: .pem)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }
}

/// What keeps a server from beginning.
public struct WebServerError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is wrong, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Counts requests and writes them into the log.
struct RequestLog: RouterMiddleware {
    typealias Context = WebContext
    let metrics: RequestMetrics
    let isWritten: Bool

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        metrics.began()
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            note(request, context, 500, start)
            throw error
        }
        note(request, context, Int(response.status.code), start)
        return response
    }

    private func note(_ request: Request, _ context: WebContext, _ status: Int, _ start: ContinuousClock.Instant) {
        let seconds = start.duration(to: .now) / .seconds(1)
        let method = request.method.rawValue
        metrics.ended(
            route: context.endpointPath ?? "other", method: Self.methods.contains(method) ? method : "other",
            status: status, seconds: seconds)
        guard isWritten else { return }
        // The path alone: what is behind it may hold what people type.
        context.logger.info(
            "request",
            metadata: [
                "method": .string(String(method.prefix(20))), "path": .string(String(request.uri.path.prefix(200))),
                "status": .stringConvertible(status), "seconds": .stringConvertible((seconds * 1e5).rounded() / 1e5),
            ])
    }
}
