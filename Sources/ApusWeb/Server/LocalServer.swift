// Running a page of this computer, such as that of `apus clean`, until the command is stopped.
import Foundation
import Hummingbird
import Logging
import NIOCore

/// A server for the pages of one person at this computer.
///
/// ```swift
/// let session = LocalSession()
/// let router = session.makeRouter()
/// try await LocalServer(router, session, at: WebAddress(port: 8080)).run { link in print("Open \(link)") }
/// ```
public struct LocalServer: Sendable {
    private let router: Router<BasicRequestContext>
    private let session: LocalSession
    private let address: WebAddress

    /// - Parameters:
    ///   - router: The routes, behind the session's middleware; see ``LocalSession/makeRouter()``.
    ///   - session: Who may use them.
    ///   - address: Where to listen; this computer alone by default.
    public init(_ router: Router<BasicRequestContext>, _ session: LocalSession, at address: WebAddress = WebAddress()) {
        (self.router, self.session, self.address) = (router, session, address)
    }

    /// Serves until the process gets SIGINT or SIGTERM; what is in flight is finished.
    ///
    /// - Parameter announce: Is told once the address to open, with the token.
    /// - Throws: ``DataError`` when the address cannot be listened at.
    public func run(announce: @escaping @Sendable (_ link: String) -> Void) async throws {
        var logger = Logger(label: "apus")
        logger.logLevel = .critical
        let (session, address) = (session, address)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                announce(session.link(to: WebAddress(host: address.host, port: port)))
            },
            logger: logger)
        do {
            try await application.runService()
        } catch let error as IOError {
            throw DataError(
                "The server cannot listen at \(address.host):\(address.port) (\(String(cString: strerror(error.errnoCode)))). "
                    + "Choose another port with --port, such as --port 0 for a free one.")
        }
    }
}
