// The page and the routes of labeling: pictures go by their numbers, no path of a client reaches the file system.
import ApusCore
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Torch

extension LabelProject {
    /// Serves the page of labeling until the process gets SIGINT or SIGTERM.
    ///
    /// - Parameters:
    ///   - address: Where to listen; this computer alone by default.
    ///   - people: How many browsers may open the printed address.
    ///   - export: The folder that exports of folders are made in; the folder beside the pictures that is called like
    ///     theirs with "-labeled" behind it by default.
    ///   - announce: Is told the address to open.
    /// - Throws: `DataError` when the address cannot be listened at.
    public func serve(
        at address: WebAddress = WebAddress(), people: Int = 1, export: URL? = nil,
        announce: @escaping @Sendable (_ link: String) -> Void
    ) async throws {
        let session = LocalSession(guests: people)
        let router = session.makeRouter()
        addRoutes(to: router, export: export)
        try await LocalServer(router, session, at: address).run(announce: announce)
    }

    /// Adds the page and its routes to an application's own; who may use them is up to the application.
    ///
    /// - Parameters:
    ///   - routes: The application's routes.
    ///   - export: The folder that exports of folders make.
    public func addRoutes<Routes: RouterMethods>(to routes: Routes, export: URL? = nil) {
        PageAssets.addRoutes(to: routes)
        LabelRoutes(project: self, export: export ?? defaultExport).add(to: routes)
    }

    private var defaultExport: URL {
        folder.deletingLastPathComponent().appending(
            path: folder.lastPathComponent + "-labeled", directoryHint: .isDirectory)
    }
}

/// What the page asks for.
private struct LabelRoutes: Sendable {
    let project: LabelProject
    let export: URL
    /// The numbers of the pictures by their paths.
    let numbers: [String: Int]

    init(project: LabelProject, export: URL) {
        (self.project, self.export) = (project, export)
        numbers = Dictionary(zip(project.items, project.items.indices), uniquingKeysWith: { first, _ in first })
    }

    func add<Routes: RouterMethods>(to routes: Routes) {
        routes.get("/") { _, _ in
            WebPage(
                title: PageAssets.shared.text("label.title"),
                header:
                    "<h1>\(PageAssets.shared.text("label.title"))</h1><p class=\"muted\">\(project.folder.lastPathComponent)</p>",
                main: PageAssets.shared.html("label.html"), styles: ["label.css"], scripts: ["label.js"]
            ).response()
        }
        routes.get("state") { _, _ in try await answering { Response.json(try state()) } }
        routes.get("changes") { request, _ in try await answering { Response.json(try changes(request)) } }
        routes.get("projection") { request, _ in try await answering { try await projection(request) } }
        routes.get("sheet/:number") { _, context in
            try await answering {
                let (sheets, place) = (project.sheets, try number(context.parameters))
                let sheet = try await onThread { try sheets.sheet(place) }
                return Response.bytes(ByteBuffer(bytes: sheet), type: "image/jpeg")
            }
        }
        routes.get("picture/:number") { request, context in try await picture(request, context.parameters) }
        routes.post("label") { request, context in
            let asked = try await request.decode(as: Labeling.self, context: context)
            return try await answering { Response.json(try label(asked)) }
        }
        routes.post("name") { request, context in
            let asked = try await request.decode(as: NewName.self, context: context)
            return try await answering { Response.json(["name": try project.store.addLabel(asked.label)]) }
        }
        routes.post("undo") { request, context in
            let asked = try await request.decode(as: Undoing.self, context: context)
            return try await answering {
                Response.json(["items": try project.store.undo(by: author(asked.author)).compactMap { numbers[$0] }])
            }
        }
        routes.post("similar") { request, context in
            let asked = try await request.decode(as: Search.self, context: context)
            return try await answering {
                let found = try await project.similar(
                    to: asked.items, layer: asked.layer, count: min(max(asked.count ?? 100, 1), 1000))
                return Response.json(found.map { Found(item: $0.item, similarity: $0.similarity) })
            }
        }
        routes.post("train") { request, context in
            let asked = try await request.decode(as: Training.self, context: context)
            return try await answering { Response.json(Suggested(try await project.train(layer: asked.layer))) }
        }
        routes.get("suggestions") { _, _ in
            project.suggestions.map { Response.json(Suggested($0)) } ?? Response(status: .noContent)
        }
        routes.get("labels.csv") { _, _ in
            try await answering {
                var response = Response.bytes(
                    ByteBuffer(string: try project.store.csv(project.suggestions)), type: "text/csv; charset=utf-8")
                response.headers[.contentDisposition] = "attachment; filename=\"labels.csv\""
                return response
            }
        }
        routes.post("export") { request, context in
            let asked = try await request.decode(as: Exporting.self, context: context)
            return try await answering { Response.json(try await onThread { try folders(asked.form) }) }
        }
    }

    // MARK: Answers

    /// Errors that are sentences for the person at the page, who is the one that started the command.
    private func answering<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do { return try await body() } catch let error as DataError { throw WebError.unprocessable(error.description) }
    }

    private func state() throws -> PageState {
        // First, so that what comes in between is told of again and not missed.
        let event = try project.store.lastEvent()
        let events = try project.store.current()
        return PageState(
            items: project.items, model: project.model, thumbnail: project.sheets.thumbnail,
            columns: project.sheets.columns, sheets: project.sheets.count, sheetSide: ThumbnailSheets.side,
            layers: project.layers.map { PageState.Layer(number: $0.number, shape: $0.shape) },
            layer: project.firstLayer, names: try project.store.names(),
            labels: events.compactMap { event in numbers[event.item].map { Labeled($0, event) } },
            event: event)
    }

    private func changes(_ request: Request) throws -> Changes {
        guard let after = request.uri.queryParameters["after"].flatMap({ Int($0) }), after >= 0 else {
            throw WebError.badRequest("The changes are asked for after an event: give ?after= and its number.")
        }
        let events = try project.store.events(after: after)
        return Changes(
            labels: events.compactMap { event in numbers[event.item].map { Labeled($0, event) } },
            names: try project.store.names(), event: events.last?.number ?? after)
    }

    private func projection(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let layer = query["layer"].flatMap { Int($0) } ?? project.layers.count
        let kind: LabelProject.Projection =
            switch query["kind"] ?? "principal" {
            case "principal": .principal
            case "neighbors": .neighbors
            case "separating": .separating(query.getAll("label"))
            case let other:
                throw WebError.badRequest(
                    "There is no projection \"\(other.prefix(40))\"; there are principal, neighbors and separating.")
            }
        if query["progress"] != nil {
            return Response.json(["done": project.progress(of: kind, layer: layer) ?? 0])
        }
        let places = try await project.projection(kind, layer: layer)
        // Little-endian float32, x and y of each picture.
        var buffer = ByteBuffer()
        buffer.reserveCapacity(places.count * 4)
        for place in places { buffer.writeInteger(place.bitPattern, endianness: .little) }
        return .bytes(buffer, type: "application/octet-stream")
    }

    private func number(_ parameters: Parameters) throws -> Int {
        guard let text = parameters.get("number"), let number = Int(text), number >= 0 else {
            throw WebError.notFound("Pictures and sheets have numbers from 0 on.")
        }
        return number
    }

    private func picture(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let number = try number(parameters)
        guard project.files.indices.contains(number) else {
            throw WebError.notFound("There is no picture \(number); there are \(project.files.count), from 0 on.")
        }
        let side = request.uri.queryParameters["large"] == nil ? 256 : 1280
        let file = project.files[number]
        return try await onThread { try Thumbnail.response(of: file, side: side) }
    }

    private func author(_ name: String?) throws -> String {
        let name = (name ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard name.utf8.count <= 100, name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw WebError.unprocessable("A person's name has at most 100 bytes and no control characters.")
        }
        return name
    }

    private func label(_ asked: Labeling) throws -> Labels {
        if let wrong = asked.items.first(where: { !project.items.indices.contains($0) }) {
            throw WebError.unprocessable("There is no picture \(wrong); there are \(project.items.count), from 0 on.")
        }
        let outcome = try project.store.label(
            asked.items.map { project.items[$0] }, as: asked.label, by: author(asked.author), seen: asked.seen)
        return Labels(
            event: outcome.lastEvent,
            conflicts: outcome.conflicts.compactMap { event in numbers[event.item].map { Labeled($0, event) } })
    }

    private func folders(_ form: String) throws -> Exported {
        guard let form = LabelStore.FolderForm(rawValue: form) else {
            throw WebError.unprocessable("Folders are exported as copies or links, not as \"\(form.prefix(40))\".")
        }
        guard !FileManager.default.fileExists(atPath: export.path) else {
            throw WebError(
                .conflict,
                "There is a folder \(export.lastPathComponent) already; move it away, or start the command with another "
                    + "one: --export FOLDER.")
        }
        let count = try project.store.exportFolders(to: export, from: project.folder, as: form)
        Reporting.current.note("\(count) pictures are in \(export.path)")
        return Exported(folder: export.lastPathComponent, count: count)
    }
}

// MARK: What is sent and received

private struct PageState: Encodable {
    struct Layer: Encodable {
        let number: Int
        let shape: [Int]
    }
    let items: [String]
    let model: String
    let thumbnail: Int
    let columns: Int
    let sheets: Int
    let sheetSide: Int
    let layers: [Layer]
    let layer: Int
    let names: [String]
    let labels: [Labeled]
    let event: Int
}

private struct Labeled: Encodable {
    let item: Int
    let label: String?
    let author: String

    init(_ item: Int, _ event: LabelStore.Event) {
        (self.item, label, author) = (item, event.label, event.author)
    }
}

private struct Changes: Encodable {
    let labels: [Labeled]
    let names: [String]
    let event: Int
}

private struct Labels: Encodable {
    let event: Int
    let conflicts: [Labeled]
}

private struct Found: Encodable {
    let item: Int
    let similarity: Double
}

private struct Exported: Encodable {
    let folder: String
    let count: Int
}

private struct Suggested: Encodable {
    struct Estimate: Encodable {
        let count: Int
        let correct: Int
        let low: Double
        let high: Double
    }
    let labels: [String]
    /// The place of the most probable label of each picture, and its probability to three digits.
    let best: [Int]
    let probability: [Double]
    let estimate: Estimate?

    init(_ suggestions: LabelSuggestions) {
        let found = suggestions.best()
        labels = suggestions.labels
        best = found.map(\.label)
        probability = found.map { ($0.probability * 1000).rounded() / 1000 }
        estimate = suggestions.estimate.map {
            Estimate(count: $0.count, correct: $0.correct, low: $0.bounds.lowerBound, high: $0.bounds.upperBound)
        }
    }
}

private struct Labeling: Decodable {
    let items: [Int]
    let label: String?
    let author: String?
    let seen: Int?
}

private struct NewName: Decodable { let label: String }
private struct Undoing: Decodable { let author: String? }
private struct Training: Decodable { let layer: Int }
private struct Exporting: Decodable { let form: String }
private struct Search: Decodable {
    let items: [Int]
    let layer: Int
    let count: Int?
}
