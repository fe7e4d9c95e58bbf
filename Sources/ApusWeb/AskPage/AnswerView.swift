// An answer as HTML: bars of classes, pictures, numbers, lists.
import ApusVision
import Foundation

/// The HTML of a model's answer.
struct AnswerView {
    /// What the model answers.
    let card: AnswerCard
    /// The values of the answer.
    let fields: [String: JSONValue]

    /// How many classes have a bar.
    static let bars = 10
    /// The longest side of a picture in an answer, in pixels.
    static let longestSide = 1024

    private func text(_ key: String) -> String { PageAssets.shared.text(key) }

    /// The answer as a line, for those who listen and for the list of earlier answers.
    var summary: String {
        switch card.kind {
        case "class":
            pairs("predictions").first.map { "\($0.name) \(Self.percent($0.value))" } ?? fields["summary"]?.string ?? ""
        case "labels": labels.isEmpty ? text("predict.noLabel") : labels.joined(separator: ", ")
        case "text": String((fields["text"]?.string ?? "").prefix(120))
        default: String((fields["summary"]?.string ?? "").prefix(120))
        }
    }

    private var labels: [String] { fields["labels"]?.array?.compactMap(\.string) ?? [] }

    /// The answer's parts, one below the other.
    ///
    /// - Parameter heading: The level of the headings, 2 for the answer itself.
    func html(heading: Int = 2) -> HTMLText {
        var parts: [HTMLText] = []
        func title(_ text: String, share: Double? = nil) {
            let share: HTMLText = share.map { " <span class=\"share\">\(Self.percent($0))</span>" } ?? ""
            parts.append("<h\(heading) tabindex=\"-1\">\(text)\(share)</h\(heading)>")
        }
        let predictions = pairs("predictions")
        switch card.kind {
        case "class":
            if let first = predictions.first { title(first.name, share: first.value) }
        case "labels": title(labels.isEmpty ? text("predict.noLabel") : labels.joined(separator: ", "))
        case "targets":
            for (place, target) in (card.targets ?? []).enumerated() {
                guard let values = fields["targets"]?.array, values.indices.contains(place),
                    let fields = values[place].object
                else { continue }
                parts.append("<h\(heading)>\(target.name ?? "")</h\(heading)>")
                parts.append(AnswerView(card: target, fields: fields).html(heading: heading + 1))
            }
        default: break
        }
        if let number = fields["number"].flatMap(Self.number) {
            parts.append("<p class=\"number-answer\" tabindex=\"-1\">\(String(format: "%.6g", number))</p>")
        }
        if let text = fields["text"]?.string, card.kind == "text" {
            parts.append("<p class=\"generated\" tabindex=\"-1\">\(text)</p>")
        }
        parts += pictures
        if !predictions.isEmpty {
            parts.append(
                Self.table(predictions.prefix(Self.bars), caption: text("predict.probabilities"), Self.percent))
        }
        let areas = pairs("areas")
        if !areas.isEmpty {
            parts.append(legend(areas.map(\.name)))
            parts.append(Self.table(areas.prefix(Self.bars), caption: text("predict.areas"), Self.percent))
        }
        let recommended = pairs("recommendations")
        if !recommended.isEmpty { parts.append(recommendations(recommended)) }
        if let tags = fields["tags"]?.array { parts.append(tagged(tags)) }
        if let score = fields["outOfDomain"].flatMap(Self.number), score > 1 {
            let shown = String(format: "%.1f", score)
            parts.append("<p class=\"notice warn\">\(PageAssets.shared.text("predict.unlike", ["score": shown]))</p>")
        }
        for note in fields["notes"]?.array?.compactMap(\.string) ?? [] {
            parts.append("<p class=\"notice warn\">\(note)</p>")
        }
        return HTMLText(parts)
    }

    // MARK: Parts

    /// Names with bars of numbers from 0 to 1.
    static func table(
        _ pairs: some Sequence<(name: String, value: Double)>, caption: String, _ shown: (Double) -> String
    ) -> HTMLText {
        let rows = pairs.map { pair -> HTMLText in
            let width = HTMLText(String(format: "%.1f", 100 * min(max(pair.value, 0), 1)))
            return """
                <tr><th scope="row">\(pair.name)</th><td><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" \
                aria-hidden="true" focusable="false"><rect class="track" width="100" height="10"/>\
                <rect class="share" width="\(width)" height="10"/></svg></td>\
                <td class="number">\(shown(pair.value))</td></tr>
                """
        }
        return """
            <table class="bars">
            <caption class="visually-hidden">\(caption)</caption>
            <tbody>
            \(rows)
            </tbody>
            </table>
            """
    }

    /// Pictures that are part of the answer, with what they are.
    private var pictures: [HTMLText] {
        let shown = ["heatmap", "overlay", "picture", "sent"].compactMap { key -> HTMLText? in
            guard let address = fields[key]?.string, address.hasPrefix("data:image/") else { return nil }
            let name = key == "sent" ? text("predict.yourPicture") : text("predict.picture.\(key)")
            return "<figure><img src=\"\(address)\" alt=\"\(name)\"><figcaption>\(name)</figcaption></figure>"
        }
        return shown.isEmpty ? [] : ["<div class=\"pictures\">\(shown)</div>"]
    }

    /// The colors of a mask's classes.
    private func legend(_ names: [String]) -> HTMLText {
        let items = names.compactMap { name -> HTMLText? in
            guard let place = card.classes?.firstIndex(of: name), let colors = card.colors, place < colors.count else {
                return nil
            }
            return """
                <li><svg viewBox="0 0 10 10" aria-hidden="true" focusable="false"><rect width="10" height="10" \
                fill="\(colors[place])"/></svg>\(name)</li>
                """
        }
        return "<ul class=\"legend\">\(items)</ul>"
    }

    private func recommendations(_ items: [(name: String, value: Double)]) -> HTMLText {
        let rows = items.map { item in
            """
            <tr><th scope="row">\(item.name)</th><td class="number">\(String(format: "%.2f", item.value))</td></tr>
            """ as HTMLText
        }
        return """
            <h2 tabindex="-1">\(text("predict.recommended"))</h2>
            <div class="scroll"><table>
            <thead><tr><th scope="col">\(text("predict.item"))</th>\
            <th scope="col" class="number">\(text("predict.score"))</th></tr></thead>
            <tbody>
            \(rows)
            </tbody>
            </table></div>
            """
    }

    /// The words of a text, each with its tag where it has one.
    private func tagged(_ tags: [JSONValue]) -> HTMLText {
        let words = tags.compactMap { pair -> HTMLText? in
            guard let pair = pair.array, let word = pair.first?.string else { return nil }
            guard pair.count > 1, let tag = pair[1].string, tag != "O" else { return HTMLText(word) }
            return "<mark>\(word) <span class=\"tag\">\(tag)</span></mark>"
        }
        return "<p class=\"generated\" tabindex=\"-1\">\(words)</p>"
    }

    // MARK: Values

    /// Names with numbers, as answers have them: `[["beagle", 0.9], ...]`.
    private func pairs(_ key: String) -> [(name: String, value: Double)] {
        (fields[key]?.array ?? []).compactMap { pair in
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = Self.number(pair[1])
            else {
                return nil
            }
            return (name, value)
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .float(let number): Double(number)
        default: nil
        }
    }

    /// A part of one as a percentage.
    static func percent(_ share: Double) -> String {
        String(
            format: share > 0.0005 && share < 0.0995 || share > 0.9905 && share < 0.9995 ? "%.1f %%" : "%.0f %%",
            100 * share)
    }

    /// A picture as an address of its data, no larger than a page needs it.
    static func address(of picture: Image) throws -> String {
        var picture = picture
        let longest = max(picture.width, picture.height)
        if longest > longestSide {
            let scale = Double(longestSide) / Double(longest)
            let size = ImageSize(
                height: max(1, Int(Double(picture.height) * scale)), width: max(1, Int(Double(picture.width) * scale)))
            picture = try picture.resized(to: size, method: .squish, interpolation: .bilinear)
        }
        return "data:image/jpeg;base64,\(try picture.encoded(as: .jpeg(quality: 85)).base64EncodedString())"
    }
}
