// A small HTTP server on 127.0.0.1, for tests that must not use any other network.
import Foundation
import Synchronization

/// Answers each request with what a closure says, and remembers the requests. Stops when it is released.
public final class LoopbackServer: Sendable {
    /// A request as it came.
    public struct Request: Sendable {
        public let path: String
        /// The header's fields, with lower-case names.
        public let fields: [String: String]
    }

    /// An answer to send.
    public struct Answer: Sendable {
        public var status: Int
        public var fields: [String: String]
        public var body: [UInt8]
        /// After so many bytes of the body the connection is closed, although more was promised.
        public var cutAfter: Int?

        public init(_ status: Int, _ body: [UInt8] = [], fields: [String: String] = [:], cutAfter: Int? = nil) {
            self.status = status
            self.body = body
            self.fields = fields
            self.cutAfter = cutAfter
        }

        /// No answer: the connection stays open until the client closes it, for five seconds at most.
        public static let none = Answer(0)

        /// A whole file, or the part of it that the request asks for.
        public static func file(_ body: [UInt8], tag: String, for request: Request) -> Answer {
            guard let range = request.fields["range"], range.hasPrefix("bytes="), range.hasSuffix("-"),
                let start = Int(range.dropFirst(6).dropLast()), request.fields["if-range"] ?? tag == tag
            else { return Answer(200, body, fields: ["ETag": tag]) }
            guard start < body.count else { return Answer(416) }
            return Answer(
                206, Array(body[start...]),
                fields: ["ETag": tag, "Content-Range": "bytes \(start)-\(body.count - 1)/\(body.count)"])
        }
    }

    public let port: Int
    private let listener: Int32
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// The requests so far, in order.
    public var requests: [Request] { log.requests.withLock { $0 } }

    /// - Parameter respond: The answer to a request, and how many requests came before it.
    public init(respond: @escaping @Sendable (_ request: Request, _ index: Int) -> Answer) throws {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let listener = socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let log = Log()
        self.log = log
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                Self.serve(connection, log, respond)
                close(connection)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// An address of this server.
    public func url(_ path: String) -> URL { URL(string: "http://127.0.0.1:\(port)/\(path)")! }

    private static func serve(_ connection: Int32, _ log: Log, _ respond: (Request, Int) -> Answer) {
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard head.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let target = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? "/"
        let request = Request(path: target, fields: fields)
        let index = log.requests.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        let answer = respond(request, index)
        guard answer.status != 0 else {
            while recv(connection, &byte, 1, 0) == 1 {}
            return
        }
        var text = "HTTP/1.1 \(answer.status) Answer\r\nConnection: close\r\nContent-Length: \(answer.body.count)\r\n"
        for (name, value) in answer.fields { text += "\(name): \(value)\r\n" }
        let bytes = Array((text + "\r\n").utf8) + answer.body.prefix(answer.cutAfter ?? answer.body.count)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { return }
            sent += count
        }
    }

    // A client that has gone away must not end the tests.
    #if canImport(Glibc)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let noSignal: Int32 = 0
    #endif
}
