// The routes of models: what clients post and what they get.
import ApusCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What the routes of models allow.
public struct RouteOptions: Sendable {
    /// How large bodies may be, and how long they may take.
    public var body = BodyLimits()
    /// From which addresses `GET /classify-url` fetches pictures; from public ones by default.
    public var urls = URLPolicy.public
    /// The most items of a request; 256 by default.
    public var maxItems = 256

    public init() {}
}

extension ModelService {
    /// The routes of the models, to hang into any application of Hummingbird, at its root or at a path.
    ///
    /// - `POST /predict`, `POST /models/NAME/predict`: the answer to an item, or to several. The body is
    ///   - the bytes of a picture (`image/*`, `application/octet-stream`), or a text (`text/plain`);
    ///   - a form (`multipart/form-data`, `application/x-www-form-urlencoded`) with files, with "text", or with a field for
    ///     each column;
    ///   - JSON: `{"image": BASE64}`, `{"row": {COLUMN: VALUE}}`, `{"text": TEXT}`, `{"prompt": TEXT}`, or
    ///     `{"item": {INPUT: VALUE}}` for several inputs; `{"images": [...]}`, `{"rows": [...]}`, `{"texts": [...]}`,
    ///     `{"items": [...]}` for several items.
    ///
    ///   One item gets a ``ModelAnswer``, several `{"answers": [...]}` in their order, each an answer or
    ///   `{"error": {"message", "status"}}`. Options are in the address, the form or the JSON: `top`, `include`, `count`,
    ///   `with_seen`, and for language models `words`, `temperature`, `top_k`, `top_p`, `min_p`, `beams`, `seed`, `unknown` and
    ///   `stream`. With `Accept: image/png` the answer is its picture; with `Accept: text/event-stream` or `"stream": true` a
    ///   text comes while it is written: `data: {"part": "..."}` for each part, then `event: done` with the answer, or
    ///   `event: error`.
    /// - `GET /classify-url?url=`: the answer to the picture at an address.
    /// - `GET /models`: `{"models": [...]}`, a ``ModelCard`` for each with its name; `GET /models/NAME`: one of them.
    /// - `GET /drift`: `{"models": [...]}`, for each whether its last items are as those of its training, in a sentence and in
    ///   numbers.
    /// - `GET /openapi.json`: all this as OpenAPI.
    ///
    /// Errors are JSON as ``WebError`` says. Middleware of the application is around the routes as around any others.
    ///
    /// ```swift
    /// let router = Router()
    /// router.add(middleware: MyAuthentication())
    /// router.addRoutes(service.routes(), atPath: "vision")       // POST /vision/predict
    /// ```
    public func routes<Context: RequestContext>(
        _ options: RouteOptions = RouteOptions(), context: Context.Type = BasicRequestContext.self
    ) -> RouteCollection<Context> {
        let routes = RouteCollection(context: Context.self)
        let memory = BodyMemory(options.body.allBytes)
        let fetcher = URLFetcher(policy: options.urls, maxBytes: options.body.bytes)
        routes.post("predict") { request, _ in
            try await self.predict(request, nil, options, memory)
        }
        routes.post("models/:name/predict") { request, context in
            try await self.predict(request, Self.name(in: context), options, memory)
        }
        if options.urls != .none {
            routes.get("classify-url") { request, _ in try await self.classify(request, fetcher) }
        }
        routes.get("models") { _, _ in
            Response.json(["models": self.cards.enumerated().map { NamedCard($1.name, $1.card, isDefault: $0 == 0) }])
        }
        routes.get("models/:name") { _, context in
            let name = try Self.name(in: context)
            let worker = try self.worker(name)
            return Response.json(NamedCard(name, worker.card, isDefault: self.cards.first?.name == name))
        }
        routes.get("drift") { _, _ in Response.json(["models": self.drift]) }
        routes.get("openapi.json") { _, _ in
            Response.json(OpenAPI.document(self.cards, hasURLs: options.urls != .none))
        }
        routes.refuseOtherMethods("predict", except: .post)
        routes.refuseOtherMethods("models/:name/predict", except: .post)
        for path in ["models", "models/:name", "drift", "openapi.json"] {
            routes.refuseOtherMethods(RouterPath(path), except: .get)
        }
        if options.urls != .none { routes.refuseOtherMethods("classify-url", except: .get) }
        return routes
    }

    /// The model that the path names, in which blanks and letters beyond ASCII are written with percent signs.
    private static func name(in context: some RequestContext) throws -> String {
        let name = try context.parameters.require("name")
        return name.removingPercentEncoding ?? name
    }

    private func predict(
        _ request: Request, _ name: String?, _ options: RouteOptions, _ memory: BodyMemory
    ) async throws -> Response {
        var asked = try AskedRequest(request)
        // A model that is not there is told of before the body is read.
        var worker = try worker(name ?? asked.model)
        let body = try await HeldBody.reading(request, options.body, memory)
        try asked.add(body.bytes, type: request.headers[.contentType], for: worker.card.input)
        if name == nil, let named = asked.model { worker = try self.worker(named) }
        guard asked.items.count <= options.maxItems else {
            throw WebError.tooLarge(
                "The request has \(asked.items.count) items, and \(options.maxItems) are the most; send fewer at a time."
            )
        }
        // The bytes count as held until the answer is there.
        defer { withExtendedLifetime(body) {} }
        if asked.isStream, worker.card.input.kind == "prompt" { return try stream(asked, name ?? asked.model) }
        return try await answer(asked, name ?? asked.model)
    }

    private func classify(_ request: Request, _ fetcher: URLFetcher) async throws -> Response {
        var asked = try AskedRequest(request)
        guard let url = request.uri.queryParameters["url"], !url.isEmpty else {
            throw WebError.badRequest("The address of a picture is missing; send GET /classify-url?url=https://...")
        }
        let worker = try worker(asked.model)
        guard worker.card.input.kind == "image" else {
            throw WebError.unprocessable("The model takes \(worker.card.input.text), not a picture.")
        }
        let name = shownFileName(String(url.prefix { $0 != "?" && $0 != "#" }))
        let address = String(url)
        let bytes = try await ClientPresence.whilePresent { try await fetcher.fetch(address) }
        asked.items = [SentItem(.bytes(Data(bytes.readableBytesView)), name: name.isEmpty ? nil : name)]
        return try await answer(asked, asked.model)
    }

    /// The answer to a request as JSON or as a picture.
    private func answer(_ asked: AskedRequest, _ name: String?) async throws -> Response {
        let questions = asked.items.map { Question($0, asked.options, listener: Self.untilGone) }
        let results = try await ClientPresence.whilePresent { try await self.answers(questions, model: name) }
        guard asked.isList else {
            let answer = try results[0].get()
            if asked.isPicture, let picture = answer.pictures.sorted(by: { $0.key < $1.key }).first {
                return .bytes(ByteBuffer(bytes: picture.value), type: "image/png")
            }
            return .json(Self.named(answer.json, asked.items[0]))
        }
        let answers = zip(results, asked.items).map { result, item -> JSONValue in
            switch result {
            case .success(let answer): return Self.named(answer.json, item)
            case .failure(let error):
                let error = webError(error)
                return Self.named(
                    ["error": ["message": .string(error.message), "status": .integer(Int(error.status.code))]], item)
            }
        }
        return .json(["answers": JSONValue.array(answers)])
    }

    /// Ends a text whose client has gone.
    private static var untilGone: @Sendable (String) throws -> Void {
        let presence = ClientPresence.current
        return { _ in if presence?.isGone ?? false { throw CancellationError() } }
    }

    /// An answer with the name of what was sent.
    private static func named(_ answer: JSONValue, _ item: SentItem) -> JSONValue {
        guard let name = item.name, var fields = answer.object else { return answer }
        fields["file"] = .string(name)
        return .object(fields)
    }

    // MARK: Texts while they are written

    private func stream(_ asked: AskedRequest, _ name: String?) throws -> Response {
        guard asked.items.count == 1, let item = asked.items.first else {
            throw WebError.unprocessable("One text at a time is sent while it is written; send one prompt.")
        }
        let worker = try worker(name)
        // A full queue is told of before the answer has begun.
        try worker.reserve(1)
        let (parts, continuation) = AsyncThrowingStream.makeStream(of: String.self)
        let untilGone = Self.untilGone
        let question = Question(item, asked.options) { part in
            try untilGone(part)
            // An empty part is yielded as well: it tells whether someone still listens.
            if case .terminated = continuation.yield(part) { throw CancellationError() }
        }
        let task = Task {
            do {
                let answer = try await worker.answer(question)
                continuation.finish()
                return answer
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                // Where nothing can be written any more, nothing is to be read on.
                defer { task.cancel() }
                do {
                    for try await part in parts where !part.isEmpty {
                        try await writer.write(Self.event(nil, ["part": .string(part)]))
                    }
                    let answer = try await task.value
                    try await writer.write(Self.event("done", Self.named(answer.json, item)))
                } catch let error where !(error is CancellationError) {
                    let error = webError(error)
                    try await writer.write(
                        Self.event(
                            "error",
                            ["error": ["message": .string(error.message), "status": .integer(Int(error.status.code))]]))
                }
                try await writer.finish(nil)
            })
    }

    /// An event as server-sent events have it.
    private static func event(_ name: String?, _ value: JSONValue) -> ByteBuffer {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return ByteBuffer(string: (name.map { "event: \($0)\n" } ?? "") + "data: \(json)\n\n")
    }
}

/// A model's card with its name.
private struct NamedCard: Encodable {
    let name: String
    let isDefault: Bool
    let input: InputCard
    let answer: AnswerCard
    let text: String

    init(_ name: String, _ card: ModelCard, isDefault: Bool) {
        (self.name, self.isDefault) = (name, isDefault)
        (input, answer, text) = (card.input, card.answer, card.text)
    }
}
