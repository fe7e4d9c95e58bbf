// Where a server listens.
import Hummingbird

/// The address of a server.
public struct WebAddress: Sendable, Hashable {
    /// The host name or address to listen at; 127.0.0.1 is this computer alone, 0.0.0.0 every network that it is in.
    public var host: String
    /// The port; 0 lets the system choose a free one.
    public var port: Int

    /// - Parameters:
    ///   - host: The host name or address to listen at.
    ///   - port: The port; 0 lets the system choose a free one.
    public init(host: String = "127.0.0.1", port: Int = 8080) {
        self.host = host
        self.port = port
    }

    /// Whether other computers cannot reach it: `localhost`, 127.0.0.1 and their like.
    public var isLocal: Bool { host.lowercased() == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
