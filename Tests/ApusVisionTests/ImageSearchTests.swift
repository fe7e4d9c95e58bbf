// Searching pictures with a service on this computer.
import ApusCore
import Foundation
import LoopbackServer
import Testing

@testable import ApusVision

@Suite("Image search")
struct ImageSearchTests {
    private struct Fixed: ImageSearchProvider {
        let urls: [URL]
        func imageURLs(for query: String, limit: Int) async throws -> [URL] { urls }
    }

    @Test("addresses come each once, by https, and not more than asked for")
    func filtering() async throws {
        let texts = [
            "https://a.org/1.jpg", "http://a.org:80/2.jpg", "http://a.org/1.jpg", "ftp://a.org/3.jpg",
            "https://a.org/4.jpg", "https://a.org/5.jpg",
        ]
        let found = try await searchImages(
            "bear", using: Fixed(urls: texts.compactMap { URL(string: $0) }), maxCount: 3)
        #expect(found.map(\.absoluteString) == [1, 2, 4].map { "https://a.org/\($0).jpg" })
    }

    @Test("a service that answers in JSON is asked with the words, and its pictures are downloaded")
    func json() async throws {
        let picture = try Image(width: 5, height: 5, channels: 1, bytes: Array(0..<25)).encoded(as: .png)
        let server = try LoopbackServer { request, _ in
            if request.path.hasPrefix("/search") {
                let host = request.fields["host"] ?? ""
                let items = ["1.png", "2.png"].map { ["image": "http://\(host)/\($0)", "title": "a bear"] }
                let answer: [String: Any] = ["data": ["items": items], "count": 2]
                return .init(200, [UInt8](try! JSONSerialization.data(withJSONObject: answer)))
            }
            return request.path == "/1.png" ? .init(200, [UInt8](picture)) : .init(404)
        }
        let address = server.url("search").absoluteString + "?q={query}&count={limit}"
        let service = try JSONImageSearch(address: address, results: "data.items.image", headers: ["X-Key": "secret"])
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let found = try await downloadImages(matching: "brown bear & cub+é", using: service, to: folder, maxCount: 5)
        #expect(found.failures.map(\.source) == [server.url("2.png")])
        #expect(try imageFiles(in: folder) == found.fetched && found.fetched.count == 1)
        let request = try #require(server.requests.first)
        #expect(request.path == "/search?q=brown%20bear%20%26%20cub%2B%C3%A9&count=5")
        #expect(request.fields["x-key"] == "secret")

        let wrong = try JSONImageSearch(address: address, results: "data.pictures.image")
        let error = await #expect(throws: DataError.self) { try await searchImages("bear", using: wrong) }
        #expect("\(try #require(error))".contains("has no \"pictures\" in data; it has items"))
    }

    @Test("hostile answers, words and numbers are errors or few pictures, never a trap")
    func hostile() async throws {
        let answers: [String] = [
            "", "null", "1", "\"x\"", "[]", "{}", "[[[[[1]]]]]", #"{"image": null}"#, #"{"image": 3}"#,
            #"{"image": {"image": "https://a.org/1.jpg"}}"#, #"[{"image": "https://a.org/1.jpg"}, 7, null, []]"#,
            #"{"image": ["", " ", "\u0000", "https://", "file:///etc/passwd", "javascript:1", "https://a.org/1.jpg"]}"#,
            String(repeating: "[", count: 5000),
            String(repeating: "[", count: 400) + String(repeating: "]", count: 400),
            #"{"image": "https://a.org/"#,
        ]
        let server = try LoopbackServer { request, _ in
            let number = Int(request.path.dropFirst().prefix(while: \.isNumber)) ?? 0
            return .init(200, Array(answers[number].utf8))
        }
        for number in answers.indices {
            let address = server.url("\(number)").absoluteString + "?q={query}"
            let service = try JSONImageSearch(address: address, results: "image")
            let found = try? await searchImages("bear", using: service, maxCount: 5)
            // What is found is fetched by https alone.
            #expect((found ?? []).allSatisfy { $0.scheme == "https" && $0.host() == "a.org" }, "\(answers[number])")
        }
        let listed = try JSONImageSearch(
            address: server.url("11").absoluteString + "?q={query}&n={limit}", results: "image")
        for words in ["", "{limit}", "\u{0}", "../..", String(repeating: "é", count: 2000), "\n\r", "👩‍👩‍👧"] {
            let found = try? await searchImages(words, using: listed, maxCount: 5)
            #expect((found ?? []).count <= 1)
        }
        for count: Int in [-1, 0, .min, .max] {
            let found = try await searchImages("bear", using: listed, maxCount: count)
            #expect(found.count == (count > 0 ? 1 : 0))
        }
    }

    @Test("a service that refuses, redirects in the clear or sends no JSON is an error")
    func failures() async throws {
        let server = try LoopbackServer { request, _ in
            switch request.path {
            case "/page?q=a": .init(200, Array("<html>".utf8))
            case "/moved?q=a": .init(302, fields: ["Location": "http://example.org/"])
            default: .init(403)
            }
        }
        func search(_ path: String) async throws {
            let address = server.url(path).absoluteString + "?q={query}"
            _ = try await searchImages("a", using: try JSONImageSearch(address: address, results: "image"))
        }
        await #expect(throws: DataError.self) { try await search("page") }
        let refused = DownloadError.refused(address: server.url("key").absoluteString + "?q=a", status: 403)
        await #expect(throws: refused) { try await search("key") }
        await #expect(throws: DownloadError.self) { try await search("moved") }
        #expect(throws: DataError.self) { try JSONImageSearch(address: "https://a.org/", results: "image") }
        #expect(throws: DataError.self) { try JSONImageSearch(address: "https://a.org/{query}", results: ".") }
        let plain = try JSONImageSearch(address: "http://example.org/?q={query}", results: "image")
        await #expect(throws: DownloadError.self) { try await searchImages("a", using: plain) }
    }
}
