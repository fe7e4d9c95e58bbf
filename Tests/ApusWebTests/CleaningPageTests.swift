// The routes of the page that cleans: lists, pictures by number, choices, plan, applying and undoing.
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ApusWeb

@Suite struct CleaningPageTests {
    /// Four pictures in two folders, and a file that is none.
    private func pets(_ folder: URL) throws -> [URL] {
        let image = try Image(
            width: 40, height: 20, channels: 3, bytes: (0..<2400).map { UInt8(truncatingIfNeeded: $0) })
        var files: [URL] = []
        for path in ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png", "dog/3.png"] {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            if path == "dog/3.png" { try Data("no picture".utf8).write(to: file) } else { try image.write(to: file) }
            files.append(file)
        }
        return files
    }

    private func withPage(_ body: (RouteAsker, URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "clean-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let cleaner = try DataCleaner(files: pets(folder), in: folder)
        let page = CleaningPage(cleaner, title: "Pets & <more>", kind: .pictures) { cleaner in
            CleaningAdvice(command: "train \(cleaner.items(by: .given).count)")
        }
        let router = Router()
        router.add(middleware: WebErrors())
        page.addRoutes(to: router)
        try await body(RouteAsker(router), folder)
    }

    private func json(_ answer: (status: HTTPResponse.Status, headers: HTTPFields, body: Data)) throws -> [String: Any]
    {
        try #require(JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    }

    @Test("the page has its title as text, and its script and styles are there")
    func page() async throws {
        try await withPage { ask, _ in
            let page = String(decoding: try await ask("/").body, as: UTF8.self)
            #expect(page.contains("<h1>Clean Pets &amp; &lt;more&gt;</h1>") && page.contains("assets/clean.js"))
            #expect(!page.contains("{{"))
            for name in ["clean.js", "clean.css", "apus.js", "strings.js"] {
                #expect(try await ask("/assets/\(name)").status == .ok, "\(name)")
            }
        }
    }

    @Test("every string that the script or the template asks for is there")
    func strings() throws {
        let pages = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/ApusWeb/Pages")
        let texts = try ["clean.js", "clean.html"].map {
            try String(contentsOf: pages.appending(path: $0), encoding: .utf8)
        }.joined()
        // Keys that are put together have their last part from a list; the others are asked for as a whole.
        let keys = texts.matches(of: /["{]((?:clean|common)\.[A-Za-z.]+[A-Za-z])["}]/).map { String($0.1) }
        #expect(keys.count > 40)
        for key in Set(keys) { #expect(PageAssets.shared.strings[key] != nil, "\(key)") }
        for order in DataCleaner.Order.allCases.map(\.rawValue) + ["duplicates"] {
            for kind in ["order", "explain", "none"] {
                #expect(PageAssets.shared.strings["clean.\(kind).\(order)"] != nil, "\(kind) \(order)")
            }
        }
    }

    @Test("items are listed by part and class, a piece at a time")
    func lists() async throws {
        try await withPage { ask, _ in
            let state = try json(await ask("/state"))
            #expect((state["classes"] as? [[String: Any]])?.map { $0["count"] as? Int } == [2, 3])
            #expect((state["orders"] as? [[String: Any]])?.map { $0["name"] as? String } == ["given", "unreadable"])
            let page = try json(await ask("/items?order=given&class=dog&offset=1&count=1"))
            let items = try #require(page["items"] as? [[String: Any]])
            #expect(page["total"] as? Int == 3 && items.map { $0["name"] as? String } == ["dog/2.png"])
            #expect(try json(await ask("/items?order=given&part=valid"))["total"] as? Int == 0)
            #expect(try json(await ask("/items?order=given&offset=999"))["total"] as? Int == 5)
            for wrong in [
                "order=worst", "order=given&part=all", "order=given&count=-1", "order=given&offset=1e3",
                "order=duplicates&threshold=2", "order=given&count=99999999999999999999",
            ] {
                #expect(try await ask("/items?\(wrong)").status == .badRequest, "\(wrong)")
            }
        }
    }

    @Test("pictures are asked for by number, in the sides that there are, and nothing else is read")
    func thumbnails() async throws {
        try await withPage { ask, _ in
            let small = try await ask("/thumbnails/256/0")
            #expect(small.headers[.contentType] == "image/jpeg")
            let image = try Image(data: small.body)
            #expect(image.width == 40 && image.height == 20)
            for (path, status) in [
                ("/thumbnails/256/5", HTTPResponse.Status.notFound), ("/thumbnails/256/-1", .notFound),
                ("/thumbnails/256/4", .notFound), ("/thumbnails/300/0", .badRequest),
                ("/thumbnails/256/..%2F..%2Fetc%2Fpasswd", .badRequest), ("/thumbnails/256/0.png", .badRequest),
                ("/texts/77", .notFound),
            ] {
                let answer = try await ask(path)
                #expect(answer.status == status, "\(path)")
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("/clean-"), "\(path)")
            }
        }
    }

    @Test("what is chosen is planned, applied when the plan is agreed to, and undone")
    func applying() async throws {
        try await withPage { ask, folder in
            func post(_ path: String, _ body: String) async throws -> (HTTPResponse.Status, [String: Any]) {
                let answer = try await ask(path, .post, headers: [.contentType: "application/json"], body: body)
                let object = try JSONSerialization.jsonObject(with: answer.body)
                return (answer.status, object as? [String: Any] ?? ["notes": object])
            }
            func isThere(_ path: String) -> Bool {
                FileManager.default.fileExists(atPath: folder.appending(path: path).path)
            }
            #expect(try await post("/choices", #"{"items": [0], "choice": "delete"}"#).1["delete"] as? Int == 1)
            let chosen = try await post("/choices", #"{"items": [2, 3], "choice": "relabel", "label": "cat"}"#)
            #expect(chosen.1["relabel"] as? Int == 2)
            #expect(try await post("/choices", #"{"items": [3], "choice": null}"#).1["relabel"] as? Int == 1)
            for wrong in [
                #"{"items": [99], "choice": "keep"}"#, #"{"items": [0], "choice": "relabel", "label": "../../tmp"}"#,
            ] {
                #expect(try await post("/choices", wrong).0 == .unprocessableContent, "\(wrong)")
            }
            for wrong in ["{", "[]", #"{"items": "all"}"#, #"{"items": [0], "choice": "burn"}"#] {
                #expect(try await post("/choices", wrong).0 == .badRequest, "\(wrong)")
            }
            let plan = try json(await ask("/plan"))
            #expect(plan["steps"] as? [String] == ["cat/1.png goes into the bin.", "dog/1.png becomes cat/1-2.png."])
            let agreement = try #require(plan["agreement"] as? String)
            #expect(try await post("/apply", #"{"agreement": "0"}"#).0 == .conflict)
            // A plan that has become another one since is not applied.
            _ = try await post("/choices", #"{"items": [3], "choice": "delete"}"#)
            #expect(try await post("/apply", #"{"agreement": "\#(agreement)"}"#).0 == .conflict)
            #expect(isThere("cat/1.png") && isThere("dog/1.png"))
            _ = try await post("/choices", #"{"items": [3]}"#)
            let applied = try await post("/apply", #"{"agreement": "\#(agreement)"}"#)
            #expect(applied.0 == .ok && applied.1["deleted"] as? Int == 1 && applied.1["relabeled"] as? Int == 1)
            #expect((applied.1["advice"] as? [String: Any])?["command"] as? String == "train 4")
            #expect(!isThere("cat/1.png") && !isThere("dog/1.png") && isThere("cat/1-2.png"))
            #expect(try await ask("/thumbnails/64/0").status == .notFound)
            #expect(try await ask("/thumbnails/64/2").status == .ok)
            #expect(try await post("/undo", "{}").0 == .ok)
            #expect(isThere("cat/1.png") && isThere("dog/1.png") && !isThere("cat/1-2.png"))
            #expect(try await post("/undo", "{}").0 == .conflict)
            // What had been chosen is chosen again.
            #expect((try json(await ask("/state"))["chosen"] as? [String: Int])?["delete"] == 1)
        }
    }
}
