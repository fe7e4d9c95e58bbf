// A log of JSON, one line for each entry.
import Foundation
import Logging
import Synchronization

/// Where lines of a log go: a file, to which they are added, or standard error.
public final class LogDestination: Sendable {
    private let file: URL?
    private let descriptor: Mutex<Int32>

    /// Standard error.
    public static let standardError = LogDestination()

    private init() { (file, descriptor) = (nil, Mutex(STDERR_FILENO)) }

    /// A file, which is made where it is not there.
    ///
    /// - Throws: `POSIXError` where it cannot be written.
    public init(_ file: URL) throws {
        self.file = file
        descriptor = Mutex(try Self.opened(file))
    }

    private static func opened(_ file: URL) throws -> Int32 {
        let opened = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard opened >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return opened
    }

    deinit { descriptor.withLock { if $0 != STDERR_FILENO { close($0) } } }

    /// Opens the file by its name again, after another program has moved it away.
    public func reopen() {
        guard let file, let fresh = try? Self.opened(file) else { return }
        descriptor.withLock { descriptor in
            close(descriptor)
            descriptor = fresh
        }
    }

    func write(_ line: Data) {
        let bytes = [UInt8](line)
        descriptor.withLock { descriptor in
            // A line is written at once, so that lines of several threads do not mix. What cannot be written is lost.
            _ = Foundation.write(descriptor, bytes, bytes.count)
        }
    }
}

/// Writes each entry of a log as a line of JSON: time, level, message, and the values that belong to it.
public struct LogLines: LogHandler {
    public var logLevel = Logger.Level.info
    public var metadata: Logger.Metadata = [:]
    private let destination: LogDestination
    private let label: String

    public init(label: String, to destination: LogDestination) { (self.label, self.destination) = (label, destination) }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(
        level: Logger.Level, message: Logger.Message, metadata own: Logger.Metadata?, source: String, file: String,
        function: String, line: UInt
    ) {
        var values: [String: JSONValue] = [
            "time": .string(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            "level": .string(level.rawValue), "message": .string("\(message)"),
        ]
        for (key, value) in metadata.merging(own ?? [:], uniquingKeysWith: { $1 }) where values[key] == nil {
            values[key == "hb.request.id" ? "request" : key] = Self.json(value)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var data = try? encoder.encode(JSONValue.object(values)) else { return }
        data.append(10)
        destination.write(data)
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value as Int): .integer(value)
        case .stringConvertible(let value as Double): .number(value)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let values): .array(values.map(json))
        case .dictionary(let values): .object(values.mapValues(json))
        }
    }
}

extension Logger {
    /// A logger whose entries are lines of JSON.
    public static func lines(_ label: String, to destination: LogDestination) -> Logger {
        Logger(label: label) { LogLines(label: $0, to: destination) }
    }
}
