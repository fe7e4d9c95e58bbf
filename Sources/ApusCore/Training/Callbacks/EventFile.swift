// The bytes of TensorBoard's event files: records with checksums around protobuf messages.
import Foundation

/// A protobuf message that is being written: only the kinds of field that event files have.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
    private mutating func append(littleEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    private mutating func key(_ field: Int, _ kind: UInt64) { append(varint: UInt64(field) << 3 | kind) }

    mutating func add(_ field: Int, integer: Int) {
        key(field, 0)
        append(varint: UInt64(bitPattern: Int64(integer)))
    }
    mutating func add(_ field: Int, double: Double) {
        key(field, 1)
        append(littleEndian: double.bitPattern)
    }
    mutating func add(_ field: Int, float: Float) {
        key(field, 5)
        append(littleEndian: float.bitPattern)
    }
    mutating func add(_ field: Int, bytes content: some Collection<UInt8>) {
        key(field, 2)
        append(varint: UInt64(content.count))
        bytes.append(contentsOf: content)
    }
    mutating func add(_ field: Int, packed values: [Double]) {
        var content = ProtobufMessage()
        for value in values { content.append(littleEndian: value.bitPattern) }
        add(field, bytes: content.bytes)
    }
    mutating func add(_ field: Int, _ body: (inout ProtobufMessage) -> Void) {
        var inner = ProtobufMessage()
        body(&inner)
        add(field, bytes: inner.bytes)
    }
}

/// What an event says; the numbers of the fields are those of TensorBoard's event.proto and summary.proto.
enum EventContent {
    case fileVersion
    /// Everything from this step on in older files of the folder is void.
    case start
    case scalar(tag: String, value: Double)
    case histogram(tag: String, Histogram)
    case png(tag: String, data: Data, width: Int, height: Int)

    /// Values counted between limits.
    struct Histogram {
        var minimum: Double
        var maximum: Double
        var count: Double
        var sum: Double
        var sumOfSquares: Double
        /// The upper limit of each bucket, rising.
        var limits: [Double]
        var counts: [Double]
    }

    /// The event as a record of the file.
    func record(wallTime: Double, step: Int) -> [UInt8] {
        var event = ProtobufMessage()
        event.add(1, double: wallTime)
        if step != 0 { event.add(2, integer: step) }
        switch self {
        case .fileVersion: event.add(3, bytes: "brain.Event:2".utf8)
        case .start: event.add(7) { $0.add(1, integer: 1) }
        case .scalar(let tag, let value):
            event.addValue(tag) { $0.add(2, float: Float(value)) }
        case .histogram(let tag, let histogram):
            event.addValue(tag) { value in
                value.add(5) { message in
                    let numbers = [
                        histogram.minimum, histogram.maximum, histogram.count, histogram.sum, histogram.sumOfSquares,
                    ]
                    for (index, number) in numbers.enumerated() { message.add(index + 1, double: number) }
                    message.add(6, packed: histogram.limits)
                    message.add(7, packed: histogram.counts)
                }
            }
        case .png(let tag, let data, let width, let height):
            event.addValue(tag) { value in
                value.add(4) { image in
                    image.add(1, integer: height)
                    image.add(2, integer: width)
                    image.add(3, integer: 4)  // red, green, blue, opacity
                    image.add(4, bytes: data)
                }
            }
        }
        return framed(event.bytes)
    }

    private func framed(_ message: [UInt8]) -> [UInt8] {
        func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let length = littleEndian(UInt64(message.count))
        return length + littleEndian(CRC32C.masked(of: length)) + message + littleEndian(CRC32C.masked(of: message))
    }
}

extension ProtobufMessage {
    /// A summary of one value.
    fileprivate mutating func addValue(_ tag: String, _ body: (inout ProtobufMessage) -> Void) {
        add(5) { summary in
            summary.add(1) { value in
                value.add(1, bytes: tag.utf8)
                body(&value)
            }
        }
    }
}

/// The checksum of event files: CRC-32C (Castagnoli), masked as TFRecord does.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func checksum(of bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 0xFF)] }
    }

    static func masked(of bytes: [UInt8]) -> UInt32 {
        let crc = checksum(of: bytes)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }
}
