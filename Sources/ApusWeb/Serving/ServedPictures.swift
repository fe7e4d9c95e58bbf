// Pictures that clients send, and answers on pictures: points, masks, other pictures.
import ApusCore
import ApusPlot
import ApusVision
import Foundation

/// What a server does not decode.
public enum PictureLimits {
    /// The most pixels of a picture that a client sends, 100 million: what telephones make, and a third of a gigabyte of
    /// color at most while it is decoded.
    public static let pixels = 100_000_000
    /// The most pixels that a model of masks or pictures sees at once, 4 million: what a U-Net makes of them takes a
    /// gigabyte.
    public static let wholePixels = 4_000_000
}

extension SentItem {
    /// The picture whose file a client sent.
    ///
    /// Its header is looked at before anything is decoded, so that a small file that claims a huge size costs nothing.
    ///
    /// - Throws: ``WebError``: 415 for what is no picture, 413 for one that is too large, 422 for one that is damaged.
    func picture(mode: Image.Mode, atLeast size: ImageSize? = nil) throws -> Image {
        guard case .bytes(let data) = content else { throw misfit("a picture") }
        do {
            let full = try Image.size(of: data)
            guard full.width * full.height <= PictureLimits.pixels else {
                throw WebError.tooLarge(
                    "\(shownName) has \(full) pixels, and \(PictureLimits.pixels / 1_000_000) million are the most; scale it "
                        + "down.")
            }
            return try Image(data: data, mode: mode, atLeast: size)
        } catch let error as ImageError {
            throw WebError(error, name: shownName)
        }
    }

    private var shownName: String { name.map { $0.isEmpty ? "The picture" : $0 } ?? "The picture" }
}

extension WebError {
    /// What is wrong with a picture that a client sent.
    init(_ error: ImageError, name: String) {
        switch error {
        case .empty: self = .unprocessable("\(name) is empty (zero bytes); send the bytes of a picture.")
        case .notAnImage:
            self.init(
                .unsupportedMediaType,
                "\(name) is not a picture of a known format (JPEG, PNG, WebP, GIF, TIFF, BMP, HEIF, AVIF, JPEG XL, JPEG 2000, "
                    + "PPM); send one of these.")
        case .unsupported(_, let reason):
            self.init(
                .unsupportedMediaType, "\(name) is in a form that is not supported: \(reason). Send it as JPEG or PNG.")
        case .truncated(_, let reason):
            self = .unprocessable("\(name) is truncated: \(reason). Send all of it.")
        case .damaged(_, let reason):
            self = .unprocessable("\(name) is damaged: \(reason). Send another copy of it.")
        case .tooLarge(_, let reason): self = .tooLarge("\(name) is too large: \(reason). Scale it down.")
        case .outOfMemory:
            self = .busy(
                "There is not enough memory for \(name) now; try again later, or scale it down.", retryAfter: 10)
        case .invalidValue(let sentence): self = .unprocessable(sentence)
        case .unreadable, .invalidName, .unwritable: self = .failure(error)
        }
    }
}

extension ImageBlock: ServedInput {
    public var card: InputCard { InputCard(kind: "image", text: "a picture") }

    public func value(of item: SentItem, hint: LoadHint) throws -> Image {
        try item.picture(mode: mode, atLeast: hint.atLeast.map { ImageSize(height: $0.height, width: $0.width) })
    }

    public func goTogether(_ one: Image, _ other: Image) -> Bool { one.size == other.size }
}

extension ImageBlock: ServedTarget {
    public var answerCard: AnswerCard { AnswerCard(kind: "picture", pictures: ["picture"]) }

    /// The picture at the size of the one that was sent, under "picture".
    public func answer(from prediction: Image, to asked: AskedItem) throws -> ModelAnswer {
        let size = asked.size ?? prediction.size
        let shown = try resized(prediction, to: size)
        let isAsked = asked.question.options.includes("picture", isUsual: true)
        return ModelAnswer(
            ["width": .integer(size.width), "height": .integer(size.height)],
            pictures: isAsked ? ["picture": try shown.encoded(as: .png)] : [:],
            summary: "a picture of \(size) pixels")
    }
}

extension PointsBlock: ServedTarget {
    public static var storedName: String { task }
    public var answerCard: AnswerCard { AnswerCard(kind: "points", pictures: ["overlay"]) }

    /// The points in pixels of the picture that was sent, each as x and y, null for a missing one.
    public func answer(from prediction: Points, to asked: AskedItem) throws -> ModelAnswer {
        let size = asked.size ?? ImageSize(1)
        let places = asked.view?.pixels(of: prediction) ?? prediction.pixels(width: size.width, height: size.height)
        var pictures: [String: Data] = [:]
        if asked.question.options.includes("overlay", isUsual: false) {
            let picture = try asked.question.item.picture(mode: .color)
            pictures["overlay"] = try picture.marked(at: places.compactMap(\.self)).encoded(as: .png)
        }
        let shown = places.map { point in point.map { String(format: "(%.1f, %.1f)", $0.x, $0.y) } ?? "missing" }
        return ModelAnswer(
            [
                "points": .array(places.map { $0.map { .array([.number($0.x), .number($0.y)]) } ?? .null }),
                "width": .integer(size.width), "height": .integer(size.height),
            ], pictures: pictures, summary: shown.joined(separator: " "))
    }
}

extension MaskBlock: ServedTarget {
    public static var storedName: String { task }

    public var answerCard: AnswerCard {
        var card = AnswerCard(kind: "mask", classes: codes, pictures: ["mask", "overlay"])
        card.colors = codes.indices.map { index in
            let color = Overlay.color(ofClass: index)
            let bytes = [color.red, color.green, color.blue].map { UInt8(min(max(255 * $0, 0), 255)) }
            return "#" + bytes.map { String(format: "%02x", $0) }.joined()
        }
        return card
    }

    /// The share of each class, the largest first, and the mask at the size of the picture, whose gray levels are the
    /// classes; with "overlay" also its colors over the picture.
    public func answer(from prediction: MaskPrediction, to asked: AskedItem) throws -> ModelAnswer {
        let options = asked.question.options
        let size = asked.size ?? prediction.mask.size
        var pictures: [String: Data] = [:]
        if options.includes("mask", isUsual: true) || options.includes("overlay", isUsual: false) {
            let mask = try prediction.mask.resized(to: size)
            if options.includes("mask", isUsual: true) { pictures["mask"] = try mask.encoded() }
            if options.includes("overlay", isUsual: false) {
                let picture = try asked.question.item.picture(mode: .color)
                pictures["overlay"] = try mask.drawn(on: picture, background: voidIndex).encoded(as: .png)
            }
        }
        let areas = prediction.areas.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return ModelAnswer(
            [
                "areas": .array(areas.map { [.string($0.key), .number($0.value)] }),
                "width": .integer(size.width), "height": .integer(size.height),
            ], pictures: pictures, summary: prediction.description)
    }
}
