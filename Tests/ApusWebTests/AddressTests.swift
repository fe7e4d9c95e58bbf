// Which addresses a server fetches from for others.
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import ApusWeb

@Suite("Addresses that clients name")
struct AddressTests {
    @Test("a server listens on this computer alone unless it is told otherwise")
    func isLocal() {
        #expect(WebAddress().host == "127.0.0.1")
    }

    @Test(
        "addresses of this computer, of private networks, of links and of many receivers are not public",
        arguments: [
            "127.0.0.1", "127.255.255.255", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
            "224.0.0.1", "239.255.255.250", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
            "::127.0.0.1", "64:ff9b::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::", "2001::1", "3fff::1", "4000::1",
        ])
    func isNotPublic(_ text: String) throws {
        #expect(try !#require(NetworkAddress(text)).isPublic)
    }

    @Test(
        "others are",
        arguments: [
            "8.8.8.8", "1.1.1.1", "172.32.0.1", "172.15.0.1", "100.128.0.1", "192.1.1.1", "2606:4700::1111",
            "2a00:1450::1",
        ])
    func isPublic(_ text: String) throws {
        #expect(try #require(NetworkAddress(text)).isPublic)
    }

    @Test("addresses in disguise are found out when they are looked up")
    func disguises() {
        for host in ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "::ffff:127.0.0.1"] {
            #expect(NetworkAddress.resolving(host)?.isPublic != true, "\(host)")
        }
        #expect(NetworkAddress("127.1") == nil && NetworkAddress("example.org") == nil)
    }

    @Test("what is no address of a picture on the public internet is refused before anything is fetched")
    func refused() async throws {
        func message(_ url: String, _ policy: URLPolicy = .public) async -> String {
            do {
                _ = try await URLFetcher(policy: policy).checked(url)
                return ""
            } catch { return "\(error)" }
        }
        for url in ["", "cat.jpg", "file:///etc/passwd", "ftp://8.8.8.8/a.jpg", "gopher://8.8.8.8/", "http://"] {
            #expect(await message(url).hasPrefix("url= is no address"), "\(url)")
        }
        #expect(await message("http://user:secret@8.8.8.8/a.jpg").contains("has a user in it"))
        #expect(await message("http://8.8.8.8:22/").contains("names the port 22"))
        #expect(await message("http://8.8.8.8%2f@127.0.0.1/") != "")
        #expect(await message("http://127.0.0.1/a.jpg").contains("is not on the public internet"))
        #expect(await message("http://[::1]/a.jpg").contains("is not on the public internet"))
        #expect(await message("http://169.254.169.254/latest/meta-data").contains("is not on the public internet"))
        #expect(await message("http://8.8.8.8/a.jpg") == "")
        #expect(await message("http://127.0.0.1:9/a.jpg", .any) == "")
        #expect(await message("http://\(String(repeating: "a", count: 3000))/").hasPrefix("url= is no address"))
    }

    /// A server on this computer from which pictures are fetched.
    private static func pictures() -> Application<RouterResponder<BasicRequestContext>> {
        let router = Router()
        router.get("red.png") { _, _ in
            Response.bytes(ByteBuffer(bytes: try Fixtures.png(Fixtures.red)), type: "image/png")
        }
        router.get("moved") { _, _ in Response.redirect(to: "/red.png") }
        router.get("round") { _, _ in Response.redirect(to: "/round") }
        router.get("away") { _, _ in Response.redirect(to: "file:///etc/passwd") }
        router.get("large") { _, _ in
            Response(
                status: .ok, headers: [:],
                body: ResponseBody { writer in
                    for _ in 0..<64 { try await writer.write(ByteBuffer(repeating: 0, count: 65_536)) }
                    try await writer.finish(nil)
                })
        }
        return Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            logger: .init(label: "pictures") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("pictures are fetched, redirects followed, and what is too large or leads nowhere is told of")
    func fetching() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await Self.pictures().test(.live) { pictures in
            let port = try #require(pictures.port)
            let host = "http://127.0.0.1:\(port)"
            try await Fixtures.test(
                service,
                { options, routes in
                    routes.urls = .any
                    options.body.bytes = 1 << 20
                }
            ) { client in
                let found = try await client.get("/classify-url?url=\(host)/red.png?size=large")
                #expect(found.status == .ok)
                #expect(found.json["label"] == "red" && found.json["file"] == "red.png")
                #expect(found.json["predictions"]?.pairs.map(\.name).first == "red")
                #expect(try await client.get("/classify-url?url=\(host)/moved").json["label"] == "red")
                let round = try await client.get("/classify-url?url=\(host)/round")
                #expect(round.status == .badGateway && round.message.contains("more than 3 times"))
                #expect(try await client.get("/classify-url?url=\(host)/away").status == .unprocessableContent)
                #expect(try await client.get("/classify-url?url=\(host)/large").status == .contentTooLarge)
                let absent = try await client.get("/classify-url?url=\(host)/absent.png")
                #expect(absent.status == .badGateway && absent.message.contains("the status 404"))
                #expect(try await client.get("/classify-url?url=http://127.0.0.1:1/a.png").status == .badGateway)
                #expect(try await client.get("/classify-url").status == .badRequest)
            }
            // A server that fetches from the public internet alone.
            try await Fixtures.test(service) { client in
                #expect(try await client.get("/classify-url?url=\(host)/red.png").status == .unprocessableContent)
                let hidden = try await client.get("/classify-url?url=http://127.0.0.1/red.png")
                #expect(hidden.message.contains("is not on the public internet"))
            }
            try await Fixtures.test(service, { $1.urls = .none }) { client in
                let answer = try await client.get("/classify-url?url=\(host)/red.png")
                #expect(answer.status == .notFound)
            }
        }
    }
}
