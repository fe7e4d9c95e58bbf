// Whether the client of a request is still there, and what a connection may take: time for its requests, bytes.
import Hummingbird
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Whether a client is still there; work for one that has gone is given up.
public final class ClientPresence: Sendable {
    /// The client of the request that the task answers; nil where nobody looks after it.
    @TaskLocal public static var current: ClientPresence?

    private struct State {
        var isGone = false
        var whenGone: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    /// Whether it has closed its side of the connection.
    public var isGone: Bool { state.withLock { $0.isGone } }

    /// Runs some work that is canceled when the client goes.
    ///
    /// - Throws: `CancellationError` then, else what `body` throws.
    public static func whilePresent<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let current else { return try await body() }
        let task = Task { try await body() }
        let isGone = current.state.withLock { state in
            state.whenGone = { task.cancel() }
            return state.isGone
        }
        if isGone { task.cancel() }
        defer { current.state.withLock { $0.whenGone = nil } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    fileprivate func leave() {
        let whenGone = state.withLock { state in
            state.isGone = true
            return state.whenGone.take()
        }
        whenGone?()
    }
}

/// The clients of a server by their connections.
final class ConnectedClients: Sendable {
    private let clients = Mutex<[ObjectIdentifier: ClientPresence]>([:])

    var count: Int { clients.withLock { $0.count } }

    subscript(channel: any Channel) -> ClientPresence? { clients.withLock { $0[ObjectIdentifier(channel)] } }

    fileprivate func add(_ channel: any Channel) -> ClientPresence {
        let presence = ClientPresence()
        clients.withLock { $0[ObjectIdentifier(channel)] = presence }
        return presence
    }

    fileprivate func remove(_ channel: any Channel) {
        _ = clients.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}

/// Looks after one connection: it notes when the client goes, lets a client go on that waits for the word (100-continue), and
/// closes a connection whose request takes too long or goes on behind what is allowed.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let clients: ConnectedClients
    private let limits: BodyLimits
    private let answerTime: Duration
    private var presence: ClientPresence?
    private var received = 0
    /// The ends of the time for the body, and for the answer.
    private var bodyEnd, answerEnd: Scheduled<Void>?
    private var running = 0

    init(_ clients: ConnectedClients, _ limits: BodyLimits, answerTime: Duration) {
        (self.clients, self.limits, self.answerTime) = (clients, limits, answerTime)
    }

    func handlerAdded(context: ChannelHandlerContext) { presence = clients.add(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) {
        bodyEnd?.cancel()
        answerEnd?.cancel()
        presence?.leave()
        clients.remove(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        presence?.leave()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { presence?.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            received = 0
            let length = head.headerFields[.contentLength].flatMap { Int($0) }
            let hasBody = length ?? 0 > 0 || head.headerFields[.transferEncoding] != nil
            running += 1
            if answerEnd == nil { answerEnd = closing(context, after: answerTime) }
            // A little later than the route gives up by itself, with an answer.
            if hasBody { bodyEnd = closing(context, after: limits.time + .seconds(5)) }
            if head.headerFields[.expect]?.lowercased() == "100-continue", length ?? 0 <= limits.bytes {
                context.writeAndFlush(wrapOutboundOut(.head(.init(status: .continue))), promise: nil)
            }
        case .body(let bytes):
            received += bytes.readableBytes
            // What is behind the limit is read and thrown away for a while, so that the client sees its answer.
            if received > limits.bytes + (4 << 20) { return context.close(promise: nil) }
        case .end:
            bodyEnd?.cancel()
            bodyEnd = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            running -= 1
            if running == 0 {
                answerEnd?.cancel()
                answerEnd = nil
            }
        }
        context.write(data, promise: promise)
    }

    /// Closes the connection after some time.
    private func closing(_ context: ChannelHandlerContext, after time: Duration) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
    }
}

/// What is known of a request and its connection.
public struct WebContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Lets routes know of the client; see ``ClientPresence/current``.
struct PresenceMiddleware: RouterMiddleware {
    typealias Context = WebContext
    let clients: ConnectedClients

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        try await ClientPresence.$current.withValue(clients[context.channel]) { try await next(request, context) }
    }
}
