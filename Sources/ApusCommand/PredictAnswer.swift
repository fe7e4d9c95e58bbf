// What a model says of one file, as text and as JSON, for each kind of target.
import ApusCore
import ApusVision
import Foundation

/// A picture to predict.
struct PredictedPicture {
    let url: URL
    /// What it is called in answers: the path as it was given, or within the folder that was given.
    let name: String
    /// Its path within a folder that was given, else its file's name.
    let path: String
}

/// What answers depend on besides the prediction.
struct Answering<Target: TargetBlock> {
    /// How many classes are shown.
    let top: Int
    /// Whether the model sees whole pictures.
    let isWhole: Bool
    let predictor: Predictor<ImageBlock, Target>
    /// Writes a file with an ending for a picture, where the command was told to; its path.
    let write: (_ picture: PredictedPicture, _ ending: String, _ body: (URL) throws -> Void) throws -> String?
    /// What the model sees of files of a size.
    var views: [ImageSize: PictureView] = [:]

    init(
        top: Int, isWhole: Bool, predictor: Predictor<ImageBlock, Target>,
        write: @escaping (PredictedPicture, String, (URL) throws -> Void) throws -> String?
    ) {
        (self.top, self.isWhole, self.predictor, self.write) = (top, isWhole, predictor, write)
    }
}

/// A kind of target for which `apus predict` has an answer.
protocol AnsweredTarget: TargetBlock {
    /// Whether there is an answer for each pixel, so that whole pictures may be shown to the model.
    static var isOfPixels: Bool { get }
    /// The answer for a picture.
    func answer(
        _ prediction: Prediction, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer
}

extension AnsweredTarget {
    static var isOfPixels: Bool { false }
}

extension CategoryBlock: AnsweredTarget {
    func answer(
        _ prediction: CategoryPrediction, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        Answer(labels: prediction, top: answering.top)
    }
}

extension MultiCategoryBlock: AnsweredTarget {
    func answer(
        _ prediction: MultiCategoryPrediction, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        Answer(several: prediction)
    }
}

extension NumberBlock: AnsweredTarget {
    func answer(
        _ prediction: Double, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        Answer(text: String(format: "%.6g", prediction), number: prediction)
    }
}

extension PointsBlock: AnsweredTarget {
    func answer(
        _ prediction: Points, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        // All files of one size are seen in the same way.
        let size = try Image.size(of: picture.url)
        let view = try answering.views[size] ?? answering.predictor.view(of: picture.url)
        answering.views[size] = view
        let places = view.pixels(of: prediction)
        _ = try answering.write(picture, "_points.png") {
            try Image(contentsOf: picture.url).marked(at: places.compactMap(\.self)).write(to: $0)
        }
        return Answer(points: places)
    }
}

extension MaskBlock: AnsweredTarget {
    static var isOfPixels: Bool { true }

    func answer(
        _ prediction: MaskPrediction, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        let (isWhole, predictor) = (answering.isWhole, answering.predictor)
        // A mask is brought to the size of its file only for being written, since that takes time.
        let written = try answering.write(picture, ".png") { file in
            try (isWhole ? prediction.mask.resized(to: Image.size(of: picture.url)) : prediction.mask).write(to: file)
        }
        _ = try answering.write(picture, "_overlay.png") { file in
            if !isWhole { return try predictor.plotPredictions(of: [picture.url]).save(to: file) }
            try prediction.mask.resized(to: Image.size(of: picture.url))
                .drawn(on: Image(contentsOf: picture.url), background: voidIndex).write(to: file)
        }
        return Answer(text: prediction.description, areas: prediction.areas, written: written)
    }
}

extension ImageBlock: AnsweredTarget {
    static var isOfPixels: Bool { true }

    func answer(
        _ prediction: Image, of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        let size = answering.isWhole ? try Image.size(of: picture.url) : prediction.size
        let written = try answering.write(picture, ".png") { try resized(prediction, to: size).write(to: $0) }
        return Answer(text: written ?? "a picture of \(size) pixels; --out FOLDER writes it", written: written)
    }
}

extension Blocks: AnsweredTarget where repeat each Part: AnsweredTarget & TargetBlock {
    func answer(
        _ prediction: (repeat (each Part).Prediction), of picture: PredictedPicture, _ answering: inout Answering<Self>
    ) throws -> Answer {
        var parts: [Answer] = []
        for prediction in repeat each prediction {
            guard let label = prediction as? CategoryPrediction else {
                throw DataError("apus predict knows several labels of a picture only.")
            }
            parts.append(Answer(labels: label, top: 1))
        }
        return Answer(parts: parts, names: names)
    }
}

/// What a model says of one file; the names are the JSON's keys.
struct Answer: Encodable {
    struct Label: Encodable {
        let label: String
        let index: Int
        let probabilities: [String: Float]
    }

    var file = ""
    /// What is printed without --json.
    let text: String
    var label: String?
    var index: Int?
    var labels: [String]?
    var probabilities: [String: Float]?
    var number: Double?
    /// In pixels of the file, as x and y; null for a missing point.
    var points: [[Double]?]?
    var areas: [String: Double]?
    var targets: [String: Label]?
    /// The mask or picture that was written.
    var written: String?

    private enum CodingKeys: String, CodingKey {
        case file, label, index, labels, probabilities, number, points, areas, targets, written
    }

    init(text: String, number: Double? = nil, areas: [String: Double]? = nil, written: String? = nil) {
        (self.text, self.number, self.areas, self.written) = (text, number, areas, written)
    }

    init(labels prediction: CategoryPrediction, top: Int) {
        text = prediction.top(top).map { "\($0.label) \(String(format: "%.4f", $0.probability))" }.joined(
            separator: ", ")
        (label, index) = (prediction.label, prediction.index)
        probabilities = Dictionary(
            zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
    }

    init(several prediction: MultiCategoryPrediction) {
        text = prediction.labels.isEmpty ? "no label" : prediction.description
        labels = prediction.labels
        probabilities = Dictionary(
            zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
    }

    init(points: [ImagePoint?]) {
        text = points.map { point in point.map { String(format: "(%.1f, %.1f)", $0.x, $0.y) } ?? "missing" }
            .joined(separator: " ")
        self.points = points.map { point in point.map { [$0.x, $0.y] } }
    }

    /// The answers for several targets.
    init(parts: [Answer], names: [String]) {
        text = zip(names, parts).map { "\($0): \($1.text)" }.joined(separator: "; ")
        targets = Dictionary(
            zip(names, parts).map { name, part in
                (name, Label(label: part.label ?? "", index: part.index ?? 0, probabilities: part.probabilities ?? [:]))
            }, uniquingKeysWith: { first, _ in first })
    }
}
