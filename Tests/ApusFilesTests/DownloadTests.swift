// Downloads, from a server on this computer.
import Foundation
import LoopbackServer
import Synchronization
import Testing

@testable import ApusFiles

/// Bytes without a short period, and their sum by Python: sha256(bytes((i * i >> 3) & 255 for i in range(200000))).
private let body = (0..<200_000).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 3) }
private let bodySum = "344f3568ad4278541f01319d4af330241a1d292e170336f3bb2be1cfb5af24c0"

@Suite("Downloads") struct DownloadTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    private var file: URL { folder.appending(path: "weights.pth") }
    private var partial: URL { folder.appending(path: ".weights.pth.partial") }

    private func run(_ address: URL, sha256: String? = bodySum, progress: DownloadProgress? = nil) throws {
        try Download(
            address: address, file: file, sha256: sha256, progress: progress, limits: DownloadLimits(silence: 5),
            pauses: [0.01, 0.01]
        ).run()
    }
    private func bytes(_ url: URL) throws -> [UInt8] { try [UInt8](Data(contentsOf: url)) }
    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
    private func remove() { try? FileManager.default.removeItem(at: folder) }

    @Test("SHA-256 gives the published sums")
    func sums() throws {
        defer { remove() }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // FIPS 180-4's examples.
        try Data("abc".utf8).write(to: file)
        #expect(try sha256(of: file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        try Data(repeating: UInt8(ascii: "a"), count: 1_000_000).write(to: file)
        #expect(try sha256(of: file) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("a file arrives whole, with its progress told, and is not asked for again")
    func success() throws {
        defer { remove() }
        let server = try LoopbackServer { request, _ in .file(body, tag: "\"1\"", for: request) }
        let lines = Log()
        let console = ConsoleReporter(drawsBars: false) { lines.append($0) }
        let progress = DownloadProgress(name: "weights.pth", reporter: console)
        try run(server.url("weights.pth"), sha256: "344F3568", progress: progress)
        #expect(try bytes(file) == body)
        #expect(names == ["weights.pth"])
        #expect(lines.all.first == "Downloading \(server.url("weights.pth")) to \(file.path)\n")
        #expect(lines.all.last == "weights.pth: 100%, 0.2 of 0.2 MB\n")

        try run(server.url("weights.pth"))
        #expect(server.requests.map(\.path) == ["/weights.pth"])
    }

    @Test("a cached file with a wrong checksum is fetched again")
    func damagedCache() throws {
        defer { remove() }
        let server = try LoopbackServer { request, _ in .file(body, tag: "\"1\"", for: request) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("damaged".utf8).write(to: file)
        try run(server.url("weights.pth"))
        #expect(try bytes(file) == body)
        #expect(server.requests.count == 1)
    }

    @Test("a file with a wrong checksum is deleted")
    func wrongChecksum() throws {
        defer { remove() }
        let server = try LoopbackServer { request, _ in .file(body, tag: "\"1\"", for: request) }
        let address = server.url("weights.pth")
        #expect(
            throws: DownloadError.wrongChecksum(address: address.absoluteString, expected: "b627a593", found: bodySum)
        ) { try run(address, sha256: "b627a593") }
        #expect(names == [])
        #expect(server.requests.count == 1)
    }

    @Test("a missing file is an error at once, and leaves what was there")
    func notFound() throws {
        defer { remove() }
        let server = try LoopbackServer { _, _ in .init(404, Array("no such file".utf8)) }
        let address = server.url("weights.pth")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("earlier".utf8).write(to: file)
        let error = try #require(throws: DownloadError.self) { try run(address) }
        #expect(error == .refused(address: address.absoluteString, status: 404))
        #expect(error.description.contains("404 (not found)"))
        #expect(error.description.contains("give it as a local file"))
        #expect(names == ["weights.pth"])
        #expect(try bytes(file) == Array("earlier".utf8))
        #expect(server.requests.count == 1)
    }

    @Test("a busy server is asked again")
    func serverError() throws {
        defer { remove() }
        let server = try LoopbackServer { request, index in
            index < 2 ? .init(503) : .file(body, tag: "\"1\"", for: request)
        }
        let lines = Log()
        let console = ConsoleReporter(drawsBars: false) { lines.append($0) }
        try run(server.url("weights.pth"), progress: DownloadProgress(name: "weights.pth", reporter: console))
        #expect(try bytes(file) == body)
        #expect(server.requests.count == 3)
        let again = "weights.pth: the server answered 503 (the server has a problem); trying again in 0 s\n"
        #expect(lines.all.filter { $0 == again }.count == 2, "\(lines.all)")
    }

    @Test("what an error says in another sentence is its own words, not a number")
    func reasons() {
        let own = DownloadError.invalidChecksum("xyz")
        #expect(own.systemReason == String(own.description.dropLast()))
        #expect(own.systemReason.contains("\"xyz\" is no SHA-256 checksum"))
        #expect(POSIXError(.ENOSPC).systemReason == "No space left on device")
        let missing = #expect(throws: (any Error).self) { try Data(contentsOf: URL(filePath: "/nowhere/file")) }
        #expect(missing?.systemReason.contains("completed") == false)
    }

    @Test("a broken connection goes on where it broke", arguments: [bodySum, nil])
    func resume(sha256: String?) throws {
        defer { remove() }
        let server = try LoopbackServer { request, index in
            var answer = LoopbackServer.Answer.file(body, tag: "\"1\"", for: request)
            if index == 0 { answer.cutAfter = 70_000 }
            return answer
        }
        try run(server.url("weights.pth"), sha256: sha256)
        #expect(try bytes(file) == body)
        #expect(server.requests.map { $0.fields["range"] } == [nil, "bytes=70000-"])
        #expect(server.requests.last?.fields["if-range"] == "\"1\"")
        #expect(names == ["weights.pth"])
    }

    @Test("a file that changes between two tries is fetched from its start")
    func changed() throws {
        defer { remove() }
        let old = [UInt8](repeating: 1, count: body.count)
        let server = try LoopbackServer { request, index in
            if index == 0 { return .init(200, old, fields: ["ETag": "\"old\""], cutAfter: 70_000) }
            // This server pays no heed to If-Range.
            if index == 1 {
                return .init(
                    206, Array(body[70_000...]),
                    fields: ["ETag": "\"new\"", "Content-Range": "bytes 70000-199999/200000"])
            }
            return .file(body, tag: "\"new\"", for: request)
        }
        try run(server.url("weights.pth"), sha256: nil)
        #expect(try bytes(file) == body)
        #expect(server.requests.map { $0.fields["range"] } == [nil, "bytes=70000-", nil])
    }

    @Test("a connection that keeps breaking is given up, and the next run goes on")
    func nextRun() throws {
        defer { remove() }
        let server = try LoopbackServer { request, index in
            var answer = LoopbackServer.Answer.file(body, tag: "\"1\"", for: request)
            if index < 3 { answer.cutAfter = 50_000 }
            return answer
        }
        let address = server.url("weights.pth")
        #expect(
            throws: DownloadError.unreachable(
                address: address.absoluteString, reason: "the connection broke after 150000 of 200000 bytes")
        ) { try run(address) }
        #expect(names == [".weights.pth.partial"])
        #expect(try bytes(partial) == Array(body[..<150_000]))
        try run(address)
        #expect(try bytes(file) == body)
        #expect(server.requests.last?.fields["range"] == "bytes=150000-")
        #expect(names == ["weights.pth"])
    }

    @Test("what another file's download left is found out and fetched anew")
    func strangePartial() throws {
        defer { remove() }
        let server = try LoopbackServer { request, _ in .file(body, tag: "\"1\"", for: request) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for count in [1000, body.count + 1] {
            try Data(repeating: 7, count: count).write(to: partial)
            try? FileManager.default.removeItem(at: file)
            try run(server.url("weights.pth"))
            #expect(try bytes(file) == body)
        }
        #expect(server.requests.map { $0.fields["range"] } == ["bytes=1000-", nil, "bytes=200001-", nil])
    }

    @Test("a server that is down is named with the next step")
    func down() throws {
        defer { remove() }
        var server: LoopbackServer? = try LoopbackServer { _, _ in .init(404) }
        let address = try #require(server).url("weights.pth")
        server = nil
        let error = try #require(throws: DownloadError.self) { try run(address) }
        guard case .unreachable(address.absoluteString, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.description.contains("Check the network connection"))
        #expect(names == [])
    }

    @Test("a redirection is followed with the range, but not to plain http elsewhere")
    func redirection() throws {
        defer { remove() }
        let server = try LoopbackServer { request, index in
            switch request.path {
            case "/moved": return .init(302, fields: ["Location": "/weights.pth"])
            case "/weak": return .init(302, fields: ["Location": "http://example.org/weights.pth"])
            default: return .file(body, tag: "\"1\"", for: request)
            }
        }
        try run(server.url("moved"))
        #expect(try bytes(file) == body)
        try FileManager.default.removeItem(at: file)
        #expect(throws: DownloadError.refused(address: server.url("weak").absoluteString, status: 302)) {
            try run(server.url("weak"))
        }
        #expect(names == [])
    }

    @Test("two downloads of one file at once fetch it once")
    func atOnce() async throws {
        defer { remove() }
        let server = try LoopbackServer { request, _ in
            Thread.sleep(forTimeInterval: 0.1)
            return .file(body, tag: "\"1\"", for: request)
        }
        let (address, file) = (server.url("weights.pth"), file)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask { try download(from: address, to: file, sha256: bodySum, progress: false) }
            }
            try await group.waitForAll()
        }
        #expect(try bytes(file) == body)
        #expect(server.requests.count == 1)
        #expect(names == ["weights.pth"])
    }

    @Test("a folder that cannot be made is an error that names the file")
    func noFolder() throws {
        let file = URL(fileURLWithPath: "/dev/null/weights.pth")
        let address = try #require(URL(string: "http://127.0.0.1:9/weights.pth"))
        let error = try #require(throws: DownloadError.self) { try download(from: address, to: file, progress: false) }
        guard case .unwritable("/dev/null/weights.pth", _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test(
        "only https is fetched from, except on this computer",
        arguments: [
            ("https://example.org/a", true), ("http://127.0.0.1:80/a", true), ("http://localhost/a", true),
            ("http://[::1]:80/a", true), ("http://example.org/a", false), ("http://127.0.0.1.example.org/a", false),
            ("ftp://example.org/a", false), ("file:///a", false), ("a", false),
        ])
    func schemes(text: String, isAllowed: Bool) throws {
        let address = try #require(URL(string: text))
        if isAllowed {
            try Download.check(address)
        } else {
            #expect(throws: DownloadError.self) { try Download.check(address) }
        }
    }

    @Test("the name of a download never leads out of its folder")
    func safeNames() throws {
        let good = try #require(URL(string: "https://example.org/models/resnet%2D34.pth?x=/../y"))
        #expect(try fileName(of: good) == "resnet-34.pth")
        for part in ["", "..", ".hidden", "%2E%2E", "..%2Fweights", "a%2Fb", "a%5Cb", "a%00b", "a%0Ab"] {
            let address = try #require(URL(string: "https://example.org/models/\(part)"))
            #expect(throws: DownloadError.self, "\(part)") { try fileName(of: address) }
        }
    }

    @Test("a checksum that is none is an error", arguments: ["", "xyz", String(repeating: "0", count: 65)])
    func invalidChecksum(text: String) throws {
        let address = try #require(URL(string: "https://example.org/a"))
        #expect(throws: DownloadError.invalidChecksum(text)) { try run(address, sha256: text) }
    }
}

/// Texts in the order in which they were written.
private final class Log: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func append(_ text: String) { texts.withLock { $0.append(text) } }
}
