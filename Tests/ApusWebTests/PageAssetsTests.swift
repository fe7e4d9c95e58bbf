import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ApusWeb

@Suite struct PageAssetsTests {
    private var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/ApusWeb/Pages").standardized
    }

    @Test("every file of the pages is part of the program, as it is on the disk")
    func areEmbedded() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.count >= 5)
        for name in names {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            switch name.split(separator: ".").last {
            case "html": #expect(!PageAssets.shared.html(name).source.isEmpty, "\(name)")
            case "json": #expect(!PageAssets.shared.strings.isEmpty)
            default: #expect(PageAssets.shared.files[name].map { String(buffer: $0.bytes) } == text, "\(name)")
            }
        }
    }

    @Test("scripts and styles stand in files of their own, and nothing is asked of another host")
    func needNoOtherHost() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "icon.svg" {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(!text.contains("http://") && !text.contains("https://"), "\(name)")
            if name.hasSuffix(".html") {
                #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick="), "\(name)")
                #expect(text.matches(of: #/<script(?![^>]* src=)/#).isEmpty, "\(name)")
            }
        }
    }

    @Test("keys of strings that templates and scripts use are in strings.json")
    func stringsAreUsed() throws {
        var used: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "strings.json" {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            used.formUnion(text.matches(of: #/\{\{([a-z]+\.[A-Za-z0-9.]+)\}\}/#).map { String($0.1) })
            used.formUnion(text.matches(of: #/text\("([a-z]+\.[A-Za-z0-9.]+)"/#).map { String($0.1) })
        }
        for key in used { #expect(PageAssets.shared.strings[key] != nil, "strings.json has no \(key)") }
    }

    @Test("texts are escaped, HTML is not")
    func escapes() {
        let name = "<a href='x'>&\"é"
        #expect(HTMLText(name).source == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;é")
        #expect(("<p>\(name) \(3)</p>" as HTMLText).source == "<p>&lt;a href=&#39;x&#39;&gt;&amp;&quot;é 3</p>")
        #expect(
            ("<ul>\(["<li>\("<")</li>", "<li>b</li>"] as [HTMLText])</ul>" as HTMLText).source
                == "<ul><li>&lt;</li>\n<li>b</li></ul>")
        // What a value holds is not searched for names again.
        let page = WebPage(title: "{{main}}", header: "<h1>a</h1>", main: "<p>{{title}}</p>").html.source
        #expect(page.contains("<title>{{main}}</title>") && page.contains("<p>{{title}}</p>"))
    }

    @Test("browsers get files with their type and a tag, and 304 for what they have")
    func areServed() async throws {
        let router = Router()
        PageAssets.addRoutes(to: router.group("pages"))
        try await Application(router: router).test(.router) { client in
            let css = try await client.execute(uri: "/pages/assets/apus.css", method: .get)
            #expect(css.status == .ok && css.headers[.contentType] == "text/css; charset=utf-8")
            let tag = try #require(css.headers[.eTag])
            let again = try await client.execute(
                uri: "/pages/assets/apus.css", method: .get, headers: [.ifNoneMatch: "\"x\", \(tag)"])
            #expect(again.status == .notModified && again.body.readableBytes == 0)
            let strings = try await client.execute(uri: "/pages/assets/strings.js", method: .get)
            #expect(String(buffer: strings.body).hasPrefix("export default {"))
            for name in ["shell.html", "strings.json", "none.css", "..%2Fapus.css"] {
                let missing = try await client.execute(uri: "/pages/assets/\(name)", method: .get)
                #expect(missing.status == .notFound)
            }
        }
    }
}
