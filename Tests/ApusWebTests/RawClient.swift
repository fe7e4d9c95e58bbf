// A client that sends bytes as they are, well-formed or not, over a connection of this computer.
import Foundation

/// A connection on which a test sends what it likes.
///
/// It waits on threads of its own, since those of the tasks belong to the server.
struct RawClient: Sendable {
    private let socket: Int32

    /// Connects to a port of this computer.
    init(port: Int) throws {
        #if os(Linux)
            socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            socket = Foundation.socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECONNREFUSED) }
        // Nothing here waits for ever.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends bytes; whether all of them went.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = send(socket, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Says that nothing more comes.
    func finishWriting() { shutdown(socket, Int32(SHUT_WR)) }

    /// All that comes until the server closes the connection; nil where it did not within 20 seconds.
    func readToEnd() -> String? {
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &part, part.count, 0)
            if count == 0 || count < 0 && errno == ECONNRESET { return String(decoding: all, as: UTF8.self) }
            guard count > 0 else { return nil }
            all += part[..<count]
        }
    }

    /// What has come up to a text, which it contains.
    func read(until end: String) -> String {
        var all: [UInt8] = []
        var byte = [UInt8](repeating: 0, count: 1)
        while recv(socket, &byte, 1, 0) == 1 {
            all += byte
            let text = String(decoding: all, as: UTF8.self)
            if text.contains(end) { return text }
        }
        return String(decoding: all, as: UTF8.self)
    }

    func disconnect() { close(socket) }

    /// Runs some work on a thread of its own.
    static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Sends bytes on a new connection and gives what comes until it is closed.
    static func exchange(_ bytes: [UInt8], port: Int, finishes: Bool = true) async throws -> String? {
        try await onThread {
            let client = try RawClient(port: port)
            defer { client.disconnect() }
            client.write(bytes)
            if finishes { client.finishWriting() }
            return client.readToEnd()
        }
    }
}
