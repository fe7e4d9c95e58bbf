// From a form that says what would be right to the folder that trainings learn from.
import ApusCore
import ApusTabular
import Foundation
import HTTPTypes

/// Checks what people say of answers and keeps it in a store.
struct FeedbackKeeper: Sendable {
    let store: FeedbackStore

    /// What feedback on a model is about; nil for a model that is not asked about.
    static func kind(of card: ModelCard) -> Feedback.Kind? {
        switch card.input.kind {
        case "image": .picture
        case "text": .text
        case "table": .row
        default: nil
        }
    }

    /// Keeps what a form says of an answer.
    ///
    /// - Throws: ``WebError``: 422 for a form without consent or with a correction that the model cannot learn, 507 where the
    ///   store is full.
    func keep(_ held: HeldItem, _ card: ModelCard, _ fields: [FormField]) async throws {
        guard let kind = Self.kind(of: card) else {
            throw WebError.unprocessable("The model \(held.model) takes no corrections.")
        }
        guard fields.contains(where: { $0.name == "consent" && $0.text == "yes" }) else {
            throw WebError.unprocessable(
                "Feedback is kept only with consent: send the field consent=yes, or tick the box.")
        }
        let feedback = Feedback(
            model: held.model, kind: kind, row: held.item.texts, answer: held.answer.shortAnswer,
            probability: held.answer.probability, correction: try correction(fields, card.answer))
        let (file, name) = held.item.file
        let store = store
        do {
            _ = try await onThread { try store.add(feedback, file: file, fileExtension: name) }
        } catch let error as FeedbackError {
            throw WebError(
                .insufficientStorage, "The correction could not be kept: the server has no room for it.",
                logged: error.description)
        }
    }

    /// What would be right; nil where that was not said.
    private func correction(_ fields: [FormField], _ card: AnswerCard) throws(WebError) -> [String]? {
        var said: [String] = []
        for field in fields where field.name == "correction" && !field.text.isEmpty { said.append(field.text) }
        if fields.contains(where: { $0.name == "unknown" && $0.text == "yes" }) { return nil }
        switch card.kind {
        case "class", "labels":
            if card.kind == "class", said.count != 1 {
                guard said.isEmpty else { throw .unprocessable("An item has one class; \(said.count) were sent.") }
                return nil
            }
            if let classes = card.classes, let other = said.first(where: { !classes.contains($0) }) {
                throw .unprocessable(
                    "\"\(other.prefix(100))\" is none of the model's \(classes.count) classes; GET /models lists them.")
            }
            guard said.allSatisfy({ $0.utf8.count <= 200 }), said.count <= 1000 else {
                throw .unprocessable("The correction is too long; send names of classes.")
            }
            return said
        case "number":
            guard let text = said.first else { return nil }
            guard said.count == 1, let number = Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite
            else {
                throw .unprocessable("\"\(text.prefix(100))\" is not a number; send one such as 12.5.")
            }
            return ["\(number)"]
        default: return nil
        }
    }
}

extension ModelAnswer {
    /// The class, labels or number that was answered, without its probability.
    fileprivate var shortAnswer: String {
        fields["label"]?.string ?? fields["labels"]?.array?.compactMap(\.string).joined(separator: ", ")
            ?? String(summary.prefix(1000))
    }

    /// The probability of the class that was answered.
    fileprivate var probability: Double? {
        guard fields["label"] != nil, let first = fields["predictions"]?.array?.first?.array, first.count == 2 else {
            return nil
        }
        switch first[1] {
        case .float(let value): return (Double(value) * 1e6).rounded() / 1e6
        case .number(let value): return value
        default: return nil
        }
    }
}

extension SentItem {
    /// The values of a row as texts; nil for anything else.
    fileprivate var texts: [String: String]? {
        guard case .row(let cells) = content else { return nil }
        return cells.mapValues(\.description)
    }

    /// The file's bytes and what kind of file they are; nothing for a row.
    fileprivate var file: (bytes: Data, fileExtension: String) {
        switch content {
        case .bytes(let data): (data, data.pictureExtension)
        case .text(let text): (Data(text.utf8), "txt")
        case .row, .parts: (Data(), "")
        }
    }
}

extension Data {
    /// What the first bytes of a picture's file say it is; `img` where they say nothing that is known.
    var pictureExtension: String {
        let start = Array(prefix(16))
        func has(_ text: String, at place: Int = 0) -> Bool {
            start.dropFirst(place).starts(with: text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        }
        if has("\u{FF}\u{D8}\u{FF}") { return "jpg" }
        if has("\u{89}PNG") { return "png" }
        if has("GIF8") { return "gif" }
        if has("RIFF"), has("WEBP", at: 8) { return "webp" }
        if has("BM") { return "bmp" }
        if has("II*\0") || has("MM\0*") { return "tif" }
        if has("ftypavif", at: 4) { return "avif" }
        if has("ftyp", at: 4) { return "heic" }
        return "img"
    }
}

extension HTTPResponse.Status {
    /// A store that has no room.
    static var insufficientStorage: HTTPResponse.Status { .init(code: 507, reasonPhrase: "Insufficient Storage") }
}
