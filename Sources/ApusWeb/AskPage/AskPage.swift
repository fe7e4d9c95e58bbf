// The page at `/`: people ask models with it, also where scripts do not run.
import ApusCore
import ApusTabular
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What the page of a service has.
public struct PageOptions: Sendable {
    /// How large forms may be, and how long they may take.
    public var body = BodyLimits()
    /// The token that the form asks for, where the server has one; none by default.
    public var token: String?
    /// Where it is kept what people say of answers; nil, the default, where they are not asked.
    public var feedback: FeedbackStore?

    public init() {}
}

extension ModelService {
    /// The page by which people ask the models, to hang into any application of Hummingbird beside ``routes(_:context:)``.
    ///
    /// - `GET /`: a form for what a model takes; `?model=NAME` for another one than the first.
    /// - `POST /`: the form, answered by the page with the answer.
    /// - `POST /feedback`, where feedback is kept: what would have been right. The form has the item as `POST /` has it,
    ///   "correction" (a class, a number, or once for each label), "consent" with the value "yes", and "model".
    /// - `GET /assets/NAME`: scripts and styles.
    ///
    /// ```swift
    /// var options = PageOptions()
    /// options.feedback = try FeedbackStore(folder: URL(filePath: "feedback"))
    /// router.addRoutes(service.page(options), atPath: "vision")
    /// router.addRoutes(service.routes(), atPath: "vision")
    /// ```
    /// ``SecurityHeaders`` belong around it, which say that the page loads nothing from other hosts.
    public func page<Context: RequestContext>(
        _ options: PageOptions = PageOptions(), context: Context.Type = BasicRequestContext.self
    ) -> RouteCollection<Context> {
        let routes = RouteCollection(context: Context.self)
        AskPage(self, options).addRoutes(to: routes)
        return routes
    }
}

/// The routes of the page.
struct AskPage: Sendable {
    private let service: ModelService
    private let options: PageOptions
    private let feedback: FeedbackKeeper?
    private let held = HeldItems()
    private let memory: BodyMemory

    init(_ service: ModelService, _ options: PageOptions) {
        (self.service, self.options) = (service, options)
        feedback = options.feedback.map(FeedbackKeeper.init)
        memory = BodyMemory(options.body.allBytes)
    }

    private func text(_ key: String, _ values: [String: String] = [:]) -> String {
        PageAssets.shared.text(key, values)
    }

    /// Adds the page's routes.
    func addRoutes<Routes: RouterMethods>(to routes: Routes) {
        PageAssets.addRoutes(to: routes)
        routes.get("") { request, _ -> Response in
            // Files and forms of the page are beside it, so that its address has to end like a folder's.
            guard request.uri.path.hasSuffix("/") else {
                let last = request.uri.path.split(separator: "/").last.map(String.init) ?? ""
                let query = request.uri.query.map { "?\($0)" } ?? ""
                return .redirect(to: "\(last)/\(query)", type: .temporary)
            }
            let name = request.uri.queryParameters["model"].map(String.init)
            return try page(model(name)).response()
        }
        routes.post("") { request, _ -> Response in
            try await answered(request) { fields in
                let form = try model(fields.text("model"))
                let nodes = try await self.answer(fields, form, isPage: !request.isFromScript)
                if request.isFromScript { return .part(nodes) }
                return page(form, answer: nodes, sent: fields.texts).response()
            }
        }
        guard feedback != nil else { return }
        routes.post("feedback") { request, _ -> Response in
            try await answered(request) { fields in
                let form = try model(fields.text("model"))
                try request.refuseOtherSites()
                try await keep(fields, form)
                let thanks: HTMLText = "<p class=\"notice good\" tabindex=\"-1\">\(text("predict.thanks"))</p>"
                if request.isFromScript { return .part(thanks) }
                return request.wantsPage ? page(form, answer: thanks).response() : .json(["state": "kept"])
            }
        }
    }

    /// Reads a form and answers it; what goes wrong is told on a page, or to the page's script as JSON.
    private func answered(
        _ request: Request, _ body: ([FormField]) async throws -> Response
    ) async throws -> Response {
        var form: ModelForm?
        var sent: [String: String] = [:]
        do {
            let fields = try await fields(of: request)
            sent = fields.texts
            form = try? model(fields.text("model"))
            try checkToken(request, given: fields.text("token"))
            return try await body(fields)
        } catch {
            let error = webError(error)
            guard request.wantsPage, error.logged == nil else { throw error }
            let form = try form ?? model(nil)
            let notice: HTMLText = "<p class=\"notice bad\" role=\"alert\" tabindex=\"-1\">\(error.message)</p>"
            var response = page(form, answer: notice, sent: sent).response(error.status)
            for field in error.headers { response.headers[field.name] = field.value }
            return response
        }
    }

    private func fields(of request: Request) async throws -> [FormField] {
        let type = request.headers[.contentType] ?? ""
        guard type.lowercased().hasPrefix("multipart/form-data") else {
            throw WebError(
                .unsupportedMediaType,
                "The page takes forms (multipart/form-data); other bodies go to POST /predict.")
        }
        let body = try await HeldBody.reading(request, options.body, memory)
        return try Multipart.fields(of: body.bytes, contentType: type)
    }

    /// Refuses a form without the server's token, which scripts may send as a header.
    private func checkToken(_ request: Request, given: String?) throws(WebError) {
        guard let token = options.token else { return }
        let header = request.headers[.authorization] ?? ""
        let sent = given ?? (header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : "")
        guard isEqual(Array(sent.utf8), Array(token.utf8)) else {
            throw WebError(
                .unauthorized, "The token is missing or wrong; type the one that the server's owner gave you.",
                headers: [.wwwAuthenticate: "Bearer"])
        }
    }

    private func model(_ name: String?) throws(WebError) -> ModelForm {
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        let cards = service.cards
        guard let found = name.map({ name in cards.first { $0.name == name } }) ?? cards.first else {
            let names = cards.map(\.name).joined(separator: ", ")
            throw .notFound(
                name.map { "There is no model \"\($0.prefix(100))\"; the models are \(names)." }
                    ?? "There is no model yet; try again later.")
        }
        return ModelForm(name: found.name, card: found.card)
    }

    // MARK: Answers

    /// The answer to a form, as the part of the page that shows it.
    ///
    /// - Parameter isPage: Whether no script adds the token to the forms of the answer.
    private func answer(_ fields: [FormField], _ form: ModelForm, isPage: Bool) async throws -> HTMLText {
        let item: SentItem
        if let name = fields.text("held") {
            item = try held.item(name).item
        } else {
            item = try form.item(of: fields)
        }
        let explains = fields.text("explain") != nil
        var options = AnswerOptions()
        options.pictures = ["overlay", "picture"]
        if explains { options.pictures?.insert("heatmap") }
        if let words = fields.text("words").flatMap(Int.init) { options.generation.words = words }
        var question = Question(item, options)
        question.isAgain = fields.text("held") != nil
        let answer = try await service.answer(question, model: form.name)
        let view = AnswerView(card: form.card.answer, fields: try await shown(answer, item, form))
        let place = HeldItem(item: item, model: form.name, answer: ModelAnswer(answer.fields, summary: answer.summary))
        let canExplain = !explains && form.card.answer.pictures?.contains("heatmap") == true
        let isCorrected = feedback != nil && FeedbackKeeper.kind(of: form.card) != nil
        let name = canExplain || isCorrected ? held.hold(place) : nil
        var parts = [view.html()]
        // The open page of a server with a token says nothing of what others ask.
        if self.options.token != nil { parts.append(drift(form)) }
        if let name {
            let token = isPage ? fields.text("token") : nil
            if canExplain { parts.append(explanation(hidden(form, name, token))) }
            if isCorrected { parts.append(correction(form, name, answer, hidden(form, name, token))) }
        }
        return """
            <article class="answer card" data-summary="\(view.summary)">
            \(parts)
            </article>
            """
    }

    /// The fields of a form about an answer that say which one.
    private func hidden(_ form: ModelForm, _ name: String, _ token: String?) -> HTMLText {
        let token: HTMLText = token.map { "\n<input type=\"hidden\" name=\"token\" value=\"\($0)\">" } ?? ""
        return """
            <input type="hidden" name="model" value="\(form.name)">
            <input type="hidden" name="held" value="\(name)">\(token)
            """
    }

    /// The values of an answer with pictures as large as a page needs them, and with the picture that was sent.
    private func shown(_ answer: ModelAnswer, _ item: SentItem, _ form: ModelForm) async throws -> [String: JSONValue] {
        var fields = answer.fields
        fields["summary"] = .string(answer.summary)
        // Points are seen on the picture itself, masks and heat maps hide a part of it.
        let showsSent =
            form.card.input.kind == "image" && (answer.pictures["overlay"] == nil || form.card.answer.kind == "mask")
        guard showsSent || !answer.pictures.isEmpty else { return fields }
        let drawn = try await onThread { () throws -> [String: String] in
            var addresses: [String: String] = [:]
            for (key, picture) in answer.pictures {
                let image = try Image(data: picture)
                addresses[key] = try AnswerView.address(of: image)
            }
            if showsSent {
                let side = AnswerView.longestSide / 2
                let picture = try item.picture(mode: .color, atLeast: ImageSize(side))
                addresses["sent"] = try AnswerView.address(of: picture)
            }
            return addresses
        }
        for (key, address) in drawn { fields[key] = .string(address) }
        return fields
    }

    /// What is said where the model's last items are not as those of its training.
    private func drift(_ form: ModelForm) -> HTMLText {
        service.driftSentence(form.name).map { "<p class=\"notice warn\">\($0)</p>" } ?? ""
    }

    private func explanation(_ hidden: HTMLText) -> HTMLText {
        """
        <form class="explain" method="post" action="./" enctype="multipart/form-data">
        \(hidden)
        <button type="submit" name="explain" value="yes">\(text("predict.explain"))</button>
        </form>
        """
    }

    /// The form that tells what would be right.
    private func correction(
        _ form: ModelForm, _ name: String, _ answer: ModelAnswer, _ hidden: HTMLText
    ) -> HTMLText {
        let field: HTMLText
        let classes = form.card.answer.classes ?? []
        switch form.card.answer.kind {
        case "class":
            let options = classes.sorted().map { "<option value=\"\($0)\">\($0)</option>" as HTMLText }
            field = """
                <div class="field"><label for="right-\(name)">\(text("predict.whatIsRight"))</label>
                <select id="right-\(name)" name="correction"><option value="">\(text("predict.dontKnow"))</option>
                \(options)</select></div>
                """
        case "labels":
            let said = Set(answer.fields["labels"]?.array?.compactMap(\.string) ?? [])
            let boxes = classes.enumerated().map { place, label -> HTMLText in
                let mark: HTMLText = said.contains(label) ? " checked" : ""
                return """
                    <div class="check"><input type="checkbox" id="right-\(name)-\(place)" name="correction" \
                    value="\(label)"\(mark)><label for="right-\(name)-\(place)">\(label)</label></div>
                    """
            }
            field = """
                <fieldset><legend>\(text("predict.whatIsRight"))</legend>
                <div class="checks">\(boxes)</div></fieldset>
                <div class="check"><input type="checkbox" id="unknown-\(name)" name="unknown" value="yes">\
                <label for="unknown-\(name)">\(text("predict.dontKnow"))</label></div>
                """
        case "number":
            field = """
                <div class="field"><label for="right-\(name)">\(text("predict.whatIsRight"))</label>
                <input id="right-\(name)" name="correction" type="text" inputmode="decimal"></div>
                """
        default: field = "<p>\(text("predict.isWrong"))</p>"
        }
        return """
            <details class="correct"><summary>\(text("predict.notRight"))</summary>
            <form class="feedback" method="post" action="feedback" enctype="multipart/form-data">
            \(hidden)
            \(field)
            <div class="check"><input type="checkbox" id="consent-\(name)" name="consent" value="yes" required>\
            <label for="consent-\(name)">\(text("predict.consent"))</label></div>
            <button type="submit" class="primary">\(text("predict.send"))</button>
            </form>
            </details>
            """
    }

    // MARK: Feedback

    private func keep(_ fields: [FormField], _ form: ModelForm) async throws {
        guard let feedback else { return }
        let place: HeldItem
        if let name = fields.text("held") {
            place = try held.item(name)
            guard place.model == form.name else {
                throw WebError.unprocessable("The answer is that of \(place.model), not of \(form.name).")
            }
        } else {
            let item = try form.item(of: fields)
            var question = Question(item)
            question.isAgain = true
            place = HeldItem(
                item: item, model: form.name, answer: try await service.answer(question, model: form.name))
        }
        try await feedback.keep(place, form.card, fields)
    }

    // MARK: Pages

    /// A name as a part of an address.
    private static func encoded(_ name: String) -> String {
        name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private func page(_ form: ModelForm, answer: HTMLText? = nil, sent: [String: String] = [:]) -> WebPage {
        let cards = service.cards
        let tabs = cards.map { card -> HTMLText in
            let mark: HTMLText = card.name == form.name ? " aria-current=\"page\"" : ""
            return "<a class=\"tab\" href=\"./?model=\(Self.encoded(card.name))\"\(mark)>\(card.name)</a>"
        }
        let links: HTMLText = cards.count > 1 ? "<nav aria-label=\"\(text("predict.models"))\">\(tabs)</nav>" : ""
        let title = text("predict.title", ["name": form.name])
        let isPrompt = form.card.input.kind == "prompt"
        var fields = form.fields(sent)
        if options.token != nil {
            fields = """
                \(fields)
                <div class="field"><label for="field-token">\(text("predict.token"))</label>
                <input id="field-token" name="token" type="password" autocomplete="off" required>
                <p class="hint">\(text("predict.tokenHint"))</p></div>
                """
        }
        return WebPage(
            title: title, header: "<h1>\(title)</h1>\(links)",
            main: PageAssets.shared.html(
                "predict.html",
                [
                    "name": HTMLText(form.name), "about": HTMLText(form.card.text),
                    "kind": HTMLText(form.card.input.kind), "query": HTMLText(Self.encoded(form.name)),
                    "drift": options.token == nil ? drift(form) : "", "fields": fields,
                    // A script sends a picture as soon as it is chosen.
                    "buttonClass": form.card.input.kind == "image" ? "without-scripts" : "",
                    "button": HTMLText(text(isPrompt ? "predict.write" : "predict.ask")),
                    "answer": answer ?? "<p class=\"empty\">\(text("predict.empty"))</p>",
                ]), styles: ["predict.css"], scripts: ["predict.js"])
    }
}

extension [FormField] {
    /// The text of a field; nil where there is none, or it is empty.
    fileprivate func text(_ name: String) -> String? {
        first { $0.name == name && $0.bytes.readableBytes > 0 && $0.bytes.readableBytes < 1 << 20 }?.text
    }

    /// The texts of all fields that are no files, with which a form begins that was sent.
    fileprivate var texts: [String: String] {
        var texts: [String: String] = [:]
        for field in self where field.fileName == nil && field.name != "token" { texts[field.name] = field.text }
        return texts
    }
}

extension Request {
    /// Whether the page's script asks, which shows a part of the page.
    fileprivate var isFromScript: Bool { headers[.requestedWith] == "XMLHttpRequest" }

    /// Whether a browser asks that shows the answer as a page.
    fileprivate var wantsPage: Bool { !isFromScript && headers[.accept]?.contains("text/html") == true }

    /// Refuses what another site's page sends in the name of the person before it; programs say nothing of sites.
    fileprivate func refuseOtherSites() throws(WebError) {
        guard let site = headers[.fetchSite], !["same-origin", "none"].contains(site) else { return }
        throw WebError(
            .forbidden, "Feedback comes from the server's own page, or from a program; not from another site.")
    }
}

extension Response {
    /// A part of a page, for the page's script.
    fileprivate static func part(_ html: HTMLText) -> Response {
        .bytes(ByteBuffer(string: html.source), type: "text/html; charset=utf-8")
    }
}

extension HTTPField.Name {
    fileprivate static let requestedWith = HTTPField.Name("X-Requested-With")!
    fileprivate static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
