// What a request asks: items and options out of bodies of JSON, of forms, and of bytes as they are.
import ApusTabular
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What a request asks of a model.
struct AskedRequest: Sendable {
    var items: [SentItem] = []
    var options = AnswerOptions()
    /// Whether the answer is a list, also of one item.
    var isList = false
    /// Whether a text is sent while it is written.
    var isStream = false
    /// Whether the answer is a picture itself.
    var isPicture = false
    /// The model that a body or a query names.
    var model: String?

    /// Reads the options of the address.
    ///
    /// - Throws: ``WebError`` (422) that names an option that is not possible.
    init(_ request: Request) throws(WebError) {
        for (name, value) in request.uri.queryParameters where name != "url" {
            guard try set(String(name), .string(String(value))) else {
                throw .unprocessable(
                    "There is no option \"\(name.prefix(40))\"; the options are \(Self.optionNames.joined(separator: ", "))."
                )
            }
        }
        let accepted = request.headers[.accept] ?? ""
        if accepted.hasPrefix("image/png") { isPicture = true }
        if accepted.contains("text/event-stream") { isStream = true }
    }

    // MARK: Options

    static let optionNames = [
        "model", "top", "include", "count", "with_seen", "words", "temperature", "top_k", "top_p", "min_p", "beams",
        "seed",
        "unknown", "stream",
    ]

    /// Sets an option; whether there is one of that name.
    private mutating func set(_ name: String, _ value: JSONValue) throws(WebError) -> Bool {
        func misfit(_ expected: String) -> WebError {
            .unprocessable("\(name) is not possible as it was given; give \(expected).")
        }
        func whole(_ expected: String = "a whole number") throws(WebError) -> Int {
            switch value {
            case .integer(let number): return number
            case .string(let text): if let number = Int(text) { return number }
            default: break
            }
            throw misfit(expected)
        }
        func number() throws(WebError) -> Double {
            switch value {
            case .integer(let number): return Double(number)
            case .number(let number): return number
            case .string(let text): if let number = Double(text), number.isFinite { return number }
            default: break
            }
            throw misfit("a number")
        }
        func truth() throws(WebError) -> Bool {
            switch value {
            case .boolean(let truth): return truth
            case .string(let text):
                if let truth = ["true": true, "1": true, "on": true, "": true, "false": false, "0": false][
                    text.lowercased()]
                {
                    return truth
                }
            default: break
            }
            throw misfit("true or false")
        }
        switch name {
        case "model":
            guard let text = value.string else { throw misfit("the name of a model") }
            model = text
        case "top":
            let top = try whole("the number of classes to list")
            guard top >= 1 else { throw misfit("a number of at least 1") }
            options.top = top
        case "include":
            let names =
                value.string.map { $0.split(separator: ",").map(String.init) } ?? value.array?.compactMap(\.string)
            guard let names else { throw misfit("names of pictures such as mask,overlay") }
            options.pictures = Set(names.map { $0.trimmingCharacters(in: .whitespaces) })
        case "count": options.count = try whole()
        case "with_seen": options.withSeen = try truth()
        case "words": options.generation.words = try whole()
        case "temperature": options.generation.temperature = try number()
        case "top_k": options.generation.topK = try whole()
        case "top_p": options.generation.topP = try number()
        case "min_p": options.generation.minP = try number()
        case "beams": options.generation.beams = try whole()
        case "seed": options.generation.seed = try whole()
        case "unknown": options.generation.noUnknown = try !truth()
        case "stream": isStream = try truth()
        default: return false
        }
        return true
    }

    // MARK: Bodies

    /// Adds what a body asks.
    ///
    /// - Parameters:
    ///   - type: The header Content-Type; without, the bytes are a file or a text as the model takes.
    ///   - card: What the model takes.
    /// - Throws: ``WebError`` that says what is wrong with the body.
    mutating func add(_ body: ByteBuffer, type header: String?, for card: InputCard) throws(WebError) {
        let type = HeaderValue(header ?? "").value
        switch type {
        case "multipart/form-data":
            try add(Multipart.fields(of: body, contentType: header ?? ""), for: card)
        case "application/x-www-form-urlencoded":
            try add(Self.fields(ofForm: String(buffer: body)), for: card)
        case "application/json": try add(json: body, for: card)
        default:
            guard body.readableBytes > 0 else { throw empty(card) }
            if type.hasSuffix("+json") { return try add(json: body, for: card) }
            let isText = type.hasPrefix("text/") || (type.isEmpty && ["text", "prompt", "noise"].contains(card.kind))
            if isText {
                guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
                    throw .unprocessable("The text is not UTF-8; send it in this encoding.")
                }
                items.append(SentItem(.text(text)))
            } else {
                items.append(SentItem(.bytes(Data(body.readableBytesView))))
            }
        }
        if items.isEmpty { throw empty(card) }
        // Several items are answered by a list, however they came.
        if items.count > 1 { isList = true }
    }

    private func empty(_ card: InputCard) -> WebError {
        .badRequest("There is nothing in the request; send \(card.text), as GET /openapi.json says.")
    }

    private mutating func add(json body: ByteBuffer, for card: InputCard) throws(WebError) {
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))
        } catch {
            throw .badRequest("The body is not JSON; see whether brackets and quotation marks are closed.")
        }
        guard let object = value.object else {
            throw .badRequest("The body is \(value.kind); send an object, such as {\"\(Self.key(for: card))\": ...}.")
        }
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "image", "file": items.append(try Self.file(value, key))
            case "text", "prompt": items.append(try Self.text(value, key))
            case "row": items.append(SentItem(.row(try Self.row(value, key))))
            case "item": items.append(try Self.item(value, for: card))
            case "images", "files": for value in try list(value, key) { items.append(try Self.file(value, key)) }
            case "texts": for value in try list(value, key) { items.append(try Self.text(value, key)) }
            case "rows": for value in try list(value, key) { items.append(SentItem(.row(try Self.row(value, key)))) }
            case "items": for value in try list(value, key) { items.append(try Self.item(value, for: card)) }
            default:
                guard try set(key, value) else {
                    throw .unprocessable(
                        "There is no \"\(key.prefix(40))\" in a request; send \"\(Self.key(for: card))\", and as options "
                            + "\(Self.optionNames.joined(separator: ", ")).")
                }
            }
        }
    }

    /// The key under which JSON has an item.
    private static func key(for card: InputCard) -> String {
        switch card.kind {
        case "image": "image"
        case "table", "ratings": "row"
        case "text": "text"
        case "prompt": "prompt"
        default: "item"
        }
    }

    private mutating func list(_ value: JSONValue, _ key: String) throws(WebError) -> [JSONValue] {
        guard let values = value.array else {
            throw .unprocessable("\"\(key)\" is \(value.kind); send a list.")
        }
        isList = true
        return values
    }

    private static func file(_ value: JSONValue, _ key: String) throws(WebError) -> SentItem {
        guard let text = value.string else {
            throw .unprocessable("\"\(key)\" is \(value.kind); send the bytes of a file in base64.")
        }
        // Also a data URL, as browsers make them.
        let encoded =
            text.hasPrefix("data:") ? text.firstIndex(of: ",").map { text[text.index(after: $0)...] } : text[...]
        guard let encoded, let data = Data(base64Encoded: String(encoded), options: .ignoreUnknownCharacters) else {
            throw .unprocessable("\"\(key)\" is not base64; send the bytes of a file in base64.")
        }
        return SentItem(.bytes(data))
    }

    private static func text(_ value: JSONValue, _ key: String) throws(WebError) -> SentItem {
        guard let text = value.string else { throw .unprocessable("\"\(key)\" is \(value.kind); send a text.") }
        return SentItem(.text(text))
    }

    private static func row(_ value: JSONValue, _ key: String) throws(WebError) -> TableCells {
        guard let object = value.object else {
            throw .unprocessable("\"\(key)\" is \(value.kind); send an object with a value for each column.")
        }
        var cells: TableCells = [:]
        for (name, value) in object {
            switch value {
            case .null: cells[name] = .missing
            case .boolean(let value): cells[name] = .boolean(value)
            case .integer(let value): cells[name] = .integer(value)
            case .number(let value): cells[name] = .number(value)
            case .float(let value): cells[name] = .number(Double(value))
            case .string(let value): cells[name] = .text(value)
            case .array, .object:
                throw .unprocessable(
                    "The column \"\(name.prefix(60))\" is \(value.kind); send a text, a number, true, false or null.")
            }
        }
        return cells
    }

    /// An item of several inputs, or of the only one.
    private static func item(_ value: JSONValue, for card: InputCard) throws(WebError) -> SentItem {
        switch card.kind {
        case "table", "ratings": return SentItem(.row(try row(value, "item")))
        case "text", "prompt": return try text(value, "item")
        case "noise": return try SentItem.noise(value, "item")
        case "parts":
            guard let object = value.object else {
                throw .unprocessable("\"item\" is \(value.kind); send an object with a value for each input.")
            }
            var parts: [String: SentItem] = [:]
            for part in card.parts ?? [] {
                guard let name = part.name, let value = object[name] else {
                    throw .unprocessable("The item lacks \"\(part.name ?? "")\"; send \(part.text) under it.")
                }
                parts[name] = try item(value, for: part)
            }
            return SentItem(.parts(parts))
        default: return try file(value, "item")
        }
    }

    // MARK: Forms

    /// The fields of a form that is sent as text.
    private static func fields(ofForm text: String) -> [FormField] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            func decoded(_ part: Substring) -> String {
                let text = part.replacingOccurrences(of: "+", with: " ")
                return text.removingPercentEncoding ?? text
            }
            return FormField(
                name: decoded(parts[0]), bytes: ByteBuffer(string: parts.count > 1 ? decoded(parts[1]) : ""))
        }
    }

    private mutating func add(_ fields: [FormField], for card: InputCard) throws(WebError) {
        let parts = card.parts ?? [card]
        let columns = Set(parts.flatMap { $0.columns ?? [] }.map(\.name))
        var cells: TableCells = [:]
        var texts: [String] = []
        var files: [SentItem] = []
        for field in fields {
            if let name = field.fileName {
                // A form without a chosen file sends an empty one without a name.
                if name.isEmpty, field.bytes.readableBytes == 0 { continue }
                files.append(SentItem(.bytes(Data(field.bytes.readableBytesView)), name: name.isEmpty ? nil : name))
            } else if columns.contains(field.name) {
                guard cells.updateValue(.text(field.text), forKey: field.name) == nil else {
                    throw .unprocessable("The column \"\(field.name.prefix(60))\" is given twice.")
                }
            } else if ["text", "prompt"].contains(field.name) {
                texts.append(field.text)
            } else if field.name == "image" || field.name == "file" {
                files.append(SentItem(.bytes(Data(field.bytes.readableBytesView))))
            } else if !(try set(field.name, .string(field.text))) {
                throw .unprocessable(
                    "The form has a field \"\(field.name.prefix(60))\", which means nothing here; send "
                        + "\(columns.isEmpty ? card.text : columns.sorted().joined(separator: ", ")).")
            }
        }
        if card.parts != nil {
            var item: [String: SentItem] = [:]
            var (file, text) = (files.makeIterator(), texts.makeIterator())
            for part in parts {
                guard let name = part.name else { continue }
                switch part.kind {
                case "table":
                    item[name] = SentItem(
                        .row(cells.filter { cell in part.columns?.contains { $0.name == cell.key } ?? false }))
                case "text": item[name] = text.next().map { SentItem(.text($0)) }
                default: item[name] = file.next()
                }
            }
            items.append(SentItem(.parts(item)))
            return
        }
        items += files + texts.map { SentItem(.text($0)) }
        if !cells.isEmpty { items.append(SentItem(.row(cells))) }
    }
}
