// What stands around the routes: headers, tokens, origins, errors, limits, metrics, the log, an orderly end.
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

@testable import ApusWeb

@Suite("A server around its routes")
struct WebServerTests {
    private func colors() throws -> ModelService { try Fixtures.service(("colors", Fixtures.colors())) }

    @Test("every answer has the security headers, errors too, and says nothing of the machine")
    func headers() async throws {
        try await Fixtures.test(colors()) { client in
            for path in ["/health", "/models", "/absent", "/predict", "/openapi.json", "/metrics"] {
                let response = try await client.get(path)
                #expect(response.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
                #expect(response.headers[.contentSecurityPolicy]?.contains("default-src 'self'") == true)
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                #expect(response.headers[.xFrameOptions] == "DENY")
                #expect(response.headers[.referrerPolicy] == "no-referrer")
                #expect(response.headers[.cacheControl] == "no-store")
                #expect(response.headers[.server] == nil)
                let body = String(buffer: response.body)
                #expect(!body.contains(FileManager.default.temporaryDirectory.path) && !body.contains("/home/"))
            }
        }
        try await Fixtures.test(colors(), { options, _ in options.framedBy = ["https://huggingface.co"] }) { client in
            let response = try await client.get("/health")
            #expect(
                response.headers[.contentSecurityPolicy]?.contains("frame-ancestors https://huggingface.co") == true)
            #expect(response.headers[.xFrameOptions] == nil)
        }
    }

    @Test("what is not there, and methods that a path does not have, are told of as JSON")
    func absent() async throws {
        try await Fixtures.test(colors()) { client in
            let nothing = try await client.get("/absent")
            #expect(nothing.status == .notFound && nothing.json["error"]?["status"] == 404)
            #expect(nothing.message.hasPrefix("There is nothing at /absent"))
            let method = try await client.get("/predict")
            #expect(method.status == .methodNotAllowed && method.headers[.allow] == "POST")
            #expect(method.message == "/predict takes POST, not GET.")
            let model = try await client.post("/models/cats/predict", Data([1]), type: "image/png")
            #expect(model.status == .notFound)
            #expect(model.message == "There is no model \"cats\"; the models are colors.")
            #expect(try await client.get("/models/cats").status == .notFound)
            #expect(
                try await client.executeRequest(uri: "/health", method: .head, headers: [:], body: nil).status == .ok)
        }
    }

    @Test("a wrong body is told of with its status")
    func wrongBodies() async throws {
        try await Fixtures.test(colors(), { options, _ in options.body.bytes = 50_000 }) { client in
            func ask(_ body: Data, _ type: String?) async throws -> (Int, String) {
                let response = try await client.post(body, type: type)
                return (Int(response.status.code), response.message)
            }
            #expect(
                try await ask(Data(), nil) == (
                    400, "There is nothing in the request; send a picture, as GET /openapi.json says."
                ))
            #expect(try await ask(Data("GIF89a is none".utf8), "image/gif").0 == 422)
            #expect(try await ask(Data("no picture".utf8), "image/png").0 == 415)
            #expect(try await ask(try Fixtures.png(Fixtures.red).dropLast(20), "image/png").0 == 422)
            #expect(try await ask(Data(repeating: 0, count: 50_001), "image/png").0 == 413)
            #expect(try await ask(Data("{".utf8), "application/json").1.hasPrefix("The body is not JSON"))
            #expect(
                try await ask(Data("[1]".utf8), "application/json").1
                    == "The body is a list; send an object, such as {\"image\": ...}.")
            #expect(try await ask(Data("{\"image\": 3}".utf8), "application/json").1.hasPrefix("\"image\" is a number"))
            #expect(try await ask(Data("{\"image\": \"%%%\"}".utf8), "application/json").0 == 422)
            #expect(
                try await ask(Data("{\"picture\": \"\"}".utf8), "application/json").1.hasPrefix(
                    "There is no \"picture\" in a request"))
            #expect(try await ask(Data("{\"row\": {\"a\": 1}}".utf8), "application/json").0 == 415)
            #expect(try await ask(Data("{\"images\": []}".utf8), "application/json").0 == 400)
            #expect(
                try await ask(Data("a text".utf8), "text/plain").1.hasPrefix(
                    "The model takes a picture, and a text was sent"))
            #expect(
                try await ask(form([("color", nil, nil, Data("red".utf8))]), "multipart/form-data; boundary=XYZ").0
                    == 422)
            // A form in which no file was chosen.
            #expect(try await ask(form([("file", "", nil, Data())]), "multipart/form-data; boundary=XYZ").0 == 400)
            let picture = try Fixtures.png(Fixtures.red)
            for (query, said) in [
                ("top=0", "top is not possible"), ("top=x", "top is not possible"),
                ("tpo=1", "There is no option \"tpo\""),
                ("temperature=nan", "temperature is not possible"), ("stream=maybe", "stream is not possible"),
            ] {
                let response = try await client.post("/predict?\(query)", picture, type: "image/png")
                #expect(response.status == .unprocessableContent && response.message.hasPrefix(said), "\(query)")
            }
        }
    }

    @Test("too many items at once are refused")
    func tooManyItems() async throws {
        try await Fixtures.test(
            Fixtures.service(("feeling", Fixtures.feeling())), { _, routes in routes.maxItems = 3 }
        ) { client in
            let four = try await client.post(json: ["texts": ["a", "b", "c", "d"]])
            #expect(four.status == .contentTooLarge && four.message.contains("has 4 items, and 3 are the most"))
            #expect(try await client.post(json: ["texts": ["a", "b", "c"]]).status == .ok)
        }
    }

    @Test(
        "a picture that claims a huge size is refused by its header, animated ones and files of two kinds are read as one"
    )
    func bombs() async throws {
        try await Fixtures.test(colors()) { client in
            // The header of a PNG of 60,000 x 60,000, and one that is just beyond what a server decodes.
            for (side, status) in [(60_000, 413), (12_000, 413)] as [(UInt32, Int)] {
                let response = try await client.post(Self.pngHeader(side), type: "image/png")
                #expect(Int(response.status.code) == status)
                #expect(response.message.contains("too large") || response.message.contains("\(side) x \(side) pixels"))
            }
            // A picture with a page of HTML and an archive behind it is that picture.
            let png = try Fixtures.png(Fixtures.green)
            let page = Data("<html><script>alert(1)</script>PK\u{3}\u{4}".utf8)
            let both = try await client.post(png + page, type: "image/png")
            #expect(both.json["label"] == "green" && both.headers[.contentType] == "application/json")
            // Markup in the name of a file comes back within JSON, and never as a page.
            let named = try await client.post(
                form([("file", "<script>alert(1)<\u{2F}script>.png", nil, png)]),
                type: "multipart/form-data; boundary=XYZ")
            #expect(named.headers[.contentType] == "application/json" && named.json["file"] == "script>.png")
        }
    }

    /// The first chunk of a PNG, with a right checksum, and the beginning of its pixels.
    private static func pngHeader(_ side: UInt32) -> Data {
        func bytes(_ number: UInt32) -> [UInt8] {
            (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        let chunk = Array("IHDR".utf8) + bytes(side) + bytes(side) + [8, 2, 0, 0, 0]
        var sum = UInt32.max
        for byte in chunk {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        let begun = bytes(1000) + Array("IDAT".utf8) + [UInt8](repeating: 0, count: 16)
        return Data([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] + bytes(13) + chunk + bytes(~sum) + begun)
    }

    @Test("a token opens all but the health checks")
    func token() async throws {
        try await Fixtures.test(colors(), { options, _ in options.token = "s3cret" }) { client in
            for wrong in ["", "Bearer", "Bearer s3cre", "Bearer s3cret1", "Bearer S3CRET", "Basic s3cret"] {
                let refused = try await client.get("/models", headers: [.authorization: wrong])
                #expect(refused.status == .unauthorized && refused.headers[.wwwAuthenticate] == "Bearer", "\(wrong)")
            }
            #expect(try await client.get("/models", headers: [.authorization: "Bearer s3cret"]).status == .ok)
            #expect(try await client.get("/models", headers: [.authorization: "bearer  s3cret"]).status == .ok)
            for path in ["/health", "/ready"] { #expect(try await client.get(path).status == .ok) }
            for path in ["/metrics", "/openapi.json", "/predict", "/absent"] {
                #expect(try await client.get(path).status == .unauthorized)
            }
        }
        #expect(
            isEqual([1, 2], [1, 2]) && !isEqual([1, 2, 3], [1, 2]) && !isEqual([1], [1, 2]) && !isEqual([], [0]))
    }

    @Test("pages of other hosts may ask where they are allowed")
    func origins() async throws {
        try await Fixtures.test(
            colors(),
            { options, _ in
                options.sharedWith = ["https://example.org"]
                options.token = "s3cret"
            }
        ) { client in
            let asked = try await client.executeRequest(
                uri: "/predict", method: .options,
                headers: [.origin: "https://example.org", .accessControlRequestMethod: "POST"], body: nil)
            #expect(asked.status == .noContent)
            #expect(asked.headers[.accessControlAllowOrigin] == "https://example.org")
            #expect(asked.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
            let other = try await client.get(
                "/models", headers: [.origin: "https://example.com", .authorization: "Bearer s3cret"])
            #expect(other.status == .ok && other.headers[.accessControlAllowOrigin] == nil)
            let refused = try await client.get("/models", headers: [.origin: "https://example.org"])
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.accessControlAllowOrigin] == "https://example.org")
        }
        try await Fixtures.test(colors()) { client in
            let response = try await client.get("/models", headers: [.origin: "https://example.org"])
            #expect(response.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test("metrics count requests by route and status, items and batches, in the format of Prometheus")
    func metrics() async throws {
        try await Fixtures.test(colors()) { client in
            let picture = try Fixtures.png(Fixtures.red)
            for _ in 0..<3 { _ = try await client.post("/models/colors/predict", picture, type: "image/png") }
            _ = try await client.post(Data("none".utf8), type: "image/png")
            _ = try await client.get("/absent/\(UUID())")
            let response = try await client.get("/metrics")
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4")
            let lines = String(buffer: response.body).split(separator: "\n").map(String.init)
            for line in [
                "apus_requests_total{route=\"/models/{name}/predict\",method=\"POST\",status=\"200\"} 3",
                "apus_requests_total{route=\"/predict\",method=\"POST\",status=\"415\"} 1",
                "apus_requests_total{route=\"NotFound\",method=\"GET\",status=\"404\"} 1",
                "apus_items_total{model=\"colors\"} 3", "apus_queue_items{model=\"colors\"} 0",
                "apus_batch_items_bucket{model=\"colors\",le=\"1.0\"} 3", "apus_batch_items_count{model=\"colors\"} 3",
                "# TYPE apus_request_seconds histogram", "apus_requests_running 1",
            ] { #expect(lines.contains(line), "\(line)") }
            // Each line is a comment, or a name with labels and a number.
            let value = /[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+/
            for line in lines where !line.hasPrefix("#") { #expect(line.wholeMatch(of: value) != nil, "\(line)") }
        }
    }

    @Test("the log has a line of JSON for each request, with the path and without what is behind it")
    func log() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: file) }
        let destination = try LogDestination(file)
        try await Fixtures.test(
            colors(),
            { options, _ in
                options.logsRequests = true
                options.logger = .lines("apus", to: destination)
            }
        ) { client in
            _ = try await client.get("/classify-url?url=http://127.0.0.1/secret.png")
            _ = try await client.get("/health")
        }
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
        }.filter { $0["message"] == "request" }
        #expect(lines.map { $0["path"] } == ["/classify-url", "/health"])
        #expect(lines.map { $0["status"] } == [422, 200])
        #expect(lines.allSatisfy { $0["time"] != nil && $0["seconds"] != nil && $0["method"] == "GET" })
        // A log that another program has moved away begins anew.
        let moved = file.appendingPathExtension("1")
        defer { try? FileManager.default.removeItem(at: moved) }
        try FileManager.default.moveItem(at: file, to: moved)
        destination.reopen()
        Logger.lines("apus", to: destination).notice("again")
        #expect(try String(contentsOf: file, encoding: .utf8).contains("\"message\":\"again\""))
    }

    // MARK: Connections

    /// A model whose answers wait until they are let go.
    private struct Held: ServedModel {
        let card = ModelCard(
            input: InputCard(kind: "text", text: "a text"), answer: AnswerCard(kind: "text"), text: "held")
        let gate = DispatchSemaphore(value: 0)
        let begun = DispatchSemaphore(value: 0)
        let seen = Counter()
        final class Counter: Sendable { let items = Mutex<[String]>([]) }

        func prepare(_ question: Question) -> String {
            if case .text(let text) = question.item.content { text } else { "" }
        }
        func predict(_ items: [String]) -> [Result<String, any Error>] {
            seen.items.withLock { $0 += items }
            begun.signal()
            gate.wait()
            return items.map { .success($0) }
        }
        func answer(_ text: String, to question: Question) -> ModelAnswer {
            ModelAnswer(["text": .string(text)], summary: text)
        }
        func waitForBatch() async throws { try await RawClient.onThread { [begun] in begun.wait() } }
    }

    private static func request(_ text: String) -> String {
        "POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            + "Content-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }

    @Test("what is in flight is answered when the server ends")
    func end() async throws {
        let held = Held()
        let service = try Fixtures.service(("held", held))
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = try Fixtures.server(service).application { port.yield($0.port) }
        let group = ServiceGroup(
            services: [application], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await group.run() }
        var listening = ports.makeAsyncIterator()
        let number = try #require(await listening.next())
        async let answer = RawClient.exchange(Array(Self.request("in flight").utf8), port: number, finishes: false)
        try await held.waitForBatch()
        await group.triggerGracefulShutdown()
        held.gate.signal()
        let said = try #require(try await answer)
        #expect(said.hasPrefix("HTTP/1.1 200") && said.hasSuffix("{\"summary\":\"in flight\",\"text\":\"in flight\"}"))
        try await running.value
        // Nobody listens any more.
        #expect(throws: POSIXError.self) { try RawClient(port: number) }
    }

    @Test("the end does not wait for what takes longer than it may")
    func endInTime() async throws {
        let held = Held()
        let service = try Fixtures.service(("held", held))
        let server = try Fixtures.server(service) { options, _ in options.endTime = .milliseconds(50) }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let group = try server.serviceGroup { port.yield($0.port) }
        let running = Task { try await group.run() }
        var listening = ports.makeAsyncIterator()
        let number = try #require(await listening.next())
        async let answer = RawClient.exchange(Array(Self.request("too long").utf8), port: number, finishes: false)
        try await held.waitForBatch()
        // One that has sent a part of its body alone.
        let slow = try RawClient(port: number)
        slow.write("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nfi")
        await group.triggerGracefulShutdown()
        _ = try? await running.value
        #expect(throws: POSIXError.self) { try RawClient(port: number) }
        #expect(try await answer?.contains("too long") == false)
        slow.disconnect()
        held.gate.signal()
    }

    @Test("the work of a client that has gone is given up")
    func gone() async throws {
        let held = Held()
        let service = try Fixtures.service(("held", held))
        try await Fixtures.server(service).application().test(.live) { client in
            let port = try #require(client.port)
            // The first is with the model; the second waits and goes; the third waits on.
            async let first = RawClient.exchange(Array(Self.request("first").utf8), port: port, finishes: false)
            try await held.waitForBatch()
            let second = try RawClient(port: port)
            second.write(Self.request("second"))
            while service.metrics[0].metrics.state.withLock({ $0.queue }) < 1 {
                try await Task.sleep(for: .milliseconds(1))
            }
            second.disconnect()
            while service.metrics[0].metrics.state.withLock({ $0.queue }) > 0 {
                try await Task.sleep(for: .milliseconds(1))
            }
            held.gate.signal()
            async let third = client.post(Data("third".utf8), type: "text/plain")
            try await held.waitForBatch()
            held.gate.signal()
            #expect(try await third.json["text"] == "third")
            #expect(held.seen.items.withLock { $0 } == ["first", "third"])
            #expect(try await first?.hasPrefix("HTTP/1.1 200") == true)
        }
    }

    @Test("slow senders, floods of headers and bodies without an end are cut off, and the server answers others")
    func slowSenders() async throws {
        let server = try Fixtures.server(colors()) { options, _ in
            options.idleTime = .milliseconds(300)
            options.body.time = .milliseconds(400)
            options.body.bytes = 100_000
        }
        try await server.application().test(.live) { client in
            let port = try #require(client.port)
            func cut(_ text: String) async throws -> String? {
                try await RawClient.exchange(Array(text.utf8), port: port, finishes: false)
            }
            // Nothing, half a head, half a body.
            #expect(try await cut("") == "")
            #expect(try await cut("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Le") != nil)
            #expect(try await cut("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc") != nil)
            // A byte now and then.
            let trickled = try await RawClient.onThread {
                let slow = try RawClient(port: port)
                defer { slow.disconnect() }
                slow.write(
                    "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\n")
                for _ in 0..<20 {
                    usleep(50_000)
                    guard slow.write("x") else { break }
                }
                return slow.read(until: "\r\n")
            }
            #expect(trickled.hasPrefix("HTTP/1.1 408"))
            // Floods of headers.
            let flood = (0..<5000).map { "X-\($0): y\r\n" }.joined()
            let flooded = try await cut("GET /health HTTP/1.1\r\nHost: x\r\n\(flood)\r\n")
            #expect(flooded.map { $0.isEmpty || $0.hasPrefix("HTTP/1.1 4") } == true)
            let long = try await cut("GET /health HTTP/1.1\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n")
            #expect(long.map { $0.isEmpty || $0.hasPrefix("HTTP/1.1 4") } == true)
            // A body without an end, against what its head allows.
            let endless = try await RawClient.onThread {
                let endless = try RawClient(port: port)
                defer { endless.disconnect() }
                endless.write(
                    "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
                var count = 0
                while count < 1000, endless.write(chunk) { count += 1 }
                return count
            }
            #expect(endless < 1000)
            let declared = try await cut(
                "POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n")
            #expect(declared?.hasPrefix("HTTP/1.1 413") == true)
            let other = try await cut("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(other?.hasPrefix("HTTP/1.1 200") == true)
        }
    }

    @Test("a client that waits for the word gets it, and one that would send too much does not")
    func expectContinue() async throws {
        let server = try Fixtures.server(colors()) { options, _ in options.body.bytes = 100_000 }
        let picture = [UInt8](try Fixtures.png(Fixtures.blue))
        try await server.application().test(.live) { client in
            let port = try #require(client.port)
            let said = try await RawClient.onThread {
                let waiting = try RawClient(port: port)
                defer { waiting.disconnect() }
                waiting.write(
                    "POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: image/png\r\n"
                        + "Content-Length: \(picture.count)\r\n\r\n")
                let word = waiting.read(until: "\r\n\r\n")
                waiting.write(picture)
                return (word, waiting.readToEnd())
            }
            #expect(said.0.hasPrefix("HTTP/1.1 100"))
            #expect(said.1?.hasPrefix("HTTP/1.1 200") == true && said.1?.contains("\"label\":\"blue\"") == true)
            let refused = try await RawClient.onThread {
                let waiting = try RawClient(port: port)
                defer { waiting.disconnect() }
                waiting.write(
                    "POST /predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: image/png\r\n"
                        + "Content-Length: 100001\r\n\r\n")
                return waiting.read(until: "\r\n\r\n")
            }
            #expect(refused.hasPrefix("HTTP/1.1 413"))
        }
    }

    // A key for this test alone, by openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBfzCCASWgAwIBAgIUKOyI0cq1mKerZ+kwTb72LD3lHIowCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTA0NTgzM1oYDzIxMjYxMTA3
        MDQ1ODMzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASKxfKm7EiHOd+/zFOJ+8r48iRzzwFKY9BdVEWXf+/BmfVGAAPXLjYI
        ef84tVmvegKAvvxQ1aDwkdHNF0Q1/HSho1MwUTAdBgNVHQ4EFgQUllJ+o3EN7Dz1
        WABx4oaAgABo3fQwHwYDVR0jBBgwFoAUllJ+o3EN7Dz1WABx4oaAgABo3fQwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAixlSyRWdUdYwn7lhrZtD
        2ZcTsI1zXYnYhOr5bb7Cn1QCIAHi7pHskJhJiOh+GPfpXK4PDAJe+fbraJCdtUc6
        lqJP
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0317iSFecCGUQypC
        KqLGezOMzuTj9n/h4mU9GSpp7y+hRANCAASKxfKm7EiHOd+/zFOJ+8r48iRzzwFK
        Y9BdVEWXf+/BmfVGAAPXLjYIef84tVmvegKAvvxQ1aDwkdHNF0Q1/HSh
        -----END PRIVATE KEY-----
        """

    @Test("with a certificate the server speaks TLS and tells browsers to stay with it")
    func encrypted() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (chain, key) = (folder.appending(path: "chain.pem"), folder.appending(path: "key.pem"))
        try Data(Self.certificate.utf8).write(to: chain)
        try Data(Self.key.utf8).write(to: key)
        let server = try Fixtures.server(colors()) { options, _ in options.certificate = (chain, key) }
        let picture = try Fixtures.png(Fixtures.red)
        let response = try await server.application().test(.live) { plain in
            let port = try #require(plain.port)
            let trusting = TestClient.Configuration(
                tlsConfiguration: {
                    var configuration = TLSConfiguration.makeClientConfiguration()
                    configuration.certificateVerification = .none
                    return configuration
                }(), serverName: "localhost")
            return try await TestClient.withClient(host: "localhost", port: port, configuration: trusting) { client in
                try await client.post(
                    "/predict", headers: [.contentType: "image/png"], body: ByteBuffer(bytes: picture))
            }
        }
        #expect(response.status == .ok && response.headers[.strictTransportSecurity] == "max-age=31536000")
        try Data("no key".utf8).write(to: key)
        do {
            _ = try Fixtures.server(colors()) { options, _ in options.certificate = (chain, key) }
            Issue.record("It was taken.")
        } catch let error as WebServerError {
            #expect(error.description.contains("key.pem cannot be read as a key"))
        }
    }

    @Test("texts that are too long, and pictures that are too long at the model's scale, are refused")
    func tooLong() async throws {
        let service = try Fixtures.service(("feeling", Fixtures.feeling()), ("mask", Fixtures.mask()))
        try await Fixtures.test(service) { client in
            let long = try await client.post(Data(repeating: UInt8(ascii: "a"), count: 100_001), type: "text/plain")
            #expect(long.status == .contentTooLarge && long.message.contains("more than 100000 letters"))
            // A line of pixels whose height becomes 4: 3.6 million times 4.
            let line = try Fixtures.png(Fixtures.red, width: 900_000, height: 1)
            let wide = try await client.post("/models/mask/predict", line, type: "image/png")
            #expect(wide.status == .contentTooLarge && wide.message.contains("at the model's scale"))
        }
    }

    @Test("routes hang into an application of one's own, with its middleware around them")
    func ownApplication() async throws {
        struct Stamp: RouterMiddleware {
            typealias Context = BasicRequestContext
            func handle(
                _ request: Request, context: Context, next: (Request, Context) async throws -> Response
            ) async throws -> Response {
                var response = try await next(request, context)
                response.headers[.eTag] = "stamped"
                return response
            }
        }
        let service = try colors()
        let router = Router()
        router.add(middleware: Stamp())
        router.get("hello") { _, _ in "hello" }
        router.addRoutes(service.routes(), atPath: "vision")
        try await Application(router: router).test(.router) { client in
            let answer = try await client.post("/vision/predict", Fixtures.png(Fixtures.green), type: "image/png")
            #expect(answer.json["label"] == "green" && answer.headers[.eTag] == "stamped")
            #expect(try await client.get("/hello").status == .ok)
            let wrong = try await client.post("/vision/predict", Data(), type: "image/png")
            #expect(wrong.status == .badRequest && wrong.message.hasPrefix("There is nothing in the request"))
        }
    }
}
