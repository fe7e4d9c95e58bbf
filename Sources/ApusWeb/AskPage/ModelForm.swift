// The form by which people ask a model, made of what the model takes, and what they sent with it.
import ApusTabular
import Foundation

/// The form of a model: the fields that its card asks for.
struct ModelForm: Sendable {
    /// What people call the model.
    let name: String
    let card: ModelCard

    private func text(_ key: String) -> String { PageAssets.shared.text(key) }

    // MARK: Fields

    /// The fields as HTML.
    ///
    /// - Parameter sent: Texts that were sent before, by the names of their fields, which the fields begin with.
    func fields(_ sent: [String: String] = [:]) -> HTMLText {
        fields(of: card.input, prefix: "", heading: nil, sent)
    }

    private func fields(
        of input: InputCard, prefix: String, heading: String?, _ sent: [String: String]
    ) -> HTMLText {
        let inner: HTMLText
        switch input.kind {
        case "image": inner = pictureField(prefix)
        case "text": inner = textField(prefix + "text", text("predict.text"), sent)
        case "prompt":
            inner = HTMLText([
                textField(prefix + "text", text("predict.prompt"), sent),
                field("words", text("predict.words")) { id in
                    "<input id=\"\(id)\" name=\"words\" type=\"number\" min=\"1\" max=\"2000\" value=\"\(sent["words"] ?? "40")\">"
                },
            ])
        case "noise":
            let name = prefix + "text"
            inner = field(name, text("predict.seed"), hint: text("predict.seedHint")) { id in
                """
                <input id="\(id)" name="\(name)" type="text" inputmode="numeric" required value="\(sent[name] ?? "1")">
                """
            }
        case "table", "ratings":
            let columns = (input.columns ?? []).map { column in
                // Only the user of ratings has to be said: without an item the model recommends.
                let isOptional = input.kind == "ratings" && column.name != input.columns?.first?.name
                return self.column(
                    column, prefix, missing: text(isOptional ? "predict.all" : "predict.unknown"),
                    startsEmpty: input.kind == "ratings", sent)
            }
            inner = "<div class=\"fields\">\(columns)</div>"
        case "parts":
            inner = HTMLText(
                (input.parts ?? []).map { part in
                    let name = part.name ?? ""
                    return fields(of: part, prefix: "\(prefix)\(name).", heading: name, sent)
                })
        default:
            inner = field(prefix + "file", "\(text("predict.file")): \(input.text)") { id in
                "<input id=\"\(id)\" name=\"\(prefix)file\" type=\"file\" required>"
            }
        }
        guard let heading, input.kind != "parts" else { return inner }
        return "<fieldset><legend>\(heading)</legend>\n\(inner)\n</fieldset>"
    }

    /// A field with its label; the identifier is made of the field's name.
    private func field(_ name: String, _ label: String, hint: String? = nil, _ control: (String) -> HTMLText)
        -> HTMLText
    {
        let id = "field-" + name.unicodeScalars.map(Self.identifier).joined()
        let hint: HTMLText = hint.map { "<p class=\"hint\">\($0)</p>" } ?? ""
        return "<div class=\"field\">\n<label for=\"\(id)\">\(label)</label>\n\(control(id))\n\(hint)</div>"
    }

    /// A part of an identifier: letters and digits as they are, others so that no two names have one identifier.
    private static func identifier(_ letter: Unicode.Scalar) -> String {
        if letter == "." { return "-" }
        let isPlain = letter.properties.isAlphabetic || letter.properties.numericType != nil
        return isPlain ? String(letter) : "_\(String(letter.value, radix: 16))_"
    }

    private func pictureField(_ prefix: String) -> HTMLText {
        let name = prefix + "file"
        guard prefix.isEmpty else {
            return field(name, text("predict.picture")) { id in
                "<input id=\"\(id)\" name=\"\(name)\" type=\"file\" accept=\"image/*\" required>"
            }
        }
        return """
            <div class="field">
            <div class="drop-zone">
            <div class="row">
            <span class="choice"><input id="field-file" name="file" type="file" accept="image/*" required>
            <label class="button primary" for="field-file">\(text("predict.choose"))</label></span>
            <span class="choice camera with-scripts"><input id="field-camera" type="file" accept="image/*" \
            capture="environment">
            <label class="button" for="field-camera">\(text("predict.photograph"))</label></span>
            </div>
            <p class="muted small with-scripts">\(text("predict.dropHint"))</p>
            </div>
            </div>
            """
    }

    private func textField(_ name: String, _ label: String, _ sent: [String: String]) -> HTMLText {
        field(name, label) { id in
            "<textarea id=\"\(id)\" name=\"\(name)\" rows=\"5\" required>\n\(sent[name] ?? "")</textarea>"
        }
    }

    private func column(
        _ column: ColumnCard, _ prefix: String, missing: String, startsEmpty: Bool, _ sent: [String: String]
    ) -> HTMLText {
        let name = "\(prefix)column.\(column.name)"
        let value = sent[name] ?? (startsEmpty ? "" : column.default.map(Self.shown) ?? "")
        return field(name, column.name) { id in
            switch column.kind {
            case "boolean":
                return select(
                    id, name, [("", missing), ("true", text("predict.yes")), ("false", text("predict.no"))], value)
            case "category":
                guard let classes = column.classes else {
                    return "<input id=\"\(id)\" name=\"\(name)\" type=\"text\" value=\"\(value)\">"
                }
                if classes.count <= 60 { return select(id, name, [("", missing)] + classes.map { ($0, $0) }, value) }
                let options = classes.map { "<option value=\"\($0)\"></option>" as HTMLText }
                return """
                    <input id="\(id)" name="\(name)" type="text" list="\(id)-list" value="\(value)" placeholder="\(missing)">
                    <datalist id="\(id)-list">
                    \(options)
                    </datalist>
                    """
            case "day":
                return "<input id=\"\(id)\" name=\"\(name)\" type=\"date\" value=\"\(value)\">"
            default:
                return """
                    <input id="\(id)" name="\(name)" type="text" inputmode="decimal" value="\(value)" \
                    placeholder="\(missing)">
                    """
            }
        }
    }

    private func select(_ id: String, _ name: String, _ options: [(value: String, text: String)], _ value: String)
        -> HTMLText
    {
        let options = options.map { option -> HTMLText in
            let mark: HTMLText = option.value == value ? " selected" : ""
            return "<option value=\"\(option.value)\"\(mark)>\(option.text)</option>"
        }
        return "<select id=\"\(id)\" name=\"\(name)\">\n\(options)\n</select>"
    }

    /// A value with which a field begins.
    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .boolean(let truth): truth ? "true" : "false"
        case .integer(let number): "\(number)"
        case .number(let number): String(format: "%.6g", number)
        case .float(let number): String(format: "%.6g", Double(number))
        default: ""
        }
    }

    // MARK: What was sent

    /// The item that a form's fields say.
    ///
    /// - Throws: ``WebError`` that says which field is missing.
    func item(of fields: [FormField]) throws(WebError) -> SentItem {
        try item(of: card.input, prefix: "", Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
    }

    private func item(
        of input: InputCard, prefix: String, _ fields: [String: FormField]
    ) throws(WebError) -> SentItem {
        switch input.kind {
        case "text", "prompt", "noise":
            guard let field = fields[prefix + "text"] else {
                throw .badRequest("The form has no field \"\(prefix)text\"; send a text in it.")
            }
            // Forms send line ends as CR and LF.
            return SentItem(.text(field.text.replacingOccurrences(of: "\r\n", with: "\n")))
        case "table", "ratings":
            var row: TableCells = [:]
            for column in input.columns ?? [] {
                let text = fields["\(prefix)column.\(column.name)"]?.text ?? ""
                if input.kind == "ratings", text.isEmpty { continue }
                row[column.name] = .text(text)
            }
            return SentItem(.row(row))
        case "parts":
            var parts: [String: SentItem] = [:]
            for part in input.parts ?? [] {
                let name = part.name ?? ""
                parts[name] = try item(of: part, prefix: "\(prefix)\(name).", fields)
            }
            return SentItem(.parts(parts))
        default:
            guard let field = fields[prefix + "file"], field.bytes.readableBytes > 0 else {
                throw .badRequest("No file was chosen; choose \(input.text) first.")
            }
            return SentItem(.bytes(Data(field.bytes.readableBytesView)), name: field.fileName)
        }
    }
}
