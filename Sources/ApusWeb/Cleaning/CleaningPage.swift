// The page on which a data set is cleaned, and its routes.
import ApusCore
import Foundation
import Hummingbird
import NIOCore

/// A page on which the items of a ``DataCleaner`` are looked through, deleted and relabeled, as `apus clean` opens it.
///
/// ```swift
/// let cleaner = try DataCleaner(learner, in: path)
/// try await CleaningPage(cleaner, title: "Pets", kind: .pictures).run { link in print("Open \(link)") }
/// ```
/// Choices are kept beside the data at once, and taken up by the next page. Files are changed when the person at the page
/// has seen the plan and agreed to it.
public struct CleaningPage: Sendable {
    /// What items are, by which the page shows them.
    public enum Kind: String, Sendable {
        /// Files of pictures, in a grid.
        case pictures
        /// Texts, in a table.
        case texts
        /// Rows, in a table.
        case rows
    }

    private let desk: CleaningDesk
    private let title: String

    /// - Parameters:
    ///   - cleaner: The items.
    ///   - title: What the page is called, such as the name of the data set.
    ///   - kind: What the items are.
    ///   - advice: What is to be done after changes have been applied; nothing by default.
    public init(
        _ cleaner: DataCleaner, title: String, kind: Kind,
        advice: @escaping @Sendable (DataCleaner) throws -> CleaningAdvice = { _ in CleaningAdvice() }
    ) {
        desk = CleaningDesk(cleaner, title: title, kind: kind, advice: advice)
        self.title = title
    }

    /// Serves the page to the person who gets the link, until the process is told to stop.
    ///
    /// - Parameters:
    ///   - address: Where to listen; this computer alone by default.
    ///   - session: Who may use the page: one browser by default.
    ///   - announce: Is told once the address to open.
    /// - Throws: `DataError` when the address cannot be listened at.
    public func run(
        at address: WebAddress = WebAddress(), session: LocalSession = LocalSession(),
        announce: @escaping @Sendable (_ link: String) -> Void
    ) async throws {
        let router = session.makeRouter()
        addRoutes(to: router)
        try await LocalServer(router, session, at: address).run(announce: announce)
    }

    /// Adds the page and what its script asks for; behind a ``LocalSession``, since it changes files.
    public func addRoutes(to router: Router<BasicRequestContext>) {
        let (desk, title) = (desk, title)
        PageAssets.addRoutes(to: router)
        router.get("/") { _, _ in
            let name = PageAssets.shared.text("clean.title", ["name": title])
            return WebPage(
                title: name, header: "<h1>\(name)</h1>", main: PageAssets.shared.html("clean.html"),
                styles: ["clean.css"], scripts: ["clean.js"]
            ).response()
        }
        router.get("state") { _, _ in Response.json(await desk.state()) }
        router.get("items") { request, _ in
            let query = try ListQuery(request)
            return Response.json(
                query.order == "duplicates"
                    ? try await desk.duplicates(query.part, query.label, threshold: query.threshold, query.range)
                    : await desk.items(try query.itemOrder, query.part, query.label, query.range))
        }
        router.get("thumbnails/:side/:index") { _, context in
            let (side, index) = (try context.parameters.require("side", as: Int.self), try Self.index(context))
            let file = try await desk.file(of: index)
            return try await onThread { try Thumbnail.response(of: file, side: side) }
        }
        router.get("texts/:index") { _, context in
            Response.bytes(
                ByteBuffer(string: try await desk.text(of: try Self.index(context))), type: "text/plain; charset=utf-8")
        }
        router.post("choices") { request, context in
            let asked = try await Self.body(ChoiceRequest.self, request, context)
            return Response.json(try await desk.choose(asked.cleaningChoice(), for: asked.items))
        }
        router.get("plan") { _, _ in Response.json(try await desk.plan()) }
        router.post("apply") { request, context in
            let asked = try await Self.body(ApplyRequest.self, request, context)
            return Response.json(try await desk.apply(agreement: asked.agreement))
        }
        router.post("undo") { _, _ in Response.json(try await desk.undo()) }
    }

    private static func index(_ context: BasicRequestContext) throws -> Int {
        guard let text = context.parameters.get("index"), let index = Int(text) else {
            throw WebError.badRequest("Items have numbers from 0 on.")
        }
        return index
    }

    private static func body<Value: Decodable>(
        _ type: Value.Type, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Value {
        // Twenty thousand numbers of items take less.
        let bytes = try await request.body.collect(upTo: 2_000_000)
        do { return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView)) } catch {
            throw WebError.badRequest("The JSON is not what was expected.")
        }
    }
}

/// What the page chooses for some items; no choice takes one back.
private struct ChoiceRequest: Decodable {
    let items: [Int]
    let choice: String?
    let label: String?

    func cleaningChoice() throws -> CleaningChoice? {
        switch choice {
        case nil: return nil
        case "keep": return .keep
        case "delete": return .delete
        case "relabel":
            guard let label else { throw WebError.badRequest("A new label has a name; give \"label\".") }
            return .relabel(label)
        case let other?: throw WebError.badRequest("\"\(other.prefix(40))\" is none of keep, delete and relabel.")
        }
    }
}

/// What the page agrees to.
private struct ApplyRequest: Decodable {
    let agreement: String
}

/// Which items a page asks for.
private struct ListQuery {
    let order: String
    let part: DataPart?
    let label: String?
    let threshold: Double
    let range: Range<Int>

    init(_ request: Request) throws {
        let query = request.uri.queryParameters
        func value(_ name: Substring) -> String? {
            query[name].map { String($0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        func number(_ name: Substring, default usual: Int, upTo most: Int) throws -> Int {
            guard let text = value(name) else { return usual }
            guard let number = Int(text), (0...most).contains(number) else {
                throw WebError.badRequest("\(name) is a number from 0 to \(most).")
            }
            return number
        }
        order = value("order") ?? "loss"
        part = try value("part").map { name in
            guard let part = DataPart(pageName: name) else {
                throw WebError.badRequest("A part of the data is train, valid or test.")
            }
            return part
        }
        label = value("class")
        threshold = value("threshold").flatMap(Double.init) ?? 0.97
        guard (0.5...1).contains(threshold) else { throw WebError.badRequest("threshold is a number from 0.5 to 1.") }
        let start = try number("offset", default: 0, upTo: 100_000_000)
        range = start..<start + (try number("count", default: 60, upTo: 500))
    }

    var itemOrder: DataCleaner.Order {
        get throws {
            guard let known = DataCleaner.Order(rawValue: order) else {
                let all = DataCleaner.Order.allCases.map(\.rawValue) + ["duplicates"]
                throw WebError.badRequest("The orders are \(all.joined(separator: ", ")).")
            }
            return known
        }
    }
}
