// Thousands of requests that are changed at random: no crash, nothing that hangs, nothing that stays behind.
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ApusWeb

@Suite("Hostile requests", .serialized)
struct HostileRequestTests {
    /// Changes some bytes: others, fewer, more, parts twice or in another place.
    private static func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        func place() -> Int { Int(random.uniform(0, Double(bytes.count) - 0.001)) }
        for _ in 0..<Int(random.uniform(1, 8.999)) where !bytes.isEmpty {
            switch Int(random.uniform(0, 5.999)) {
            case 0: bytes[place()] = UInt8(random.uniform(0, 255.999))
            case 1: bytes[place()] ^= 1 << UInt8(random.uniform(0, 7.999))
            case 2: bytes.removeSubrange(place()...)
            case 3:
                let (one, other) = (place(), place())
                bytes.removeSubrange(min(one, other)..<max(one, other))
            case 4:
                let (one, other) = (place(), place())
                bytes.insert(contentsOf: bytes[min(one, other)..<max(one, other)], at: place())
            default:
                let odd: [[UInt8]] = [
                    [0], [13, 10], [13, 10, 13, 10], Array("%00".utf8), Array("--XYZ".utf8), [0xFF, 0xFE],
                    Array("999999999999999999999".utf8), Array("{{{{[[[[".utf8), [0xED, 0xA0, 0x80], Array("\"".utf8),
                ]
                bytes.insert(contentsOf: odd[Int(random.uniform(0, Double(odd.count) - 0.001))], at: place())
            }
        }
        return bytes
    }

    private static func service() throws -> ModelService {
        try Fixtures.service(
            ("colors", Fixtures.colors()), ("mask", Fixtures.mask()), ("table", Fixtures.table()),
            ("feeling", Fixtures.feeling()), ("films", Fixtures.films()), ("writer", Fixtures.writer()),
            ("generator", Fixtures.generator()))
    }

    /// Bodies that are right, for each of the models.
    private static func bodies() throws -> [(path: String, type: String, body: [UInt8])] {
        let picture = try Fixtures.picture(Fixtures.red, width: 40, height: 30)
        let (png, jpeg) = (try picture.encoded(as: .png), try picture.encoded(as: .jpeg()))
        let fields = form([
            ("top", nil, nil, Data("2".utf8)), ("file", "a.png", "image/png", png),
            ("file", "b.jpg", "image/jpeg", jpeg),
        ])
        func json(_ value: JSONValue) throws -> [UInt8] { [UInt8](try JSONEncoder().encode(value)) }
        return [
            ("colors", "image/png", [UInt8](png)), ("colors", "image/jpeg", [UInt8](jpeg)),
            ("mask", "image/png", [UInt8](png)), ("colors", "multipart/form-data; boundary=XYZ", [UInt8](fields)),
            ("colors", "application/json", try json(["images": [.string(png.base64EncodedString())], "top": 1])),
            (
                "table", "application/json",
                try json(["rows": [["kind": "a", "size": 1.5], ["kind": nil, "size": "2"]]])
            ),
            ("table", "application/x-www-form-urlencoded", Array("kind=a&size=3%2E5".utf8)),
            ("feeling", "text/plain; charset=utf-8", Array("good film, näive 🎬".utf8)),
            ("feeling", "application/json", try json(["texts": ["good", "bad film"]])),
            ("films", "application/json", try json(["row": ["user": "ada"], "count": 3])),
            ("generator", "application/json", try json(["items": [7, [0.5, -1, 1]]])),
            (
                "writer", "application/json",
                try json(["prompt": "good film", "words": 3, "temperature": 0.5, "stream": true])
            ),
        ]
    }

    @Test("2,000 changed bodies are answered or refused, and right ones are answered behind them")
    func bodies() async throws {
        let service = try Self.service()
        let bodies = try Self.bodies()
        try await Fixtures.test(service) { client in
            for (path, type, body) in bodies {
                let right = try await client.post("/models/\(path)/predict", Data(body), type: type)
                #expect(right.status == .ok, "\(path) \(type): \(right.message)")
            }
            var random = SeededRandom(seed: 14)
            var counts: [Int: Int] = [:]
            for number in 0..<2000 {
                let (path, type, body) = bodies[number % bodies.count]
                let changed = Self.mutated(body, &random)
                let response = try await client.post("/models/\(path)/predict", Data(changed), type: type)
                counts[Int(response.status.code), default: 0] += 1
                // Never a failure of the server, always JSON or a text that is streamed.
                #expect(
                    [200, 400, 413, 415, 422].contains(Int(response.status.code)), "\(number): \(response.message)")
                if response.status != .ok { #expect(!response.message.isEmpty) }
            }
            #expect(counts[200] ?? 0 > 100 && counts[422] ?? 0 > 100, "\(counts)")
            for (path, type, body) in bodies {
                #expect(try await client.post("/models/\(path)/predict", Data(body), type: type).status == .ok)
            }
        }
        for (_, metrics, _) in service.metrics { #expect(metrics.state.withLock { $0.queue } == 0) }
    }

    @Test("of animated pictures the first frame is seen, and files of two kinds are what they begin with")
    func severalKinds() async throws {
        // One pixel, red in the first frame and blue in the second.
        let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2]
        let animated: [UInt8] =
            Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0] + [255, 0, 0] + [0, 0, 255]
            + frame + [0x44, 1, 0] + [0x21, 0xF9, 4, 0, 10, 0, 0, 0] + frame + [0x4C, 1, 0] + [0x3B]
        let (png, page) = ([UInt8](try Fixtures.png(Fixtures.red)), Array("<script>alert(1)</script>".utf8))
        let archive: [UInt8] = [0x50, 0x4B, 3, 4] + Array("../../etc/passwd".utf8)
        try await Fixtures.test(try Fixtures.service(("colors", Fixtures.colors()))) { client in
            for bytes in [animated, png + page, png + archive] {
                let answer = try await client.post(Data(bytes), type: "image/png")
                #expect(answer.status == .ok && answer.json["label"] == "red", "\(answer.message)")
                #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true)
            }
            let drawing = Array("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"/etc/passwd\"/></svg>".utf8)
            for bytes in [page + png, drawing, Array("%PDF-1.7".utf8) + png, archive + png] {
                let answer = try await client.post(Data(bytes), type: "image/png")
                #expect(answer.status == .unsupportedMediaType, "\(answer.message)")
                #expect(!answer.message.contains("<") && !answer.message.contains("passwd"))
            }
            // The beginning of a GIF that is a script: a picture by its first bytes, and a damaged one.
            let script = try await client.post(Data("GIF89a=1;/*".utf8) + Data(page), type: "image/gif")
            #expect([413, 415, 422].contains(Int(script.status.code)))
        }
    }

    @Test("2,000 changed requests on connections are answered or closed, and no connection stays behind")
    func connections() async throws {
        let service = try Self.service()
        let server = try Fixtures.server(service) { options, _ in
            options.idleTime = .seconds(2)
            options.body.bytes = 1 << 20
        }
        let requests = try Self.bodies().map { path, type, body in
            Array(
                "POST /models/\(path)/predict HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
                    .utf8) + body
        }
        try await server.application().test(.live) { client in
            let port = try #require(client.port)
            let unanswered = try await RawClient.onThread {
                var random = SeededRandom(seed: 15)
                var unanswered = 0
                for number in 0..<2000 {
                    let connection = try RawClient(port: port)
                    defer { connection.disconnect() }
                    connection.write(Self.mutated(requests[number % requests.count], &random))
                    connection.finishWriting()
                    if connection.readToEnd() == nil { unanswered += 1 }
                }
                return unanswered
            }
            #expect(unanswered == 0)
            let picture = [UInt8](try Fixtures.png(Fixtures.red))
            let head =
                "POST /models/colors/predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: image/png\r\nContent-Length: \(picture.count)\r\n\r\n"
            let right = try await RawClient.exchange(Array(head.utf8) + picture, port: port, finishes: false)
            #expect(right?.hasPrefix("HTTP/1.1 200") == true && right?.contains("\"label\":\"red\"") == true)
            // The test's own connection has been idle for too long.
            while server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
            for (_, metrics, _) in service.metrics { #expect(metrics.state.withLock { $0.queue } == 0) }
        }
    }
}
