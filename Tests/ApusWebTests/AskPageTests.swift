// The page that asks models: its forms, its answers, corrections that are kept.
import ApusTabular
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing
import Torch

@testable import ApusWeb

/// The threads on which a model ran.
private final class ModelThreads: Sendable {
    let seen = Mutex<Set<ObjectIdentifier>>([])
}

/// A color for each class at each place, and the mean of them over the picture.
private final class MeanOfPlaces: Module {
    let conv = Conv2d(3, 3, kernelSize: 1, bias: false)
    private let threads: ModelThreads

    init(_ threads: ModelThreads = ModelThreads()) {
        self.threads = threads
        super.init()
        conv.weight = Tensor([[0, 0, 2], [0, 2, 0], [2, 0, 0]] as [[Float]]).reshape(3, 3, 1, 1)
    }

    override func forward(_ input: Tensor) -> Tensor {
        let thread = ObjectIdentifier(Thread.current)
        threads.seen.withLock { _ = $0.insert(thread) }
        return conv(input).mean(dims: [2, 3])
    }
}

@Suite("The page that asks models")
struct AskPageTests {
    private static let browser: HTTPFields = [.accept: "text/html,application/xhtml+xml"]
    private static let script: HTTPFields = [HTTPField.Name("X-Requested-With")!: "XMLHttpRequest"]

    private func test(
        _ service: ModelService, _ options: PageOptions = PageOptions(), path: RouterPath = "",
        _ body: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        var web = WebOptions()
        web.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        web.token = options.token
        let server = try WebServer(web, counting: service) { router in
            router.addRoutes(service.page(options, context: WebContext.self), atPath: path)
        }
        try await server.application().test(.router, body)
    }

    private func withFeedback(
        limit: Int = 1 << 20, _ body: (PageOptions, FeedbackStore) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "feedback-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = PageOptions()
        let store = try FeedbackStore(folder: folder, limit: limit)
        options.feedback = store
        try await body(options, store)
    }

    /// Posts the fields of a form, of which the one called "file" is a file.
    private func send(
        _ fields: [(String, Data)], to path: String = "/", headers: HTTPFields = script,
        _ client: any TestClientProtocol
    ) async throws -> TestResponse {
        try await client.post(
            path, form(fields.map { ($0.0, $0.0 == "file" ? "a.png" : nil, nil, $0.1) }),
            type: "multipart/form-data; boundary=XYZ", headers: headers)
    }

    private func text(_ response: TestResponse) -> String { String(buffer: response.body) }

    /// What stands between two texts.
    private func part(_ text: String, from start: String, to end: String) -> String? {
        guard let first = text.range(of: start), let last = text[first.upperBound...].range(of: end) else { return nil }
        return String(text[first.upperBound..<last.lowerBound])
    }

    // MARK: Forms

    @Test("each kind of model has its form, and a page loads nothing from elsewhere")
    func forms() async throws {
        let service = try Fixtures.service(
            ("colors", Fixtures.colors()), ("rows", Fixtures.table()), ("films", Fixtures.films()),
            ("feeling", Fixtures.feeling()), ("writer", Fixtures.writer()), ("generator", Fixtures.generator()))
        try await test(service) { client in
            let first = try await client.get("/")
            #expect(first.status == .ok && first.headers[.contentType] == "text/html; charset=utf-8")
            #expect(first.headers[.contentSecurityPolicy]?.contains("default-src 'self'") == true)
            let page = text(first)
            #expect(page.contains("name=\"file\" type=\"file\" accept=\"image/*\""))
            #expect(page.contains("href=\"./?model=films\""))
            #expect(!page.contains("{{") && !page.contains("http://") && !page.contains("https://"))
            let rows = text(try await client.get("/?model=rows"))
            #expect(rows.contains("<select id=\"field-column-kind\" name=\"column.kind\">"))
            #expect(rows.contains("<option value=\"b\">b</option>"))
            // The mean of 1, 2 and 4.
            #expect(rows.contains("name=\"column.size\" type=\"text\" inputmode=\"decimal\" value=\"2"))
            let films = text(try await client.get("/?model=films"))
            #expect(films.contains("name=\"column.user\"") && films.contains("<option value=\"Alien\">Alien</option>"))
            #expect(text(try await client.get("/?model=feeling")).contains("<textarea id=\"field-text\" name=\"text\""))
            let writer = text(try await client.get("/?model=writer"))
            #expect(writer.contains("name=\"words\"") && writer.contains("data-stream=\"models/writer/predict\""))
            let generator = text(try await client.get("/?model=generator"))
            #expect(generator.contains("name=\"text\" type=\"text\" inputmode=\"numeric\""))
            let missing = try await client.get("/?model=cats")
            #expect(missing.status == .notFound)
        }
    }

    @Test("the page may stand at a path of another application")
    func standsAtPath() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await test(service, path: "ask") { client in
            let redirected = try await client.get("/ask?model=colors")
            #expect(redirected.status == .temporaryRedirect)
            #expect(redirected.headers[.location] == "ask/?model=colors")
            let page = try await client.get("/ask/")
            #expect(text(page).contains("href=\"assets/apus.css\""))
            #expect(try await client.get("/ask/assets/apus.css").status == .ok)
        }
    }

    @Test("names that are HTML are shown as they are")
    func escapes() async throws {
        let block = try TabularBlock(
            categorical: ["<b>"], continuous: ["\"size\""], processes: [.categorify(), .fillMissing()]
        ).fitted(to: [["<b>": "<i>&", "\"size\"": 1], ["<b>": "x", "\"size\"": 2]])
        let model = try Predictor(
            Pipeline(input: block, target: NumberBlock()), RowSum(), precision: .float32
        ).served()
        let service = try Fixtures.service(("rows", model))
        try await test(service) { client in
            let page = text(try await client.get("/"))
            #expect(page.contains(">&lt;b&gt;</label>") && page.contains("<option value=\"&lt;i&gt;&amp;\""))
            #expect(!page.contains("<b>") && !page.contains("<i>"))
            let answer = try await send(
                [("column.<b>", Data("<u>".utf8)), ("column.\"size\"", Data("2".utf8))], client)
            #expect(answer.status == .ok && !text(answer).contains("<u>"))
        }
    }

    // MARK: Answers

    @Test("a picture gets bars of the classes in descending order, on a page or as its part")
    func pictures() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await test(service) { client in
            let picture = try Fixtures.png(Fixtures.red)
            let answer = try await send([("file", picture)], client)
            #expect(answer.status == .ok)
            let shown = text(answer)
            // The softmax of 2, 0 and 0 is 0.787, 0.1065, 0.1065.
            #expect(shown.hasPrefix("<article class=\"answer card\" data-summary=\"red 79 %\">"))
            #expect(shown.contains("<h2 tabindex=\"-1\">red <span class=\"share\">79 %</span></h2>"))
            #expect(shown.contains("<rect class=\"share\" width=\"78.7\" height=\"10\"/>"))
            let names = shown.matches(of: #/<th scope="row">(\w+)</th>/#).map { String($0.1) }
            #expect(names == ["red", "blue", "green"])
            let encoded = try #require(part(shown, from: "src=\"data:image/jpeg;base64,", to: "\""))
            let image = try Image(data: #require(Data(base64Encoded: encoded)))
            #expect(image.size == ImageSize(height: 6, width: 8))
            let page = try await send([("file", picture)], headers: Self.browser, client)
            #expect(text(page).hasPrefix("<!DOCTYPE html>") && text(page).contains("data-summary=\"red 79 %\""))
        }
    }

    @Test("rows, numbers, masks, points, texts, recommendations and several targets have their answers")
    func otherKinds() async throws {
        let service = try Fixtures.service(
            ("rows", Fixtures.table()), ("films", Fixtures.films()), ("feeling", Fixtures.feeling()),
            ("writer", Fixtures.writer()), ("tags", Fixtures.tags()), ("mask", Fixtures.mask()),
            ("point", Fixtures.point()), ("swapped", Fixtures.swapped()), ("labels", Fixtures.manyColors()),
            ("several", Fixtures.several()))
        try await test(service) { client in
            func answer(_ model: String, _ fields: [(String, String)]) async throws -> String {
                let response = try await send(
                    [("model", Data(model.utf8))] + fields.map { ($0.0, Data($0.1.utf8)) }, client)
                #expect(response.status == .ok, "\(model): \(text(response))")
                return text(response)
            }
            func answer(_ model: String, _ color: [UInt8]) async throws -> String {
                text(try await send([("model", Data(model.utf8)), ("file", Fixtures.png(color))], client))
            }
            // The class "b" has the number 2, and ten times that is added to the size.
            #expect(
                try await answer("rows", [("column.kind", "b"), ("column.size", "4")])
                    .contains("<p class=\"number-answer\" tabindex=\"-1\">24</p>"))
            let films = try await answer("films", [("column.user", "ada")])
            #expect(films.contains("<th scope=\"row\">Casablanca</th><td class=\"number\">13.00</td>"))
            #expect(try await answer("feeling", [("text", "good good bad")]).contains("positive <span"))
            #expect(
                try await answer("writer", [("text", "good"), ("words", "3")])
                    .contains("<p class=\"generated\" tabindex=\"-1\">good film bad film</p>"))
            #expect(
                try await answer("tags", [("text", "good film")]).contains(
                    "<mark>good <span class=\"tag\">ADJ</span></mark>"))
            let mask = try await answer("mask", Fixtures.green)
            // The overlay and what was sent; the gray levels of the mask itself look black.
            #expect(mask.components(separatedBy: "data:image/jpeg;base64,").count == 3)
            #expect(mask.contains("<th scope=\"row\">green</th>"))
            #expect(mask.contains("<ul class=\"legend\"><li><svg"))
            #expect(try await answer("point", Fixtures.red).contains("data:image/jpeg;base64,"))
            #expect(try await answer("swapped", Fixtures.red).contains("The model&#39;s picture"))
            #expect(try await answer("labels", Fixtures.red).contains("<h2 tabindex=\"-1\">red</h2>"))
            let several = try await answer("several", Fixtures.red)
            #expect(several.contains("<h2>color</h2>") && several.contains("<h3 tabindex=\"-1\">warm <span"))
        }
    }

    @Test("what is wrong with a form is told on the page with the status, and to scripts as JSON")
    func errors() async throws {
        let service = try Fixtures.service(("rows", Fixtures.table()), ("colors", Fixtures.colors()))
        try await test(service) { client in
            let rows: [(String, Data)] = [("column.kind", Data("b".utf8)), ("column.size", Data("<much>".utf8))]
            let page = try await send(rows, headers: Self.browser, client)
            #expect(page.status == .unprocessableContent)
            let shown = text(page)
            #expect(shown.contains("<p class=\"notice bad\" role=\"alert\" tabindex=\"-1\">size=&lt;much&gt;"))
            // What was typed stays.
            #expect(shown.contains("value=\"&lt;much&gt;\"") && shown.contains("<option value=\"b\" selected>"))
            let part = try await send(rows, client)
            #expect(part.status == .unprocessableContent && part.message.contains("a number"))
            let empty = try await send([("model", Data("colors".utf8)), ("file", Data())], client)
            #expect(empty.status == .badRequest && empty.message.contains("choose a picture"))
            let text = try await send([("model", Data("colors".utf8)), ("file", Data("no".utf8))], client)
            #expect(text.status == .unsupportedMediaType)
            let json = try await client.post("/", json: ["text": "a"])
            #expect(json.status == .unsupportedMediaType && json.message.contains("POST /predict"))
        }
    }

    @Test("where a classifier looked is a picture of the answer, lighter where the class's color is")
    func heatMaps() async throws {
        let predictor = Predictor(
            Pipeline(input: ImageBlock(), target: CategoryBlock(vocabulary: Fixtures.colorNames)), MeanOfPlaces(),
            precision: .float32)
        let service = try Fixtures.service(
            ("places", predictor.served()), ("colors", Fixtures.colors()))
        #expect(service.cards[0].card.answer.pictures == ["heatmap"])
        try await test(service) { client in
            // Red on the left, black on the right.
            let half = try Image(
                width: 8, height: 4, channels: 3,
                bytes: (0..<32).flatMap { $0 % 8 < 4 ? [255, 0, 0] : [0, 0, 0] as [UInt8] })
            let plain = text(try await send([("file", half.encoded(as: .png))], client))
            let held = try #require(part(plain, from: "name=\"held\" value=\"", to: "\""))
            let explained = text(
                try await send([("held", Data(held.utf8)), ("explain", Data("yes".utf8))], client))
            let encoded = try #require(part(explained, from: "src=\"data:image/jpeg;base64,", to: "\""))
            let map = try Image(data: #require(Data(base64Encoded: encoded)))
            // The largest number is light yellow, the least nearly black: 0.4 of the picture and 0.6 of the color.
            #expect(map.bytes[0] > 230 && map.bytes[1] > 110)
            let right = 3 * 7
            #expect(map.bytes[right..<right + 3].allSatisfy { $0 < 60 })
            #expect(!explained.contains("class=\"explain\""))
            let gone = try await send([("held", Data("guess".utf8)), ("explain", Data("yes".utf8))], client)
            #expect(gone.status == .gone)
            // A layer of numbers says nothing of places.
            let none = try await send(
                [
                    ("model", Data("colors".utf8)), ("explain", Data("yes".utf8)),
                    ("file", Fixtures.png(Fixtures.red)),
                ], client)
            #expect(none.status == .unprocessableContent)
        }
    }

    @Test("heat maps are made on the model's own thread, and a full queue refuses them as other answers")
    func heatMapsInQueue() async throws {
        let threads = ModelThreads()
        let predictor = Predictor(
            Pipeline(input: ImageBlock(), target: CategoryBlock(vocabulary: Fixtures.colorNames)),
            MeanOfPlaces(threads), precision: .float32)
        var options = ServiceOptions()
        options.limits.maxQueue = 1
        let service = try Fixtures.service(("maps", predictor.served()), options: options)
        let red = SentItem(.bytes(try Fixtures.png(Fixtures.red)))
        var asked = AnswerOptions()
        asked.pictures = ["heatmap"]
        let answer = try await service.answer(Question(red, asked))
        #expect(answer.pictures["heatmap"] != nil)
        // The prediction and the map on the same one.
        #expect(threads.seen.withLock { $0.count } == 1)
        let worker = try service.worker(nil)
        try worker.reserve(1)
        await #expect(throws: WebError.self) { try await service.answer(Question(red, asked)) }
    }

    // MARK: Corrections

    @Test("a correction is kept with what was sent and answered, once there is consent")
    func keepsCorrections() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await withFeedback { options, store in
            try await test(service, options) { client in
                let picture = try Fixtures.png(Fixtures.red)
                let answer = text(try await send([("file", picture)], client))
                #expect(answer.contains("<details class=\"correct\">"))
                let held = Data(try #require(part(answer, from: "name=\"held\" value=\"", to: "\"")).utf8)
                let said: [(String, Data)] = [("held", held), ("correction", Data("blue".utf8))]
                let unasked = try await send(said, to: "/feedback", client)
                #expect(unasked.status == .unprocessableContent && unasked.message.contains("consent=yes"))
                #expect(try store.all().isEmpty)
                let consent = ("consent", Data("yes".utf8))
                let kept = try await send(said + [consent], to: "/feedback", client)
                #expect(kept.status == .ok && text(kept).contains("Thank you."))
                let feedback = try store.all()
                #expect(feedback.count == 1)
                #expect(feedback.first?.answer == "red" && feedback.first?.correction == ["blue"])
                #expect(feedback.first?.kind == .picture && feedback.first?.model == "colors")
                #expect(abs((feedback.first?.probability ?? 0) - 0.786_986) < 1e-6)
                let file = try #require(feedback.first.flatMap { store.file(of: $0) })
                #expect(file.pathExtension == "png")
                #expect(try Data(contentsOf: file) == picture)
                // A program sends the picture itself, and gets JSON; nothing said means that it is only wrong.
                let program = try await send(
                    [("file", try Fixtures.png(Fixtures.green)), consent], to: "/feedback", headers: [:], client)
                #expect(program.status == .ok && program.json["state"] == "kept")
                #expect(try store.all().last?.correction == nil)
                #expect(try store.all().last?.answer == "green")
                let other = try await send(
                    [("held", held), ("correction", Data("purple".utf8)), consent], to: "/feedback", client)
                #expect(other.status == .unprocessableContent && other.message.contains("purple"))
                let foreign = try await send(
                    said + [consent], to: "/feedback", headers: [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"],
                    client)
                #expect(foreign.status == .forbidden)
                #expect(try store.all().count == 2)
            }
            // Where nobody asks there is no such route.
            try await test(service) { client in
                let none = try await send([("consent", Data("yes".utf8))], to: "/feedback", client)
                #expect(none.status == .notFound)
                #expect(!text(try await send([("file", Fixtures.png(Fixtures.red))], client)).contains("feedback"))
            }
        }
    }

    @Test("labels, numbers, rows and texts are corrected in their own way")
    func otherCorrections() async throws {
        let service = try Fixtures.service(
            ("labels", Fixtures.manyColors()), ("rows", Fixtures.table()), ("feeling", Fixtures.feeling()),
            ("films", Fixtures.films()))
        try await withFeedback { options, store in
            try await test(service, options) { client in
                func correct(_ model: String, _ fields: [(String, Data)]) async throws -> TestResponse {
                    try await send(
                        [("model", Data(model.utf8)), ("consent", Data("yes".utf8))] + fields, to: "/feedback", client)
                }
                let picture = ("file", try Fixtures.png(Fixtures.red))
                let words = { (text: String) in ("correction", Data(text.utf8)) }
                #expect(try await correct("labels", [picture, words("red"), words("blue")]).status == .ok)
                #expect(try await correct("labels", [picture]).status == .ok)
                #expect(try await correct("labels", [picture, ("unknown", Data("yes".utf8))]).status == .ok)
                let row = [("column.kind", Data("b".utf8)), ("column.size", Data("4".utf8))]
                #expect(try await correct("rows", row + [words(" 3.50 ")]).status == .ok)
                #expect(try await correct("rows", row + [words("three")]).status == .unprocessableContent)
                #expect(
                    try await correct("feeling", [("text", Data("good\r\nbad".utf8)), words("negative")]).status == .ok)
                // Nothing trains on corrected ratings.
                #expect(try await correct("films", [("column.user", Data("ada".utf8))]).status == .unprocessableContent)
            }
            let said = try store.all()
            #expect(said.map(\.correction) == [["red", "blue"], [], nil, ["3.5"], ["negative"]])
            #expect(said[3].row == ["kind": "b", "size": "4"])
            let file = try #require(store.file(of: said[4]))
            let kept = try String(contentsOf: file, encoding: .utf8)
            #expect(file.pathExtension == "txt" && kept == "good\nbad")
        }
    }

    @Test("a store without room answers 507")
    func isFull() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await withFeedback(limit: 10) { options, store in
            try await test(service, options) { client in
                let full = try await send(
                    [("file", Fixtures.png(Fixtures.red)), ("consent", Data("yes".utf8))], to: "/feedback", client)
                #expect(full.status == .insufficientStorage)
                #expect(!full.message.contains(store.folder.path))
            }
        }
    }

    @Test("with a token the page asks for it, and answers nobody without")
    func token() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        var options = PageOptions()
        options.token = "secret"
        try await test(service, options) { client in
            #expect(text(try await client.get("/")).contains("name=\"token\" type=\"password\""))
            let picture = ("file", try Fixtures.png(Fixtures.red))
            for token in [nil, "secre", "secrets"] as [String?] {
                let fields = [picture] + (token.map { [("token", Data($0.utf8))] } ?? [])
                #expect(try await send(fields, client).status == .unauthorized)
            }
            #expect(try await send([picture, ("token", Data("secret".utf8))], client).status == .ok)
            var headers = Self.script
            headers[.authorization] = "Bearer secret"
            #expect(try await send([picture], headers: headers, client).status == .ok)
        }
    }

    // MARK: What is held

    @Test("what is held has a name nobody can guess, a largest size and an end")
    func holdsForAWhile() throws {
        let held = HeldItems(limit: 20_000, lifetime: .seconds(60))
        func item(_ count: Int) -> HeldItem {
            HeldItem(item: SentItem(.bytes(Data(count: count))), model: "m", answer: ModelAnswer(summary: ""))
        }
        let start = ContinuousClock.now
        #expect(held.hold(item(20_000), now: start) == nil)
        let first = try #require(held.hold(item(5000), now: start))
        #expect(first.count >= 20)
        #expect(try held.item(first, now: start).item.size == 5000)
        let second = try #require(held.hold(item(5000), now: start))
        #expect(first != second)
        // Each counts 4096 bytes more: the third has no room beside both.
        let third = try #require(held.hold(item(5000), now: start))
        #expect(throws: WebError.self) { try held.item(first, now: start) }
        #expect((try? held.item(second, now: start)) != nil)
        #expect(throws: WebError.self) { try held.item(third, now: start + .seconds(61)) }
    }

    @Test("what kind of file a picture is comes from its bytes, never from its name")
    func knowsFiles() throws {
        #expect(try Fixtures.png(Fixtures.red).pictureExtension == "png")
        #expect(try Fixtures.picture(Fixtures.red).encoded(as: .jpeg()).pictureExtension == "jpg")
        #expect(try Fixtures.picture(Fixtures.red).encoded(as: .webp()).pictureExtension == "webp")
        #expect(Data("GIF89a".utf8).pictureExtension == "gif")
        #expect(Data("../../x".utf8).pictureExtension == "img")
        #expect(Data().pictureExtension == "img")
    }
}
