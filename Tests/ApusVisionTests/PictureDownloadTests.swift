// Downloading lists of pictures, from a server on this computer.
import ApusCore
import Foundation
import LoopbackServer
import Testing

@testable import ApusVision

@Suite("Downloads of pictures")
struct PictureDownloadTests {
    private let picture = [UInt8](
        (try? Image(width: 5, height: 5, channels: 1, bytes: Array(0..<25)).encoded(as: .png)) ?? Data())

    private func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    @Test("a second query adds to the folder, what is there is kept, and all are counted")
    func adding() async throws {
        let picture = picture
        let server = try LoopbackServer { request, _ in
            request.path.hasPrefix("/good") ? .init(200, picture) : .init(404)
        }
        try await withFolder { folder in
            let first = ["good/1.png", "bad/2.jpg", "good/3", "good/1.png"].map(server.url)
            let found = try downloadImages(first, to: folder, progress: false)
            #expect(found.failures.map(\.source) == [first[1]] && found.kept.isEmpty)
            #expect("\(found)" == "2 pictures fetched, 0 there already, 1 failed")
            #expect(found.fetched.map(\.pathExtension) == ["png", "jpg"])
            #expect(verifyImages(found.fetched, progress: false).isEmpty)
            let other = ["good/1.png", "good/4.png"].map(server.url)
            let count = server.requests.count
            let second = try downloadImages(other, to: folder, progress: false)
            #expect(second.fetched.count == 1 && second.kept == [found.fetched[0]] && second.failures.isEmpty)
            #expect(server.requests.dropFirst(count).map(\.path) == ["/good/4.png"])
            #expect(try Set(imageFiles(in: folder)) == Set(found.fetched + second.fetched))
            #expect(try downloadImages(other, to: folder, maxCount: 1, progress: false).kept.count == 1)
        }
    }

    @Test("files that keep their names don't take each other's")
    func names() async throws {
        let picture = picture
        let server = try LoopbackServer { _, _ in .init(200, picture) }
        try await withFolder { folder in
            let found = try downloadImages(
                ["a/x.png", "b/X.png", "a/y.png"].map(server.url), to: folder, keepsNames: true, progress: false)
            #expect(found.fetched.count == 3 && Set(found.fetched).count == 3)
            let names = found.fetched.map(\.lastPathComponent)
            #expect(names[0] == "x.png" && names[1].wholeMatch(of: /X-[0-9a-f]{8}\.png/) != nil && names[2] == "y.png")
        }
    }

    @Test("a list in a text file has an address on each line, and a wrong line is named")
    func list() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appending(path: "urls.txt")
            try Data("# bears\r\nhttps://a.org/1.jpg\n\n  http://a.org/2.jpg  \n".utf8).write(to: file)
            #expect(
                try imageAddresses(in: file).map(\.absoluteString) == ["https://a.org/1.jpg", "http://a.org/2.jpg"])
            try Data("https://a.org/1.jpg\nbear.jpg\n".utf8).write(to: file)
            let error = #expect(throws: DataError.self) { try downloadImages(listedIn: file, to: folder) }
            #expect("\(try #require(error))".hasPrefix("Line 2 of urls.txt is no address: \"bear.jpg\""))
            #expect(throws: DataError.self) { try imageAddresses(in: folder.appending(path: "none.txt")) }
        }
    }

    @Test("addresses by http become https, those of this computer stay")
    func secure() throws {
        for (given, expected) in [
            ("http://a.org/1.jpg", "https://a.org/1.jpg"), ("http://a.org:80/1.jpg?b=c", "https://a.org/1.jpg?b=c"),
            ("http://a.org:8080/1.jpg", "https://a.org:8080/1.jpg"), ("http://127.0.0.1:80/1", "http://127.0.0.1:80/1"),
            ("https://a.org/1", "https://a.org/1"), ("ftp://a.org/1", "ftp://a.org/1"),
        ] { #expect(try secured(#require(URL(string: given))).absoluteString == expected) }
    }

    @Test("a server that does not answer is left alone after three pictures; others are fetched")
    func silent() async throws {
        let picture = picture
        let dead = try LoopbackServer { _, _ in .none }
        let alive = try LoopbackServer { _, _ in .init(200, picture) }
        try await withFolder { folder in
            let addresses = (0..<8).map { dead.url("\($0).png") } + [alive.url("a.png")]
            let found = try fetchImages(
                addresses, to: folder, workers: 1, keepsNames: false,
                limits: DownloadLimits(answer: 0.2, silence: 5, retries: 0))
            #expect(found.fetched.count == 1 && found.failures.count == 8)
            #expect(dead.requests.count == 3)
            let reasons = found.failures.map(\.reason)
            #expect(reasons[0].contains("the server did not answer within 0.2 seconds"))
            #expect(reasons[7].contains("its server has not answered for 3 other pictures"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        }
    }

    @Test("numbers of pictures and workers that are not possible fetch none, or one at a time")
    func numbers() async throws {
        let picture = picture
        let server = try LoopbackServer { request, _ in
            request.path == "/empty.png" ? .init(200, []) : .init(200, picture)
        }
        try await withFolder { folder in
            for number: Int in [-1, 0, .min] {
                let none = try downloadImages([server.url("1.png")], to: folder, maxCount: number, progress: false)
                #expect(none.fetched.isEmpty && none.failures.isEmpty)
                let one = try downloadImages(
                    [server.url("\(number).png")], to: folder, workers: number, progress: false)
                #expect(one.fetched.count == 1)
            }
            #expect(
                try downloadImages([server.url("2.png")], to: folder, maxCount: .max, workers: .max, progress: false)
                    .fetched.count == 1)
            #expect(try downloadImages([], to: folder, progress: false).fetched.isEmpty)
            let odd = ["https://", "ftp://a.org/1.png", "https://a.org"].compactMap { URL(string: $0) }
            let found = try downloadImages(odd, to: folder, keepsNames: true, progress: false)
            #expect(found.fetched.isEmpty && found.failures.count == odd.count)
            // What is no picture is found by the check.
            let empty = try downloadImages([server.url("empty.png")], to: folder, progress: false)
            #expect(verifyImages(empty.fetched, progress: false).count == empty.fetched.count)
        }
    }

    @Test("cancelling the task ends the downloads; nothing half remains")
    func cancelling() async throws {
        let server = try LoopbackServer { _, _ in .none }
        try await withFolder { folder in
            let addresses = (0..<4).map { server.url("\($0).png") }
            let task = Task {
                try fetchImages(
                    addresses, to: folder, workers: 2, keepsNames: false,
                    limits: DownloadLimits(answer: 600, silence: 600, retries: 50))
            }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("a key is sent to its own server alone, whatever that answers")
    func key() async throws {
        let thief = try LoopbackServer { _, _ in .init(200, Array(#"{"image": []}"#.utf8)) }
        let target = thief.url("stolen").absoluteString
        let server = try LoopbackServer { request, _ in
            switch request.path {
            case "/moved?q=a": .init(302, fields: ["Location": target])
            case "/near?q=a": .init(302, fields: ["Location": "/here"])
            default: .init(200, Array(#"{"image": []}"#.utf8))
            }
        }
        func search(_ path: String, _ headers: [String: String]) async throws {
            let address = server.url(path).absoluteString + "?q={query}"
            _ = try await JSONImageSearch(address: address, results: "image", headers: headers)
                .imageURLs(for: "a", limit: 1)
        }
        await #expect(throws: DownloadError.self) { try await search("moved", ["X-Key": "secret"]) }
        #expect(thief.requests.isEmpty)
        try await search("near", ["X-Key": "secret"])
        #expect(server.requests.last?.path == "/here" && server.requests.last?.fields["x-key"] == "secret")
        // Without a key there is nothing to steal.
        try await search("moved", [:])
        #expect(thief.requests.count == 1)
    }
}
