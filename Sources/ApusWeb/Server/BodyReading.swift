// Bodies of requests, bounded in size, in time and in what all of them together take of the memory.
import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization

/// How large bodies may be, and how long they may take.
public struct BodyLimits: Sendable {
    /// The most bytes of a body; 16 MiB by default.
    public var bytes = 16 << 20
    /// The most time from the head of a request to the end of its body; 30 seconds by default.
    public var time = Duration.seconds(30)
    /// The most bytes of all bodies that are in memory at a time; 512 MiB by default.
    public var allBytes = 512 << 20

    public init() {}
}

/// The memory that bodies take together.
final class BodyMemory: Sendable {
    private let taken = Mutex(0)
    private let limit: Int

    init(_ limit: Int) { self.limit = limit }

    func take(_ bytes: Int) throws(WebError) {
        let isFull = taken.withLock { taken in
            guard taken + bytes <= limit else { return true }
            taken += bytes
            return false
        }
        if isFull { throw .busy("The server holds too many bodies at a time; try again later.") }
    }

    func give(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}

/// A body in memory, which counts as long as the object lives.
final class HeldBody: Sendable {
    let bytes: ByteBuffer
    private let memory: BodyMemory
    private let count: Int

    private init(_ bytes: ByteBuffer, _ memory: BodyMemory, _ count: Int) {
        (self.bytes, self.memory, self.count) = (bytes, memory, count)
    }

    deinit { memory.give(count) }

    /// Reads the body of a request.
    ///
    /// - Throws: ``WebError``: 413 for one that is too large, 408 for one that takes too long, 503 where there are too many.
    static func reading(_ request: Request, _ limits: BodyLimits, _ memory: BodyMemory) async throws -> HeldBody {
        func tooLarge() -> WebError {
            .tooLarge(
                "The body is larger than \(limits.bytes) bytes, the most that this server takes; send less at a time.")
        }
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > limits.bytes { throw tooLarge() }
        let deadline = ContinuousClock.now + limits.time
        var (bytes, count) = (ByteBuffer(), 0)
        do {
            for try await part in request.body {
                guard ContinuousClock.now <= deadline else {
                    throw WebError(
                        .requestTimeout,
                        "The body took longer than \(limits.time.components.seconds) seconds; send it faster.")
                }
                guard count + part.readableBytes <= limits.bytes else { throw tooLarge() }
                try memory.take(part.readableBytes)
                count += part.readableBytes
                if count == part.readableBytes {
                    bytes = part
                    if let declared, declared > count { bytes.reserveCapacity(minimumWritableBytes: declared - count) }
                } else {
                    bytes.writeImmutableBuffer(part)
                }
            }
            if let declared, count < declared {
                throw WebError.badRequest("The body ended after \(count) of \(declared) bytes; send all of it.")
            }
        } catch {
            memory.give(count)
            // What is no HTTP is answered by the connection itself; other errors are those of a connection that broke off.
            throw error is WebError || error is HTTPParserError ? error : CancellationError()
        }
        return HeldBody(bytes, memory, count)
    }
}
